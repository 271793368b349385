use feiqian_edge::{Answer, Call, Problem};
use feiqian_flows::{BeginWalletRequest, begin_wallet};
use feiqian_identity::{CardNumber, HolderName, Mobile, ResidentId};
use feiqian_ledger::BindingId;
use feiqian_ledger::partner::PartnerScope;
use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::settings::Settings;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    account_id: String,
    name: String,
    resident_id: String,
    card_number: String,
    mobile: String,
}

#[derive(Serialize)]
struct VerificationBody<'a> {
    verification_id: &'a BindingId,
    expires_at: String,
}

/// `POST /v1/wallets/verifications`: the bank sends the holder a code.
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let partner = settings.partner(call, PartnerScope::Wallets).await?;
    let key = call.idempotency_key()?.into_string();
    let body: Body = call.json()?;
    let request = BeginWalletRequest {
        partner,
        key,
        account: call.body_id("account_id", &body.account_id)?,
        name: HolderName::parse(&body.name)?,
        resident_id: ResidentId::parse(&body.resident_id)?,
        card_number: CardNumber::parse(&body.card_number)?,
        mobile: Mobile::parse(&body.mobile)?,
    };
    let begun = begin_wallet(&settings.platform, &settings.vault, request).await?;
    let body = VerificationBody {
        verification_id: &begun.binding.id,
        expires_at: settings.calendar.format(begun.binding.expires_at),
    };
    Ok(Answer::json(StatusCode::ACCEPTED, &body).replayed(begun.replayed))
}
