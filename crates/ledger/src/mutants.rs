//! Deliberate faults, one line each in the ledger and the flows, that the simulator must
//! catch: it is only worth as much as what it would notice.
//!
//! Without the feature `mutants`, which only the simulator turns on, [`mutant`] is
//! constantly false and the compiler drops every one of them. A build for Wasm with the
//! feature is refused.

#[cfg(all(feature = "mutants", target_family = "wasm"))]
compile_error!("mutants are for the simulator alone");

macro_rules! mutants {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {
        /// A deliberate fault.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Mutant {
            $($(#[$doc])* $name),+
        }

        impl Mutant {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$name),+];
        }
    };
}

mutants! {
    /// A payment is started without a pending mark.
    PaymentUnmarked,
    /// A top up or a withdrawal is started without a pending mark.
    TopUpUnmarked,
    /// The mark of a payment goes before the payment has been settled.
    MarkDroppedEarly,
    /// The worker drops the mark of an unknown payment without refusing it for good.
    NotAbandoned,
    /// A payment is not looked for under its idempotency key.
    KeyIgnored,
    /// The fingerprint of a request is not compared.
    FingerprintIgnored,
    /// A refused payment is not kept under its idempotency key.
    RefusalNotKept,
    /// The client is answered before the order is swapped.
    AnsweredBeforeCommit,
    /// A payment is settled by the order that its mark names.
    MarkTrusted,
    /// An order that is paid by an operation refuses that operation.
    PaidOrderReversed,
    /// An order whose time is over is refused and stays open.
    ExpiryNotClosed,
    /// A payment ends without its merchant being credited.
    CompletedUncredited,
    /// A merchant's credit is noted before it is given.
    NotedBeforeCredit,
    /// A payment is reversed without an entry.
    ReversedWithoutEntry,
    /// A reversed payment keeps its room in the limits.
    RoomNotGivenBack,
    /// What was charged on an earlier day gives its room back to this one.
    RoomGivenBackToday,
    /// What is verified by one factor is counted as if it were by two.
    TierMistaken,
    /// The limits that a holder has set are not compared with.
    OwnLimitsIgnored,
    /// A paid order gives its room in the limits back.
    PaidRoomGivenBack,
    /// An account does not take one of its person's places.
    PlaceNotTaken,
    /// A payment is not compared with the limits.
    LimitsIgnored,
    /// A payment is not compared with the balance.
    BalanceIgnored,
    /// Top ups in flight do not count towards the cap on the balance.
    IncomingUncounted,
    /// Payments in flight do not count towards the cap on the balance.
    OutgoingUncounted,
    /// A clock that went back opens the limits of a day again.
    UsageTrustsClock,
    /// The time of a journal goes back with the clock.
    JournalTrustsClock,
    /// A frozen account can be used.
    FreezeIgnored,
    /// A wrong PIN is not counted.
    PinNotCounted,
    /// An internal account does not look whether an operation was posted.
    AppliedIgnored,
    /// An internal account forgets what its arbiter has not noted.
    AppliedForgotten,
    /// The arbiter is read before the receiver.
    ArbiterReadFirst,
    /// A page of a journal leaves the document and is not written.
    PageNotWritten,
    /// An old outcome leaves the document and is not written.
    OutcomeNotArchived,
    /// A credited top up stays in flight.
    CreditRepeated,
    /// A failed top up stays in flight.
    FailureNotReleased,
    /// No clear answer of the bank counts as a refusal.
    UnknownIsFailed,
    /// What the bank has not seen yet counts as refused.
    NotFoundIsFailed,
    /// A debit that is sent again has another request id.
    NewRequestId,
    /// The bank is asked before the operation says so.
    AskedBeforeRequested,
    /// A full internal account forgets before it looks whether an operation was posted.
    PostedForgotten,
    /// A withdrawal or a transfer is not compared with the balance.
    WithdrawalUncovered,
    /// A withdrawal or a transfer that was refused is not given back.
    RefusedWithdrawalKept,
    /// A withdrawal ends before the bank's side is booked.
    PaidOutUnbooked,
    /// An account is closed with money in it.
    ClosedWithMoney,
    /// A transfer that has been sent is cancelled.
    CancelledAfterSent,
    /// Money from others comes in whatever the rule says.
    PayeeRuleIgnored,
    /// A transfer that its payee has taken is given back.
    TakenGivenBack,
    /// An account does not look whether it has taken a credit.
    ReceivedIgnored,
    /// An account forgets a credit whose arbiter has not noted it.
    ReceivedForgotten,
    /// A credit's arbiter is read before the account.
    CreditArbiterReadFirst,
    /// A refund is started without a pending mark.
    RefundUnmarked,
    /// The worker drops the mark of an unknown refund without refusing it for good.
    RefundNotAbandoned,
    /// A refund is not compared with what is left of the payment.
    RefundUnbounded,
    /// A refused refund is not kept under its idempotency key.
    RefundRefusalNotKept,
    /// A refund leaves its payment's room in the limits used.
    RefundRoomKept,
    /// A refund is done before its merchant is debited.
    RefundUndebited,
    /// An operation that is not written down is given up, and its account does not know.
    GivenUpUnkept,
    /// A declined payment gives its order up before its debit is reversed.
    ClaimGivenUpFirst,
    /// An order is claimed without a look whether its payment is still in flight.
    ClaimedUnseen,
    /// An order that another has claimed counts as lost for good.
    BlockedIsLost,
    /// The worker leaves the claim of a declined payment.
    ClaimKept,
    /// What a card has paid is not booked in bank clearing.
    CardPartUnbooked,
    /// A payer code does not look whether another charge has spent it.
    CodeSpentTwice,
    /// The try that spends a payer code is not stored.
    CodeNotSpent,
    /// The counter of a tap is not compared with those before.
    TapReplayed,
    /// A charge can be paid by everyone.
    ChargeNotOwned,
    /// A charge that was refused stays open.
    ChargeRefusedOpen,
    /// Small payments go without the PIN whatever the holder has set.
    SmallPaymentsUnasked,
    /// What goes without the PIN is not counted as such.
    WithoutPinUncounted,
    /// A revoked device can be tapped and signs.
    RevokedDeviceUsed,
    /// A new device's signature counts at once.
    CoolOffIgnored,
    /// A device's signature is not looked at.
    SignatureUnchecked,
    /// What a payer was shown is not compared with what is paid.
    ShownIgnored,
    /// Limits are raised without a signature.
    RaisedUnsigned,
    /// A wallet's charges are not compared with what was agreed.
    AgreementUnbounded,
    /// A wallet's charge that was reversed keeps its room under the agreement.
    AgreementRoomKept,
    /// A wallet charges under an agreement that has ended.
    EndedAgreementCharged,
    /// A wallet's charge is not counted under its agreement.
    AgreementUncounted,
    /// A bill leaves an order whose time is over before that is closed.
    BillLeavesOpenOrder,
    /// A bill changes its terms and keeps its order.
    BillChangedOpen,
    /// A full list of bills drops those that are not paid.
    UnpaidBillDropped,
    /// A report is made without a pending mark.
    ReportUnmarked,
    /// A case counts as told before its partner is.
    CaseToldUnlogged,
    /// A case leaves its account and is not written.
    CaseNotArchived,
    /// A card is unbound while something is in flight.
    CardUnboundInFlight,
    /// Whatever the bank says of a face counts as passed.
    FaceUnconfirmed,
    /// An account is upgraded whatever the bank says of the card.
    UpgradeUnverified,
    /// A holder lifts the freezes of others.
    OthersFreezeLifted,
    /// Whatever was bought is redeemed.
    RedeemedUnbought,
    /// A wealth product that pays back gives its purchase's room in the limits back.
    RedemptionGivesRoom,
    /// What a merchant sells does not decide what its payments count for.
    CategoryIgnored,
    /// A code that was drawn for an order counts as dynamic for ever.
    SavedCodeDynamic,
    /// A visit is confirmed without a pending mark.
    VisitUnmarked,
    /// The cash of a visit can be paid before the insurer has settled.
    CashBeforeInsurer,
    /// What the insurer settled is not compared with what the payer saw.
    SplitUnseen,
    /// A visit whose cash was not paid is closed without asking the insurer for a reversal.
    InsurerNotReversed,
    /// No clear answer of the insurer counts as a refusal.
    InsurerUnknownIsFailed,
    /// The insurer's part of a visit is given back while its order can still be paid.
    ReversedWhileOpen,
    /// A line of a visit is refunded once more.
    LineRefundedTwice,
    /// A refund of a visit ends before the cash is given back.
    CashNotGivenBack,
    /// A day of a merchant is settled, and its entries are settled again with the next.
    SettledTwice,
    /// The fees of a merchant's day leave the merchant and go nowhere.
    FeesUnbooked,
    /// A merchant's payout of which the bank says nothing clear counts as refused.
    PayoutUnknownIsFailed,
    /// The bank is asked for a merchant's payout before the day says so.
    PayoutAskedFirst,
    /// The operator who proposed an adjustment approves it.
    SelfApproved,
    /// An adjustment moves money before anybody has approved it.
    AdjustedUnapproved,
    /// An account does not remember an adjustment that it has taken.
    AdjustedTwice,
    /// An adjustment takes more from an account than is in it.
    AdjustedBelowZero,
    /// An adjustment is approved without a pending mark.
    AdjustmentUnmarked,
    /// The other side of an adjustment is not booked.
    AdjustmentUnbooked,
    /// An operator acts on an intent that was not written down.
    ActedUnwritten,
    /// A page of an operator's log leaves the document and is not written.
    LogPageNotWritten,
    /// An entry of an operator's log is not chained to the one before it.
    LogUnchained,
    /// The time of an operator's log goes back with the clock.
    LogTrustsClock,
    /// What has happened sets no mark for its event.
    EventNotMade,
    /// The mark of an event goes before the event is written and logged.
    EventForgotten,
}

#[cfg(feature = "mutants")]
thread_local! {
    static ACTIVE: std::cell::Cell<Option<Mutant>> = const { std::cell::Cell::new(None) };
}

/// Turns one of them on in this thread, or all off.
#[cfg(feature = "mutants")]
pub fn activate(mutant: Option<Mutant>) {
    ACTIVE.set(mutant);
}

/// Whether this one is on.
#[cfg(feature = "mutants")]
#[must_use]
pub fn mutant(which: Mutant) -> bool {
    ACTIVE.get() == Some(which)
}

/// Whether this one is on: never.
#[cfg(not(feature = "mutants"))]
#[must_use]
#[inline(always)]
pub const fn mutant(_: Mutant) -> bool {
    false
}
