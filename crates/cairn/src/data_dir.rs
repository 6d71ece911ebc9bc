//! What a server leaves in its data directory for those who may read it: where it listens
//! (`server.json`, written at each start) and the first administrator's key (`bootstrap.json`).

use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

const SERVER: &str = "server.json";
const BOOTSTRAP: &str = "bootstrap.json";

/// How to reach the server of one data directory.
pub(crate) struct DataDir {
    pub(crate) endpoint: String,
    pub(crate) region: String,
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum DataDirError {
    #[error("{} is no data directory of a Cairn server: it has no {file}", dir.display())]
    Missing { dir: PathBuf, file: &'static str },
    /// What an operator should come to: the file is for the time before there are other keys.
    #[error("no access key: {} has no {BOOTSTRAP} any more", dir.display())]
    NoKey { dir: PathBuf },
    #[error("failed to read {}: {error}", path.display())]
    Unreadable { path: PathBuf, error: io::Error },
    #[error("{} is damaged: {error}", path.display())]
    Damaged { path: PathBuf, error: serde_json::Error },
}

impl DataDir {
    pub(crate) fn read(dir: &Path) -> Result<Self, DataDirError> {
        let server: Server = read(dir, SERVER)?;
        let bootstrap: Bootstrap = read(dir, BOOTSTRAP).map_err(|error| match error {
            DataDirError::Missing { dir, .. } => DataDirError::NoKey { dir },
            other => other,
        })?;
        Ok(Self {
            endpoint: server.endpoint,
            region: server.region,
            access_key_id: bootstrap.access_key_id,
            secret_access_key: bootstrap.secret_access_key,
        })
    }

    /// Whether a server has ever run on `dir`.
    pub(crate) fn exists(dir: &Path) -> bool {
        dir.join(SERVER).is_file()
    }
}

#[derive(Deserialize)]
struct Server {
    endpoint: String,
    region: String,
}

#[derive(Deserialize)]
struct Bootstrap {
    access_key_id: String,
    secret_access_key: String,
}

fn read<T: DeserializeOwned>(dir: &Path, file: &'static str) -> Result<T, DataDirError> {
    let path = dir.join(file);
    match std::fs::read(&path) {
        Ok(bytes) => {
            serde_json::from_slice(&bytes).map_err(|error| DataDirError::Damaged { path, error })
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let dir = dir.to_owned();
            Err(DataDirError::Missing { dir, file })
        }
        Err(error) => Err(DataDirError::Unreadable { path, error }),
    }
}
