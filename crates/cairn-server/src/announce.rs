//! What a start leaves for its operator: where the server listens, and, once, the bootstrap key.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use cairn_core::AccountId;
use cairn_store::{Bootstrap, Store};
use serde_json::{Value, json};

use crate::config::Config;
use crate::error::ServerError;

/// Written at every start: the endpoint and the Region.
const SERVER_FILE: &str = "server.json";
/// Written at the first start: the bootstrap key, readable by its owner only.
const BOOTSTRAP_FILE: &str = "bootstrap.json";

/// Where clients on this machine reach the server.
pub(crate) fn endpoint(config: &Config, address: SocketAddr) -> String {
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    format!("{scheme}://{address}")
}

/// A server that accepts requests.
#[derive(Debug)]
pub struct Ready {
    /// `http://127.0.0.1:4586`
    pub endpoint: String,
    pub region: String,
    pub first_account: AccountId,
    /// The first administrator's key: only at the first start.
    pub bootstrap: Option<Bootstrap>,
}

impl Ready {
    pub(crate) fn new(
        config: &Config,
        address: SocketAddr,
        first_account: AccountId,
        bootstrap: Option<Bootstrap>,
    ) -> Self {
        let endpoint = endpoint(config, address);
        Self { endpoint, region: config.region.to_string(), first_account, bootstrap }
    }

    /// Writes what `cairn env` reads, before anyone is told.
    pub(crate) async fn publish(&self, data: &Path, store: &Store) -> Result<(), ServerError> {
        let failed = |error| ServerError::Data { path: data.to_owned(), error };
        if let Some(bootstrap) = &self.bootstrap {
            let key = json!({
                "account_id": bootstrap.account.to_string(),
                "access_key_id": bootstrap.access_key_id,
                "secret_access_key": bootstrap.secret.reveal(),
            });
            write(data, BOOTSTRAP_FILE, 0o600, &key).map_err(failed)?;
            store.bootstrap_handed_over().await?;
        }
        // Last, because whoever waits for this file reads the other one next.
        let server = json!({ "endpoint": self.endpoint, "region": self.region });
        write(data, SERVER_FILE, 0o644, &server).map_err(failed)?;
        Ok(())
    }
}

/// New file, its bytes, then its name, each durable before the next.
fn write(data: &Path, name: &str, mode: u32, value: &Value) -> io::Result<()> {
    let (path, draft) = (data.join(name), data.join(format!("{name}.new")));
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&draft)?;
    file.write_all(format!("{value:#}\n").as_bytes())?;
    file.sync_all()?;
    rename(&draft, &path)?;
    File::open(data)?.sync_all()
}

#[expect(clippy::disallowed_methods, reason = "the directory is synced by the caller")]
fn rename(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::rename(from, to)
}
