//! Problems of states, freezes and devices.

use super::{Row, text};
use crate::ProblemCode;

pub(super) const ROWS: &[Row] = &[
    Row {
        code: ProblemCode::AccountFrozen,
        status: 409,
        en: text(
            "The account is frozen",
            "Nothing can be done with the account until the freeze is lifted.",
            "Lift your own freeze with PIN and code; for another's, ask the operator.",
        ),
        zh: text(
            "账户已冻结",
            "解除冻结前，账户不能办理任何业务。",
            "本人冻结的，请凭支付密码和验证码解冻；其他冻结请联系运营方。",
        ),
    },
    Row {
        code: ProblemCode::AccountDormant,
        status: 409,
        en: text(
            "The account is dormant",
            "The account had no transaction within six months and waits for its holder to verify again.",
            "Verify with a card and a code to wake the account.",
        ),
        zh: text(
            "账户已暂停",
            "账户六个月内未发生交易，须由持有人重新核实身份。",
            "请通过银行卡和验证码重新核实身份以恢复使用。",
        ),
    },
    Row {
        code: ProblemCode::AccountNotFrozen,
        status: 409,
        en: text(
            "There is no such freeze",
            "The account is not frozen by this party.",
            "Look at the account's freezes.",
        ),
        zh: text("不存在此冻结", "该账户未被此方冻结。", "请查看账户的冻结情况。"),
    },
    Row {
        code: ProblemCode::AccountNotDormant,
        status: 409,
        en: text(
            "The account is not dormant",
            "Only a dormant account needs to be woken.",
            "Look at the account's status.",
        ),
        zh: text("账户未暂停", "只有已暂停的账户才需要恢复。", "请查看账户状态。"),
    },
    Row {
        code: ProblemCode::PinRequired,
        status: 403,
        en: text(
            "The PIN is needed",
            "The request came without the PIN that it needs.",
            "Send the PIN, with a new Idempotency-Key.",
        ),
        zh: text(
            "需要支付密码",
            "请求缺少所需的支付密码。",
            "请提供支付密码，并使用新的 Idempotency-Key。",
        ),
    },
    Row {
        code: ProblemCode::FaceVerificationNotFound,
        status: 404,
        en: text(
            "There is no such verification",
            "The newest face-to-face verification of the account has another id.",
            "Ask for a new verification.",
        ),
        zh: text("面核申请不存在", "该账户最近一次面核申请不是此编号。", "请重新申请面核。"),
    },
    Row {
        code: ProblemCode::FaceAlreadyVerified,
        status: 409,
        en: text(
            "The holder is verified already",
            "A bank has verified the holder face to face.",
            "Nothing is to be done.",
        ),
        zh: text("已完成面核", "银行已对持有人完成面核。", "无需再次办理。"),
    },
    Row {
        code: ProblemCode::FaceVerificationPending,
        status: 409,
        en: text(
            "A verification is pending",
            "A face-to-face verification of the holder has not ended yet.",
            "Have it done, or wait until it has expired.",
        ),
        zh: text("面核进行中", "持有人的面核尚未结束。", "请先完成面核，或等其过期。"),
    },
    Row {
        code: ProblemCode::FaceVerificationNeeded,
        status: 409,
        en: text(
            "A face-to-face verification is needed",
            "This needs a face-to-face verification, or a card of a class I account or a credit card.",
            "Ask for a face-to-face verification, or name such a card.",
        ),
        zh: text(
            "需要面核",
            "办理此业务需要面核，或提供 I 类账户银行卡或信用卡。",
            "请申请面核，或提供符合要求的银行卡。",
        ),
    },
    Row {
        code: ProblemCode::DeviceNotFound,
        status: 404,
        en: text(
            "There is no such device",
            "The account has no registered device with this id.",
            "List the account's devices and use one of them, or register this one.",
        ),
        zh: text(
            "设备不存在",
            "该账户没有此编号的已登记设备。",
            "请查询账户的设备并选用其一，或登记此设备。",
        ),
    },
    Row {
        code: ProblemCode::DeviceRevoked,
        status: 409,
        en: text(
            "The device has been revoked",
            "A revoked device signs no more, and its key is not registered again.",
            "Use another device, or register this one with a new key.",
        ),
        zh: text(
            "设备已注销",
            "已注销的设备不能再签名，其密钥也不能再次登记。",
            "请使用其他设备，或以新密钥登记此设备。",
        ),
    },
    Row {
        code: ProblemCode::DeviceKeyKnown,
        status: 409,
        en: text(
            "The key is known already",
            "A device with this key is, or was, registered for the account.",
            "Use the registered device, or make a new key.",
        ),
        zh: text(
            "密钥已登记过",
            "该账户现有或曾有使用此密钥的设备。",
            "请使用已登记的设备，或生成新的密钥。",
        ),
    },
    Row {
        code: ProblemCode::DevicesFull,
        status: 409,
        en: text(
            "No more devices can be registered",
            "The account has as many devices as it may have.",
            "Revoke a device that is not used any more.",
        ),
        zh: text("设备数量已达上限", "该账户的设备数量已达上限。", "请先注销不再使用的设备。"),
    },
    Row {
        code: ProblemCode::DeviceSignatureInvalid,
        status: 422,
        en: text(
            "The device's signature does not fit",
            "The public key cannot be read, or the signature was made over another text or by another key.",
            "Check the algorithm, the encoding and the text that was signed, and sign again.",
        ),
        zh: text(
            "设备签名无效",
            "公钥无法读取，或签名由其他文本或其他密钥生成。",
            "请检查算法、编码及所签文本，然后重新签名。",
        ),
    },
];
