//! Body wrappers: a bound on what comes in, and the end of what goes out.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use wasmtime_wasi_http::{Error, WasiBody};

/// A request body that fails once it is longer than its bound.
pub struct LimitedBody {
    inner: WasiBody,
    remaining: u64,
    exceeded: Arc<AtomicBool>,
}

/// Tells whether a [`LimitedBody`] was too long.
#[derive(Clone)]
pub struct Exceeded(Arc<AtomicBool>);

impl Exceeded {
    /// Whether more than the bound has been sent so far.
    pub fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Bounds a request body at `max_bytes`.
pub fn limit<B>(body: B, max_bytes: u64) -> (WasiBody, Exceeded)
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Error>,
{
    let exceeded = Arc::new(AtomicBool::new(false));
    let limited = LimitedBody {
        inner: body.map_err(Into::into).boxed_unsync(),
        remaining: max_bytes,
        exceeded: exceeded.clone(),
    };
    (limited.boxed_unsync(), Exceeded(exceeded))
}

impl Body for LimitedBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let frame = std::task::ready!(Pin::new(&mut self.inner).poll_frame(cx));
        if let Some(Ok(frame)) = &frame {
            let length = frame.data_ref().map_or(0, |data| data.len() as u64);
            match self.remaining.checked_sub(length) {
                Some(remaining) => self.remaining = remaining,
                None => {
                    self.exceeded.store(true, Ordering::Relaxed);
                    return Poll::Ready(Some(Err(Error::HttpRequestBodySize(None))));
                }
            }
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// A response body that holds something (a permit, a timer) until its end.
pub struct GuardedBody<G> {
    inner: WasiBody,
    guard: Option<G>,
}

/// Drops `guard` when the body has been sent or given up.
pub fn guard<G: Send + Unpin + 'static>(body: WasiBody, guard: G) -> WasiBody {
    GuardedBody { inner: body, guard: Some(guard) }.boxed_unsync()
}

impl<G: Unpin> Body for GuardedBody<G> {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let frame = std::task::ready!(Pin::new(&mut self.inner).poll_frame(cx));
        if !matches!(frame, Some(Ok(_))) {
            self.guard = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// A complete body.
pub fn full(bytes: impl Into<Bytes>) -> WasiBody {
    http_body_util::Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}
