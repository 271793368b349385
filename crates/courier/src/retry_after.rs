use std::time::{Duration, UNIX_EPOCH};

/// How long the header `Retry-After` asks to wait, milliseconds: seconds or a date (RFC 9110
/// section 10.2.3). None for anything else, and for a date that is over. `now_ms` is since 1970.
#[must_use]
pub fn retry_after_ms(value: &str, now_ms: u64) -> Option<u64> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More seconds than a number holds are more than anybody waits.
        return Some(value.parse::<u64>().unwrap_or(u64::MAX).saturating_mul(1_000));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    let now = UNIX_EPOCH.checked_add(Duration::from_millis(now_ms))?;
    let wait = date.duration_since(now).ok()?;
    u64::try_from(wait.as_millis()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_dates_are_read_and_nothing_else() {
        let now = 1_445_412_480_000;
        assert_eq!(retry_after_ms("120", now), Some(120_000));
        assert_eq!(retry_after_ms(" 0 ", now), Some(0));
        assert_eq!(retry_after_ms("99999999999999999999999", now), Some(u64::MAX));
        assert_eq!(retry_after_ms("Wed, 21 Oct 2015 07:29:00 GMT", now), Some(60_000));
        for text in ["", "-1", "1.5", "soon", "Wed, 21 Oct 2015 07:27:00 GMT"] {
            assert_eq!(retry_after_ms(text, now), None, "{text}");
        }
    }
}
