//! Why a server does not start, or ends.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::http::TlsError;

/// Every text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    #[error("the data directory {} cannot be used: {error}", path.display())]
    Data { path: PathBuf, error: io::Error },
    #[error("the journal does not open: {0}")]
    Journal(#[from] cairn_journal::OpenError),
    #[error("event history does not open: {0}")]
    History(#[from] cairn_history::HistoryError),
    #[error(
        "the journal in {} holds records, but its accounts and keys are gone: restore state.sqlite \
         and master.key from a backup",
        data.display()
    )]
    StateLost { data: PathBuf },
    #[error("the control-plane state does not open: {0}")]
    Store(#[from] cairn_store::StoreError),
    #[error("the buckets inside Cairn do not open: {0}")]
    Objects(#[from] cairn_s3::OpenError),
    #[error(transparent)]
    Trail(#[from] cairn_trail::TrailError),
    #[error("the lake does not open: {0}")]
    Lake(#[from] cairn_lake::LakeError),
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error("failed to listen on {address}: {error}; choose another with --listen")]
    Listen { address: SocketAddr, error: io::Error },
    #[error(
        "the certificates in {} (the ca of an upstream) cannot be used: {message}",
        path.display()
    )]
    UpstreamCa { path: PathBuf, message: String },
    #[error("the key that signs gap records cannot be made: {0}")]
    GapKey(aws_lc_rs::error::KeyRejected),
    #[error("failed to start a thread: {0}")]
    Thread(#[from] cairn_task::WorkerError),
    #[error("stopped: {0}")]
    Stopped(String),
}
