//! Medical credentials, families, and visits that an insurer and a family pay together.

use feiqian_insurer_sandbox::people;
use feiqian_tests::{AnswerExt as _, App, Customer, SharedApp, eventually, yuan};
use feiqian_xtask::api::{Answer, Api, Caller};
use feiqian_xtask::demo::PIN;
use feiqian_xtask::development;
use feiqian_xtask::people::{Person, new_key};
use serde_json::{Value, json};

fn operator() -> Caller {
    Caller::Bearer(development::OPERATOR_TOKEN.to_owned())
}

/// A hospital of the partner's.
struct Clinic {
    api: Api,
    partner: Caller,
    id: String,
}

impl Clinic {
    fn register(api: &Api, partner: &Caller) -> Self {
        let body = json!({"name": "东门社区医院", "category": "hospital"});
        let key = new_key("clinic");
        let made = api.post("/v1/merchants", &body).by(partner).key(&key).send().unwrap().ok(201);
        let id = made.text_of("/merchant_id");
        Self { api: api.clone(), partner: partner.clone(), id }
    }

    fn enter(&self, region: &str, designated: bool, insurance_payment: bool) {
        let body = json!({
            "number": "H1", "region": region, "designated": designated,
            "insurance_payment": insurance_payment, "accepts": ["01"],
        });
        let path = format!("/v1/operations/institutions/{}", self.id);
        self.api.put(&path, &body).by(&operator()).send().unwrap().assert_status(200);
    }

    fn body(&self, kind: &str, code: &str) -> Value {
        json!({
            "merchant_id": self.id, "proof": {"kind": kind, "code": code}, "reference": "42",
            "lines": [
                {"name": "挂号费", "amount": yuan("10.00")},
                {"name": "手术", "amount": yuan("2600.00")},
            ],
        })
    }

    fn visit_of(&self, body: &Value) -> Answer {
        let key = new_key("visit");
        self.api.post("/v1/visits", body).by(&self.partner).key(&key).send().unwrap()
    }

    fn visit(&self, code: &str) -> Answer {
        self.visit_of(&self.body("01", code))
    }

    fn look(&self, visit: &str) -> Answer {
        let path = format!("/v1/visits/{visit}");
        self.api.get(&path).by(&self.partner).send().unwrap().ok(200)
    }

    fn refund(&self, visit: &str, lines: &Value, key: &str) -> Answer {
        let path = format!("/v1/visits/{visit}/refunds");
        let body = json!({"lines": lines, "reason": "未取药"});
        self.api.post(&path, &body).by(&self.partner).key(key).send().unwrap()
    }
}

fn activate(payer: &Customer, relative: Option<(&str, &Person)>) -> Answer {
    let mut body = json!({"status": "active", "pin": PIN});
    if let Some((id, person)) = relative {
        body["relative"] = json!({
            "relative_id": id, "name": person.name, "resident_id": person.resident_id,
        });
    }
    let path = payer.path("/medical-credential");
    payer.api.put(&path, &body).by(&payer.caller).send().unwrap()
}

fn bind(payer: &Customer, person: &Person) -> Answer {
    let body = json!({
        "name": person.name, "resident_id": person.resident_id, "relation": "child",
        "undertaking": {"household_material": "hukou-1"}, "pin": PIN,
    });
    payer.post("/relatives", &body, &new_key("relative")).send().unwrap()
}

fn code(payer: &Customer, relative: Option<&str>) -> Answer {
    let body = json!({"relative_id": relative});
    payer.post("/medical-codes", &body, &new_key("code")).send().unwrap()
}

fn confirm(payer: &Customer, visit: &Answer, key: &str) -> Answer {
    let mut split = visit.at("/split");
    split.as_object_mut().unwrap().remove("total");
    let path = format!("/visits/{}/confirmation", visit.text_of("/visit_id"));
    payer.post(&path, &json!({"split": split, "pin": PIN}), key).send().unwrap()
}

/// A parent with money, and a child of this name whose credential is active.
fn family(api: &Api, partner: &Caller, name: &str) -> (Customer, Person, String) {
    let parent = Customer::with_balance(api, partner, "3000.00");
    let child = Person::child(name);
    let relative = bind(&parent, &child).ok(201).text_of("/relative_id");
    activate(&parent, Some((&relative, &child))).assert_status(200);
    (parent, child, relative)
}

/// What the insurer has settled for a visit, less what it was given back: how many of each.
fn at_the_insurer(insurer: &Api, visit: &str) -> (usize, usize) {
    let path = format!("/sandbox/settlements?commit_id={visit}");
    let listed = insurer.get(&path).send().unwrap().ok(200).at("/settlements");
    let kinds = listed.as_array().unwrap().iter().map(|found| found["kind"].clone());
    let (commits, reversals): (Vec<_>, Vec<_>) = kinds.partition(|kind| kind == "commit");
    (commits.len(), reversals.len())
}

