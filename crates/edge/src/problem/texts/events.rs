//! Problems of events and the endpoints that they are sent to.

use super::{Row, text};
use crate::ProblemCode;

pub(super) const ROWS: &[Row] = &[
    Row {
        code: ProblemCode::EventNotFound,
        status: 404,
        en: text(
            "There is no such event",
            "You have no event with this id, or it is not ready yet.",
            "List the events of the day and use their ids.",
        ),
        zh: text(
            "事件不存在",
            "您没有此编号的事件，或该事件尚未就绪。",
            "请查询当日事件并使用其编号。",
        ),
    },
    Row {
        code: ProblemCode::WebhookEndpointNotFound,
        status: 404,
        en: text(
            "There is no such endpoint",
            "You have no endpoint for events with this id.",
            "List your endpoints and use their ids.",
        ),
        zh: text("接收地址不存在", "您没有此编号的事件接收地址。", "请查询接收地址并使用其编号。"),
    },
    Row {
        code: ProblemCode::WebhookEndpointDisabled,
        status: 409,
        en: text(
            "The endpoint is disabled",
            "The endpoint gets no events: it answered 410, nothing has arrived for days, or you disabled it.",
            "Mend the endpoint, enable it, and ask again.",
        ),
        zh: text(
            "接收地址已停用",
            "该地址不再接收事件：它曾返回 410，或连续多日未能送达，或已由您停用。",
            "请修复并启用该地址后重试。",
        ),
    },
    Row {
        code: ProblemCode::TooManyWebhookEndpoints,
        status: 409,
        en: text(
            "There are too many endpoints",
            "You have as many endpoints for events as you may.",
            "Remove one that you do not need.",
        ),
        zh: text("接收地址过多", "您的事件接收地址数量已达上限。", "请删除不再需要的地址。"),
    },
];
