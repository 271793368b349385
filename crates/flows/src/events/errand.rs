use std::borrow::Cow;

use feiqian_calendar::{Day, Timestamp};
use feiqian_ledger::{
    AccountId, CaseId, EndpointId, EventId, MerchantId, OrderId, RefundId, VisitId,
};
use feiqian_store::Pending;

/// What is to be told, and to whom: a mark of the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Errand {
    /// An order is paid or closed, or is about to be closed.
    Order(OrderId),
    /// A refund has ended.
    Refund {
        /// The order.
        order: OrderId,
        /// The refund.
        refund: RefundId,
    },
    /// A visit has ended.
    Visit(VisitId),
    /// A refund of a visit has ended.
    VisitRefund {
        /// The visit.
        visit: VisitId,
        /// The refund.
        refund: RefundId,
    },
    /// A case was opened.
    CaseOpened {
        /// The holder's account.
        account: AccountId,
        /// The case.
        case: CaseId,
    },
    /// A case is closed, or about to be.
    CaseClosed {
        /// The holder's account.
        account: AccountId,
        /// The case.
        case: CaseId,
    },
    /// A merchant's day is settled.
    Settlement {
        /// The merchant.
        merchant: MerchantId,
        /// The day.
        day: Day,
    },
    /// An event that is written or about to be, to be listed and handed out.
    Event(EventId),
    /// An event for an endpoint.
    Delivery {
        /// The event.
        event: EventId,
        /// The endpoint.
        endpoint: EndpointId,
    },
    /// An event for an endpoint once more, since its partner asks for it.
    Replay {
        /// The event.
        event: EventId,
        /// The endpoint.
        endpoint: EndpointId,
    },
}

impl Errand {
    /// The kind's name.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Order(_) => "order",
            Self::Refund { .. } => "refund",
            Self::Visit(_) => "visit",
            Self::VisitRefund { .. } => "visit_refund",
            Self::CaseOpened { .. } => "case_opened",
            Self::CaseClosed { .. } => "case_closed",
            Self::Settlement { .. } => "settlement",
            Self::Event(_) => "event",
            Self::Delivery { .. } => "delivery",
            Self::Replay { .. } => "replay",
        }
    }

    fn parts(&self) -> (&str, Option<Cow<'_, str>>) {
        let (first, second) = match self {
            Self::Settlement { merchant, day } => {
                return (merchant.as_str(), Some(day.to_string().into()));
            }
            Self::Order(order) => (order.as_str(), None),
            Self::Refund { order, refund } => (order.as_str(), Some(refund.as_str())),
            Self::Visit(visit) => (visit.as_str(), None),
            Self::VisitRefund { visit, refund } => (visit.as_str(), Some(refund.as_str())),
            Self::CaseOpened { account, case } | Self::CaseClosed { account, case } => {
                (account.as_str(), Some(case.as_str()))
            }
            Self::Event(event) => (event.as_str(), None),
            Self::Delivery { event, endpoint } | Self::Replay { event, endpoint } => {
                (event.as_str(), Some(endpoint.as_str()))
            }
        };
        (first, second.map(Cow::Borrowed))
    }

    /// The mark as the outbox keeps it, after `tries` attempts.
    pub(crate) fn mark(&self, due: Timestamp, tries: u32) -> Pending {
        let name = match self.parts() {
            (first, Some(second)) => format!("{tries}.{}.{first}.{second}", self.kind()),
            (first, None) => format!("{tries}.{}.{first}", self.kind()),
        };
        Pending { due, name }
    }

    /// The errand that a mark stands for, and how often it has been tried.
    #[must_use]
    pub fn parse(pending: &Pending) -> Option<(Self, u32)> {
        let mut parts = pending.name.split('.');
        let (tries, kind, first) = (parts.next()?.parse().ok()?, parts.next()?, parts.next()?);
        let mut second = || parts.next();
        let errand = match kind {
            "order" => Self::Order(OrderId::parse(first).ok()?),
            "refund" => Self::Refund {
                order: OrderId::parse(first).ok()?,
                refund: RefundId::parse(second()?).ok()?,
            },
            "visit" => Self::Visit(VisitId::parse(first).ok()?),
            "visit_refund" => Self::VisitRefund {
                visit: VisitId::parse(first).ok()?,
                refund: RefundId::parse(second()?).ok()?,
            },
            "case_opened" => Self::CaseOpened {
                account: AccountId::parse(first).ok()?,
                case: CaseId::parse(second()?).ok()?,
            },
            "case_closed" => Self::CaseClosed {
                account: AccountId::parse(first).ok()?,
                case: CaseId::parse(second()?).ok()?,
            },
            "settlement" => Self::Settlement {
                merchant: MerchantId::parse(first).ok()?,
                day: Day::parse(second()?).ok()?,
            },
            "event" => Self::Event(EventId::parse(first).ok()?),
            "delivery" => Self::Delivery {
                event: EventId::parse(first).ok()?,
                endpoint: EndpointId::parse(second()?).ok()?,
            },
            "replay" => Self::Replay {
                event: EventId::parse(first).ok()?,
                endpoint: EndpointId::parse(second()?).ok()?,
            },
            _ => return None,
        };
        parts.next().is_none().then_some((errand, tries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use feiqian_ledger::Region;

    #[test]
    fn an_errand_reads_back_from_what_the_outbox_keeps() {
        let here = Region::EXAMPLE;
        let (order, refund) = (OrderId::derive(here, &["o"]), RefundId::derive(here, &["r"]));
        let (visit, event) = (VisitId::derive(here, &["v"]), EventId::derive(here, &["e"]));
        let (account, case) = (AccountId::derive(here, &["a"]), CaseId::derive(here, &["c"]));
        let endpoint = EndpointId::derive(here, &["w"]);
        let merchant = MerchantId::derive(here, &["m"]);
        let day = Day::parse("2026-11-30").unwrap();
        let errands = [
            Errand::Order(order.clone()),
            Errand::Refund { order, refund: refund.clone() },
            Errand::Visit(visit.clone()),
            Errand::VisitRefund { visit, refund },
            Errand::CaseOpened { account: account.clone(), case: case.clone() },
            Errand::CaseClosed { account, case },
            Errand::Settlement { merchant, day },
            Errand::Event(event.clone()),
            Errand::Delivery { event: event.clone(), endpoint: endpoint.clone() },
            Errand::Replay { event, endpoint },
        ];
        for errand in errands {
            let mark = errand.mark(Timestamp::MAX, u32::MAX);
            assert!(mark.name.len() <= Pending::NAME_BYTES_MAX, "{}", mark.name);
            assert_eq!(Errand::parse(&mark), Some((errand, u32::MAX)));
        }
        for name in ["", "0", "0.order", "x.order.y", "0.payment.ord_x", "0.event.evt_x"] {
            let mark = Pending { due: Timestamp::default(), name: name.into() };
            assert_eq!(Errand::parse(&mark), None, "{name}");
        }
    }
}
