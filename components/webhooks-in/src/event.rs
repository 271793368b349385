use feiqian_edge::{Answer, Call, Problem, query};
use http::StatusCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

/// The longest name of a type.
const TYPE_CHARS_MAX: usize = 64;

/// An event as its body says it. Members that are not known are left alone: whoever sends
/// events adds some over time.
#[derive(Deserialize)]
struct Body {
    #[serde(rename = "type")]
    kind: String,
    data: Map<String, Value>,
}

/// An event of a known sender.
pub(crate) struct Event {
    /// The sender's id of it, the same in each delivery.
    pub(crate) id: String,
    pub(crate) kind: String,
    data: Map<String, Value>,
}

impl Event {
    /// Reads what a verified call says.
    pub(crate) fn read(call: &Call, id: String) -> Result<Self, Problem> {
        let Body { kind, data } = call.json()?;
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._".contains(&b);
        if !(1..=TYPE_CHARS_MAX).contains(&kind.len()) || !kind.bytes().all(plain) {
            return Err(query::invalid(
                "type",
                "it is 1 to 64 of a-z, 0-9, dot and underscore",
                "事件类型应为 1 至 64 个小写字母、数字、点或下划线",
            ));
        }
        Ok(Self { id, kind, data })
    }

    /// What the type says that the data is.
    pub(crate) fn data<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        serde_json::from_value(Value::Object(self.data.clone())).map_err(|_| {
            query::invalid(
                "data",
                "it is not what an event of this type has",
                "数据内容与该事件类型不符",
            )
        })
    }

    /// Says what became of it.
    pub(crate) fn told(&self, status: StatusCode, outcome: &str) -> Answer {
        Answer::json(status, &json!({ "event_id": self.id, "outcome": outcome }))
    }
}
