mod refunds;

pub use refunds::{
    NewRefund, Refund, RefundPart, RefundPartState, RefundPurpose, RefundState, RefundStatus,
};

use feiqian_calendar::Timestamp;
use feiqian_limits::{Charge, Movement as Limited};
use feiqian_money::Amount;
use serde::{Deserialize, Serialize};

use crate::mutants::{Mutant, mutant};
use crate::{
    AccountId, AgreementId, CardId, Document, EntryRef, Fingerprint, MerchantId, OperationId,
    OrderId, Origin, PartnerId, Refusal,
};

/// An order of a merchant, and the arbiter of who pays it.
///
/// It goes from open to paid or closed, once; the swap that stores that step is the
/// commit point of a payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    schema: u16,
    /// Its id.
    pub id: OrderId,
    /// The partner who made it.
    pub partner: PartnerId,
    /// Who is paid.
    pub merchant: MerchantId,
    /// The merchant's name when the order was made, as the payer sees it.
    pub payee_name: String,
    /// What the merchant sells, when the order was made; empty in an order that is older than
    /// that is kept.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub category: String,
    /// How much, above zero.
    pub amount: Amount,
    /// What for, as the payer sees it.
    pub description: String,
    /// The merchant's own number for it.
    pub reference: String,
    /// How its payer comes to it.
    #[serde(default, skip_serializing_if = "Origin::is_online")]
    pub origin: Origin,
    /// What the creating request asked for.
    pub fingerprint: Fingerprint,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it can no longer be paid.
    pub expires_at: Timestamp,
    /// Where it stands.
    pub state: OrderState,
    /// How often it has been claimed, so that an order that was given back is never mistaken
    /// for what it was before.
    #[serde(default, skip_serializing_if = "is_zero")]
    claims: u32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    refunds: Vec<Refund>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// Where an order stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    /// It can be paid until it expires.
    Open,
    /// One operation asks the bank for its part by card; until the bank has answered, no
    /// other can pay.
    Claimed(OrderPayment),
    /// One operation has paid it, for good.
    Paid(OrderPayment),
    /// It can no longer be paid.
    Closed {
        /// When it was closed.
        at: Timestamp,
    },
}

/// The payment of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderPayment {
    /// The operation that paid.
    pub operation: OperationId,
    /// Whose account it paid from.
    pub payer: AccountId,
    /// The debit in the payer's journal.
    pub entry: EntryRef,
    /// What a bound card pays of it; the balance pays the rest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<CardPart>,
    /// The wallet's agreement that it was charged under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<AgreementId>,
    /// What it was charged to; none for one that is older than refunds are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charge: Option<Charge>,
    /// When the order became paid.
    pub at: Timestamp,
    /// Whether the merchant has been credited.
    pub credited: bool,
}

/// The part of a payment that a bound card pays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardPart {
    /// Which card of the payer's account.
    pub card: CardId,
    /// How much, above zero.
    pub amount: Amount,
}

/// A debit of a payer that waits for its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DebitRef {
    /// The entry in the payer's journal.
    pub entry: EntryRef,
    /// What a bound card is to pay beside it.
    pub card: Option<CardPart>,
    /// The wallet's agreement that it is charged under.
    pub agreement: Option<AgreementId>,
    /// What it was charged to.
    pub charge: Charge,
}

/// What a partner asks for when an order is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOrder {
    /// Its id.
    pub id: OrderId,
    /// The partner who makes it.
    pub partner: PartnerId,
    /// Who is paid.
    pub merchant: MerchantId,
    /// The merchant's name.
    pub payee_name: String,
    /// What the merchant sells.
    pub category: String,
    /// How much, above zero.
    pub amount: Amount,
    /// What for.
    pub description: String,
    /// The merchant's own number.
    pub reference: String,
    /// How its payer comes to it.
    pub origin: Origin,
    /// How long it stays open, seconds.
    pub lifetime_s: u64,
    /// Now.
    pub now: Timestamp,
}

