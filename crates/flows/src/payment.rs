mod card;
mod confirm;
mod settle;

pub use confirm::{ConfirmPaymentRequest, ShownPayment, confirm_payment};
pub use settle::{Unsettled, finish_payment, settle_payment};

use feiqian_calendar::Timestamp;
use feiqian_identity::Pin;
use feiqian_ledger::account::{Debit, Known, PayBy, PayOrder, PinVerifier, Proof};
use feiqian_ledger::mutants::{Mutant, mutant};
use feiqian_ledger::{
    Account, AccountId, AgreementId, CustomerId, DebitRef, DeviceId, Document, Fingerprint,
    OperationId, OperationKind, Order, OrderId, Refusal,
};
use feiqian_limits::Strength;
use feiqian_money::Amount;
use feiqian_signing::PinPepper;
use feiqian_store::{Pending, Store, Swapped};

use crate::accounts::{change_known_account, check_owner, earlier};
use crate::arbiter::SeenOrder;
use crate::bank::Attempt;
use crate::confirmation::Confirmation;
use crate::documents::{Decision, Written, change};
use crate::marks::{Mark, RESUME_AFTER_MS};
use crate::operations::ask_soon;
use crate::pin::verifier;
use crate::views::{OperationStatus, OperationView};
use crate::{FlowError, Platform, Policy, Subject};
use card::{Charged, charge_card};
use confirm::check_payer;
use settle::{Committed, Verdict, claim_order, reverse};

/// A customer's request to pay an order.
#[derive(Debug, Clone)]
pub struct PayOrderRequest {
    /// Whose session asks.
    pub customer: CustomerId,
    /// The idempotency key.
    pub key: String,
    /// The account to pay from.
    pub account: AccountId,
    /// The order.
    pub order: OrderId,
    /// The amount that the payer saw.
    pub amount: Amount,
    /// From where it is paid.
    pub from: PayBy,
    /// The PIN.
    pub pin: Pin,
    /// What the payer was shown, if that was asked for.
    pub confirmation: Option<Confirmation>,
}

/// An order that has been paid, and what is left to do after the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paid {
    /// The answer.
    pub operation: OperationView,
    /// Whether an earlier request with the same key had got this far.
    pub replayed: bool,
    /// What to finish by [`finish_payment`] once the answer is out; none if another has done so.
    pub unsettled: Option<Unsettled>,
}

/// Where the account's part of a payment ended.
enum Stage {
    /// The debit is in flight; the order decides.
    Debited { debit: DebitRef, view: OperationView, joined: bool },
    /// It had ended before.
    Ended(OperationView),
    /// The account refused it now.
    Refused(Refusal),
    /// The order, read after the account, is paid by this very operation: another request
    /// with the same key came in between, and the account knows more by now.
    Overtaken,
}

/// Pays an order from the balance, a bound card, or both.
///
/// | step | if the process dies after it |
/// |---|---|
/// | 1. the account is read, then the order | nothing has happened |
/// | 2. the pending mark is set | the worker finds no debit and refuses the operation for good |
/// | 3. the account is swapped: PIN, limits, balance, debit in flight | the worker goes on at 4 |
/// | 4. the order is swapped from open to paid: *the commit point* | the worker goes on at 5 |
/// | 4a. or, with a part by card: claimed; the bank is asked, and the order is paid or open again | the worker asks the bank |
/// | 5. the answer, and [`finish_payment`] after it | [`settle_payment`] by the worker |
///
/// Five store round trips before the answer of a payment from the balance, one more for an account whose older outcomes
/// are archived.
///
/// # Errors
/// [`FlowError::Refused`] moved nothing. After [`FlowError::StoreUnavailable`] or
/// [`FlowError::Contended`] the payment may have happened: asking again with the same key
/// tells.
pub async fn pay_order<P: Platform>(
    platform: &P,
    policy: &Policy,
    pepper: &PinPepper,
    request: PayOrderRequest,
) -> Result<Paid, FlowError> {
    let PayOrderRequest { customer, key, account, order, amount, from, pin, confirmation } =
        request;
    let verifier = verifier(pepper, &account, &pin);
    let operation = operation_of(&account, &key);
    let confirmation = confirmation.map(Box::new);
    let by = Payer::Customer { customer, verifier, confirmation };
    Payment::new(platform, operation, account, order, amount, from, by).run(platform, policy).await
}

/// Whom a charge is on, as its instrument says.
#[derive(Debug, Clone)]
pub(crate) struct ChargedPayer {
    pub(crate) account: AccountId,
    pub(crate) from: PayBy,
    pub(crate) by: ChargedBy,
}

