use data_encoding::BASE64URL_NOPAD;
use feiqian_edge::{Answer, Call, OperatorScope, Problem, query};
use feiqian_flows::reseal;
use serde::{Deserialize, Serialize};

use crate::settings::Settings;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    #[serde(default)]
    cursor: Option<String>,
}

#[derive(Serialize)]
struct ResealBody {
    resealed: usize,
    kept: usize,
    unopened: Vec<String>,
    has_more: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
}

/// `POST /v1/operations/accounts/reseals`: seals one batch of accounts and merchants with the
/// active key.
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let acting = settings.acting(call, OperatorScope::Admin)?;
    let body: Body = call.json()?;
    let after = body.cursor.map_or_else(|| Ok(String::new()), |cursor| decode(&cursor))?;
    acting.perform(&settings.platform, async || reseal_batch(settings, &after).await).await
}

async fn reseal_batch(settings: &Settings, after: &str) -> Result<Answer, Problem> {
    let batch = reseal(&settings.platform, &settings.vault, after).await?;
    let cursor = batch.next.map(|next| BASE64URL_NOPAD.encode(next.as_bytes()));
    Ok(Answer::ok(&ResealBody {
        resealed: batch.resealed,
        kept: batch.kept,
        unopened: batch.unopened,
        has_more: cursor.is_some(),
        cursor,
    }))
}

fn decode(cursor: &str) -> Result<String, Problem> {
    let bytes = BASE64URL_NOPAD.decode(cursor.as_bytes()).ok();
    bytes.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(|| {
        query::invalid("cursor", "it is not one that an answer gave", "不是应答中给出的游标")
    })
}
