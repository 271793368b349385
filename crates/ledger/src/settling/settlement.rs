use feiqian_bank_api::DeclineReason;
use feiqian_calendar::{Day, Timestamp};
use feiqian_money::{Amount, AmountError};
use serde::{Deserialize, Serialize};

use super::{Closing, FeeRate, Stage, Tally, payout_of};
use crate::{Document, MerchantId, OperationId};

/// What became of a merchant's day. It is written once, before the merchant's own document
/// lets go of the day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    schema: u16,
    /// The merchant.
    pub merchant: MerchantId,
    /// The day.
    pub day: Day,
    /// The fee rate.
    pub rate: FeeRate,
    /// For each shard, how many entries belong to earlier days.
    pub from: Vec<u64>,
    /// For each shard, the number of the last entry that belongs to this one.
    pub until: Vec<u64>,
    /// What the entries add up to.
    pub tally: Tally,
    /// What earlier days had left.
    pub carried: Amount,
    /// What was to be paid out, if it is above zero.
    pub due: Amount,
    /// What is left for the next day.
    pub carried_over: Amount,
    /// The payout's operation, which is the bank's request id.
    pub operation: OperationId,
    /// When the day's last entries were looked up.
    pub closed_at: Timestamp,
    /// What became of it.
    pub end: SettlementEnd,
}

/// How a day was settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SettlementEnd {
    /// The bank has paid it out.
    PaidOut {
        /// When that became known.
        at: Timestamp,
        /// Where to, masked.
        account: String,
        /// The CNAPS code of that bank.
        bank_code: String,
    },
    /// The bank refused; all of it is owed still, and paid out with the next day.
    Refused {
        /// When that became known.
        at: Timestamp,
        /// Why.
        reason: DeclineReason,
    },
    /// There was nothing to pay out; what is below zero is taken off the next day.
    CarriedOver,
}

impl SettlementEnd {
    /// Its name on the wire.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::PaidOut { .. } => "paid_out",
            Self::Refused { .. } => "refused",
            Self::CarriedOver => "carried_over",
        }
    }
}

impl Document for Settlement {
    const SCHEMA: u16 = 1;
    const NAME: &'static str = "settlement";

    fn schema(&self) -> u16 {
        self.schema
    }
}

impl Settlement {
    /// The document's key.
    #[must_use]
    pub fn key(merchant: &MerchantId, day: Day) -> String {
        format!("settlement/{merchant}/{day}")
    }

    /// The settlement of a day that is decided.
    pub(super) fn of(
        merchant: &MerchantId,
        closing: &Closing,
        from: &[u64],
        carried: Amount,
    ) -> Result<Self, AmountError> {
        let due = carried.checked_add(closing.tally.net()?)?;
        let end = match closing.stage.clone() {
            Stage::PaidOut { at, account, bank_code } => {
                SettlementEnd::PaidOut { at, account, bank_code }
            }
            Stage::Refused { at, reason } => SettlementEnd::Refused { at, reason },
            Stage::Counting | Stage::Requested { .. } | Stage::Kept => SettlementEnd::CarriedOver,
        };
        let is_paid = matches!(end, SettlementEnd::PaidOut { .. });
        Ok(Self {
            schema: Self::SCHEMA,
            merchant: merchant.clone(),
            day: closing.day,
            rate: closing.rate,
            from: from.to_vec(),
            until: closing.until.clone(),
            tally: closing.tally,
            carried,
            due,
            carried_over: if is_paid { Amount::ZERO } else { due },
            operation: payout_of(merchant, closing.day),
            closed_at: closing.closed_at,
            end,
        })
    }

    /// How many entries there are.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.from.iter().zip(&self.until).map(|(from, until)| until.saturating_sub(*from)).sum()
    }
}
