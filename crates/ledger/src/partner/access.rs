use data_encoding::BASE64URL_NOPAD;
use feiqian_calendar::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::KeyId;
use crate::{ACCESS_MINUTES_MAX, ACCESS_NONCES_MAX, Document, RATE_WINDOW_MS};

/// Bytes of a nonce's digest that are remembered: two of a thousand differ but for a chance of
/// 2^-45, and only the key's owner would be refused by such a meeting.
const DIGEST_BYTES: usize = 8;

const MINUTE_MS: u64 = 60_000;

/// What one shard of a key's requests has used: nonces, and its part of the rate.
///
/// # Why no nonce is taken twice
/// A nonce is remembered with the minute in which its signer says that it was made. Minutes
/// are forgotten from the oldest on, and what is signed in a forgotten minute or before is
/// refused for good. No clock is part of that: a clock that jumps cannot open a minute again.
///
/// # How the rate is limited
/// By a leaky bucket (GCRA): each request fills it for a share of the window, and it takes no
/// more than one window holds. One instant is all that it remembers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartnerAccess {
    schema: u16,
    /// When the bucket is empty again, microseconds.
    empty_at_us: u64,
    /// The first minute whose nonces are still known.
    first_minute: u64,
    minutes: Vec<Minute>,
}

/// The nonces of signatures that were made in a minute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Minute {
    minute: u64,
    /// Digests of [`DIGEST_BYTES`] bytes, one behind the other, in base64.
    nonces: String,
}

/// A request that a verified signature asks to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccessUse {
    digest: [u8; DIGEST_BYTES],
    created: Timestamp,
}

/// Whether a request is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It is.
    Admitted {
        /// Requests that the shard would take at once after it.
        remaining: u32,
        /// Until the shard takes a whole window's again, milliseconds.
        resets_in_ms: u64,
    },
    /// Its nonce was used before.
    Replayed,
    /// It was signed in a minute whose nonces are forgotten.
    Forgotten,
    /// It came too soon after the others.
    TooSoon {
        /// Until one more is taken, milliseconds.
        wait_ms: u64,
    },
}

impl AccessUse {
    /// A use of a nonce that was signed at `created`, by the signer's clock.
    #[must_use]
    pub fn new(nonce: &str, created: Timestamp) -> Self {
        let full = Sha256::digest(nonce.as_bytes());
        let mut digest = [0; DIGEST_BYTES];
        digest.copy_from_slice(&full[..DIGEST_BYTES]);
        Self { digest, created }
    }

    /// The one of `shards` shards that knows the nonce.
    #[must_use]
    pub fn shard(&self, shards: u32) -> u32 {
        let number = u64::from_be_bytes(self.digest) % u64::from(shards.max(1));
        u32::try_from(number).unwrap_or_default()
    }
}

impl Document for PartnerAccess {
    const SCHEMA: u16 = 1;
    const NAME: &'static str = "partner access";

    fn schema(&self) -> u16 {
        self.schema
    }
}

impl Default for PartnerAccess {
    fn default() -> Self {
        Self { schema: Self::SCHEMA, empty_at_us: 0, first_minute: 0, minutes: Vec::new() }
    }
}

impl PartnerAccess {
    /// The key of a shard's document.
    #[must_use]
    pub fn key(id: &KeyId, shard: u32) -> String {
        format!("partner_access/{}/{}/{shard}", id.partner.as_str(), id.name)
    }

    /// Takes a request, or says why not; then nothing is changed. `quota` requests are taken
    /// in each window of [`RATE_WINDOW_MS`].
    pub fn admit(&mut self, request: AccessUse, quota: u32, now: Timestamp) -> Admission {
        let minute = request.created.as_millis() / MINUTE_MS;
        if minute < self.first_minute {
            return Admission::Forgotten;
        }
        if self.knows(minute, &request.digest) {
            return Admission::Replayed;
        }
        let rate = Rate::of(quota, now);
        let filled_us = rate.filled_us(self.empty_at_us);
        let wait_us = (filled_us + rate.share_us).saturating_sub(rate.window_us);
        if wait_us > 0 {
            return Admission::TooSoon { wait_ms: wait_us.div_ceil(1000) };
        }
        if self.is_full() {
            return Admission::TooSoon { wait_ms: RATE_WINDOW_MS };
        }
        self.remember(minute, &request.digest);
        let filled_us = filled_us + rate.share_us;
        self.empty_at_us = rate.now_us + filled_us;
        Admission::Admitted {
            remaining: u32::try_from((rate.window_us - filled_us) / rate.share_us)
                .unwrap_or(u32::MAX),
            resets_in_ms: filled_us.div_ceil(1000),
        }
    }

    fn knows(&self, minute: u64, digest: &[u8; DIGEST_BYTES]) -> bool {
        let known = self.minutes.iter().find(|known| known.minute == minute);
        known.is_some_and(|known| {
            let width = BASE64URL_NOPAD.encode_len(DIGEST_BYTES);
            let text = BASE64URL_NOPAD.encode(digest);
            known.nonces.as_bytes().chunks(width).any(|nonce| nonce == text.as_bytes())
        })
    }

    fn is_full(&self) -> bool {
        let width = BASE64URL_NOPAD.encode_len(DIGEST_BYTES);
        let kept: usize = self.minutes.iter().map(|minute| minute.nonces.len() / width).sum();
        kept >= ACCESS_NONCES_MAX
    }

    fn remember(&mut self, minute: u64, digest: &[u8; DIGEST_BYTES]) {
        let at = self.minutes.partition_point(|known| known.minute < minute);
        if self.minutes.get(at).is_none_or(|known| known.minute != minute) {
            self.minutes.insert(at, Minute { minute, nonces: String::new() });
        }
        BASE64URL_NOPAD.encode_append(digest, &mut self.minutes[at].nonces);
        while self.minutes.len() > ACCESS_MINUTES_MAX {
            self.first_minute = self.minutes.remove(0).minute + 1;
        }
    }
}

