//! The ledger: its documents and the decisions about them.
//!
//! Everything here is pure. An instant, a day, a verifier and a rule set are
//! arguments; nothing reads a clock, a store or a random source. Each document is
//! changed by one method that either decides and changes it, or refuses and says
//! why; whoever stores it writes the whole document in one atomic swap.
//!
//! | document | key | what it arbitrates |
//! |---|---|---|
//! | [`Account`] | `account/{id}` | a customer's balance, limits, PIN, cards, operations in flight |
//! | [`Page`] | `journal/{account}/{page}` | nothing: a full page of a journal never changes |
//! | [`SecurityPage`](account::SecurityPage) | `security/{account}/{page}` | nothing: a full page of a security log never changes |
//! | [`Order`] | `order/{id}` | which operation pays an order |
//! | [`Operation`] | `operation/{id}` | whether a top up happened, and whether an adjustment may; the outcome of an older operation |
//! | [`Operation`] | `outcome/{id}` | nothing: the outcome of an older top up never changes |
//! | [`InternalAccount`] | `internal/{name}.{shard}` | credits and debits without a holder, each at most once |
//! | [`PersonPlace`] | `person/{digest}/{class}/{number}` | how many accounts one person has |
//! | [`account::Case`] | `case/{id}` | nothing: a case that was over before it left its account |
//! | [`CaseLog`] | `cases/{partner}/{day}/{page}` | nothing: what a partner is told on a day |
//! | [`Notes`] | `notes/{account}/{page}` | nothing: what the holder wrote beside a page's entries |
//! | [`IssuedCode`] | `payer_code/{digits}` | the one use of a payer code |
//! | [`NfcToken`] | `nfc_token/{id}` | each tap of a token |
//! | [`Bill`] | `bill/{id}` | which order a bill is paid by |
//! | [`Subscriber`] | `subscriber/{merchant}/{digest}/{list}` | nothing: which bills there are to look up |
//! | [`medical::Visit`] | `visit/{id}` | who has confirmed a visit, whether the insurer is asked, what is given back |
//! | [`medical::Insured`] | `insured/{person}` | a person's credential, and who may show it |
//! | [`medical::MedicalCode`] | `medical_code/{digits}` | the one use of a medical code |
//! | [`medical::VisitDay`] | `visit_day/{day}/{slot}/{page}` | nothing: what the insurer said that it settled |
//! | [`Merchant`] | `merchant/{id}` | which day of the merchant is settled, and whether it was paid out |
//! | [`Settlement`] | `settlement/{merchant}/{day}` | nothing: what became of a day of a merchant |
//! | [`partner::Partner`] | `partner/{id}` | which keys of a partner are good |
//! | [`partner::PartnerAccess`] | `partner_access/{partner}/{key}/{shard}` | the one use of a nonce, and a key's rate |
//! | [`OperatorLog`] | `operator_log/{operator}/{book}` | the order of what an operator does |
//! | [`OperatorLogPage`] | `operator_log_page/{operator}/{book}/{page}` | nothing: a full page never changes |
//! | [`Event`] | `event/{id}` | nothing: what a partner is told; it never changes |
//! | [`event::EventLog`] | `events/{partner}/{day}/{slot}` | nothing: the newest events of a partner's day |
//! | [`event::EventPage`] | `event_page/{partner}/{day}/{slot}/{page}` | nothing: a full page of them |
//! | [`event::Endpoint`] | `endpoint/{partner}/{place}` | which events a partner gets where, and whether |
//! | [`event::Attempts`] | `attempts/{event}/{endpoint}/{slot}` | nothing: what became of deliveries |

pub mod account;
mod adjustment;
pub mod audit;
mod bill;
mod bounds;
mod case_log;
mod document;
mod entry;
mod entry_filter;
pub mod event;
mod ids;
mod inbound_events;
mod internal_account;
mod issued_code;
mod journal;
pub mod medical;
mod merchant;
pub mod mutants;
mod nfc_token;
mod notes;
mod operation;
mod operator_log;
mod order;
mod origin;
pub mod partner;
mod person;
mod receipt;
mod refusal;
mod region;
mod settling;
mod statement;
mod transfer;

pub use account::Account;
pub use adjustment::{Adjustment, AdjustmentDecision, AdjustmentDirection};
pub use bill::{Bill, BillTerms, Subscriber};
pub use bounds::*;
pub use case_log::{CaseLine, CaseLog};
pub use document::{Document, DocumentError};
pub use entry::{Entry, EntryHash, EntryKind, EntryRef, Movement};
pub use entry_filter::EntryFilter;
pub use event::{Event, EventType};
pub use ids::{
    AccountId, AgreementId, BillId, BindingId, CardId, CaseId, CustomerId, DeviceId, EndpointId,
    EventId, FaceVerificationId, Fingerprint, IdError, MerchantId, OperationId, OrderId, PartnerId,
    PersonId, RefundId, RelativeId, TokenId, VisitId, region_of_id,
};
pub use inbound_events::{InboundEvent, InboundEvents};
pub use internal_account::{InternalAccount, InternalName, Posting, shard_of};
pub use issued_code::{IssuedCode, Spent};
pub use journal::{Journal, JournalError, Page};
pub use merchant::Merchant;
pub use nfc_token::NfcToken;
pub use notes::Notes;
pub use operation::{Operation, OperationKind, OperationState};
pub use operator_log::{
    Intent, LogEntry, LogError, LogEvent, LogHash, LogPlace, LogRecord, OperatorLog,
    OperatorLogPage,
};
pub use order::{
    CardPart, DebitRef, NewOrder, NewRefund, Order, OrderPayment, OrderState, Refund, RefundPart,
    RefundPartState, RefundPurpose, RefundState, RefundStatus,
};
pub use origin::{Charge, Instrument, Origin, VisitOrigin};
pub use person::PersonPlace;
pub use receipt::{Receipt, ReceiptClaim, ReceiptFault};
pub use refusal::{LimitExcess, Refusal};
pub use region::{Region, RegionError};
pub use settling::{
    Closing, DatedRate, FeeRate, FeeRateError, Settlement, SettlementAccount, SettlementEnd,
    Settling, Stage, Tally, fees_of, payout_of,
};
pub use statement::{Statement, Total};
pub use transfer::{Speed, Transfer};
