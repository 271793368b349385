//! What comes after: money back, money out, receipts, statements, reports, settlements.

use anyhow::{Result, bail};
use feiqian_calendar::Calendar;
use serde_json::json;

use super::chapters::{expect_balance, order, pay, settled};
use super::{Family, Holder, PIN, expect, expect_problem, expect_text, yuan};
use crate::api::{Caller, now};
use crate::development;
use crate::people::new_key;

/// What the day left behind.
pub(super) struct Day<'a> {
    pub(super) father: &'a Holder,
    /// His bound card.
    pub(super) card: &'a str,
    /// The bakery.
    pub(super) merchant: &'a str,
    /// The bread's order, 36.50.
    pub(super) bread: &'a str,
}

/// The father's balance when this begins is 11,881.00.
pub(super) fn play(family: &Family, day: &Day<'_>) -> Result<()> {
    family.chapter("A loaf goes back");
    refund(family, day)?;
    family.chapter("Money back to the card");
    withdrawal(family, day)?;
    family.chapter("Papers");
    let operation = receipt(family, day)?;
    statement(family, day)?;
    family.chapter("A payment that he does not remember");
    report(family, day, &operation)?;
    family.chapter("What the bakery gets");
    settlement(family, day)
}

fn settlement(family: &Family, day: &Day<'_>) -> Result<()> {
    family.say("An operator says where the bakery is paid out, and what it pays for each payment.");
    let operator = Caller::Bearer(development::OPERATOR_TOKEN.to_owned());
    let terms = json!({
        "fee_rate": "0.0060",
        "account": {
            "bank_code": "102100099996", "number": "6222000000000001", "name": "东门面包房有限公司",
        },
    });
    let path = format!("/v1/operations/settlements/{}", day.merchant);
    expect(family.api.put(&path, &terms).by(&operator).send()?, 200)?;
    family.say("The day is not over, so there is nothing to pay out, and no bill yet.");
    let runs = format!("{path}/runs");
    expect(family.api.post(&runs, &json!({})).by(&operator).send()?, 200)?;
    let today = Calendar::CHINA.day(now());
    let bill = format!("/v1/merchants/{}/settlements/{today}/file", day.merchant);
    let bill = family.api.get(&bill).by(&family.partner).send()?;
    expect_problem(bill, 404, "settlement_not_found")?;
    family.say("The bank's statement of today is held against the books.");
    let path = format!("/v1/operations/bank-reconciliations/{today}");
    expect(family.api.get(&path).by(&operator).send()?, 200).map(drop)
}

fn refund(family: &Family, day: &Day<'_>) -> Result<()> {
    family.say("The bakery gives 6.50 of the bread back, to the balance that it came from.");
    let refund = family
        .api
        .post(
            &format!("/v1/orders/{}/refunds", day.bread),
            &json!({"amount": yuan("6.50"), "reason": "Stale"}),
        )
        .by(&family.partner)
        .key(&new_key("demo-refund"))
        .send()?;
    expect_text(&expect(refund, 201)?, "/status", "succeeded")?;
    expect_balance(family, day.father, "11884.00")
}

fn withdrawal(family: &Family, day: &Day<'_>) -> Result<()> {
    family.say("He sends 884.00 to his own card, which no cap counts.");
    let body = json!({"card_id": day.card, "amount": yuan("884.00"), "pin": PIN});
    let sent = family
        .api
        .post(&format!("/v1/accounts/{}/withdrawals", day.father.account), &body)
        .by(&day.father.caller)
        .key(&new_key("demo-withdrawal"))
        .send()?;
    expect_text(&settled(family, day.father, sent)?, "/status", "succeeded")?;
    expect_balance(family, day.father, "11000.00")
}

/// Gives the operation of the newest payment.
fn receipt(family: &Family, day: &Day<'_>) -> Result<String> {
    let below = |path: &str| format!("/v1/accounts/{}{path}", day.father.account);
    family.say("What did he pay out above 30 today? And he notes what the newest was.");
    let path = below("/entries?kind=payment&direction=out&min_amount=30.00");
    let found = expect(family.api.get(&path).by(&day.father.caller).send()?, 200)?;
    let operation = found.text_at("/entries/0/operation_id")?;
    let sequence = found.json()["entries"][0]["sequence"].clone();
    let path = below(&format!("/entries/{sequence}/note"));
    let note = json!({"text": "Water, until the end of November"});
    expect(family.api.put(&path, &note).by(&day.father.caller).send()?, 200)?;
    family.say("Its receipt carries the hash that the journal's chain gives it.");
    let path = below(&format!("/operations/{operation}/receipt"));
    let receipt = expect(family.api.get(&path).by(&day.father.caller).send()?, 200)?.json();
    family.say("Whoever has it can ask whether it is right; no token is needed.");
    let check = |receipt| family.api.post("/v1/receipt-checks", receipt).send();
    if expect(check(&receipt)?, 200)?.json()["valid"] != true {
        bail!("a receipt must be valid as it was given");
    }
    family.say("A changed one is found out.");
    let mut forged = receipt.clone();
    forged["amount"]["value"] = "-4200.00".into();
    if expect(check(&forged)?, 200)?.json()["wrong"] != json!(["amount"]) {
        bail!("a forged amount must be named");
    }
    Ok(operation)
}

fn statement(family: &Family, day: &Day<'_>) -> Result<()> {
    family.say("The month so far: what came in, what went out, and that it adds up.");
    let path = format!("/v1/accounts/{}/balance", day.father.account);
    let now = expect(family.api.get(&path).by(&day.father.caller).send()?, 200)?;
    let month: String = now.text_at("/as_of")?.chars().take(7).collect();
    let path = format!("/v1/accounts/{}/statements/{month}", day.father.account);
    let statement = expect(family.api.get(&path).by(&day.father.caller).send()?, 200)?;
    expect_text(&statement, "/closing_balance/value", "11000.00")?;
    family.say("The same as a table and as a PDF in Chinese.");
    for format in ["csv", "pdf"] {
        let path = format!("{path}?format={format}");
        let file = family.api.get(&path).by(&day.father.caller).header("accept-language", "zh-CN");
        expect(file.send()?, 200)?;
    }
    Ok(())
}

fn report(family: &Family, day: &Day<'_>, operation: &str) -> Result<()> {
    family.say("He reports it and freezes the account with the same request.");
    let body = json!({
        "operation_id": operation, "reason": "not_mine",
        "description": "We have a well of our own", "freeze": true,
    });
    let report = family
        .api
        .post(&format!("/v1/accounts/{}/reports", day.father.account), &body)
        .by(&day.father.caller)
        .key(&new_key("demo-report"))
        .send()?;
    expect_text(&expect(report, 201)?, "/status", "open")?;
    family.say("From now on nothing leaves the account.");
    let order = order(family, day.merchant, "5.00", "Rolls")?;
    let refused = pay(family, day.father, &order, "5.00", &new_key("demo-pay"))?;
    expect_problem(refused, 409, "account_frozen").map(drop)
}
