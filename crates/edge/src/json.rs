//! Reading a JSON body without ever repeating a value from it.

use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::{Problem, ProblemCode};

/// How `serde` begins the message of a field that a type does not have. The name follows
/// up to the next backtick. Tests hold this against the library.
const UNKNOWN_FIELD: &str = "unknown field `";
const MISSING_FIELD: &str = "missing field `";
const DUPLICATE_FIELD: &str = "duplicate field `";

/// Reads a body.
///
/// The messages of `serde_json` quote values ("invalid type: string \"123456\""), so of
/// them only the kind, the field's name and the place go into the problem.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    feiqian_json::from_slice(body).map_err(|error| refused(&error))
}

fn refused(error: &serde_json::Error) -> Problem {
    let message = error.to_string();
    let field = |start| message.strip_prefix(start).and_then(|rest: &str| rest.split('`').next());
    if let Some(field) = field(UNKNOWN_FIELD) {
        return Problem::new(ProblemCode::RequestUnknownField).with_echo("field", field);
    }
    let (en, zh) = if let Some(field) = field(MISSING_FIELD) {
        (format!("the field {field} is missing"), format!("缺少字段 {field}"))
    } else if let Some(field) = field(DUPLICATE_FIELD) {
        (format!("the field {field} came twice"), format!("字段 {field} 重复出现"))
    } else {
        let (en, zh) = kind(error.classify());
        (en.to_owned(), zh.to_owned())
    };
    Problem::new(ProblemCode::RequestMalformed)
        .with_text("reason", en, zh)
        .with("line", error.line())
        .with("column", error.column())
}

const fn kind(category: Category) -> (&'static str, &'static str) {
    match category {
        Category::Syntax => ("this is no JSON", "不是有效的 JSON"),
        Category::Eof => ("the JSON ends too early", "JSON 提前结束"),
        Category::Data => (
            "a value has the wrong type or is not one of those allowed",
            "某个值的类型错误或不在允许范围内",
        ),
        Category::Io => ("the body could not be read", "无法读取正文"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Language;
    use feiqian_calendar::Timestamp;
    use proptest::prelude::*;
    use serde::Deserialize;
    use serde_json::Value;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        value: String,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "snake_case")]
    enum Class {
        Second,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        pin: u32,
        amount: Inner,
        class: Option<Class>,
    }

    fn problem(body: &str) -> Value {
        let problem = read::<Outer>(body.as_bytes()).unwrap_err();
        serde_json::from_slice(
            &problem.into_answer(Language::English, Timestamp::default()).into_body(),
        )
        .unwrap()
    }

    #[test]
    fn a_right_body_is_read() {
        let outer: Outer = read(br#"{"pin":1,"amount":{"value":"x"}} "#).unwrap();
        assert_eq!(outer, Outer { pin: 1, amount: Inner { value: "x".into() }, class: None });
    }

    #[test]
    fn an_unknown_field_is_named_wherever_it_stands() {
        for body in [
            r#"{"pin":1,"amount":{"value":"x"},"colour":1}"#,
            r#"{"pin":1,"amount":{"value":"x","colour":1}}"#,
        ] {
            let problem = problem(body);
            assert_eq!(problem["code"], "request_unknown_field");
            assert_eq!(problem["field"], "colour");
        }
    }

    #[test]
    fn other_faults_say_where_and_why() {
        let missing = problem(r#"{"pin":1}"#);
        assert_eq!(missing["reason"], "the field amount is missing");
        let twice = problem(r#"{"pin":1,"pin":2}"#);
        assert_eq!(twice["reason"], "the field pin came twice");
        let typed = problem("{\n\"pin\":1,\"amount\":{\"value\":7}}");
        assert_eq!((&typed["line"], &typed["column"]), (&2.into(), &27.into()));
        assert_eq!(problem("{")["reason"], "the JSON ends too early");
        assert_eq!(problem("{]")["reason"], "this is no JSON");
        assert_eq!(problem("")["code"], "request_malformed");
        assert_eq!(problem(r#"{"pin":1,"amount":{"value":"x"}} {}"#)["reason"], "this is no JSON");
    }

    #[test]
    fn an_array_is_no_object() {
        for body in [r#"[1,{"value":"x"},null]"#, r#"{"pin":1,"amount":["x"]}"#] {
            assert_eq!(problem(body)["code"], "request_malformed", "{body}");
        }
    }

    #[test]
    fn no_value_of_the_body_is_repeated() {
        for body in [
            r#"{"pin":"864209","amount":{"value":"x"}}"#,
            r#"{"pin":1,"amount":{"value":"x"},"class":"864209"}"#,
            r#"{"pin":864209.5,"amount":{"value":"x"}}"#,
            r#"{"pin":1,"amount":"864209"}"#,
            r#"{"pin":1,"amount":["864209"]}"#,
            r#"{"pin":864209x"#,
        ] {
            let text = problem(body).to_string();
            assert!(!text.contains("864209"), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_body_makes_it_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read::<Outer>(&body);
        }
    }
}
