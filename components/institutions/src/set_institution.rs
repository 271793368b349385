use feiqian_edge::{Answer, Call, OperatorScope, Problem, query, read_text};
use feiqian_flows::set_institution;
use feiqian_ledger::MerchantId;
use feiqian_ledger::medical::{Institution, ProofKind};
use serde::{Deserialize, Serialize};

use crate::settings::Settings;

/// Digits of a region (GB/T 2260).
const REGION_DIGITS: usize = 6;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    number: String,
    region: String,
    designated: bool,
    insurance_payment: bool,
    accepts: Vec<ProofKind>,
}

#[derive(Serialize)]
struct InstitutionBody<'a> {
    merchant_id: &'a MerchantId,
    name: &'a str,
    institution: Option<&'a Institution>,
}

/// `PUT /v1/operations/institutions/:merchant_id`
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let acting = settings.acting(call, OperatorScope::Admin)?;
    let body: Body = call.json()?;
    let digits = body.region.bytes().all(|byte| byte.is_ascii_digit());
    if body.region.len() != REGION_DIGITS || !digits {
        return Err(query::invalid("region", "it has six digits", "应为六位数字"));
    }
    if body.accepts.len() > ProofKind::ALL.len() {
        return Err(query::invalid("accepts", "a kind is there twice", "凭证类型重复"));
    }
    let institution = Institution {
        number: read_text("number", body.number)?,
        region: body.region,
        designated: body.designated,
        insurance_payment: body.insurance_payment,
        accepts: body.accepts,
    };
    let id: MerchantId = call.id("merchant_id")?;
    let platform = &settings.platform;
    let set = async || {
        let merchant = set_institution(platform, &id, institution).await?;
        Ok(Answer::ok(&InstitutionBody {
            merchant_id: &merchant.id,
            name: &merchant.name,
            institution: merchant.institution.as_ref(),
        }))
    };
    acting.perform(platform, set).await
}
