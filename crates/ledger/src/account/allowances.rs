use feiqian_calendar::Day;
use feiqian_money::Amount;
use serde::{Deserialize, Serialize};

use super::Account;
use crate::medical::MedicalRefusal;
use crate::{ALLOWANCES_MAX, AgreementId, Refusal, RelativeId};

/// What a relative may spend of this account in a month, for the cash of visits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allowance {
    /// The binding of the relative.
    pub relative: RelativeId,
    /// The most of a month, above zero.
    pub per_month: Amount,
    /// What was spent in the month of the last day on which anything was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    spent: Option<(Day, Amount)>,
}

impl Allowance {
    /// The id under which payments are charged to it.
    #[must_use]
    pub fn id(&self) -> AgreementId {
        allowance_id(&self.relative)
    }

    /// What has been spent in a day's month. A clock that went back opens no earlier month
    /// again.
    #[must_use]
    pub fn spent_by(&self, day: Day) -> Amount {
        match self.spent {
            Some((last, amount)) if last >= day || last.same_month(day) => amount,
            _ => Amount::ZERO,
        }
    }

    /// What is left of a day's month.
    #[must_use]
    pub fn left_on(&self, day: Day) -> Amount {
        let left = self.per_month.checked_sub(self.spent_by(day)).unwrap_or(Amount::ZERO);
        left.max(Amount::ZERO)
    }
}

/// The id under which payments are charged to a relative's allowance.
#[must_use]
pub fn allowance_id(relative: &RelativeId) -> AgreementId {
    AgreementId::derive(relative.region(), &[relative.as_str(), "allowance"])
}

impl Account {
    /// What relatives may spend of it.
    #[must_use]
    pub fn allowances(&self) -> &[Allowance] {
        &self.allowances
    }

    /// Grants a relative an allowance, changes it, or ends it. What was spent of the month
    /// stays spent. True if that is news.
    ///
    /// # Errors
    /// [`MedicalRefusal::RelativesFull`].
    pub fn set_allowance(
        &mut self,
        relative: &RelativeId,
        per_month: Option<Amount>,
    ) -> Result<bool, Refusal> {
        let known = self.allowances.iter_mut().find(|known| known.relative == *relative);
        match (known, per_month) {
            (Some(known), per_month) => {
                // One that has ended is kept, so that granting it anew opens no month again.
                let per_month = per_month.unwrap_or(Amount::ZERO);
                let news = known.per_month != per_month;
                known.per_month = per_month;
                Ok(news)
            }
            (None, None) => Ok(false),
            (None, Some(per_month)) => {
                if self.allowances.len() >= ALLOWANCES_MAX {
                    let ended =
                        self.allowances.iter().position(|known| known.per_month == Amount::ZERO);
                    self.allowances.remove(ended.ok_or(MedicalRefusal::RelativesFull)?);
                }
                let relative = relative.clone();
                self.allowances.push(Allowance { relative, per_month, spent: None });
                Ok(true)
            }
        }
    }

    /// Whether an amount fits what is left of an allowance.
    pub(super) fn check_allowance(
        &self,
        id: &AgreementId,
        amount: Amount,
        day: Day,
    ) -> Result<(), Refusal> {
        let known = self.allowances.iter().find(|known| known.id() == *id);
        let known = known.filter(|known| known.per_month.is_positive());
        let known = known.ok_or(MedicalRefusal::NoAllowance)?;
        let (per_month, remaining) = (known.per_month, known.left_on(day));
        if amount <= remaining {
            Ok(())
        } else {
            Err(MedicalRefusal::AllowanceExceeded { per_month, remaining }.into())
        }
    }

    /// Counts a payment under an allowance.
    pub(super) fn count_allowance(&mut self, id: &AgreementId, amount: Amount, day: Day) {
        if let Some(known) = self.allowances.iter_mut().find(|known| known.id() == *id) {
            let last = known.spent.map_or(day, |(last, _)| last.max(day));
            let sum = known.spent_by(day).checked_add(amount);
            known.spent = Some((last, sum.unwrap_or(known.per_month)));
        }
    }

    /// Gives the room of a reversed payment back, if its month is still counted.
    pub(super) fn uncount_allowance(&mut self, id: &AgreementId, amount: Amount, day: Day) {
        let known = self.allowances.iter_mut().find(|known| known.id() == *id);
        if let Some((last, spent)) = known.and_then(|known| known.spent.as_mut())
            && last.same_month(day)
            && let Ok(left) = spent.checked_sub(amount)
        {
            *spent = left.max(Amount::ZERO);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Region;

    #[test]
    fn an_allowance_is_for_a_month_and_a_clock_that_went_back_opens_none() {
        let day = |text| Day::parse(text).unwrap();
        let mut allowance = Allowance {
            relative: RelativeId::derive(Region::EXAMPLE, &["r"]),
            per_month: Amount::from_minor(100),
            spent: Some((day("2026-11-24"), Amount::from_minor(60))),
        };
        for (today, left) in [
            ("2026-11-24", 40),
            ("2026-11-30", 40),
            ("2026-11-01", 40),
            ("2026-10-31", 40),
            ("2026-12-01", 100),
            ("2027-11-24", 100),
        ] {
            assert_eq!(allowance.left_on(day(today)).minor(), left, "{today}");
        }
        allowance.per_month = Amount::from_minor(50);
        assert_eq!(allowance.left_on(day("2026-11-24")), Amount::ZERO);
    }
}
