use std::io;

use cairn_core::{ErrorKind, Seq};

use crate::LockError;

/// Why drafts were not stored. Nothing of them is acknowledged; some may be stored nevertheless
/// where the process ends in between, and sending them again is safe.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    #[error(
        "the disk is nearly full: {free} bytes are free and {needed} are needed; free space or \
         enlarge the disk, then send again"
    )]
    Full { free: u64, needed: u64 },
    #[error("the disk failed and the server is going down: restart it, then send again")]
    Poisoned,
    #[error("the server is stopping: send again when it is back")]
    Stopped,
    #[error("a record of {size} bytes is above the limit of {limit}: send a smaller one")]
    TooLarge { size: usize, limit: usize },
    #[error(
        "record {0} has the same id and cannot be read: restore its segment from a copy, then send \
         again"
    )]
    Unreadable(Seq),
    #[error("too much is waiting to be written: send again in a moment")]
    Busy,
}

impl AppendError {
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Full { .. } | Self::Poisoned | Self::Stopped => ErrorKind::Unavailable,
            Self::TooLarge { .. } => ErrorKind::Invalid,
            Self::Unreadable(_) => ErrorKind::Data,
            Self::Busy => ErrorKind::Throttled,
        }
    }
}

/// Why records could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("there is no record {0}")]
    NotFound(Seq),
    #[error("{0}")]
    Damaged(#[from] Damage),
    #[error("the disk cannot be read: {0}")]
    Io(#[from] io::Error),
}

impl ReadError {
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound(_) => ErrorKind::NotFound,
            Self::Damaged(_) => ErrorKind::Data,
            Self::Io(_) => ErrorKind::Unavailable,
        }
    }
}

/// Bytes that are not what was written, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "segment {segment:012} is damaged at byte {offset}: {what}; restore the file from a copy, \
     nothing was changed"
)]
pub struct Damage {
    pub segment: u64,
    pub offset: u64,
    pub what: Fault,
}

/// The kinds of damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("the file is missing")]
    Missing,
    #[error("the segment header does not match its checksum or its place")]
    Header,
    #[error("the footer does not match its checksum or its place")]
    Footer,
    #[error("a block does not match its checksum, yet valid blocks follow")]
    MidLog,
    #[error("a block does not match its checksum")]
    Checksum,
    #[error("a block is valid but belongs elsewhere")]
    Misplaced,
    #[error("the hash of the previous block is not the one recorded")]
    Chain,
    #[error("the records of a block cannot be decoded")]
    Content,
    #[error("the hash of the file is not the one in its footer")]
    FileHash,
}

/// Why a journal does not open. None of these changes a file that holds records.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Locked(#[from] LockError),
    #[error(transparent)]
    Damaged(#[from] Damage),
    #[error("the journal was written by a newer version of Cairn (format {found}): upgrade Cairn")]
    UnknownFormat { found: u16 },
    #[error("segments exist but the file `journal` beside them does not: restore it from a copy")]
    NotAJournal,
    #[error("the file `journal` is damaged: restore it from a copy")]
    MarkerDamaged,
    #[error("record {0} is in no block: restore the segment files from a copy")]
    Lost(Seq),
    #[error("a setting is out of range: {0}")]
    Setting(&'static str),
    #[error("the disk failed: {0}")]
    Io(#[from] io::Error),
}

impl From<ReadError> for OpenError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Damaged(damage) => Self::Damaged(damage),
            ReadError::Io(error) => Self::Io(error),
            ReadError::NotFound(seq) => Self::Lost(seq),
        }
    }
}

impl OpenError {
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Locked(_) | Self::Io(_) => ErrorKind::Unavailable,
            Self::Damaged(_) | Self::NotAJournal | Self::MarkerDamaged | Self::Lost(_) => {
                ErrorKind::Data
            }
            Self::UnknownFormat { .. } | Self::Setting(_) => ErrorKind::Invalid,
        }
    }
}

/// The disk refused a write or a sync. What is on it is unknown until the journal is opened anew,
/// so the process must end: nothing was or will be acknowledged after this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the disk failed while {doing}: {message}; the server must be restarted")]
pub struct Poisoned {
    pub doing: &'static str,
    pub message: String,
}
