use feiqian_codes::{MedicalCode, Picture, PictureError, PictureFiles};
use feiqian_edge::{Answer, Call, Problem, ProblemCode, read_id};
use feiqian_flows::{GiveMedicalCodeRequest, give_medical_code};
use feiqian_ledger::AccountId;
use serde::{Deserialize, Serialize};

use crate::settings::Settings;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    relative_id: Option<String>,
    #[serde(default)]
    shared_account: bool,
}

/// A medical code: its digits, and a picture of them, as text and as base64.
#[derive(Serialize)]
struct CodeBody<'a> {
    code: &'a str,
    expires_at: String,
    shared_account: bool,
    qr: PictureFiles,
}

/// `POST /v1/accounts/:account_id/medical-codes`
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?;
    let key = call.idempotency_key()?.into_string();
    let account: AccountId = call.id("account_id")?;
    let body: Body = call.json()?;
    let code = MedicalCode::of_bits(settings.code_key.medical_code_bits(account.as_str(), &key));
    let relative = body.relative_id.as_deref().map(|id| read_id("relative_id", id)).transpose()?;
    let request = GiveMedicalCodeRequest {
        customer,
        account,
        relative,
        shared_account: body.shared_account,
        digits: code.as_str().to_owned(),
    };
    let given = give_medical_code(&settings.platform, request).await?;
    let body = CodeBody {
        code: code.as_str(),
        expires_at: settings.calendar.format(given.code.expires_at()),
        shared_account: given.code.shared_by.is_some(),
        qr: Picture::qr(code.as_str()).and_then(|picture| picture.files()).map_err(undrawable)?,
    };
    Ok(Answer::created(&body).replayed(given.replayed))
}

/// Every medical code can be drawn.
fn undrawable(error: PictureError) -> Problem {
    Problem::new(ProblemCode::InternalError).because(error)
}
