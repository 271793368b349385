use feiqian_ledger::EntryKind;

/// The words of a statement in one language.
#[derive(Debug)]
pub struct Texts {
    pub(crate) title: &'static str,
    pub(crate) part: &'static str,
    pub(crate) as_of: &'static str,
    pub(crate) opening: &'static str,
    pub(crate) closing: &'static str,
    pub(crate) money_in: &'static str,
    pub(crate) money_out: &'static str,
    pub(crate) count: &'static str,
    pub(crate) page: &'static str,
    pub(crate) number: &'static str,
    pub(crate) time: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) counterparty: &'static str,
    pub(crate) amount: &'static str,
    pub(crate) by_card: &'static str,
    pub(crate) balance: &'static str,
    pub(crate) note: &'static str,
    pub(crate) operation: &'static str,
    pub(crate) hash: &'static str,
    pub(crate) kinds: fn(EntryKind) -> &'static str,
}

impl Texts {
    /// English.
    pub const ENGLISH: Self = Self {
        title: "Account statement",
        part: "Part",
        as_of: "As of",
        opening: "Opening balance",
        closing: "Closing balance",
        money_in: "Money in",
        money_out: "Money out",
        count: "Entries",
        page: "Page",
        number: "No.",
        time: "Time",
        kind: "Kind",
        counterparty: "Counterparty",
        amount: "Amount (CNY)",
        by_card: "By card (CNY)",
        balance: "Balance (CNY)",
        note: "Note",
        operation: "Operation",
        hash: "Hash",
        kinds: english_kind,
    };

    /// Simplified Chinese.
    pub const CHINESE: Self = Self {
        title: "账户月结单",
        part: "部分",
        as_of: "截至",
        opening: "期初余额",
        closing: "期末余额",
        money_in: "收入合计",
        money_out: "支出合计",
        count: "笔数",
        page: "页",
        number: "序号",
        time: "时间",
        kind: "类型",
        counterparty: "对方",
        amount: "金额（元）",
        by_card: "银行卡（元）",
        balance: "余额（元）",
        note: "备注",
        operation: "操作编号",
        hash: "哈希",
        kinds: chinese_kind,
    };
}

const fn english_kind(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::TopUp => "Top up",
        EntryKind::Payment => "Payment",
        EntryKind::PaymentReversal => "Payment reversed",
        EntryKind::Withdrawal => "Withdrawal",
        EntryKind::Transfer => "Transfer",
        EntryKind::Deposit => "Deposit",
        EntryKind::TransferReversal => "Transfer returned",
        EntryKind::WithdrawalReversal => "Withdrawal back",
        EntryKind::Refund => "Refund",
        EntryKind::WealthRedemption => "Redemption",
        EntryKind::Settlement => "Settlement",
        EntryKind::SettlementFee => "Fees",
        EntryKind::Adjustment => "Adjustment",
    }
}

const fn chinese_kind(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::TopUp => "充值",
        EntryKind::Payment => "支付",
        EntryKind::PaymentReversal => "支付冲正",
        EntryKind::Withdrawal => "提现",
        EntryKind::Transfer => "转账",
        EntryKind::Deposit => "他行转入",
        EntryKind::TransferReversal => "转账退回",
        EntryKind::WithdrawalReversal => "提现退回",
        EntryKind::Refund => "退款",
        EntryKind::WealthRedemption => "理财赎回",
        EntryKind::Settlement => "商户结算",
        EntryKind::SettlementFee => "手续费",
        EntryKind::Adjustment => "账务调整",
    }
}
