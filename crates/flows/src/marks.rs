use feiqian_calendar::Timestamp;
use feiqian_ledger::{
    AccountId, CaseId, MerchantId, Operation, OperationId, OperationKind, OrderId, RefundId,
    VisitId,
};
use feiqian_store::{Pending, Store};

use crate::operations::no_arbiter;
use crate::{FlowError, Platform};

/// How long after a request began the worker takes it up, milliseconds: longer than a
/// request may run, so that the worker rarely meets one that is still alive. Meeting it
/// is harmless.
pub const RESUME_AFTER_MS: u64 = 35_000;

/// How long the worker waits before it takes a mark up again, milliseconds, by tries
/// (RULES section 6, unknown outcomes: 5 s, 30 s, 1 min, 3 min, 5 min, 10 min, 30 min).
/// After the last it goes on at that pace: a mark is never given up.
pub(crate) const RETRY_AFTER_MS: [u64; 7] =
    [5_000, 30_000, 60_000, 180_000, 300_000, 600_000, 1_800_000];

/// Tries after which a mark counts as stuck: the worker has waited for all of
/// `RETRY_AFTER_MS`, some 50 minutes, and somebody should look. It goes on trying.
pub const STUCK_AFTER_TRIES: u32 = RETRY_AFTER_MS.len() as u32;

/// Sets a mark in place of another, which goes afterwards: dying in between leaves both, and the
/// second to be taken up finds nothing to do.
pub(crate) async fn replace_mark<P: Platform>(
    platform: &P,
    pending: &Pending,
    next: &Pending,
) -> Result<(), FlowError> {
    if next == pending {
        return Ok(());
    }
    platform.store().pending_add(next).await?;
    Ok(platform.store().pending_done(pending).await?)
}

/// What a pending mark is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mark {
    /// A report waits to be told to the bank and the partner.
    Report {
        /// The holder's account.
        account: AccountId,
        /// The case.
        case: CaseId,
        /// Which attempt to open the case set the mark: a number that no other has.
        attempt: u64,
    },
    /// An account waits for the bank to confirm its holder.
    Opening(AccountId),
    /// A payment is under way.
    Payment {
        /// The payer's account.
        account: AccountId,
        /// The order.
        order: OrderId,
        /// The operation.
        operation: OperationId,
    },
    /// A top up is under way.
    TopUp(OperationId),
    /// A withdrawal is under way.
    Withdrawal(OperationId),
    /// A transfer is under way, or waits.
    Transfer(OperationId),
    /// A deposit is under way, or the bank does not know yet what became of it.
    Deposit(OperationId),
    /// An adjustment may be approved, or is under way.
    Adjustment(OperationId),
    /// A refund is under way.
    Refund {
        /// The order.
        order: OrderId,
        /// The refund.
        refund: RefundId,
    },
    /// A visit may be confirmed, or is under way.
    Visit(VisitId),
    /// A refund of a visit is under way.
    VisitRefund {
        /// The visit.
        visit: VisitId,
        /// The refund.
        refund: RefundId,
    },
    /// The days of a merchant are to be settled: it stands for as long as there is one.
    Settlement(MerchantId),
}

impl Mark {
    /// The mark of an operation whose document decides about it.
    pub(crate) fn of_operation(operation: &Operation) -> Result<Self, FlowError> {
        let id = operation.id.clone();
        match operation.kind {
            OperationKind::TopUp { .. } => Ok(Self::TopUp(id)),
            OperationKind::Withdrawal { .. } => Ok(Self::Withdrawal(id)),
            OperationKind::Transfer(_) => Ok(Self::Transfer(id)),
            OperationKind::Deposit { .. } => Ok(Self::Deposit(id)),
            OperationKind::Adjustment(_) => Ok(Self::Adjustment(id)),
            OperationKind::Payment { .. } => Err(no_arbiter(&id)),
        }
    }

    /// The mark as the store keeps it, after `tries` runs of the worker.
    pub(crate) fn pending(&self, due: Timestamp, tries: u32) -> Pending {
        Pending { due, name: format!("{tries}.{}", self.name()) }
    }

    /// The mark after `tries` runs of the worker, the last of which failed for a reason, one
    /// word of `[a-z_]`.
    pub(crate) fn postponed(&self, due: Timestamp, tries: u32, reason: &str) -> Pending {
        Pending { due, name: format!("{tries}-{reason}.{}", self.name()) }
    }

    fn name(&self) -> String {
        match self {
            Self::Opening(account) => format!("opening.{account}"),
            Self::Report { account, case, attempt } => {
                format!("report.{account}.{attempt:x}.{case}")
            }
            Self::Payment { account, order, operation } => {
                format!("payment.{account}.{order}.{operation}")
            }
            Self::TopUp(operation)
            | Self::Withdrawal(operation)
            | Self::Transfer(operation)
            | Self::Deposit(operation)
            | Self::Adjustment(operation) => {
                format!("{}.{operation}", self.kind())
            }
            Self::Refund { order, refund } => format!("refund.{order}.{refund}"),
            Self::Visit(visit) => format!("visit.{visit}"),
            Self::VisitRefund { visit, refund } => format!("visit_refund.{visit}.{refund}"),
            Self::Settlement(merchant) => format!("settlement.{merchant}"),
        }
    }

    /// The mark of a pending item, or none if it is not one of these.
    #[must_use]
    pub fn of(pending: &Pending) -> Option<Self> {
        Self::parse(pending).map(|(mark, _)| mark)
    }

