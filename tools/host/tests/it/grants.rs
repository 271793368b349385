//! What is not granted is refused, as Spin words it.

use crate::support::{run, serve};

#[test]
fn a_store_that_is_not_declared_is_denied() {
    run(async {
        let served = serve(&[]).await;
        let declared = served.get("/probe/store?label=default").await.json();
        assert_eq!(declared, serde_json::json!(["Ok(())", "Ok(())"]));
        let other = served.get("/probe/store?label=other").await.json();
        let denied = "Err(Error::AccessDenied)";
        assert_eq!(other, serde_json::json!([denied, denied]));
    });
}

#[test]
fn a_variable_that_is_not_declared_is_undefined() {
    run(async {
        let served = serve(&[]).await;
        let declared = served.get("/probe/variable?name=greeting").await.json();
        assert_eq!(declared, "Ok(\"hello, world\")");
        // An application variable is not a component variable.
        let other = served.get("/probe/variable?name=token").await.json();
        assert!(other.as_str().unwrap().contains("Undefined"), "{other}");
        let invalid = served.get("/probe/variable?name=Not-A-Name").await.json();
        assert!(invalid.as_str().unwrap().contains("InvalidName"), "{invalid}");
    });
}

#[test]
fn a_host_that_is_not_listed_is_denied() {
    run(async {
        let served = serve(&[]).await;
        for url in [
            "http://127.0.0.1:9/",
            "https://hidden.spin.internal/",
            "http://probe.spin.internal/headers",
            "http://example.com/",
        ] {
            let answer = served.get(&format!("/probe/get?u={url}")).await;
            assert_eq!(answer.json()["error"], "ErrorCode::HttpRequestDenied", "{url}");
        }
        let denied = "feiqian_host_outbound_calls_total{component=\"probe\",outcome=\"denied\"} 4";
        served.until_metric(denied).await;
    });
}

#[test]
fn a_redis_that_is_not_listed_is_an_invalid_address() {
    run(async {
        let served = serve(&[]).await;
        let answer = served.get("/probe/redis?a=redis://127.0.0.1:6379").await;
        assert_eq!(answer.json(), "Error::InvalidAddress");
    });
}
