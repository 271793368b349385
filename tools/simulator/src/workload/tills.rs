//! What happens at tills: payer codes, taps, charges, and the codes of merchants.

use feiqian_flows::{
    AddTokenRequest, ChargeRequest, Charged, FlowError, OrderByCodeRequest, add_token, charge,
    draw_order_code, find_payer_code, finish_payment, give_payer_code, order_by_code,
};
use feiqian_ledger::account::PayBy;
use feiqian_ledger::{
    AccountId, CustomerId, Instrument, MerchantId, Order, OrderId, Region, TokenId,
};
use feiqian_money::Amount;

use super::requests::partner;
use super::{KnownAccount, KnownOrder, Request, Workload};
use crate::auditor::AskedCharge;
use crate::platform::Machine;

/// The smallest and the largest amounts at a till, fen: about half are small payments.
const AMOUNTS: (u64, u64) = (500, 60_000);

/// The lowest payer code.
const LOWEST_CODE: u64 = 880_000_000_000_000_000;

/// What somebody asks for at a till.
#[derive(Debug, Clone)]
pub enum TillRequest {
    /// A payer asks for a code.
    GiveCode(KnownCode),
    /// A payer looks what became of a code.
    FindCode(KnownCode),
    /// A merchant charges what a payer showed.
    Charge(ChargeRequest),
    /// A payer asks for a token in a device.
    AddToken(AddTokenRequest),
    /// A payer enters an amount at a merchant's static code.
    OrderByCode(OrderByCodeRequest),
    /// A merchant shows a code for an order.
    DrawCode(MerchantId, OrderId),
}

/// A payer code that an account was given, or asked for.
#[derive(Debug, Clone)]
pub struct KnownCode {
    customer: CustomerId,
    account: AccountId,
    from: PayBy,
    digits: String,
}

/// A token as the device that has it knows it.
#[derive(Debug, Clone)]
pub struct KnownToken {
    id: TokenId,
    counter: u32,
}

/// The order of a charge.
pub(super) fn order_of(request: &ChargeRequest) -> OrderId {
    OrderId::derive(Region::EXAMPLE, &[request.partner.as_str(), "charge", &request.key])
}

impl Workload {
    /// A code for an account, which its holder shows at once.
    pub(super) fn new_code(&self, account: &KnownAccount) -> Request {
        let from = self.some_source(account);
        let mut state = self.state.borrow_mut();
        state.next_key();
        let code = KnownCode {
            customer: account.customer.clone(),
            account: account.id.clone(),
            from,
            digits: (LOWEST_CODE + state.keys as u64).to_string(),
        };
        state.codes.push(code.clone());
        Request::Till(TillRequest::GiveCode(code))
    }

    /// One of the newest codes: two tills often have the same.
    fn some_code(&self) -> Option<KnownCode> {
        let state = self.state.borrow();
        let back = self.world.dice.skewed(state.codes.len().min(4));
        state.codes.get(state.codes.len().checked_sub(back + 1)?).cloned()
    }

    /// A payer looks what became of a code.
    pub(super) fn new_look_for_code(&self) -> Option<Request> {
        self.some_code().map(|code| Request::Till(TillRequest::FindCode(code)))
    }

    /// A merchant charges a code; now and then one that there is not.
    pub(super) fn new_charge(&self) -> Option<Request> {
        let unknown = self.world.dice.chance(200);
        let digits = if unknown { LOWEST_CODE.to_string() } else { self.some_code()?.digits };
        self.charge_of(Instrument::PayerCode(digits))
    }

    /// A tap of a token: mostly the next one, now and then one that was recorded, or of a
    /// token that was somewhere else in between.
    pub(super) fn new_tap(&self, account: &KnownAccount) -> Option<Request> {
        let place = self.world.dice.below(account.tokens.len());
        let KnownToken { id, counter: last } = account.tokens.get(place)?.clone();
        let counter = match self.world.dice.below(10) {
            0 => last,
            1 => last.saturating_sub(1),
            2 => last + 3,
            _ => last + 1,
        };
        self.known_mut(&account.id, |known| {
            if let Some(token) = known.tokens.get_mut(place) {
                token.counter = token.counter.max(counter);
            }
        });
        self.charge_of(Instrument::Nfc { token: id, counter })
    }

    pub(super) fn charge_of(&self, instrument: Instrument) -> Option<Request> {
        let mut state = self.state.borrow_mut();
        let merchant = state.merchants.get(self.world.dice.skewed(state.merchants.len()))?.clone();
        let key = state.next_key();
        let amount = self.world.dice.between(AMOUNTS.0, AMOUNTS.1).cast_signed();
        Some(Request::Till(TillRequest::Charge(ChargeRequest {
            partner: partner()?,
            reference: key.clone(),
            key,
            merchant,
            amount: Amount::from_minor(amount),
            description: "豆浆".to_owned(),
            instrument,
        })))
    }

