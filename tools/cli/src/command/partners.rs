//! Partner platforms and the keys with which they sign.

use http::Method;
use serde_json::{Value, json};

use super::told;
use crate::arguments::{AddKey, Partner};
use crate::client::Client;
use crate::error::Error;
use crate::route::{self, path};
use crate::show;

pub(super) fn run(client: &Client, what: &Partner, as_json: bool) -> Result<(), Error> {
    let put = |at: &str, body: &Value| client.send(Method::PUT, at, Some(body));
    let answer = match what {
        Partner::Show { partner } => client.get(&path(route::PARTNER, &[partner]))?,
        Partner::Register { partner, name } => {
            put(&path(route::PARTNER, &[partner]), &json!({ "name": name }))?
        }
        Partner::AddKey(key) => {
            put(&path(route::PARTNER_KEY, &[&key.partner, &key.name]), &body(key)?)?
        }
        Partner::EndKey { partner, name, at } => {
            let body = at.as_ref().map_or(json!({}), |at| json!({ "not_after": at }));
            put(&path(route::PARTNER_KEY_END, &[partner, name]), &body)?
        }
    };
    told(&answer, as_json, |answer| {
        let columns = [("partner", "/partner_id"), ("name", "/name"), ("since", "/created_at")];
        show::fields(answer, &columns);
        let columns = [
            ("key id", "/key_id"),
            ("algorithm", "/algorithm"),
            ("scopes", "/scopes"),
            ("quota", "/quota/requests"),
            ("not before", "/not_before"),
            ("not after", "/not_after"),
        ];
        show::rows("keys", &answer["keys"], &columns);
    });
    Ok(())
}

fn body(key: &AddKey) -> Result<Value, Error> {
    let (algorithm, text) = match (&key.ed25519, &key.secret_file) {
        (Some(public), None) => ("ed25519", public.clone()),
        (None, Some(file)) => {
            let secret = std::fs::read_to_string(file).map_err(|error| {
                Error::Usage(format!("{} cannot be read: {error}", file.display()))
            })?;
            ("hmac-sha256", secret.trim().to_owned())
        }
        _ => return Err(Error::Usage("a key is one of --ed25519 and --secret-file".to_owned())),
    };
    let mut body = json!({ "algorithm": algorithm, "key": text, "scopes": key.scopes });
    for (name, value) in [("not_before", &key.not_before), ("not_after", &key.not_after)] {
        if let Some(value) = value {
            body[name] = value.as_str().into();
        }
    }
    if let Some(quota) = key.quota {
        body["quota"] = quota.into();
    }
    Ok(body)
}