impl Document for Order {
    const SCHEMA: u16 = 1;
    const NAME: &'static str = "order";

    fn schema(&self) -> u16 {
        self.schema
    }
}

impl Order {
    /// The document's key.
    #[must_use]
    pub fn key(id: &OrderId) -> String {
        format!("order/{id}")
    }

    /// A new, open order.
    #[must_use]
    pub fn new(new: NewOrder) -> Self {
        let (amount, lifetime) = (new.amount.minor().to_string(), new.lifetime_s.to_string());
        let asked = new.origin.asked();
        let mut parts =
            vec![new.merchant.as_str(), &amount, &new.description, &new.reference, &lifetime];
        parts.extend(asked.as_deref());
        let fingerprint = Fingerprint::of(&parts);
        Self {
            schema: Self::SCHEMA,
            id: new.id,
            partner: new.partner,
            merchant: new.merchant,
            payee_name: new.payee_name,
            category: new.category,
            amount: new.amount,
            description: new.description,
            reference: new.reference,
            origin: new.origin,
            fingerprint,
            created_at: new.now,
            expires_at: new.now.plus_millis(new.lifetime_s.saturating_mul(1000)),
            state: OrderState::Open,
            claims: 0,
            refunds: Vec::new(),
        }
    }

    /// What its payment is to the limits: its merchant's category decides.
    #[must_use]
    pub fn movement(&self) -> Limited {
        if mutant(Mutant::CategoryIgnored) {
            return Limited::Payment;
        }
        Limited::at_merchant(&self.category)
    }

    /// The payment, if there is one.
    #[must_use]
    pub const fn payment(&self) -> Option<&OrderPayment> {
        match &self.state {
            OrderState::Paid(payment) => Some(payment),
            OrderState::Open | OrderState::Claimed(_) | OrderState::Closed { .. } => None,
        }
    }

    /// The payment that waits for the bank, if there is one.
    #[must_use]
    pub const fn claim(&self) -> Option<&OrderPayment> {
        match &self.state {
            OrderState::Claimed(payment) => Some(payment),
            OrderState::Open | OrderState::Paid(_) | OrderState::Closed { .. } => None,
        }
    }

    /// What is under way for this order, each by the id that its mark is named by, with the
    /// money that is not yet where it belongs.
    #[must_use]
    pub fn in_flight(&self) -> Vec<(&str, Amount)> {
        let uncredited = self.payment().or(self.claim()).filter(|payment| !payment.credited);
        let payment = uncredited.map(|payment| (payment.operation.as_str(), self.amount));
        let refunds = self.refunds.iter().flat_map(|refund| {
            let parts = refund.parts().iter().filter(|part| part.state.is_under_way());
            parts.map(|part| (refund.id.as_str(), part.amount))
        });
        payment.into_iter().chain(refunds).collect()
    }