/// A quota at an instant, in microseconds.
struct Rate {
    now_us: u64,
    window_us: u64,
    share_us: u64,
}

impl Rate {
    fn of(quota: u32, now: Timestamp) -> Self {
        let window_us = RATE_WINDOW_MS * 1000;
        let share_us = window_us / u64::from(quota.max(1));
        Self { now_us: now.as_millis().saturating_mul(1000), window_us, share_us: share_us.max(1) }
    }

    /// How full the bucket is. Clocks that differ a little find it full at most; what is further
    /// ahead was written by a clock that has jumped back since, and locks nobody out.
    fn filled_us(&self, empty_at_us: u64) -> u64 {
        let ahead_us = empty_at_us.saturating_sub(self.now_us);
        if ahead_us > 2 * self.window_us { 0 } else { ahead_us.min(self.window_us) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    const NOW: u64 = 1_800_000_000_000;

    fn at(ms: u64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    fn is_admitted(admission: Admission) -> bool {
        matches!(admission, Admission::Admitted { .. })
    }

    #[test]
    fn a_nonce_is_good_once() {
        let mut access = PartnerAccess::default();
        let request = AccessUse::new("nonce-01", at(NOW));
        assert!(is_admitted(access.admit(request, 100, at(NOW))));
        assert_eq!(access.admit(request, 100, at(NOW)), Admission::Replayed);
        // In another minute it is another signature's.
        let later = AccessUse::new("nonce-01", at(NOW + MINUTE_MS));
        assert!(is_admitted(access.admit(later, 100, at(NOW + MINUTE_MS))));
        let read = PartnerAccess::decode(&access.encode().unwrap()).unwrap();
        assert_eq!(read, access);
    }

    #[test]
    fn what_is_signed_in_a_forgotten_minute_stays_refused_whatever_the_clock_says() {
        let mut access = PartnerAccess::default();
        let first = AccessUse::new("nonce-01", at(NOW));
        assert!(is_admitted(access.admit(first, 100, at(NOW))));
        for minute in 1..=ACCESS_MINUTES_MAX as u64 {
            let created = at(NOW + minute * MINUTE_MS);
            assert!(is_admitted(access.admit(AccessUse::new("nonce-02", created), 100, created)));
        }
        for now in [0, NOW, NOW * 2] {
            assert_eq!(access.admit(first, 100, at(now)), Admission::Forgotten);
        }
    }

    #[test]
    fn a_window_takes_its_quota_at_once_and_then_one_for_each_share() {
        let mut access = PartnerAccess::default();
        let mut take = |number: u32, now| {
            access.admit(AccessUse::new(&format!("nonce-{number}"), at(now)), 4, at(now))
        };
        for number in 0..4 {
            let Admission::Admitted { remaining, resets_in_ms } = take(number, NOW) else {
                panic!("{number}");
            };
            assert_eq!((remaining, resets_in_ms), (3 - number, 2500 * (u64::from(number) + 1)));
        }
        assert_eq!(take(4, NOW), Admission::TooSoon { wait_ms: 2500 });
        assert_eq!(take(4, NOW + 2499), Admission::TooSoon { wait_ms: 1 });
        assert!(is_admitted(take(4, NOW + 2500)));
        assert_eq!(take(5, NOW + 2500), Admission::TooSoon { wait_ms: 2500 });
        // Clocks that differ a little change nothing, and one that jumped back locks nobody out.
        assert_eq!(take(5, NOW), Admission::TooSoon { wait_ms: 2500 });
        assert!(is_admitted(take(5, NOW - 1_000_000)));
    }

    proptest! {
        #[test]
        fn no_nonce_is_taken_twice_and_the_rate_holds_under_any_clock(
            steps in prop::collection::vec((0..40_u8, 0..600_000_u64, 0..600_000_u64), 1..200),
            quota in 1..50_u32,
        ) {
            let mut access = PartnerAccess::default();
            let mut taken = BTreeSet::new();
            for (nonce, created, now) in steps {
                let (created, now) = (at(NOW + created), at(NOW + now));
                let before = access.clone();
                let request = AccessUse::new(&format!("nonce-{nonce}"), created);
                match access.admit(request, quota, now) {
                    Admission::Admitted { remaining, resets_in_ms } => {
                        let minute = created.as_millis() / MINUTE_MS;
                        prop_assert!(taken.insert((nonce, minute)));
                        prop_assert!(remaining < quota && resets_in_ms <= RATE_WINDOW_MS);
                    }
                    refused => {
                        prop_assert_eq!(&access, &before);
                        if let Admission::TooSoon { wait_ms } = refused {
                            prop_assert!((1..=RATE_WINDOW_MS).contains(&wait_ms));
                        }
                    }
                }
                prop_assert!(access.minutes.len() <= ACCESS_MINUTES_MAX);
            }
        }

        #[test]
        fn any_window_takes_at_most_twice_its_quota(
            gaps in prop::collection::vec(0..2000_u64, 1..200),
            quota in 1..20_u32,
        ) {
            let mut access = PartnerAccess::default();
            let (mut now, mut taken) = (NOW, Vec::new());
            for (number, gap) in gaps.into_iter().enumerate() {
                now += gap;
                let request = AccessUse::new(&format!("nonce-{number}"), at(now));
                if is_admitted(access.admit(request, quota, at(now))) {
                    taken.push(now);
                }
                let in_window = taken.iter().filter(|&&t| t + RATE_WINDOW_MS > now).count();
                prop_assert!(in_window <= 2 * quota as usize);
            }
        }
    }
}
