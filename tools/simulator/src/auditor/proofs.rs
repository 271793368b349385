//! What the auditor checks of how payers are verified: by which proof each payment starts, and
//! that exactly the meters of that proof count it.

use feiqian_ledger::{DEVICES_MAX, OperationId, Region};
use serde_json::Value;

use super::account::AccountModel;
use super::charges::Channel;
use super::documents::{Account, Device, Flight, HolderLimits, Variant};
use super::{Auditor, Kind};
use crate::clock::DAY_MS;
use crate::history::Violation;

/// By how many factors a payer is verified (RULES section 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Factors {
    One,
    Two,
    TwoSigned,
}

/// How a payer has confirmed a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Confirmed {
    /// By the PIN, unseen.
    Unseen,
    /// What was shown of it.
    Seen,
    /// What was shown of it, with the signature of a device.
    Signed(String),
    /// Something else, or with something else's signature.
    Falsely,
}

/// How old a device has to be for its signature to count (policy: a day), milliseconds.
const TRUSTED_AFTER_MS: u64 = DAY_MS;

/// The meters that count a payment (RULES sections 1 to 3).
fn meters_of(
    category: &str,
    channel: Channel,
    factors: Factors,
    without_pin: bool,
) -> Vec<&'static str> {
    let out = match category {
        "wealth_product" => "wealth_purchases",
        "loan_repayment" => "loan_repayments",
        _ => "out",
    };
    let mut meters = vec![out, "spent"];
    let by_barcode = matches!(channel, Channel::DynamicCode | Channel::PayerCode);
    let (all, barcode) = match factors {
        Factors::One => (Some("one_factor"), Some("barcode_one_factor")),
        Factors::Two => (Some("two_factors"), Some("barcode_two_factors")),
        Factors::TwoSigned => (None, None),
    };
    meters.extend(all);
    meters.extend(barcode.filter(|_| by_barcode));
    if channel == Channel::StaticCode {
        meters.push("static_code");
    }
    if without_pin {
        meters.push("without_pin");
    }
    meters.sort_unstable();
    meters
}

/// A revoked device stays so, none is changed or lost before, and no more sign than may.
pub(super) fn check_devices(before: &[Device], now: &[Device]) -> Result<(), &'static str> {
    for known in before {
        match now.iter().find(|device| device.id == known.id) {
            None if known.revoked_at.is_none() => return Err("has lost a device"),
            Some(device) if device.public_key != known.public_key => {
                return Err("has another key for a device");
            }
            Some(device) if device.added_at != known.added_at => {
                return Err("has another age for a device");
            }
            Some(device) if known.revoked_at.is_some() && device.revoked_at.is_none() => {
                return Err("has a revoked device that signs again");
            }
            _ => {}
        }
    }
    let keys = |device: &&Device| now.iter().filter(|d| d.public_key == device.public_key).count();
    if now.iter().any(|device| keys(&device) > 1) {
        return Err("has the same key twice");
    }
    if now.iter().filter(|device| device.revoked_at.is_none()).count() > DEVICES_MAX {
        return Err("has too many devices");
    }
    Ok(())
}

/// Whether a device's signature counts as one at an instant; none if it may not sign.
fn trust(account: &Account<'_>, id: &str, at_ms: u64) -> Option<bool> {
    let device = account.devices.iter().find(|device| device.id == id)?;
    device.revoked_at.is_none().then_some(at_ms >= device.added_at + TRUSTED_AFTER_MS)
}

