//! Why a piece of work failed.

use std::error::Error;
use std::fmt;

/// A failed piece of work: what was tried, and what stood in the way.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct WorkerError {
    message: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl WorkerError {
    /// `message` says what was tried: `"failed to seal the partition"`.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), source: None }
    }

    pub fn caused(
        message: impl Into<String>,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self { message: message.into(), source: Some(source.into()) }
    }

    /// The message and every cause behind it, joined by colons.
    pub(crate) fn chain(&self) -> String {
        let mut text = self.message.clone();
        let mut cause = self.source();
        while let Some(error) = cause {
            // Writing to a String cannot fail.
            let _ = fmt::Write::write_fmt(&mut text, format_args!(": {error}"));
            cause = error.source();
        }
        text
    }
}