#[test]
fn a_parent_pays_a_childs_visit_and_gets_a_line_back() {
    let app = SharedApp::get();
    let (parent, child, relative) = family(&app.api(), &app.partner(), "李小强");
    let clinic = Clinic::register(&app.api(), &app.partner());
    clinic.enter(&child.region(), true, true);
    let shown = code(&parent, Some(&relative)).ok(201).text_of("/code");
    let visit = clinic.visit(&shown).ok(201);
    // 1,566.00 by the fund, 1,000.00 from the personal account, 44.00 in cash.
    assert_eq!(visit.at("/split/pooled_fund"), yuan("1566.00"));
    assert_eq!(visit.at("/split/personal_account"), yuan("1000.00"));
    assert_eq!(visit.at("/split/cash"), yuan("44.00"));
    clinic.visit(&shown).assert_problem(409, "medical_code_used");

    let key = new_key("confirm");
    let confirmed = confirm(&parent, &visit, &key).ok(201);
    assert_eq!(confirmed.at("/status"), "awaiting_cash");
    let again = confirm(&parent, &visit, &key).ok(201);
    assert_eq!(again.header("idempotent-replayed"), "true");
    confirm(&parent, &visit, &new_key("confirm")).assert_problem(409, "visit_confirmed");
    let order = confirmed.text_of("/order_id");
    let stranger = Customer::with_balance(&app.api(), &app.partner(), "100.00");
    stranger.pay(&order, "44.00", &new_key("pay")).assert_problem(404, "order_not_found");
    parent.pay(&order, "44.00", &new_key("pay")).assert_status(201);
    let id = visit.text_of("/visit_id");
    assert_eq!(clinic.look(&id).at("/status"), "settled");
    assert_eq!(parent.balance(), "2956.00");
    let seen = parent.get(&format!("/visits/{id}")).ok(200);
    assert_eq!(seen.at("/lines/1/name"), "手术");
    stranger.get(&format!("/visits/{id}")).assert_problem(404, "visit_not_found");

    let refunded = clinic.refund(&id, &json!([2]), &new_key("refund")).ok(201);
    assert_eq!(refunded.at("/split/cash"), yuan("44.00"));
    assert_eq!(parent.balance(), "3000.00");
    assert_eq!(at_the_insurer(&app.insurer(), &id), (1, 1));
    let twice = clinic.refund(&id, &json!([2]), &new_key("refund"));
    twice.assert_problem(409, "visit_line_not_refundable");
}

#[test]
fn what_is_missing_is_said_clearly() {
    let app = SharedApp::get();
    let (api, partner) = (app.api(), app.partner());
    let parent = Customer::with_balance(&api, &partner, "10.00");
    code(&parent, None).assert_problem(409, "credential_not_activated");
    let child = Person::child("李小强");
    let relative = bind(&parent, &child).ok(201).text_of("/relative_id");
    let other = Customer::with_balance(&api, &partner, "10.00");
    activate(&other, Some((&relative, &child))).assert_problem(409, "relative_not_bound");
    activate(&parent, Some((&relative, &child))).assert_status(200);
    code(&other, Some(&relative)).assert_problem(409, "relative_not_bound");

    let clinic = Clinic::register(&api, &partner);
    let shown = code(&parent, Some(&relative)).ok(201).text_of("/code");
    clinic.visit(&shown).assert_problem(409, "institution_not_designated");
    clinic.enter(&child.region(), false, true);
    clinic.visit(&shown).assert_problem(409, "institution_not_designated");
    clinic.enter(&child.region(), true, false);
    clinic.visit(&shown).assert_problem(409, "insurance_payment_not_switched_on");
    clinic.enter(&child.region(), true, true);
    let card = clinic.visit_of(&clinic.body("03", "A12345678"));
    card.assert_problem(422, "medical_proof_not_accepted");
    assert_eq!(card.at("/accepted"), json!(["01"]));
    clinic.visit("86000000000000000000").assert_problem(404, "medical_code_unknown");
    clinic.enter("999900", true, true);
    clinic.visit(&shown).assert_problem(409, "medical_region_differs");
    clinic.enter(&child.region(), true, true);
    // The code was spent by the try before.
    clinic.visit(&shown).assert_problem(409, "medical_code_used");
}