/// What stands for the payer of a charge.
#[derive(Debug, Clone)]
pub(crate) enum ChargedBy {
    /// A payer code.
    Code,
    /// A tap of this device.
    Device(DeviceId),
    /// A wallet's agreement.
    Agreement(AgreementId),
    /// What the payer's relative may spend.
    Allowance(AgreementId),
}

/// Pays a charge from where its payer chose, without the PIN, by the steps of [`pay_order`].
/// The operation's id stands for the order: a charge is paid this way once.
pub(crate) async fn pay_charge<P: Platform>(
    platform: &P,
    policy: &Policy,
    order: &Order,
    payer: ChargedPayer,
) -> Result<Paid, FlowError> {
    let ChargedPayer { account, from, by } = payer;
    let operation =
        OperationId::derive(account.region(), &[account.as_str(), "charge", order.id.as_str()]);
    let (by, id) = (Payer::Charged(by), order.id.clone());
    let payment = Payment::new(platform, operation, account, id, order.amount, from, by);
    payment.run(platform, policy).await
}

/// The operation that a request to pay stands for.
fn operation_of(account: &AccountId, key: &str) -> OperationId {
    OperationId::derive(account.region(), &[account.as_str(), "payment", key])
}

/// An account that is not there is the caller's fault, unlike any other missing document.
pub(crate) fn missing_account(error: FlowError) -> FlowError {
    match error {
        FlowError::DocumentMissing => FlowError::NotFound(Subject::Account),
        other => other,
    }
}

/// Who pays, and what stands for them.
enum Payer {
    Customer {
        customer: CustomerId,
        verifier: PinVerifier,
        confirmation: Option<Box<Confirmation>>,
    },
    Charged(ChargedBy),
}

/// That the order is paid.
struct PaidOrder {
    /// As it was swapped by this request, if it was.
    here: Option<Written<Order>>,
}

/// One request to pay, with what is derived from it.
struct Payment {
    operation: OperationId,
    account: AccountId,
    order: OrderId,
    amount: Amount,
    from: PayBy,
    by: Payer,
    fingerprint: Fingerprint,
    mark: Pending,
    now: Timestamp,
}

impl Payment {
    fn new<P: Platform>(
        platform: &P,
        operation: OperationId,
        account: AccountId,
        order: OrderId,
        amount: Amount,
        from: PayBy,
        by: Payer,
    ) -> Self {
        let now = platform.now();
        let minor = amount.minor().to_string();
        let mut asked = vec![order.as_str(), &minor];
        asked.extend(from.card().map(|card| [from.as_str(), card.as_str()]).into_iter().flatten());
        let fingerprint = Fingerprint::of(&asked);
        let mark = Mark::Payment {
            account: account.clone(),
            order: order.clone(),
            operation: operation.clone(),
        }
        .pending(now.plus_millis(RESUME_AFTER_MS), 0);
        Self { operation, account, order, amount, from, by, fingerprint, mark, now }
    }

    /// All steps.
    async fn run<P: Platform>(self, platform: &P, policy: &Policy) -> Result<Paid, FlowError> {
        let mut seen = None;
        let (mut stage, mut debited) = self.start(platform, policy, &mut seen).await?;
        if matches!(stage, Stage::Overtaken) {
            (stage, debited) = self.start(platform, policy, &mut seen).await?;
        }
        match stage {
            Stage::Overtaken => {
                // The account forgets an operation only after its outcome is archived.
                let why = format!("{} is not known to its payer", self.operation);
                Err(FlowError::Inconsistent(why))
            }
            Stage::Ended(view) => {
                let operation = view.into_answer()?;
                Ok(Paid { operation, replayed: true, unsettled: None })
            }
            Stage::Refused(refusal) => {
                platform.store().pending_done(&self.mark).await?;
                Err(refusal.into())
            }
            Stage::Debited { debit, view, joined } => {
                // What never changes of an order: another may have swapped it meanwhile.
                let merchant = seen.as_ref().map(|(order, _)| order.merchant.clone());
                let Some(paid) = self.commit(platform, &debit, joined, seen).await? else {
                    ask_soon(platform, &self.mark).await?;
                    return Ok(Paid { operation: view, replayed: joined, unsettled: None });
                };
                let by_card = debit.card.is_some();
                let status = OperationStatus::Succeeded;
                let operation = OperationView { status, entry: Some(debit.entry), ..view };
                let known = merchant.filter(|_| !by_card).map(|merchant| Committed {
                    account: self.account,
                    operation: self.operation,
                    order: self.order,
                    merchant,
                    amount: self.amount,
                    debited,
                    paid: paid.here,
                });
                let unsettled = Some(Unsettled { mark: self.mark, known });
                Ok(Paid { operation, replayed: joined, unsettled })
            }
        }
    }

