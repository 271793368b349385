use feiqian_edge::{Answer, Call, Problem, read_text};
use feiqian_flows::look_up_bills;
use serde::Serialize;

use crate::bill::BillBody;
use crate::settings::Settings;

#[derive(Serialize)]
struct BillsBody<'a> {
    bills: Vec<BillBody<'a>>,
}

/// `GET /v1/bills?merchant_id=&subscriber=`: the bills of a subscriber, oldest first.
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    settings.customer(call)?;
    let query = call.query(&["merchant_id", "subscriber"])?;
    let merchant = call.body_id("merchant_id", query.required("merchant_id")?)?;
    let subscriber = read_text("subscriber", query.required("subscriber")?.to_owned())?;
    let views = look_up_bills(&settings.platform, &merchant, &subscriber).await?;
    let bills = views.iter().map(|view| BillBody::of(view, settings.calendar)).collect();
    Ok(Answer::ok(&BillsBody { bills }))
}
