//! Reading and changing documents through the store.

use feiqian_ledger::mutants::{Mutant, mutant};
use feiqian_ledger::{Document, Journal, Page};
use feiqian_store::{Change, Created, Store, update};

use crate::platform::Backoff;
use crate::{FlowError, Platform};

/// What a decision does to the document it was given.
pub(crate) enum Decision<T> {
    /// Write the document as it is now, then answer.
    Write(T),
    /// Leave the stored document as it was and answer.
    Keep(T),
}

/// Reads a document.
pub(crate) async fn load<P: Platform, D: Document>(
    platform: &P,
    key: &str,
) -> Result<Option<D>, FlowError> {
    let bytes = platform.store().read(key).await?;
    Ok(bytes.map(|bytes| D::decode(&bytes)).transpose()?)
}

/// Reads several documents, in the same order.
pub(crate) async fn load_many<P: Platform, D: Document>(
    platform: &P,
    keys: &[String],
) -> Result<Vec<Option<D>>, FlowError> {
    let values = platform.store().read_many(keys).await?;
    values.into_iter().map(|bytes| Ok(bytes.map(|b| D::decode(&b)).transpose()?)).collect()
}

/// Makes a document that does not exist; gives the one that does instead.
///
/// # Errors
/// [`FlowError::InProgress`] if another creator has not finished.
pub(crate) async fn create<P: Platform, D: Document>(
    platform: &P,
    key: &str,
    document: &D,
) -> Result<Option<D>, FlowError> {
    match platform.store().create(key, &document.encode()?).await? {
        Created::Created => Ok(None),
        Created::Exists(bytes) => Ok(Some(D::decode(&bytes)?)),
        Created::InProgress { .. } => Err(FlowError::InProgress),
    }
}

/// A document as it has just been written here, with its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Written<D> {
    bytes: Vec<u8>,
    document: D,
}

impl<D: Document + PartialEq> Written<D> {
    pub(crate) const fn new(bytes: Vec<u8>, document: D) -> Self {
        Self { bytes, document }
    }

    /// The document that lies in the store as `bytes`: what was written, if nobody has changed it
    /// since, which takes no decoding.
    pub(crate) fn read(known: Option<Self>, bytes: &[u8]) -> Result<D, FlowError> {
        match known {
            Some(Self { bytes: written, document }) if written == bytes => {
                debug_assert!(D::decode(bytes).is_ok_and(|decoded| decoded == document));
                Ok(document)
            }
            _ => Ok(D::decode(bytes)?),
        }
    }
}

/// Changes a document by a decision. What `decide` reads elsewhere is at least as new as
/// the document it was given.
pub(crate) async fn change<P: Platform, D: Document, T>(
    platform: &P,
    key: &str,
    mut decide: impl AsyncFnMut(&mut D) -> Result<Decision<T>, FlowError>,
) -> Result<T, FlowError> {
    let backoff = Backoff(platform);
    let result = update(platform.store(), &backoff, key, async |bytes: &[u8]| {
        let mut document = D::decode(bytes)?;
        match decide(&mut document).await? {
            Decision::Write(answer) => Ok(Change::Write(document.encode()?, answer)),
            Decision::Keep(answer) => Ok(Change::Keep(answer)),
        }
    });
    Ok(result.await?)
}

/// As [`change`] of a document of which it may be known what lies in the store; gives what has
/// been written.
pub(crate) async fn change_known<P: Platform, D: Document + PartialEq, T>(
    platform: &P,
    key: &str,
    mut known: Option<Written<D>>,
    mut decide: impl AsyncFnMut(&mut D) -> Result<Decision<T>, FlowError>,
) -> Result<(T, Option<Written<D>>), FlowError> {
    let backoff = Backoff(platform);
    let result = update(platform.store(), &backoff, key, async |bytes: &[u8]| {
        let mut document = Written::read(known.take(), bytes)?;
        match decide(&mut document).await? {
            Decision::Write(answer) => {
                let bytes = document.encode()?;
                let written = Written::new(bytes.clone(), document);
                Ok(Change::Write(bytes, (answer, Some(written))))
            }
            Decision::Keep(answer) => Ok(Change::Keep((answer, None))),
        }
    });
    Ok(result.await?)
}

/// Makes room in a journal: writes a full page out before it leaves the document. Dying
/// after the write is harmless, since the page is the same whoever writes it.
pub(crate) async fn spill<P: Platform>(
    platform: &P,
    owner: &str,
    journal: &mut Journal,
) -> Result<(), FlowError> {
    if let Some(page) = journal.full_page() {
        if !mutant(Mutant::PageNotWritten) {
            platform.store().put(&Page::key(owner, page.number), &page.encode()?).await?;
        }
        journal.drop_page(&page);
    }
    Ok(())
}
