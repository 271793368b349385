use feiqian_money::{Amount, Currency};

use crate::emvco::find;
use crate::{CodeError, Field, Payload};

/// The longest name, characters (EMV QRCPS, data object 59; the same in 64).
pub const NAME_CHARS_MAX: usize = 25;

/// The longest city, characters (EMV QRCPS, data object 60).
pub const PLACE_CHARS_MAX: usize = 15;

/// Point of initiation: static or dynamic.
const INITIATION: u8 = 1;
/// Our template among the merchant account information. 15 and 16 are UnionPay's; from 26
/// on they are free (RULES section 5).
const ACCOUNT: u8 = 26;
const CATEGORY: u8 = 52;
const CURRENCY: u8 = 53;
const AMOUNT: u8 = 54;
const COUNTRY: u8 = 58;
const NAME: u8 = 59;
const CITY: u8 = 60;
const LANGUAGE: u8 = 64;

/// Within [`ACCOUNT`]: whose template it is, as a reversed domain name.
const SCHEME: u8 = 0;
const SCHEME_NAME: &str = "example.feiqian";
/// Within [`ACCOUNT`]: the merchant.
const MERCHANT: u8 = 1;
/// Within [`ACCOUNT`]: the order.
const ORDER: u8 = 2;

/// Within [`LANGUAGE`]: which language, and the name in it.
const LANGUAGE_NAME: u8 = 0;
const LOCAL_NAME: u8 = 1;

/// CNY as ISO 4217 numbers it.
const CNY_NUMERIC: &str = "156";

/// Whether a code is shown once, for one order, or stands on a counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Initiation {
    /// The same code for every payer.
    Static,
    /// A code for one order.
    Dynamic,
}

/// A merchant-presented code of ours. What it says of names and amounts is for people and
/// for readers of other schemes; whoever pays by it looks the merchant or the order up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MerchantCode {
    /// The merchant's id.
    pub merchant: String,
    /// The order's id and amount: makes the code dynamic.
    pub order: Option<(String, Amount)>,
    /// What the merchant sells: four digits of ISO 18245.
    pub category_code: String,
    /// The merchant's name in Latin letters, at most [`NAME_CHARS_MAX`] characters.
    pub name: String,
    /// The merchant's name in Chinese, if it has one; cut to [`NAME_CHARS_MAX`] characters.
    pub local_name: Option<String>,
    /// The merchant's city in Latin letters, at most [`PLACE_CHARS_MAX`] characters.
    pub city: String,
}

impl MerchantCode {
    /// Whether it is for one order.
    #[must_use]
    pub const fn initiation(&self) -> Initiation {
        if self.order.is_some() { Initiation::Dynamic } else { Initiation::Static }
    }

    /// The text that the code holds.
    ///
    /// # Errors
    /// [`CodeError::Value`] or [`CodeError::ValueLength`] for what the format does not take.
    pub fn to_text(&self) -> Result<String, CodeError> {
        let digits = self.category_code.bytes().all(|b| b.is_ascii_digit());
        if self.category_code.len() != 4 || !digits {
            return Err(CodeError::Value(CATEGORY));
        }
        let mut account =
            vec![Field::new(SCHEME, SCHEME_NAME), Field::new(MERCHANT, self.merchant.as_str())];
        let mut amount = None;
        if let Some((order, of_order)) = &self.order {
            account.push(Field::new(ORDER, order.as_str()));
            amount = Some(Field::new(AMOUNT, of_order.to_decimal_string(Currency::CNY)));
        }
        let initiation = match self.initiation() {
            Initiation::Static => "11",
            Initiation::Dynamic => "12",
        };
        let mut fields = vec![
            Field::new(INITIATION, initiation),
            Field::template(ACCOUNT, &account)?,
            Field::new(CATEGORY, self.category_code.as_str()),
            Field::new(CURRENCY, CNY_NUMERIC),
        ];
        fields.extend(amount);
        fields.push(Field::new(COUNTRY, "CN"));
        fields.push(plain(NAME, &self.name, NAME_CHARS_MAX)?);
        fields.push(plain(CITY, &self.city, PLACE_CHARS_MAX)?);
        if let Some(local) = &self.local_name {
            let cut: String = local.chars().take(NAME_CHARS_MAX).collect();
            let language = [Field::new(LANGUAGE_NAME, "ZH"), Field::new(LOCAL_NAME, cut)];
            fields.push(Field::template(LANGUAGE, &language)?);
        }
        Payload::new(fields).to_text()
    }

