mod settle;

pub use settle::settle_transfer;

use feiqian_calendar::Timestamp;
use feiqian_identity::Pin;
use feiqian_ledger::{
    Account, AccountId, CustomerId, Fingerprint, Operation, OperationId, OperationKind,
    OperationState, Refusal, Speed, Transfer,
};
use feiqian_money::Amount;
use feiqian_signing::PinPepper;
use feiqian_store::{Pending, Store};

use crate::accounts::load_account;
use crate::confirmation::Confirmation;
use crate::documents::{Decision, change, load};
use crate::operations::{Holder, ask_soon, begin, operation_id, operation_of, release};
use crate::pin::verifier;
use crate::views::{OperationStatus, OperationView};
use crate::{FlowError, Platform, Policy, Subject};
use settle::{advance, wait_for};

/// Where money may go out to, besides merchants (RULES section 1): a setting of the region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutboundTransfers {
    /// To the holder's bound cards alone.
    BoundCardOnly,
    /// To other accounts, too, within the caps of the class.
    Capped,
}

/// Who is to get a transfer, as a sender may know it before sending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payee {
    /// The account.
    pub account: AccountId,
    /// Its holder's name, masked.
    pub name: String,
}

/// Who holds an account that a sender names.
///
/// # Errors
/// [`FlowError::NotFound`]: [`Subject::Account`] unless the sender's account is the customer's,
/// [`Subject::Payee`] if there is no such payee.
pub async fn find_payee<P: Platform>(
    platform: &P,
    customer: &CustomerId,
    sender: &AccountId,
    payee: &AccountId,
) -> Result<Payee, FlowError> {
    load_account(platform, customer, sender).await?;
    let account: Option<Account> = load(platform, &Account::key(payee)).await?;
    let account = account.filter(|account| account.id != *sender);
    let account = account.ok_or(FlowError::NotFound(Subject::Payee))?;
    Ok(Payee { account: account.id, name: account.holder.name_masked })
}

impl Payee {
    /// A transfer to them that is asked for now.
    pub(crate) fn into_transfer(self, speed: Speed, now: Timestamp, policy: &Policy) -> Transfer {
        let Self { account: payee, name: payee_name } = self;
        Transfer { payee, payee_name, speed, sends_at: speed.sends_at(now, policy.calendar) }
    }
}

/// Whether the region offers transfers, and a payee is as named.
pub(crate) async fn check_payee<P: Platform>(
    platform: &P,
    offered: OutboundTransfers,
    customer: &CustomerId,
    sender: &AccountId,
    payee: &Payee,
) -> Result<(), FlowError> {
    let found = find_payee(platform, customer, sender, &payee.account).await?;
    if offered == OutboundTransfers::BoundCardOnly {
        return Err(Refusal::TransfersNotOffered.into());
    }
    if found == *payee { Ok(()) } else { Err(Refusal::PayeeDiffers.into()) }
}

/// A customer's request to send money to another account.
#[derive(Debug, Clone)]
pub struct TransferRequest {
    /// Whose session asks.
    pub customer: CustomerId,
    /// The idempotency key.
    pub key: String,
    /// The account that the money comes from.
    pub account: AccountId,
    /// Who gets it: the name as [`find_payee`] shows it, so that money goes to nobody whom the
    /// sender has not seen.
    pub payee: Payee,
    /// How much, above zero.
    pub amount: Amount,
    /// When it is sent.
    pub speed: Speed,
    /// The PIN.
    pub pin: Pin,
    /// What the sender was shown, if that was asked for.
    pub confirmation: Option<Confirmation>,
}

/// A transfer that was taken on, and what is left to do after the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transferred {
    /// The answer: succeeded, waiting, or processing while the payee's account is contended.
    pub operation: OperationView,
    /// Whether an earlier request with the same key had got this far.
    pub replayed: bool,
    /// The mark to settle by [`settle_transfer`] once the answer is out; none if the worker
    /// has to, or it is settled.
    pub unsettled: Option<Pending>,
}

