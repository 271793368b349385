//! Problems of accounts, cards and PINs.

use super::{Row, text};
use crate::ProblemCode;

pub(super) const ROWS: &[Row] = &[
    Row {
        code: ProblemCode::AccountNotFound,
        status: 404,
        en: text(
            "There is no such account",
            "The customer of this session has no account with this id.",
            "Check the account id, and that the session is the account holder's.",
        ),
        zh: text(
            "账户不存在",
            "当前会话的客户没有此编号的账户。",
            "请检查账户编号，并确认会话属于账户持有人。",
        ),
    },
    Row {
        code: ProblemCode::AccountNotActive,
        status: 409,
        en: text(
            "The account is not active",
            "The account is not open for this; its status is {status}.",
            "Look at the account's status, or use another account.",
        ),
        zh: text(
            "账户不可用",
            "账户当前不能办理此业务，其状态为 {status}。",
            "请查看账户状态，或使用其他账户。",
        ),
    },
    Row {
        code: ProblemCode::AccountClassFull,
        status: 409,
        en: text(
            "No more accounts of this class",
            "A person can have at most five accounts of each class.",
            "Use an account that is open already.",
        ),
        zh: text("该类账户数量已达上限", "每人每类账户最多开立五个。", "请使用已开立的账户。"),
    },
    Row {
        code: ProblemCode::AccountClassNotOffered,
        status: 422,
        en: text(
            "No account of this class can be opened",
            "This region opens no accounts of the class, or only by raising another.",
            "Open an account of another class, and have it raised by verification.",
        ),
        zh: text(
            "不能开立该类账户",
            "本地区不开立该类账户，或只能由其他类别升级而来。",
            "请先开立其他类别的账户，再通过身份核验升级。",
        ),
    },
    Row {
        code: ProblemCode::ElementsMismatch,
        status: 422,
        en: text(
            "The details do not belong together",
            "The bank's records do not match the name, resident ID, card number and mobile.",
            "Check the details and send the request with a new Idempotency-Key.",
        ),
        zh: text(
            "身份要素不一致",
            "姓名、身份证号码、银行卡号与手机号码同银行记录不符。",
            "请核对信息，并使用新的 Idempotency-Key 重新发送请求。",
        ),
    },
    Row {
        code: ProblemCode::BankNotServed,
        status: 422,
        en: text(
            "The card's bank is not served",
            "No bank that is served here issues cards whose numbers begin like this one.",
            "Use a card of another bank, under a new Idempotency-Key.",
        ),
        zh: text(
            "暂不支持该发卡行",
            "本服务支持的银行均不发行以此号段开头的卡。",
            "请换用其他银行的卡，并使用新的 Idempotency-Key。",
        ),
    },
    Row {
        code: ProblemCode::BoundAccountUnsuitable,
        status: 422,
        en: text(
            "This kind of card cannot be used here",
            "Opening this account needs a card of a class I account or a credit card that is in use.",
            "Use another card of the same holder.",
        ),
        zh: text(
            "此类银行卡不适用",
            "开立该账户需要正常使用的 I 类账户银行卡或信用卡。",
            "请使用本人的其他银行卡。",
        ),
    },
    Row {
        code: ProblemCode::CardNotFound,
        status: 404,
        en: text(
            "There is no such card",
            "The account has no bound card with this id.",
            "List the account's cards and use one of them, or bind a card first.",
        ),
        zh: text(
            "银行卡不存在",
            "该账户没有此编号的绑定卡。",
            "请查询账户的绑定卡并选用其一，或先绑定银行卡。",
        ),
    },
    Row {
        code: ProblemCode::BindingNotFound,
        status: 404,
        en: text(
            "There is no such binding or verification",
            "The account has no binding or verification with this id that waits for its code.",
            "Start it again.",
        ),
        zh: text("申请不存在", "该账户没有此编号且等待验证码的绑定或核实申请。", "请重新发起。"),
    },
    Row {
        code: ProblemCode::BindingCodeWrong,
        status: 422,
        en: text(
            "The one-time code is wrong",
            "The bank did not accept this code; {attempts_left} tries are left.",
            "Enter the code of the last message, with a new Idempotency-Key.",
        ),
        zh: text(
            "验证码错误",
            "银行未接受此验证码，还可尝试 {attempts_left} 次。",
            "请输入最近一条短信中的验证码，并使用新的 Idempotency-Key。",
        ),
    },
    Row {
        code: ProblemCode::BindingExpired,
        status: 410,
        en: text(
            "The one-time code has expired",
            "The code is older than five minutes, or was tried too often.",
            "Start it again to get a new code.",
        ),
        zh: text(
            "验证码已失效",
            "验证码已超过五分钟，或尝试次数过多。",
            "请重新发起以获取新的验证码。",
        ),
    },
    Row {
        code: ProblemCode::BindingTooSoon,
        status: 429,
        en: text(
            "A code was sent a moment ago",
            "One code is sent every 60 seconds.",
            "Wait as long as the header Retry-After says.",
        ),
        zh: text(
            "验证码发送过于频繁",
            "每 60 秒只发送一次验证码。",
            "请按响应头 Retry-After 等待。",
        ),
    },
    Row {
        code: ProblemCode::BindingTooMany,
        status: 409,
        en: text(
            "Too many bindings wait for their code",
            "The account cannot start another binding now.",
            "Finish a binding that waits, or let it expire.",
        ),
        zh: text(
            "等待验证的绑定过多",
            "该账户目前不能再发起绑定。",
            "请先完成等待中的绑定，或等其过期。",
        ),
    },
    Row {
        code: ProblemCode::CardAlreadyBound,
        status: 409,
        en: text(
            "The card is bound already",
            "This card is one of the account's bound cards.",
            "Use the bound card.",
        ),
        zh: text("银行卡已绑定", "此卡已是该账户的绑定卡。", "请直接使用该绑定卡。"),
    },
    Row {
        code: ProblemCode::CardInUse,
        status: 409,
        en: text(
            "The card is in use",
            "Something of the account is in flight and may come back to the card.",
            "Unbind the card once the account's operations have ended.",
        ),
        zh: text(
            "银行卡使用中",
            "账户有未完成的交易，资金可能退回此卡。",
            "请待交易完成后再解绑。",
        ),
    },
    Row {
        code: ProblemCode::LastCard,
        status: 409,
        en: text(
            "An account keeps one bound card",
            "This is the account's last bound card; its money can go back to no other.",
            "Bind another card first, or close the account.",
        ),
        zh: text(
            "账户须保留一张绑定卡",
            "这是账户最后一张绑定卡，余额只能退回绑定卡。",
            "请先绑定另一张银行卡，或注销账户。",
        ),
    },
    Row {
        code: ProblemCode::CardsFull,
        status: 409,
        en: text(
            "No more cards can be bound",
            "The account has as many bound cards as it may have.",
            "Use a card that is bound already.",
        ),
        zh: text("绑定卡数量已达上限", "该账户的绑定卡数量已达上限。", "请使用已绑定的银行卡。"),
    },
    Row {
        code: ProblemCode::PinNotSet,
        status: 409,
        en: text(
            "The account has no PIN",
            "A payment needs the account's PIN, and none was set.",
            "Set a PIN first.",
        ),
        zh: text("尚未设置支付密码", "付款需要支付密码，但该账户尚未设置。", "请先设置支付密码。"),
    },
    Row {
        code: ProblemCode::SignatureRequired,
        status: 403,
        en: text(
            "A signature is needed",
            "This takes the signature of a registered device beside the PIN.",
            "Sign with a registered device that is past its cool-off.",
        ),
        zh: text(
            "需要设备签名",
            "办理此业务除支付密码外还需要已登记设备的数字签名。",
            "请使用已登记且已过冷静期的设备签名。",
        ),
    },
    Row {
        code: ProblemCode::HolderLimitsChanged,
        status: 409,
        en: text(
            "The limits have changed since",
            "The request names an earlier revision of the holder's limits.",
            "Read the limits again, and send the change with their revision.",
        ),
        zh: text(
            "限额设置已变更",
            "请求所依据的不是当前的限额设置。",
            "请重新查询限额，并以其修订号重新提交。",
        ),
    },
    Row {
        code: ProblemCode::PinAlreadySet,
        status: 409,
        en: text(
            "The account has a PIN already",
            "A change of the PIN needs the current one.",
            "Send the current PIN as current_pin along with the new one.",
        ),
        zh: text(
            "支付密码已设置",
            "修改支付密码需要提供当前密码。",
            "请同时以 current_pin 提供当前密码。",
        ),
    },
    Row {
        code: ProblemCode::PinIncorrect,
        status: 403,
        en: text(
            "The PIN is wrong",
            "The PIN does not match; {attempts_left} tries are left before it is locked.",
            "Enter the right PIN, with a new Idempotency-Key.",
        ),
        zh: text(
            "支付密码错误",
            "支付密码不正确，再错 {attempts_left} 次将被锁定。",
            "请输入正确的支付密码，并使用新的 Idempotency-Key。",
        ),
    },
    Row {
        code: ProblemCode::PinLocked,
        status: 423,
        en: text(
            "The PIN is locked",
            "The PIN was wrong too often.",
            "Wait as long as the header Retry-After says.",
        ),
        zh: text("支付密码已锁定", "支付密码错误次数过多。", "请按响应头 Retry-After 等待。"),
    },
];
