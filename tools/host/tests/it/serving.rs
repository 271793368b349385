//! Routing, headers, chaining, the timer.

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::support::{manifest, run, serve, serve_manifest};

const CHAINED: &str = "/probe/get?u=http://hidden.spin.internal/headers";

#[test]
fn a_component_sees_what_the_route_matched() {
    run(async {
        let served = serve(&[]).await;
        let headers = served.get("/accounts/7/headers").await.json();
        assert_eq!(headers["spin-path-match-account-id"], "7");
        assert_eq!(headers["spin-raw-component-route"], "/accounts/:account_id/headers");
        assert_eq!(headers["spin-full-url"], served.url("/accounts/7/headers"));
        let headers = served.get("/probe/a/headers").await.json();
        assert_eq!(headers["spin-path-info"], "/a/headers");
        assert_eq!(headers["spin-component-route"], "/probe");
    });
}

#[test]
fn a_private_component_is_unreachable_from_outside() {
    run(async {
        let served = serve(&[]).await;
        for host in ["hidden.spin.internal", "localhost"] {
            for path in ["/", "/headers", "/hidden/headers"] {
                let request = Request::get(served.url(path)).header("host", host);
                let request = request.body(Full::<Bytes>::default()).unwrap();
                assert_eq!(served.send(request).await.problem(), "route_not_found");
            }
        }
    });
}

#[test]
fn a_request_keeps_its_id_through_chained_calls() {
    run(async {
        let served = serve(&[]).await;
        let request = Request::get(served.url(CHAINED)).header("request-id", "order-7");
        let answer = served.send(request.body(Full::default()).unwrap()).await;
        assert_eq!(answer.header("request-id"), "order-7");
        let inner: serde_json::Value =
            serde_json::from_str(answer.json()["body"].as_str().unwrap()).unwrap();
        assert_eq!(inner["request-id"], "order-7");
        assert_eq!(inner["spin-path-info"], "/headers");
    });
}

#[test]
fn requests_at_once_in_one_instance_keep_their_ids_apart() {
    run(async {
        let served = std::sync::Arc::new(serve(&[]).await);
        let requests: Vec<_> = (0..32)
            .map(|n| {
                let served = served.clone();
                tokio::spawn(async move {
                    let id = format!("id-{n}");
                    let request = Request::get(served.url(CHAINED)).header("request-id", &id);
                    let answer = served.send(request.body(Full::default()).unwrap()).await;
                    let body = answer.json()["body"].as_str().unwrap().to_owned();
                    assert!(body.contains(&format!("\"request-id\":\"{id}\"")), "{id}: {body}");
                })
            })
            .collect();
        for request in requests {
            request.await.unwrap();
        }
    });
}

#[test]
fn a_request_without_an_id_gets_one() {
    run(async {
        let served = serve(&[]).await;
        let first = served.get("/probe/headers").await;
        let second = served.get("/nothing").await;
        assert_eq!(first.header("request-id").len(), 36);
        assert_ne!(first.header("request-id"), second.header("request-id"));
        assert_eq!(first.json()["request-id"], first.header("request-id"));
    });
}

#[test]
fn a_listed_host_is_called_and_its_template_filled_in() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await.unwrap();
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nthere";
            stream.write_all(answer).await.unwrap();
        });
        let manifest = manifest(&["http://127.0.0.1:{{ port }}"]);
        let served = serve_manifest(&manifest, &["--variable", &format!("port={port}")]).await;
        let answer = served.get(&format!("/probe/get?u=http://127.0.0.1:{port}/")).await;
        assert_eq!(answer.json()["body"], "there");
    });
}

#[test]
fn the_timer_calls_its_route_with_its_token() {
    run(async {
        let tick = ["--tick-every", "20ms", "--tick-bearer-variable", "token", "--tick-route"];
        let served = serve(&[&tick[..], &["/probe/tick"]].concat()).await;
        while served.get("/probe/ticks").await.json().as_i64() < Some(3) {}
        served.host.shutdown().await;
    });
}

#[test]
fn the_timer_reaches_a_private_component() {
    run(async {
        let tick = ["--tick-every", "20ms", "--tick-route"];
        let served = serve(&[&tick[..], &["http://hidden.spin.internal/log"]].concat()).await;
        let line = "feiqian_host_requests_total{component=\"hidden\",status=\"200\"} 3";
        served.until_metric(line).await;
    });
}

#[test]
fn spins_health_path_answers() {
    run(async {
        let served = serve(&[]).await;
        let answer = served.get("/.well-known/spin/health").await;
        assert_eq!((answer.status(), &answer.body[..]), (200, &b"OK"[..]));
    });
}
