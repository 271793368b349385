//! What each problem code says, in both languages, and its HTTP status.
//!
//! The detail may name members of the problem in braces, such as `{field}`. A
//! detail whose members are absent is left out of the document.

mod access;
mod account;
mod adjustment;
mod codes;
mod elements;
mod events;
mod history;
mod limits;
mod medical;
mod payment;
mod region;
mod request;
mod security;
mod service;
mod transfer;

pub(super) use limits::help;

use super::ProblemCode;

/// One code's status and text.
pub(super) struct Row {
    pub(super) code: ProblemCode,
    pub(super) status: u16,
    pub(super) en: Text,
    pub(super) zh: Text,
}

/// What people read.
pub(super) struct Text {
    /// The kind of problem, the same each time.
    pub(super) title: &'static str,
    /// This occurrence, with members in braces.
    pub(super) detail: &'static str,
    /// What the caller can do.
    pub(super) next_step: &'static str,
}

/// Text from its three parts, so that the tables read as tables.
const fn text(title: &'static str, detail: &'static str, next_step: &'static str) -> Text {
    Text { title, detail, next_step }
}

const TABLES: &[&[Row]] = &[
    request::ROWS,
    access::ROWS,
    region::ROWS,
    elements::ROWS,
    account::ROWS,
    security::ROWS,
    payment::ROWS,
    history::ROWS,
    service::ROWS,
    transfer::ROWS,
    codes::ROWS,
    medical::ROWS,
    events::ROWS,
    adjustment::ROWS,
];

/// The row of a code. A test proves that each has exactly one; the fault of a missing
/// row is answered as the internal error that it is.
pub(super) fn row(code: ProblemCode) -> &'static Row {
    TABLES
        .iter()
        .flat_map(|table| table.iter())
        .find(|row| row.code == code)
        .unwrap_or(&service::INTERNAL_ERROR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_one_row_with_both_languages_and_a_next_step() {
        for &code in ProblemCode::ALL {
            let rows = TABLES.iter().flat_map(|t| t.iter()).filter(|r| r.code == code);
            assert_eq!(rows.count(), 1, "{code}");
            let row = row(code);
            assert!((400..600).contains(&row.status), "{code}");
            let chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
            for part in [row.en.title, row.en.detail, row.en.next_step] {
                assert!(!part.is_empty() && !chinese(part), "{code}: {part}");
            }
            for part in [row.zh.title, row.zh.detail, row.zh.next_step] {
                assert!(chinese(part), "{code}: {part}");
            }
        }
    }

    #[test]
    fn both_languages_name_the_same_members() {
        let members = |text: &'static str| {
            let mut names: Vec<&str> =
                text.split('{').skip(1).filter_map(|t| t.split('}').next()).collect();
            names.sort_unstable();
            names
        };
        for row in TABLES.iter().flat_map(|t| t.iter()) {
            assert_eq!(members(row.en.detail), members(row.zh.detail), "{}", row.code);
        }
    }
}
