//! Problems of what a holder looks up and reports.

use super::{Row, text};
use crate::ProblemCode;

pub(super) const ROWS: &[Row] = &[
    Row {
        code: ProblemCode::EntryNotFound,
        status: 404,
        en: text(
            "There is no such entry",
            "The account's journal has no entry with this number.",
            "Look the entry up in the account's history and use its sequence.",
        ),
        zh: text(
            "分录不存在",
            "该账户的账簿中没有此序号的分录。",
            "请在账户明细中查找分录并使用其序号。",
        ),
    },
    Row {
        code: ProblemCode::ReceiptNotFound,
        status: 404,
        en: text(
            "There is no receipt",
            "The operation has no entry in the journal: it has not ended, or it moved nothing.",
            "Look at the operation; ask for the receipt once it has succeeded.",
        ),
        zh: text(
            "没有回单",
            "该操作在账簿中没有分录：尚未结束，或未移动资金。",
            "请查看该操作，成功后再获取回单。",
        ),
    },
    Row {
        code: ProblemCode::StatementNotFound,
        status: 404,
        en: text(
            "There is no such statement",
            "The month has not begun, was over before the account was opened, or has fewer parts.",
            "Ask for a month in which the account was open; its first part says how many there are.",
        ),
        zh: text(
            "月结单不存在",
            "该月份尚未开始、早于开户时间，或没有这一部分。",
            "请选择账户已开立的月份；第一部分会说明共有几部分。",
        ),
    },
    Row {
        code: ProblemCode::SettlementNotFound,
        status: 404,
        en: text(
            "There is no such settlement",
            "The merchant's day is not over or not settled yet, had nothing to be settled, or has fewer parts.",
            "Ask again later for a day that is just over; another day may have entries.",
        ),
        zh: text(
            "结算单不存在",
            "商户的该日尚未结束或尚未结算、没有可结算的款项，或没有这一部分。",
            "刚结束的日期请稍后再查询；也可查询其他日期。",
        ),
    },
    Row {
        code: ProblemCode::DayTooLarge,
        status: 422,
        en: text(
            "The day has too many movements",
            "The day and those beside it have more movements than one answer compares: 60,000.",
            "Compare the bank's own file of that day with the journals of bank clearing instead.",
        ),
        zh: text(
            "该日记录过多",
            "该日及前后两日的资金变动超过一次对账的上限 60,000 笔。",
            "请改用银行的对账文件与银行清算账户的流水进行核对。",
        ),
    },
    Row {
        code: ProblemCode::OperationAlreadyReported,
        status: 409,
        en: text(
            "The operation has been reported already",
            "An earlier report of this operation opened a case.",
            "Look at the account's reports; say anything new to the operator who has the case.",
        ),
        zh: text(
            "该操作已被报告",
            "此前已有针对该操作的报告并已立案。",
            "请查看账户的报告；如有新情况，请告知处理该案件的运营人员。",
        ),
    },
    Row {
        code: ProblemCode::TooManyReports,
        status: 429,
        en: text(
            "Too many reports are open",
            "The account takes no new report until an operator has closed an earlier one.",
            "Freeze the account if it is in danger, and ask the operator to look at the open reports.",
        ),
        zh: text(
            "未处理的报告过多",
            "在运营人员结案之前，该账户不接受新的报告。",
            "如账户存在风险，请先冻结账户，并请运营人员处理现有报告。",
        ),
    },
    Row {
        code: ProblemCode::CaseNotFound,
        status: 404,
        en: text(
            "There is no such case",
            "The account has no case with this id.",
            "Check the account id and the case id.",
        ),
        zh: text("案件不存在", "该账户没有此编号的案件。", "请检查账户编号和案件编号。"),
    },
    Row {
        code: ProblemCode::CaseClosed,
        status: 409,
        en: text(
            "The case is closed",
            "The case was closed with another outcome or remark, which stays.",
            "Look at the case.",
        ),
        zh: text("案件已结案", "该案件已以其他结论或说明结案，且不再更改。", "请查看该案件。"),
    },
];
