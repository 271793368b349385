use serde::{Deserialize, Serialize};

/// What would help a movement that a limit refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Help {
    /// The PIN.
    Pin,
    /// A second factor, such as a registered device or a one-time code.
    SecondFactor,
    /// The signature of a registered device beside another factor.
    Signature,
    /// The holder's confirmation of the large amount.
    Confirmation,
    /// A code that the merchant makes for this order.
    DynamicCode,
    /// Paying by a bound card, which caps on the balance do not count.
    Card,
    /// A raise of the holder's own limit.
    RaiseOwnLimit,
    /// An account of a higher class, by verification.
    Upgrade,
    /// Waiting until the window is over.
    Later,
    /// An amount within what remains.
    SmallerAmount,
}

impl Help {
    /// Every one.
    pub const ALL: [Self; 10] = [
        Self::Pin,
        Self::SecondFactor,
        Self::Signature,
        Self::Confirmation,
        Self::DynamicCode,
        Self::Card,
        Self::RaiseOwnLimit,
        Self::Upgrade,
        Self::Later,
        Self::SmallerAmount,
    ];
}
