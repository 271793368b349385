use feiqian_ledger::account::{Credit, Outcome, Taking};
use feiqian_ledger::mutants::{Mutant, mutant};
use feiqian_ledger::{Account, AccountId, OperationId};

use crate::accounts::change_account;
use crate::arbiter::{Arbiter, Due, Receiver, noted};
use crate::documents::Decision;
use crate::{FlowError, Platform, Policy};

/// How long the mutant sleeps on what the arbiter said, milliseconds: long enough that
/// others finish the credit and the account forgets it.
const MUTANT_NAP_MS: u64 = 10 * 60 * 1000;

/// Lets an account take or refuse a credit that its arbiter says is due; gives what became
/// of it, now or before. None if the arbiter does not want it, or knows already.
///
/// # Errors
/// [`FlowError::Contended`] if the account remembers as many unacknowledged credits as it
/// can; the worker acknowledges them.
pub(crate) async fn credit_account<P: Platform>(
    platform: &P,
    policy: &Policy,
    id: &AccountId,
    arbiter: &Arbiter,
    credit: &Credit,
) -> Result<Option<Outcome>, FlowError> {
    receive(platform, id, arbiter, &credit.operation, |account| {
        let day = account.business_day(credit.now, policy.calendar);
        Ok(account.take_credit(Credit { day, ..credit.clone() }, policy.rules)?)
    })
    .await
}

/// Lets an account take or refuse what its arbiter says is due to it, by `take`, and remember
/// which; gives what became of it, as [`credit_account`] does.
///
/// # Errors
/// As [`credit_account`].
pub(crate) async fn receive<P: Platform>(
    platform: &P,
    id: &AccountId,
    arbiter: &Arbiter,
    operation: &OperationId,
    mut take: impl FnMut(&mut Account) -> Result<Taking, FlowError>,
) -> Result<Option<Outcome>, FlowError> {
    let wanted = async || {
        Ok::<_, FlowError>(arbiter.ask(platform, Receiver::Holder, operation).await? == Due::Now)
    };
    let early = mutant(Mutant::CreditArbiterReadFirst);
    if early {
        if !wanted().await? {
            return Ok(None);
        }
        platform.sleep_ms(MUTANT_NAP_MS).await;
    }
    let taking = change_account(platform, id, async |account| {
        // The account was read before the arbiter is: see the crate's first rule.
        if !early && !wanted().await? {
            return Ok(Decision::Keep(None));
        }
        // Before anything is forgotten: the arbiter may have noted this very credit since it
        // was asked.
        if let Some(outcome) = account.received(operation) {
            return Ok(Decision::Keep(Some(Taking::Decided(outcome.clone()))));
        }
        let remembered = account.credits_to_acknowledge();
        let forgotten = if mutant(Mutant::ReceivedForgotten) {
            remembered.into_iter().map(|(operation, _)| operation).collect()
        } else {
            noted(platform, Receiver::Holder, remembered).await?
        };
        account.forget_credits(&forgotten);
        match take(account)? {
            Taking::Decided(outcome) => Ok(Decision::Write(Some(Taking::Decided(outcome)))),
            Taking::NoRoom => Ok(Decision::Keep(Some(Taking::NoRoom))),
        }
    })
    .await?;
    match taking {
        None => Ok(None),
        Some(Taking::Decided(outcome)) => Ok(Some(outcome)),
        Some(Taking::NoRoom) => Err(FlowError::Contended),
    }
}
