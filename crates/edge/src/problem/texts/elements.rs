//! Problems of single fields.

use super::{Row, text};
use crate::ProblemCode;

pub(super) const ROWS: &[Row] = &[
    Row {
        code: ProblemCode::AmountInvalid,
        status: 422,
        en: text(
            "The amount is not valid",
            "An amount is a decimal string above zero, with at most two decimal places and at most 10000000000.00, in the currency CNY.",
            "Correct the amount, such as {\"value\": \"12.34\", \"currency\": \"CNY\"}.",
        ),
        zh: text(
            "金额无效",
            "金额须为大于零的十进制字符串，最多两位小数，不超过 10000000000.00，币种为 CNY。",
            "请改正金额，例如 {\"value\": \"12.34\", \"currency\": \"CNY\"}。",
        ),
    },
    Row {
        code: ProblemCode::ResidentIdInvalid,
        status: 422,
        en: text(
            "The resident ID is not valid",
            "A resident ID has 18 characters, a real date of birth and a matching check digit.",
            "Check the number against the card and correct it.",
        ),
        zh: text(
            "身份证号码无效",
            "身份证号码应为 18 位，出生日期真实存在且校验位正确。",
            "请对照身份证核对并改正号码。",
        ),
    },
    Row {
        code: ProblemCode::CardNumberInvalid,
        status: 422,
        en: text(
            "The card number is not valid",
            "A card number has 13 to 19 digits and a matching check digit.",
            "Check the number against the card and correct it.",
        ),
        zh: text(
            "银行卡号无效",
            "银行卡号应为 13 至 19 位数字且校验位正确。",
            "请对照银行卡核对并改正卡号。",
        ),
    },
    Row {
        code: ProblemCode::MobileInvalid,
        status: 422,
        en: text(
            "The mobile number is not valid",
            "A mobile number has 11 digits and starts with 13 to 19.",
            "Correct the mobile number.",
        ),
        zh: text("手机号码无效", "手机号码应为 11 位数字，以 13 至 19 开头。", "请改正手机号码。"),
    },
    Row {
        code: ProblemCode::NameInvalid,
        status: 422,
        en: text(
            "The name is not valid",
            "A name has 1 to 64 characters, no control characters, and no spaces at its ends.",
            "Correct the name.",
        ),
        zh: text(
            "姓名或名称无效",
            "姓名或名称应为 1 至 64 个字符，不含控制字符，首尾不含空格。",
            "请改正姓名或名称。",
        ),
    },
    Row {
        code: ProblemCode::PinFormatInvalid,
        status: 422,
        en: text(
            "The PIN has the wrong form",
            "A PIN has exactly six digits.",
            "Enter six digits.",
        ),
        zh: text("支付密码格式错误", "支付密码必须是六位数字。", "请输入六位数字。"),
    },
    Row {
        code: ProblemCode::PinTooWeak,
        status: 422,
        en: text(
            "The PIN is too easy to guess",
            "A PIN must not repeat one digit, run up or down, or stand in the holder's resident ID or mobile number.",
            "Choose another PIN.",
        ),
        zh: text(
            "支付密码过于简单",
            "支付密码不能是重复数字、连续数字，也不能出现在本人身份证号码或手机号码中。",
            "请更换支付密码。",
        ),
    },
    Row {
        code: ProblemCode::CodeFormatInvalid,
        status: 422,
        en: text(
            "The one-time code has the wrong form",
            "A one-time code has exactly six digits.",
            "Enter the six digits of the message.",
        ),
        zh: text("验证码格式错误", "验证码必须是六位数字。", "请输入短信中的六位数字。"),
    },
];
