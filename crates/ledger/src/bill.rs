use feiqian_calendar::{Day, Timestamp};
use feiqian_money::Amount;
use serde::{Deserialize, Serialize};

use crate::{
    BILLS_MAX, BillId, Document, Merchant, MerchantId, NewOrder, ORDER_LIFETIME_DEFAULT_S, Order,
    OrderId, Origin, PartnerId, Refusal,
};

/// What a biller says of a bill, and may change until it is paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillTerms {
    /// How much, above zero.
    pub amount: Amount,
    /// What for.
    pub description: String,
    /// By when it is to be paid, if the biller says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_on: Option<Day>,
}

/// A bill of a merchant that publishes bills, and the arbiter of which order it is paid by.
///
/// It has one order at a time. The next one has another number, and is only made when the
/// one before is closed, which is for good: so at most one of them is ever paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bill {
    schema: u16,
    /// Its id.
    pub id: BillId,
    /// The biller.
    pub merchant: MerchantId,
    /// The partner who publishes for it.
    pub partner: PartnerId,
    /// The biller's name, as payers see it.
    pub payee_name: String,
    /// What the biller sells; empty in a bill that is older than that is kept.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub category: String,
    /// The biller's own number of the bill.
    pub number: String,
    /// What is owed.
    pub terms: BillTerms,
    /// The biller's revision of the terms, if it numbers them: an older one changes nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
    /// Which order it is at, counted from zero.
    pub attempt: u32,
    /// When it was first published.
    pub published_at: Timestamp,
}

impl Document for Bill {
    const SCHEMA: u16 = 1;
    const NAME: &'static str = "bill";

    fn schema(&self) -> u16 {
        self.schema
    }
}

impl Bill {
    /// A new bill.
    #[must_use]
    pub fn new(
        biller: &Merchant,
        subscriber: &str,
        number: String,
        terms: BillTerms,
        now: Timestamp,
    ) -> Self {
        Self {
            schema: Self::SCHEMA,
            id: BillId::derive(biller.id.region(), &[biller.id.as_str(), subscriber, &number]),
            merchant: biller.id.clone(),
            partner: biller.partner.clone(),
            payee_name: biller.name.clone(),
            category: biller.category.clone(),
            number,
            terms,
            revision: None,
            attempt: 0,
            published_at: now,
        }
    }

    /// The document's key.
    #[must_use]
    pub fn key(id: &BillId) -> String {
        format!("bill/{id}")
    }

    /// The id of the order that it is at.
    #[must_use]
    pub fn order_id(&self) -> OrderId {
        OrderId::derive(self.id.region(), &[self.id.as_str(), &self.attempt.to_string()])
    }

    /// The order that it is at.
    #[must_use]
    pub fn order(&self, now: Timestamp) -> Order {
        Order::new(NewOrder {
            id: self.order_id(),
            partner: self.partner.clone(),
            merchant: self.merchant.clone(),
            payee_name: self.payee_name.clone(),
            category: self.category.clone(),
            amount: self.terms.amount,
            description: self.terms.description.clone(),
            reference: self.number.clone(),
            origin: Origin::Bill,
            lifetime_s: ORDER_LIFETIME_DEFAULT_S,
            now,
        })
    }

    /// Whether terms of a revision are older than those that it has. Terms without a revision are
    /// as new as they come.
    #[must_use]
    pub fn is_newer_than(&self, revision: Option<u64>) -> bool {
        revision.is_some() && revision < self.revision
    }

    /// Goes on from an order that is closed to the next. False, and nothing changed, if it is
    /// past that order already.
    pub fn leave_order(&mut self, closed: u32) -> bool {
        let leaves = self.attempt == closed;
        if leaves {
            self.attempt = closed.saturating_add(1);
        }
        leaves
    }
}

/// A subscriber of a biller: which bills there are to look up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscriber {
    schema: u16,
    bills: Vec<BillId>,
}

impl Document for Subscriber {
    const SCHEMA: u16 = 1;
    const NAME: &'static str = "subscriber";

    fn schema(&self) -> u16 {
        self.schema
    }
}

impl Subscriber {
    /// How many lists a subscriber may have.
    pub const LISTS: u8 = 2;

