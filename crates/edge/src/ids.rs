//! Ids and short texts of requests, each problem naming the parameter.

use feiqian_ledger::{IdError, TEXT_CHARS_MAX};
use std::borrow::Cow;

use crate::{Problem, ProblemCode, query};

/// Reads an id. [`Call::id`](crate::Call::id) and its neighbours look at its region, too.
///
/// # Errors
/// `parameter_invalid`.
pub fn read_id<T: TryFrom<String, Error = IdError>>(
    parameter: &'static str,
    text: &str,
) -> Result<T, Problem> {
    T::try_from(text.to_owned()).map_err(|error| {
        let prefix = error.prefix;
        query::invalid(
            parameter,
            format!("it is \"{prefix}\", a region, \"_\" and 26 characters"),
            format!("应为“{prefix}”加区域代码、“_”和 26 个字符"),
        )
    })
}

/// Reads a short text that people wrote: 1 to 64 characters, none of them a control
/// character, no spaces at the ends.
///
/// # Errors
/// `name_invalid` for the parameter `name`, else `parameter_invalid`.
pub fn read_text(parameter: &'static str, text: String) -> Result<String, Problem> {
    let fault = if text.is_empty() || text.chars().count() > TEXT_CHARS_MAX {
        "length"
    } else if text.chars().any(char::is_control) {
        "characters"
    } else if text.trim() != text {
        "outer_space"
    } else {
        return Ok(text);
    };
    if parameter == "name" {
        return Err(Problem::new(ProblemCode::NameInvalid).with("reason", fault));
    }
    let (en, zh): (Cow<'static, str>, Cow<'static, str>) = match fault {
        "length" => (
            format!("it has 1 to {TEXT_CHARS_MAX} characters").into(),
            format!("应为 1 至 {TEXT_CHARS_MAX} 个字符").into(),
        ),
        "characters" => ("it has control characters".into(), "含有控制字符".into()),
        _ => ("it begins or ends with a space".into(), "首尾含有空格".into()),
    };
    Err(query::invalid(parameter, en, zh))
}

#[cfg(test)]
mod tests {
    use super::*;
    use feiqian_ledger::{AccountId, Region};

    #[test]
    fn an_id_of_another_kind_is_refused() {
        let id = AccountId::derive(Region::EXAMPLE, &["x"]);
        assert_eq!(read_id::<AccountId>("account_id", id.as_str()).ok(), Some(id));
        for text in ["", "acc_", "ord_00000000000000000000000000", "acc_%2F"] {
            let problem = read_id::<AccountId>("account_id", text).unwrap_err();
            assert_eq!(problem.code(), ProblemCode::ParameterInvalid, "{text}");
        }
    }

    #[test]
    fn texts_are_short_and_clean() {
        assert!(read_text("name", "早点铺 No. 1".into()).is_ok());
        assert!(read_text("name", "字".repeat(64)).is_ok());
        for text in ["".to_owned(), "字".repeat(65), "a\nb".into(), " a".into(), "a ".into()] {
            let problem = read_text("name", text.clone()).unwrap_err();
            assert_eq!(problem.code(), ProblemCode::NameInvalid, "{text:?}");
            let problem = read_text("reference", text).unwrap_err();
            assert_eq!(problem.code(), ProblemCode::ParameterInvalid);
        }
    }
}
