//! Why the store refuses.

use std::fmt;

use cairn_core::ErrorKind;

use crate::KeyringError;

/// Characters of a name that an error repeats: a refused name can be of any length.
const ECHO: usize = 128;

/// What an error is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entity {
    Account,
    User,
    Role,
    AccessKey,
    Trail,
    EventDataStore,
    Channel,
    Query,
    QueryAlias,
    Import,
    Dashboard,
}

impl fmt::Display for Entity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Account => "account",
            Self::User => "user",
            Self::Role => "role",
            Self::AccessKey => "access key",
            Self::Trail => "trail",
            Self::EventDataStore => "event data store",
            Self::Channel => "channel",
            Self::Query => "query",
            Self::QueryAlias => "query alias",
            Self::Import => "import",
            Self::Dashboard => "dashboard",
        })
    }
}

/// Why the store refuses.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the {what} {name} does not exist")]
    NotFound { what: Entity, name: String },
    #[error("the {what} {name} exists already; choose another name")]
    AlreadyExists { what: Entity, name: String },
    #[error("{name:?} cannot name a {what}: use {rule}")]
    InvalidName { what: Entity, name: String, rule: &'static str },
    #[error("there can be at most {limit} {what}; delete one first")]
    LimitExceeded { what: &'static str, limit: usize },
    #[error("{limit} records wait for the journal; try again when it takes records")]
    OutboxFull { limit: usize },
    #[error("the cursor {name} is at {at} and cannot go back to {to}")]
    CursorGoesBack { name: String, at: u64, to: u64 },
    #[error("the table {table} was changed by somebody else; load it again")]
    Superseded { table: String },
    #[error("another change is being written; try again")]
    Busy,
    #[error("the disk is full; free space, then try again")]
    DiskFull,
    #[error("the state file is damaged ({detail}); restore it from a backup")]
    Corrupt { detail: String },
    #[error(
        "the state file has schema {found} and this version knows only {known}; \
         start the version that wrote it, or a later one"
    )]
    Newer { found: i64, known: i64 },
    #[error(
        "the master key does not belong to this state file; put the key back that was beside it"
    )]
    WrongKey,
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    #[error("failed to reach the state file; look at the disk and at its permissions")]
    Io(#[from] std::io::Error),
    #[error("the state file refused a statement")]
    Database(#[source] sqlx::Error),
}

impl StoreError {
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::AlreadyExists { .. } | Self::LimitExceeded { .. } => ErrorKind::Conflict,
            Self::InvalidName { .. } => ErrorKind::Invalid,
            Self::Busy => ErrorKind::Throttled,
            Self::DiskFull | Self::OutboxFull { .. } | Self::Io(_) => ErrorKind::Unavailable,
            Self::Corrupt { .. } | Self::Newer { .. } | Self::WrongKey | Self::Keyring(_) => {
                ErrorKind::Data
            }
            Self::CursorGoesBack { .. } | Self::Superseded { .. } | Self::Database(_) => {
                ErrorKind::Internal
            }
        }
    }

    pub(crate) fn not_found(what: Entity, name: impl fmt::Display) -> Self {
        Self::NotFound { what, name: format!("{name:.ECHO$}") }
    }

    pub(crate) fn invalid_name(what: Entity, name: &str, rule: &'static str) -> Self {
        Self::InvalidName { what, name: format!("{name:.ECHO$}"), rule }
    }

    pub(crate) fn corrupt(detail: impl Into<String>) -> Self {
        Self::Corrupt { detail: detail.into() }
    }
}

/// SQLite's primary result codes: the low byte of the extended ones.
mod code {
    pub(super) const BUSY: i32 = 5;
    pub(super) const LOCKED: i32 = 6;
    pub(super) const IO: i32 = 10;
    pub(super) const CORRUPT: i32 = 11;
    pub(super) const FULL: i32 = 13;
    pub(super) const CANNOT_OPEN: i32 = 14;
    pub(super) const NOT_A_DATABASE: i32 = 26;
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let detail = error.to_string();
        match error {
            sqlx::Error::Io(error) => Self::Io(error),
            sqlx::Error::PoolTimedOut => Self::Busy,
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => Self::Corrupt { detail },
            error => match primary_code(&error) {
                Some(code::BUSY | code::LOCKED) => Self::Busy,
                Some(code::FULL) => Self::DiskFull,
                Some(code::IO | code::CANNOT_OPEN) => Self::Io(std::io::Error::other(error)),
                Some(code::CORRUPT | code::NOT_A_DATABASE) => Self::Corrupt { detail },
                _ => Self::Database(error),
            },
        }
    }
}

fn primary_code(error: &sqlx::Error) -> Option<i32> {
    let extended: i32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(extended & 0xff)
}

/// An insert's error: taken when its key is there already, `missing` when what it refers to is not.
pub(crate) fn on_insert(
    error: sqlx::Error,
    what: Entity,
    name: &str,
    missing: impl FnOnce() -> StoreError,
) -> StoreError {
    match error.as_database_error() {
        Some(refusal) if refusal.is_unique_violation() => {
            StoreError::AlreadyExists { what, name: name.to_owned() }
        }
        Some(refusal) if refusal.is_foreign_key_violation() => missing(),
        _ => error.into(),
    }
}
