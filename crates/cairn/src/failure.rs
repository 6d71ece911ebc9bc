//! Why a command failed, and what the shell is told.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use cairn_proof::verify::Verdict;

use crate::client::ClientError;
use crate::credentials::CredentialsError;
use crate::data_dir::DataDirError;
use crate::ingest::IngestError;
use crate::time::TimeError;
use crate::verify::VerifyError;

/// The end of a command that did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    #[error(transparent)]
    DataDir(#[from] DataDirError),
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error(transparent)]
    Time(#[from] TimeError),
    #[error(transparent)]
    Ingest(#[from] IngestError),
    #[error(transparent)]
    Config(#[from] cairn_server::ConfigError),
    #[error(transparent)]
    Server(#[from] cairn_server::ServerError),
    #[error("failed to write the output: {0}")]
    Output(#[source] io::Error),
    /// The reader of standard output has gone, as `head` does when it has seen enough.
    #[error("nobody reads the output any more")]
    Closed,
    #[error("failed to start: {0}")]
    Runtime(#[source] io::Error),
    #[error("failed to read selectors from {}: {why}", path.display())]
    Selectors { path: PathBuf, why: String },
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// A verification came to its end, and not everything is well; the report says what.
    #[error("{}", .0.as_str())]
    Verdict(Verdict),
    /// A verification did not come to its end.
    #[error("{0}")]
    Unverified(Box<Failure>),
    /// An import came to its end, and not all was brought or is as digests say.
    #[error("the import {id} failed")]
    Import { id: String },
    /// A statement that was refused, or that failed.
    #[error("{0}")]
    Query(String),
    #[error("nothing was found")]
    Empty,
    #[error("nothing was changed")]
    Declined,
    #[error("interrupted")]
    Interrupted,
}

impl Failure {
    /// The exit code that scripts rely on.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Closed => 0,
            Self::Time(_) => 2,
            Self::Empty => 3,
            Self::Client(error) | Self::Ingest(IngestError::Client(error))
                if error.is_authentication() =>
            {
                5
            }
            Self::Credentials(error) if error.is_no_key() => 5,
            Self::DataDir(DataDirError::NoKey { .. }) => 5,
            Self::Interrupted => 130,
            Self::Verdict(verdict) => verdict.exit_code(),
            // 1 to 3 are verdicts there.
            Self::Unverified(failure) => match failure.code() {
                2 => 64,
                1 | 3 => Verdict::Unverifiable.exit_code(),
                code => code,
            },
            _ => 1,
        }
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.code())
    }

    /// Whether there is anything to say about it.
    pub(crate) fn is_silent(&self) -> bool {
        match self {
            Self::Closed | Self::Interrupted | Self::Verdict(_) => true,
            Self::Unverified(failure) => failure.is_silent(),
            _ => false,
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Closed,
            _ => Self::Output(error),
        }
    }
}

#[cfg(test)]
mod tests;