/// Sends money to another account: at once, or when its sender chose.
///
/// | step | if the process dies after it |
/// |---|---|
/// | 1. the operation is written down | nothing has happened; the same request goes on |
/// | 1a. or its maker dies before that | asked again a few times, it is refused for good, in the account |
/// | 2. the pending mark is set | the worker refuses the operation for good, in the account |
/// | 3. the sender is swapped: PIN, limits, balance, debit in flight | the worker goes on at 4 |
/// | 4. the operation is requested, or waits | requested: 6; waiting: 5 |
/// | 5. when its time has come: requested, unless [`cancel_transfer`] was first: *one swap decides* | 6 |
/// | 6. the payee takes the credit or refuses it, for good, and remembers that | it answers the same again |
/// | 7. the operation has succeeded or failed | the payee may forget it: 8 |
/// | 8. a failed one's debit is reversed by an entry | the answer |
/// | 9. the answer | [`settle_transfer`] by the worker |
///
/// What the region does not offer, and a payee who is not as named, are found before the
/// operation is written down; those refusals are not kept.
///
/// # Errors
/// As [`pay_order`](crate::pay_order).
pub async fn transfer<P: Platform>(
    platform: &P,
    policy: &Policy,
    offered: OutboundTransfers,
    pepper: &PinPepper,
    request: TransferRequest,
) -> Result<Transferred, FlowError> {
    let TransferRequest { customer, key, account, payee, amount, speed, pin, confirmation } =
        request;
    let now = platform.now();
    let pin = verifier(pepper, &account, &pin);
    let fingerprint = Fingerprint::of(&[
        payee.account.as_str(),
        &payee.name,
        speed.as_str(),
        &amount.minor().to_string(),
    ]);
    let id = operation_id(&account, "transfer", &key);
    let known: Option<Operation> = load(platform, &Operation::key(&id)).await?;
    if known.is_none() {
        check_payee(platform, offered, &customer, &account, &payee).await?;
    }
    let kind = OperationKind::Transfer(payee.into_transfer(speed, now, policy));
    let state = OperationState::Created;
    let operation = Operation::new(id, account, kind, amount, fingerprint, now, state);
    let holder = Holder { customer: &customer, pin, confirmation };
    let begun = begin(platform, policy, &holder, operation).await?;
    let view = advance(platform, policy, &begun.operation.id).await?;
    if let Some(refusal) = view.failure {
        platform.store().pending_done(&begun.mark).await?;
        return Err(FlowError::Refused { refusal, replayed: begun.replayed });
    }
    let unsettled = match (view.status, &view.transfer) {
        (OperationStatus::Waiting, Some(transfer)) => {
            wait_for(platform, &begun.mark, transfer.sends_at).await?;
            None
        }
        (OperationStatus::Processing | OperationStatus::Waiting, _) => {
            ask_soon(platform, &begun.mark).await?;
            None
        }
        (OperationStatus::Succeeded | OperationStatus::Failed, _) => {
            (!begun.operation.state.is_final()).then_some(begun.mark)
        }
    };
    Ok(Transferred { operation: view, replayed: begun.replayed, unsettled })
}

/// Cancels a transfer that has not been sent, and gives its money back. Cancelling again
/// answers the same.
///
/// | step | if the process dies after it |
/// |---|---|
/// | 1. the operation goes from waiting to failed: *the commit point* | the worker, when it was to be sent: 2 |
/// | 2. the sender's debit is reversed by an entry | |
///
/// # Errors
/// [`FlowError::NotFound`] for what is no transfer of the customer's account,
/// [`Refusal::TransferSent`] for one that has been sent, [`FlowError::InProgress`] for one
/// that is just being taken on.
pub async fn cancel_transfer<P: Platform>(
    platform: &P,
    customer: &CustomerId,
    account: &AccountId,
    id: &OperationId,
) -> Result<OperationView, FlowError> {
    load_account(platform, customer, account).await?;
    let known: Option<Operation> = load(platform, &Operation::key(id)).await?;
    let is_own = |known: &Operation| {
        known.account == *account && matches!(known.kind, OperationKind::Transfer(_))
    };
    known.filter(is_own).ok_or(FlowError::NotFound(Subject::Operation))?;
    let now = platform.now();
    change(platform, &Operation::key(id), async |operation: &mut Operation| {
        let cancelled = operation.cancel(now);
        Ok(if cancelled { Decision::Write(()) } else { Decision::Keep(()) })
    })
    .await?;
    let operation = operation_of(platform, id).await?;
    match &operation.state {
        OperationState::Failed { reason, .. } => {
            release(platform, &operation, reason).await?;
            Ok(OperationView::of_operation(&operation))
        }
        OperationState::Created | OperationState::Waiting => Err(FlowError::InProgress),
        OperationState::Requested
        | OperationState::Debited { .. }
        | OperationState::PaidOut { .. }
        | OperationState::Succeeded { .. } => Err(Refusal::TransferSent.into()),
    }
}
