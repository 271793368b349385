use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use super::*;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Money {
    value: String,
    currency: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
struct Id(String);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Open,
    Paid { by: Id, amount: Money },
    Moved(Money),
    Split(u8, Money),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Tagged {
    Top { card: Id },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Document {
    id: Id,
    states: Vec<State>,
    amount: Option<Money>,
    by_name: BTreeMap<String, Money>,
    #[serde(flatten)]
    tagged: Tagged,
    #[serde(default)]
    count: u64,
    pair: (i64, bool),
    unit: (),
}

fn document() -> Document {
    let money = || Money { value: "1.00".into(), currency: "CNY".into() };
    Document {
        id: Id("x".into()),
        states: vec![
            State::Open,
            State::Paid { by: Id("p".into()), amount: money() },
            State::Moved(money()),
            State::Split(7, money()),
        ],
        amount: Some(money()),
        by_name: BTreeMap::from([("a".to_owned(), money())]),
        tagged: Tagged::Top { card: Id("c".into()) },
        count: u64::MAX,
        pair: (-1, true),
        unit: (),
    }
}

#[test]
fn what_serde_writes_reads_back() {
    let bytes = serde_json::to_vec(&document()).unwrap();
    assert_eq!(from_slice::<Document>(&bytes).unwrap(), document());
    assert_eq!(serde_json::from_slice::<Document>(&bytes).unwrap(), document());
}

#[test]
fn an_array_is_no_struct_at_any_depth() {
    let text = serde_json::to_string(&document()).unwrap();
    let money = r#"{"value":"1.00","currency":"CNY"}"#;
    for place in 0..text.matches(money).count() {
        let (start, _) = text.match_indices(money).nth(place).unwrap();
        let end = start + money.len();
        let changed = format!("{}[\"1.00\",\"CNY\"]{}", &text[..start], &text[end..]);
        assert!(serde_json::from_str::<Document>(&changed).is_ok(), "{changed}");
        assert!(from_slice::<Document>(changed.as_bytes()).is_err(), "{changed}");
    }
    assert!(from_slice::<Money>(br#"["1.00","CNY"]"#).is_err());
    assert!(from_slice::<State>(br#"{"paid":["p",{"value":"1","currency":"CNY"}]}"#).is_err());
}

#[test]
fn other_errors_are_those_of_serde_json() {
    for text in [
        "",
        "{",
        "{]",
        "null",
        r#"{"value":"1"}"#,
        r#"{"value":"1","currency":"CNY","x":1}"#,
        r#"{"value":"1","value":"2","currency":"CNY"}"#,
        r#"{"value":1,"currency":"CNY"}"#,
        r#"{"value":"1","currency":"CNY"} x"#,
    ] {
        let strict = from_slice::<Money>(text.as_bytes()).unwrap_err().to_string();
        let usual = serde_json::from_slice::<Money>(text.as_bytes()).unwrap_err().to_string();
        assert_eq!(strict, usual, "{text}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
        let _ = from_slice::<Document>(&bytes);
    }
}
