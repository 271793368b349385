use feiqian_edge::{Answer, Call, OperatorScope, Problem};
use feiqian_flows::{merchant_settling, run_settlements};

use crate::settings::Settings;
use crate::terms::TermsBody;

/// `POST /v1/operations/settlements/:merchant_id/runs`: settles the next day that is over, as the
/// worker does after midnight.
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let acting = settings.acting(call, OperatorScope::Worker)?;
    let Settings { platform, calendar, vault, .. } = settings;
    let id = call.id("merchant_id")?;
    let settle = async || {
        merchant_settling(platform, &id).await?;
        run_settlements(platform, *calendar, vault, &id).await?;
        let merchant = merchant_settling(platform, &id).await?;
        Ok(Answer::ok(&TermsBody::of(&merchant, *calendar)))
    };
    acting.perform(platform, settle).await
}
