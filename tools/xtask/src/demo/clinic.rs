//! The child is ill: a visit that the medical insurer and the father pay together.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::chapters::{expect_balance, pay};
use super::{Family, Holder, PIN, expect, expect_problem, expect_text, yuan};
use crate::api::{Answer, Caller};
use crate::development;
use crate::people::{Person, new_key};

/// The father's balance is 11,881.00 when this begins and when it ends.
pub(super) fn play(family: &Family, father: &Holder) -> Result<()> {
    let child = Person::child("李小强");
    family.chapter("He adds the child to his family");
    let relative = bind_child(family, father, &child)?;
    family.chapter("The child is ill, and the clinic sends its bill");
    let clinic = open_clinic(family, &child)?;
    let visit = visit(family, father, &relative, &clinic)?;
    family.chapter("The insurer pays its part, and he pays the rest");
    confirm_and_pay(family, father, &visit)?;
    family.chapter("The medicine goes back");
    refund_medicine(family, &visit)?;
    expect_balance(family, father, "11881.00")?;
    family.chapter("The three books of the day");
    books(family, &visit)
}

fn bind_child(family: &Family, father: &Holder, child: &Person) -> Result<String> {
    family.say("A relative under 16 is bound by his undertaking, with the household's papers.");
    let mut body = json!({
        "name": child.name, "resident_id": child.resident_id, "relation": "child", "pin": PIN,
    });
    let bind = |body: &Value| {
        family
            .api
            .post(&below(father, "relatives"), body)
            .by(&father.caller)
            .key(&new_key("demo-relative"))
            .send()
    };
    expect_problem(bind(&body)?, 422, "undertaking_needed")?;
    body["undertaking"] = json!({"household_material": "hukou-2016-0042"});
    let relative = expect(bind(&body)?, 201)?.text_at("/relative_id")?;
    family.say("He activates the child's electronic medical credential.");
    let body = json!({
        "status": "active", "pin": PIN,
        "relative": {
            "relative_id": relative, "name": child.name, "resident_id": child.resident_id,
        },
    });
    let path = below(father, "medical-credential");
    let active = expect(family.api.put(&path, &body).by(&father.caller).send()?, 200)?;
    expect_text(&active, "/credential/status", "active")?;
    Ok(relative)
}

fn open_clinic(family: &Family, child: &Person) -> Result<String> {
    family
        .say("The clinic is a merchant that an operator has entered as a designated institution.");
    let merchant = family
        .api
        .post("/v1/merchants", &json!({"name": "东门社区医院", "category": "hospital"}))
        .by(&family.partner)
        .key(&new_key("demo-clinic"))
        .send()?;
    let clinic = expect(merchant, 201)?.text_at("/merchant_id")?;
    let operator = Caller::Bearer(development::OPERATOR_TOKEN.to_owned());
    let body = json!({
        "number": "H11010500001", "region": child.region(), "designated": true,
        "insurance_payment": true, "accepts": ["01"],
    });
    let path = format!("/v1/operations/institutions/{clinic}");
    expect(family.api.put(&path, &body).by(&operator).send()?, 200)?;
    Ok(clinic)
}

fn visit(family: &Family, father: &Holder, relative: &str, clinic: &str) -> Result<Answer> {
    family.say("At the counter he shows the child's code, which is good for a minute and one try.");
    let code = family
        .api
        .post(&below(father, "medical-codes"), &json!({"relative_id": relative}))
        .by(&father.caller)
        .key(&new_key("demo-medical-code"))
        .send()?;
    let code = expect(code, 201)?.text_at("/code")?;
    family.say("The clinic scans it and sends the fee lines; the insurer says who pays what.");
    let make = |kind: &str| {
        let body = json!({
            "merchant_id": clinic, "proof": {"kind": kind, "code": code}, "reference": "门诊 42",
            "lines": [
                {"name": "挂号费", "amount": yuan("30.00")},
                {"name": "止咳糖浆", "amount": yuan("45.50")},
                {"name": "进口药", "amount": yuan("2600.00")},
            ],
        });
        family.api.post("/v1/visits", &body).by(&family.partner).key(&new_key("demo-visit")).send()
    };
    family.say("A social-security card is another proof, and the clinic is told so.");
    expect_problem(make("03")?, 422, "medical_proof_not_accepted")?;
    let visit = expect(make("01")?, 201)?;
    expect_text(&visit, "/status", "presettled")?;
    Ok(visit)
}

fn confirm_and_pay(family: &Family, father: &Holder, visit: &Answer) -> Result<()> {
    let id = visit.text_at("/visit_id")?;
    family.say("He confirms exactly the amounts that he sees.");
    let mut split = visit.json().pointer("/split").cloned().context("the visit has no split")?;
    split.as_object_mut().context("the split is no object")?.remove("total");
    let path = below(father, &format!("visits/{id}/confirmation"));
    let confirmed = family
        .api
        .post(&path, &json!({"split": split, "pin": PIN}))
        .by(&father.caller)
        .key(&new_key("demo-confirm"))
        .send()?;
    let confirmed = expect(confirmed, 201)?;
    expect_text(&confirmed, "/status", "awaiting_cash")?;
    family.say(
        "The insurer has settled. The cash is an order like any other, which only he can pay.",
    );
    let (order, cash) = (confirmed.text_at("/order_id")?, confirmed.text_at("/split/cash/value")?);
    expect(pay(family, father, &order, &cash, &new_key("demo-pay"))?, 201)?;
    let path = below(father, &format!("visits/{id}"));
    let settled = expect(family.api.get(&path).by(&father.caller).send()?, 200)?;
    expect_text(&settled, "/status", "settled")
}

fn refund_medicine(family: &Family, visit: &Answer) -> Result<()> {
    let id = visit.text_at("/visit_id")?;
    family.say("The clinic gives one line back: the insurer gets its part, and he gets his.");
    let refunded = family
        .api
        .post(&format!("/v1/visits/{id}/refunds"), &json!({"lines": [3], "reason": "未开封"}))
        .by(&family.partner)
        .key(&new_key("demo-visit-refund"))
        .send()?;
    expect_text(&expect(refunded, 201)?, "/status", "succeeded")
}

fn books(family: &Family, visit: &Answer) -> Result<()> {
    family
        .say("An operator holds the insurer's statement, the bank's and ours against each other.");
    let day: String = visit.text_at("/created_at")?.chars().take(10).collect();
    let operator = Caller::Bearer(development::OPERATOR_TOKEN.to_owned());
    let path = format!("/v1/operations/visit-reconciliations/{day}");
    expect(family.api.get(&path).by(&operator).send()?, 200).map(drop)
}

fn below(holder: &Holder, path: &str) -> String {
    format!("/v1/accounts/{}/{path}", holder.account)
}
