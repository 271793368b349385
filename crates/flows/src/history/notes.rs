use feiqian_ledger::{AccountId, CustomerId, Notes, Page};

use super::NotedEntry;
use super::reader::JournalReader;
use crate::accounts::load_account;
use crate::documents::{Decision, change, create};
use crate::{FlowError, Platform, Subject};

/// Sets the holder's note on an entry, or takes it away. The last one set stays. Asking
/// again changes nothing more.
///
/// # Errors
/// [`FlowError::NotFound`] for an account that is not the customer's or has no such entry,
/// or that the store did not answer.
pub async fn set_note<P: Platform>(
    platform: &P,
    customer: &CustomerId,
    id: &AccountId,
    sequence: u64,
    text: Option<String>,
) -> Result<NotedEntry, FlowError> {
    let account = load_account(platform, customer, id).await?;
    let found = JournalReader::new(platform, &account).entries(sequence..=sequence).await?;
    let entry = found.into_iter().next().ok_or(FlowError::NotFound(Subject::Entry))?;
    match write(platform, id, sequence, text.clone()).await {
        Err(FlowError::DocumentMissing) => {
            let number = Page::number_of(sequence);
            let mut notes = Notes::new(number);
            // Another request may have made the page of notes meanwhile.
            if notes.set(sequence, text.clone())
                && create(platform, &Notes::key(id, number), &notes).await?.is_some()
            {
                write(platform, id, sequence, text.clone()).await?;
            }
        }
        other => other?,
    }
    Ok(NotedEntry { entry, note: text })
}

async fn write<P: Platform>(
    platform: &P,
    id: &AccountId,
    sequence: u64,
    text: Option<String>,
) -> Result<(), FlowError> {
    let key = Notes::key(id, Page::number_of(sequence));
    change(platform, &key, async |notes: &mut Notes| {
        let changed = notes.set(sequence, text.clone());
        Ok(if changed { Decision::Write(()) } else { Decision::Keep(()) })
    })
    .await
}
