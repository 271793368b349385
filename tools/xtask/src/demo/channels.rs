//! The ways to come to an order: a merchant's code at the counter, a code for one order, the payer's
//! own code, a wallet, a bill.

use anyhow::Result;
use http::Method;
use serde_json::{Value, json};

use super::chapters::{expect_balance, order, pay};
use super::{
    BANK_CODE, EMPTY_CARD, Family, Holder, PIN, expect, expect_problem, expect_text, yuan,
};
use crate::api::Answer;
use crate::people::new_key;

/// What a merchant's code says beside the merchant.
const LABELS: &str = "city=BEIJING&category_code=5462&name=EAST%20GATE%20BAKERY";

/// The father's balance is 11,963.50 when this begins, and 11,881.00 when it ends.
pub(super) fn play(
    family: &Family,
    father: &Holder,
    mother: &Holder,
    merchant: &str,
) -> Result<()> {
    family.chapter("The code on the bakery's counter");
    static_code(family, father, merchant)?;
    expect_balance(family, father, "11951.00")?;
    family.chapter("The code on the till's display");
    dynamic_code(family, father, merchant)?;
    expect_balance(family, father, "11931.00")?;
    family.chapter("His own code, shown at the till");
    payer_code(family, father, merchant)?;
    expect_balance(family, father, "11923.00")?;
    family.chapter("A wallet of another platform");
    wallet(family, mother, merchant)?;
    family.chapter("The water bill");
    bill(family, father)?;
    expect_balance(family, father, "11881.00")
}

fn static_code(family: &Family, father: &Holder, merchant: &str) -> Result<()> {
    family.say("The platform prints the bakery's code: an EMVCo text with its pictures.");
    let path = format!("/v1/merchants/{merchant}/code?{LABELS}");
    let code = family.api.get(&path).by(&family.partner).send()?;
    let payload = expect(code, 200)?.text_at("/payload")?;
    family.say("He scans it, and sees whom he pays.");
    expect_text(&read(family, father, &payload)?, "/channel", "merchant_code_static")?;
    family.say("He enters the amount, which makes an order, and pays it.");
    let body = json!({"payload": payload, "amount": yuan("12.50")});
    let order = family
        .api
        .post("/v1/code-orders", &body)
        .by(&father.caller)
        .key(&new_key("demo-code-order"))
        .send()?;
    let order = expect(order, 201)?.text_at("/order_id")?;
    expect(pay(family, father, &order, "12.50", &new_key("demo-pay"))?, 201).map(drop)
}

fn dynamic_code(family: &Family, father: &Holder, merchant: &str) -> Result<()> {
    let order = order(family, merchant, "20.00", "Cake")?;
    family.say("The till shows the order's own code, which counts as dynamic for five minutes.");
    let path = format!("/v1/merchants/{merchant}/orders/{order}/code?{LABELS}");
    let code = family.api.put(&path, &json!({})).by(&family.partner).send()?;
    let payload = expect(code, 200)?.text_at("/payload")?;
    family.say("He scans it: payee and amount are there.");
    let reading = read(family, father, &payload)?;
    expect_text(&reading, "/channel", "merchant_code_dynamic")?;
    expect_text(&reading, "/order_id", &order)?;
    family.say("Before he pays he sees what he confirms: payee, amount, limits, what is unusual.");
    let key = new_key("demo-pay");
    let asked = json!({"account_id": father.account, "method": "balance"});
    let path = format!("/v1/orders/{order}/confirmations");
    let shown = family.api.post(&path, &asked).by(&father.caller).key(&key).send()?;
    let confirmation = expect(shown, 200)?.text_at("/confirmation")?;
    family.say("His payment carries that confirmation; had anything changed, it would be refused.");
    let payment = json!({
        "account_id": father.account, "method": "balance", "amount": yuan("20.00"), "pin": PIN,
        "confirmation": confirmation,
    });
    let path = format!("/v1/orders/{order}/payments");
    expect(family.api.post(&path, &payment).by(&father.caller).key(&key).send()?, 201).map(drop)
}

fn read(family: &Family, father: &Holder, payload: &str) -> Result<Answer> {
    let body = json!({"payload": payload});
    expect(family.api.post("/v1/code-readings", &body).by(&father.caller).send()?, 200)
}

