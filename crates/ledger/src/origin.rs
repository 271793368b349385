use feiqian_calendar::Timestamp;
use feiqian_limits::Channel;
use serde::{Deserialize, Serialize};

use crate::mutants::{Mutant, mutant};
use crate::{
    AccountId, AgreementId, DYNAMIC_CODE_LIFETIME_MS, Order, OrderState, Refusal, TokenId, VisitId,
};

/// How payers come to an order, which decides its limits. The order says so and not its
/// payer's application, so that no payer can choose another tier.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// In the payer's own application.
    #[default]
    Online,
    /// By a merchant's static code, with an amount that the payer entered.
    StaticCode,
    /// By a code that was drawn for it.
    DynamicCode {
        /// When the code was last drawn.
        drawn_at: Timestamp,
    },
    /// By a bill that was looked up with its biller.
    Bill,
    /// A merchant charges what its payer showed or agreed to.
    Charge(Charge),
    /// The cash of a visit that an insurer pays the rest of.
    Visit(VisitOrigin),
}

/// An order for the cash of a visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitOrigin {
    /// The visit, which decides about refunds.
    pub visit: VisitId,
    /// Who pays, once the insurer has settled its part: nobody may before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer: Option<AccountId>,
}

/// A charge: an order that only one account may pay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// What the merchant presented.
    pub instrument: Instrument,
    /// Who pays, once the instrument has been found good for this charge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer: Option<AccountId>,
    /// Why it was refused: the same answer for whoever asks again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Refusal>,
}

/// What stands for the payer in a charge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Instrument {
    /// The digits of a payer code.
    PayerCode(String),
    /// A wallet's agreement with an account's holder.
    Wallet {
        /// The account.
        account: AccountId,
        /// The agreement.
        agreement: AgreementId,
    },
    /// A tap of a token.
    Nfc {
        /// The token.
        token: TokenId,
        /// The tap's counter.
        counter: u32,
    },
}

impl Instrument {
    /// It as one text, for a fingerprint.
    fn to_text(&self) -> String {
        match self {
            Self::PayerCode(digits) => digits.clone(),
            Self::Wallet { account, agreement } => format!("{account} {agreement}"),
            Self::Nfc { token, counter } => format!("{token} {counter}"),
        }
    }
}

impl Charge {
    /// A charge whose instrument has not been looked at.
    #[must_use]
    pub const fn new(instrument: Instrument) -> Self {
        Self { instrument, payer: None, refusal: None }
    }
}

impl Origin {
    /// Whether it is the default, which documents leave out.
    pub(crate) fn is_online(&self) -> bool {
        *self == Self::Online
    }

    /// What a request for an order of this origin asked for beside the order's own fields.
    pub(crate) fn asked(&self) -> Option<String> {
        match self {
            Self::Charge(charge) => Some(charge.instrument.to_text()),
            Self::Visit(origin) => Some(origin.visit.to_string()),
            _ => None,
        }
    }

    /// The charge, if it is one.
    #[must_use]
    pub const fn charge(&self) -> Option<&Charge> {
        match self {
            Self::Charge(charge) => Some(charge),
            _ => None,
        }
    }

    /// The visit whose cash it is, if it is one's.
    #[must_use]
    pub const fn visit(&self) -> Option<&VisitId> {
        match self {
            Self::Visit(origin) => Some(&origin.visit),
            _ => None,
        }
    }

    /// The channel of a payment now. A dynamic code is one for [`DYNAMIC_CODE_LIFETIME_MS`];
    /// then whoever still has it has a saved copy, which counts as static (RULES section 2).
    #[must_use]
    pub fn channel(&self, now: Timestamp) -> Channel {
        match self {
            Self::Online | Self::Visit(_) => Channel::Online,
            Self::DynamicCode { drawn_at }
                if now.millis_since(*drawn_at) < DYNAMIC_CODE_LIFETIME_MS
                    || mutant(Mutant::SavedCodeDynamic) =>
            {
                Channel::MerchantCodeDynamic
            }
            Self::DynamicCode { .. } | Self::StaticCode => Channel::MerchantCodeStatic,
            Self::Bill => Channel::Bill,
            Self::Charge(charge) => match charge.instrument {
                Instrument::PayerCode(_) => Channel::PayerCode,
                Instrument::Nfc { .. } => Channel::Nfc,
                Instrument::Wallet { .. } => Channel::Wallet,
            },
        }
    }
}

impl Order {
    /// Whether an account may see and pay it: a charge and a visit's cash are their payer's
    /// alone.
    #[must_use]
    pub fn is_for(&self, account: &AccountId) -> bool {
        let payer = match &self.origin {
            Origin::Charge(charge) if !mutant(Mutant::ChargeNotOwned) => &charge.payer,
            Origin::Visit(origin) if !mutant(Mutant::CashBeforeInsurer) => &origin.payer,
            _ => return true,
        };
        payer.as_ref() == Some(account)
    }

