//! `cairn serve`: the server.

use std::path::{Path, PathBuf};

use cairn_core::{AccountId, Region};
use cairn_server::Ready;
use clap::Args;
use tracing_subscriber::EnvFilter;

use super::config::FileArg;
use super::env::quoted;
use crate::failure::Failure;
use crate::terminal::Terminal;

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
    /// Forward the calls of a service, or of every other one (*), and record them; repeatable
    #[arg(long, value_name = "SERVICE=URL", value_parser = upstream)]
    upstream: Vec<(String, String)>,
    /// S3 that trails deliver to, instead of the one inside Cairn; its credentials are settings
    #[arg(long, value_name = "URL")]
    s3_endpoint: Option<String>,
    /// For trying out: `cairn dev advance` moves the clock
    #[arg(long)]
    dev: bool,
}

impl Serve {
    pub(crate) fn run(self, terminal: &mut Terminal) -> Result<(), Failure> {
        let config = self.file.load(&self.flags())?.config;
        let (json, data) = (config.log.json, config.data.clone());
        log(json, &config.log.level, terminal.colour);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .thread_stack_size(cairn_task::STACK)
            .enable_all()
            .build();
        let runtime = runtime.map_err(Failure::Runtime)?;
        let welcome = |ready: &Ready| {
            // A log of JSON lines stays one.
            if !json {
                welcome(ready, &data, terminal);
            }
        };
        runtime.block_on(cairn_server::run(config, welcome))?;
        Ok(())
    }

    fn flags(&self) -> Vec<(String, String)> {
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
        let all = [
            ("data", path(&self.data)),
            ("listen", self.listen.clone()),
            ("region", self.region.as_ref().map(Region::to_string)),
            ("account", self.account.as_ref().map(AccountId::to_string)),
            ("tls.cert", path(&self.tls_cert)),
            ("tls.key", path(&self.tls_key)),
            ("destination.s3.url", self.s3_endpoint.clone()),
            ("dev", self.dev.then(|| "true".to_owned())),
        ];
        let one = all.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
        let many = self.upstream.iter();
        one.chain(many.map(|(name, url)| (format!("upstream.{name}.url"), url.clone()))).collect()
    }
}

fn upstream(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, url)) if !name.is_empty() && !name.contains('.') => {
            Ok((name.to_owned(), url.to_owned()))
        }
        _ => Err("say which service and where, for example s3=http://127.0.0.1:9000".to_owned()),
    }
}

/// Tells the person who started the server what to do next. The secret is shown on a terminal only:
/// elsewhere it would stay in a log.
fn welcome(ready: &Ready, data: &Path, terminal: &mut Terminal) {
    let Ready { endpoint, region, first_account, bootstrap } = ready;
    let data = data.display().to_string();
    terminal.note(format_args!("Cairn listens at {endpoint}, Region {region}"));
    if let Some(key) = bootstrap {
        terminal.note(format_args!("first start: account {first_account} and its administrator"));
        terminal.note(format_args!("  access key  {}", key.access_key_id));
        if terminal.err_is_tty {
            terminal.note(format_args!("  secret      {}", key.secret.reveal()));
        }
        terminal.note(format_args!("  kept in     {data}/bootstrap.json"));
    }
    let data = quoted(&data);
    terminal.note(format_args!("in another shell: eval \"$(cairn env --data {data})\""));
}

/// The log goes to standard error, as text or as JSON lines.
fn log(json: bool, level: &str, colour: bool) {
    let filter = EnvFilter::new(level);
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(colour);
    if json {
        builder.json().init();
    } else {
        builder.init();
    }
}
