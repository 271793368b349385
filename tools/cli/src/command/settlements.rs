//! How merchants are paid out, and their days.

use http::Method;
use serde_json::json;

use super::told;
use crate::arguments::Settlement;
use crate::client::Client;
use crate::error::Error;
use crate::route::{self, path};
use crate::show;

pub(super) fn run(client: &Client, what: &Settlement, as_json: bool) -> Result<(), Error> {
    let answer = match what {
        Settlement::Show { merchant } => client.get(&path(route::SETTLEMENT, &[merchant]))?,
        Settlement::Set { merchant, fee_rate, bank_code, account_name, account_file } => {
            let number = std::fs::read_to_string(account_file).map_err(|error| {
                Error::Usage(format!("{} cannot be read: {error}", account_file.display()))
            })?;
            let body = json!({
                "fee_rate": fee_rate,
                "account": {
                    "bank_code": bank_code, "number": number.trim(), "name": account_name,
                },
            });
            client.send(Method::PUT, &path(route::SETTLEMENT, &[merchant]), Some(&body))?
        }
        Settlement::Run { merchant } => {
            client.send(Method::POST, &path(route::SETTLEMENT_RUN, &[merchant]), None)?
        }
    };
    told(&answer, as_json, |answer| {
        let columns = [
            ("merchant", "/merchant_id"),
            ("name", "/name"),
            ("bank", "/settlement/account/bank_code"),
            ("account", "/settlement/account/number"),
            ("account's name", "/settlement/account/name"),
            ("settled through", "/settlement/settled_through"),
            ("carried over", "/settlement/carried_over"),
            ("under way", "/settlement/under_way/day"),
            ("state", "/settlement/under_way/state"),
        ];
        show::fields(answer, &columns);
        let columns = [("from", "/from"), ("fee rate", "/rate")];
        show::rows("fee rates", &answer["settlement"]["fee_rates"], &columns);
    });
    Ok(())
}

pub(super) fn reconcile(client: &Client, day: &str, as_json: bool) -> Result<(), Error> {
    let answer = client.get(&path(route::BANK, &[day]))?;
    told(&answer, as_json, |answer| {
        show::fields(answer, &[("day", "/day"), ("agrees", "/agrees")]);
        let columns = [("movement", "/movement"), ("count", "/count"), ("amount", "/amount")];
        show::rows("matched", &answer["matched"], &columns);
        let columns = [
            ("kind", "/kind"),
            ("request", "/request_id"),
            ("movement", "/movement"),
            ("ours", "/ours"),
            ("theirs", "/theirs"),
        ];
        show::rows("differences", &answer["differences"], &columns);
    });
    if answer["agrees"] == true {
        Ok(())
    } else {
        Err(Error::Finding(format!("the bank's books of {day} and ours do not agree")))
    }
}
