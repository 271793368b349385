//! Answers as tables. What a table has no column for is in `--json`.

use comfy_table::{ContentArrangement, Table, presets};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The widest a value is shown without being cut.
const CELL_CHARS_MAX: usize = 120;

/// A column: its title, and a JSON pointer into each row.
pub(crate) type Column = (&'static str, &'static str);

/// Prints an answer as it came.
pub(crate) fn json(answer: &Value) {
    println!("{answer:#}");
}

/// Prints the members of an object that are there, one a line.
pub(crate) fn fields(answer: &Value, columns: &[Column]) {
    let mut table = table();
    for (title, pointer) in columns {
        let value = cell(answer.pointer(pointer));
        if !value.is_empty() {
            table.add_row([(*title).to_owned(), value]);
        }
    }
    println!("{table}");
}

/// Prints a list of objects under a title, or that there are none.
pub(crate) fn rows(title: &str, items: &Value, columns: &[Column]) {
    let items = items.as_array().map(Vec::as_slice).unwrap_or_default();
    if items.is_empty() {
        println!("{title}: none");
        return;
    }
    println!("{title}:");
    let mut table = table();
    table.set_header(columns.iter().map(|(title, _)| *title));
    for item in items {
        table.add_row(columns.iter().map(|(_, pointer)| cell(item.pointer(pointer))));
    }
    println!("{table}");
}

/// An instant in milliseconds since 1970, as UTC.
pub(crate) fn instant(millis: &Value) -> String {
    let nanos = i128::from(millis.as_i64().unwrap_or_default()) * 1_000_000;
    let at = OffsetDateTime::from_unix_timestamp_nanos(nanos).ok();
    at.and_then(|at| at.format(&Rfc3339).ok()).unwrap_or_default()
}

fn table() -> Table {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_HORIZONTAL_ONLY);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table
}

/// A value for people: money as an amount with its currency, nothing for what is not there.
fn cell(value: Option<&Value>) -> String {
    let text = match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Bool(yes)) => if *yes { "yes" } else { "no" }.to_owned(),
        Some(Value::Object(members)) => match (members.get("value"), members.get("currency")) {
            (Some(Value::String(value)), Some(Value::String(currency))) => {
                format!("{value} {currency}")
            }
            _ => Value::Object(members.clone()).to_string(),
        },
        Some(other) => other.to_string(),
    };
    // What people wrote may steer a terminal.
    text.chars().filter(|c| !c.is_control()).take(CELL_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_shown_for_people_and_steer_no_terminal() {
        assert_eq!(cell(Some(&json!({"value": "12.34", "currency": "CNY"}))), "12.34 CNY");
        assert_eq!(cell(Some(&json!(true))), "yes");
        assert_eq!(cell(Some(&json!("a\u{1b}[2Jb"))), "a[2Jb");
        assert_eq!(cell(None), "");
        assert_eq!(instant(&json!(1_795_406_400_123_u64)), "2026-11-23T04:00:00.123Z");
    }
}
