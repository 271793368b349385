//! What the host gives: the time, and random bytes.

use feiqian_calendar::Timestamp;
use spin_sdk::wasip3::clocks::{monotonic_clock, system_clock};
use spin_sdk::wasip3::random::random::get_random_u64;

pub(crate) fn now() -> Timestamp {
    let now = system_clock::now();
    let seconds = u64::try_from(now.seconds).unwrap_or(0);
    let millis = u64::from(now.nanoseconds / 1_000_000);
    Timestamp::from_millis(seconds.saturating_mul(1000).saturating_add(millis))
}

/// Milliseconds on a clock that never jumps.
pub(crate) fn elapsed_ms() -> u64 {
    monotonic_clock::now() / 1_000_000
}

pub(crate) fn fill_random(buffer: &mut [u8]) {
    for chunk in buffer.chunks_mut(8) {
        let random = get_random_u64().to_le_bytes();
        chunk.copy_from_slice(&random[..chunk.len()]);
    }
}
