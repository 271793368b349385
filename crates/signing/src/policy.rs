use std::time::Duration;

/// What a verifier asks of a signature.
///
/// Always covered must be: of a request `@method`, `@path`, `@query` if there is a
/// query, and `content-digest` if there is a body; of a response `@status`,
/// `content-digest`, and the request's signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Longest time since `created`.
    pub max_age: Duration,
    /// Furthest that `created` may be ahead of our clock.
    pub max_ahead: Duration,
    /// Lower-case names of header fields that must be covered if the message has them.
    pub covered_if_present: &'static [&'static str],
    /// Whether a signature under another label than ours is taken if the message has no
    /// other one.
    pub any_label: bool,
    /// Whether the signer must give a nonce: 8 to 64 visible ASCII characters.
    pub nonce_required: bool,
}

impl Policy {
    /// For what comes over a network: five minutes for a message that waited and for
    /// clocks that differ, one minute ahead for clocks alone.
    pub const STANDARD: Self = Self {
        max_age: Duration::from_secs(300),
        max_ahead: Duration::from_secs(60),
        covered_if_present: &["content-digest", "idempotency-key"],
        any_label: false,
        nonce_required: false,
    };

    /// For partners, whose libraries name signatures as they like. A request is signed when it
    /// is sent, so two minutes are for clocks that differ; how long a nonce must be remembered
    /// follows from them.
    pub const PARTNER: Self = Self {
        max_age: Duration::from_secs(120),
        any_label: true,
        nonce_required: true,
        ..Self::STANDARD
    };
}

impl Default for Policy {
    fn default() -> Self {
        Self::STANDARD
    }
}
