//! What can be wrong with a configuration.

use std::path::PathBuf;

use cairn_core::ErrorKind;

/// A configuration that cannot be used. Every text says what to change.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("failed to read the configuration file {}: {error}", path.display())]
    Unreadable { path: PathBuf, error: std::io::Error },
    #[error("the configuration file {} is not valid TOML: {message}", path.display())]
    Syntax { path: PathBuf, message: String },
    #[error("unknown setting {key:?} from {origin}{}", suggest(*.nearest))]
    UnknownKey { key: String, origin: String, nearest: Option<&'static str> },
    #[error("{key} = {value:?} (from {origin}) is not {expected}")]
    BadValue { key: String, value: String, origin: String, expected: String },
    #[error("upstream.{name} has no url: set upstream.{name}.url")]
    NoUrl { name: String },
    #[error("destination.{name}: trails deliver to s3, kms and sns")]
    NoDestination { name: String },
    #[error(
        "destination.{name} needs url, access_key_id and secret_access_key: {missing} is not set"
    )]
    HalfDestination { name: String, missing: &'static str },
    #[error(
        "upstream.{name} has half of its credentials: set access_key_id and secret_access_key \
         together, and both for mode = resign"
    )]
    HalfCredentials { name: String },
    #[error("upstream.{name}: Cairn answers {name} itself; remove the upstream")]
    OwnService { name: String },
    #[error("identity.{key}.arn = {arn:?} names no user, role session or root user")]
    NoIdentity { key: String, arn: String },
    #[error("set tls.cert and tls.key together: only one of them is set")]
    HalfTls,
    #[error(
        "listen = {listen} can be reached by other machines without TLS: set tls.cert and \
         tls.key, or insecure = true if something in front of Cairn ends TLS"
    )]
    PlainOffLoopback { listen: std::net::SocketAddr },
}

impl ConfigError {
    pub fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }
}

fn suggest(nearest: Option<&str>) -> String {
    match nearest {
        Some(key) => format!(": did you mean {key:?}?"),
        None => "; `cairn config show` lists the known ones".to_owned(),
    }
}
