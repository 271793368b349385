//! Outbound Redis, against a server that knows just enough of its protocol.

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{manifest, run, serve_manifest};

/// What EVAL answers: an integer, a nested array, a status.
const NESTED: &str = "*3\r\n:1\r\n*2\r\n$8\r\nargument\r\n*1\r\n$-1\r\n+fine\r\n";

async fn line(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    let read = stream.read_line(&mut line).await.unwrap();
    (read > 0).then(|| line.trim_end().to_owned())
}

/// Reads one command's words.
async fn command(stream: &mut BufReader<TcpStream>) -> Option<Vec<String>> {
    let count: usize = line(stream).await?.strip_prefix('*')?.parse().unwrap();
    let mut words = Vec::new();
    for _ in 0..count {
        let length: usize = line(stream).await?.strip_prefix('$')?.parse().unwrap();
        let mut word = vec![0; length + 2];
        stream.read_exact(&mut word).await.unwrap();
        word.truncate(length);
        words.push(String::from_utf8(word).unwrap());
    }
    Some(words)
}

async fn answer(stream: TcpStream) {
    let mut stream = BufReader::new(stream);
    while let Some(words) = command(&mut stream).await {
        let answer = match words[0].as_str() {
            "EVAL" => NESTED,
            "CLIENT" => "+OK\r\n",
            _ => "-ERR unknown command\r\n",
        };
        stream.write_all(answer.as_bytes()).await.unwrap();
    }
}

#[test]
fn answers_come_back_flat_and_errors_in_words() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream));
            }
        });
        let manifest = manifest(&[&format!("redis://127.0.0.1:{port}")]);
        let served = serve_manifest(&manifest, &[]).await;
        let path = format!("/probe/redis?a=redis://127.0.0.1:{port}");
        let answer = served.get(&path).await.json();
        let results = answer[0].as_str().unwrap();
        for (position, expected) in
            ["Int64(1)", "Binary", "Nil", "Status(\"fine\")"].into_iter().enumerate()
        {
            let found = results.match_indices("RedisResult::").nth(position);
            let rest = &results[found.unwrap().0..];
            assert!(rest.starts_with(&format!("RedisResult::{expected}")), "{results}");
        }
        let error = answer[1].as_str().unwrap();
        assert!(error.contains("Other") && error.contains("unknown command"), "{error}");
    });
}

#[test]
fn a_redis_that_does_not_answer_is_an_error_in_words() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let manifest = manifest(&[&format!("redis://127.0.0.1:{port}")]);
        let served = serve_manifest(&manifest, &[]).await;
        let answer = served.get(&format!("/probe/redis?a=redis://127.0.0.1:{port}")).await;
        let error = answer.json().as_str().unwrap().to_owned();
        assert!(error.starts_with("Error::Other"), "{error}");
    });
}
