//! Statements as files that people keep: CSV and PDF.
//!
//! Both are pure: the same statement gives the same bytes.

mod pdf;
mod sheet;
mod table;
#[cfg(test)]
mod test;
mod texts;

pub use pdf::to_pdf;
pub use sheet::{Line, Sheet, yuan};
pub use table::{BYTE_ORDER_MARK, as_text, to_csv};
pub use texts::Texts;
