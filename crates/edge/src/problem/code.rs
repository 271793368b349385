use std::fmt;

/// Makes the enum, its list and its names from one table, so that none can lack one.
macro_rules! problem_codes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)+) => {
        /// Every way in which a request can fail, by what the caller can do about it.
        ///
        /// A code is stable: once answered, its name keeps its meaning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ProblemCode {
            $($(#[$doc])* $variant,)+
        }

        impl ProblemCode {
            /// All codes.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The name on the wire: the member `code`, and the end of `type`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

problem_codes! {
    /// The body is no JSON, or of another shape.
    RequestMalformed = "request_malformed",
    /// The body has a field that the request does not have.
    RequestUnknownField = "request_unknown_field",
    /// A query parameter, a cursor or an id in the path is wrong.
    ParameterInvalid = "parameter_invalid",
    /// A request that moves or creates something came without its key.
    IdempotencyKeyMissing = "idempotency_key_missing",
    /// The key is no structured-field string of the right length.
    IdempotencyKeyInvalid = "idempotency_key_invalid",
    /// The key was used for another request.
    IdempotencyKeyReused = "idempotency_key_reused",
    /// The first request with this key has not finished.
    RequestInProgress = "request_in_progress",
    /// No such path.
    RouteNotFound = "route_not_found",
    /// The path does not take this method.
    MethodNotAllowed = "method_not_allowed",
    /// The body is longer than any request of the API.
    BodyTooLarge = "body_too_large",
    /// The body is not declared as JSON.
    ContentTypeUnsupported = "content_type_unsupported",

    /// No bearer token.
    TokenMissing = "token_missing",
    /// The bearer token is not one of ours, or was changed.
    TokenInvalid = "token_invalid",
    /// The bearer token was ours and is too old.
    TokenExpired = "token_expired",
    /// No signature where one is needed.
    SignatureMissing = "signature_missing",
    /// The signature is malformed, covers too little, or does not fit the request.
    SignatureInvalid = "signature_invalid",
    /// The signature is too old, or from the future.
    SignatureExpired = "signature_expired",
    /// The signature's nonce was used before.
    SignatureReplayed = "signature_replayed",
    /// The key's requests come faster than its quota.
    RateLimited = "rate_limited",
    /// Another key of the partner has this name.
    PartnerKeyExists = "partner_key_exists",
    /// The partner has as many keys as it may.
    PartnerKeysFull = "partner_keys_full",
    /// No such partner, or no such key of it.
    PartnerNotFound = "partner_not_found",
    /// An event's signature is missing, or by no secret of its source.
    WebhookSignatureInvalid = "webhook_signature_invalid",
    /// An event's time is too far from ours.
    WebhookExpired = "webhook_expired",
    /// The signature names a key that is not ours to know.
    PartnerUnknown = "partner_unknown",
    /// Authenticated, but not for this.
    Forbidden = "forbidden",
    /// Authenticated, but without the scope that this needs.
    ScopeMissing = "scope_missing",
    /// What the request is about is in another region.
    RegionMisdirected = "region_misdirected",
    /// What the request names is of two regions.
    RegionDiffers = "region_differs",

    /// An amount is malformed, zero, negative, too large or too precise.
    AmountInvalid = "amount_invalid",
    /// A resident ID has a wrong length, date or check digit.
    ResidentIdInvalid = "resident_id_invalid",
    /// A card number has a wrong length or check digit.
    CardNumberInvalid = "card_number_invalid",
    /// A mobile number is not one of the mainland's.
    MobileInvalid = "mobile_invalid",
    /// A name is empty, too long or has characters that no name has.
    NameInvalid = "name_invalid",
    /// A PIN is not six digits.
    PinFormatInvalid = "pin_format_invalid",
    /// A PIN is easy to guess.
    PinTooWeak = "pin_too_weak",
    /// A one-time code is not six digits.
    CodeFormatInvalid = "code_format_invalid",

    /// No such account of this customer.
    AccountNotFound = "account_not_found",
    /// The account is suspended or closed.
    AccountNotActive = "account_not_active",
    /// The account is frozen.
    AccountFrozen = "account_frozen",
    /// The account was not used for six months.
    AccountDormant = "account_dormant",
    /// The freeze to be lifted is not there.
    AccountNotFrozen = "account_not_frozen",
    /// The account to be woken is not dormant.
    AccountNotDormant = "account_not_dormant",
    /// No such face-to-face verification of the account.
    FaceVerificationNotFound = "face_verification_not_found",
    /// The holder was verified face to face before.
    FaceAlreadyVerified = "face_already_verified",
    /// A face-to-face verification is pending.
    FaceVerificationPending = "face_verification_pending",
    /// Only after a face-to-face verification, or with a suitable card.
    FaceVerificationNeeded = "face_verification_needed",
    /// No such device of the account.
    DeviceNotFound = "device_not_found",
    /// The device signs no more.
    DeviceRevoked = "device_revoked",
    /// The device's key is, or was, registered.
    DeviceKeyKnown = "device_key_known",
    /// The account has as many devices as it may.
    DevicesFull = "devices_full",
    /// A device's key or signature does not fit.
    DeviceSignatureInvalid = "device_signature_invalid",
    /// The customer has as many accounts of the class as the rules allow.
    AccountClassFull = "account_class_full",
    /// The region opens no accounts of the class, or only by an upgrade.
    AccountClassNotOffered = "account_class_not_offered",
    /// The bank says that the elements do not belong together.
    ElementsMismatch = "elements_mismatch",
    /// No bank that is served here has such cards.
    BankNotServed = "bank_not_served",
    /// The account to be bound is of a kind that cannot open an account.
    BoundAccountUnsuitable = "bound_account_unsuitable",
    /// No such bound card.
    CardNotFound = "card_not_found",
    /// No such binding, or one that was finished.
    BindingNotFound = "binding_not_found",
    /// The one-time code is wrong.
    BindingCodeWrong = "binding_code_wrong",
    /// The one-time code is too old or was tried too often.
    BindingExpired = "binding_expired",
    /// The last one-time code was sent a moment ago.
    BindingTooSoon = "binding_too_soon",
    /// Too many bindings of the account wait for their code.
    BindingTooMany = "binding_too_many",
    /// The card is bound to the account.
    CardAlreadyBound = "card_already_bound",
    /// Something is in flight that may come back to the card.
    CardInUse = "card_in_use",
    /// The account keeps one bound card.
    LastCard = "last_card",
    /// The account has as many cards as it may.
    CardsFull = "cards_full",
    /// The account has no PIN yet.
    PinNotSet = "pin_not_set",
    /// The request came without the PIN that it needs.
    PinRequired = "pin_required",
    /// It takes the signature of a registered device.
    SignatureRequired = "signature_required",
    /// The holder's limits are no longer those that the request saw.
    HolderLimitsChanged = "holder_limits_changed",
    /// The account has a PIN, and the request did not state it.
    PinAlreadySet = "pin_already_set",
    /// The PIN is wrong.
    PinIncorrect = "pin_incorrect",
    /// The PIN was wrong too often.
    PinLocked = "pin_locked",

    /// The balance is lower than the amount.
    InsufficientBalance = "insufficient_balance",
    /// A limit would be exceeded.
    LimitExceeded = "limit_exceeded",
    /// A scanned or entered code is no payment code of ours.
    PaymentCodeInvalid = "payment_code_invalid",
    /// No such payer code of this account.
    PayerCodeNotFound = "payer_code_not_found",
    /// The payer code was used.
    PayerCodeSpent = "payer_code_spent",
    /// The payer code is too old.
    PayerCodeExpired = "payer_code_expired",
    /// The tap, or a later one of the same token, was charged before.
    TapReplayed = "tap_replayed",
    /// The cryptogram is not the token's for this charge.
    CryptogramWrong = "cryptogram_wrong",
    /// No payer code or token that a merchant presented.
    InstrumentUnknown = "instrument_unknown",
    /// No such agreement between the account and the wallet.
    AgreementNotFound = "agreement_not_found",
    /// The holder has unlinked the wallet.
    AgreementEnded = "agreement_ended",
    /// The charge is beyond what holder and wallet agreed on.
    AgreementCapExceeded = "agreement_cap_exceeded",
    /// The account has as many linked wallets as may be.
    WalletsFull = "wallets_full",
    /// No such bill.
    BillNotFound = "bill_not_found",
    /// The bill is paid, and its terms can no longer change.
    BillAlreadyPaid = "bill_already_paid",
    /// The subscriber has as many unpaid bills as may be.
    BillsFull = "bills_full",
    /// No such order.
    OrderNotFound = "order_not_found",
    /// The order was closed without payment.
    OrderClosed = "order_closed",
    /// The order's time is over.
    OrderExpired = "order_expired",
    /// The order is paid.
    OrderAlreadyPaid = "order_already_paid",
    /// The amount is not the order's.
    OrderAmountDiffers = "order_amount_differs",
    /// The operation has a case.
    OperationAlreadyReported = "operation_already_reported",
    /// The account has as many cases as it may.
    TooManyReports = "too_many_reports",
    /// No such case of this account.
    CaseNotFound = "case_not_found",
    /// The case was closed in another way.
    CaseClosed = "case_closed",
    /// The partner has as many endpoints for events as it may.
    TooManyWebhookEndpoints = "too_many_webhook_endpoints",
    /// No such endpoint of the partner's.
    WebhookEndpointNotFound = "webhook_endpoint_not_found",
    /// The endpoint gets no events.
    WebhookEndpointDisabled = "webhook_endpoint_disabled",
    /// No such event of the partner's.
    EventNotFound = "event_not_found",
    /// No such entry in the account's journal.
    EntryNotFound = "entry_not_found",
    /// Another payment of the order waits for the bank.
    OrderInProcess = "order_in_process",
    /// What the payer confirmed is not what would be shown now.
    ConfirmationStale = "confirmation_stale",
    /// The order has not been paid, so there is nothing to refund.
    OrderNotPaid = "order_not_paid",
    /// The order bought no wealth product, so there is nothing to redeem.
    OrderNotRedeemable = "order_not_redeemable",
    /// The refund is more than what is left of the payment.
    RefundExceedsPayment = "refund_exceeds_payment",
    /// No such refund of this order.
    RefundNotFound = "refund_not_found",
    /// The order has as many refunds as it may.
    RefundsFull = "refunds_full",
    /// The account has no statement of this month, or no such part of it.
    StatementNotFound = "statement_not_found",
    /// The day has more movements than one answer compares.
    DayTooLarge = "day_too_large",
    /// The merchant's day is not settled, had nothing to be settled, or has no such part.
    SettlementNotFound = "settlement_not_found",
    /// The operation has no entry in the journal.
    ReceiptNotFound = "receipt_not_found",
    /// Something is in the account or under way that keeps it from being closed.
    AccountInUse = "account_in_use",
    /// The account takes money from others after face-to-face verification alone.
    FaceVerificationRequired = "face_verification_required",
    /// The account takes money from others after funding from its bound account alone.
    FundingRequired = "funding_required",
    /// The account takes money from others with its holder's consent alone.
    ConsentRequired = "consent_required",
    /// The region sends money to bound cards alone.
    TransfersNotOffered = "transfers_not_offered",
    /// No account that money can be sent to has this id.
    PayeeNotFound = "payee_not_found",
    /// The payee's name is not the one that the sender confirmed.
    PayeeDiffers = "payee_differs",
    /// The payee's account did not take the money.
    PayeeRefuses = "payee_refuses",
    /// The transfer was cancelled before it was sent.
    TransferCancelled = "transfer_cancelled",
    /// The transfer has been sent and cannot be cancelled.
    TransferSent = "transfer_sent",
    /// No such adjustment was proposed.
    AdjustmentNotFound = "adjustment_not_found",
    /// Another operator than its maker has to decide about the adjustment.
    AdjustmentOwn = "adjustment_own",
    /// The adjustment was decided by another operator, or otherwise.
    AdjustmentDecided = "adjustment_decided",
    /// Nobody decided about the adjustment in its time.
    AdjustmentExpired = "adjustment_expired",
    /// Another operator rejected the adjustment.
    AdjustmentRejected = "adjustment_rejected",
    /// No such operation of this account.
    OperationNotFound = "operation_not_found",
    /// The operation was given up before it began.
    OperationAbandoned = "operation_abandoned",
    /// No such merchant of this partner.
    MerchantNotFound = "merchant_not_found",
    /// The account has too many operations that have not finished.
    TooManyInFlight = "too_many_in_flight",
    /// The bank declined the card.
    CardDeclined = "card_declined",

    /// The institution is not a designated one.
    InstitutionNotDesignated = "institution_not_designated",
    /// The institution has not switched insurance payment on.
    InsurancePaymentNotSwitchedOn = "insurance_payment_not_switched_on",
    /// The institution takes other kinds of proof.
    MedicalProofNotAccepted = "medical_proof_not_accepted",
    /// The person has not activated the electronic credential.
    CredentialNotActivated = "credential_not_activated",
    /// The credential has been suspended.
    CredentialSuspended = "credential_suspended",
    /// The person is insured in another region than the institution's.
    MedicalRegionDiffers = "medical_region_differs",
    /// No such medical code was ever given.
    MedicalCodeUnknown = "medical_code_unknown",
    /// The medical code was used by another try.
    MedicalCodeUsed = "medical_code_used",
    /// The medical code was used too late.
    MedicalCodeExpired = "medical_code_expired",
    /// The insurer declines.
    InsurerDeclined = "insurer_declined",
    /// The insurer's parts do not add up to what is charged.
    SplitDoesNotAddUp = "split_does_not_add_up",
    /// The insurer settled another split than the payer saw.
    InsurerSplitChanged = "insurer_split_changed",
    /// What was confirmed is not the visit's split.
    VisitSplitDiffers = "visit_split_differs",
    /// The relative is not bound, or has taken the consent back.
    RelativeNotBound = "relative_not_bound",
    /// The two are bound already.
    RelativeAlreadyBound = "relative_already_bound",
    /// A person is no relative of their own.
    RelativeIsOneself = "relative_is_oneself",
    /// The binder has as many relatives as one may.
    RelativesFull = "relatives_full",
    /// The relative has as many binders as one may.
    BindersFull = "binders_full",
    /// A relative under 16 takes the binder's undertaking and household material.
    UndertakingNeeded = "undertaking_needed",
    /// No such visit of this partner or this family.
    VisitNotFound = "visit_not_found",
    /// The visit was not confirmed in time.
    VisitExpired = "visit_expired",
    /// The visit has been confirmed.
    VisitConfirmed = "visit_confirmed",
    /// The visit has ended without being paid.
    VisitClosed = "visit_closed",
    /// The visit was cancelled.
    VisitCancelled = "visit_cancelled",
    /// The visit's cash was not paid; the insurer's part was given back.
    VisitCashNotPaid = "visit_cash_not_paid",
    /// The visit has not been paid, so there is nothing to refund.
    VisitNotPaid = "visit_not_paid",
    /// A line does not exist, or was refunded.
    VisitLineNotRefundable = "visit_line_not_refundable",
    /// The visit has as many refunds as it may.
    VisitRefundsFull = "visit_refunds_full",
    /// An order of a visit is refunded through its visit.
    RefundByVisit = "refund_by_visit",
    /// The binder has granted no allowance, or has ended it.
    NoAllowance = "no_allowance",
    /// The allowance of the month does not cover the amount.
    AllowanceExceeded = "allowance_exceeded",
    /// The insurer did not answer, or not understandably.
    InsurerUnavailable = "insurer_unavailable",

    /// The bank did not answer, or not understandably, and nothing depends on what it did.
    BankUnavailable = "bank_unavailable",
    /// The store did not answer.
    StoreUnavailable = "store_unavailable",
    /// Too many requests changed the same document at once.
    StoreContended = "store_contended",
    /// What an operator was to do could not be written down, so it was not done.
    OperatorLogUnavailable = "operator_log_unavailable",
    /// A variable of the deployment is missing or malformed.
    ConfigurationInvalid = "configuration_invalid",
    /// A fault of ours.
    InternalError = "internal_error",
    /// More requests at once than the service takes.
    Overloaded = "overloaded",
    /// The request took longer than it may.
    RequestTimeout = "request_timeout",
}

impl fmt::Display for ProblemCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
