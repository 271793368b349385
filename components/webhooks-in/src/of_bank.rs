use feiqian_edge::spin::Siblings;
use feiqian_edge::{Answer, Call, Problem, log_fault};
use feiqian_flows::{Progress, note_bank_event};
use http::StatusCode;
use serde::Deserialize;

use crate::event::Event;
use crate::settings::Settings;

/// What is read of an event about a debit or a credit: which, and not what became of it.
#[derive(Deserialize)]
struct Updated {
    request_id: String,
}

/// Takes up what the bank has news of. None for a type that asks for nothing here.
pub(crate) async fn answer(
    event: &Event,
    call: &Call,
    settings: &Settings,
) -> Result<Option<Answer>, Problem> {
    if !matches!(event.kind.as_str(), "debit.updated" | "credit.updated") {
        return Ok(None);
    }
    let Updated { request_id } = event.data()?;
    let progress = note_bank_event(&settings.platform, &Siblings, &request_id).await?;
    Ok(Some(match progress {
        None => event.told(StatusCode::OK, "nothing_pending"),
        Some(Progress::Finished) => event.told(StatusCode::OK, "finished"),
        Some(Progress::Waiting(_)) => event.told(StatusCode::ACCEPTED, "waiting"),
        // Telling it again would help nobody: the worker goes on.
        Some(Progress::Failed(why)) => {
            log_fault(&call.request_id, "note_bank_event", &why);
            event.told(StatusCode::ACCEPTED, "waiting")
        }
    }))
}
