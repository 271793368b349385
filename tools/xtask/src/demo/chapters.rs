//! The day, chapter by chapter.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::json;

use super::records::{self, Day};
use super::{
    BANK_CODE, EMPTY_CARD, Family, Holder, MISMATCH_CARD, PIN, channels, clinic, devices, expect,
    expect_problem, expect_text, yuan,
};
use crate::api::{Answer, Caller};
use crate::people::{Person, new_key};

/// How long an operation whose outcome the bank has not told may stay open.
const OUTCOME_LIMIT: Duration = Duration::from_secs(60);

/// How often it is looked at meanwhile.
const OUTCOME_PERIOD: Duration = Duration::from_millis(250);

pub(super) fn play(family: &Family) -> Result<()> {
    family.chapter("The father opens an account");
    let father = open_account(family, &family.father, "II")?;
    family.chapter("He binds his bank card");
    let card = bind_card(family, &father, &family.father)?;
    family.chapter("He sets a PIN");
    set_pin(family, &father)?;
    family.chapter("He tops up");
    top_up(family, &father, &card, "12000.00")?;

    family.chapter("A bakery joins and asks for money");
    let merchant = open_merchant(family)?;
    let bread = order(family, &merchant, "36.50", "Bread for the week")?;
    family.chapter("He pays, and the line drops before the answer");
    pay_once(family, &father, &bread)?;

    family.chapter("The mother joins, with a card that has nothing on it");
    let mother = open_account(family, &family.mother, "III")?;
    set_first_pin(family, &mother)?;
    declined_card(family, &mother)?;
    family.say("And the bread is paid already: an order is paid at most once.");
    let again = pay(family, &mother, &bread, "36.50", &new_key("demo-pay"))?;
    expect_problem(again, 409, "order_already_paid")?;

    family.chapter("A television too many");
    over_limit(family, &father, &merchant)?;

    family.chapter("In the evening, the books");
    books(family, &father, &merchant)?;

    channels::play(family, &father, &mother, &merchant)?;
    clinic::play(family, &father)?;
    devices::play(family, &father, &card, &merchant)?;
    records::play(family, &Day { father: &father, card: &card, merchant: &merchant, bread: &bread })
}

fn open_account(family: &Family, person: &Person, class: &str) -> Result<Holder> {
    family.say("The mini-program's platform opens a session for its user, with a signed request.");
    let session = family
        .api
        .post("/v1/sessions", &json!({"subject": person.subject}))
        .by(&family.partner)
        .send()?;
    let session = expect(session, 201)?;
    let caller = Caller::Bearer(session.text_at("/token")?);
    let open = |card: &str| {
        let body = json!({
            "class": class, "name": person.name, "resident_id": person.resident_id,
            "mobile": person.mobile, "card_number": card,
        });
        family.api.post("/v1/accounts", &body).by(&caller).key(&new_key("demo-open")).send()
    };
    family.say("A card that belongs to somebody else does not open an account.");
    expect_problem(open(MISMATCH_CARD)?, 422, "elements_mismatch")?;
    family.say("With the right elements the bank agrees, and the account is there.");
    let account = expect(open(&person.card_number)?, 201)?;
    expect_text(&account, "/class", class)?;
    Ok(Holder { caller, account: account.text_at("/account_id")? })
}

/// Binds the person's own card; answers its id.
fn bind_card(family: &Family, holder: &Holder, person: &Person) -> Result<String> {
    family.say("The bank sends a one-time code to the mobile that it knows.");
    let binding = begin_binding(family, holder, &person.card_number, &person.mobile)?;
    family.say("A wrong code is refused, and may be corrected.");
    let wrong = confirm(family, holder, &binding, "000000")?;
    expect_problem(wrong, 422, "binding_code_wrong")?;
    family.say("The right one binds the card.");
    let card = expect(confirm(family, holder, &binding, BANK_CODE)?, 201)?;
    card.text_at("/card_id")
}

fn begin_binding(family: &Family, holder: &Holder, number: &str, mobile: &str) -> Result<String> {
    let body = json!({"card_number": number, "mobile": mobile});
    let begun = family
        .api
        .post(&format!("/v1/accounts/{}/cards", holder.account), &body)
        .by(&holder.caller)
        .key(&new_key("demo-bind"))
        .send()?;
    expect(begun, 202)?.text_at("/binding_id")
}

fn confirm(family: &Family, holder: &Holder, binding: &str, code: &str) -> Result<Answer> {
    let path = format!("/v1/accounts/{}/cards/{binding}/confirmation", holder.account);
    family
        .api
        .post(&path, &json!({"code": code}))
        .by(&holder.caller)
        .key(&new_key("demo-code"))
        .send()
}

