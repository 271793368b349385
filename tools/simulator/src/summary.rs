//! Documents in few words, for a history that a reader can follow.

use serde_json::Value;

/// The longest text shown of a document that has no summary.
const TEXT_CHARS_MAX: usize = 240;

/// What a document says, as far as a reader of a history needs it.
#[must_use]
pub fn summary(key: &str, value: &[u8]) -> String {
    let text = String::from_utf8_lossy(value);
    let cut = || text.chars().take(TEXT_CHARS_MAX).collect::<String>();
    let Ok(document) = serde_json::from_slice::<Value>(value) else { return cut() };
    let said = match key.split('/').next() {
        Some("account") => format!(
            "{} {}, pin failures {}, in flight [{}], outcomes [{}]",
            document["status"].as_str().unwrap_or_default(),
            journal(&document["journal"]),
            document["pin"]["failures"],
            list(&document["in_flight"], &["operation", "amount"]),
            list(&document["outcomes"], &["operation", "outcome"]),
        ),
        Some("internal") => format!(
            "{}, remembers [{}]",
            journal(&document["journal"]),
            list(&document["applied"], &["operation"])
        ),
        Some("order") => format!("{} fen, {}", document["amount"], document["state"]),
        Some("operation" | "outcome") => {
            format!("{} {} fen, {}", document["kind"], document["amount"], document["state"])
        }
        Some("journal") => format!("page {}", document["number"]),
        _ => cut(),
    };
    format!("{key}: {said}")
}

/// Balance, length and newest entry.
fn journal(journal: &Value) -> String {
    let entries = journal["entries"].as_array().map(Vec::as_slice).unwrap_or_default();
    let Some(last) = entries.last() else {
        return format!("balance {}", journal["pages_balance"]);
    };
    let said = |field: &str| last[field].as_str().unwrap_or_default().to_owned();
    format!(
        "balance {}, entry {} {} {} {}",
        last["balance"],
        last["sequence"],
        said("kind"),
        said("operation"),
        last["amount"]
    )
}

fn list(items: &Value, fields: &[&str]) -> String {
    let items = items.as_array().map(Vec::as_slice).unwrap_or_default();
    let item = |item: &Value| {
        let said = fields.iter().map(|field| match &item[field] {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        });
        said.filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ")
    };
    items.iter().map(item).collect::<Vec<_>>().join(", ")
}