    /// Notes whose charge or visit it is. True if that is news.
    pub fn set_payer(&mut self, account: &AccountId) -> bool {
        match &mut self.origin {
            Origin::Charge(Charge { payer, .. }) | Origin::Visit(VisitOrigin { payer, .. })
                if payer.is_none() =>
            {
                *payer = Some(account.clone());
                true
            }
            _ => false,
        }
    }

    /// Closes an open charge for good, for a reason. True if that is news.
    pub fn refuse_charge(&mut self, reason: &Refusal, now: Timestamp) -> bool {
        match (&mut self.origin, &self.state) {
            (Origin::Charge(charge), OrderState::Open) => {
                charge.refusal = Some(reason.clone());
                self.state = OrderState::Closed { at: now };
                true
            }
            _ => false,
        }
    }

    /// Notes that a code is drawn for it now. An order that came by another way than its
    /// partner's request keeps its origin.
    ///
    /// # Errors
    /// Why it can no longer be paid: paid, closed or expired.
    pub fn draw_code(&mut self, now: Timestamp) -> Result<(), Refusal> {
        match &self.state {
            OrderState::Open if now >= self.expires_at => return Err(Refusal::OrderExpired),
            OrderState::Open => {}
            OrderState::Claimed(_) => return Err(Refusal::OrderInProcess),
            OrderState::Paid(_) => return Err(Refusal::OrderAlreadyPaid),
            OrderState::Closed { .. } => return Err(Refusal::OrderClosed),
        }
        if let Origin::Online | Origin::DynamicCode { .. } = self.origin {
            self.origin = Origin::DynamicCode { drawn_at: now };
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Region;
    use crate::{Document, MerchantId, NewOrder, OrderId, PartnerId};
    use feiqian_money::Amount;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn order(origin: Origin) -> Order {
        Order::new(NewOrder {
            id: OrderId::derive(Region::EXAMPLE, &["o"]),
            partner: PartnerId::parse("par_demo").unwrap(),
            merchant: MerchantId::derive(Region::EXAMPLE, &["m"]),
            payee_name: "Noodles".into(),
            category: "food".into(),
            amount: Amount::from_minor(1234),
            description: "Lunch".into(),
            reference: "A1".into(),
            origin,
            lifetime_s: 900,
            now: NOW,
        })
    }

    #[test]
    fn a_saved_copy_of_a_dynamic_code_counts_as_static() {
        let drawn = Origin::DynamicCode { drawn_at: NOW };
        for (later_ms, channel) in [
            (0, Channel::MerchantCodeDynamic),
            (DYNAMIC_CODE_LIFETIME_MS - 1, Channel::MerchantCodeDynamic),
            (DYNAMIC_CODE_LIFETIME_MS, Channel::MerchantCodeStatic),
            (DYNAMIC_CODE_LIFETIME_MS + 1, Channel::MerchantCodeStatic),
        ] {
            assert_eq!(drawn.channel(NOW.plus_millis(later_ms)), channel, "{later_ms}");
        }
        assert_eq!(Origin::StaticCode.channel(NOW), Channel::MerchantCodeStatic);
        assert_eq!(Origin::Online.channel(NOW), Channel::Online);
    }

    #[test]
    fn a_code_that_is_drawn_again_is_dynamic_again() {
        let mut order = order(Origin::Online);
        order.draw_code(NOW).unwrap();
        let later = NOW.plus_millis(DYNAMIC_CODE_LIFETIME_MS);
        assert_eq!(order.origin.channel(later), Channel::MerchantCodeStatic);
        order.draw_code(later).unwrap();
        assert_eq!(order.origin.channel(later), Channel::MerchantCodeDynamic);
    }

    #[test]
    fn no_code_makes_an_order_of_a_static_code_dynamic() {
        let mut order = order(Origin::StaticCode);
        order.draw_code(NOW).unwrap();
        assert_eq!(order.origin, Origin::StaticCode);
    }

    #[test]
    fn no_code_is_drawn_for_an_order_that_cannot_be_paid() {
        let mut order = order(Origin::Online);
        assert_eq!(order.draw_code(order.expires_at), Err(Refusal::OrderExpired));
        order.close_if_expired(order.expires_at);
        assert_eq!(order.draw_code(NOW), Err(Refusal::OrderClosed));
        assert_eq!(order.origin, Origin::Online);
    }

    #[test]
    fn an_order_without_an_origin_is_online() {
        let written = String::from_utf8(order(Origin::Online).encode().unwrap()).unwrap();
        assert!(!written.contains("origin"));
    }
}