    /// Steps 1 to 3.
    async fn start<P: Platform>(
        &self,
        platform: &P,
        policy: &Policy,
        seen: &mut Option<SeenOrder<P>>,
    ) -> Result<(Stage, Option<Written<Account>>), FlowError> {
        change_known_account(platform, &self.account, None, async |account| {
            self.debit(platform, policy, account, seen).await
        })
        .await
        .map_err(missing_account)
    }

    /// Steps 1 to 3, on an account that was just read.
    async fn debit<P: Platform>(
        &self,
        platform: &P,
        policy: &Policy,
        account: &mut Account,
        seen: &mut Option<SeenOrder<P>>,
    ) -> Result<Decision<Stage>, FlowError> {
        if let Payer::Customer { customer, .. } = &self.by {
            check_owner(account, customer)?;
        }
        if let Some(view) = earlier(platform, account, &self.operation, &self.fingerprint).await? {
            return Ok(Decision::Keep(match account.known(&self.operation) {
                Known::InFlight(flight) => match flight.debit() {
                    Some(debit) => Stage::Debited { debit, view, joined: true },
                    None => Stage::Ended(view),
                },
                Known::Settled(_) | Known::Unknown => Stage::Ended(view),
            }));
        }
        let (order, handle) = self.see_order(platform).await?;
        if order.paid_by(&self.operation) || order.claimed_by(&self.operation) {
            return Ok(Decision::Keep(Stage::Overtaken));
        }
        match self.check_order(platform, &order).await {
            Ok(true) => {}
            Ok(false) => return Ok(Decision::Keep(Stage::Overtaken)),
            // It may be open again later: only what is kept stays refused.
            Err(FlowError::Refused { refusal: refusal @ Refusal::OrderInProcess, .. }) => {
                return Ok(Decision::Write(self.refuse(account, refusal)));
            }
            Err(error) => return Err(error),
        }
        if !mutant(Mutant::PaymentUnmarked) {
            platform.store().pending_add(&self.mark).await?;
        }
        let confirmation = match &self.by {
            Payer::Customer { confirmation, .. } => confirmation.as_deref(),
            Payer::Charged(_) => None,
        };
        let (now, operation) = (self.now, &self.operation);
        let strength =
            match check_payer(confirmation, account, &order, &self.from, operation, now, policy) {
                Ok(strength) => strength,
                Err(refusal) => return Ok(Decision::Write(self.refuse(account, refusal))),
            };
        let strength = match &self.by {
            // Nothing is verified at the time.
            Payer::Charged(ChargedBy::Agreement(_) | ChargedBy::Allowance(_)) => Strength::None,
            Payer::Charged(_) | Payer::Customer { .. } => strength,
        };
        let partner = order.partner.clone();
        let command = PayOrder {
            operation: self.operation.clone(),
            fingerprint: self.fingerprint.clone(),
            order: order.id.clone(),
            payee: order.payee_name.clone(),
            amount: order.amount,
            by: match &self.by {
                Payer::Customer { verifier, .. } => Proof::Pin(verifier),
                Payer::Charged(ChargedBy::Code) => Proof::Shown { device: None },
                Payer::Charged(ChargedBy::Device(device)) => Proof::Shown { device: Some(device) },
                Payer::Charged(ChargedBy::Agreement(id)) => {
                    Proof::Agreement { id, partner: &partner }
                }
                Payer::Charged(ChargedBy::Allowance(id)) => Proof::Allowance(id),
            },
            strength,
            movement: order.movement(),
            channel: order.origin.channel(self.now),
            from: self.from.clone(),
            now: self.now,
            day: account.business_day(self.now, policy.calendar),
        };
        *seen = Some((order, handle));
        Ok(Decision::Write(match account.pay_order(command, policy.rules)? {
            Debit::Refused(refusal) => Stage::Refused(refusal),
            Debit::Posted(_) => {
                let posted = match account.known(&self.operation) {
                    Known::InFlight(flight) => {
                        flight.debit().map(|debit| (debit, OperationView::of_flight(flight)))
                    }
                    Known::Settled(_) | Known::Unknown => None,
                };
                let why = || FlowError::Inconsistent("a posted debit is not in flight".into());
                let (debit, view) = posted.ok_or_else(why)?;
                Stage::Debited { debit, view, joined: false }
            }
        }))
    }

