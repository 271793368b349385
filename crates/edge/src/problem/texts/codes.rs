//! Problems of codes and bills.

use super::{Row, text};
use crate::ProblemCode;

pub(super) const ROWS: &[Row] = &[
    Row {
        code: ProblemCode::PaymentCodeInvalid,
        status: 422,
        en: text(
            "This is no payment code of ours",
            "The code was changed, is incomplete, or belongs to another payment scheme.",
            "Scan the code again; if it stays unreadable, ask the merchant for another.",
        ),
        zh: text(
            "不是本服务的付款码",
            "该码已被改动、不完整，或属于其他支付机构。",
            "请重新扫码；如仍无法识别，请向商户索取其他收款码。",
        ),
    },
    Row {
        code: ProblemCode::BillNotFound,
        status: 404,
        en: text(
            "There is no such bill",
            "The biller has no bill with this id.",
            "Look the bills up again by biller and subscriber number.",
        ),
        zh: text("账单不存在", "该缴费机构没有此编号的账单。", "请用缴费机构与户号重新查询账单。"),
    },
    Row {
        code: ProblemCode::BillAlreadyPaid,
        status: 409,
        en: text(
            "The bill is paid already",
            "The bill was paid, so nothing of it can change any more.",
            "Publish what is further owed as a bill with another number.",
        ),
        zh: text(
            "账单已缴",
            "该账单已缴清，其内容不能再变更。",
            "如另有应缴金额，请以新的账单编号发布。",
        ),
    },
    Row {
        code: ProblemCode::BillsFull,
        status: 409,
        en: text(
            "Too many unpaid bills",
            "The subscriber has the most unpaid bills that may be published at once.",
            "Wait until one is paid, or publish one bill for the sum of several.",
        ),
        zh: text(
            "未缴账单过多",
            "该户号的未缴账单已达上限。",
            "请等待账单缴清，或将多笔合并为一张账单发布。",
        ),
    },
];