    /// The mark and the tries of a pending item, or none if it is not one of these.
    pub(crate) fn parse(pending: &Pending) -> Option<(Self, u32)> {
        let mut parts = pending.name.split('.');
        let tries = parts.next()?.split('-').next()?.parse().ok()?;
        let kind = parts.next()?;
        let first = parts.next()?;
        let mark = match kind {
            "report" => Self::Report {
                account: AccountId::parse(first).ok()?,
                attempt: u64::from_str_radix(parts.next()?, 16).ok()?,
                case: CaseId::parse(parts.next()?).ok()?,
            },
            "opening" => Self::Opening(AccountId::parse(first).ok()?),
            "top_up" => Self::TopUp(OperationId::parse(first).ok()?),
            "withdrawal" => Self::Withdrawal(OperationId::parse(first).ok()?),
            "transfer" => Self::Transfer(OperationId::parse(first).ok()?),
            "deposit" => Self::Deposit(OperationId::parse(first).ok()?),
            "adjustment" => Self::Adjustment(OperationId::parse(first).ok()?),
            "refund" => Self::Refund {
                order: OrderId::parse(first).ok()?,
                refund: RefundId::parse(parts.next()?).ok()?,
            },
            "settlement" => Self::Settlement(MerchantId::parse(first).ok()?),
            "visit" => Self::Visit(VisitId::parse(first).ok()?),
            "visit_refund" => Self::VisitRefund {
                visit: VisitId::parse(first).ok()?,
                refund: RefundId::parse(parts.next()?).ok()?,
            },
            "payment" => Self::Payment {
                account: AccountId::parse(first).ok()?,
                order: OrderId::parse(parts.next()?).ok()?,
                operation: OperationId::parse(parts.next()?).ok()?,
            },
            _ => return None,
        };
        parts.next().is_none().then_some((mark, tries))
    }

    /// Why the last run of the worker did not finish it, if there was one.
    pub(crate) fn last_reason(pending: &Pending) -> Option<&str> {
        let (_, reason) = pending.name.split('.').next()?.split_once('-')?;
        Some(reason)
    }

    /// The kind's name, for operators.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Opening(_) => "opening",
            Self::Report { .. } => "report",
            Self::Payment { .. } => "payment",
            Self::TopUp(_) => "top_up",
            Self::Withdrawal(_) => "withdrawal",
            Self::Transfer(_) => "transfer",
            Self::Deposit(_) => "deposit",
            Self::Adjustment(_) => "adjustment",
            Self::Refund { .. } => "refund",
            Self::Visit(_) => "visit",
            Self::VisitRefund { .. } => "visit_refund",
            Self::Settlement(_) => "settlement",
        }
    }

    /// The account, operation or refund that it is about, for operators.
    #[must_use]
    pub fn subject(&self) -> &str {
        match self {
            Self::Opening(account) => account.as_str(),
            Self::Report { case, .. } => case.as_str(),
            Self::Payment { operation, .. }
            | Self::TopUp(operation)
            | Self::Withdrawal(operation)
            | Self::Transfer(operation)
            | Self::Deposit(operation)
            | Self::Adjustment(operation) => operation.as_str(),
            Self::Refund { refund, .. } | Self::VisitRefund { refund, .. } => refund.as_str(),
            Self::Visit(visit) => visit.as_str(),
            Self::Settlement(merchant) => merchant.as_str(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use feiqian_ledger::Region;

    #[test]
    fn a_mark_reads_back_from_what_the_store_keeps() {
        let account = AccountId::derive(Region::EXAMPLE, &["a"]);
        let operation = OperationId::derive(Region::EXAMPLE, &["o"]);
        let payment = Mark::Payment {
            account: account.clone(),
            order: OrderId::derive(Region::EXAMPLE, &["r"]),
            operation: operation.clone(),
        };
        let adjustment = Mark::Adjustment(operation.clone());
        let (top_up, withdrawal) = (Mark::TopUp(operation.clone()), Mark::Withdrawal(operation));
        let refund = Mark::Refund {
            order: OrderId::derive(Region::EXAMPLE, &["r"]),
            refund: RefundId::derive(Region::EXAMPLE, &["f"]),
        };
        let visit = VisitId::derive(Region::EXAMPLE, &["v"]);
        let visit_refund = Mark::VisitRefund {
            visit: visit.clone(),
            refund: RefundId::derive(Region::EXAMPLE, &["f"]),
        };
        let settlement = Mark::Settlement(MerchantId::derive(Region::EXAMPLE, &["m"]));
        let report = Mark::Report {
            account: account.clone(),
            case: CaseId::derive(Region::EXAMPLE, &["c"]),
            attempt: u64::MAX,
        };
        let visits = [Mark::Visit(visit), visit_refund, settlement, adjustment, report];
        for mark in
            [Mark::Opening(account), payment, top_up, withdrawal, refund].into_iter().chain(visits)
        {
            let pending = mark.pending(Timestamp::MAX, u32::MAX);
            assert!(pending.name.len() <= Pending::NAME_BYTES_MAX, "{}", pending.name);
            assert_eq!(Mark::parse(&pending), Some((mark.clone(), u32::MAX)));
            assert_eq!(Mark::last_reason(&pending), None);
            let longest = "x".repeat(32);
            let pending = mark.postponed(Timestamp::MAX, u32::MAX, &longest);
            assert!(pending.name.len() <= Pending::NAME_BYTES_MAX, "{}", pending.name);
            assert_eq!(Mark::parse(&pending), Some((mark, u32::MAX)));
            assert_eq!(Mark::last_reason(&pending), Some(longest.as_str()));
        }
    }

    #[test]
    fn other_names_are_no_marks() {
        let due = Timestamp::from_millis(1);
        for name in ["", "0", "0.payment", "x.opening.y", "0.opening.acc_x", "0.else.acc_x"] {
            assert_eq!(Mark::parse(&Pending { due, name: name.into() }), None, "{name}");
        }
    }
}
