//! What clients come to ask for.

use std::rc::Rc;

use feiqian_flows::{
    CardMoveRequest, ChargeRequest, OrderByCodeRequest, PayOrderRequest, RefundRequest,
    TransferRequest,
};
use feiqian_identity::Pin;
use feiqian_ledger::PartnerId;
use feiqian_limits::AccountClass;
use feiqian_money::Amount;

use super::events::EventRequest;
use super::identity::IdentityRequest;
use super::mix::Kind;
use super::tills::TillRequest;
use super::{KnownAccount, Request, Workload};

/// The partner who makes merchants and orders, and refunds them.
pub(super) fn partner() -> Option<PartnerId> {
    PartnerId::parse("par_simulator").ok()
}

/// The smallest and largest amounts of payments, withdrawals, transfers and top ups, fen: such
/// that few of them meet the caps of their class.
pub(super) const fn amounts(class: AccountClass, top_up: bool) -> (u64, u64) {
    match (class, top_up) {
        (AccountClass::I | AccountClass::II, true) => (50_000, 900_000),
        (AccountClass::I | AccountClass::II, false) => (10_000, 500_000),
        (AccountClass::III, true) => (10_000, 120_000),
        (AccountClass::III, false) => (5_000, 90_000),
    }
}

impl Workload {
    /// The next request; none if what it needs is not there yet.
    pub(super) fn next_request(self: &Rc<Self>) -> Option<Request> {
        let kind = self.mix.next(&self.world.dice);
        match kind {
            Kind::Again => self.again(),
            Kind::Pay => self.new_payment(),
            Kind::Order => self.new_order(),
            Kind::Refund => self.new_refund(),
            Kind::Close => self.new_close(),
            Kind::Deliver => Some(Request::Event(EventRequest::Deliver)),
            Kind::Event => self.new_event_request(),
            Kind::Merchant => self.new_merchant(),
            Kind::Visit => self.new_visit(),
            Kind::ConfirmVisit => self.new_visit_confirmation(),
            Kind::RefundVisit => self.new_visit_refund(),
            Kind::LookAtVisit => self.new_visit_look(),
            Kind::SettlementTerms => self.new_settlement_terms(),
            Kind::SettlementRun => self.new_settlement_run(),
            Kind::SettlementLook => self.new_settlement_look(),
            Kind::Charge => self.new_charge(),
            Kind::FindCode => self.new_look_for_code(),
            Kind::DrawCode => self.new_drawing(),
            Kind::Report => self.new_report(),
            Kind::CloseCase => self.new_case_closing(),
            Kind::Reseal => Some(Request::Identity(IdentityRequest::Reseal)),
            Kind::Bill => self.new_bill(),
            Kind::LookUp => self.new_look_up(),
            Kind::OrderOfBill => self.new_order_of_bill(),
            Kind::Transfer => self.new_transfer(),
            Kind::Cancel => self.new_cancellation(),
            Kind::CloseAccount => self.new_closure(),
            Kind::Worker => Some(Request::Worker),
            Kind::BankEvent => self.new_bank_event(),
            Kind::Act => self.new_action(),
            Kind::Propose | Kind::Decide => self.new_adjusting(kind),
            Kind::Audit => Some(Request::Audit),
            Kind::Find => {
                let state = self.state.borrow();
                let sought = state.asked.get(self.world.dice.below(state.asked.len()))?;
                sought.operation().map(|_| Request::Find(Box::new(sought.clone())))
            }
            Kind::Open => self.new_account(),
            Kind::Freeze => self.new_freeze(),
            Kind::Unfreeze => self.new_unfreeze(),
            Kind::ByCode => self.new_step_by_code(),
            of_account => self.request_of(of_account, &self.some_account()?),
        }
    }

