//! Problems of money that is sent to others or comes from them.

use super::{Row, text};
use crate::ProblemCode;

pub(super) const ROWS: &[Row] = &[
    Row {
        code: ProblemCode::FaceVerificationRequired,
        status: 409,
        en: text(
            "The holder has not been verified face to face",
            "This account takes money from others only after its holder was verified face to face.",
            "Let the holder be verified face to face, or use money from the bound card.",
        ),
        zh: text(
            "尚未面核",
            "持有人经面对面核实身份后，该账户方可接收他人资金。",
            "请完成面核，或使用绑定卡内的资金。",
        ),
    },
    Row {
        code: ProblemCode::FundingRequired,
        status: 409,
        en: text(
            "The account has not been funded from its bound account",
            "This account takes money from others only after a top up from its bound account.",
            "Top up from the bound card first.",
        ),
        zh: text(
            "尚未由绑定账户转入资金",
            "由绑定账户充值之后，该账户方可接收他人资金。",
            "请先从绑定卡充值。",
        ),
    },
    Row {
        code: ProblemCode::ConsentRequired,
        status: 409,
        en: text(
            "The holder has not consented to money from others",
            "This account takes money from others only once its holder has consented to it.",
            "Let the holder switch incoming transfers on.",
        ),
        zh: text(
            "持有人未同意接收他人资金",
            "经持有人同意后，该账户方可接收他人资金。",
            "请持有人开启接收转账。",
        ),
    },
    Row {
        code: ProblemCode::AccountInUse,
        status: 409,
        en: text(
            "The account cannot be closed yet",
            "Something is in the account or under way, or has changed just now.",
            "Wait until all operations have ended, then ask again with a new Idempotency-Key.",
        ),
        zh: text(
            "账户暂不能注销",
            "账户内仍有资金或未完成的操作，或刚刚发生变动。",
            "请等待所有操作结束后，使用新的 Idempotency-Key 重试。",
        ),
    },
    Row {
        code: ProblemCode::TransfersNotOffered,
        status: 403,
        en: text(
            "Transfers to others are not offered",
            "Money of this account goes to merchants and to its holder's bound cards alone.",
            "Withdraw to a bound card, and send the money from there.",
        ),
        zh: text(
            "不支持向他人转账",
            "该账户的资金只能用于支付或提现到本人绑定的银行卡。",
            "请先提现到绑定卡，再由该卡转账。",
        ),
    },
    Row {
        code: ProblemCode::PayeeNotFound,
        status: 404,
        en: text(
            "There is no such payee",
            "No account that money can be sent to has this id.",
            "Check the account id with the payee.",
        ),
        zh: text("收款人不存在", "没有此编号的可转入账户。", "请与收款人核对账户编号。"),
    },
    Row {
        code: ProblemCode::PayeeDiffers,
        status: 409,
        en: text(
            "The payee is not the one named",
            "The account's holder has another name than the one that the sender confirmed.",
            "Look the payee up again and let the sender confirm the name shown.",
        ),
        zh: text(
            "收款人不符",
            "该账户持有人的姓名与付款人确认的不同。",
            "请重新查询收款人，并由付款人确认所示姓名。",
        ),
    },
    Row {
        code: ProblemCode::PayeeRefuses,
        status: 409,
        en: text(
            "The payee's account does not take the money",
            "The money has come back to the sender's account.",
            "Ask the payee; only they can see why.",
        ),
        zh: text(
            "收款账户未接收该款项",
            "资金已退回付款账户。",
            "请与收款人联系，原因仅收款人可见。",
        ),
    },
    Row {
        code: ProblemCode::TransferCancelled,
        status: 409,
        en: text(
            "The transfer was cancelled",
            "It was cancelled before it was sent; the money is back in the sender's account.",
            "Send the request with a new Idempotency-Key to transfer again.",
        ),
        zh: text(
            "转账已撤销",
            "转账在汇出前已撤销，资金已退回付款账户。",
            "如需再次转账，请使用新的 Idempotency-Key。",
        ),
    },
    Row {
        code: ProblemCode::TransferSent,
        status: 409,
        en: text(
            "The transfer has been sent",
            "A transfer can be cancelled only until it is sent.",
            "Ask the payee to send the money back.",
        ),
        zh: text("转账已汇出", "转账仅可在汇出前撤销。", "请与收款人协商退回。"),
    },
];