    /// A token for one of an account's devices.
    pub(super) fn new_token(&self, account: &KnownAccount) -> Option<Request> {
        let device = self.world.dice.pick(&account.devices)?.id.clone();
        Some(Request::Till(TillRequest::AddToken(AddTokenRequest {
            customer: account.customer.clone(),
            key: self.state.borrow_mut().next_key(),
            account: account.id.clone(),
            device,
            from: self.some_source(account),
            pin: self.some_pin(account)?,
        })))
    }

    /// An order by a merchant's static code.
    pub(super) fn new_order_by_code(&self, account: &KnownAccount) -> Option<Request> {
        let mut state = self.state.borrow_mut();
        let merchant = state.merchants.get(self.world.dice.skewed(state.merchants.len()))?.clone();
        let amount = self.world.dice.between(AMOUNTS.0, AMOUNTS.1).cast_signed();
        Some(Request::Till(TillRequest::OrderByCode(OrderByCodeRequest {
            customer: account.customer.clone(),
            key: state.next_key(),
            merchant,
            amount: Amount::from_minor(amount),
        })))
    }

    /// A code for one of the newest orders.
    pub(super) fn new_drawing(&self) -> Option<Request> {
        let order = self.some_order(6)?;
        Some(Request::Till(TillRequest::DrawCode(order.merchant, order.id)))
    }

    /// Carries one of them out.
    pub(super) async fn at_the_till(
        &self,
        machine: &Machine,
        request: TillRequest,
    ) -> Result<(), FlowError> {
        match request {
            TillRequest::GiveCode(KnownCode { customer, account, from, digits }) => {
                give_payer_code(machine, &customer, &account, from, &digits).await?;
            }
            TillRequest::FindCode(KnownCode { customer, account, digits, .. }) => {
                let found = find_payer_code(machine, &customer, &account, &digits).await?;
                if let (_, Some(order)) = found {
                    self.learn(order);
                }
            }
            TillRequest::Charge(asked) => self.charge(machine, asked).await?,
            TillRequest::AddToken(asked) => {
                let account = asked.account.clone();
                let added = add_token(machine, &self.region.pepper, asked).await?;
                self.known_mut(&account, |known| {
                    if known.tokens.iter().all(|token| token.id != added.id) {
                        known.tokens.push(KnownToken { id: added.id, counter: 0 });
                    }
                });
            }
            TillRequest::OrderByCode(asked) => {
                let order = order_by_code(machine, asked).await?.document;
                self.learn(order);
            }
            TillRequest::DrawCode(merchant, order) => {
                if let Some(partner) = partner() {
                    draw_order_code(machine, &partner, &merchant, &order).await?;
                }
            }
        }
        Ok(())
    }

    /// Payers know of an order; of a charge its payer does.
    pub(super) fn learn(&self, order: Order) {
        let mut state = self.state.borrow_mut();
        if state.orders.iter().all(|known| known.id != order.id) {
            state.orders.push(KnownOrder {
                payer: order.origin.charge().and_then(|charge| charge.payer.clone()),
                merchant: order.merchant,
                id: order.id,
                amount: order.amount,
            });
        }
    }

    async fn charge(&self, machine: &Machine, request: ChargeRequest) -> Result<(), FlowError> {
        let policy = self.region.policy;
        let (id, amount) = (order_of(&request), request.amount.minor());
        let answer = charge(machine, &policy, request).await;
        if let Ok(Charged { unsettled: Some(mark), .. }) = &answer {
            let (machine, mark) = (Machine::new(&self.world), mark.clone());
            let work = async move { drop(finish_payment(&machine, mark).await) };
            self.world.spawn("settle charge", Box::pin(work));
        }
        if let Ok(Charged { order, .. }) = &answer
            && order.is_open()
        {
            self.learn(order.clone());
        }
        self.world.point().await;
        self.world.note(|| match &answer {
            Ok(charged) => format!("answer for {id}: {:?}", charged.order.state),
            Err(error) => format!("answer for {id}: {error}"),
        });
        if self.world.faults.strikes(&self.world.dice, |rates| rates.deaf) {
            return Ok(());
        }
        let asked = AskedCharge {
            order: id.as_str(),
            amount,
            key_is_shared: self.state.borrow().is_shared(id.as_str()),
        };
        let answer = answer.as_ref().map(|charged| &charged.order);
        self.world.audit(|auditor| auditor.saw_charge_answer(&asked, answer));
        Ok(())
    }
}
