//! Problems of what a holder looks up and reports.

use super::{Row, text};
use crate::ProblemCode;

pub(super) const ROWS: &[Row] = &[
    Row {
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
    },
    Row {
        code: ProblemCode::ReceiptNotFound,
        status: 404,
        en: text(
            "There is no receipt",
            "The operation has no entry in the journal: it has not ended, or it moved nothing.",
            "Look at the operation; ask for the receipt once it has succeeded.",
        ),
        zh: text(
            "没有回单",
            "该操作在账簿中没有分录：尚未结束，或未移动资金。",
            "请查看该操作，成功后再获取回单。",
        ),
    },
    Row {
        code: ProblemCode::StatementNotFound,
        status: 404,
        en: text(
            "There is no such statement",
            "The month has not begun, was over before the account was opened, or has fewer parts.",
            "Ask for a month in which the account was open; its first part says how many there are.",
        ),
        zh: text(
            "月结单不存在",
            "该月份尚未开始、早于开户时间，或没有这一部分。",
            "请选择账户已开立的月份；第一部分会说明共有几部分。",
        ),
    },
];
