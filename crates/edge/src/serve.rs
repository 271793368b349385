use bytes::Bytes;
use feiqian_calendar::Timestamp;
use feiqian_telemetry::{Ids, REQUEST_ID};
use http::header::{CACHE_CONTROL, CONTENT_LENGTH, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use std::future::Future;
use std::rc::Rc;

use crate::route;
use crate::scope::{self, Scope};
use crate::{
    Answer, Call, ConfigurationError, Language, MAX_BODY_BYTES, Origins, Problem, ProblemCode,
    Regions, RequestId, Route, VariableSource, Variables, budget, cors, log,
};

/// Seconds after which another instance has taken over.
const HANDED_OVER_RETRY_SECONDS: u64 = 1;

/// What a component is: a table of routes and what answers them.
pub trait Component {
    /// Names what answers a route.
    type Endpoint: Copy + 'static;

    /// What the component's variables say.
    type Settings: 'static;

    /// The route table.
    const ROUTES: &'static [Route<Self::Endpoint>];

    /// Whether the component reads headers that others do not, as a signature's are.
    const READS_EVERY_HEADER: bool = false;

    /// Reads the component's variables.
    fn load<S: VariableSource>(
        variables: &Variables<S>,
    ) -> impl Future<Output = Result<Self::Settings, ConfigurationError>>;

    /// The origins whose pages may call this component.
    fn origins(settings: &Self::Settings) -> &Origins;

    /// How many more swaps the instance can make; none without a bound.
    fn swaps_left(settings: &Self::Settings) -> Option<u32>;

    /// Answers one request.
    fn answer(
        endpoint: Self::Endpoint,
        call: Call,
        settings: &'static Self::Settings,
    ) -> impl Future<Output = Result<Answer, Problem>>;
}

/// What an instance has read from its variables.
#[derive(Debug)]
pub struct Loaded<S> {
    /// The component's own settings.
    pub settings: S,
    /// Which region this is, and where the others are.
    pub regions: Regions,
}

/// A request as it came in, its body read or found unreadable.
#[derive(Debug)]
pub struct Inbound {
    /// The method.
    pub method: Method,
    /// Host and port as the client named them, if the host knows.
    pub authority: Option<String>,
    /// The path, as it came.
    pub path: String,
    /// What follows the question mark, as it came.
    pub query: Option<String>,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, or why there is none.
    pub body: Result<Bytes, BodyError>,
    /// How many requests and follow-ups the instance is at beside this one.
    pub others: u32,
}

/// Why a body could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyError {
    /// It is longer than it may be.
    TooLarge,
    /// The connection failed, or the body's framing is wrong.
    Broken,
}

/// What serving needs of whatever runs the component.
#[derive(Debug, Clone, Copy)]
pub struct Host {
    /// The component's name in spin.toml.
    pub component: &'static str,
    /// The current instant.
    pub now: fn() -> Timestamp,
    /// Milliseconds on a clock that never jumps.
    pub elapsed_ms: fn() -> u64,
    /// Fills a buffer with random bytes.
    pub fill_random: fn(&mut [u8]),
}

/// Serves one request: routes it, lets the component answer, gives every answer the
/// headers that all have, and writes the request's line in the log. `loaded` is what the
/// variables say, or the problem that they have.
pub async fn serve<C: Component>(
    inbound: Inbound,
    loaded: Result<&'static Loaded<C::Settings>, Problem>,
    host: Host,
) -> Answer {
    let begun_ms = (host.elapsed_ms)();
    let ids = Ids::of(host.component, &inbound.headers, host.fill_random);
    let request_id = ids.request_id.clone();
    let scope = Scope::new(ids, host.now);
    let language = Language::of(&inbound.headers);
    let request_headers = inbound.headers.clone();
    let method = inbound.method.clone();
    let route = route::pattern_of(C::ROUTES, &inbound.path);
    let origins = loaded.as_ref().ok().map(|loaded| C::origins(&loaded.settings));
    let work = answer::<C>(inbound, loaded, request_id.clone(), language);
    let (mut answer, problem) = match scope::within(Rc::clone(&scope), work).await {
        Ok(answer) => (answer.within(&scope), None),
        Err(problem) => {
            let logged = problem.logged();
            (problem.into_answer(language, (host.now)()), Some(logged))
        }
    };
    if let Some(origins) = origins {
        origins.mark(&request_headers, answer.headers_mut());
    }
    if let Some(rate_limit) = scope.rate_limit.get() {
        rate_limit.apply(answer.headers_mut());
    }
    complete(&mut answer, &request_id);
    let duration_ms = (host.elapsed_ms)().saturating_sub(begun_ms);
    let (method, status) = (&method, answer.status());
    log::request(&scope, log::Ended { route, method, status, problem, duration_ms });
    answer
}

