//! Where to send a request and whom to send it as.
//!
//! A `--data` directory wins; then the AWS variables and files, if they name an endpoint; then the
//! usual data directory, if a server has run on it. A key without an endpoint is never sent
//! anywhere: it may be meant for AWS.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::data_dir::{DataDir, DataDirError};
use crate::profile::Profile;

const DATA: &str = "./cairn-data";
const REGION: &str = "us-east-1";

/// Options of every command that talks to a server.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ConnectArgs {
    /// Where the server listens, for example http://127.0.0.1:4586 [env: AWS_ENDPOINT_URL]
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint: Option<String>,
    /// Take endpoint and key from this server's data directory, as `cairn env` does
    #[arg(long, value_name = "DIR", conflicts_with_all = ["endpoint", "profile"])]
    pub(crate) data: Option<PathBuf>,
    /// Profile in the AWS files to take the key from [env: AWS_PROFILE]
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// PEM file with the certificates to trust instead of the system's
    #[arg(long, value_name = "FILE", env = "AWS_CA_BUNDLE")]
    pub(crate) ca: Option<PathBuf>,
}

/// One server and one key.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) endpoint: String,
    pub(crate) region: String,
    pub(crate) key: Key,
}

/// Has no `Debug`, so that a secret cannot end up in a message.
#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) session_token: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum CredentialsError {
    #[error("no server to talk to: neither AWS_ENDPOINT_URL nor a data directory is given")]
    NoEndpoint,
    #[error("no access key: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set")]
    NoKey,
    #[error("no access key: the profile {name:?} has none in the AWS files")]
    NoProfileKey { name: String },
    #[error(transparent)]
    DataDir(#[from] DataDirError),
}

impl CredentialsError {
    /// Whether there is a server but nothing to show it.
    pub(crate) fn is_no_key(&self) -> bool {
        matches!(
            self,
            Self::NoKey | Self::NoProfileKey { .. } | Self::DataDir(DataDirError::NoKey { .. })
        )
    }
}

impl Target {
    /// Looks in the places that the module names, in that order.
    pub(crate) fn find(
        args: &ConnectArgs,
        env: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, CredentialsError> {
        if let Some(dir) = &args.data {
            return Self::of_data_dir(dir);
        }
        let env = |name: &str| env(name).filter(|value| !value.is_empty());
        let named = args.profile.clone().or_else(|| env("AWS_PROFILE"));
        let profile = Profile::load(named.as_deref().unwrap_or("default"), env);
        let endpoint = args.endpoint.clone().or_else(|| env("AWS_ENDPOINT_URL"));
        let Some(endpoint) = endpoint.or_else(|| profile.endpoint.clone()) else {
            let dir = PathBuf::from(env("CAIRN_DATA").unwrap_or_else(|| DATA.to_owned()));
            let found = DataDir::exists(&dir);
            let error = CredentialsError::NoEndpoint;
            return if found { Self::of_data_dir(&dir) } else { Err(error) };
        };
        let region = env("AWS_REGION").or_else(|| env("AWS_DEFAULT_REGION"));
        let region = region.or_else(|| profile.region.clone());
        // A profile that was asked for by name comes before keys that merely lie around.
        let asked = args.profile.is_some();
        let from_env = if asked { None } else { key_of_env(&env) };
        let key = from_env.or_else(|| key_of_profile(profile));
        Ok(Self {
            endpoint,
            region: region.unwrap_or_else(|| REGION.to_owned()),
            key: key.ok_or(match named {
                Some(name) => CredentialsError::NoProfileKey { name },
                None => CredentialsError::NoKey,
            })?,
        })
    }

    fn of_data_dir(dir: &Path) -> Result<Self, CredentialsError> {
        let found = DataDir::read(dir)?;
        Ok(Self {
            endpoint: found.endpoint,
            region: found.region,
            key: Key {
                id: found.access_key_id,
                secret: found.secret_access_key,
                session_token: None,
            },
        })
    }
}

fn key_of_env(env: &impl Fn(&str) -> Option<String>) -> Option<Key> {
    Some(Key {
        id: env("AWS_ACCESS_KEY_ID")?,
        secret: env("AWS_SECRET_ACCESS_KEY")?,
        session_token: env("AWS_SESSION_TOKEN"),
    })
}

fn key_of_profile(profile: Profile) -> Option<Key> {
    Some(Key {
        id: profile.access_key_id?,
        secret: profile.secret_access_key?,
        session_token: profile.session_token,
    })
}

#[cfg(test)]
mod tests;
