//! Describes the API to whoever asks: as OpenAPI, and as a page that needs nothing else.

use bytes::Bytes;
use feiqian_edge::{
    Answer, Call, Component, ConfigurationError, Origins, Problem, Route, VariableSource, Variables,
};
use http::header::CONTENT_SECURITY_POLICY;
use http::{HeaderValue, Method};

feiqian_edge::export_component!(Reference);

/// The document that `cargo xtask docs` puts together, without white space.
const DOCUMENT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/openapi.json"));

/// The page that `cargo xtask docs` makes of it.
const PAGE: &[u8] = include_bytes!("../reference.html");

/// The page has its style in itself and loads nothing.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

#[derive(Clone, Copy)]
enum Endpoint {
    GetDocument,
    GetPage,
}

struct Reference;

impl Component for Reference {
    type Endpoint = Endpoint;
    type Settings = Origins;

    const ROUTES: &'static [Route<Endpoint>] = &[
        Route::new(Method::GET, "/openapi.json", Endpoint::GetDocument),
        Route::new(Method::GET, "/reference", Endpoint::GetPage),
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
        None
    }

    async fn answer(
        endpoint: Endpoint,
        _call: Call,
        _settings: &'static Origins,
    ) -> Result<Answer, Problem> {
        Ok(match endpoint {
            Endpoint::GetDocument => {
                Answer::document("application/json", Bytes::from_static(DOCUMENT))
            }
            Endpoint::GetPage => {
                Answer::document("text/html; charset=utf-8", Bytes::from_static(PAGE))
                    .header(CONTENT_SECURITY_POLICY, POLICY)
            }
        })
    }
}
