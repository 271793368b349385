use feiqian_edge::{Answer, Call, EntryBody, Problem, query, read_text};
use feiqian_flows::set_note;
use serde::Deserialize;

use crate::settings::Settings;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    text: String,
}

/// `PUT /v1/accounts/:account_id/entries/:sequence/note`
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let body: Body = call.json()?;
    set(call, settings, Some(read_text("text", body.text)?)).await
}

/// `DELETE /v1/accounts/:account_id/entries/:sequence/note`
pub(crate) async fn remove(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    set(call, settings, None).await
}

async fn set(call: &Call, settings: &Settings, text: Option<String>) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?;
    let id = call.id("account_id")?;
    let sequence = sequence(call)?;
    let noted = set_note(&settings.platform, &customer.id, &id, sequence, text).await?;
    Ok(Answer::ok(&EntryBody::of(&noted, settings.calendar)))
}

/// The number of an entry in the path.
pub(crate) fn sequence(call: &Call) -> Result<u64, Problem> {
    let text = call.parameter("sequence")?;
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|sequence| digits && *sequence > 0).ok_or_else(|| {
        query::invalid("sequence", "it is a whole number from 1", "应为不小于 1 的整数")
    })
}