#[test]
fn who_is_16_consents_by_a_face_check_and_takes_it_back() {
    let app = SharedApp::get();
    let (api, partner) = (app.api(), app.partner());
    let binder = Customer::with_balance(&api, &partner, "10.00");
    let relative = Customer::with_balance(&api, &partner, "10.00");
    let asked = bind(&binder, &relative.person).ok(202);
    assert_eq!(asked.at("/status"), "awaiting_consent");
    let id = asked.text_of("/relative_id");
    activate(&relative, None).assert_status(200);
    code(&binder, Some(&id)).assert_problem(409, "relative_not_bound");
    let act = |what: &str| {
        let path = format!("/binders/{id}/{what}");
        relative.post(&path, &json!({"pin": PIN}), &new_key(what)).send().unwrap()
    };
    act("consent").assert_problem(409, "face_verification_required");
    let face = relative.post("/face-verifications", &json!({}), &new_key("face"));
    face.send().unwrap().assert_status(202);
    assert_eq!(act("consent").ok(200).at("/binders/0/status"), "bound");
    code(&binder, Some(&id)).assert_status(201);
    act("revocation").assert_status(200);
    code(&binder, Some(&id)).assert_problem(409, "relative_not_bound");
}

#[test]
fn an_allowance_pays_a_relatives_visit_from_the_binders_account() {
    let app = SharedApp::get();
    let (api, partner) = (app.api(), app.partner());
    let binder = Customer::with_balance(&api, &partner, "500.00");
    let relative = Customer::with_balance(&api, &partner, "10.00");
    let id = bind(&binder, &relative.person).ok(202).text_of("/relative_id");
    let face = relative.post("/face-verifications", &json!({}), &new_key("face"));
    face.send().unwrap().assert_status(202);
    let consent = format!("/binders/{id}/consent");
    let consent = relative.post(&consent, &json!({"pin": PIN}), &new_key("consent"));
    consent.send().unwrap().assert_status(200);
    activate(&relative, None).assert_status(200);
    let clinic = Clinic::register(&api, &partner);
    clinic.enter(&relative.person.region(), true, true);
    let visit = || {
        let shown = code(&relative, None).ok(201).text_of("/code");
        let visit = clinic.visit(&shown).ok(201);
        let mut split = visit.at("/split");
        split.as_object_mut().unwrap().remove("total");
        let path = format!("/visits/{}/confirmation", visit.text_of("/visit_id"));
        let body = json!({"split": split, "allowance": id, "pin": PIN});
        relative.post(&path, &body, &new_key("confirm")).send().unwrap()
    };
    visit().assert_problem(409, "visit_cash_not_paid");
    let path = binder.path(&format!("/relatives/{id}/allowance"));
    let body = json!({"per_month": yuan("50.00"), "pin": PIN});
    let granted = binder.api.put(&path, &body).by(&binder.caller).send().unwrap().ok(200);
    assert_eq!(granted.at("/remaining"), yuan("50.00"));
    assert_eq!(visit().ok(201).at("/status"), "settled");
    assert_eq!(binder.balance(), "456.00");
}

#[test]
fn an_insurer_that_answers_too_late_is_queried_and_never_taken_for_a_refusal() {
    let app = SharedApp::get();
    let clinic = Clinic::register(&app.api(), &app.partner());
    for name in [people::TIMES_OUT_THEN_DONE, people::TIMES_OUT_NOT_DONE] {
        let (parent, child, relative) = family(&app.api(), &app.partner(), name);
        clinic.enter(&child.region(), true, true);
        let shown = code(&parent, Some(&relative)).ok(201).text_of("/code");
        let visit = clinic.visit(&shown).ok(201);
        let waiting = confirm(&parent, &visit, &new_key("confirm")).ok(202);
        assert_eq!(waiting.at("/status"), "committing", "{name}");
        let id = visit.text_of("/visit_id");
        let order = eventually("the insurer has settled", || {
            let seen = clinic.look(&id);
            match seen.at("/status").as_str() {
                Some("awaiting_cash") => Ok(seen.text_of("/order_id")),
                _ => Err(seen.text()),
            }
        });
        parent.pay(&order, "44.00", &new_key("pay")).assert_status(201);
        assert_eq!(clinic.look(&id).at("/status"), "settled");
        assert_eq!(at_the_insurer(&app.insurer(), &id), (1, 0), "{name}");
    }
}

