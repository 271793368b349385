//! Problems of payments, orders and merchants.

use super::{Row, text};
use crate::ProblemCode;

pub(super) const ROWS: &[Row] = &[
    Row {
        code: ProblemCode::InsufficientBalance,
        status: 409,
        en: text(
            "The balance is too low",
            "The account's balance does not cover the amount.",
            "Top up the account, or pay a smaller amount.",
        ),
        zh: text("余额不足", "账户余额不足以支付该金额。", "请先充值，或支付较小的金额。"),
    },
    Row {
        code: ProblemCode::LimitExceeded,
        status: 409,
        en: text(
            "A limit would be exceeded",
            "The rule {rule} allows {cap}; {used} is used and {remaining} remains.",
            "Do one of the things that help_text names, or use a smaller amount.",
        ),
        zh: text(
            "超出限额",
            "规则 {rule} 的限额为 {cap}，已用 {used}，剩余 {remaining}。",
            "请采取 help_text 所列的任一方式，或使用较小的金额。",
        ),
    },
    Row {
        code: ProblemCode::OrderNotFound,
        status: 404,
        en: text(
            "There is no such order",
            "No order has this id.",
            "Check the order id with the merchant.",
        ),
        zh: text("订单不存在", "没有此编号的订单。", "请与商户核对订单编号。"),
    },
    Row {
        code: ProblemCode::OrderClosed,
        status: 409,
        en: text(
            "The order is closed",
            "The order was closed without being paid.",
            "Ask the merchant for a new order.",
        ),
        zh: text("订单已关闭", "订单未支付即已关闭。", "请联系商户重新下单。"),
    },
    Row {
        code: ProblemCode::OrderExpired,
        status: 410,
        en: text(
            "The order has expired",
            "The order's time for payment is over.",
            "Ask the merchant for a new order.",
        ),
        zh: text("订单已过期", "订单的支付时间已过。", "请联系商户重新下单。"),
    },
    Row {
        code: ProblemCode::OrderAlreadyPaid,
        status: 409,
        en: text(
            "The order is paid already",
            "The order was paid by another operation; this one moved no money.",
            "Look at the order; nothing more needs to be paid.",
        ),
        zh: text(
            "订单已支付",
            "订单已由另一笔操作支付；本次请求未移动资金。",
            "请查看订单，无需再次支付。",
        ),
    },
    Row {
        code: ProblemCode::OrderAmountDiffers,
        status: 409,
        en: text(
            "The amount is not the order's",
            "The amount that the payer confirmed differs from the order's amount.",
            "Show the order's amount to the payer and let them confirm again.",
        ),
        zh: text(
            "金额与订单不符",
            "付款人确认的金额与订单金额不同。",
            "请向付款人展示订单金额并重新确认。",
        ),
    },
    Row {
        code: ProblemCode::OrderInProcess,
        status: 409,
        en: text(
            "The order is being paid",
            "Another payment of the order waits for the bank's answer; this one moved no money.",
            "Look at the order again; if it is open then, pay under a new Idempotency-Key.",
        ),
        zh: text(
            "订单正在支付",
            "该订单的另一笔支付正在等待银行结果；本次请求未移动资金。",
            "请稍后查看订单；如仍可支付，请使用新的 Idempotency-Key 重试。",
        ),
    },
    Row {
        code: ProblemCode::ConfirmationStale,
        status: 409,
        en: text(
            "The confirmation is stale",
            "What the payer confirmed has expired, or is not what would be shown now.",
            "Ask for a new confirmation under a new Idempotency-Key, and show it to the payer.",
        ),
        zh: text(
            "确认已失效",
            "付款人确认的内容已过期，或与当前应展示的内容不一致。",
            "请使用新的 Idempotency-Key 重新获取确认信息并向付款人展示。",
        ),
    },
    Row {
        code: ProblemCode::OrderNotPaid,
        status: 409,
        en: text(
            "The order has not been paid",
            "An order that has not been paid has nothing to refund.",
            "Look at the order, and refund it under a new Idempotency-Key once it is paid.",
        ),
        zh: text(
            "订单尚未支付",
            "未支付的订单没有可退的款项。",
            "请查看订单，支付后使用新的 Idempotency-Key 申请退款。",
        ),
    },
    Row {
        code: ProblemCode::OrderNotRedeemable,
        status: 409,
        en: text(
            "The order bought no wealth product",
            "Only what was put into a wealth product is redeemed.",
            "Refund the order instead, or redeem an order of a merchant of wealth products.",
        ),
        zh: text(
            "该订单未购买理财产品",
            "仅投入理财产品的款项可以赎回。",
            "请改为退款，或对理财类商户的订单申请赎回。",
        ),
    },
    Row {
        code: ProblemCode::RefundExceedsPayment,
        status: 409,
        en: text(
            "The refund is more than what is left of the payment",
            "{refundable} of the payment can still be refunded or redeemed.",
            "Ask for an amount within what is left, under a new Idempotency-Key.",
        ),
        zh: text(
            "退款超出剩余可退金额",
            "该笔支付剩余可退金额为 {refundable}。",
            "请使用新的 Idempotency-Key 申请剩余可退金额以内的退款。",
        ),
    },
    Row {
        code: ProblemCode::RefundNotFound,
        status: 404,
        en: text(
            "There is no such refund",
            "The order has no refund with this id.",
            "Check the refund id.",
        ),
        zh: text("退款不存在", "该订单没有此编号的退款。", "请检查退款编号。"),
    },
    Row {
        code: ProblemCode::RefundsFull,
        status: 409,
        en: text(
            "The order has too many refunds",
            "The order has as many refunds, refused ones included, as it may have.",
            "Settle the rest with the payer outside of this order.",
        ),
        zh: text(
            "订单退款次数过多",
            "该订单的退款次数（含被拒绝的）已达上限。",
            "请与付款人另行处理余款。",
        ),
    },
    Row {
        code: ProblemCode::OperationNotFound,
        status: 404,
        en: text(
            "There is no such operation",
            "The account has no operation with this id.",
            "Check the operation id.",
        ),
        zh: text("操作不存在", "该账户没有此编号的操作。", "请检查操作编号。"),
    },
    Row {
        code: ProblemCode::OperationAbandoned,
        status: 409,
        en: text(
            "The operation was given up",
            "The operation did not start within its time and never will; it moved no money.",
            "Send the request again with a new Idempotency-Key.",
        ),
        zh: text(
            "操作已放弃",
            "该操作未在规定时间内开始，也不会再执行；资金未移动。",
            "请使用新的 Idempotency-Key 重新发送该请求。",
        ),
    },
    Row {
        code: ProblemCode::MerchantNotFound,
        status: 404,
        en: text(
            "There is no such merchant",
            "The partner has no merchant with this id.",
            "Check the merchant id.",
        ),
        zh: text("商户不存在", "该合作方没有此编号的商户。", "请检查商户编号。"),
    },
    Row {
        code: ProblemCode::TooManyInFlight,
        status: 429,
        en: text(
            "Too many operations have not finished",
            "The account takes no new operation until an earlier one has ended.",
            "Wait a moment and send the same request again, with the same Idempotency-Key.",
        ),
        zh: text(
            "未完成的操作过多",
            "在先前的操作结束之前，该账户不接受新的操作。",
            "请稍候使用相同的 Idempotency-Key 重新发送该请求。",
        ),
    },
    Row {
        code: ProblemCode::CardDeclined,
        status: 402,
        en: text(
            "The bank declined the card",
            "The bank's reason: {reason_text}. No money was moved.",
            "Use another card, or ask the bank that issued this one.",
        ),
        zh: text(
            "银行拒绝了该卡",
            "银行给出的原因：{reason_text}。资金未移动。",
            "请使用其他银行卡，或咨询发卡银行。",
        ),
    },
];
