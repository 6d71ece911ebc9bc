//! `cairn serve`: the server.

use std::path::PathBuf;

use cairn_core::{AccountId, Region};
use clap::Args;
use tracing_subscriber::EnvFilter;

use super::config::FileArg;
use crate::failure::Failure;

/// Run the server until SIGTERM or SIGINT
///
/// A flag goes before the environment (CAIRN_DATA, CAIRN_LISTEN, …), the environment before the
/// file, the file before the default. `cairn config show` lists every setting.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Directory that holds everything Cairn keeps [default: ./cairn-data]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Address and port to listen on [default: 127.0.0.1:4586]
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    #[command(flatten)]
    file: FileArg,
    /// Home Region [default: us-east-1]
    #[arg(long, value_name = "REGION")]
    region: Option<Region>,
    /// Id of the first account, at the first start [default: made at random]
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<AccountId>,
    /// PEM file with the certificate chain
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// PEM file with the certificate's key
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
}

impl Serve {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let config = self.file.load(&self.flags())?.config;
        log(config.log.json, &config.log.level);
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.map_err(Failure::Runtime)?;
        runtime.block_on(cairn_server::run(config))?;
        Ok(())
    }

    fn flags(&self) -> Vec<(&'static str, String)> {
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
        let all = [
            ("data", path(&self.data)),
            ("listen", self.listen.clone()),
            ("region", self.region.as_ref().map(Region::to_string)),
            ("account", self.account.as_ref().map(AccountId::to_string)),
            ("tls.cert", path(&self.tls_cert)),
            ("tls.key", path(&self.tls_key)),
        ];
        all.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
    }
}

/// The log goes to standard error, as text or as JSON lines.
fn log(json: bool, level: &str) {
    let filter = EnvFilter::new(level);
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if json {
        builder.json().init();
    } else {
        builder.init();
    }
}
