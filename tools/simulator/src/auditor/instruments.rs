//! What the auditor checks of payer codes and of tokens in devices: a code is spent once, and
//! a token's counter only grows.

use std::collections::BTreeMap;

use super::Auditor;
use super::documents::{IssuedCode, NfcToken, Variant};
use crate::history::Violation;

/// A payer code as it was last seen.
#[derive(Debug, PartialEq, Eq)]
pub struct CodeModel {
    account: String,
    from: Option<Variant>,
    issued_at: u64,
    /// The order of the charge that spent it, and whether that was in time.
    spent: Option<(String, bool)>,
}

/// A token as it was last seen.
#[derive(Debug)]
pub struct TokenModel {
    account: String,
    from: Option<Variant>,
    pub(super) device: String,
    /// The charge's order of each tap that was taken, by its counter.
    taps: BTreeMap<u32, String>,
}

impl Auditor {
    pub(super) fn saw_code(&mut self, digits: &str, code: IssuedCode) -> Result<(), Violation> {
        let wrong = |what: &str| Err(Violation::new(format!("code {digits} {what}"), &[digits]));
        let spent = code.spent.map(|spent| (spent.by, spent.in_time));
        let next =
            CodeModel { account: code.account, from: code.from, issued_at: code.issued_at, spent };
        let verdict = match self.codes.get(digits) {
            None if next.spent.is_some() => wrong("was spent before it was given"),
            Some(known)
                if (&known.account, &known.from, known.issued_at)
                    != (&next.account, &next.from, next.issued_at) =>
            {
                wrong("has changed what it stands for")
            }
            Some(known) if known.spent.is_some() && known.spent != next.spent => {
                wrong("is spent twice")
            }
            _ => Ok(()),
        };
        self.codes.insert(digits.to_owned(), next);
        verdict
    }

    pub(super) fn saw_token(&mut self, id: &str, token: NfcToken) -> Result<(), Violation> {
        let wrong = |what: &str| Err(Violation::new(format!("token {id} {what}"), &[id]));
        let model = self.tokens.entry(id.to_owned()).or_insert_with(|| TokenModel {
            account: token.account.clone(),
            from: token.from.clone(),
            device: token.device.clone(),
            taps: BTreeMap::new(),
        });
        if (&model.account, &model.from, &model.device)
            != (&token.account, &token.from, &token.device)
        {
            return wrong("has changed what it stands for");
        }
        let newest = model.taps.last_key_value();
        match (newest, token.last) {
            (None, None) => Ok(()),
            (Some(_), None) => wrong("forgot its counter"),
            (Some((counter, by)), Some(tap)) if *counter == tap.counter && *by == tap.by => Ok(()),
            (Some((counter, _)), Some(tap)) if *counter >= tap.counter => {
                wrong("takes a tap whose counter is used up")
            }
            (_, Some(tap)) => {
                model.taps.insert(tap.counter, tap.by);
                Ok(())
            }
        }
    }

    /// From where what was shown for a charge pays; none for the balance.
    pub(super) fn source_of(&self, instrument: &Variant) -> Option<&Variant> {
        let body = &instrument.body;
        match instrument.name.as_str() {
            "payer_code" => self.codes.get(body.as_str()?)?.from.as_ref(),
            "nfc" => self.tokens.get(body.get("token")?.as_str()?)?.from.as_ref(),
            _ => None,
        }
    }

    /// Whose a code is that this charge has spent in time.
    pub(super) fn payer_by_code(&self, digits: &str, order: &str) -> Option<&str> {
        let code = self.codes.get(digits)?;
        let (by, in_time) = code.spent.as_ref()?;
        (*in_time && by == order).then_some(&*code.account)
    }

    /// Whose a token is of which this charge has a tap.
    pub(super) fn payer_by_tap(&self, token: &str, counter: u32, order: &str) -> Option<&str> {
        let token = self.tokens.get(token)?;
        (token.taps.get(&counter)? == order).then_some(&*token.account)
    }
}
