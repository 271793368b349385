//! Logs in pages, each page a document that is made when the one before it is full.

use feiqian_ledger::Document;

use crate::documents::{Decision, change, create};
use crate::{FlowError, Platform};

/// Adds a line to the first of some pages that takes it. `add` says whether the page has it
/// now; `new` is a page with the line alone. A page that is full, or whose maker died, is
/// passed over.
pub(crate) async fn add_line<P: Platform, D: Document>(
    platform: &P,
    pages: impl Iterator<Item = String>,
    new: &D,
    add: impl Fn(&mut D) -> bool,
) -> Result<(), FlowError> {
    for key in pages {
        let add = || {
            change(platform, &key, async |page: &mut D| {
                Ok(if add(page) { Decision::Write(true) } else { Decision::Keep(false) })
            })
        };
        let added = match add().await {
            Err(FlowError::DocumentMissing) => match create(platform, &key, new).await {
                Ok(None) => true,
                Ok(Some(_)) => add().await?,
                Err(FlowError::InProgress) => false,
                Err(error) => return Err(error),
            },
            other => other?,
        };
        if added {
            return Ok(());
        }
    }
    Err(FlowError::Contended)
}
