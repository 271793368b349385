use feiqian_bank_api::DeclineReason;
use feiqian_calendar::Timestamp;
use feiqian_limits::{Direction, Help, LimitLine, Window};
use feiqian_money::Amount;
use serde::{Deserialize, Serialize};

use crate::account::Status;
use crate::medical::MedicalRefusal;

/// A limit that a movement would exceed, as it stood when that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitExcess {
    /// The rule's id.
    pub rule: String,
    /// The regulation behind it.
    pub source: String,
    /// Which way the money goes that it counts.
    pub direction: Direction,
    /// Over what it adds up.
    pub window: Window,
    /// The most that is allowed.
    pub cap: Amount,
    /// What counted towards the cap already.
    pub used: Amount,
    /// What could still have been moved.
    pub remaining: Amount,
    /// What would help.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub help: Vec<Help>,
}

impl From<&LimitLine> for LimitExcess {
    fn from(line: &LimitLine) -> Self {
        let LimitLine { rule, source, direction, window, cap, used, remaining, help } =
            line.clone();
        Self { rule, source, direction, window, cap, used, remaining, help }
    }
}

/// Why the ledger refuses. What was refused moved nothing.
///
/// A refusal of a movement of money is kept under its idempotency key: asking again
/// gives the same refusal, even when the reason is gone by then. A late copy of a
/// request can so never do what its sender was told had not been done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The account is not open for this.
    #[error("the account is not active")]
    AccountNotActive {
        /// What it is instead.
        status: Status,
    },
    /// Whoever wants to lift a freeze has not frozen the account.
    #[error("the account is not frozen by this party")]
    NotFrozen,
    /// Only a dormant account is woken.
    #[error("the account is not dormant")]
    NotDormant,
    /// The holder has been verified face to face already.
    #[error("the holder has been verified face to face")]
    FaceVerified,
    /// A face-to-face verification waits for the holder already.
    #[error("a face-to-face verification is pending")]
    FacePending,
    /// This takes a face-to-face verification, or a card of a class I account or a credit card.
    #[error("a face-to-face verification is needed")]
    FaceNeeded,
    /// No such device is registered.
    #[error("no such device is registered")]
    DeviceNotFound,
    /// The device has been revoked.
    #[error("the device has been revoked")]
    DeviceRevoked,
    /// The key is, or was, registered.
    #[error("the device's key is or was registered")]
    DeviceKeyKnown,
    /// The account has as many devices as it may.
    #[error("the account has the most devices that it may")]
    DevicesFull,
    /// A device's signature does not fit what it should have signed.
    #[error("the device's signature does not fit")]
    DeviceSignatureInvalid,
    /// The person has as many accounts of this class as the rule allows.
    #[error("the person has the most accounts of this class that the rule allows")]
    AccountClassFull,
    /// The region opens no accounts of this class, or only by an upgrade.
    #[error("no account of this class can be opened")]
    AccountClassNotOffered,
    /// The bank says that the elements do not belong together, or refuses the card.
    #[error("the bank did not confirm the elements: {reason:?}")]
    ElementsRefused {
        /// The bank's reason.
        reason: DeclineReason,
    },
    /// The bound account is neither a class I account nor a credit card.
    #[error("the bound account must be a class I account or a credit card")]
    BoundAccountUnsuitable,
    /// No PIN has been set.
    #[error("no PIN is set")]
    PinNotSet,
    /// Without the PIN this is not done.
    #[error("the PIN is needed")]
    PinRequired,
    /// A PIN is set; changing it takes the current one.
    #[error("a PIN is set already")]
    PinAlreadySet,
    /// The PIN is wrong.
    #[error("the PIN is wrong, {attempts_left} tries are left")]
    PinIncorrect {
        /// Tries before the PIN is locked.
        attempts_left: u8,
    },
    /// Too many wrong PINs in a row.
    #[error("the PIN is locked")]
    PinLocked {
        /// When it can be tried again.
        until: Timestamp,
    },
    /// This takes the signature of a registered device.
    #[error("a signature is required")]
    SignatureRequired,
    /// The holder's limits are no longer those that the request saw.
    #[error("the holder's limits have changed since")]
    HolderLimitsChanged,
    /// The balance does not cover the amount.
    #[error("the balance does not cover the amount")]
    InsufficientBalance,
    /// One or more limits would be exceeded.
    #[error("a limit would be exceeded")]
    LimitExceeded {
        /// Every limit that would be.
        limits: Vec<LimitExcess>,
    },
    /// No such card is bound.
    #[error("no such card is bound to the account")]
    CardNotFound,
    /// Something is in flight that may come back to the card.
    #[error("something is in flight that may come back to the card")]
    CardInUse,
    /// The account needs a bound card.
    #[error("an account keeps one bound card")]
    LastCard,
    /// The bank declined the card.
    #[error("the bank declined the card: {reason:?}")]
    CardDeclined {
        /// The bank's reason.
        reason: DeclineReason,
    },
    /// This card is bound to this account already.
    #[error("the card is bound already")]
    CardAlreadyBound,
    /// The account has as many cards as it may.
    #[error("the account has the most cards that it may")]
    CardsFull,
    /// As many bindings wait for their code as may.
    #[error("too many bindings wait for their code")]
    BindingTooMany,
    /// A code was sent a moment ago.
    #[error("a code was sent a moment ago")]
    BindingTooSoon {
        /// When the next may be asked for.
        until: Timestamp,
    },
    /// There is no such binding.
    #[error("there is no such binding")]
    BindingNotFound,
    /// The code is too old or was tried too often.
    #[error("the code has expired")]
    BindingExpired,
    /// The code is wrong.
    #[error("the code is wrong, {attempts_left} tries are left")]
    BindingCodeWrong {
        /// Tries before a new code is needed.
        attempts_left: usize,
    },
    /// The order is closed.
    #[error("the order is closed")]
    OrderClosed,
    /// The order's time is over.
    #[error("the order has expired")]
    OrderExpired,
    /// The order has been paid by another operation.
    #[error("the order has been paid already")]
    OrderAlreadyPaid,
    /// The amount named is not the order's.
    #[error("the amount is not the order's")]
    OrderAmountDiffers,
    /// No such payer code or token was ever given.
    #[error("there is no such payer code or token")]
    InstrumentUnknown,
    /// The payer code was used by another try.
    #[error("the payer code has been used")]
    PayerCodeSpent,
    /// The payer code was used too late.
    #[error("the payer code has expired")]
    PayerCodeExpired,
    /// The token's counter was used before.
    #[error("the token's counter was used before")]
    TapReplayed,
    /// The account has no such agreement with the wallet.
    #[error("there is no such agreement")]
    AgreementNotFound,
    /// The holder has unlinked the wallet.
    #[error("the agreement has ended")]
    AgreementEnded,
    /// The charge is beyond what was agreed.
    #[error("the charge is beyond what was agreed")]
    AgreementCapExceeded {
        /// The most that one charge may take.
        per_payment: Amount,
        /// The most that the charges of a day may take.
        per_day: Amount,
    },
    /// The account has as many linked wallets as may be.
    #[error("the account has the most linked wallets that it may")]
    WalletsFull,
    /// The bill has been paid, and its terms stand.
    #[error("the bill has been paid already")]
    BillAlreadyPaid,
    /// The subscriber has as many unpaid bills as may be.
    #[error("the subscriber has the most unpaid bills that may be")]
    BillsFull,
    /// Another operation asks the bank for the order's payment; it may come to nothing.
    #[error("another payment of the order waits for the bank")]
    OrderInProcess,
    /// What the payer confirmed is not what would be shown now.
    #[error("what was confirmed is not what would be shown now")]
    ConfirmationStale,
    /// The order has not been paid, so there is nothing to refund.
    #[error("the order has not been paid")]
    OrderNotPaid,
    /// Only what was put into a wealth product is redeemed.
    #[error("the order bought no wealth product")]
    OrderNotRedeemable,
    /// The refund is more than what is left of the payment.
    #[error("the refund is more than what is left of the payment")]
    RefundExceedsPayment {
        /// What could still be refunded.
        refundable: Amount,
    },
    /// The order has as many refunds as it may.
    #[error("the order has the most refunds that it may")]
    RefundsFull,
    /// Something is in the account or under way that keeps it from being closed.
    #[error("something is in the account or under way")]
    AccountInUse,
    /// The account's holder has not been verified face to face.
    #[error("the holder has not been verified face to face")]
    FaceVerificationRequired,
    /// The account has not been funded from its bound account yet.
    #[error("the account has not been funded from its bound account")]
    FundingRequired,
    /// The holder has not consented to money from others.
    #[error("the holder has not consented to money from others")]
    ConsentRequired,
    /// The application sends money to bound cards alone.
    #[error("money goes out to bound cards alone")]
    TransfersNotOffered,
    /// The payee is the sender, or is not called as the sender says.
    #[error("the payee is not the one that the sender names")]
    PayeeDiffers,
    /// The payee's account does not take the money. Why is its holder's business.
    #[error("the payee's account does not take the money")]
    PayeeRefuses,
    /// The sender cancelled the transfer before it was sent.
    #[error("the transfer was cancelled before it was sent")]
    TransferCancelled,
    /// The transfer has been sent and cannot be cancelled.
    #[error("the transfer has been sent")]
    TransferSent,
    /// Another report of the same operation opened a case.
    #[error("the operation has been reported already")]
    OperationReported,
    /// The account has as many cases as it may.
    #[error("too many reports wait for an operator")]
    CasesFull,
    /// The case was closed in another way.
    #[error("the case is closed")]
    CaseClosed,
    /// Another key of the partner has this name.
    #[error("another key has this name")]
    PartnerKeyExists,
    /// The partner has as many keys as it may, and none of them has ended.
    #[error("the partner has no room for another key")]
    PartnerKeysFull,
    /// The partner has as many endpoints as it may.
    #[error("the partner has as many endpoints for events as it may")]
    EndpointsFull,
    /// The endpoint gets no events.
    #[error("the endpoint is disabled")]
    EndpointDisabled,
    /// Another operator than the one who proposed an adjustment has to decide about it.
    #[error("another operator has to decide about the adjustment")]
    AdjustmentOwn,
    /// The adjustment was decided by another operator, or otherwise.
    #[error("the adjustment has been decided")]
    AdjustmentDecided,
    /// Nobody decided about the adjustment in its time.
    #[error("the adjustment's time is over")]
    AdjustmentExpired,
    /// Another operator rejected the adjustment.
    #[error("the adjustment was rejected")]
    AdjustmentRejected,
    /// Something of medical insurance.
    #[error("{0}")]
    Medical(MedicalRefusal),
    /// The operation was given up before it was authorised, after its time.
    #[error("the operation was given up before it was authorised")]
    Abandoned,
}

impl From<MedicalRefusal> for Refusal {
    fn from(refusal: MedicalRefusal) -> Self {
        Self::Medical(refusal)
    }
}
