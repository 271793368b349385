use feiqian_codes::{PayerCode, Picture, PictureError, PictureFiles};
use feiqian_edge::{Answer, Call, PayMethod, Problem, ProblemCode};
use feiqian_flows::give_payer_code;
use serde::{Deserialize, Serialize};

use crate::settings::Settings;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    #[serde(default)]
    method: PayMethod,
    card_id: Option<String>,
}

/// A payer code: its digits, and both pictures of them, as text and as base64.
#[derive(Serialize)]
struct CodeBody<'a> {
    code: &'a str,
    method: &'static str,
    expires_at: String,
    qr: PictureFiles,
    barcode: PictureFiles,
}

/// `POST /v1/accounts/:account_id/payer-codes`: the body may be an empty object, for the balance.
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?;
    let key = call.idempotency_key()?.into_string();
    let account: feiqian_ledger::AccountId = call.id("account_id")?;
    let body: Body = call.json()?;
    let from = body.method.source(body.card_id.as_deref())?;
    let code = PayerCode::of_bits(settings.code_key.payer_code_bits(account.as_str(), &key));
    let digits = code.as_str();
    let given = give_payer_code(&settings.platform, &customer.id, &account, from, digits).await?;
    let body = CodeBody {
        code: digits,
        method: given.code.from.as_str(),
        expires_at: settings.policy.calendar.format(given.code.expires_at()),
        qr: Picture::qr(digits).and_then(|picture| picture.files()).map_err(undrawable)?,
        barcode: Picture::code_128(digits)
            .and_then(|picture| picture.files())
            .map_err(undrawable)?,
    };
    Ok(Answer::created(&body).replayed(given.replayed))
}

/// Every payer code can be drawn.
fn undrawable(error: PictureError) -> Problem {
    Problem::new(ProblemCode::InternalError).because(error)
}
