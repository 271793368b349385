//! Body limit, time-outs, traps, requests in flight, instances.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{run, serve};

const LIMIT: usize = 1_048_576;

#[test]
fn a_body_of_exactly_the_limit_reaches_the_component() {
    run(async {
        let served = serve(&[]).await;
        let answer = served.post("/probe/length", vec![b'x'; LIMIT]).await;
        assert_eq!(answer.json(), LIMIT);
    });
}

#[test]
fn a_longer_body_is_refused_by_its_content_length() {
    run(async {
        let served = serve(&[]).await;
        let answer = served.post("/probe/length", vec![b'x'; 2 * LIMIT]).await;
        assert_eq!(answer.status(), 413);
        assert_eq!(answer.problem(), "body_too_large");
        // No component was started for it.
        let metrics = served.metrics().await;
        assert!(!metrics.contains("instances_created_total{"), "{metrics}");
    });
}

#[test]
fn a_longer_body_of_unknown_length_is_refused_while_it_streams() {
    run(async {
        let served = serve(&[]).await;
        let mut stream = TcpStream::connect(served.host.address()).await.unwrap();
        let head = "POST /probe/length HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\
                    Connection: close\r\n\r\n";
        stream.write_all(head.as_bytes()).await.unwrap();
        let chunk =
            [format!("{:x}\r\n", LIMIT / 2).as_bytes(), &vec![b'x'; LIMIT / 2], b"\r\n"].concat();
        for _ in 0..3 {
            // The host may have closed by the third.
            let _ = stream.write_all(&chunk).await;
        }
        let mut answer = vec![0; 4096];
        let read = stream.read(&mut answer).await.unwrap();
        let answer = String::from_utf8_lossy(&answer[..read]).into_owned();
        assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    });
}

#[test]
fn a_busy_loop_is_answered_504_and_leaves_the_rest_alone() {
    run(async {
        let served = Arc::new(serve(&["--request-timeout", "3s"]).await);
        let started = Instant::now();
        let looping = tokio::spawn({
            let served = served.clone();
            async move { served.get("/probe/loop").await }
        });
        served.until_metric("feiqian_host_requests_in_flight 1").await;
        assert_eq!(served.get("/probe/headers").await.status(), 200);
        let answer = looping.await.unwrap();
        assert_eq!(answer.status(), 504);
        assert_eq!(answer.problem(), "request_timeout");
        assert!(started.elapsed() < Duration::from_secs(20));
        // The instance has been ended: nothing turns a processor for ever.
        served.until_metric("feiqian_host_instances_live{component=\"probe\"} 0").await;
    });
}

#[test]
fn a_slow_component_is_answered_504() {
    run(async {
        let served = serve(&["--request-timeout", "300ms"]).await;
        let answer = served.get("/probe/sleep?ms=20000").await;
        assert_eq!(answer.problem(), "request_timeout");
        let metrics = served.metrics().await;
        assert!(metrics.contains("feiqian_host_timeouts_total{component=\"probe\"} 1"));
    });
}

#[test]
fn a_trap_is_answered_500_and_the_next_request_is_served() {
    run(async {
        let served = serve(&[]).await;
        let answer = served.get("/probe/trap").await;
        assert_eq!(answer.status(), 500);
        assert_eq!(answer.problem(), "internal_error");
        assert_eq!(served.get("/probe/headers").await.status(), 200);
        served.until_metric("feiqian_host_traps_total{component=\"probe\"} 1").await;
    });
}

#[test]
fn past_the_bound_on_requests_in_flight_the_answer_is_503() {
    run(async {
        let served = Arc::new(serve(&["--max-requests-in-flight", "2"]).await);
        let slow: Vec<_> = (0..2)
            .map(|_| {
                let served = served.clone();
                tokio::spawn(async move { served.get("/probe/sleep?ms=5000").await.status() })
            })
            .collect();
        served.until_metric("feiqian_host_requests_in_flight 2").await;
        let answer = served.get("/probe/headers").await;
        assert_eq!(answer.status(), 503);
        assert_eq!(answer.problem(), "overloaded");
        assert_eq!(answer.header("retry-after"), "1");
        for request in slow {
            assert_eq!(request.await.unwrap(), 200);
        }
        assert_eq!(served.get("/probe/headers").await.status(), 200);
    });
}

#[test]
fn a_client_that_leaves_keeps_its_place_until_the_work_ends() {
    run(async {
        let served = serve(&["--max-requests-in-flight", "1"]).await;
        let mut stream = TcpStream::connect(served.host.address()).await.unwrap();
        let head = "GET /probe/sleep?ms=4000 HTTP/1.1\r\nHost: h\r\n\r\n";
        stream.write_all(head.as_bytes()).await.unwrap();
        served.until_metric("feiqian_host_requests_in_flight 1").await;
        drop(stream);
        assert_eq!(served.get("/probe/headers").await.problem(), "overloaded");
        served.until_metric("feiqian_host_requests_in_flight 0").await;
        assert_eq!(served.get("/probe/headers").await.status(), 200);
    });
}

#[test]
fn a_chained_call_needs_no_second_place_in_flight() {
    run(async {
        let served = serve(&["--max-requests-in-flight", "1"]).await;
        let answer = served.get("/probe/get?u=http://hidden.spin.internal/headers").await;
        assert_eq!(answer.json()["status"], 200);
    });
}

#[test]
fn past_the_bound_on_instances_nothing_hangs() {
    run(async {
        let served = serve(&["--max-instances", "1"]).await;
        let answer = served.get("/probe/get?u=http://hidden.spin.internal/headers").await;
        let error = answer.json()["error"].as_str().unwrap().to_owned();
        assert!(error.contains("ConnectionLimitReached"), "{error}");
    });
}

#[test]
fn instances_are_reused_as_often_as_told() {
    run(async {
        for (reuse, created) in [("1", 4), ("128", 1)] {
            let served = serve(&["--max-instance-reuse-count", reuse]).await;
            for _ in 0..4 {
                assert_eq!(served.get("/probe/headers").await.status(), 200);
            }
            let line =
                format!("feiqian_host_instances_created_total{{component=\"probe\"}} {created}");
            let metrics = served.metrics().await;
            assert!(metrics.contains(&line), "{metrics}");
        }
    });
}

#[test]
fn problems_are_written_in_the_language_asked_for() {
    run(async {
        let served = serve(&[]).await;
        let mut titles = Vec::new();
        for language in ["en", "zh-CN,zh;q=0.9,en;q=0.1"] {
            let request = Request::get(served.url("/nothing"))
                .header("accept-language", language)
                .body(Full::<Bytes>::default());
            let answer = served.send(request.unwrap()).await;
            assert_eq!(answer.problem(), "route_not_found");
            titles.push(answer.json()["title"].as_str().unwrap().to_owned());
        }
        assert_eq!(titles, ["Not found", "未找到"]);
    });
}
