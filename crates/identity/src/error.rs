/// What is wrong with a text that should identify someone or something.
///
/// The variant says which value it is, the [`Fault`] what is wrong with it. The
/// refused text itself is never part of the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// Not a resident ID.
    #[error("the resident ID {0}")]
    ResidentId(Fault),
    /// Not a card number.
    #[error("the card number {0}")]
    CardNumber(Fault),
    /// Not a mobile number.
    #[error("the mobile number {0}")]
    Mobile(Fault),
    /// Not a holder's name.
    #[error("the name {0}")]
    Name(Fault),
    /// Not a CNAPS bank code.
    #[error("the bank code {0}")]
    Cnaps(Fault),
    /// Not a PIN.
    #[error("the PIN {0}")]
    PinFormat(Fault),
    /// Not a one-time code.
    #[error("the one-time code {0}")]
    CodeFormat(Fault),
}

/// One thing that can be wrong with a text, worded to follow its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Too short or too long.
    #[error("must be {least} to {most} characters long")]
    Length {
        /// Fewest characters, included.
        least: usize,
        /// Most characters, included.
        most: usize,
    },
    /// Not exactly as long as it must be.
    #[error("must be {exactly} characters long")]
    ExactLength {
        /// The only length allowed.
        exactly: usize,
    },
    /// A character that has no place there.
    #[error("contains a character that is not allowed")]
    Characters,
    /// White space at the start or the end.
    #[error("must not begin or end with a space")]
    OuterSpace,
    /// First digits that are in no range of such numbers.
    #[error("begins with digits that are not in use")]
    Prefix,
    /// A birth date that does not exist, or a year outside of the accepted ones.
    #[error("names a birth date that does not exist")]
    BirthDate,
    /// The check digit does not fit the others.
    #[error("has a check digit that does not fit the other digits")]
    CheckDigit,
}
