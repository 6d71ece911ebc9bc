//! Configuration, assembly, listeners, and the one list of workers.

mod announce;
mod assemble;
mod config;
mod error;
mod housekeeper;
mod http;
mod metrics;
mod neighbours;
mod proxy;
mod run;
mod transport;
mod workers;

pub use announce::Ready;
pub use config::{Config, ConfigError, FAMILIES, Family, Kind, Loaded, SETTINGS, Setting, Shown};
pub use error::ServerError;
pub use http::TlsError;
pub use run::run;
