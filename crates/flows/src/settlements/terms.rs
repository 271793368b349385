use feiqian_calendar::Calendar;
use feiqian_identity::{BankAccountNumber, CnapsCode};
use feiqian_ledger::{
    DatedRate, FeeRate, InternalName, Merchant, MerchantId, SettlementAccount, Settling,
};
use feiqian_store::Store;

use super::settle::standing_mark;
use crate::documents::{Decision, change, load};
use crate::internal::{clearing_shard, shard_for};
use crate::{FlowError, Platform, Subject, Vault};

/// An operator's word on how a merchant is paid out.
#[derive(Debug, Clone)]
pub struct SetSettlementRequest {
    /// The merchant.
    pub merchant: MerchantId,
    /// What it pays for each payment.
    pub rate: FeeRate,
    /// The bank of its account.
    pub bank_code: CnapsCode,
    /// The number of its account.
    pub number: BankAccountNumber,
    /// Whose account it is.
    pub name: String,
}

/// The context that binds the sealed number to its merchant.
pub(crate) fn number_context(merchant: &MerchantId) -> String {
    format!("merchant/{merchant}/settlement_account")
}

/// Says how a merchant is paid out. The account counts from the next payout on; another fee
/// rate from the next day on, so that a day has one. The first time, all that the merchant has
/// been paid so far is to be settled.
///
/// | step | if the process dies after it |
/// |---|---|
/// | 1. the shards of bank clearing and of the fees are there | asked again: the same |
/// | 2. the pending mark stands, and is never dropped | the worker finds nothing to settle, and lets it stand |
/// | 3. the merchant is swapped | |
///
/// # Errors
/// [`FlowError::NotFound`] for a merchant that there is not; [`FlowError::Contended`] if so many
/// of its days wait to be settled that no more rates can be kept.
pub async fn set_settlement<P: Platform>(
    platform: &P,
    calendar: Calendar,
    vault: &Vault,
    request: SetSettlementRequest,
) -> Result<Merchant, FlowError> {
    let SetSettlementRequest { merchant: id, rate, bank_code, number, name } = request;
    let known = load_any(platform, &id).await?;
    let today = calendar.day(platform.now());
    let tomorrow = today.next().unwrap_or(today);
    let account = SettlementAccount {
        bank_code: bank_code.to_string(),
        number: vault.seal(platform, &number_context(&id), number.expose())?,
        masked: number.masked(),
        name,
    };
    let (clearing, fees) = match &known.settling {
        Some(settling) => (settling.clearing_shard, settling.fees_shard),
        None => (
            clearing_shard(platform, id.as_str()).await?,
            shard_for(platform, &InternalName::Fees, id.as_str()).await?,
        ),
    };
    platform.store().pending_add(&standing_mark(calendar, &id, platform.now())).await?;
    change(platform, &Merchant::key(&id), async |merchant: &mut Merchant| {
        match &mut merchant.settling {
            Some(settling) => {
                settling.account = account.clone();
                if !settling.set_rate(DatedRate { from: tomorrow, rate }) {
                    return Err(FlowError::Contended);
                }
            }
            None => {
                let rate = DatedRate { from: today, rate };
                merchant.begin_settling(Settling::new(account.clone(), rate, clearing, fees));
            }
        }
        Ok(Decision::Write(merchant.clone()))
    })
    .await
}

/// How a merchant is paid out, and how far that has come.
///
/// # Errors
/// [`FlowError::NotFound`] for a merchant that there is not.
pub async fn merchant_settling<P: Platform>(
    platform: &P,
    id: &MerchantId,
) -> Result<Merchant, FlowError> {
    load_any(platform, id).await
}

async fn load_any<P: Platform>(platform: &P, id: &MerchantId) -> Result<Merchant, FlowError> {
    let merchant: Option<Merchant> = load(platform, &Merchant::key(id)).await?;
    merchant.ok_or(FlowError::NotFound(Subject::Merchant))
}
