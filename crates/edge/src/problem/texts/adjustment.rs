//! Problems of adjustments, which one operator proposes and another decides about.

use super::{Row, text};
use crate::ProblemCode;

pub(super) const ROWS: &[Row] = &[
    Row {
        code: ProblemCode::AdjustmentNotFound,
        status: 404,
        en: text(
            "There is no such adjustment",
            "Nobody has proposed an adjustment with this id.",
            "Use the adjustment_id that the proposal was answered with.",
        ),
        zh: text(
            "调整申请不存在",
            "没有此编号的账务调整申请。",
            "请使用提交申请时返回的 adjustment_id。",
        ),
    },
    Row {
        code: ProblemCode::AdjustmentOwn,
        status: 403,
        en: text(
            "Another operator has to decide",
            "Nobody decides about an adjustment that they have proposed themselves.",
            "Ask another operator with the scope approve to look at it.",
        ),
        zh: text(
            "须由其他运营人员审批",
            "申请人不能审批自己提交的账务调整。",
            "请由另一位具有 approve 权限的运营人员审批。",
        ),
    },
    Row {
        code: ProblemCode::AdjustmentDecided,
        status: 409,
        en: text(
            "The adjustment has been decided",
            "Another operator has decided about it, or the same one otherwise; that stays.",
            "Look at the adjustment; propose a new one if another is needed.",
        ),
        zh: text(
            "该调整已审批",
            "该账务调整已由其他运营人员审批，或已作出不同的决定，且不再更改。",
            "请查看该调整；如仍需调整，请重新提交申请。",
        ),
    },
    Row {
        code: ProblemCode::AdjustmentExpired,
        status: 409,
        en: text(
            "The adjustment has expired",
            "Nobody decided about the adjustment in its time; nothing has moved.",
            "Propose it again with a new Idempotency-Key if it is still needed.",
        ),
        zh: text(
            "该调整申请已过期",
            "该账务调整未在有效期内审批，资金未变动。",
            "如仍需调整，请使用新的 Idempotency-Key 重新提交申请。",
        ),
    },
    Row {
        code: ProblemCode::AdjustmentRejected,
        status: 409,
        en: text(
            "The adjustment was rejected",
            "Another operator has rejected the adjustment; nothing has moved.",
            "Find the reason in that operator's log; propose another one if it is needed.",
        ),
        zh: text(
            "该调整申请已被拒绝",
            "其他运营人员已拒绝该账务调整，资金未变动。",
            "请在该运营人员的操作日志中查看原因；如有需要，请重新提交申请。",
        ),
    },
];
