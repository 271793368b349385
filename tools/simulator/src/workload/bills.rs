//! Bills: billers publish and change them, payers look them up and pay the order of one.

use feiqian_flows::{FlowError, PublishBillRequest, look_up_bills, order_of_bill, publish_bill};
use feiqian_ledger::{BillId, BillTerms, MerchantId};
use feiqian_money::Amount;

use super::requests::partner;
use super::{Request, Workload};
use crate::platform::Machine;

/// The numbers of subscribers, and of each one's bills: few, so that many requests meet.
const SUBSCRIBERS: [&str; 2] = ["0017", "0018"];
const NUMBERS: [&str; 5] = ["2026-08", "2026-09", "2026-10", "2026-11", "2026-12"];

/// What somebody asks for about bills.
#[derive(Debug, Clone)]
pub enum BillRequest {
    /// A biller publishes a bill, or changes it.
    Publish(PublishBillRequest),
    /// A payer looks the bills of a subscriber up.
    LookUp(MerchantId, &'static str),
    /// A payer asks for the order of a bill.
    Order(BillId),
}

impl Workload {
    /// A bill, or other terms for one.
    pub(super) fn new_bill(&self) -> Option<Request> {
        let merchant = self.world.dice.pick(&self.state.borrow().merchants)?.clone();
        let subscriber = *self.world.dice.pick(&SUBSCRIBERS)?;
        let number = NUMBERS.get(self.world.dice.skewed(NUMBERS.len()))?;
        // Few amounts: a bill is often published again as it was.
        let amount = 10_000 + self.world.dice.below(3) * 7_000;
        let amount = Amount::from_minor(i64::try_from(amount).ok()?);
        Some(Request::Bill(BillRequest::Publish(PublishBillRequest {
            partner: partner()?,
            merchant,
            subscriber: subscriber.to_owned(),
            number: (*number).to_owned(),
            terms: BillTerms { amount, description: "水费".to_owned(), due_on: None },
            revision: None,
        })))
    }

    /// A payer looks bills up.
    pub(super) fn new_look_up(&self) -> Option<Request> {
        let merchant = self.world.dice.pick(&self.state.borrow().merchants)?.clone();
        let subscriber = self.world.dice.pick(&SUBSCRIBERS)?;
        Some(Request::Bill(BillRequest::LookUp(merchant, subscriber)))
    }

    /// A payer wants to pay one of the newest bills: so do others.
    pub(super) fn new_order_of_bill(&self) -> Option<Request> {
        let state = self.state.borrow();
        let back = self.world.dice.skewed(state.bills.len().min(4));
        let bill = state.bills.get(state.bills.len().checked_sub(back + 1)?)?.clone();
        Some(Request::Bill(BillRequest::Order(bill)))
    }

    /// Carries one of them out.
    pub(super) async fn keep_bills(
        &self,
        machine: &Machine,
        request: BillRequest,
    ) -> Result<(), FlowError> {
        match request {
            BillRequest::Publish(asked) => {
                let (merchant, subscriber) = (asked.merchant.clone(), asked.subscriber.clone());
                let amount = asked.terms.amount.minor();
                let bill = publish_bill(machine, asked).await?.bill;
                self.world.audit(|auditor| {
                    let list = (merchant.as_str(), subscriber.as_str());
                    auditor.saw_published(list, bill.id.as_str(), amount)
                });
                self.learn_bill(bill.id);
            }
            BillRequest::LookUp(merchant, subscriber) => {
                let views = look_up_bills(machine, &merchant, subscriber).await?;
                if self.at_rest.get() {
                    let shown: Vec<&str> = views.iter().map(|view| view.bill.id.as_str()).collect();
                    self.world.audit(|auditor| {
                        auditor.saw_bills((merchant.as_str(), subscriber), &shown)
                    });
                }
                views.into_iter().for_each(|view| self.learn_bill(view.bill.id));
            }
            BillRequest::Order(bill) => self.learn(order_of_bill(machine, &bill).await?),
        }
        Ok(())
    }

    fn learn_bill(&self, bill: BillId) {
        let mut state = self.state.borrow_mut();
        if !state.bills.contains(&bill) {
            state.bills.push(bill);
        }
    }

    /// What payers look up once all has come to rest.
    pub(super) fn look_ups(&self) -> Vec<Request> {
        let state = self.state.borrow();
        let of_merchant = |merchant: &MerchantId| {
            let merchant = merchant.clone();
            let look_up = move |subscriber| BillRequest::LookUp(merchant.clone(), subscriber);
            SUBSCRIBERS.into_iter().map(look_up).map(Request::Bill)
        };
        state.merchants.iter().filter(|_| !state.bills.is_empty()).flat_map(of_merchant).collect()
    }
}
