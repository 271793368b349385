use feiqian_calendar::Calendar;
use feiqian_edge::{Answer, Call, Cursor, Problem};
use feiqian_flows::security_events;
use feiqian_ledger::account::{LoggedEvent, SecurityEvent};
use serde::Serialize;

use crate::settings::Settings;

#[derive(Serialize)]
struct EventsBody<'a> {
    events: Vec<EventBody<'a>>,
    has_more: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
}

#[derive(Serialize)]
struct EventBody<'a> {
    at: String,
    event: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
}

/// `GET /v1/accounts/:account_id/security-events?cursor=`, newest first
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?;
    let id = call.id("account_id")?;
    let query = call.query(&["cursor"])?;
    let page = query.get("cursor").map(Cursor::decode).transpose()?.map(Cursor::sequence);
    let found = security_events(&settings.platform, &customer.id, &id, page).await?;
    let events = found.events.iter().map(|event| body(event, settings.calendar)).collect();
    let cursor = found.older_page.map(|page| Cursor::before(page).encode());
    Ok(Answer::ok(&EventsBody { events, has_more: cursor.is_some(), cursor }))
}

fn body(logged: &LoggedEvent, calendar: Calendar) -> EventBody<'_> {
    let (event, subject) = match &logged.event {
        SecurityEvent::PinSet => ("pin_set", None),
        SecurityEvent::PinChanged => ("pin_changed", None),
        SecurityEvent::PinReset => ("pin_reset", None),
        SecurityEvent::PinLocked => ("pin_locked", None),
        SecurityEvent::DeviceAdded { device } => ("device_added", Some(device.as_str())),
        SecurityEvent::DeviceRevoked { device } => ("device_revoked", Some(device.as_str())),
        SecurityEvent::WalletLinked { agreement } => ("wallet_linked", Some(agreement.as_str())),
        SecurityEvent::WalletUnlinked { agreement } => {
            ("wallet_unlinked", Some(agreement.as_str()))
        }
        SecurityEvent::CardBound { card } => ("card_bound", Some(card.as_str())),
        SecurityEvent::LimitsChanged { raised: true } => ("limits_raised", None),
        SecurityEvent::LimitsChanged { raised: false } => ("limits_lowered", None),
        SecurityEvent::CardUnbound { card } => ("card_unbound", Some(card.as_str())),
        SecurityEvent::Frozen { by } => ("frozen", Some(by.as_str())),
        SecurityEvent::Unfrozen { by } => ("unfrozen", Some(by.as_str())),
        SecurityEvent::Closed => ("closed", None),
        SecurityEvent::FaceVerified => ("face_verified", None),
        SecurityEvent::Upgraded { class } => ("upgraded", Some(class.as_str())),
        SecurityEvent::Woken => ("woken", None),
    };
    EventBody { at: calendar.format(logged.at), event, subject }
}
