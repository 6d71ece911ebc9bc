//! What can be wrong with a source, and what can go wrong with the work.

use cairn_ports::{PortError, PortErrorKind};
use cairn_store::StoreError;
use cairn_store::import::{FailureStatus, Fault};

/// Why the work cannot go on.
#[derive(Debug, thiserror::Error)]
pub(super) enum ImportError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("failed to write events into the table of the store {store}")]
    Table {
        store: String,
        #[source]
        error: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// The types of entries, besides the codes of the store of objects.
pub(super) const MISSING_LOG: &str = "MissingLogFile";
pub(super) const TAMPERED_LOG: &str = "TamperedLogFile";
pub(super) const UNLISTED_LOG: &str = "UnlistedLogFile";
pub(super) const INVALID_LOG: &str = "InvalidLogFile";
pub(super) const LARGE_LOG: &str = "LogFileTooLarge";
pub(super) const MISSING_DIGEST: &str = "MissingDigestFile";
pub(super) const TAMPERED_DIGEST: &str = "TamperedDigestFile";
pub(super) const INVALID_DIGEST: &str = "InvalidDigestFile";
pub(super) const UNPROVEN: &str = "UnprovenPeriod";
pub(super) const NO_STORE: &str = "InactiveEventDataStore";

/// Bytes of a message.
const MESSAGE: usize = 1024;

/// A failure that a retry looks at again.
pub(super) fn fault(location: String, error_type: &str, message: impl Into<String>) -> Fault {
    let mut message = message.into();
    if message.len() > MESSAGE {
        let end = message.floor_char_boundary(MESSAGE);
        message.truncate(end);
    }
    let (error_type, status) = (error_type.to_owned(), FailureStatus::Failed);
    Fault { location, error_type, message, status, last: false }
}

/// Something that is worth a word and is no failure.
pub(super) fn remark(location: String, error_type: &str, message: impl Into<String>) -> Fault {
    let status = FailureStatus::Succeeded;
    Fault { status, ..fault(location, error_type, message) }
}

/// A failure that a retry cannot mend, because the file was brought as far as it goes.
pub(super) fn last(location: String, error_type: &str, message: impl Into<String>) -> Fault {
    Fault { last: true, ..fault(location, error_type, message) }
}

/// What a store of objects refused.
pub(super) fn refused(location: String, error: &PortError) -> Fault {
    fault(location, &error.code, error.message.clone())
}

/// Whether to ask again makes sense.
pub(super) fn may_pass(error: &PortError) -> bool {
    matches!(error.kind, PortErrorKind::Unavailable | PortErrorKind::Conflict)
}
