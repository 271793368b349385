use feiqian_edge::{Answer, Call, Problem, WebhookSource, log_fault};
use feiqian_flows::{Platform, record_event};
use http::StatusCode;

use crate::event::Event;
use crate::settings::Settings;
use crate::{of_bank, of_partner};

/// `POST /v1/webhooks/:source`: an event of the bank or of a partner
pub(crate) async fn answer(call: &Call, settings: &'static Settings) -> Result<Answer, Problem> {
    let now = settings.platform.now();
    let (source, id) = settings.secrets.verify(call, call.parameter("source")?, now)?;
    let event = Event::read(call, id)?;
    let answered = match &source {
        WebhookSource::Bank => of_bank::answer(&event, call, settings).await?,
        WebhookSource::Partner(partner) => {
            of_partner::answer(&event, partner, call, settings).await?
        }
    };
    match answered {
        Some(answer) => Ok(answer),
        None => Ok(record(&event, &source, call, settings).await),
    }
}

/// Keeps an event that asks for nothing here. Whether it could be kept is no concern of who
/// sent it.
async fn record(event: &Event, source: &WebhookSource, call: &Call, settings: &Settings) -> Answer {
    let Settings { platform, policy, .. } = settings;
    let source = source.as_str();
    let kept = record_event(platform, policy.calendar, source, &event.id, &event.kind).await;
    if let Err(error) = kept {
        log_fault(&call.request_id, "record_event", &error);
    }
    event.told(StatusCode::ACCEPTED, "recorded")
}
