use feiqian_bank_api::{BankReply, BankRequest};

/// A bank, as far as it can be reached.
pub trait Bank {
    /// Sends one request. [`BankReply::Unknown`] stands for every answer that does not
    /// say what the bank did; it is no failure.
    async fn request(&self, request: BankRequest) -> BankReply;
}