    /// Whether it has neither been paid nor closed.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self.state, OrderState::Open)
    }

    /// Whether an operation has claimed this order and the bank has not answered.
    #[must_use]
    pub fn claimed_by(&self, operation: &OperationId) -> bool {
        self.claim().is_some_and(|claim| claim.operation == *operation)
    }

    /// Whether an operation has paid this order.
    #[must_use]
    pub fn paid_by(&self, operation: &OperationId) -> bool {
        self.payment().is_some_and(|payment| payment.operation == *operation)
    }

    /// Whether an operation could pay this order now, or has.
    ///
    /// # Errors
    /// Why it cannot: closed, expired, claimed or paid by another.
    pub fn check_payable(&self, operation: &OperationId, now: Timestamp) -> Result<(), Refusal> {
        let taken = self.paid_by(operation) || self.claimed_by(operation);
        if taken && !mutant(Mutant::PaidOrderReversed) {
            return Ok(());
        }
        self.check_open(now)
    }

    /// Whether the order waits for a payment.
    ///
    /// # Errors
    /// Why it does not: closed, expired, claimed or paid.
    pub fn check_open(&self, now: Timestamp) -> Result<(), Refusal> {
        match &self.state {
            OrderState::Open if now >= self.expires_at => Err(Refusal::OrderExpired),
            OrderState::Open => Ok(()),
            OrderState::Claimed(_) => Err(Refusal::OrderInProcess),
            OrderState::Paid(_) => Err(Refusal::OrderAlreadyPaid),
            // Whoever closed it: the same key is to get the same answer.
            OrderState::Closed { at } if *at >= self.expires_at => Err(Refusal::OrderExpired),
            OrderState::Closed { .. } => Err(Refusal::OrderClosed),
        }
    }

    /// Where it stands, in a word of the wire.
    #[must_use]
    pub fn status_at(&self, now: Timestamp) -> &'static str {
        match &self.state {
            OrderState::Open if now >= self.expires_at => "expired",
            OrderState::Open => "open",
            OrderState::Claimed(_) => "processing",
            OrderState::Paid(_) => "paid",
            OrderState::Closed { at } if *at >= self.expires_at => "expired",
            OrderState::Closed { .. } => "closed",
        }
    }

    /// Takes a payment: the commit point once this document is stored. One with a part by card
    /// only claims the order: [`Self::end_claim`] follows once the bank has answered. Paying
    /// again with the same operation changes nothing.
    ///
    /// # Errors
    /// As [`Self::check_payable`]. An open order whose time is over is closed by this,
    /// so that what is refused once stays refused.
    pub fn pay(
        &mut self,
        operation: &OperationId,
        payer: &AccountId,
        debit: DebitRef,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let payable = self.check_payable(operation, now);
        self.close_if_expired(now);
        payable?;
        if matches!(self.state, OrderState::Open) {
            let payment = OrderPayment {
                operation: operation.clone(),
                payer: payer.clone(),
                entry: debit.entry,
                card: debit.card,
                agreement: debit.agreement,
                charge: Some(debit.charge),
                at: now,
                credited: false,
            };
            if payment.card.is_some() {
                self.claims = self.claims.saturating_add(1);
                self.state = OrderState::Claimed(payment);
            } else {
                self.state = OrderState::Paid(payment);
            }
        }
        Ok(())
    }

    /// Ends the claim of an operation: the order is paid, for good, or open for others again.
    /// True if that is news.
    pub fn end_claim(&mut self, operation: &OperationId, paid: bool, now: Timestamp) -> bool {
        let Some(claim) = self.claim().filter(|claim| claim.operation == *operation).cloned()
        else {
            return false;
        };
        self.state = if paid {
            OrderState::Paid(OrderPayment { at: now, ..claim })
        } else {
            OrderState::Open
        };
        true
    }

    /// Closes an open order whose time is over. True if that is news.
    pub fn close_if_expired(&mut self, now: Timestamp) -> bool {
        let over = matches!(self.state, OrderState::Open) && now >= self.expires_at;
        if over && !mutant(Mutant::ExpiryNotClosed) {
            self.state = OrderState::Closed { at: now };
        }
        over
    }

    /// Closes an open order, so that it can never be paid. True if that is news.
    ///
    /// # Errors
    /// [`Refusal::OrderAlreadyPaid`], [`Refusal::OrderInProcess`].
    pub fn close(&mut self, now: Timestamp) -> Result<bool, Refusal> {
        match self.state {
            OrderState::Open => {
                self.state = OrderState::Closed { at: now };
                Ok(true)
            }
            OrderState::Closed { .. } => Ok(false),
            OrderState::Claimed(_) => Err(Refusal::OrderInProcess),
            OrderState::Paid(_) => Err(Refusal::OrderAlreadyPaid),
        }
    }

    /// Notes that the merchant has been credited. True if that is news.
    pub fn mark_credited(&mut self, operation: &OperationId) -> bool {
        match &mut self.state {
            OrderState::Paid(payment) if payment.operation == *operation && !payment.credited => {
                payment.credited = true;
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Region;
    use crate::{Entry, EntryKind, Movement};
    use feiqian_calendar::Day;
    use feiqian_limits::Meter;

    fn order() -> Order {
        Order::new(NewOrder {
            id: OrderId::derive(Region::EXAMPLE, &["o"]),
            partner: PartnerId::parse("par_demo").unwrap(),
            merchant: MerchantId::derive(Region::EXAMPLE, &["m"]),
            payee_name: "Noodles".into(),
            category: "food".into(),
            amount: Amount::from_minor(1234),
            description: "Lunch".into(),
            reference: "A1".into(),
            origin: Origin::Online,
            lifetime_s: 60,
            now: Timestamp::from_millis(1000),
        })
    }

    fn debit() -> DebitRef {
        let movement = Movement {
            operation: operation("a"),
            kind: EntryKind::Payment,
            amount: Amount::from_minor(-1234),
            by_card: Amount::ZERO,
            at: Timestamp::from_millis(2000),
            counterparty: "Noodles".into(),
        };
        DebitRef {
            entry: Entry::new(None, 1, Amount::ZERO, movement).reference(),
            card: None,
            agreement: None,
            charge: Charge { day: Day::parse("2026-11-23").unwrap(), meters: vec![Meter::Out] },
        }
    }

    fn operation(name: &str) -> OperationId {
        OperationId::derive(Region::EXAMPLE, &[name])
    }

    #[test]
    fn an_order_is_paid_by_one_operation_for_good() {
        let (mut order, payer) = (order(), AccountId::derive(Region::EXAMPLE, &["p"]));
        let now = Timestamp::from_millis(2000);
        assert_eq!(order.pay(&operation("a"), &payer, debit(), now), Ok(()));
        let paid = order.clone();
        assert_eq!(
            order.pay(&operation("b"), &payer, debit(), now),
            Err(Refusal::OrderAlreadyPaid)
        );
        let late = order.expires_at.plus_millis(1);
        assert_eq!(order.pay(&operation("a"), &payer, debit(), late), Ok(()), "it is paid already");
        assert_eq!(order, paid);
    }

    #[test]
    fn an_order_can_be_paid_until_it_expires_and_is_closed_by_the_first_try_after() {
        let (mut order, payer) = (order(), AccountId::derive(Region::EXAMPLE, &["p"]));
        let last = Timestamp::from_millis(60_999);
        assert_eq!(order.check_payable(&operation("a"), last), Ok(()));
        let expired = last.plus_millis(1);
        assert_eq!(
            order.pay(&operation("a"), &payer, debit(), expired),
            Err(Refusal::OrderExpired)
        );
        // A clock that went back does not open it again.
        assert_eq!(order.pay(&operation("a"), &payer, debit(), last), Err(Refusal::OrderExpired));
    }

    #[test]
    fn a_closed_order_is_never_paid_and_a_paid_one_never_closed() {
        let payer = AccountId::derive(Region::EXAMPLE, &["p"]);
        let (mut closed, mut paid, now) = (order(), order(), Timestamp::from_millis(2000));
        assert_eq!(closed.close(now), Ok(true));
        assert_eq!(closed.close(now), Ok(false));
        assert_eq!(closed.pay(&operation("a"), &payer, debit(), now), Err(Refusal::OrderClosed));
        paid.pay(&operation("a"), &payer, debit(), now).unwrap();
        assert_eq!(paid.close(now), Err(Refusal::OrderAlreadyPaid));
        assert!(paid.paid_by(&operation("a")));
    }

    #[test]
    fn a_merchant_is_credited_for_the_paying_operation_once() {
        let (mut order, payer) = (order(), AccountId::derive(Region::EXAMPLE, &["p"]));
        assert!(!order.mark_credited(&operation("a")));
        order.pay(&operation("a"), &payer, debit(), order.created_at).unwrap();
        assert!(!order.mark_credited(&operation("b")));
        assert!(order.mark_credited(&operation("a")));
        assert!(!order.mark_credited(&operation("a")));
    }
}