fn bill(family: &Family, father: &Holder) -> Result<()> {
    family.say("The waterworks join through the same platform and publish a bill.");
    let body = json!({"name": "清源水务", "category": "utilities"});
    let biller = family
        .api
        .post("/v1/merchants", &body)
        .by(&family.partner)
        .key(&new_key("demo-biller"))
        .send()?;
    let biller = expect(biller, 201)?.text_at("/merchant_id")?;
    let body: Value = json!({
        "subscriber": "0017-42", "bill_number": "2026-11", "amount": yuan("42.00"),
        "description": "Water, November", "due_on": "2026-12-31",
    });
    let path = format!("/v1/merchants/{biller}/bills");
    expect(family.api.put(&path, &body).by(&family.partner).send()?, 200)?;
    family.say("He looks his subscriber number up and pays what is due.");
    let path = format!("/v1/bills?merchant_id={biller}&subscriber=0017-42");
    let bills = expect(family.api.get(&path).by(&father.caller).send()?, 200)?;
    let bill = bills.text_at("/bills/0/bill_id")?;
    let path = format!("/v1/bills/{bill}/order");
    let order = expect(family.api.put(&path, &json!({})).by(&father.caller).send()?, 200)?;
    let order = order.text_at("/order_id")?;
    expect(pay(family, father, &order, "42.00", &new_key("demo-pay"))?, 201)?;
    let seen = family.api.get(&format!("/v1/bills/{bill}")).by(&father.caller).send()?;
    expect_text(&expect(seen, 200)?, "/status", "paid")
}

/// A payer shows a code that is good once; the till charges it, and the payer confirms.
fn payer_code(family: &Family, father: &Holder, merchant: &str) -> Result<()> {
    family.say("He shows a code of 18 digits, as QR and barcode, good once and for a minute.");
    let given = family
        .api
        .post(&format!("/v1/accounts/{}/payer-codes", father.account), &json!({}))
        .by(&father.caller)
        .key(&new_key("demo-payer-code"))
        .send()?;
    let code = expect(given, 201)?.text_at("/code")?;
    family.say("The till charges it. Without small payments switched on, he has to confirm.");
    let body = json!({
        "merchant_id": merchant, "amount": yuan("8.00"), "description": "Two rolls",
        "reference": new_key("demo"), "payer_code": code,
    });
    let charge =
        |key: &str| family.api.post("/v1/charges", &body).by(&family.partner).key(key).send();
    let key = new_key("demo-charge");
    let waits = expect(charge(&key)?, 202)?;
    expect_text(&waits, "/status", "awaiting_payer")?;
    family.say("Another till gets nothing for the same code: it is spent.");
    expect(charge(&new_key("demo-charge"))?, 409)?;
    let order = waits.text_at("/order_id")?;
    expect(pay(family, father, &order, "8.00", &new_key("demo-pay"))?, 201)?;
    family.say("The till asks again, and sees that it is paid.");
    expect_text(&expect(charge(&key)?, 201)?, "/status", "paid")
}

/// A chat program charges the mother's account under an agreement of its own.
fn wallet(family: &Family, mother: &Holder, merchant: &str) -> Result<()> {
    family.say("She links her account in a chat program, as one binds a card there.");
    let person = &family.mother;
    let body = json!({
        "account_id": mother.account, "name": person.name, "resident_id": person.resident_id,
        "card_number": EMPTY_CARD, "mobile": person.mobile,
    });
    let verification = family
        .api
        .post("/v1/wallets/verifications", &body)
        .by(&family.partner)
        .key(&new_key("demo-wallet"))
        .send()?;
    let verification = expect(verification, 202)?.text_at("/verification_id")?;
    let body = json!({
        "account_id": mother.account, "verification_id": verification, "code": BANK_CODE,
        "wallet_name": "Chat Pay", "per_payment": yuan("20.00"), "per_day": yuan("30.00"),
    });
    let linked = family
        .api
        .post("/v1/wallets/agreements", &body)
        .by(&family.partner)
        .key(&new_key("demo-wallet"))
        .send()?;
    let agreement = expect(linked, 201)?.text_at("/agreement_id")?;
    let charge = |value: &str| {
        let body = json!({
            "merchant_id": merchant, "amount": yuan(value), "description": "Pretzels",
            "reference": new_key("demo"),
            "agreement": {"account_id": mother.account, "agreement_id": agreement},
        });
        let request = family.api.post("/v1/charges", &body).by(&family.partner);
        request.key(&new_key("demo-charge")).send()
    };
    family.say("It charges no more than she agreed to, and no more than she has.");
    expect_problem(charge("20.01")?, 409, "agreement_cap_exceeded")?;
    expect_problem(charge("20.00")?, 409, "insufficient_balance")?;
    family.say("She unlinks it, and that is the end of it.");
    let path = format!("/v1/accounts/{}/wallets/{agreement}", mother.account);
    expect(family.api.request(Method::DELETE, &path).by(&mother.caller).send()?, 204)?;
    expect_problem(charge("1.00")?, 409, "agreement_ended").map(drop)
}
