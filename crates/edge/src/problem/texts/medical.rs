//! Problems of medical insurance, families and visits.

use super::{Row, text};
use crate::ProblemCode;

pub(super) const ROWS: &[Row] = &[
    Row {
        code: ProblemCode::InstitutionNotDesignated,
        status: 409,
        en: text(
            "The institution is not designated",
            "This hospital or pharmacy is not a designated institution of medical insurance.",
            "Pay in cash alone here, or go to a designated institution.",
        ),
        zh: text(
            "该机构不是定点医药机构",
            "该医院或药店不是医疗保险定点机构。",
            "请在此自费支付，或前往定点医药机构。",
        ),
    },
    Row {
        code: ProblemCode::InsurancePaymentNotSwitchedOn,
        status: 409,
        en: text(
            "Insurance payment is not switched on",
            "The institution is designated, but has not switched insurance payment on here.",
            "Ask the institution to switch it on, or pay in cash alone.",
        ),
        zh: text(
            "未开通医保支付",
            "该定点机构尚未在此开通医保支付。",
            "请联系机构开通，或自费支付。",
        ),
    },
    Row {
        code: ProblemCode::MedicalProofNotAccepted,
        status: 422,
        en: text(
            "This kind of proof is not taken",
            "{presented_text} was presented; here {accepted_text} is taken. They are different things.",
            "Show the code of the electronic medical credential.",
        ),
        zh: text(
            "不接受此类凭证",
            "出示的是{presented_text}，此处受理的是{accepted_text}，二者不是同一凭证。",
            "请出示医保电子凭证码。",
        ),
    },
    Row {
        code: ProblemCode::CredentialNotActivated,
        status: 409,
        en: text(
            "The medical credential is not activated",
            "The electronic medical credential of this person has not been activated.",
            "Activate the credential first, for a child through a parent.",
        ),
        zh: text(
            "医保电子凭证未激活",
            "该参保人的医保电子凭证尚未激活。",
            "请先激活凭证，未成年人可由家长激活。",
        ),
    },
    Row {
        code: ProblemCode::CredentialSuspended,
        status: 409,
        en: text(
            "The medical credential is suspended",
            "The electronic medical credential has been suspended and cannot be shown.",
            "Activate it again.",
        ),
        zh: text("医保电子凭证已停用", "该医保电子凭证已停用，不能出示。", "请重新激活凭证。"),
    },
    Row {
        code: ProblemCode::MedicalRegionDiffers,
        status: 409,
        en: text(
            "The regions differ",
            "The person is insured in {insured_region}, and the institution is in {institution_region}.",
            "Settle this visit in cash, and claim it where the person is insured.",
        ),
        zh: text(
            "参保地与就医地不一致",
            "参保地为 {insured_region}，机构所在地为 {institution_region}。",
            "请先自费结算，再回参保地报销。",
        ),
    },
    Row {
        code: ProblemCode::MedicalCodeUnknown,
        status: 404,
        en: text(
            "There is no such medical code",
            "The digits are no code of a medical credential that was given here.",
            "Scan the code again, or let a new one be shown.",
        ),
        zh: text(
            "医保凭证码不存在",
            "这些数字不是本服务签发的医保凭证码。",
            "请重新扫码，或请参保人出示新码。",
        ),
    },
    Row {
        code: ProblemCode::MedicalCodeUsed,
        status: 409,
        en: text(
            "The medical code has been used",
            "A medical code is good for one try, and another visit has had it.",
            "Let a new code be shown.",
        ),
        zh: text(
            "医保凭证码已使用",
            "医保凭证码仅能使用一次，该码已用于另一笔就诊。",
            "请参保人出示新码。",
        ),
    },
    Row {
        code: ProblemCode::MedicalCodeExpired,
        status: 409,
        en: text(
            "The medical code has expired",
            "A medical code is good for one minute.",
            "Let a new code be shown.",
        ),
        zh: text("医保凭证码已过期", "医保凭证码有效期为一分钟。", "请参保人出示新码。"),
    },
    Row {
        code: ProblemCode::InsurerDeclined,
        status: 409,
        en: text(
            "The insurer declines",
            "The insurer gives this reason: {reason_text}.",
            "Ask the insurer, or pay in cash alone.",
        ),
        zh: text(
            "医保机构拒绝",
            "医保机构给出的原因：{reason_text}。",
            "请咨询医保机构，或自费支付。",
        ),
    },
    Row {
        code: ProblemCode::SplitDoesNotAddUp,
        status: 409,
        en: text(
            "The split does not add up",
            "What the insurer says of the fee lines does not add up to them to the cent; nothing was settled.",
            "Try again with a new visit, and report it if it happens again.",
        ),
        zh: text(
            "费用拆分金额不符",
            "医保机构返回的拆分金额与费用明细不一致，未发生任何结算。",
            "请重新发起就诊结算；如再次出现请报告。",
        ),
    },
    Row {
        code: ProblemCode::InsurerSplitChanged,
        status: 409,
        en: text(
            "The insurer settled other amounts",
            "The insurer settled other amounts than were shown, so all of it was given back.",
            "Make a new visit with a new code, and confirm its amounts.",
        ),
        zh: text(
            "医保结算金额有变",
            "医保结算金额与所示金额不同，已全部撤销。",
            "请用新码重新发起就诊结算并确认金额。",
        ),
    },
    Row {
        code: ProblemCode::VisitSplitDiffers,
        status: 409,
        en: text(
            "What was confirmed is not the visit's split",
            "The amounts in the request are not those of the visit.",
            "Read the visit again, show its amounts, and confirm those.",
        ),
        zh: text(
            "确认的金额与就诊不符",
            "请求中的金额与该次就诊的拆分金额不一致。",
            "请重新读取就诊信息，展示后再确认。",
        ),
    },
    Row {
        code: ProblemCode::RelativeNotBound,
        status: 409,
        en: text(
            "The relative is not bound",
            "There is no such relative, the consent is missing, or it was taken back.",
            "Bind the relative, and let one of 16 or older consent.",
        ),
        zh: text(
            "亲属未绑定",
            "不存在该亲属绑定，或对方尚未同意、已撤回同意。",
            "请先绑定亲属；年满 16 周岁者须本人同意。",
        ),
    },
    Row {
        code: ProblemCode::RelativeAlreadyBound,
        status: 409,
        en: text(
            "The relative is bound already",
            "The two persons are bound by an earlier request.",
            "Use that binding, or end it first.",
        ),
        zh: text("亲属已绑定", "该亲属已通过此前的请求绑定。", "请使用已有绑定，或先解除。"),
    },
    Row {
        code: ProblemCode::RelativeIsOneself,
        status: 422,
        en: text(
            "A person is no relative of their own",
            "The resident ID is that of the account's own holder.",
            "Give the relative's name and resident ID.",
        ),
        zh: text("不能绑定本人", "所填身份证号为账户持有人本人。", "请填写亲属的姓名与身份证号。"),
    },
    Row {
        code: ProblemCode::RelativesFull,
        status: 409,
        en: text(
            "Too many relatives",
            "A person shows the credentials of six relatives at most.",
            "Unbind a relative first.",
        ),
        zh: text("绑定亲属已达上限", "每人最多可绑定六名亲属。", "请先解除一名亲属的绑定。"),
    },
    Row {
        code: ProblemCode::BindersFull,
        status: 409,
        en: text(
            "Too many binders",
            "A person's credential is shown by two others at most.",
            "Let one of them end the binding first.",
        ),
        zh: text(
            "该亲属已被绑定的人数达上限",
            "每人最多可被两人绑定。",
            "请先由其中一人解除绑定。",
        ),
    },
    Row {
        code: ProblemCode::UndertakingNeeded,
        status: 422,
        en: text(
            "An undertaking is needed",
            "A relative under 16 is bound by an undertaking and household material.",
            "Send the undertaking with where the household material is.",
        ),
        zh: text(
            "需要承诺书与户籍材料",
            "绑定未满 16 周岁的亲属须提交承诺书与户籍材料。",
            "请附上承诺书与户籍材料的编号。",
        ),
    },
    Row {
        code: ProblemCode::VisitNotFound,
        status: 404,
        en: text(
            "There is no such visit",
            "The id names no visit that may be seen here.",
            "Check the id; only the patient, their binders and the institution see a visit.",
        ),
        zh: text(
            "就诊不存在",
            "该编号不对应可见的就诊记录。",
            "请核对编号；仅患者、其绑定人及机构可见。",
        ),
    },
    Row {
        code: ProblemCode::VisitExpired,
        status: 409,
        en: text(
            "The visit has expired",
            "A visit can be confirmed for half an hour.",
            "Make a new visit with a new code.",
        ),
        zh: text("就诊结算已过期", "就诊结算须在半小时内确认。", "请用新码重新发起。"),
    },
    Row {
        code: ProblemCode::VisitConfirmed,
        status: 409,
        en: text(
            "The visit has been confirmed",
            "Another request has confirmed the visit.",
            "Read the visit to see how it stands.",
        ),
        zh: text("就诊已确认", "该次就诊已由另一请求确认。", "请读取就诊查看其状态。"),
    },
    Row {
        code: ProblemCode::VisitClosed,
        status: 409,
        en: text(
            "The visit is closed",
            "The visit has ended, and nobody has paid.",
            "Make a new visit with a new code.",
        ),
        zh: text("就诊结算已关闭", "该次就诊结算已结束，未发生支付。", "请用新码重新发起。"),
    },
    Row {
        code: ProblemCode::VisitCancelled,
        status: 409,
        en: text(
            "The visit was cancelled",
            "The visit was cancelled before it was confirmed.",
            "Make a new visit with a new code.",
        ),
        zh: text("就诊结算已取消", "该次就诊结算在确认前已被取消。", "请用新码重新发起。"),
    },
    Row {
        code: ProblemCode::VisitCashNotPaid,
        status: 409,
        en: text(
            "The cash was not paid",
            "The cash was not paid, or was refused, so the insurer's part was given back.",
            "Make a new visit with a new code.",
        ),
        zh: text(
            "现金部分未支付",
            "现金部分未支付或被拒绝，医保部分已撤销。",
            "请用新码重新发起。",
        ),
    },
    Row {
        code: ProblemCode::VisitNotPaid,
        status: 409,
        en: text(
            "The visit has not been paid",
            "Only a visit that everyone has paid can be refunded.",
            "Cancel the visit instead.",
        ),
        zh: text("就诊尚未支付", "仅已完成支付的就诊可以退费。", "请改为取消该次就诊。"),
    },
    Row {
        code: ProblemCode::VisitLineNotRefundable,
        status: 409,
        en: text(
            "A line cannot be refunded",
            "Line {line} does not exist, or was refunded.",
            "Read the visit to see which lines are left.",
        ),
        zh: text("费用明细不可退", "第 {line} 项不存在或已退费。", "请读取就诊查看剩余明细。"),
    },
    Row {
        code: ProblemCode::VisitRefundsFull,
        status: 409,
        en: text(
            "Too many refunds of the visit",
            "The visit has the most refunds that one may have.",
            "Refund what is left outside of this service.",
        ),
        zh: text(
            "退费次数已达上限",
            "该次就诊的退费次数已达上限。",
            "请通过其他途径退还剩余款项。",
        ),
    },
    Row {
        code: ProblemCode::RefundByVisit,
        status: 409,
        en: text(
            "The order is a visit's",
            "An order for a visit's cash is refunded through the visit, so that the insurer's part goes back as well.",
            "Refund lines of the visit.",
        ),
        zh: text(
            "该订单属于就诊",
            "就诊现金订单须通过就诊退费，以便同时退回医保部分。",
            "请按就诊明细退费。",
        ),
    },
    Row {
        code: ProblemCode::NoAllowance,
        status: 409,
        en: text(
            "There is no allowance",
            "The relative has granted no allowance, or has ended it.",
            "Ask the relative for one, or pay from your own account.",
        ),
        zh: text(
            "没有亲情额度",
            "亲属未授予或已终止亲情额度。",
            "请亲属授予额度，或使用本人账户支付。",
        ),
    },
    Row {
        code: ProblemCode::AllowanceExceeded,
        status: 409,
        en: text(
            "The allowance does not cover this",
            "Of {per_month} a month, {remaining} is left.",
            "Ask the relative for more, or pay from your own account.",
        ),
        zh: text(
            "亲情额度不足",
            "每月额度 {per_month}，本月剩余 {remaining}。",
            "请亲属调高额度，或使用本人账户支付。",
        ),
    },
    Row {
        code: ProblemCode::InsurerUnavailable,
        status: 503,
        en: text(
            "The insurer does not answer",
            "The insurer did not answer clearly; what it did is not known, or nothing depends on it.",
            "Ask again with the same key a little later.",
        ),
        zh: text(
            "医保机构未应答",
            "医保机构未给出明确应答，结果未知或不受影响。",
            "请稍后使用相同幂等键重试。",
        ),
    },
];
