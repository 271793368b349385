use super::*;
use feiqian_gateway_api::GatewayRequest as _;
use feiqian_money::{Amount, Money};

fn yuan(minor: i64) -> Money {
    Money::from(Amount::from_minor(minor))
}

#[test]
fn messages_have_one_form_on_the_wire() {
    let claim = Claim {
        token: "ins_1".into(),
        institution: "H1".into(),
        shared_by: None,
        lines: vec![ClaimLine { line: 1, amount: yuan(1234) }],
    };
    let commit = InsurerRequest::Commit { request_id: "vis_1".into(), claim };
    let text = r#"{"commit":{"request_id":"vis_1","claim":{"token":"ins_1","institution":"H1","lines":[{"line":1,"amount":{"value":"12.34","currency":"CNY"}}]}}}"#;
    assert_eq!(serde_json::to_string(&commit).unwrap(), text);
    assert_eq!(serde_json::from_str::<InsurerRequest>(text).unwrap(), commit);
    let status = SettlementStatus::Rejected { reason: DeclineReason::Suspended };
    for (reply, text) in [
        (InsurerReply::Unknown, r#""unknown""#),
        (
            InsurerReply::Settlement { status },
            r#"{"settlement":{"status":{"rejected":{"reason":"suspended"}}}}"#,
        ),
    ] {
        assert_eq!(serde_json::to_string(&reply).unwrap(), text);
        assert_eq!(serde_json::from_str::<InsurerReply>(text).unwrap(), reply);
    }
}

#[test]
fn an_answer_of_another_kind_answers_nothing() {
    let query = InsurerRequest::Query { request_id: "q".into() };
    let settled = InsurerReply::Settlement { status: SettlementStatus::Processing };
    assert!(query.is_answered_by(&settled));
    assert!(query.is_answered_by(&InsurerReply::Unknown));
    assert!(!query.is_answered_by(&InsurerReply::Split { lines: Vec::new() }));
    let day = InsurerRequest::Statement { day: "2026-11-24".into() };
    assert!(!day.is_answered_by(&settled));
    assert_eq!(day.request_id(), "2026-11-24");
}
