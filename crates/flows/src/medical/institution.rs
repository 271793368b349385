use feiqian_ledger::medical::Institution;
use feiqian_ledger::{Merchant, MerchantId};

use crate::documents::{Decision, change};
use crate::{FlowError, Platform, Subject};

/// Notes what an operator says of a merchant: whether it is an institution of medical
/// insurance, and on which terms. One swap of the merchant's document.
///
/// # Errors
/// [`FlowError::NotFound`] if there is no such merchant.
pub async fn set_institution<P: Platform>(
    platform: &P,
    id: &MerchantId,
    institution: Institution,
) -> Result<Merchant, FlowError> {
    let changed = change(platform, &Merchant::key(id), async |merchant: &mut Merchant| {
        let news = merchant.institution.as_ref() != Some(&institution);
        merchant.institution = Some(institution.clone());
        let merchant = merchant.clone();
        Ok(if news { Decision::Write(merchant) } else { Decision::Keep(merchant) })
    })
    .await;
    changed.map_err(|error| match error {
        FlowError::DocumentMissing => FlowError::NotFound(Subject::Merchant),
        other => other,
    })
}
