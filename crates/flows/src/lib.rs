//! The protocols: the order of steps in which documents change and the bank is asked.
//!
//! The ledger decides; a flow reads, lets it decide, writes, and calls the bank. Each
//! flow can die between any two steps and be asked again, by the client with the same
//! idempotency key or by the worker from its pending mark, and comes to the same end.
//!
//! # Two rules that make this safe
//! - *Read the receiver before the arbiter.* Whoever posts money to a document first
//!   begins to change that document, then reads the document that decides whether the
//!   money is due, then swaps. A process that slept since then fails its swap.
//! - *A pending mark goes only when nothing can start any more.* The worker finishes an
//!   operation or records that it never will be, in the document that would start it,
//!   before it drops the mark.

#![expect(async_fn_in_trait, reason = "components are single-threaded: no future is ever sent")]

mod accounts;
mod activation;
mod adjustments;
mod arbiter;
mod audit;
mod bank;
mod bills;
mod binding;
mod card_move;
mod cards;
mod charges;
mod closing;
mod codes;
mod confirmation;
mod credits;
mod deposits;
mod desk;
mod devices;
mod documents;
mod error;
mod events;
mod face;
mod history;
mod holder_limits;
mod inbound;
mod instruments;
mod internal;
mod marks;
mod medical;
mod merchant_codes;
mod operations;
mod operator_log;
mod orders;
mod pages;
mod partners;
mod payment;
mod pending;
mod pin;
mod places;
mod platform;
mod queries;
mod receiving;
mod reconciliation;
mod refund;
mod reports;
mod reseal;
mod security;
mod sending;
mod settlements;
mod transfer;
mod upgrade;
mod views;
mod wallets;
mod worker;