async fn answer<C: Component>(
    inbound: Inbound,
    loaded: Result<&'static Loaded<C::Settings>, Problem>,
    request_id: RequestId,
    language: Language,
) -> Result<Answer, Problem> {
    let Inbound { method, authority, path, query, headers, body, others } = inbound;
    if cors::is_options(&method)
        && let Some(methods) = route::methods_of(C::ROUTES, &path)
    {
        return Ok(C::origins(&loaded?.settings).preflight(&headers, &methods));
    }
    let (route, parameters) = route::find(C::ROUTES, &method, &path)?;
    let Loaded { settings, regions } = loaded?;
    if budget::writes(&method, &headers) && budget::is_short(C::swaps_left(settings), others) {
        return Err(Problem::new(ProblemCode::StoreContended)
            .retry_after(HANDED_OVER_RETRY_SECONDS)
            .because("the instance has too few swaps left"));
    }
    let body = body.map_err(|error| match error {
        BodyError::TooLarge => {
            Problem::new(ProblemCode::BodyTooLarge).with("max_bytes", MAX_BODY_BYTES)
        }
        BodyError::Broken => Problem::new(ProblemCode::RequestMalformed).with_text(
            "reason",
            "the body is incomplete",
            "正文不完整",
        ),
    })?;
    let call = Call {
        method,
        authority,
        path,
        query_text: query,
        headers,
        body,
        request_id,
        language,
        route: route.path,
        parameters,
        regions,
    };
    call.check_regions()?;
    C::answer(route.endpoint, call, settings).await
}

