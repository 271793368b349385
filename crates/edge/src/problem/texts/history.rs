//! Problems of what a holder looks up and reports.

use super::{Row, text};
use crate::ProblemCode;

pub(super) const ROWS: &[Row] = &[Row {
    code: ProblemCode::EntryNotFound,
    status: 404,
    en: text(
        "There is no such entry",
        "The account's journal has no entry with this number.",
        "Look the entry up in the account's history and use its sequence.",
    ),
    zh: text(
        "分录不存在",
        "该账户的账簿中没有此序号的分录。",
        "请在账户明细中查找分录并使用其序号。",
    ),
}];
