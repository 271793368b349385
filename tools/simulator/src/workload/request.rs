//! What somebody asks for.

use feiqian_calendar::Month;
use feiqian_flows::{
    AcceptTransfersRequest, BeginBindingRequest, CardMoveRequest, CloseAccountRequest,
    ConfirmBindingRequest, CreateMerchantRequest, CreateOrderRequest, EntriesQuery,
    OpenAccountRequest, PayOrderRequest, RefundRequest, SetPinRequest, TransferRequest,
};
use feiqian_ledger::{AccountId, CustomerId, MerchantId, OperationId, OrderId, RefundPurpose};

use super::bills::BillRequest;
use super::cards::CardRequest;
use super::devices::DeviceRequest;
use super::events::EventRequest;
use super::identity::IdentityRequest;
use super::limits::LimitsRequest;
use super::operators::Action;
use super::refunds;
use super::reports::CaseRequest;
use super::safety::SafetyRequest;
use super::settlements::SettlementRequest;
use super::showing::Showing;
use super::tills::{self, TillRequest};
use super::visits::VisitRequest;
use super::wallets::WalletRequest;

/// What somebody asks the application to do.
#[derive(Debug, Clone)]
pub enum Request {
    /// Open an account.
    Open(OpenAccountRequest),
    /// Begin to bind a card.
    Bind(BeginBindingRequest),
    /// Confirm a binding.
    Confirm(ConfirmBindingRequest),
    /// Set or change the PIN.
    Pin(SetPinRequest),
    /// Top up.
    TopUp(CardMoveRequest),
    /// Withdraw.
    Withdraw(CardMoveRequest),
    /// Send money to another account.
    Transfer(TransferRequest),
    /// Cancel a transfer.
    Cancel(CustomerId, AccountId, OperationId),
    /// Close an account.
    CloseAccount(CloseAccountRequest),
    /// Consent to money from others, or no more.
    Consent(AcceptTransfersRequest),
    /// Pay an order, perhaps after a look at what that does.
    Pay(PayOrderRequest, Showing),
    /// Refund an order, or redeem what was put into a wealth product by it.
    Refund(RefundRequest, RefundPurpose),
    /// Close an order.
    Close(OrderId),
    /// Set the holder's limits.
    Limits(LimitsRequest),
    /// Make a merchant.
    Merchant(CreateMerchantRequest),
    /// Make an order.
    Order(CreateOrderRequest),
    /// Read the history, or what a filter leaves of it.
    Entries(CustomerId, AccountId, EntriesQuery),
    /// Read a month's statement.
    Statement(CustomerId, AccountId, Month),
    /// Have an entry's receipt given and checked.
    Receipt(CustomerId, AccountId, u64),
    /// Look at an order and at how the account could pay it.
    Look(CustomerId, AccountId, OrderId),
    /// Read an operation of money that was asked for.
    Find(Box<Request>),
    /// Read what a merchant has been paid.
    MerchantBalance(MerchantId),
    /// Make an account safe.
    Safety(SafetyRequest),
    /// Do something at a till.
    Till(TillRequest),
    /// Register or revoke a device.
    Device(DeviceRequest),
    /// Link or unlink a wallet.
    Wallet(WalletRequest),
    /// Report an operation or close a case.
    Case(CaseRequest),
    /// Choose or unbind a card.
    Card(CardRequest),
    /// Verify a holder, upgrade an account, seal data anew.
    Identity(IdentityRequest),
    /// Publish, look up or order a bill.
    Bill(BillRequest),
    /// Make, confirm, refund, look at or cancel a visit.
    Visit(VisitRequest),
    /// Say how merchants are paid out, settle their days, read their bills.
    Settlement(SettlementRequest),
    /// Do something with endpoints for events, or bring events to them.
    Event(EventRequest),
    /// Run the worker.
    Worker,
    /// Hear of the bank that something happened under a request id of ours.
    BankEvent(String),
    /// Act as a named operator.
    Act(Action),
    /// Audit the store.
    Audit,
}

impl Request {
    /// The operation of money that a request stands for.
    #[must_use]
    pub fn operation(&self) -> Option<OperationId> {
        match self {
            Self::Pay(request, _) => Some(OperationId::derive(
                request.account.region(),
                &[request.account.as_str(), "payment", &request.key],
            )),
            Self::TopUp(request) => Some(OperationId::derive(
                request.account.region(),
                &[request.account.as_str(), "top_up", &request.key],
            )),
            Self::Transfer(request) => Some(OperationId::derive(
                request.account.region(),
                &[request.account.as_str(), "transfer", &request.key],
            )),
            Self::Withdraw(request) => Some(OperationId::derive(
                request.account.region(),
                &[request.account.as_str(), "withdrawal", &request.key],
            )),
            _ => None,
        }
    }

    /// Whose account an operation of money is of.
    #[must_use]
    pub const fn holder(&self) -> Option<(&CustomerId, &AccountId)> {
        match self {
            Self::Pay(asked, _) => Some((&asked.customer, &asked.account)),
            Self::TopUp(asked) | Self::Withdraw(asked) => Some((&asked.customer, &asked.account)),
            Self::Transfer(asked) => Some((&asked.customer, &asked.account)),
            _ => None,
        }
    }

    /// What a request of money stands for, whoever asks it: an operation or a refund.
    #[must_use]
    pub fn subject(&self) -> Option<String> {
        match self {
            Self::Refund(request, _) => Some(refunds::id_of(request).to_string()),
            Self::Till(TillRequest::Charge(request)) => Some(tills::order_of(request).to_string()),
            Self::Till(TillRequest::OrderByCode(request)) => Some(
                OrderId::derive(
                    request.customer.region(),
                    &[request.customer.as_str(), "static_code", &request.key],
                )
                .to_string(),
            ),
            other => other.operation().map(|operation| operation.to_string()),
        }
    }

    /// Who asks, for the history.
    #[must_use]
    pub const fn who(&self) -> &'static str {
        match self {
            Self::Open(_) => "open",
            Self::Bind(_) => "bind",
            Self::Confirm(_) => "confirm",
            Self::Pin(_) => "pin",
            Self::TopUp(_) => "top up",
            Self::Withdraw(_) => "withdraw",
            Self::Transfer(_) => "transfer",
            Self::Cancel(..) => "cancel",
            Self::Consent(_) => "consent",
            Self::CloseAccount(_) => "close account",
            Self::Pay(..) => "pay",
            Self::Refund(..) => "refund",
            Self::Close(_) => "close",
            Self::Limits(_) => "limits",
            Self::Till(TillRequest::Charge(_)) => "charge",
            Self::Till(_) => "till",
            Self::Device(_) => "device",
            Self::Wallet(_) => "wallet",
            Self::Bill(_) => "bill",
            Self::Case(_) => "case",
            Self::Card(_) => "card",
            Self::Identity(_) => "identity",
            Self::Merchant(_) => "merchant",
            Self::Order(_) => "order",
            Self::Entries(..) => "entries",
            Self::Statement(..) => "statement",
            Self::Receipt(..) => "receipt",
            Self::Look(..) => "look",
            Self::Find(_) => "find",
            Self::MerchantBalance(_) => "merchant balance",
            Self::Safety(_) => "safety",
            Self::Visit(_) => "visit",
            Self::Settlement(_) => "settlement",
            Self::Event(_) => "event",
            Self::Worker => "worker",
            Self::BankEvent(_) => "bank event",
            Self::Act(_) => "operator",
            Self::Audit => "audit",
        }
    }
}
