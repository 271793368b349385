use feiqian_codes::{
    CodeError, MerchantCode, NAME_CHARS_MAX, PLACE_CHARS_MAX, Picture, PictureFiles,
};
use feiqian_edge::{Answer, Call, Problem, ProblemCode, query};
use feiqian_flows::load_merchant;
use feiqian_ledger::partner::PartnerScope;
use feiqian_ledger::{Merchant, Order};
use serde::Serialize;

use crate::settings::Settings;

/// What a code says beside who is paid, as the partner wants it.
const LABELS: [&str; 3] = ["name", "city", "category_code"];

/// A merchant's code: what it holds, and its picture.
#[derive(Serialize)]
pub(crate) struct CodeBody {
    payload: String,
    qr: PictureFiles,
}

/// `GET /v1/merchants/:merchant_id/code?city=&category_code=&name=`: the merchant's static
/// code. `name` is needed when the merchant's own is not in Latin letters or too long.
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let partner = settings.partner(call, PartnerScope::Merchants).await?;
    let id = call.id("merchant_id")?;
    let merchant = load_merchant(&settings.platform, &partner, &id).await?;
    Ok(Answer::ok(&code_of(call, &merchant, None)?))
}

/// The code of a merchant, or of its order, with the labels of the request.
pub(crate) fn code_of(
    call: &Call,
    merchant: &Merchant,
    order: Option<&Order>,
) -> Result<CodeBody, Problem> {
    let query = call.query(&LABELS)?;
    let code = MerchantCode {
        merchant: merchant.id.to_string(),
        order: order.map(|order| (order.id.to_string(), order.amount)),
        category_code: query.required("category_code")?.to_owned(),
        name: query.get("name").unwrap_or(&merchant.name).to_owned(),
        local_name: (!merchant.name.is_ascii()).then(|| merchant.name.clone()),
        city: query.required("city")?.to_owned(),
    };
    let payload = code.to_text().map_err(label_refused)?;
    let qr = Picture::qr(&payload)
        .and_then(|picture| picture.files())
        .map_err(|error| Problem::new(ProblemCode::InternalError).because(error))?;
    Ok(CodeBody { payload, qr })
}

fn label_refused(error: CodeError) -> Problem {
    match error {
        CodeError::Value(52) => query::invalid(
            "category_code",
            "it is four digits (ISO 18245)",
            "应为四位数字（ISO 18245）",
        ),
        CodeError::Value(60) => query::invalid(
            "city",
            format!("it is 1 to {PLACE_CHARS_MAX} Latin characters"),
            format!("应为 1 至 {PLACE_CHARS_MAX} 个拉丁字符"),
        ),
        _ => query::invalid(
            "name",
            format!("it is 1 to {NAME_CHARS_MAX} Latin characters"),
            format!("应为 1 至 {NAME_CHARS_MAX} 个拉丁字符"),
        ),
    }
}
