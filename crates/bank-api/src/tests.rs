use super::*;
use feiqian_money::{Amount, Money};

#[test]
fn messages_have_one_form_on_the_wire() {
    let debit = BankRequest::Debit {
        request_id: "op_1".into(),
        agreement: "a".into(),
        amount: Money::from(Amount::from_minor(1234)),
    };
    let text = r#"{"debit":{"request_id":"op_1","agreement":"a","amount":{"value":"12.34","currency":"CNY"}}}"#;
    assert_eq!(serde_json::to_string(&debit).unwrap(), text);
    assert_eq!(serde_json::from_str::<BankRequest>(text).unwrap(), debit);
    let rejected = MoneyStatus::Rejected { reason: DeclineReason::InsufficientFunds };
    for (reply, text) in [
        (BankReply::CodeSent, r#""code_sent""#),
        (BankReply::Unknown, r#""unknown""#),
        (BankReply::Money { status: MoneyStatus::Settled }, r#"{"money":{"status":"settled"}}"#),
        (
            BankReply::Money { status: rejected },
            r#"{"money":{"status":{"rejected":{"reason":"insufficient_funds"}}}}"#,
        ),
    ] {
        assert_eq!(serde_json::to_string(&reply).unwrap(), text);
        assert_eq!(serde_json::from_str::<BankReply>(text).unwrap(), reply);
    }
}

#[test]
fn unknown_members_are_refused() {
    for text in [
        r#"{"query":{"request_id":"q","x":1}}"#,
        r#"{"query":{"request_id":"q"},"debit":{}}"#,
        r#"{"refund":{"request_id":"q"}}"#,
    ] {
        assert!(serde_json::from_str::<BankRequest>(text).is_err(), "{text}");
    }
}
