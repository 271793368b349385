//! What the gateways of outside parties have in common on the wire, whatever they do.
//!
//! The same request travels twice: from a component to a private connector, and from the
//! connector to the party's gateway, where it is signed. A gateway answers with
//! [`GatewayAnswer`]; everything else says nothing about what became of the request.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Where a connector component takes a request by POST and answers with a reply.
pub const CONNECTOR_PATH: &str = "/requests";

/// Where a connector says by GET whether it reaches its party: 200 or 503.
pub const CONNECTOR_HEALTH_PATH: &str = "/healthz";

/// Where a party's gateway answers GET with 200 when it is up.
pub const GATEWAY_HEALTH_PATH: &str = "/healthz";

/// The largest answer of a gateway, and of a connector that passes it on, in bytes: a statement
/// of a day has one line of about 150 bytes for each movement, and a gateway lists at most 20,000
/// of them.
pub const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// One request to an outside party.
pub trait GatewayRequest: Serialize + DeserializeOwned {
    /// What the party answers.
    type Reply: Clone + Serialize + DeserializeOwned;

    /// The reply that stands for every answer that does not say what the party did.
    const UNKNOWN: Self::Reply;

    /// The request's id, under which the party takes a repeat for the same request.
    fn request_id(&self) -> &str;

    /// The operation's name on the wire.
    fn operation(&self) -> &'static str;

    /// The gateway's path for this request, below the party's base URL. Each is a POST.
    fn gateway_path(&self) -> &'static str;

    /// Whether a reply is of a kind that answers this request. An answer of another kind
    /// says nothing about what became of the request.
    fn is_answered_by(&self, reply: &Self::Reply) -> bool;

    /// What a reply comes to, in one word for logs: of money `settled`, `rejected`,
    /// `processing` or `not_found`; `declined`; `unknown`; and `answered` for every other.
    fn outcome(reply: &Self::Reply) -> &'static str;
}

/// What a gateway answers, signed, with status 200.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatewayAnswer<R> {
    /// [`GatewayRequest::request_id`] of the request that is answered.
    pub request_id: String,
    /// The answer.
    pub reply: R,
}
