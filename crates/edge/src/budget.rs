//! When an instance has made so many swaps that another must take over.
//!
//! Spin lets an instance make a bounded number of swaps in its life (see `feiqian-store`,
//! module `spin`). A request that runs out of them in the middle is finished by the worker,
//! but its caller waits for that; so a request that writes is turned away at the door while
//! it has done nothing, and the caller's next try meets another instance.

use feiqian_signing::SIGNATURE_INPUT;
use http::{HeaderMap, Method};

/// Swaps of one payment that a partner asks for, its follow-up included: five of the payment,
/// and one of its nonce.
const SWAPS_PER_REQUEST: u32 = 6;

/// Swaps kept for a request that makes more, as a visit's refund makes twelve, and for conflicts,
/// where a request swaps again: an operator's action, which is written into one log before and
/// after, makes 16 on average where 64 meet there.
const SWAPS_IN_RESERVE: u32 = 24;

/// True if such a request may change documents. What is signed has a nonce to be noted.
pub(crate) fn writes(method: &Method, headers: &HeaderMap) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
        || headers.contains_key(SIGNATURE_INPUT)
}

/// True if the swaps that are left may not do for one more request beside `others` that
/// the instance is at. Without a bound there is always enough.
pub(crate) fn is_short(swaps_left: Option<u32>, others: u32) -> bool {
    let running = others.saturating_add(1);
    let needed = SWAPS_PER_REQUEST.saturating_mul(running).saturating_add(SWAPS_IN_RESERVE);
    swaps_left.is_some_and(|left| left < needed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_running_request_keeps_its_share() {
        assert!(!is_short(None, 1000));
        assert!(!is_short(Some(30), 0) && is_short(Some(29), 0));
        assert!(!is_short(Some(36), 1) && is_short(Some(35), 1));
    }

    #[test]
    fn reading_needs_no_swap_unless_it_is_signed() {
        let mut headers = HeaderMap::new();
        assert!(writes(&Method::POST, &headers) && writes(&Method::PUT, &headers));
        assert!(!writes(&Method::GET, &headers) && !writes(&Method::OPTIONS, &headers));
        headers.insert(SIGNATURE_INPUT, http::HeaderValue::from_static("sig1=()"));
        assert!(writes(&Method::GET, &headers));
    }
}
