//! What would help a movement that a limit refuses.

use feiqian_limits::Help;

use crate::Language;

/// A sentence that says it.
pub(in crate::problem) const fn help(help: Help, language: Language) -> &'static str {
    let (en, zh) = match help {
        Help::Pin => ("Give the PIN.", "请输入支付密码。"),
        Help::SecondFactor => (
            "Verify with a second factor, such as a one-time code.",
            "请增加验证要素，如短信验证码。",
        ),
        Help::Signature => ("Sign with a registered device.", "请使用已登记的设备签名。"),
        Help::Confirmation => ("Confirm the large amount.", "请确认该笔大额交易。"),
        Help::DynamicCode => {
            ("Pay by a code made for this order.", "请使用商户为本订单生成的动态条码。")
        }
        Help::Card => ("Pay by a bound card.", "请使用已绑定的银行卡支付。"),
        Help::RaiseOwnLimit => ("Raise the limit that you have set.", "请调高自行设置的限额。"),
        Help::Upgrade => ("Have the account raised to a higher class.", "请升级账户类别。"),
        Help::Later => ("Wait until the limit's window is over.", "请等待限额周期结束。"),
        Help::SmallerAmount => {
            ("Use a smaller amount, within what remains.", "请使用剩余额度以内的较小金额。")
        }
    };
    match language {
        Language::English => en,
        Language::Chinese => zh,
    }
}
