use crate::Fault;

/// Stars in the place of the hidden middle of a number. Always as many, so that a mask
/// says nothing about the length of what it hides.
const MIDDLE_STARS: &str = "**********";

/// Characters that stay readable at each end of a masked number.
const ENDS_CHARS: usize = 4;

/// Gives a type of personal data `Debug` and `Display` that show its `masked` form.
macro_rules! prints_masked {
    ($type:ident) => {
        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.masked())
            }
        }

        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($type), "({})"), self.masked())
            }
        }
    };
}
pub(crate) use prints_masked;

/// The first and last four characters of an ASCII number, and stars between them.
pub(crate) fn mask_middle(number: &str) -> String {
    let first = number.get(..ENDS_CHARS).unwrap_or_default();
    let last = number.len().checked_sub(ENDS_CHARS).and_then(|at| number.get(at..));
    format!("{first}{MIDDLE_STARS}{}", last.unwrap_or_default())
}

/// Accepts exactly `exactly` ASCII digits.
pub(crate) fn only_digits(text: &str, exactly: usize) -> Result<(), Fault> {
    if text.chars().take(exactly + 1).count() != exactly {
        return Err(Fault::ExactLength { exactly });
    }
    if text.bytes().all(|b| b.is_ascii_digit()) { Ok(()) } else { Err(Fault::Characters) }
}

/// The values of a text's ASCII digits; anything else is left out.
pub(crate) fn digits(text: &str) -> impl DoubleEndedIterator<Item = u32> {
    text.chars().filter_map(|c| c.to_digit(10))
}
