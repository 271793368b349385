//! What is shown before money goes to a card or to another account, and what confirms it.

use feiqian_identity::DeviceAlgorithm;
use feiqian_signing::DeviceSigner;
use feiqian_tests::{AnswerExt as _, Customer, SharedApp, yuan};
use feiqian_xtask::api::Answer;
use feiqian_xtask::demo::PIN;
use feiqian_xtask::people::new_key;
use serde_json::{Value, json};

fn signer() -> DeviceSigner {
    DeviceSigner::new(DeviceAlgorithm::Ed25519, [7; 32]).unwrap()
}

/// Registers the signer's device.
fn device(customer: &Customer) -> String {
    let (algorithm, key, public_key) =
        (DeviceAlgorithm::Ed25519, new_key("device"), signer().public_key());
    let challenge =
        format!("feiqian-device\n{}\n{key}\n{algorithm}\n{public_key}", customer.account);
    let body = json!({
        "algorithm": algorithm.as_str(), "public_key": public_key, "name": "Phone",
        "signature": signer().sign(challenge.as_bytes()), "pin": PIN,
    });
    customer.post("/devices", &body, &key).send().unwrap().ok(201).text_of("/device_id")
}

struct Holder {
    customer: Customer,
    card: String,
    device: String,
}

impl Holder {
    fn show(&self, value: &str, key: &str, device: Option<&str>) -> Answer {
        let body = json!({
            "withdrawal": {"card_id": self.card, "amount": yuan(value)}, "device_id": device,
        });
        self.customer.post("/confirmations", &body, key).send().unwrap()
    }

    fn withdraw(&self, value: &str, key: &str, token: &Value, signed: &[u8]) -> Answer {
        let body = json!({
            "card_id": self.card, "amount": yuan(value), "pin": PIN, "confirmation": token,
            "signature": {"device_id": self.device, "value": signer().sign(signed)},
        });
        self.customer.post("/withdrawals", &body, key).send().unwrap()
    }
}

#[test]
fn large_sums_take_more_than_the_pin() {
    let app = SharedApp::get();
    let customer = Customer::with_balance(&app.api(), &app.partner(), "60000.00");
    let card = customer.get("/cards").ok(200).text_of("/cards/0/card_id");
    let device = device(&customer);
    let holder = Holder { customer, card, device };
    let (key, large) = (new_key("withdraw"), "50000.01");
    let bare = json!({"card_id": holder.card, "amount": yuan(large), "pin": PIN});
    let bare = holder.customer.post("/withdrawals", &bare, &new_key("withdraw")).send().unwrap();
    bare.assert_problem(409, "limit_exceeded");
    // A device that was added a moment ago signs, and its signature does not count yet.
    holder.show(large, &key, Some(&holder.device)).assert_problem(409, "limit_exceeded");

    let shown = holder.show("50000.00", &key, Some(&holder.device)).ok(200);
    assert_eq!(shown.at("/hints"), json!(["new_device"]));
    assert_eq!((shown.at("/amount"), shown.at("/fee")), (yuan("50000.00"), yuan("0.00")));
    let token = shown.at("/confirmation");
    let signed = token.as_str().unwrap().as_bytes();
    let other = holder.withdraw("49999.99", &new_key("withdraw"), &token, signed);
    other.assert_problem(409, "confirmation_stale");
    let forged = holder.withdraw("50000.00", &new_key("withdraw"), &token, b"something else");
    forged.assert_problem(422, "device_signature_invalid");
    let done = holder.withdraw("50000.00", &key, &token, signed).ok(201);
    assert_eq!(done.at("/status"), "succeeded");
    assert_eq!(holder.customer.balance(), "10000.00");

    let neither = json!({"device_id": holder.device});
    let neither = holder.customer.post("/confirmations", &neither, &new_key("c")).send().unwrap();
    neither.assert_problem(400, "parameter_invalid");
    let unshown = json!({
        "card_id": holder.card, "amount": yuan("1.00"), "pin": PIN,
        "signature": {"device_id": holder.device, "value": signer().sign(b"")},
    });
    let unshown = holder.customer.post("/withdrawals", &unshown, &new_key("w")).send().unwrap();
    unshown.assert_problem(400, "parameter_invalid");
    // Sixty thousand of a day, with what has gone already.
    let closure = json!({"closure": {"card_id": holder.card}});
    let closure = holder.customer.post("/confirmations", &closure, &new_key("c")).send().unwrap();
    closure.assert_problem(409, "limit_exceeded");
}
