use feiqian_edge::{Answer, Call, Problem};
use feiqian_flows::{FlowError, Platform, load_account};
use feiqian_money::Money;
use serde::Serialize;

use crate::settings::Settings;

#[derive(Serialize)]
struct BalanceBody {
    balance: Money,
    in_flight: InFlight,
    as_of: String,
}

/// What is under way: top ups that may still come in, and payments that have left the
/// balance and may still come back.
#[derive(Serialize)]
struct InFlight {
    incoming: Money,
    outgoing: Money,
}

/// `GET /v1/accounts/:account_id/balance`
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?;
    let id = call.id("account_id")?;
    let as_of = settings.platform.now();
    let account = load_account(&settings.platform, &customer.id, &id).await?;
    Ok(Answer::ok(&BalanceBody {
        balance: account.balance().into(),
        in_flight: InFlight {
            incoming: account.incoming().map_err(FlowError::from)?.into(),
            outgoing: account.outgoing().map_err(FlowError::from)?.into(),
        },
        as_of: settings.calendar.format(as_of),
    }))
}
