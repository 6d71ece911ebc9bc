//! What handlers may reach.

use std::pin::Pin;

use cairn_gateway::{Call, Done, Recorder, Trace};
use cairn_store::{Store, StoreError, Txn};
use cairn_wire::Fault;

/// Characters of a client's text that a message repeats.
pub(crate) const ECHO: usize = 128;

pub(crate) type Handler = for<'a> fn(&'a Services, &'a Call) -> Answer<'a>;
pub(crate) type Answer<'a> = Pin<Box<dyn Future<Output = Result<Done, Fault>> + Send + 'a>>;

/// Handles to the floors below, and nothing else. Made once by the server.
pub struct Services {
    pub store: Store,
    pub recorder: Recorder,
}

impl Services {
    pub(crate) async fn begin(&self) -> Result<Txn, Fault> {
        self.store.begin().await.map_err(fault)
    }

    /// Commits an effect together with its record; returns when the record is in the journal.
    pub(crate) async fn commit(&self, txn: Txn, call: &Call, trace: &Trace) -> Result<(), Fault> {
        self.recorder.commit(txn, call, trace).await
    }
}

/// The one mapping from the store's errors to the wire, with IAM's names.
pub(crate) fn fault(error: StoreError) -> Fault {
    let text = error.to_string();
    match error {
        StoreError::NotFound { .. } => Fault::client("NoSuchEntityException", text),
        StoreError::AlreadyExists { .. } => Fault::client("EntityAlreadyExistsException", text),
        StoreError::InvalidName { .. } => Fault::validation(text),
        StoreError::LimitExceeded { .. } => Fault::client("LimitExceededException", text),
        StoreError::Busy | StoreError::DiskFull | StoreError::OutboxFull { .. } => {
            Fault::unavailable(text)
        }
        StoreError::CursorGoesBack { .. }
        | StoreError::Superseded { .. }
        | StoreError::Corrupt { .. }
        | StoreError::Newer { .. }
        | StoreError::WrongKey
        | StoreError::Keyring(_)
        | StoreError::Io(_)
        | StoreError::Database(_) => Fault::internal(text),
    }
}