#[test]
fn an_insurer_that_refuses_or_changes_its_mind_leaves_nothing_behind() {
    let app = SharedApp::get();
    let clinic = Clinic::register(&app.api(), &app.partner());
    for (name, problem, books) in [
        (people::REJECTED, "insurer_declined", (0, 0)),
        (people::SPLIT_CHANGES, "insurer_split_changed", (1, 1)),
    ] {
        let (parent, child, relative) = family(&app.api(), &app.partner(), name);
        clinic.enter(&child.region(), true, true);
        let shown = code(&parent, Some(&relative)).ok(201).text_of("/code");
        let visit = clinic.visit(&shown).ok(201);
        confirm(&parent, &visit, &new_key("confirm")).assert_problem(409, problem);
        let id = visit.text_of("/visit_id");
        assert_eq!(clinic.look(&id).at("/status"), "closed", "{name}");
        assert_eq!(at_the_insurer(&app.insurer(), &id), books, "{name}");
        assert_eq!(parent.balance(), "3000.00");
    }
    let parent = Customer::with_balance(&app.api(), &app.partner(), "10.00");
    let child = Person::child(people::NO_CREDENTIAL);
    let relative = bind(&parent, &child).ok(201).text_of("/relative_id");
    let declined = activate(&parent, Some((&relative, &child)));
    declined.assert_problem(409, "insurer_declined");
    assert_eq!(declined.at("/reason"), "no_credential");
}

#[test]
fn a_cancelled_visit_gives_the_insurers_part_back() {
    let app = SharedApp::get();
    let (parent, child, relative) = family(&app.api(), &app.partner(), "李小强");
    let clinic = Clinic::register(&app.api(), &app.partner());
    clinic.enter(&child.region(), true, true);
    let shown = code(&parent, Some(&relative)).ok(201).text_of("/code");
    let visit = clinic.visit(&shown).ok(201);
    let order = confirm(&parent, &visit, &new_key("confirm")).ok(201).text_of("/order_id");
    let id = visit.text_of("/visit_id");
    let path = format!("/visits/{id}/cancellation");
    let cancelled = parent.post(&path, &json!({}), &new_key("cancel")).send().unwrap().ok(200);
    assert_eq!(cancelled.at("/status"), "closed");
    parent.pay(&order, "44.00", &new_key("pay")).assert_problem(409, "order_closed");
    assert_eq!(at_the_insurer(&app.insurer(), &id), (1, 1));
}

#[test]
fn the_three_books_of_a_day_agree_until_one_is_wrong() {
    let app = App::start();
    let (api, partner) = (app.api(), app.partner());
    let clinic = Clinic::register(api, partner);
    let pay = |name: &str, method: &str| {
        let (parent, child, relative) = family(api, partner, name);
        clinic.enter(&child.region(), true, true);
        let shown = code(&parent, Some(&relative)).ok(201).text_of("/code");
        let visit = clinic.visit(&shown).ok(201);
        let order = confirm(&parent, &visit, &new_key("confirm")).ok(201).text_of("/order_id");
        let cards = parent.get("/cards").ok(200).at("/cards/0/card_id");
        let mut body = json!({
            "account_id": parent.account, "method": method, "amount": yuan("44.00"), "pin": PIN,
        });
        if method == "card" {
            body["card_id"] = cards;
        }
        let path = format!("/v1/orders/{order}/payments");
        let paid = api.post(&path, &body).by(&parent.caller).key(&new_key("pay")).send();
        paid.unwrap().assert_status(201);
        let id = visit.text_of("/visit_id");
        assert_eq!(clinic.look(&id).at("/status"), "settled");
        (id, visit.text_of("/created_at")[..10].to_owned())
    };
    let (first, day) = pay("李小强", "balance");
    pay("李小红", "card");
    clinic.refund(&first, &json!([1]), &new_key("refund")).assert_status(201);
    app.wait_until_nothing_pending();
    let books = || {
        let path = format!("/v1/operations/visit-reconciliations/{day}");
        api.get(&path).by(&operator()).send().unwrap().ok(200)
    };
    let agreed = books();
    assert_eq!(agreed.at("/agrees"), true, "{}", agreed.text());
    assert_eq!(agreed.at("/insurer/matched"), 3);
    assert_eq!(agreed.at("/insurer/settled"), yuan("5132.00"));
    assert_eq!(agreed.at("/bank/cash_from_cards"), yuan("44.00"));
    assert_eq!(agreed.at("/cash_from_balances"), yuan("44.00"));
    pay(people::WRONG_AMOUNT, "balance");
    pay(people::MISSING, "balance");
    let wrong = books();
    assert_eq!(wrong.at("/agrees"), false);
    let mut kinds: Vec<String> = wrong
        .at("/differences")
        .as_array()
        .unwrap()
        .iter()
        .map(|found| found["kind"].as_str().unwrap().to_owned())
        .collect();
    kinds.sort();
    assert_eq!(kinds, ["insurer_differs", "missing_at_insurer"]);
}
