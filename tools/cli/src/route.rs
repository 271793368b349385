//! The routes that commands ask, as docs/openapi.json writes them.

use data_encoding::HEXUPPER;

pub(crate) const ADJUSTMENT: &str = "/v1/operations/adjustments/{adjustment_id}";
pub(crate) const ADJUSTMENTS: &str = "/v1/operations/adjustments";
pub(crate) const APPROVAL: &str = "/v1/operations/adjustments/{adjustment_id}/approval";
pub(crate) const AUDITS: &str = "/v1/operations/audits";
pub(crate) const BANK: &str = "/v1/operations/bank-reconciliations/{day}";
pub(crate) const CASE: &str = "/v1/operations/cases/{account_id}/{case_id}";
pub(crate) const CASES: &str = "/v1/operations/cases";
pub(crate) const CLOSURE: &str = "/v1/operations/cases/{account_id}/{case_id}/closure";
pub(crate) const DELIVERIES: &str = "/v1/operations/delivery-runs";
pub(crate) const DEPOSITS: &str = "/v1/operations/deposit-runs";
pub(crate) const EVENTS: &str = "/v1/operations/webhook-events";
pub(crate) const FREEZES: &str = "/v1/operations/accounts/{account_id}/freezes";
pub(crate) const HEALTH: &str = "/healthz";
pub(crate) const INSTITUTION: &str = "/v1/operations/institutions/{merchant_id}";
pub(crate) const LOG: &str = "/v1/operations/log";
pub(crate) const PARTNER: &str = "/v1/operations/partners/{partner_id}";
pub(crate) const PARTNER_KEY: &str = "/v1/operations/partners/{partner_id}/keys/{name}";
pub(crate) const PARTNER_KEY_END: &str = "/v1/operations/partners/{partner_id}/keys/{name}/end";
pub(crate) const PENDING: &str = "/v1/operations/pending";
pub(crate) const QUERIES: &str = "/v1/operations/pending/{subject}/queries";
pub(crate) const REJECTION: &str = "/v1/operations/adjustments/{adjustment_id}/rejection";
pub(crate) const RESEALS: &str = "/v1/operations/accounts/reseals";
pub(crate) const SEARCH: &str = "/v1/operations/search";
pub(crate) const SETTLEMENT: &str = "/v1/operations/settlements/{merchant_id}";
pub(crate) const SETTLEMENT_RUN: &str = "/v1/operations/settlements/{merchant_id}/runs";
pub(crate) const UNFREEZES: &str = "/v1/operations/accounts/{account_id}/unfreezes";
pub(crate) const VISITS: &str = "/v1/operations/visit-reconciliations/{day}";
pub(crate) const WORKER: &str = "/v1/operations/worker-runs";

/// A path with its parameters filled in, in turn.
pub(crate) fn path(template: &str, parameters: &[&str]) -> String {
    let mut given = parameters.iter();
    let segments = template.split('/').map(|segment| {
        if segment.starts_with('{') {
            given.next().map(|value| escaped(value)).unwrap_or_default()
        } else {
            segment.to_owned()
        }
    });
    segments.collect::<Vec<_>>().join("/")
}

/// A path with those query parameters that have a value.
pub(crate) fn with_query(path: &str, parameters: &[(&str, Option<&str>)]) -> String {
    let given = parameters
        .iter()
        .filter_map(|(name, value)| value.map(|value| format!("{name}={}", escaped(value))));
    let query = given.collect::<Vec<_>>().join("&");
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// Text as a segment or a query has it (RFC 3986): whatever is not unreserved is escaped, so
/// that no argument leads to another route.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push('%');
            escaped.push_str(&HEXUPPER.encode(&[byte]));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn an_argument_stays_one_segment() {
        assert_eq!(
            path(QUERIES, &["op_1/../x?y"]),
            "/v1/operations/pending/op_1%2F..%2Fx%3Fy/queries"
        );
        let query = with_query(LOG, &[("operator", Some("a&b")), ("day", None)]);
        assert_eq!(query, "/v1/operations/log?operator=a%26b");
        assert_eq!(with_query(LOG, &[("day", None)]), LOG);
    }

    #[test]
    fn every_route_is_one_that_the_application_has_for_operators() {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
        let document: Value =
            serde_json::from_str(&std::fs::read_to_string(root).unwrap()).unwrap();
        let known = [
            ADJUSTMENT,
            ADJUSTMENTS,
            APPROVAL,
            AUDITS,
            BANK,
            CASE,
            CASES,
            CLOSURE,
            DELIVERIES,
            DEPOSITS,
            EVENTS,
            FREEZES,
            INSTITUTION,
            LOG,
            PARTNER,
            PARTNER_KEY,
            PARTNER_KEY_END,
            PENDING,
            QUERIES,
            REJECTION,
            RESEALS,
            SEARCH,
            SETTLEMENT,
            SETTLEMENT_RUN,
            UNFREEZES,
            VISITS,
            WORKER,
        ];
        for path in known {
            let operations = &document["paths"][path];
            let of_operators = operations.as_object().is_some_and(|operations| {
                operations
                    .values()
                    .any(|operation| operation["security"].to_string().contains("operator"))
            });
            assert!(of_operators, "{path} is no operator's route");
        }
    }
}
