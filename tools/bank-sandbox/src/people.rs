//! The magic people: one name per behaviour of a face-to-face verification. Every other name
//! passes.

/// Does not come to be verified: stays pending.
pub const NEVER_COMES: &str = "赵不来";
/// Is somebody else: fails.
pub const IS_ANOTHER: &str = "钱非人";
