use feiqian_ledger::account::PayBy;
use serde::Deserialize;

use crate::{Problem, query, read_id};

/// From where a payer wants to pay, beside the field `card_id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayMethod {
    /// From the balance.
    #[default]
    Balance,
    /// From a bound card.
    Card,
    /// From the balance as far as it goes, the rest from a bound card.
    BalanceThenCard,
}

impl PayMethod {
    /// From where it is paid: a card is named exactly if one is to pay.
    ///
    /// # Errors
    /// `parameter_invalid`.
    pub fn source(self, card: Option<&str>) -> Result<PayBy, Problem> {
        match (self, card) {
            (Self::Balance, None) => Ok(PayBy::Balance),
            (Self::Card, Some(card)) => read_id("card_id", card).map(PayBy::Card),
            (Self::BalanceThenCard, Some(card)) => {
                read_id("card_id", card).map(PayBy::BalanceThenCard)
            }
            (Self::Balance, Some(_)) => {
                Err(query::invalid("card_id", "no card pays", "余额支付不使用银行卡"))
            }
            (Self::Card | Self::BalanceThenCard, None) => {
                Err(query::invalid("card_id", "it says which card pays", "请指明付款银行卡"))
            }
        }
    }
}
