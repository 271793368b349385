//! Problems of ids that belong to another region.

use super::{Row, text};
use crate::ProblemCode;

pub(super) const ROWS: &[Row] = &[
    Row {
        code: ProblemCode::RegionMisdirected,
        status: 421,
        en: text(
            "Another region has this",
            "What the request names is in the region {region}. It did nothing here.",
            "Send the request to the member url, with a session of that region or signed for its host; keep using that region for this id.",
        ),
        zh: text(
            "该对象属于其他区域",
            "请求所指的对象位于区域 {region}，本区域未执行任何操作。",
            "请使用该区域的会话或针对其域名重新签名，将请求发送至 url 所示地址；此后该编号一律使用该区域。",
        ),
    },
    Row {
        code: ProblemCode::RegionDiffers,
        status: 422,
        en: text(
            "The request joins two regions",
            "The parameter \"{parameter}\" names something of the region {region}, and this request belongs to the region {here}.",
            "Use an account and a merchant of one region; to pay somebody in another, withdraw to a bound card.",
        ),
        zh: text(
            "请求涉及两个区域",
            "参数“{parameter}”所指的对象属于区域 {region}，而此请求属于区域 {here}。",
            "请使用同一区域的账户与商户；如需向其他区域付款，请先提现至绑定银行卡。",
        ),
    },
];