impl Auditor {
    /// A payment starts: by the PIN, or without it by what was shown at a till. Gives the
    /// meters that have to count it.
    pub(super) fn check_proof(
        &self,
        account: &Account<'_>,
        flight: &Flight<'_>,
    ) -> Result<Vec<&'static str>, String> {
        let order = flight.order().and_then(|order| self.orders.get(order));
        let order = order.ok_or("pays an order that there is not")?;
        if order.is_charge() && order.payer_of_charge() != Some(&*account.id) {
            return Err("pays a charge of another".to_owned());
        }
        let id = flight.order().unwrap_or_default();
        let by_charge = OperationId::derive(Region::EXAMPLE, &[&account.id, "charge", id]).as_str()
            == &*flight.operation;
        let channels: Vec<Channel> = order.channels(flight.at).collect();
        let by_wallet = by_charge && channels.contains(&Channel::Wallet);
        if by_wallet != flight.agreement().is_some() {
            return Err("is paid under an agreement, or should be".to_owned());
        }
        let without_pin = by_charge && !by_wallet;
        if without_pin && !account.holder_limits.small_payments {
            return Err("is paid without the PIN, and its holder does not want that".to_owned());
        }
        if let Some(instrument) = order.instrument().filter(|_| by_charge) {
            self.check_instrument(account, flight, &instrument)?;
        }
        let factors =
            if by_charge { vec![Factors::One] } else { self.factors_of(account, flight, id) };
        if factors.is_empty() {
            return Err("is paid, and its payer has confirmed something else".to_owned());
        }
        let mut said: Vec<&str> = flight.meters.iter().map(|meter| &**meter).collect();
        said.sort_unstable();
        let of_channel = |&channel: &Channel| {
            factors
                .iter()
                .map(move |&factors| meters_of(&order.category, channel, factors, without_pin))
        };
        let possible: Vec<_> = channels.iter().flat_map(of_channel).collect();
        let counted = possible.iter().find(|meters| **meters == said).cloned();
        counted.ok_or_else(|| format!("counts for {said:?}, and may for {possible:?}"))
    }

    /// A charge is paid by a device that still may, from where its payer has chosen.
    fn check_instrument(
        &self,
        account: &Account<'_>,
        flight: &Flight<'_>,
        instrument: &Variant,
    ) -> Result<(), String> {
        if let Some(token) = instrument.body.get("token").and_then(Value::as_str) {
            let device = self.tokens.get(token).map(|token| token.device.as_str());
            if device.and_then(|device| trust(account, device, flight.at)).is_none() {
                return Err("is paid by a device that was revoked".to_owned());
            }
        }
        let (source, pays) = (self.source_of(instrument), flight.card_part());
        let fits = match source.map(|source| source.name.as_str()) {
            None => pays == 0,
            Some("card") => pays == flight.amount,
            Some(_) => true,
        };
        let card = source.and_then(|source| source.body.as_str());
        if fits && (pays == 0 || flight.card() == card) {
            Ok(())
        } else {
            Err("is paid from where its payer has not chosen".to_owned())
        }
    }

    /// By how many factors a payer may be verified, as the requests of the payment were.
    fn factors_of(&self, account: &Account<'_>, flight: &Flight<'_>, order: &str) -> Vec<Factors> {
        let confirmed = self.confirmed.get(&*flight.operation).into_iter().flatten();
        let same = confirmed.filter(|(of, amount, _)| of == order && *amount == flight.amount);
        same.filter_map(|(_, _, how)| match how {
            Confirmed::Unseen | Confirmed::Seen => Some(Factors::One),
            Confirmed::Signed(device) if trust(account, device, flight.at)? => {
                Some(Factors::TwoSigned)
            }
            Confirmed::Signed(_) => Some(Factors::Two),
            Confirmed::Falsely => None,
        })
        .collect()
    }

    /// A payer confirms a payment in some way.
    pub fn saw_confirmed(&mut self, operation: &str, order: &str, amount: i64, how: Confirmed) {
        let known = self.confirmed.entry(operation.to_owned()).or_default();
        known.push((order.to_owned(), amount, how));
    }

    /// A device signs a change of limits.
    pub fn saw_limits_signed(&mut self, challenge_and_device: (String, String)) {
        self.signed_limits.insert(challenge_and_device);
    }

    /// Whether a device that counts has signed the limits that an account has now.
    pub(super) fn is_raise_signed(&self, id: &str, account: &Account<'_>) -> bool {
        let HolderLimits { own, small_payments, revision } = account.holder_limits;
        let fen = |limit: Option<i64>| limit.map_or("none".to_owned(), |fen| fen.to_string());
        let (payment, day, month) = (fen(own.payment), fen(own.day), fen(own.month));
        let before = revision.wrapping_sub(1);
        let challenge =
            format!("feiqian-limits\n{id}\n{before}\n{payment}\n{day}\n{month}\n{small_payments}");
        let at = account.security.events.last().map_or(0, |event| event.at);
        account.devices.iter().any(|device| {
            self.signed_limits.contains(&(challenge.clone(), device.id.clone()))
                && trust(account, &device.id, at) == Some(true)
        })
    }

    /// A holder is told that a device is revoked.
    ///
    /// # Errors
    /// That it is not.
    pub fn saw_revoked(&mut self, account: &str, device: &str) -> Result<(), Violation> {
        let known = self.accounts.get(account).map(AccountModel::devices).unwrap_or_default();
        match known.iter().find(|known| known.id == device) {
            Some(Device { revoked_at: None, .. }) => {
                let what = format!("{device} was revoked and still signs");
                Err(Violation::new(what, &[device, account]))
            }
            _ => Ok(()),
        }
    }

    /// A payment starts: its meters and its agreement are kept.
    pub(super) fn start_payment(
        &mut self,
        model: &mut AccountModel,
        account: &Account<'_>,
        flight: &Flight<'_>,
    ) -> Result<(), String> {
        if Kind::of(flight.kind()) != Kind::Payment {
            return Ok(());
        }
        let meters = self.check_proof(account, flight)?;
        let agreement = flight.agreement().map(|id| (id.to_owned(), flight.day.to_string()));
        if let Some((id, day)) = &agreement {
            model.wallets.charge(id, day, flight.amount)?;
        }
        self.change_case(&flight.operation, |case| {
            case.meters = meters;
            case.agreement = agreement;
        });
        Ok(())
    }
}
