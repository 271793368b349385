use feiqian_calendar::Timestamp;
use spin_sdk::wasip3::clocks::{monotonic_clock, system_clock};

/// The instant by the host's clock. A clock before 1970 reads as 1970.
pub(crate) fn now() -> Timestamp {
    let now = system_clock::now();
    let seconds = u64::try_from(now.seconds).unwrap_or(0);
    let millis = u64::from(now.nanoseconds / 1_000_000);
    Timestamp::from_millis(seconds.saturating_mul(1000).saturating_add(millis))
}

/// Milliseconds by the host's monotonic clock.
pub(crate) fn elapsed_ms() -> u64 {
    monotonic_clock::now() / 1_000_000
}
