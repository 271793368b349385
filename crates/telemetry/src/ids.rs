use http::HeaderMap;

use crate::{RequestId, TraceContext};

/// The ids under which one hop of a request is found again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ids {
    /// The component, by its name in spin.toml.
    pub component: &'static str,
    /// The request, the same at every hop.
    pub request_id: RequestId,
    /// The hop.
    pub trace: TraceContext,
}

impl Ids {
    /// The ids of a request with these headers, as it comes to a component.
    pub fn of(
        component: &'static str,
        headers: &HeaderMap,
        fill_random: impl Fn(&mut [u8]),
    ) -> Self {
        Self {
            component,
            request_id: RequestId::of(headers, &fill_random),
            trace: TraceContext::of(headers, &fill_random),
        }
    }
}
