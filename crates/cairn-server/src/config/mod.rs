//! Configuration: one TOML file, the environment and flags; a later one wins, and every value
//! remembers where it came from.

mod check;
mod destination;
mod error;
mod setting;
#[cfg(test)]
mod tests;
mod upstream;
mod values;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cairn_core::{AccountId, Region};

pub(crate) use destination::{Destination, Destinations};
pub use error::ConfigError;
pub use setting::{FAMILIES, Family, Kind, SETTINGS, Setting};
pub(crate) use upstream::{Accounts, Gateway, Hidden, Mode, Upstream, Url};
use values::Values;

/// Everything a server is told, checked and typed.
#[derive(Debug, Clone)]
pub struct Config {
    pub data: PathBuf,
    pub listen: SocketAddr,
    pub region: Region,
    /// Regions that are served beside AWS's public ones; the home Region is among them.
    pub regions: Vec<Region>,
    pub account: Option<AccountId>,
    pub tls: Option<TlsFiles>,
    pub log: Log,
    pub auth: Auth,
    pub http: Http,
    /// LookupEvents calls a second for each account and Region; `None` is no limit.
    pub lookup_per_second: Option<u64>,
    pub journal: Journal,
    pub history: History,
    pub gateway: Gateway,
    /// Whether the clock may be moved.
    pub dev: bool,
    pub trail: cairn_trail::Settings,
    pub lake: cairn_lake::Settings,
    pub quotas: cairn_control::Quotas,
    pub destinations: Destinations,
}

#[derive(Debug, Clone)]
pub struct TlsFiles {
    pub cert: PathBuf,
    pub key: PathBuf,
}

#[derive(Debug, Clone)]
pub struct Log {
    pub json: bool,
    pub level: String,
}

#[derive(Debug, Clone)]
pub struct Auth {
    pub skew: Duration,
    pub replay_entries: usize,
}

#[derive(Debug, Clone)]
pub struct Http {
    pub connections: usize,
    pub header_timeout: Duration,
    pub body_timeout: Duration,
    pub body_memory: usize,
}

/// Bounds of the journal, in bytes.
#[derive(Debug, Clone)]
pub struct Journal {
    pub segment: u64,
    pub reserve: u64,
    pub queue: usize,
    pub cache: usize,
}

#[derive(Debug, Clone)]
pub struct History {
    pub open_rows: usize,
    pub cache_bytes: usize,
    pub lag: Duration,
}

/// A configuration and where each of its values came from.
#[derive(Debug, Clone)]
pub struct Loaded {
    pub config: Config,
    pub shown: Vec<Shown>,
}

/// One line of `cairn config show`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Shown {
    pub key: String,
    pub value: String,
    /// `default`, the file's path, the environment variable, or `flag`.
    pub origin: String,
}

impl Config {
    /// Joins defaults, `file`, `env` (variables that begin with `CAIRN_`) and `flags` (dotted key
    /// and value), the later over the earlier.
    ///
    /// # Errors
    /// Unknown keys and bad values are refused, wherever they come from.
    pub fn load(
        file: Option<&Path>,
        env: &[(String, String)],
        flags: &[(String, String)],
    ) -> Result<Loaded, ConfigError> {
        let mut values = Values::defaults();
        if let Some(path) = file {
            values.read_file(path)?;
        }
        values.read_env(env)?;
        for (key, value) in flags {
            values.set(key, value.clone(), "flag".to_owned())?;
        }
        Ok(Loaded { config: values.build()?, shown: values.shown() })
    }
}