    /// Keeps a refusal under the operation.
    fn refuse(&self, account: &mut Account, reason: Refusal) -> Stage {
        let kind = OperationKind::Payment { order: self.order.clone() };
        let (operation, fingerprint) = (self.operation.clone(), self.fingerprint.clone());
        account.refuse(operation, kind, fingerprint, self.amount, reason.clone(), self.now);
        Stage::Refused(reason)
    }

    async fn see_order<P: Platform>(&self, platform: &P) -> Result<SeenOrder<P>, FlowError> {
        let found = platform.store().begin(&Order::key(&self.order)).await?;
        let (bytes, handle) = found.ok_or(FlowError::NotFound(Subject::Order))?;
        Ok((Order::decode(&bytes)?, handle))
    }

    /// Refuses an order that cannot be paid. False if it is found paid or claimed by this
    /// operation.
    async fn check_order<P: Platform>(
        &self,
        platform: &P,
        order: &Order,
    ) -> Result<bool, FlowError> {
        if !order.is_for(&self.account) {
            return Err(FlowError::NotFound(Subject::Order));
        }
        if order.amount != self.amount {
            return Err(Refusal::OrderAmountDiffers.into());
        }
        let is_this_ones =
            |order: &Order| order.paid_by(&self.operation) || order.claimed_by(&self.operation);
        match order.check_payable(&self.operation, self.now) {
            Err(Refusal::OrderExpired) => {
                // Closing it makes the refusal final, whatever the clock does next. Another
                // request may have paid or claimed it meanwhile.
                let order = close_expired(platform, &order.id, self.now).await?;
                order.check_payable(&self.operation, self.now)?;
                Ok(!is_this_ones(&order))
            }
            other => other.map(|()| !is_this_ones(order)).map_err(FlowError::from),
        }
    }

    /// Step 4, and the way back if the order went to another or the bank declined the card.
    /// None if it is not known yet what the bank made of it, or of another's claim.
    async fn commit<P: Platform>(
        &self,
        platform: &P,
        debit: &DebitRef,
        joined: bool,
        seen: Option<SeenOrder<P>>,
    ) -> Result<Option<PaidOrder>, FlowError> {
        if mutant(Mutant::AnsweredBeforeCommit) {
            return Ok(Some(PaidOrder { here: None }));
        }
        let mut attempt = if joined { Attempt::Later } else { Attempt::First };
        let here = self.swap_seen(platform, debit, seen).await?;
        if here.is_none() {
            attempt = Attempt::Later;
            let (id, account) = (&self.order, &self.account);
            match claim_order(platform, id, &self.operation, account, debit, self.now).await? {
                Verdict::Paid(_) => return Ok(Some(PaidOrder { here: None })),
                Verdict::Claimed => {}
                Verdict::Blocked => return Ok(None),
                Verdict::Lost(refusal) => {
                    reverse(platform, account, &self.operation, &refusal).await?;
                    return self.refused(platform, refusal).await;
                }
            }
        }
        if debit.card.is_none() {
            return Ok(Some(PaidOrder { here }));
        }
        match charge_card(platform, &self.order, &self.operation, attempt).await? {
            Charged::Paid => Ok(Some(PaidOrder { here: None })),
            Charged::Waiting => Ok(None),
            Charged::Declined(refusal) => self.refused(platform, refusal).await,
        }
    }

    /// Swaps the order as it was read before the account was changed, if it still is.
    async fn swap_seen<P: Platform>(
        &self,
        platform: &P,
        debit: &DebitRef,
        seen: Option<SeenOrder<P>>,
    ) -> Result<Option<Written<Order>>, FlowError> {
        let Some((mut order, handle)) = seen else { return Ok(None) };
        if order.pay(&self.operation, &self.account, debit.clone(), self.now).is_err() {
            return Ok(None);
        }
        let bytes = order.encode()?;
        let swapped = platform.store().swap(handle, &bytes).await?;
        Ok((swapped == Swapped::Yes).then(|| Written::new(bytes, order)))
    }

    async fn refused<P: Platform>(
        &self,
        platform: &P,
        refusal: Refusal,
    ) -> Result<Option<PaidOrder>, FlowError> {
        platform.store().pending_done(&self.mark).await?;
        Err(refusal.into())
    }
}

/// Closes an order whose time is over, if it is still open; gives it as it stands.
pub(crate) async fn close_expired<P: Platform>(
    platform: &P,
    id: &OrderId,
    now: Timestamp,
) -> Result<Order, FlowError> {
    change(platform, &Order::key(id), async |order: &mut Order| {
        let closed = order.close_if_expired(now);
        let now = order.clone();
        Ok(if closed { Decision::Write(now) } else { Decision::Keep(now) })
    })
    .await
}