fn set_pin(family: &Family, holder: &Holder) -> Result<()> {
    family.say("A PIN that anyone would guess is refused.");
    expect_problem(put_pin(family, holder, "123456")?, 422, "pin_too_weak")?;
    set_first_pin(family, holder)
}

fn set_first_pin(family: &Family, holder: &Holder) -> Result<()> {
    family.say("A better one is taken.");
    expect(put_pin(family, holder, PIN)?, 204).map(drop)
}

fn put_pin(family: &Family, holder: &Holder, pin: &str) -> Result<Answer> {
    let path = format!("/v1/accounts/{}/pin", holder.account);
    family.api.put(&path, &json!({"pin": pin})).by(&holder.caller).send()
}

fn top_up(family: &Family, holder: &Holder, card: &str, value: &str) -> Result<()> {
    family.say("The bank takes the money from the card; the account has it at once.");
    let operation = send_top_up(family, holder, card, value)?;
    let operation = settled(family, holder, operation)?;
    expect_text(&operation, "/status", "succeeded")?;
    expect_balance(family, holder, value)
}

fn send_top_up(family: &Family, holder: &Holder, card: &str, value: &str) -> Result<Answer> {
    let body = json!({"card_id": card, "amount": yuan(value), "pin": PIN});
    family
        .api
        .post(&format!("/v1/accounts/{}/top-ups", holder.account), &body)
        .by(&holder.caller)
        .key(&new_key("demo-top-up"))
        .send()
}

/// An operation once its outcome is known: a slow bank's is 202 first.
pub(super) fn settled(family: &Family, holder: &Holder, first: Answer) -> Result<Answer> {
    if first.status != 202 {
        return expect(first, 201);
    }
    let id = first.text_at("/operation_id")?;
    let path = format!("/v1/accounts/{}/operations/{id}", holder.account);
    let deadline = Instant::now() + OUTCOME_LIMIT;
    loop {
        let operation = expect(family.api.get(&path).by(&holder.caller).send()?, 200)?;
        if operation.text_at("/status")? != "processing" {
            return Ok(operation);
        }
        if Instant::now() >= deadline {
            bail!("the outcome of {id} was not known within {} s", OUTCOME_LIMIT.as_secs());
        }
        std::thread::sleep(OUTCOME_PERIOD);
    }
}

pub(super) fn expect_balance(family: &Family, holder: &Holder, value: &str) -> Result<()> {
    let path = format!("/v1/accounts/{}/balance", holder.account);
    let balance = expect(family.api.get(&path).by(&holder.caller).send()?, 200)?;
    expect_text(&balance, "/balance/value", value)
}

fn open_merchant(family: &Family) -> Result<String> {
    family.say("The platform registers the bakery.");
    let merchant = family
        .api
        .post("/v1/merchants", &json!({"name": "东门面包房", "category": "bakery"}))
        .by(&family.partner)
        .key(&new_key("demo-merchant"))
        .send()?;
    expect(merchant, 201)?.text_at("/merchant_id")
}

pub(super) fn order(
    family: &Family,
    merchant: &str,
    value: &str,
    description: &str,
) -> Result<String> {
    family.say("It places an order at the platform.");
    let body = json!({
        "merchant_id": merchant, "amount": yuan(value), "description": description,
        "reference": new_key("demo"),
    });
    let order = family
        .api
        .post("/v1/orders", &body)
        .by(&family.partner)
        .key(&new_key("demo-order"))
        .send()?;
    expect(order, 201)?.text_at("/order_id")
}

pub(super) fn pay(
    family: &Family,
    holder: &Holder,
    order: &str,
    value: &str,
    key: &str,
) -> Result<Answer> {
    let body = json!({
        "account_id": holder.account, "method": "balance", "amount": yuan(value), "pin": PIN,
    });
    family
        .api
        .post(&format!("/v1/orders/{order}/payments"), &body)
        .by(&holder.caller)
        .key(key)
        .send()
}

fn pay_once(family: &Family, father: &Holder, order: &str) -> Result<()> {
    family.say("First he looks at whom he pays, how much, and how he can.");
    let path = format!("/v1/orders/{order}?account_id={}", father.account);
    let seen = expect(family.api.get(&path).by(&father.caller).send()?, 200)?;
    expect_text(&seen, "/payee/name", "东门面包房")?;
    family.say("Then he pays from the balance.");
    let key = new_key("demo-pay");
    let first = expect(pay(family, father, order, "36.50", &key)?, 201)?;
    expect_text(&first, "/status", "succeeded")?;
    family.say("The mini-program never saw the answer and sends the same request again.");
    let again = expect(pay(family, father, order, "36.50", &key)?, 201)?;
    if again.header("idempotent-replayed") != "true" {
        bail!("a repeated payment must be marked as replayed");
    }
    if again.json() != first.json() {
        bail!("a repeated payment must have the first one's answer");
    }
    family.say("It got the first answer again, and the money moved once.");
    expect_balance(family, father, "11963.50")
}

