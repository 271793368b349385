//! Routes as Spin matches them: the same matcher crate, the same sanitizing,
//! the same headers.

use std::collections::BTreeMap;

use crate::manifest::HttpTrigger;

/// Paths that the Spin runtime keeps for itself.
pub const WELL_KNOWN_PREFIX: &str = "/.well-known/spin/";

/// Finds the component for a path.
pub struct Router(routefinder::Router<Target>);

struct Target {
    component: String,
    raw_route: String,
    based_route: String,
}

/// A path's component and what its request headers say about the match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteMatch {
    /// The component's id.
    pub component: String,
    /// The route as the manifest writes it.
    pub raw_route: String,
    /// The route with the application's base, without a trailing slash.
    pub based_route: String,
    /// What the trailing wildcard matched, with its leading slash.
    pub path_info: String,
    /// What each `:name` segment matched.
    pub named: Vec<(String, String)>,
}

impl RouteMatch {
    /// The match of a chained request: as if by the route `/...`.
    pub fn chained(component: &str, path: &str) -> Self {
        Self {
            component: component.to_owned(),
            raw_route: "/...".to_owned(),
            based_route: "/...".to_owned(),
            path_info: path.to_owned(),
            named: Vec::new(),
        }
    }

    /// The route without its trailing wildcard.
    pub fn raw_route_or_prefix(&self) -> &str {
        self.raw_route.strip_suffix("/...").unwrap_or(&self.raw_route)
    }
}

impl Router {
    /// Builds the router from the public triggers.
    ///
    /// # Errors
    ///
    /// A sentence naming a route that is written twice, reserved, or malformed.
    pub fn build(triggers: &[HttpTrigger]) -> Result<Self, String> {
        let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
        let mut router = routefinder::Router::new();
        for trigger in triggers {
            let Some(raw_route) = trigger.route.as_deref() else {
                continue;
            };
            let component = trigger.component.as_str();
            if let Some(other) = seen.insert(raw_route, component) {
                return Err(format!("route {raw_route} is given to both {other} and {component}"));
            }
            let based_route = sanitize(raw_route);
            if based_route.starts_with(WELL_KNOWN_PREFIX) {
                return Err(format!("route {raw_route} is kept for the Spin runtime"));
            }
            let target = Target {
                component: component.to_owned(),
                raw_route: raw_route.to_owned(),
                based_route: based_route.clone(),
            };
            router
                .add(pattern(&based_route), target)
                .map_err(|error| format!("route {raw_route} of {component}: {error}"))?;
        }
        Ok(Self(router))
    }

    /// The component for a path: exact segments before `:name` segments before
    /// a trailing wildcard, longer prefixes first.
    pub fn route(&self, path: &str) -> Option<RouteMatch> {
        let best = self.0.best_match(path)?;
        let target = best.handler();
        let captures = best.captures();
        let named =
            captures.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Some(RouteMatch {
            component: target.component.clone(),
            raw_route: target.raw_route.clone(),
            based_route: target.based_route.clone(),
            path_info: captures
                .wildcard()
                .map(|wildcard| path_info(wildcard, path))
                .unwrap_or_default(),
            named,
        })
    }
}

/// The matcher drops a trailing slash that Spin's components have always seen.
fn path_info(wildcard: &str, path: &str) -> String {
    match (wildcard.is_empty(), path.ends_with('/')) {
        (true, false) => String::new(),
        (true, true) => "/".to_owned(),
        (false, false) => format!("/{wildcard}"),
        (false, true) => format!("/{wildcard}/"),
    }
}

/// One trailing slash is dropped and a leading one added, as Spin does.
fn sanitize(route: &str) -> String {
    let route = route.strip_suffix('/').unwrap_or(route);
    if route.is_empty() || route.starts_with('/') { route.to_owned() } else { format!("/{route}") }
}

/// Spin's `/...` is the matcher's `/*`.
fn pattern(based_route: &str) -> String {
    match based_route.strip_suffix("/...") {
        Some(prefix) => format!("{prefix}/*"),
        None => based_route.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn router(routes: &[&str]) -> Router {
        let triggers: Vec<HttpTrigger> = routes
            .iter()
            .map(|route| HttpTrigger {
                component: (*route).to_owned(),
                route: Some((*route).to_owned()),
            })
            .collect();
        Router::build(&triggers).unwrap()
    }

    fn component(router: &Router, path: &str) -> String {
        router.route(path).map(|found| found.component).unwrap_or_default()
    }

    #[test]
    fn exact_beats_named_beats_wildcard_and_longer_prefixes_win() {
        let router = router(&[
            "/...",
            "/v1/...",
            "/v1/accounts/...",
            "/v1/accounts/:id/pin",
            "/v1/accounts/:id",
            "/v1/accounts/new",
            "/healthz",
        ]);
        for (path, expected) in [
            ("/", "/..."),
            ("/other", "/..."),
            ("/healthz", "/healthz"),
            ("/healthz/", "/healthz"),
            ("/v1", "/v1/..."),
            ("/v1/orders/7", "/v1/..."),
            ("/v1/accounts/new", "/v1/accounts/new"),
            ("/v1/accounts/7", "/v1/accounts/:id"),
            ("/v1/accounts/7/pin", "/v1/accounts/:id/pin"),
            ("/v1/accounts/7/history", "/v1/accounts/..."),
        ] {
            assert_eq!(component(&router, path), expected, "{path}");
        }
    }

    #[test]
    fn the_match_says_what_the_parts_matched() {
        let router = router(&["/v1/accounts/:id/..."]);
        let found = router.route("/v1/accounts/7/cards/1").unwrap();
        assert_eq!(found.path_info, "/cards/1");
        assert_eq!(found.named, [("id".to_owned(), "7".to_owned())]);
        assert_eq!(found.raw_route_or_prefix(), "/v1/accounts/:id");
        assert_eq!(router.route("/v1/accounts/7").unwrap().path_info, "");
        assert_eq!(router.route("/v1/accounts/7/").unwrap().path_info, "/");
    }

    #[test]
    fn an_unknown_path_has_no_component() {
        assert!(router(&["/v1/..."]).route("/v2").is_none());
    }

    #[test]
    fn a_route_written_twice_is_refused() {
        let trigger = |component: &str| HttpTrigger {
            component: component.to_owned(),
            route: Some("/v1".to_owned()),
        };
        let error = Router::build(&[trigger("a"), trigger("b")]).err().unwrap();
        assert!(error.contains("both a and b"), "{error}");
    }
}
