//! What a merchant is owed, day by day, and how it is paid out.

mod fee_rate;
mod settlement;
mod tally;

pub use fee_rate::{FeeRate, FeeRateError};
pub use settlement::{Settlement, SettlementEnd};
pub use tally::Tally;

use feiqian_bank_api::DeclineReason;
use feiqian_calendar::{Day, Timestamp};
use feiqian_identity::Sealed;
use feiqian_money::{Amount, AmountError};
use serde::{Deserialize, Serialize};

use crate::mutants::{Mutant, mutant};
use crate::{Entry, MerchantId, OperationId, RATES_MAX, SHARDS};

/// Where a merchant's money is paid to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettlementAccount {
    /// The CNAPS code of the bank.
    pub bank_code: String,
    /// The account's number.
    pub number: Sealed,
    /// The number, masked.
    pub masked: String,
    /// Whose account it is.
    pub name: String,
}

/// A fee rate and the first day that it counts for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatedRate {
    /// The first day.
    pub from: Day,
    /// The rate.
    pub rate: FeeRate,
}

/// How a merchant is paid out: one day after the other, each by the entries that stand in its
/// journals behind those of the day before. It lies in the merchant's document, since nothing
/// that money waits for is made when it is needed; a day that is over leaves it as a
/// [`Settlement`].
///
/// At rest a merchant's balance is [`Self::carried`] and the entries behind
/// [`Self::positions`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settling {
    /// Where to.
    pub account: SettlementAccount,
    /// The rates, oldest first. The first counts for the days before it, too.
    rates: Vec<DatedRate>,
    /// The shard of bank clearing that payouts are booked in.
    pub clearing_shard: u8,
    /// The shard of the fees' account that fees are booked in.
    pub fees_shard: u8,
    /// The last day that is settled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled_through: Option<Day>,
    /// For each shard of the merchant, how many of its entries are settled.
    positions: Vec<u64>,
    /// What earlier days have left: below zero is owed by the merchant, above zero is what the
    /// bank refused to pay out.
    pub carried: Amount,
    /// The day that is being settled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    current: Option<Closing>,
}

/// A day that is being settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closing {
    /// The day.
    pub day: Day,
    /// The fee rate of the day.
    pub rate: FeeRate,
    /// When its last entries were looked up.
    pub closed_at: Timestamp,
    /// For each shard, the number of the last entry that belongs to it.
    pub until: Vec<u64>,
    /// For each shard, the number of the last entry that is added up.
    pub counted: Vec<u64>,
    /// What they add up to.
    pub tally: Tally,
    /// Where it stands.
    pub stage: Stage,
}

/// Where a day's settlement stands, in order; it ends with one of the last three.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Its entries are known and are being added up.
    Counting,
    /// The bank may have been asked to pay it out from now on.
    Requested {
        /// Where to, as it was then.
        account: SettlementAccount,
    },
    /// The bank has paid it out.
    PaidOut {
        /// When that became known.
        at: Timestamp,
        /// Where to, masked.
        account: String,
        /// The CNAPS code of that bank.
        bank_code: String,
    },
    /// The bank has refused, for good.
    Refused {
        /// When that became known.
        at: Timestamp,
        /// Why.
        reason: DeclineReason,
    },
    /// There is nothing to pay out.
    Kept,
}

impl Stage {
    /// The stage's name, as in the stored document.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Counting => "counting",
            Self::Requested { .. } => "requested",
            Self::PaidOut { .. } => "paid_out",
            Self::Refused { .. } => "refused",
            Self::Kept => "kept",
        }
    }

    /// Whether it is known what became of the payout.
    #[must_use]
    pub const fn is_decided(&self) -> bool {
        matches!(self, Self::PaidOut { .. } | Self::Refused { .. } | Self::Kept)
    }
}

impl Settling {
    /// A merchant that nothing has been settled of.
    #[must_use]
    pub fn new(
        account: SettlementAccount,
        rate: DatedRate,
        clearing_shard: u8,
        fees_shard: u8,
    ) -> Self {
        Self {
            account,
            rates: vec![rate],
            clearing_shard,
            fees_shard,
            settled_through: None,
            positions: vec![0; usize::from(SHARDS)],
            carried: Amount::ZERO,
            current: None,
        }
    }

    /// The sealed numbers of the account, and of that of a payout under way.
    pub(crate) fn sealed_mut(&mut self) -> impl Iterator<Item = &mut Sealed> {
        let requested = self.current.as_mut().and_then(|closing| match &mut closing.stage {
            Stage::Requested { account } => Some(&mut account.number),
            _ => None,
        });
        [&mut self.account.number].into_iter().chain(requested)
    }

    /// The rates, oldest first.
    #[must_use]
    pub fn rates(&self) -> &[DatedRate] {
        &self.rates
    }

    /// The fee rate of a day.
    #[must_use]
    pub fn rate_of(&self, day: Day) -> Option<FeeRate> {
        let known = self.rates.iter().rev().find(|dated| dated.from <= day);
        known.or(self.rates.first()).map(|dated| dated.rate)
    }

    /// Lets another rate count from a day on. False, and nothing changed, if so many changes
    /// wait for days to be settled that there is no room.
    pub fn set_rate(&mut self, dated: DatedRate) -> bool {
        if self.rate_of(dated.from) == Some(dated.rate) {
            return true;
        }
        let kept = self.rates.iter().filter(|known| known.from < dated.from).count();
        if kept >= RATES_MAX {
            return false;
        }
        self.rates.truncate(kept);
        self.rates.push(dated);
        true
    }

    /// For each shard, how many of its entries are settled.
    #[must_use]
    pub fn positions(&self) -> &[u64] {
        &self.positions
    }

