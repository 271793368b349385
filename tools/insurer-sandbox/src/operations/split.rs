use feiqian_insurer_api::{Claim, DeclineReason, InsurerReply, LineSplit, WireSplit};
use feiqian_money::{Amount, Money};
use feiqian_sandbox::BooksError;
use rusqlite::Transaction;

use super::{Handled, declined};
use crate::books::{self, Insured};
use crate::people;

/// Tenths of a line that the pooled fund pays.
const POOLED_TENTHS: i64 = 6;

/// Hundredths of a fully covered line that other funds pay, the pooled fund the rest.
const OTHER_HUNDREDTHS: i64 = 5;

/// Splits a claim and moves nothing.
pub(super) fn presettle(tx: &Transaction<'_>, claim: &Claim) -> Result<Handled, BooksError> {
    Ok(match split(tx, claim)? {
        Ok(lines) => Handled::at_once(InsurerReply::Split { lines }),
        Err(reason) => declined(reason),
    })
}

/// Who would pay each line of a claim now.
pub(super) fn split(
    tx: &Transaction<'_>,
    claim: &Claim,
) -> Result<Result<Vec<LineSplit>, DeclineReason>, BooksError> {
    let Some(person) = books::insured(tx, &claim.token)? else {
        return Ok(Err(DeclineReason::CredentialInvalid));
    };
    if person.name == people::SUSPENDED {
        return Ok(Err(DeclineReason::Suspended));
    }
    let shared = match &claim.shared_by {
        Some(token) => match books::insured(tx, token)? {
            Some(sharer) => sharer.personal,
            None => return Ok(Err(DeclineReason::CredentialInvalid)),
        },
        None => Amount::ZERO,
    };
    if claim.lines.is_empty() || claim.lines.iter().any(|line| !line.amount.amount.is_positive()) {
        return Ok(Err(DeclineReason::Other));
    }
    let mut left = Accounts { personal: person.personal.minor(), shared: shared.minor() };
    let lines = claim.lines.iter().map(|line| LineSplit {
        line: line.line,
        split: left.split(&person, line.amount.amount.minor()),
    });
    Ok(Ok(lines.collect()))
}

/// What personal accounts have left while a claim's lines are split in turn, minor units.
struct Accounts {
    personal: i64,
    shared: i64,
}

impl Accounts {
    fn split(&mut self, person: &Insured, amount: i64) -> WireSplit {
        let other = if person.name == people::FULLY_COVERED {
            amount.saturating_mul(OTHER_HUNDREDTHS) / 100
        } else {
            0
        };
        let pooled = if person.name == people::FULLY_COVERED {
            amount.saturating_sub(other)
        } else {
            amount.saturating_mul(POOLED_TENTHS) / 10
        };
        let rest = amount.saturating_sub(pooled).saturating_sub(other);
        let personal = rest.min(self.personal).max(0);
        self.personal = self.personal.saturating_sub(personal);
        let rest = rest.saturating_sub(personal);
        let shared = rest.min(self.shared).max(0);
        self.shared = self.shared.saturating_sub(shared);
        WireSplit {
            hifp_pay: money(pooled),
            acct_pay: money(personal),
            acct_mulaid_pay: money(shared),
            oth_pay: money(other),
            psn_cash_pay: money(rest.saturating_sub(shared)),
        }
    }
}

fn money(minor: i64) -> Money {
    Amount::from_minor(minor).into()
}
