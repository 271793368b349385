//! How often each kind of request comes. Each seed asks for some kinds more than usual and
//! leaves others out: what is rare in the company of everything is common among a few.

use crate::dice::Dice;

/// A kind of request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Again,
    Pay,
    Order,
    Refund,
    Close,
    TopUp,
    Withdraw,
    CloseAccount,
    Transfer,
    Cancel,
    Consent,
    Worker,
    Deliver,
    Event,
    BankEvent,
    Act,
    Propose,
    Decide,
    Audit,
    Find,
    Entries,
    Statement,
    Receipt,
    Look,
    Pin,
    ByCode,
    Bind,
    Confirm,
    Open,
    Merchant,
    Limits,
    Freeze,
    Unfreeze,
    SmallPayments,
    GiveCode,
    FindCode,
    Charge,
    Tap,
    AddToken,
    OrderByCode,
    DrawCode,
    AddDevice,
    RevokeDevice,
    Wallet,
    WalletCharge,
    Unlink,
    Bill,
    LookUp,
    OrderOfBill,
    Report,
    CloseCase,
    DefaultCard,
    Unbind,
    Face,
    Upgrade,
    Reseal,
    Visit,
    ConfirmVisit,
    RefundVisit,
    LookAtVisit,
    SettlementTerms,
    SettlementRun,
    SettlementLook,
}

/// What comes in every seed, and how often.
const ALWAYS: &[(Kind, u32)] = &[
    (Kind::Again, 20),
    (Kind::Pay, 30),
    (Kind::Order, 14),
    (Kind::TopUp, 14),
    (Kind::Worker, 10),
    (Kind::Deliver, 6),
    (Kind::Find, 3),
    (Kind::Entries, 2),
    (Kind::Statement, 1),
    (Kind::Receipt, 1),
    (Kind::Pin, 2),
    (Kind::Bind, 2),
    (Kind::Confirm, 3),
    (Kind::Open, 2),
    (Kind::Merchant, 1),
    (Kind::Audit, 1),
    (Kind::Unfreeze, 4),
];

/// What comes together, more in one seed than in another.
const GROUPS: &[&[(Kind, u32)]] = &[
    &[(Kind::Refund, 10), (Kind::Close, 1)],
    &[(Kind::Withdraw, 8), (Kind::CloseAccount, 1)],
    &[(Kind::Transfer, 14), (Kind::Cancel, 3), (Kind::Consent, 6)],
    &[(Kind::Freeze, 1), (Kind::ByCode, 3), (Kind::Limits, 2), (Kind::Look, 1)],
    &[(Kind::GiveCode, 7), (Kind::Charge, 9), (Kind::FindCode, 2), (Kind::SmallPayments, 1)],
    &[(Kind::Tap, 8), (Kind::AddToken, 2), (Kind::AddDevice, 2), (Kind::RevokeDevice, 1)],
    &[(Kind::OrderByCode, 4), (Kind::DrawCode, 3)],
    &[(Kind::Wallet, 5), (Kind::WalletCharge, 9), (Kind::Unlink, 1)],
    &[(Kind::Report, 4), (Kind::CloseCase, 3)],
    &[(Kind::DefaultCard, 1), (Kind::Unbind, 3), (Kind::Bind, 2), (Kind::Confirm, 4)],
    &[(Kind::Face, 3), (Kind::Upgrade, 2), (Kind::Open, 2), (Kind::Reseal, 1)],
    &[(Kind::Bill, 5), (Kind::LookUp, 1), (Kind::OrderOfBill, 6)],
    &[(Kind::BankEvent, 8)],
    &[(Kind::Act, 10)],
    &[(Kind::Propose, 8), (Kind::Decide, 14)],
    &[(Kind::Event, 6), (Kind::Deliver, 6)],
    &[(Kind::Visit, 10), (Kind::ConfirmVisit, 12), (Kind::RefundVisit, 6), (Kind::LookAtVisit, 4)],
    &[
        (Kind::SettlementTerms, 5),
        (Kind::SettlementRun, 12),
        (Kind::SettlementLook, 3),
        (Kind::Refund, 6),
    ],
];

/// The kinds of requests of one seed with their weights.
#[derive(Debug)]
pub(super) struct Mix {
    weights: Vec<(Kind, u32)>,
    total: u64,
}

impl Mix {
    /// Draws how much of each group there is: none, the usual, or far more.
    pub(super) fn draw(dice: &Dice) -> Self {
        let mut weights = ALWAYS.to_vec();
        for group in GROUPS {
            let times = match dice.below(5) {
                0 | 1 => 0,
                2 | 3 => 1,
                _ => 4,
            };
            weights.extend(group.iter().map(|&(kind, weight)| (kind, weight * times)));
        }
        let total = weights.iter().map(|&(_, weight)| u64::from(weight)).sum();
        Self { weights, total }
    }

    /// Whether there are requests of a kind.
    pub(super) fn has(&self, sought: Kind) -> bool {
        self.weights.iter().any(|&(kind, weight)| kind == sought && weight > 0)
    }

    /// The kind of the next request.
    pub(super) fn next(&self, dice: &Dice) -> Kind {
        let mut left = dice.between(0, self.total);
        for &(kind, weight) in &self.weights {
            let weight = u64::from(weight);
            if left < weight {
                return kind;
            }
            left -= weight;
        }
        Kind::Again
    }
}