fn declined_card(family: &Family, mother: &Holder) -> Result<()> {
    family.say("She binds a card that is empty, which the bank does not mind.");
    let binding = begin_binding(family, mother, EMPTY_CARD, &family.mother.mobile)?;
    let card = expect(confirm(family, mother, &binding, BANK_CODE)?, 201)?.text_at("/card_id")?;
    family.say("But it declines to take money from it.");
    let declined =
        expect_problem(send_top_up(family, mother, &card, "50.00")?, 402, "card_declined")?;
    expect_text(&declined, "/reason", "insufficient_funds")?;
    expect_balance(family, mother, "0.00")
}

fn over_limit(family: &Family, father: &Holder, merchant: &str) -> Result<()> {
    family.say("He asks first: a class II account pays at most 10,000 a day.");
    let check = family
        .api
        .post(
            &format!("/v1/accounts/{}/limit-checks", father.account),
            &json!({"kind": "payment", "amount": yuan("10500.00")}),
        )
        .by(&father.caller)
        .send()?;
    let check = expect(check, 200)?;
    if check.json().pointer("/allowed") != Some(&json!(false)) {
        bail!("the limit check must refuse 10,500.00: {}", check.text());
    }
    expect_text(&check, "/refusals/0/rule", "class_ii.out.day")?;
    family.say("He tries all the same. In Chinese, this time.");
    let order = order(family, merchant, "10500.00", "Television")?;
    let body = json!({
        "account_id": father.account, "method": "balance", "amount": yuan("10500.00"), "pin": PIN,
    });
    let refused = family
        .api
        .post(&format!("/v1/orders/{order}/payments"), &body)
        .by(&father.caller)
        .key(&new_key("demo-pay"))
        .header("accept-language", "zh-CN")
        .send()?;
    let refused = expect_problem(refused, 409, "limit_exceeded")?;
    expect_text(&refused, "/rule", "class_ii.out.day")
}

fn books(family: &Family, father: &Holder, merchant: &str) -> Result<()> {
    family.say("His balance is what is left.");
    expect_balance(family, father, "11963.50")?;
    family.say("The journal, newest first, one entry at a time.");
    let path = format!("/v1/accounts/{}/entries?limit=1", father.account);
    let newest = expect(family.api.get(&path).by(&father.caller).send()?, 200)?;
    let cursor = newest.text_at("/cursor")?;
    let older =
        expect(family.api.get(&format!("{path}&cursor={cursor}")).by(&father.caller).send()?, 200)?;
    expect_text(&older, "/entries/0/balance/value", "12000.00")?;
    family.say("What his limits leave him today.");
    let limits = format!("/v1/accounts/{}/limits", father.account);
    let limits = expect(family.api.get(&limits).by(&father.caller).send()?, 200)?;
    let day = limits
        .json()
        .pointer("/limits")
        .and_then(|lines| lines.as_array().cloned())
        .and_then(|lines| lines.into_iter().find(|line| line["rule"] == "class_ii.out.day"))
        .context("the limits must list class_ii.out.day")?;
    if day.pointer("/used/value") != Some(&json!("36.50")) {
        bail!("class_ii.out.day must have used 36.50 and has {day}");
    }
    family.say("And the bakery has its money, as its platform sees.");
    expect_merchant_balance(family, merchant, "36.50")?;
    family.say("The bank's own books, at the sandbox, know the same top-up.");
    expect(family.bank.get("/sandbox/totals").send()?, 200).map(drop)
}

/// The merchant is credited right after the payer was answered, so it is waited for.
fn expect_merchant_balance(family: &Family, merchant: &str, value: &str) -> Result<()> {
    let request = family.api.get(&format!("/v1/merchants/{merchant}")).by(&family.partner);
    let deadline = Instant::now() + OUTCOME_LIMIT;
    loop {
        let seen = expect(request.send()?, 200)?;
        if seen.text_at("/balance/value")? == value {
            return Ok(());
        }
        if Instant::now() >= deadline {
            bail!("the merchant's balance must be {value}: {}", seen.text());
        }
        std::thread::sleep(OUTCOME_PERIOD);
    }
}
