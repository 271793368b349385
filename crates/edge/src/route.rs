use http::Method;

use crate::{Problem, ProblemCode};

/// Most parameters in one path.
const PARAMETERS_MAX: usize = 4;

/// One line of a component's route table: a method, a path whose segments may be
/// parameters such as `:account_id`, and what answers it.
#[derive(Debug, Clone)]
pub struct Route<E> {
    /// The method.
    pub method: Method,
    /// The path, in the same notation as spin.toml.
    pub path: &'static str,
    /// What answers.
    pub endpoint: E,
}

impl<E> Route<E> {
    /// A route.
    #[must_use]
    pub const fn new(method: Method, path: &'static str, endpoint: E) -> Self {
        Self { method, path, endpoint }
    }
}

/// The parameters of a path, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct PathParameters(Vec<(&'static str, String)>);

impl PathParameters {
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str()))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }
}

/// Finds what answers a method and a path. A component has a handful of routes, so each
/// is tried in turn. Gives the route, which has the pattern of the path, and its parameters.
///
/// # Errors
/// `route_not_found`, or `method_not_allowed` with what the path takes.
pub(crate) fn find<'r, E>(
    routes: &'r [Route<E>],
    method: &Method,
    path: &str,
) -> Result<(&'r Route<E>, PathParameters), Problem> {
    let mut allowed = Vec::new();
    for route in routes {
        let Some(parameters) = matched(route.path, path) else { continue };
        if route.method == *method {
            return Ok((route, parameters));
        }
        allowed.push(&route.method);
    }
    if allowed.is_empty() {
        return Err(ProblemCode::RouteNotFound.into());
    }
    Err(Problem::new(ProblemCode::MethodNotAllowed).allow(listed(&allowed)))
}

/// The methods that a path takes, as headers list them; nothing if there is no such path.
pub(crate) fn methods_of<E>(routes: &[Route<E>], path: &str) -> Option<String> {
    let methods: Vec<&Method> = routes
        .iter()
        .filter(|route| matched(route.path, path).is_some())
        .map(|route| &route.method)
        .collect();
    (!methods.is_empty()).then(|| listed(&methods))
}

/// The pattern that a path has the form of, for logs: a path may hold codes.
pub(crate) fn pattern_of<E>(routes: &[Route<E>], path: &str) -> Option<&'static str> {
    let fits = |pattern: &str| {
        let mut segments = path.split('/');
        let all = pattern.split('/').all(|expected| match segments.next() {
            Some(segment) if expected.starts_with(':') => !segment.is_empty(),
            found => found == Some(expected),
        });
        all && segments.next().is_none()
    };
    routes.iter().map(|route| route.path).find(|pattern| fits(pattern))
}

fn listed(methods: &[&Method]) -> String {
    methods.iter().map(|method| method.as_str()).chain(["OPTIONS"]).collect::<Vec<_>>().join(", ")
}

/// The parameters if the path has the pattern's form. An empty segment fills no parameter.
fn matched(pattern: &'static str, path: &str) -> Option<PathParameters> {
    let mut parameters = Vec::new();
    let mut segments = path.split('/');
    for expected in pattern.split('/') {
        let segment = segments.next()?;
        match expected.strip_prefix(':') {
            Some(name) if !segment.is_empty() && parameters.len() < PARAMETERS_MAX => {
                parameters.push((name, segment.to_owned()));
            }
            None if segment == expected => {}
            _ => return None,
        }
    }
    segments.next().is_none().then_some(PathParameters(parameters))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::StatusCode;

    fn routes() -> Vec<Route<u8>> {
        vec![
            Route::new(Method::GET, "/v1/accounts/:account_id", 1),
            Route::new(Method::PUT, "/v1/accounts/:account_id/pin", 2),
            Route::new(Method::POST, "/v1/accounts", 3),
            Route::new(Method::POST, "/v1/a/:a_id/b/:b_id/c", 4),
            Route::new(Method::GET, "/v1/a/:a_id/b/:b_id/c", 5),
        ]
    }

    #[test]
    fn the_path_and_the_method_decide() {
        let routes = routes();
        let (route, parameters) = find(&routes, &Method::GET, "/v1/accounts/acc_1").unwrap();
        assert_eq!((route.endpoint, parameters.get("account_id")), (1, Some("acc_1")));
        let (route, parameters) = find(&routes, &Method::GET, "/v1/a/x/b/y/c").unwrap();
        assert_eq!(route.path, "/v1/a/:a_id/b/:b_id/c");
        assert_eq!((route.endpoint, parameters.get("b_id")), (5, Some("y")));
        assert_eq!(parameters.get("c"), None);
        assert_eq!(find(&routes, &Method::POST, "/v1/accounts").unwrap().0.endpoint, 3);
    }

    #[test]
    fn another_path_is_not_found() {
        let routes = routes();
        for path in
            ["/", "", "/v1/accounts/", "/v1/accounts//pin", "/v1/accounts/a/pin/", "/V1/accounts"]
        {
            let problem = find(&routes, &Method::GET, path).unwrap_err();
            assert_eq!(problem.code(), ProblemCode::RouteNotFound, "{path}");
        }
    }

    #[test]
    fn a_pattern_stands_for_a_path() {
        let routes = routes();
        let of = |path| pattern_of(&routes, path);
        assert_eq!(of("/v1/accounts/acc_1/pin"), Some("/v1/accounts/:account_id/pin"));
        assert_eq!(of("/v1/accounts"), Some("/v1/accounts"));
        for path in ["/", "", "/v1/accounts/", "/v1/accounts//pin", "/v1/accounts/a/pin/"] {
            assert_eq!(of(path), None, "{path}");
        }
    }

    #[test]
    fn another_method_is_told_which_there_are() {
        let problem = find(&routes(), &Method::DELETE, "/v1/a/x/b/y/c").unwrap_err();
        let answer =
            problem.into_answer(crate::Language::English, feiqian_calendar::Timestamp::default());
        assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(answer.headers()["allow"], "POST, GET, OPTIONS");
        assert_eq!(methods_of(&routes(), "/v1/accounts").as_deref(), Some("POST, OPTIONS"));
        assert_eq!(methods_of(&routes(), "/v1/nothing"), None);
    }
}
