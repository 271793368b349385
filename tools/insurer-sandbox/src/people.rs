//! The magic people: one name per behaviour.
//!
//! Any other name behaves as an ordinary insured person: the pooled fund pays six tenths of
//! each line, the personal account pays of the rest while it lasts, and cash pays what is left.

/// Has no electronic credential.
pub const NO_CREDENTIAL: &str = "孙无证";
/// Has a credential, and the insurance is suspended: nothing is split or settled.
pub const SUSPENDED: &str = "李停保";
/// Has no personal account: the pooled fund alone pays.
pub const POOLED_ONLY: &str = "周统筹";
/// Everything is paid by the pooled fund and other funds.
pub const FULLY_COVERED: &str = "卫全保";
/// A commit or a reversal is done at once, and answered too late.
pub const TIMES_OUT_THEN_DONE: &str = "郑超时";
/// The first attempt of each commit and reversal is lost and answered too late.
pub const TIMES_OUT_NOT_DONE: &str = "王超时";
/// A commit settles another split than the pre-settlement said: one fen more in cash.
pub const SPLIT_CHANGES: &str = "冯变化";
/// A commit is processing; the third query finds it settled.
pub const PROCESSING: &str = "陈处理";
/// A commit is rejected.
pub const REJECTED: &str = "褚拒付";
/// The statement has one fen too much in each of the person's lines.
pub const WRONG_AMOUNT: &str = "蒋错账";
/// The statement has none of the person's lines.
pub const MISSING: &str = "沈漏账";

/// Every magic person, with one line for people.
pub const ALL: &[(&str, &str)] = &[
    (NO_CREDENTIAL, "has no electronic credential"),
    (SUSPENDED, "the insurance is suspended"),
    (POOLED_ONLY, "has no personal account"),
    (FULLY_COVERED, "pays nothing in cash"),
    (TIMES_OUT_THEN_DONE, "is settled, the answer comes too late"),
    (TIMES_OUT_NOT_DONE, "the first attempt is lost and answered too late"),
    (SPLIT_CHANGES, "one fen more in cash than the pre-settlement said"),
    (PROCESSING, "processing; the third query finds it settled"),
    (REJECTED, "every commit is rejected"),
    (WRONG_AMOUNT, "one fen too much in the statement"),
    (MISSING, "missing from the statement"),
];