    /// Reads a code of ours.
    ///
    /// # Errors
    /// [`CodeError::Value`] of 26 for a code of another scheme, and what the payload or its
    /// fields lack.
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        let payload = Payload::parse(text)?;
        let account = payload.template(ACCOUNT)?;
        if find(&account, SCHEME) != Some(SCHEME_NAME) {
            return Err(CodeError::Value(ACCOUNT));
        }
        let required = |tag| payload.get(tag).map(str::to_owned).ok_or(CodeError::Value(tag));
        if required(CURRENCY)? != CNY_NUMERIC {
            return Err(CodeError::Value(CURRENCY));
        }
        let amount = payload
            .get(AMOUNT)
            .map(|text| Amount::parse(text, Currency::CNY))
            .transpose()
            .map_err(|_| CodeError::Value(AMOUNT))?;
        let order = match (payload.get(INITIATION), find(&account, ORDER), amount) {
            (Some("11"), None, None) => None,
            (Some("12"), Some(order), Some(amount)) => Some((order.to_owned(), amount)),
            _ => return Err(CodeError::Value(INITIATION)),
        };
        let local_name = match payload.get(LANGUAGE) {
            Some(_) => find(&payload.template(LANGUAGE)?, LOCAL_NAME).map(str::to_owned),
            None => None,
        };
        Ok(Self {
            merchant: find(&account, MERCHANT).ok_or(CodeError::Value(ACCOUNT))?.to_owned(),
            order,
            category_code: required(CATEGORY)?,
            name: required(NAME)?,
            local_name,
            city: required(CITY)?,
        })
    }
}

/// A field of printable ASCII, so that every reader can show it.
fn plain(tag: u8, text: &str, chars_max: usize) -> Result<Field, CodeError> {
    let printable = text.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
    if text.is_empty() || text.len() > chars_max || !printable {
        return Err(CodeError::Value(tag));
    }
    Ok(Field::new(tag, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MERCHANT_ID: &str = "mer_0123456789abcdefghjkmnpqrs";
    const ORDER_ID: &str = "ord_0123456789abcdefghjkmnpqrs";

    fn counter() -> MerchantCode {
        MerchantCode {
            merchant: MERCHANT_ID.into(),
            order: None,
            category_code: "5462".into(),
            name: "EAST GATE BAKERY".into(),
            local_name: Some("东门面包房".into()),
            city: "BEIJING".into(),
        }
    }

    fn till() -> MerchantCode {
        MerchantCode { order: Some((ORDER_ID.into(), Amount::from_minor(3650))), ..counter() }
    }

    #[test]
    fn a_static_and_a_dynamic_code_read_back() {
        for (code, initiation) in [(counter(), Initiation::Static), (till(), Initiation::Dynamic)] {
            let text = code.to_text().unwrap();
            assert_eq!(code.initiation(), initiation);
            assert_eq!(MerchantCode::parse(&text), Ok(code));
        }
        let latin = MerchantCode { local_name: None, ..counter() };
        assert_eq!(MerchantCode::parse(&latin.to_text().unwrap()), Ok(latin));
    }

    #[test]
    fn other_readers_find_what_the_format_says() {
        let payload = Payload::parse(&till().to_text().unwrap()).unwrap();
        for (tag, value) in [
            (1, "12"),
            (52, "5462"),
            (53, "156"),
            (54, "36.50"),
            (58, "CN"),
            (59, "EAST GATE BAKERY"),
            (60, "BEIJING"),
        ] {
            assert_eq!(payload.get(tag), Some(value), "{tag}");
        }
        let counter = Payload::parse(&counter().to_text().unwrap()).unwrap();
        assert_eq!((counter.get(1), counter.get(54)), (Some("11"), None));
    }

    #[test]
    fn fields_are_within_what_the_format_takes() {
        let with_name = |name: &str| MerchantCode { name: name.into(), ..counter() }.to_text();
        assert!(with_name(&"A".repeat(25)).is_ok());
        for name in ["", &"A".repeat(26), "东门", "A\n"] {
            assert_eq!(with_name(name), Err(CodeError::Value(59)), "{name:?}");
        }
        let with_city = |city: &str| MerchantCode { city: city.into(), ..counter() }.to_text();
        assert!(with_city(&"A".repeat(15)).is_ok());
        assert_eq!(with_city(&"A".repeat(16)), Err(CodeError::Value(60)));
        for category in ["546", "54620", "54a2"] {
            let code = MerchantCode { category_code: category.into(), ..counter() };
            assert_eq!(code.to_text(), Err(CodeError::Value(52)), "{category}");
        }
        let long = MerchantCode { local_name: Some("字".repeat(64)), ..till() };
        let read = MerchantCode::parse(&long.to_text().unwrap()).unwrap();
        assert_eq!(read.local_name, Some("字".repeat(25)));
    }

    #[test]
    fn a_code_of_another_scheme_or_half_of_ours_is_refused() {
        let scheme = [Field::new(0, "D15600000000"), Field::new(1, MERCHANT_ID)];
        let ours = [Field::new(0, SCHEME_NAME), Field::new(1, MERCHANT_ID)];
        let rest =
            || [(52, "5462"), (53, "156"), (59, "A"), (60, "B")].map(|(t, v)| Field::new(t, v));
        let read = |initiation: &str, account: &[Field], more: Vec<Field>| {
            let mut fields = vec![Field::new(1, initiation), Field::template(26, account).unwrap()];
            fields.extend(rest());
            fields.extend(more);
            MerchantCode::parse(&Payload::new(fields).to_text().unwrap())
        };
        assert!(read("11", &ours, vec![]).is_ok());
        assert_eq!(read("11", &scheme, vec![]), Err(CodeError::Value(26)));
        assert_eq!(read("12", &ours, vec![]), Err(CodeError::Value(1)));
        assert_eq!(read("11", &ours, vec![Field::new(54, "1.00")]), Err(CodeError::Value(1)));
        assert_eq!(read("11", &ours, vec![Field::new(54, "x")]), Err(CodeError::Value(54)));
    }
}
