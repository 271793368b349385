//! What a telephone adds: it signs what its holder confirms, and pays by a tap; and a card that
//! pays by itself or beside the balance.

use anyhow::{Context as _, Result};
use data_encoding::{BASE64, HEXLOWER};
use feiqian_identity::DeviceAlgorithm;
use feiqian_signing::{DeviceSigner, TapData, tap_mac};
use serde_json::{Value, json};

use super::chapters::order;
use super::{Family, Holder, PIN, expect, expect_problem, expect_text, yuan};
use crate::api::{Answer, Request};
use crate::people::new_key;

/// What the till's terminal draws for each tap.
const UNPREDICTABLE_NUMBER: &str = "9f3700a1";

/// A telephone that keeps two keys: one signs, one makes cryptograms.
struct Telephone {
    signer: DeviceSigner,
    device: String,
    token: String,
    token_key: [u8; 32],
}

pub(super) fn play(family: &Family, father: &Holder, card: &str, merchant: &str) -> Result<()> {
    family.chapter("His telephone");
    let telephone = register(family, father)?;
    family.chapter("He looks, signs, and pays by card");
    signed_payment(family, father, &telephone, card, merchant)?;
    family.chapter("A tap at the till");
    taps(family, father, &telephone, merchant)
}

fn by(family: &Family, holder: &Holder, path: &str, body: &Value) -> Request {
    let path = path.replace("{account}", &holder.account);
    family.api.post(&path, body).by(&holder.caller)
}

/// Makes both keys, and tells the application about them.
fn register(family: &Family, father: &Holder) -> Result<Telephone> {
    family.say("It makes a key that never leaves it, and proves that it has it.");
    let algorithm = DeviceAlgorithm::EcdsaP256Sha256;
    // No telephone's key is known to anyone: this one is drawn for the demo.
    let drawn = new_key("");
    let secret = drawn.as_bytes().last_chunk().context("a key has 32 digits")?;
    let signer = DeviceSigner::new(algorithm, *secret)?;
    let (key, public_key) = (new_key("demo-device"), signer.public_key());
    let proof = format!("feiqian-device\n{}\n{key}\n{algorithm}\n{public_key}", father.account);
    let body = json!({
        "algorithm": algorithm.as_str(), "public_key": public_key, "name": "Telephone",
        "signature": signer.sign(proof.as_bytes()), "pin": PIN,
    });
    let added = by(family, father, "/v1/accounts/{account}/devices", &body).key(&key).send()?;
    let device = expect(added, 201)?.text_at("/device_id")?;
    family.say("For taps it gets a token, whose key nobody is ever told again.");
    let body = json!({"device_id": device, "pin": PIN});
    let made = by(family, father, "/v1/accounts/{account}/nfc-tokens", &body);
    let made = expect(made.key(&new_key("demo-token")).send()?, 201)?;
    let token_key = BASE64.decode(made.text_at("/key")?.as_bytes())?;
    let token_key = token_key.try_into().ok().context("a token's key has 32 bytes")?;
    Ok(Telephone { signer, device, token: made.text_at("/token_id")?, token_key })
}

/// A payment of what was shown, signed, from the card alone.
fn signed_payment(
    family: &Family,
    father: &Holder,
    telephone: &Telephone,
    card: &str,
    merchant: &str,
) -> Result<()> {
    family.say("Before paying he is shown whom, how much, and what is unusual about it.");
    let cake = order(family, merchant, "88.00", "A cake")?;
    let key = new_key("demo-pay");
    let mut body = json!({
        "account_id": father.account, "method": "card", "card_id": card,
    });
    body["device_id"] = telephone.device.as_str().into();
    let path = format!("/v1/orders/{cake}/confirmations");
    let shown = expect(by(family, father, &path, &body).key(&key).send()?, 200)?;
    let token = shown.text_at("/confirmation")?;
    family.say("The telephone signs exactly that, and the card is charged at the bank.");
    body = json!({
        "account_id": father.account, "method": "card", "card_id": card, "amount": yuan("88.00"),
        "pin": PIN, "confirmation": token,
        "signature": {
            "device_id": telephone.device, "value": telephone.signer.sign(token.as_bytes()),
        },
    });
    let path = format!("/v1/orders/{cake}/payments");
    let paid = expect(by(family, father, &path, &body).key(&key).send()?, 201)?;
    expect_text(&paid, "/status", "succeeded")
}

/// Taps within small payments.
fn taps(family: &Family, father: &Holder, telephone: &Telephone, merchant: &str) -> Result<()> {
    family.say("He lets small payments go without the PIN.");
    let path = format!("/v1/accounts/{}/limits", father.account);
    let limits = expect(family.api.get(&path).by(&father.caller).send()?, 200)?;
    let revision = limits.json()["own"]["revision"].clone();
    let body = json!({"revision": revision, "small_payments_without_pin": true, "pin": PIN});
    expect(family.api.put(&path, &body).by(&father.caller).send()?, 200)?;
    family.say("Telephone and terminal agree on amount and merchant by a cryptogram.");
    let charge = |amount_minor: i64, value: &str, key: &str| -> Result<Answer> {
        let tap = TapData {
            merchant,
            amount_minor,
            unpredictable_number: UNPREDICTABLE_NUMBER,
            counter: 1,
        };
        let mac = tap_mac(&telephone.token_key, &tap).context("the tap cannot be signed")?;
        let body = json!({
            "merchant_id": merchant, "amount": yuan(value), "description": "A bun",
            "reference": "tap",
            "tap": {
                "token_id": telephone.token, "counter": tap.counter,
                "unpredictable_number": UNPREDICTABLE_NUMBER, "cryptogram": HEXLOWER.encode(&mac),
            },
        });
        family.api.post("/v1/charges", &body).by(&family.partner).key(key).send()
    };
    let key = new_key("demo-tap");
    expect_text(&expect(charge(350, "3.50", &key)?, 201)?, "/status", "paid")?;
    family.say("The same tap pays nothing twice, and never another amount.");
    expect_problem(charge(350, "3.50", &new_key("demo-tap"))?, 409, "tap_replayed")?;
    expect_problem(charge(350, "9.50", &new_key("demo-tap"))?, 422, "cryptogram_wrong").map(drop)
}