    /// The day that is being settled.
    #[must_use]
    pub const fn current(&self) -> Option<&Closing> {
        self.current.as_ref()
    }

    /// Begins to settle a day by the entries up to `until`. False, and nothing changed, if a
    /// day is being settled, this one or a later one is settled, or entries would be lost.
    pub fn begin(&mut self, day: Day, until: Vec<u64>, now: Timestamp) -> bool {
        let grows = until.len() == self.positions.len()
            && until.iter().zip(&self.positions).all(|(until, from)| until >= from);
        let is_next = self.settled_through.is_none_or(|settled| settled < day);
        let Some(rate) = self.rate_of(day).filter(|_| self.current.is_none() && grows && is_next)
        else {
            return false;
        };
        let counted = self.positions.clone();
        let tally = Tally::default();
        let stage = Stage::Counting;
        self.current = Some(Closing { day, rate, closed_at: now, until, counted, tally, stage });
        true
    }

    /// Adds up entries of a shard, those that follow the last one that was added up. False, and
    /// nothing changed, if they do not.
    ///
    /// # Errors
    /// [`AmountError::Overflow`] if a sum does not fit.
    pub fn count(&mut self, day: Day, shard: u8, entries: &[Entry]) -> Result<bool, AmountError> {
        let Some(closing) = self.counting(day) else { return Ok(false) };
        let place = usize::from(shard);
        let (Some(counted), Some(until)) = (closing.counted.get(place), closing.until.get(place))
        else {
            return Ok(false);
        };
        let follows = entries.iter().zip(counted + 1..).all(|(entry, next)| entry.sequence == next);
        let last = counted + entries.len() as u64;
        if entries.is_empty() || !follows || last > *until {
            return Ok(false);
        }
        let mut tally = closing.tally;
        for entry in entries {
            tally.add(entry, closing.rate)?;
        }
        closing.tally = tally;
        closing.counted[place] = last;
        Ok(true)
    }

    fn counting(&mut self, day: Day) -> Option<&mut Closing> {
        let current = self.current.as_mut();
        current.filter(|closing| closing.day == day && closing.stage == Stage::Counting)
    }

    /// What the day that is being settled comes to with what earlier days have left: above zero
    /// it is to be paid out, else it is carried over.
    ///
    /// # Errors
    /// [`AmountError::Overflow`] if it does not fit.
    pub fn due(&self) -> Result<Amount, AmountError> {
        let tally = self.current.as_ref().map(|closing| closing.tally).unwrap_or_default();
        self.carried.checked_add(tally.net()?)
    }

    /// Once all is added up: requests the payout, or keeps what is not above zero. False, and
    /// nothing changed, unless this is the next step.
    ///
    /// # Errors
    /// [`AmountError::Overflow`] if the sum does not fit.
    pub fn request(&mut self, day: Day) -> Result<bool, AmountError> {
        let due = self.due()?;
        let account = self.account.clone();
        let Some(closing) = self.counting(day).filter(|closing| closing.counted == closing.until)
        else {
            return Ok(false);
        };
        closing.stage = if due.is_positive() { Stage::Requested { account } } else { Stage::Kept };
        Ok(true)
    }

    /// Notes what the bank has said of the payout: paid, or why not. False, and nothing
    /// changed, unless that is what the day waits for.
    pub fn decide(&mut self, day: Day, refused: Option<DeclineReason>, at: Timestamp) -> bool {
        let current = self.current.as_mut().filter(|closing| closing.day == day);
        let Some(closing) = current else { return false };
        let Stage::Requested { account } = &closing.stage else { return false };
        closing.stage = match refused {
            Some(reason) => Stage::Refused { at, reason },
            None => Stage::PaidOut {
                at,
                account: account.masked.clone(),
                bank_code: account.bank_code.clone(),
            },
        };
        true
    }

    /// The day's settlement, once it is decided: the same whoever asks. The first document of
    /// its kind that is written is the only one.
    ///
    /// # Errors
    /// [`AmountError::Overflow`] if a sum does not fit.
    pub fn ended(&self, merchant: &MerchantId) -> Result<Option<Settlement>, AmountError> {
        let decided = self.current.as_ref().filter(|closing| closing.stage.is_decided());
        let Some(closing) = decided else { return Ok(None) };
        Settlement::of(merchant, closing, &self.positions, self.carried).map(Some)
    }

    /// Lets go of a day whose settlement has been booked and written out. False, and nothing
    /// changed, if it is not that day's turn.
    pub fn finish(&mut self, settlement: &Settlement) -> bool {
        if self.ended(&settlement.merchant).ok().flatten().as_ref() != Some(settlement) {
            return false;
        }
        if !mutant(Mutant::SettledTwice) {
            self.positions.clone_from(&settlement.until);
        }
        self.carried = settlement.carried_over;
        self.settled_through = Some(settlement.day);
        let settled = settlement.day;
        let needed = self.rates.iter().rposition(|dated| dated.from <= settled).unwrap_or_default();
        self.rates.drain(..needed);
        self.current = None;
        true
    }
}

/// The operation by which a day is paid out: the bank's request id, and the entries' operation.
#[must_use]
pub fn payout_of(merchant: &MerchantId, day: Day) -> OperationId {
    OperationId::derive(merchant.region(), &["settlement", merchant.as_str(), &day.to_string()])
}

/// The operation by which the fees of a day are booked.
#[must_use]
pub fn fees_of(merchant: &MerchantId, day: Day) -> OperationId {
    let parts = ["settlement_fee", merchant.as_str(), &day.to_string()];
    OperationId::derive(merchant.region(), &parts)
}

#[cfg(test)]
mod tests;