pub use accounts::load_account;
pub use activation::{OpenAccountRequest, Opened, open_account, settle_opening};
pub use adjustments::{
    AdjustmentStatus, Decided, ProposeAdjustmentRequest, Proposed, adjustment_status,
    decide_adjustment, load_adjustment, propose_adjustment, settle_adjustment,
};
pub use audit::{AUDIT_BATCH_MAX, AuditBatch, audit};
pub use bank::Bank;
pub use bills::{
    BillView, PublishBillRequest, load_bill, look_up_bills, order_of_bill, publish_bill,
};
pub use binding::{
    BeginBindingRequest, Begun, ConfirmBindingRequest, Confirmed, begin_binding, confirm_binding,
};
pub use card_move::{CardMove, CardMoveRequest, settle_card_move, top_up, withdraw};
pub use cards::{choose_default_card, unbind_card};
pub use charges::{ChargeRequest, Charged, charge};
pub use closing::{AccountClosure, CloseAccountRequest, close_account};
pub use confirmation::Confirmation;
pub use deposits::{DepositRun, collect_deposits, settle_deposit};
pub use desk::{
    DESK_MARKS_MAX, FoundAccount, FoundOperation, FoundOrder, Queried, query_now, search_account,
    search_operation, search_order,
};
pub use devices::{
    AddDeviceRequest, AddedDevice, add_device, device_challenge, revoke_device, verify_device,
};
pub use error::{FlowError, Subject};
pub use events::{
    Courier, CreateEndpointRequest, DELIVERY_BATCH_MAX, DELIVERY_ENDPOINTS_MAX, DeliveryRun,
    EVENTS_LIMIT_MAX, Errand, EventPosition, EventsPage, EventsQuery, MadeEndpoint, Parcel,
    ReplayedRange, change_endpoint, create_endpoint, list_endpoints, list_events, load_attempts,
    load_endpoint, load_event, ping_endpoint, remove_endpoint, replay_event, replay_range,
    rotate_secret, run_deliveries,
};
pub use face::{FaceRequested, find_face_verification, request_face_verification};
pub use history::{
    ENTRIES_LIMIT_MAX, EntriesPage, EntriesQuery, NotedEntry, STATEMENT_ENTRIES_MAX, StatementPart,
    check_receipt, entries, entry_receipt, operation_receipt, set_note, statement,
};
pub use holder_limits::{ChangeLimitsRequest, change_limits, limits_challenge};
pub use inbound::{EVENT_MARKS_MAX, note_bank_event, read_events, record_event};
pub use instruments::{
    AddTokenRequest, AddedToken, GivenCode, add_token, find_payer_code, give_payer_code,
};
pub use marks::{Mark, RESUME_AFTER_MS, STUCK_AFTER_TRIES};
pub use medical::{
    BindRelativeRequest, Bound, ChangeCredentialRequest, ConfirmVisitRequest, ConfirmedVisit,
    CreateVisitRequest, DIFFERENCES_MAX, Difference, DifferenceKind, FamilyRequest,
    GiveMedicalCodeRequest, GivenMedicalCode, Insurer, Reconciliation, RefundVisitRequest,
    RefundedVisit, Whose, bind_relative, cancel_visit, cancel_visit_by_payer, change_credential,
    confirm_visit, consent_to_binder, create_visit, end_binder, find_visit, give_medical_code,
    insured_person, reconcile_visits, refund_visit, set_allowance, set_institution, settle_visit,
    settle_visit_refund, share_account, unbind_relative, visit_of_partner,
};
pub use merchant_codes::{OrderByCodeRequest, draw_order_code, look_up_code, order_by_code};
pub use operations::settle_operation;
pub use operator_log::{
    LOG_ENTRIES_MAX, LogHead, LogPart, LogQuery, note_intent, note_outcome, read_operator_log,
};
pub use orders::{
    CreateMerchantRequest, CreateOrderRequest, Made, close_order, create_merchant, create_order,
    load_merchant, load_order, load_partner_order, merchant_balance, order_for, order_of_merchant,
};
pub use partners::{
    AddPartnerKeyRequest, NewKeyMaterial, add_partner_key, admit_request, end_partner_key,
    load_partner, open_partner_secret, register_partner,
};
pub use payment::{
    ConfirmPaymentRequest, Paid, PayOrderRequest, ShownPayment, Unsettled, confirm_payment,
    finish_payment, pay_order, settle_payment,
};
pub use pending::{PendingItem, PendingTotal, list_pending, total_pending};
pub use pin::{SetPinRequest, set_pin};
pub use platform::{Platform, Policy, Vault};
pub use queries::{MethodOffer, find_operation, offer_methods};
pub use receiving::{AcceptTransfersRequest, accept_transfers};
pub use reconciliation::{
    BANK_DIFFERENCES_MAX, BankDifference, BankDifferenceKind, BankReconciliation, Matched,
    RECONCILED_MAX, reconcile_bank,
};
pub use refund::{RefundRequest, Refunded, load_refund, redeem_order, refund_order, settle_refund};
pub use reports::{
    ReportRequest, close_case, list_cases, load_case, read_case_log, report_operation,
    settle_report,
};
pub use reseal::{RESEAL_BATCH_MAX, ResealBatch, reseal};
pub use security::{
    SecurityEvents, begin_verification, freeze_by_holder, freeze_by_operator, reset_pin,
    security_events, unfreeze_by_holder, unfreeze_by_operator, wake,
};
pub use sending::{ConfirmSendingRequest, SendingTo, ShownSending, confirm_sending};
pub use settlements::{
    BILL_ENTRIES_MAX, BillLine, BillPart, SetSettlementRequest, merchant_settling, run_settlements,
    set_settlement, settle_merchant, settlement_bill, settlement_of,
};
pub use transfer::{
    OutboundTransfers, Payee, TransferRequest, Transferred, cancel_transfer, find_payee,
    settle_transfer, transfer,
};
pub use upgrade::{UpgradeRequest, upgrade_account};
pub use views::{OperationStatus, OperationView};
pub use wallets::{
    BeginWalletRequest, LinkWalletRequest, Linked, begin_wallet, link_wallet, unlink_wallet,
};
pub use worker::{
    Failure, InProcess, Progress, Reason, Settler, WORKER_BATCH_MAX, WorkerReport, progress,
    run_worker,
};
