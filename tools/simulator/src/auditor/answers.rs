//! Invariants 5 and 6: what a client was told holds for good, and is told again.

use feiqian_flows::{FlowError, OperationStatus, OperationView};
use feiqian_ledger::Refusal;

use super::{Auditor, Kind};
use crate::history::Violation;

/// What a client was told of an operation, for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The money moved: this entry.
    Succeeded {
        /// Its number.
        sequence: u64,
        /// Its hash.
        hash: String,
    },
    /// It did not, and will not.
    Refused(Refusal),
}

/// What a client asked for, and under which operation.
#[derive(Debug, Clone)]
pub struct Asked<'a> {
    /// The operation that the key stands for.
    pub operation: &'a str,
    /// The account.
    pub account: &'a str,
    /// What for: the order or the card.
    pub subject: &'a str,
    /// How much, fen.
    pub amount: i64,
    /// Whether the same key was used for something else as well.
    pub key_is_shared: bool,
}

/// Whether a refusal is kept under its key. Those about the order itself are found before
/// the account is asked, and found again as long as they hold.
const fn is_kept(refusal: &Refusal) -> bool {
    !matches!(
        refusal,
        Refusal::OrderAlreadyPaid
            | Refusal::OrderClosed
            | Refusal::OrderExpired
            | Refusal::OrderAmountDiffers
            | Refusal::Abandoned
    )
}

impl Auditor {
    /// A client hears the answer to a movement of money.
    ///
    /// # Errors
    /// That it is not what was asked for, not in the journal, not what was answered
    /// before, or that the data was found inconsistent.
    pub fn saw_answer(
        &mut self,
        asked: &Asked<'_>,
        answer: Result<&OperationView, &FlowError>,
    ) -> Result<(), Violation> {
        let Asked { operation, account, .. } = *asked;
        let wrong = |what: String| {
            Err(Violation::new(format!("{operation} {what}"), &[operation, account]))
        };
        let told = match answer {
            Ok(view) => {
                let subject = view.order.as_ref().map(|order| order.as_str());
                let payee = view.transfer.as_ref().map(|transfer| transfer.payee.as_str());
                let subject = subject.or(payee).or(view.card.as_ref().map(|card| card.as_str()));
                if view.amount.minor() != asked.amount || subject != Some(asked.subject) {
                    return wrong(format!("is answered with something else: {view:?}"));
                }
                match (view.status, &view.entry, &view.failure) {
                    (OperationStatus::Succeeded, Some(entry), None) => Answer::Succeeded {
                        sequence: entry.sequence,
                        hash: entry.hash.as_str().to_owned(),
                    },
                    (OperationStatus::Failed, None, Some(refusal)) => {
                        Answer::Refused(refusal.clone())
                    }
                    (OperationStatus::Processing | OperationStatus::Waiting, None, None) => {
                        return Ok(());
                    }
                    _ => return wrong(format!("is answered with {view:?}")),
                }
            }
            Err(FlowError::Refused { refusal, .. }) => Answer::Refused(refusal.clone()),
            Err(FlowError::KeyReused) if !asked.key_is_shared => {
                return wrong("is told that its key was used for another request".to_owned());
            }
            Err(error) => return check_error(error, &[operation, account]),
        };
        self.check_answer(asked, &told)?;
        let what = format!("{} {}", asked.subject, asked.amount);
        self.change_case(operation, |case| {
            if !case.answers.iter().any(|(of, known)| *of == what && *known == told) {
                case.answers.push((what, told));
            }
        });
        Ok(())
    }

    fn check_answer(&self, asked: &Asked<'_>, told: &Answer) -> Result<(), Violation> {
        let Asked { operation, account, subject, amount, .. } = *asked;
        let wrong = |what: String| {
            Err(Violation::new(format!("{operation} {what}"), &[operation, account]))
        };
        let Some(case) = self.cases.get(operation) else {
            return match told {
                Answer::Refused(_) => Ok(()),
                Answer::Succeeded { .. } => wrong("succeeded and nobody knows it".to_owned()),
            };
        };
        let what = format!("{subject} {amount}");
        for (_, known) in case.answers.iter().filter(|(of, _)| *of == what) {
            let same = match (known, told) {
                (Answer::Refused(known), Answer::Refused(told)) => {
                    known == told || asked.key_is_shared || !is_kept(known) || !is_kept(told)
                }
                (known, told) => known == told,
            };
            if !same {
                return wrong(format!("was answered with {known:?} and now with {told:?}"));
            }
        }
        match told {
            Answer::Succeeded { sequence, hash } => {
                let journal = self.accounts.get(account).map(|account| &account.journal);
                let there = journal.is_some_and(|journal| journal.holds(*sequence, hash));
                let paid = case.order.as_ref().is_none_or(|order| {
                    self.orders.get(order).is_some_and(|order| order.is_paid_by(operation))
                });
                let arrived = match case.kind {
                    Kind::Withdrawal => case.bank == Some(true),
                    Kind::Transfer => case.booked,
                    _ => true,
                };
                if !there || !paid || !arrived || case.reversed || !case.moved {
                    return wrong("succeeded and has not moved the money".to_owned());
                }
            }
            Answer::Refused(refusal) => {
                let won = case.order.as_ref().is_some_and(|order| {
                    order == subject
                        && self.orders.get(order).is_some_and(|order| {
                            order.is_paid_by(operation) && order.amount == amount
                        })
                });
                let moved =
                    (case.moved && !case.reversed) || (case.kind == Kind::Transfer && case.booked);
                let took = case.order.is_none() && (case.bank == Some(true) || moved);
                if won || took {
                    return wrong(format!("was refused ({refusal}) and has moved money"));
                }
            }
        }
        Ok(())
    }
}

/// Errors that no fault explains.
///
/// # Errors
/// That data was found inconsistent or missing.
pub fn check_error(error: &FlowError, subjects: &[&str]) -> Result<(), Violation> {
    match error {
        FlowError::Inconsistent(_) | FlowError::DocumentMissing => {
            Err(Violation::new(format!("a flow found: {error}"), subjects))
        }
        _ => Ok(()),
    }
}
