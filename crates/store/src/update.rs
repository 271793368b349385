use crate::{Store, StoreError, Swapped};

/// How often [`update`] tries before it gives up. With 64 writers on one key, one of
/// them wins each round, so that many rounds serve all of them; twice that leaves room
/// for bad luck, and bounds the work of a request.
pub const UPDATE_ATTEMPTS_MAX: u32 = 128;

/// Waits between tries, so that writers who met once do not meet again.
pub trait Pause {
    /// Waits before try number `attempt`, counted from 1; longer for later ones, and
    /// by a random part.
    async fn pause(&self, attempt: u32);
}

/// What a decision makes of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change<T> {
    /// Write these bytes, then answer.
    Write(Vec<u8>, T),
    /// Leave the document as it is and answer.
    Keep(T),
}

/// Why an update did not end with a decision.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UpdateError<E> {
    /// There is no document under the key.
    #[error("there is no such document")]
    Missing,
    /// Others changed the document [`UPDATE_ATTEMPTS_MAX`] times in a row. Nothing was
    /// written; the same call may be made again.
    #[error("the document is contended")]
    Contended,
    /// The store gave no answer. The write may have happened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The decision itself failed. Nothing was written.
    #[error("{0}")]
    Refused(E),
}

/// Changes one document atomically: reads it, lets `decide` say what it becomes, and
/// writes that if no one changed it in between; else reads and decides again.
///
/// `decide` may read other documents. What it reads then is at least as new as the
/// document it was given, which is what makes a decision safe that depends on an
/// arbiter elsewhere: see ARCHITECTURE.md, "Read the receiver before the arbiter".
///
/// # Errors
/// See [`UpdateError`].
pub async fn update<S: Store, T, E>(
    store: &S,
    pause: &impl Pause,
    key: &str,
    mut decide: impl AsyncFnMut(&[u8]) -> Result<Change<T>, E>,
) -> Result<T, UpdateError<E>> {
    for attempt in 0..UPDATE_ATTEMPTS_MAX {
        if attempt > 0 {
            pause.pause(attempt).await;
        }
        let Some((current, handle)) = store.begin(key).await? else {
            return Err(UpdateError::Missing);
        };
        match decide(&current).await.map_err(UpdateError::Refused)? {
            Change::Keep(answer) => return Ok(answer),
            Change::Write(next, answer) => match store.swap(handle, &next).await? {
                Swapped::Yes => return Ok(answer),
                Swapped::Conflict => {}
            },
        }
    }
    Err(UpdateError::Contended)
}
