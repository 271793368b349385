use feiqian_money::{Amount, AmountError};

use crate::{AccountClass, Direction, Help, LimitLine, Meter, Proposal, Unless, Usage, Window};

/// A cap to compare a movement with: a rule's, or one that the holder has set.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cap<'a> {
    pub(crate) id: &'a str,
    pub(crate) source: &'a str,
    pub(crate) meters: &'a [Meter],
    pub(crate) window: Window,
    pub(crate) unless: Option<Unless>,
    pub(crate) most: Amount,
}

impl Cap<'_> {
    /// Which way the money goes that it counts.
    pub(crate) fn direction(&self) -> Direction {
        self.meters.first().map_or(Direction::In, |meter| meter.direction())
    }

    /// Whether a movement would exceed it; usage must be of the day in question. A sum that
    /// does not fit exceeds it, too.
    pub(crate) fn refuses(&self, proposal: &Proposal, usage: &Usage, balance: Amount) -> bool {
        let counted = self.counts(proposal);
        let total = self.used(usage, balance).and_then(|used| used.checked_add(counted));
        counted.is_positive() && !total.is_ok_and(|total| total <= self.most)
    }

    /// How much of a movement it counts: nothing if it has no say in it.
    fn counts(&self, proposal: &Proposal) -> Amount {
        if self.unless.is_some_and(|unless| proposal.is_excepted(unless)) {
            return Amount::ZERO;
        }
        if self.window == Window::Balance {
            return match proposal.movement().direction() {
                Direction::In => proposal.balance_part(),
                Direction::Out => Amount::ZERO,
            };
        }
        let meters = proposal.meters();
        let counted = self.meters.iter().find(|meter| meters.contains(meter));
        counted.map_or(Amount::ZERO, |meter| proposal.counted_by(*meter))
    }

    /// What counts towards it before a movement.
    fn used(&self, usage: &Usage, balance: Amount) -> Result<Amount, AmountError> {
        if self.window == Window::Balance {
            return Ok(balance);
        }
        let mut used = self.meters.iter().filter_map(|meter| usage.used(*meter, self.window));
        used.try_fold(Amount::ZERO, Amount::checked_add)
    }

    /// How things stand with it. `upgrade` is the class that the account could be raised to.
    pub(crate) fn line(
        &self,
        usage: &Usage,
        balance: Amount,
        upgrade: Option<AccountClass>,
    ) -> LimitLine {
        let used = self.used(usage, balance).unwrap_or(self.most);
        let remaining = self.most.checked_sub(used).unwrap_or(Amount::ZERO).max(Amount::ZERO);
        LimitLine {
            rule: self.id.to_owned(),
            source: self.source.to_owned(),
            direction: self.direction(),
            window: self.window,
            cap: self.most,
            used,
            remaining,
            help: self.help(remaining, upgrade),
        }
    }

    /// What would help a movement that it refuses.
    fn help(&self, remaining: Amount, upgrade: Option<AccountClass>) -> Vec<Help> {
        let mut help = Vec::new();
        for meter in self.meters {
            help.extend_from_slice(match meter {
                Meter::WithoutPin => &[Help::Pin],
                Meter::OneFactor | Meter::BarcodeOneFactor => {
                    &[Help::SecondFactor, Help::Signature]
                }
                Meter::TwoFactors | Meter::BarcodeTwoFactors => &[Help::Signature],
                Meter::StaticCode => &[Help::DynamicCode],
                Meter::Spent => &[Help::RaiseOwnLimit],
                Meter::Out => &[Help::Card],
                Meter::In | Meter::LoanRepayments | Meter::WealthPurchases | Meter::Transfers => {
                    &[]
                }
            });
        }
        help.extend(self.unless.map(|unless| match unless {
            Unless::Signed => Help::Signature,
            Unless::Confirmed => Help::Confirmation,
        }));
        let of_class = |meter: &Meter| matches!(meter, Meter::Out | Meter::In);
        if upgrade.is_some() && (self.meters.is_empty() || self.meters.iter().any(of_class)) {
            help.push(Help::Upgrade);
        }
        if matches!(self.window, Window::Day | Window::Month | Window::Year) {
            help.push(Help::Later);
        }
        if remaining.is_positive() {
            help.push(Help::SmallerAmount);
        }
        help
    }
}