    /// A subscriber with a first bill.
    #[must_use]
    pub fn new(first: BillId) -> Self {
        Self { schema: Self::SCHEMA, bills: vec![first] }
    }

    /// The document's key. The number itself stays out: a key may hold few characters.
    #[must_use]
    ///
    /// There are [`Self::LISTS`] of them, since making one can get stuck: whoever adds a bill
    /// takes the first that can be had, and whoever looks bills up reads all.
    pub fn key(merchant: &MerchantId, number: &str, list: u8) -> String {
        let digest = BillId::derive(merchant.region(), &[merchant.as_str(), number]);
        format!("subscriber/{merchant}/{}/{list}", &digest.as_str()[BillId::PREFIX.len()..])
    }

    /// The bills, oldest first.
    #[must_use]
    pub fn bills(&self) -> &[BillId] {
        &self.bills
    }

    /// Whether another bill needs paid ones to be dropped first.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.bills.len() >= BILLS_MAX
    }

    /// Drops bills that have been paid; they stay paid under their own keys.
    pub fn drop_paid(&mut self, paid: &[BillId]) {
        self.bills.retain(|bill| !paid.contains(bill));
    }

    /// Adds a bill. True if that is news.
    ///
    /// # Errors
    /// [`Refusal::BillsFull`].
    pub fn add(&mut self, bill: &BillId) -> Result<bool, Refusal> {
        if self.bills.contains(bill) {
            return Ok(false);
        }
        if self.is_full() {
            return Err(Refusal::BillsFull);
        }
        self.bills.push(bill.clone());
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Region;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn bill() -> Bill {
        let partner = PartnerId::parse("par_demo").unwrap();
        let id = MerchantId::derive(Region::EXAMPLE, &["water"]);
        let biller = Merchant::new(id, partner, "Water".into(), "utilities".into(), NOW);
        Bill::new(&biller, "0017", "2026-11".into(), terms(4_200), NOW)
    }

    fn terms(minor: i64) -> BillTerms {
        BillTerms { amount: Amount::from_minor(minor), description: "Nov".into(), due_on: None }
    }

    #[test]
    fn each_order_of_a_bill_has_its_own_id_and_the_terms_of_its_time() {
        let mut bill = bill();
        let first = bill.order(NOW);
        assert_eq!((first.amount.minor(), &first.id), (4_200, &bill.order_id()));
        assert!(bill.leave_order(0));
        bill.terms = terms(4_300);
        let second = bill.order(NOW);
        assert_eq!(second.amount.minor(), 4_300);
        assert_ne!(first.id, second.id);
    }

    #[test]
    fn an_order_is_left_behind_once() {
        let mut bill = bill();
        assert!(bill.leave_order(0));
        let after = bill.clone();
        assert!(!bill.leave_order(0));
        assert_eq!(bill, after);
    }

    #[test]
    fn a_subscriber_has_as_many_bills_as_fit_and_each_once() {
        let id = |number: usize| BillId::derive(Region::EXAMPLE, &[&number.to_string()]);
        let mut subscriber = Subscriber::new(id(0));
        assert_eq!(subscriber.add(&id(0)), Ok(false));
        for number in 1..BILLS_MAX {
            assert_eq!(subscriber.add(&id(number)), Ok(true));
        }
        assert_eq!(subscriber.add(&id(BILLS_MAX)), Err(Refusal::BillsFull));
        assert_eq!(subscriber.add(&id(1)), Ok(false), "it is there");
        subscriber.drop_paid(&[id(1)]);
        assert_eq!(subscriber.add(&id(BILLS_MAX)), Ok(true));
    }

    #[test]
    fn a_subscribers_number_is_not_in_a_key() {
        let merchant = MerchantId::derive(Region::EXAMPLE, &["m"]);
        let key = Subscriber::key(&merchant, "户号/0017", 0);
        assert!(key.is_ascii() && key.len() < 90 && !key.contains("0017"), "{key}");
        assert_ne!(key, Subscriber::key(&merchant, "户号/0018", 0));
        assert_ne!(key, Subscriber::key(&merchant, "户号/0017", 1));
    }
}
