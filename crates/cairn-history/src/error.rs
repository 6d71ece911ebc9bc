//! Why event history cannot answer, or cannot go on.

use std::io;

use cairn_core::{ErrorKind, Seq};
use cairn_journal::ReadError;

/// Why event history cannot answer, or cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    #[error(transparent)]
    Damaged(#[from] Damage),
    #[error(
        "event history has read the journal up to record {reached} and must reach {target} before \
         it answers: retry in a moment"
    )]
    Behind { reached: Seq, target: Seq },
    #[error("event history cannot read the journal: {0}")]
    Journal(#[from] ReadError),
    #[error("event history cannot use its disk: {0}")]
    Disk(#[from] io::Error),
    #[error("a setting of event history is out of range: {0}")]
    Setting(&'static str),
}

impl HistoryError {
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Damaged(_) => ErrorKind::Data,
            Self::Behind { .. } | Self::Disk(_) => ErrorKind::Unavailable,
            Self::Journal(error) => error.kind(),
            Self::Setting(_) => ErrorKind::Invalid,
        }
    }
}

/// Bytes of a derived file that are not what was written, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("event history's file {file} is damaged{}: {what}; it is rebuilt from the journal",
        .page.map(|page| format!(" at page {page}")).unwrap_or_default())]
pub struct Damage {
    pub file: String,
    /// Counted in pages of 16 KiB from the start of the file.
    pub page: Option<u32>,
    pub what: Fault,
}

/// The kinds of damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("the file is missing or too short")]
    Missing,
    #[error("the header does not match its checksum or its place")]
    Header,
    #[error("the tail does not match its checksum or the header")]
    Tail,
    #[error("the page does not match its checksum")]
    Checksum,
    #[error("a place lies outside the file's own bounds")]
    Bounds,
    #[error("the file was written in a format that this version does not know")]
    Format,
}
