use csv::{Error, Writer};
use feiqian_ledger::Entry;

use crate::sheet::yuan;
use crate::{Line, Sheet, Texts};

/// Tells programs for tables that the text is UTF-8 (without it some read it as another
/// encoding and show Chinese as rubbish).
pub const BYTE_ORDER_MARK: &str = "\u{feff}";

/// A statement as comma-separated values (RFC 4180): a heading, the opening balance, each
/// entry, the closing balance.
///
/// # Errors
/// Those of the writer, which writes to memory and has none of its own.
pub fn to_csv(sheet: &Sheet<'_>, texts: &Texts) -> Result<Vec<u8>, Error> {
    let mut writer = Writer::from_writer(BYTE_ORDER_MARK.as_bytes().to_vec());
    writer.write_record([
        texts.number,
        texts.time,
        texts.kind,
        texts.counterparty,
        texts.amount,
        texts.by_card,
        texts.balance,
        texts.note,
        texts.operation,
        texts.hash,
    ])?;
    let (opening, closing) = (yuan(sheet.statement.opening), yuan(sheet.statement.closing));
    writer.write_record(["", "", texts.opening, "", "", "", &opening, "", "", ""])?;
    for Line { entry, note } in &sheet.lines {
        writer.write_record([
            &entry.sequence.to_string(),
            &sheet.time(entry.at),
            (texts.kinds)(entry.kind),
            &as_text(&entry.counterparty),
            &yuan(entry.amount),
            &by_card(entry),
            &yuan(entry.balance),
            &as_text(note.unwrap_or_default()),
            entry.operation.as_str(),
            &as_text(entry.hash.as_str()),
        ])?;
    }
    writer.write_record(["", "", texts.closing, "", "", "", &closing, "", "", ""])?;
    writer.into_inner().map_err(|error| error.into_error().into())
}

/// What a card paid or got; nothing if no card did.
fn by_card(entry: &Entry) -> String {
    if entry.by_card.is_positive() { yuan(entry.by_card) } else { String::new() }
}

/// A cell that a program for tables takes for text and never for a formula: what others
/// wrote must not calculate anything on the holder's machine.
#[must_use]
pub fn as_text(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test::{Books, noted};

    #[test]
    fn a_table_holds_every_entry_between_the_opening_and_the_closing_balance() {
        let books = Books::of(&[("Noodles", -1234), ("张三, \"面馆\"", -100)]);
        let notes = [Some("Lunch\nwith Li"), None];
        let sheet = noted(&books, &notes);
        let bytes = to_csv(&sheet, &Texts::ENGLISH).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let text = text.strip_prefix('\u{feff}').unwrap();
        let rows: Vec<csv::StringRecord> =
            csv::Reader::from_reader(text.as_bytes()).records().map(Result::unwrap).collect();
        let cells = |row: usize| rows[row].iter().take(8).collect::<Vec<_>>();
        assert_eq!(rows.len(), 4);
        assert_eq!(cells(0), ["", "", "Opening balance", "", "", "", "100.00", ""]);
        let first = ["1", "2026-11-23 12:00:01", "Payment", "Noodles", "-12.34", "", "87.66"];
        assert_eq!(cells(1), [&first[..], &["Lunch\nwith Li"]].concat());
        assert_eq!((&rows[2][3], &rows[2][6]), ("张三, \"面馆\"", "86.66"));
        assert_eq!(cells(3), ["", "", "Closing balance", "", "", "", "86.66", ""]);
    }

    #[test]
    fn no_cell_that_people_wrote_is_a_formula() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1"] {
            assert_eq!(as_text(text), format!("'{text}"));
        }
        for text in ["", "Noodles", "1=1", "6216**********0018"] {
            assert_eq!(as_text(text), text);
        }
        let books = Books::of(&[("=HYPERLINK(\"http://x\")", -1)]);
        let notes = [Some("=cmd|' /C calc'!A0")];
        let text = String::from_utf8(to_csv(&noted(&books, &notes), &Texts::CHINESE).unwrap());
        let text = text.unwrap();
        assert!(text.contains("\"'=HYPERLINK(") && text.contains("'=cmd|"), "{text}");
    }
}
