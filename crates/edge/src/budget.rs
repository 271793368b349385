//! When an instance has made so many swaps that another must take over.
//!
//! Spin lets an instance make a bounded number of swaps in its life (see `feiqian-store`,
//! module `spin`). A request that runs out of them in the middle is finished by the worker,
//! but its caller waits for that; so a request that writes is turned away at the door while
//! it has done nothing, and the caller's next try meets another instance.

use http::Method;

/// Swaps of one payment, its follow-up included. Other requests make fewer.
const SWAPS_PER_REQUEST: u32 = 5;

/// Swaps kept for conflicts, where a request swaps again.
const SWAPS_FOR_CONFLICTS: u32 = 10;

/// True if a request of this method may change documents.
pub(crate) const fn writes(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// True if the swaps that are left may not do for one more request beside `others` that
/// the instance is at. Without a bound there is always enough.
pub(crate) fn is_short(swaps_left: Option<u32>, others: u32) -> bool {
    let running = others.saturating_add(1);
    let needed = SWAPS_PER_REQUEST.saturating_mul(running).saturating_add(SWAPS_FOR_CONFLICTS);
    swaps_left.is_some_and(|left| left < needed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_running_request_keeps_its_share() {
        assert!(!is_short(None, 1000));
        assert!(!is_short(Some(15), 0) && is_short(Some(14), 0));
        assert!(!is_short(Some(20), 1) && is_short(Some(19), 1));
    }

    #[test]
    fn reading_needs_no_swap() {
        assert!(writes(&Method::POST) && writes(&Method::PUT));
        assert!(!writes(&Method::GET) && !writes(&Method::OPTIONS));
    }
}