    /// A request for an account.
    pub(super) fn request_of(&self, kind: Kind, account: &KnownAccount) -> Option<Request> {
        match kind {
            Kind::TopUp => self.new_top_up(account),
            Kind::Withdraw => self.new_card_move(account, false).map(Request::Withdraw),
            Kind::Consent => self.new_consent(account),
            Kind::Limits => Some(self.new_limits(account)),
            Kind::SmallPayments => self.new_small_payments(account),
            Kind::Entries => {
                let query = self.some_entries(&account.id);
                Some(Request::Entries(account.customer.clone(), account.id.clone(), query))
            }
            Kind::Statement => self.new_statement(account),
            Kind::Receipt => Some(self.new_receipt(account)),
            Kind::Look => {
                let order = self.world.dice.pick(&self.state.borrow().orders)?.id.clone();
                Some(Request::Look(account.customer.clone(), account.id.clone(), order))
            }
            Kind::Pin => {
                let pin = self.world.dice.pick(&self.region.pins)?.clone();
                Some(self.new_pin(account, pin))
            }
            Kind::Bind => self.new_binding(account, self.treatment()),
            Kind::Confirm => self.new_confirmation(account),
            Kind::GiveCode => Some(self.new_code(account)),
            Kind::Tap => self.new_tap(account),
            Kind::AddToken => self.new_token(account),
            Kind::OrderByCode => self.new_order_by_code(account),
            Kind::AddDevice => self.new_device(account),
            Kind::DefaultCard => self.new_default_card(account),
            Kind::Unbind => self.new_unbinding(account),
            Kind::Face => Some(self.new_face(account)),
            Kind::Upgrade => self.new_upgrade(account),
            Kind::Wallet => self.new_wallet(account),
            Kind::WalletCharge => self.new_wallet_charge(account),
            Kind::Unlink => self.new_unlinking(account),
            Kind::RevokeDevice => self.new_revocation(account),
            _ => None,
        }
    }

    /// A request from before, with the same key: as it was, or as another one.
    fn again(&self) -> Option<Request> {
        let state = self.state.borrow();
        // The newest are asked again the most.
        let back = self.world.dice.skewed(state.asked.len().min(20));
        let request = state.asked.get(state.asked.len().checked_sub(back + 1)?)?.clone();
        drop(state);
        let other = self.world.dice.chance(1_200);
        Some(if other { self.altered(request) } else { request })
    }

    /// A request with the same key for something else.
    pub(super) fn altered(&self, request: Request) -> Request {
        let amount = Amount::from_minor(self.world.dice.between(1, 50_000).cast_signed());
        match (request, self.some_order(6)) {
            (Request::Pay(asked, showing), Some(order)) => {
                let (order, amount) = (order.id, order.amount);
                Request::Pay(PayOrderRequest { order, amount, ..asked }, showing)
            }
            (Request::TopUp(asked), _) => Request::TopUp(CardMoveRequest { amount, ..asked }),
            (Request::Transfer(asked), _) => Request::Transfer(TransferRequest { amount, ..asked }),
            (Request::Refund(asked, purpose), _) => {
                Request::Refund(RefundRequest { amount, ..asked }, purpose)
            }
            (Request::Withdraw(asked), _) => Request::Withdraw(CardMoveRequest { amount, ..asked }),
            (Request::Till(TillRequest::Charge(asked)), _) => {
                Request::Till(TillRequest::Charge(ChargeRequest { amount, ..asked }))
            }
            (Request::Till(TillRequest::OrderByCode(asked)), _) => {
                Request::Till(TillRequest::OrderByCode(OrderByCodeRequest { amount, ..asked }))
            }
            (request, _) => request,
        }
    }

    pub(super) fn some_account(&self) -> Option<KnownAccount> {
        let state = self.state.borrow();
        state.accounts.get(self.world.dice.skewed(state.accounts.len())).cloned()
    }

    pub(super) fn some_pin(&self, account: &KnownAccount) -> Option<Pin> {
        let wrong = self.world.dice.chance(700);
        let known = account.pin.clone().filter(|_| !wrong);
        known.or_else(|| self.world.dice.pick(&self.region.pins).cloned())
    }
}
