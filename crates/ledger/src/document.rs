use serde::Serialize;
use serde::de::DeserializeOwned;

/// Room for a document that is being written, in bytes: most fit, and are not copied as they grow.
const USUAL_BYTES: usize = 4096;

/// A document of the ledger, as it lies in the store.
///
/// Every document carries its schema version. A reader accepts its own version and
/// older ones (new fields have defaults) and refuses a newer one, since it would drop
/// what it does not know when it writes.
pub trait Document: Serialize + DeserializeOwned {
    /// The newest schema version that this code writes.
    const SCHEMA: u16;

    /// What the document is, for errors.
    const NAME: &'static str;

    /// The schema version that the document has.
    fn schema(&self) -> u16;

    /// Reads a stored document.
    ///
    /// # Errors
    /// [`DocumentError`] if it is unreadable or newer than this code.
    fn decode(bytes: &[u8]) -> Result<Self, DocumentError> {
        let document: Self = feiqian_json::from_slice(bytes).map_err(|error| {
            DocumentError::Unreadable { what: Self::NAME, why: error.to_string() }
        })?;
        if document.schema() > Self::SCHEMA {
            let schema = document.schema();
            return Err(DocumentError::Newer { what: Self::NAME, schema, known: Self::SCHEMA });
        }
        Ok(document)
    }

    /// The bytes to store.
    ///
    /// # Errors
    /// [`DocumentError::Unreadable`] if it cannot be written as JSON, which no document
    /// of this crate has been.
    fn encode(&self) -> Result<Vec<u8>, DocumentError> {
        let mut bytes = Vec::with_capacity(USUAL_BYTES);
        serde_json::to_writer(&mut bytes, self).map_err(|error| DocumentError::Unreadable {
            what: Self::NAME,
            why: error.to_string(),
        })?;
        Ok(bytes)
    }
}

/// Why stored bytes are no document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// Not the JSON of this document.
    #[error("the stored {what} is unreadable: {why}")]
    Unreadable {
        /// Which document.
        what: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// Written by newer code.
    #[error("the stored {what} has schema {schema}, and this code knows up to {known}")]
    Newer {
        /// Which document.
        what: &'static str,
        /// Its schema version.
        schema: u16,
        /// The newest that this code knows.
        known: u16,
    },
}
