use feiqian_calendar::Timestamp;
use serde::{Deserialize, Serialize};

use crate::account::PayBy;
use crate::mutants::{Mutant, mutant};
use crate::{AccountId, DeviceId, Document, OrderId, Refusal, TokenId};

/// A token in a device of an account's holder, and the arbiter of each of its taps.
///
/// Its key is derived from the service's secret and its id; nothing of it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NfcToken {
    schema: u16,
    /// Who pays by it.
    pub account: AccountId,
    /// From where, as the payer chose when the token was made.
    #[serde(default, skip_serializing_if = "PayBy::is_balance")]
    pub from: PayBy,
    /// The device that it is bound to.
    pub device: DeviceId,
    /// When it was made.
    pub created_at: Timestamp,
    /// The tap with the highest counter so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last: Option<Tap>,
}

/// One tap of a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Tap {
    counter: u32,
    by: OrderId,
}

impl Document for NfcToken {
    const SCHEMA: u16 = 1;
    const NAME: &'static str = "NFC token";

    fn schema(&self) -> u16 {
        self.schema
    }
}

impl NfcToken {
    /// A token that has not been used.
    #[must_use]
    pub const fn new(account: AccountId, from: PayBy, device: DeviceId, now: Timestamp) -> Self {
        Self { schema: Self::SCHEMA, account, from, device, created_at: now, last: None }
    }

    /// The document's key.
    #[must_use]
    pub fn key(id: &TokenId) -> String {
        format!("nfc_token/{id}")
    }

    /// Takes a tap for a charge. The counter must be above every one before; the charge that
    /// has the newest may ask again.
    ///
    /// # Errors
    /// [`Refusal::TapReplayed`].
    pub fn tap(&mut self, counter: u32, by: &OrderId) -> Result<(), Refusal> {
        match &self.last {
            Some(last) if last.counter == counter && last.by == *by => Ok(()),
            Some(last) if counter <= last.counter && !mutant(Mutant::TapReplayed) => {
                Err(Refusal::TapReplayed)
            }
            _ => {
                self.last = Some(Tap { counter, by: by.clone() });
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Region;

    #[test]
    fn the_counter_of_a_token_only_grows() {
        let account = AccountId::derive(Region::EXAMPLE, &["a"]);
        let device = DeviceId::derive(Region::EXAMPLE, &["d"]);
        let now = Timestamp::from_millis(1);
        let mut token = NfcToken::new(account, PayBy::Balance, device, now);
        let order = |name: &str| OrderId::derive(Region::EXAMPLE, &[name]);
        assert_eq!(token.tap(5, &order("o")), Ok(()));
        assert_eq!(token.tap(5, &order("o")), Ok(()), "the same charge asks again");
        for (counter, by) in [(5, "p"), (4, "o"), (0, "p")] {
            assert_eq!(token.tap(counter, &order(by)), Err(Refusal::TapReplayed), "{counter}");
        }
        assert_eq!(token.tap(6, &order("p")), Ok(()));
        assert_eq!(token.tap(5, &order("o")), Err(Refusal::TapReplayed), "another came after it");
    }
}
