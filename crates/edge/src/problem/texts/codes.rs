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
    Row {
        code: ProblemCode::PayerCodeNotFound,
        status: 404,
        en: text(
            "There is no such payer code",
            "The account was given no payer code with these digits.",
            "Ask for a new payer code.",
        ),
        zh: text("付款码不存在", "该账户没有此数字的付款码。", "请获取新的付款码。"),
    },
    Row {
        code: ProblemCode::PayerCodeSpent,
        status: 409,
        en: text(
            "The payer code has been used",
            "A payer code works for one try, whatever came of it; this one moved no money.",
            "Ask the payer to show a new code, and charge it with a new Idempotency-Key.",
        ),
        zh: text(
            "付款码已使用",
            "付款码仅限一次尝试，无论结果如何；本次请求未移动资金。",
            "请付款人出示新的付款码，并使用新的 Idempotency-Key 重新收款。",
        ),
    },
    Row {
        code: ProblemCode::PayerCodeExpired,
        status: 410,
        en: text(
            "The payer code has expired",
            "A payer code can be used for 60 seconds; this one moved no money.",
            "Ask the payer to show a new code, and charge it with a new Idempotency-Key.",
        ),
        zh: text(
            "付款码已过期",
            "付款码有效期为 60 秒；本次请求未移动资金。",
            "请付款人出示新的付款码，并使用新的 Idempotency-Key 重新收款。",
        ),
    },
    Row {
        code: ProblemCode::TapReplayed,
        status: 409,
        en: text(
            "The tap was used before",
            "The token's counter must be above that of every charge before; no money was moved.",
            "Ask the payer to tap again.",
        ),
        zh: text(
            "该次碰一碰已使用",
            "令牌计数器必须大于以往每次收款；资金未移动。",
            "请付款人重新碰一碰。",
        ),
    },
    Row {
        code: ProblemCode::CryptogramWrong,
        status: 422,
        en: text(
            "The cryptogram is wrong",
            "The cryptogram was not made by this token for this merchant, amount and tap.",
            "Ask the payer to tap again; check that the terminal states what it charges.",
        ),
        zh: text(
            "密文错误",
            "该密文不是此令牌针对该商户、金额与本次操作生成的。",
            "请付款人重新碰一碰，并检查终端上送的收款信息。",
        ),
    },
    Row {
        code: ProblemCode::InstrumentUnknown,
        status: 404,
        en: text(
            "There is no such payer code or token",
            "Nothing was ever given to a payer that has these digits or this id.",
            "Read the code again, or ask the payer to show a new one.",
        ),
        zh: text(
            "付款码或令牌不存在",
            "没有向任何付款人发放过此数字的付款码或此编号的令牌。",
            "请重新读取，或请付款人出示新的付款码。",
        ),
    },
    Row {
        code: ProblemCode::AgreementNotFound,
        status: 404,
        en: text(
            "There is no such agreement",
            "The account has no agreement with this id with the wallet that asks.",
            "Let the holder link the wallet.",
        ),
        zh: text(
            "签约不存在",
            "该账户与请求方钱包之间没有此编号的签约。",
            "请账户持有人先绑定该钱包。",
        ),
    },
    Row {
        code: ProblemCode::AgreementEnded,
        status: 409,
        en: text(
            "The wallet has been unlinked",
            "The holder has ended the agreement; nothing more can be charged under it.",
            "Let the holder link the wallet again, which makes a new agreement.",
        ),
        zh: text(
            "钱包已解绑",
            "账户持有人已解除签约，不能再据此扣款。",
            "请账户持有人重新绑定该钱包，形成新的签约。",
        ),
    },
    Row {
        code: ProblemCode::AgreementCapExceeded,
        status: 409,
        en: text(
            "The charge is beyond what was agreed",
            "The agreement allows {per_payment} for each charge and {per_day} a day.",
            "Charge a smaller amount, or let the holder pay in their own application.",
        ),
        zh: text(
            "超出签约限额",
            "签约限额为每笔 {per_payment}，每日 {per_day}。",
            "请减少金额，或由账户持有人在其应用中支付。",
        ),
    },
    Row {
        code: ProblemCode::WalletsFull,
        status: 409,
        en: text(
            "Too many linked wallets",
            "The account has the most linked wallets that it may have.",
            "Unlink a wallet that is not used any more.",
        ),
        zh: text("绑定的钱包过多", "该账户绑定的钱包已达上限。", "请解绑不再使用的钱包。"),
    },
];