/// What every answer has. Answers are personal, so nothing may store them; and they leave
/// whole, which Content-Length lets the host see.
fn complete(answer: &mut Answer, request_id: &RequestId) {
    let length = answer.body().len();
    let bodyless = answer.status() == StatusCode::NO_CONTENT;
    let headers = answer.headers_mut();
    if let Some(value) = request_id.to_header() {
        headers.insert(REQUEST_ID, value);
    }
    if !bodyless {
        headers.insert(CONTENT_LENGTH, length.into());
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::executor::block_on;
    use http::{Method, Request};
    use serde_json::{Value, json};

    struct Greeter;

    static LOADED: std::sync::LazyLock<Loaded<Origins>> = std::sync::LazyLock::new(|| Loaded {
        settings: Origins::parse("https://shop.example").unwrap(),
        regions: crate::test::REGIONS.clone(),
    });

    impl Component for Greeter {
        type Endpoint = bool;
        type Settings = Origins;
        const ROUTES: &'static [Route<bool>] = &[
            Route::new(Method::GET, "/hello/:name", true),
            Route::new(Method::POST, "/hello/:name", false),
        ];

        async fn load<S: VariableSource>(
            variables: &Variables<S>,
        ) -> Result<Origins, ConfigurationError> {
            variables.cors_origins().await
        }

        fn origins(settings: &Origins) -> &Origins {
            settings
        }

        fn swaps_left(_settings: &Origins) -> Option<u32> {
            Some(30)
        }

        async fn answer(
            greets: bool,
            call: Call,
            _settings: &'static Origins,
        ) -> Result<Answer, Problem> {
            if greets {
                return Ok(Answer::ok(&json!({ "hello": call.parameter("name")? })));
            }
            let body: Value = call.json()?;
            call.idempotency_key()?;
            Ok(Answer::created(&body).replayed(true))
        }
    }

    const HOST: Host = Host {
        component: "greeter",
        now: Timestamp::default,
        elapsed_ms: || 0,
        fill_random: |bytes| bytes.fill(7),
    };

    fn inbound(head: http::request::Parts, body: Result<Bytes, BodyError>) -> Inbound {
        Inbound {
            method: head.method,
            authority: None,
            path: head.uri.path().to_owned(),
            query: head.uri.query().map(str::to_owned),
            headers: head.headers,
            body,
            others: 0,
        }
    }

    fn serve_it(request: Request<&[u8]>) -> Answer {
        let (head, body) = request.into_parts();
        let body = if body.len() > MAX_BODY_BYTES {
            Err(BodyError::TooLarge)
        } else {
            Ok(Bytes::copy_from_slice(body))
        };
        block_on(serve::<Greeter>(inbound(head, body), Ok(&LOADED), HOST))
    }

    fn code(answer: Answer) -> (u16, String) {
        let status = answer.status().as_u16();
        let body: Value = serde_json::from_slice(&answer.into_body()).unwrap();
        (status, body["code"].as_str().unwrap().to_owned())
    }

    #[test]
    fn every_answer_is_complete_and_named() {
        let request = Request::get("/hello/li").header("request-id", "r-1").body(&b""[..]).unwrap();
        let answer = serve_it(request);
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["request-id"], "r-1");
        assert_eq!(answer.headers()["content-length"], "14");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        assert_eq!(answer.into_body(), r#"{"hello":"li"}"#);
    }

    #[test]
    fn problems_have_what_answers_have() {
        let request =
            Request::get("/nothing").header("accept-language", "zh-CN").body(&b""[..]).unwrap();
        let answer = serve_it(request);
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        assert_eq!(answer.headers()["content-language"], "zh-CN");
        assert_eq!(answer.headers()["request-id"].len(), 16);
        assert_eq!(code(answer), (404, "route_not_found".into()));
    }

    #[test]
    fn a_posted_body_is_checked_in_order() {
        let post = |content_type: &str, key: Option<&str>, body: &[u8]| {
            let mut request = Request::post("/hello/li").header("content-type", content_type);
            if let Some(key) = key {
                request = request.header("idempotency-key", key);
            }
            serve_it(request.body(body).unwrap())
        };
        let large = vec![b' '; MAX_BODY_BYTES + 1];
        assert_eq!(code(post("application/json", None, &large)), (413, "body_too_large".into()));
        assert_eq!(code(post("text/plain", None, b"{}")), (415, "content_type_unsupported".into()));
        assert_eq!(code(post("application/json", None, b"{")), (400, "request_malformed".into()));
        assert_eq!(
            code(post("application/json; charset=utf-8", None, b"{}")),
            (400, "idempotency_key_missing".into())
        );
        let answer = post("Application/JSON", Some("\"k\""), b"{}");
        assert_eq!(answer.status(), 201);
        assert_eq!(answer.headers()["idempotent-replayed"], "true");
    }

    #[test]
    fn what_a_path_names_of_another_region_is_answered_before_anything_is_asked() {
        let id = |region| {
            let region = feiqian_ledger::Region::parse(region).unwrap();
            feiqian_ledger::AccountId::derive(region, &["a"]).to_string()
        };
        for (region, status) in [("cn1", 200), ("sh1", 200), ("bj1", 421)] {
            let path = format!("/hello/{}?limit=1", id(region));
            let answer = serve_it(Request::get(&path).body(&b""[..]).unwrap());
            assert_eq!(answer.status(), status, "{region}");
            if status == 421 {
                let body: Value = serde_json::from_slice(&answer.into_body()).unwrap();
                assert_eq!(body["code"], "region_misdirected");
                assert_eq!(body["region"], "bj1");
                assert_eq!(body["url"], format!("https://bj1.pay.example{path}"));
            }
        }
    }

    #[test]
    fn a_preflight_says_what_the_path_takes_to_whom_may_ask() {
        let preflight = |origin: &str| {
            let request = Request::options("/hello/li")
                .header("origin", origin)
                .header("access-control-request-method", "POST");
            serve_it(request.body(&b""[..]).unwrap())
        };
        let allowed = preflight("https://shop.example");
        assert_eq!(allowed.status(), 204);
        assert_eq!(allowed.headers()["access-control-allow-origin"], "https://shop.example");
        assert_eq!(allowed.headers()["access-control-allow-methods"], "GET, POST, OPTIONS");
        assert!(!allowed.headers().contains_key("content-length"));
        let other = preflight("https://other.example");
        assert!(!other.headers().contains_key("access-control-allow-origin"));
        let unknown = serve_it(Request::options("/nothing").body(&b""[..]).unwrap());
        assert_eq!(code(unknown), (404, "route_not_found".into()));
    }

    #[test]
    fn an_instance_short_of_swaps_reads_and_does_not_write() {
        let serve_beside_one = |request: http::request::Builder| {
            let (head, ()) = request.uri("/hello/li").body(()).unwrap().into_parts();
            let inbound = Inbound { others: 1, ..inbound(head, Ok(Bytes::new())) };
            block_on(serve::<Greeter>(inbound, Ok(&LOADED), HOST))
        };
        assert_eq!(serve_beside_one(Request::builder().method("GET")).status(), 200);
        let refused = serve_beside_one(Request::builder().method("POST"));
        assert_eq!(refused.headers()["retry-after"], "1");
        assert_eq!(code(refused), (503, "store_contended".into()));
    }

    #[test]
    fn a_component_without_its_settings_says_which_is_missing() {
        let (head, _) = Request::get("/hello/li").body(()).unwrap().into_parts();
        let problem = Problem::new(ProblemCode::ConfigurationInvalid).with("variable", "x_key");
        let inbound = inbound(head, Ok(Bytes::new()));
        let answer = block_on(serve::<Greeter>(inbound, Err(problem), HOST));
        assert_eq!(code(answer), (500, "configuration_invalid".into()));
    }
}
