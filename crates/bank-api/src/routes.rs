use crate::{BankReply, BankRequest, DeclineReason, Elements};

/// Digits of the longest prefix of a card number that names its bank (ISO/IEC 7812: 8).
const PREFIX_DIGITS_MAX: usize = 8;

/// Characters of the longest code of a bank: more than a CNAPS code's 12.
const CODE_CHARS_MAX: usize = 32;

/// Routes that one region may have: as many as there are issuers in a large country.
const ROUTES_MAX: usize = 4096;

/// Which bank a card belongs to, by how its number begins (BIN).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BankRoutes {
    /// Prefixes with their banks' codes, the longest first.
    routes: Vec<(String, String)>,
}

/// Why the text of routes cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoutesError {
    /// A route is not written `prefix=code`.
    Form,
    /// A prefix is not one to eight digits.
    Prefix,
    /// A code is not 1 to 32 letters, digits and hyphens.
    Code,
    /// A prefix comes twice.
    Twice,
    /// There are too many.
    TooMany,
}

impl RoutesError {
    /// What is wrong, without any of the text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Form => "a route is written prefix=code",
            Self::Prefix => "a prefix has 1 to 8 digits",
            Self::Code => "a bank's code has 1 to 32 letters, digits and hyphens",
            Self::Twice => "a prefix comes twice",
            Self::TooMany => "there are too many routes",
        }
    }
}

impl BankRoutes {
    /// Routes from `prefix=code` pairs, separated by commas; none at all if the gateway tells
    /// banks apart itself.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, RoutesError> {
        let mut routes: Vec<(String, String)> = Vec::new();
        for route in text.split(',').map(str::trim).filter(|_| !text.trim().is_empty()) {
            let (prefix, code) = route.split_once('=').ok_or(RoutesError::Form)?;
            let (prefix, code) = (prefix.trim(), code.trim());
            let is_digits = prefix.bytes().all(|byte| byte.is_ascii_digit());
            if !is_digits || !(1..=PREFIX_DIGITS_MAX).contains(&prefix.len()) {
                return Err(RoutesError::Prefix);
            }
            let is_code = code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            if !is_code || !(1..=CODE_CHARS_MAX).contains(&code.len()) {
                return Err(RoutesError::Code);
            }
            routes.push((prefix.to_owned(), code.to_owned()));
        }
        if routes.len() > ROUTES_MAX {
            return Err(RoutesError::TooMany);
        }
        routes.sort_unstable_by(|(one, _), (other, _)| {
            other.len().cmp(&one.len()).then_with(|| one.cmp(other))
        });
        if routes.windows(2).any(|pair| pair[0].0 == pair[1].0) {
            return Err(RoutesError::Twice);
        }
        Ok(Self { routes })
    }

    /// The code of a card's bank: that of the longest prefix of its number.
    #[must_use]
    pub fn bank_of(&self, card_number: &str) -> Option<&str> {
        let mut routes = self.routes.iter();
        let route = routes.find(|(prefix, _)| card_number.starts_with(prefix.as_str()));
        route.map(|(_, code)| code.as_str())
    }

    /// Names the bank in a request about a card's number. Gives the answer instead if no bank
    /// here has such cards: then nobody is asked.
    pub fn name_bank(&self, request: &mut BankRequest) -> Option<BankReply> {
        let (BankRequest::VerifyCard { elements, .. } | BankRequest::SendCode { elements, .. }) =
            request
        else {
            return None;
        };
        let Elements { card_number, bank, .. } = elements;
        *bank = self.bank_of(card_number).map(str::to_owned);
        let is_unknown = bank.is_none() && !self.routes.is_empty();
        is_unknown.then_some(BankReply::Declined { reason: DeclineReason::BankNotServed })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn send_code(card_number: &str) -> BankRequest {
        let elements = Elements {
            name: "张三".into(),
            resident_id: "11010519491231002X".into(),
            card_number: card_number.into(),
            mobile: None,
            bank: None,
        };
        BankRequest::SendCode { request_id: "b".into(), elements }
    }

    fn named(routes: &str, card_number: &str) -> Result<Option<String>, BankReply> {
        let mut request = send_code(card_number);
        let answer = BankRoutes::parse(routes).unwrap().name_bank(&mut request);
        let BankRequest::SendCode { elements, .. } = request else { panic!("another request") };
        answer.map_or(Ok(elements.bank), Err)
    }

    #[test]
    fn the_longest_prefix_names_the_bank() {
        let routes = "62=union, 621626 = first-bank,6216=102100099996";
        for (number, bank) in [
            ("6216261000000000018", "first-bank"),
            ("6216250000000000000", "102100099996"),
            ("6200000000000000000", "union"),
        ] {
            assert_eq!(named(routes, number), Ok(Some(bank.to_owned())), "{number}");
        }
        let declined = BankReply::Declined { reason: DeclineReason::BankNotServed };
        assert_eq!(named(routes, "4111111111111111"), Err(declined));
    }

    #[test]
    fn without_routes_the_gateway_tells_banks_apart() {
        for text in ["", " "] {
            assert_eq!(named(text, "4111111111111111"), Ok(None));
        }
    }

    #[test]
    fn requests_without_a_card_number_stay_as_they_are() {
        let routes = BankRoutes::parse("62=union").unwrap();
        let mut query = BankRequest::Query { request_id: "q".into() };
        let before = query.clone();
        assert_eq!((routes.name_bank(&mut query), query), (None, before));
    }

    #[test]
    fn each_mistake_is_named() {
        let many: Vec<String> = (0..=ROUTES_MAX).map(|number| format!("{number}=b")).collect();
        let many = many.join(",");
        for (text, error) in [
            ("62", RoutesError::Form),
            ("62=union,", RoutesError::Form),
            ("=union", RoutesError::Prefix),
            ("6x=union", RoutesError::Prefix),
            ("621626100=union", RoutesError::Prefix),
            ("62=", RoutesError::Code),
            ("62=uni on", RoutesError::Code),
            ("62=a,62=b", RoutesError::Twice),
            (many.as_str(), RoutesError::TooMany),
        ] {
            assert_eq!(BankRoutes::parse(text), Err(error), "{text:.20}");
        }
        let longest = format!("62162610={}", "c".repeat(CODE_CHARS_MAX));
        assert!(BankRoutes::parse(&longest).is_ok());
    }
}
