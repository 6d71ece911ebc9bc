//! `cairn config`: what a server would be told.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::output::{List, OutputArgs, print_list};
use crate::terminal::Terminal;

/// The server's configuration
#[derive(Debug, Args)]
pub(crate) struct Config {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Show every setting, its value and where that comes from
    Show {
        #[command(flatten)]
        file: FileArg,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Say whether a server would start with this configuration
    Check {
        #[command(flatten)]
        file: FileArg,
    },
}

/// The file is joined with the environment, as `cairn serve` does it.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct FileArg {
    /// TOML file with settings
    #[arg(long, value_name = "FILE", env = "CAIRN_CONFIG")]
    pub(super) config: Option<PathBuf>,
}

impl FileArg {
    pub(super) fn load(&self, flags: &[(String, String)]) -> Result<cairn_server::Loaded, Failure> {
        let text = |value: std::ffi::OsString| value.to_string_lossy().into_owned();
        let env: Vec<_> =
            std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect();
        Ok(cairn_server::Config::load(self.config.as_deref(), &env, flags)?)
    }
}

impl Config {
    pub(crate) fn run(self, terminal: &mut Terminal) -> Result<(), Failure> {
        match self.verb {
            Verb::Show { file, output } => {
                let loaded = file.load(&[])?;
                let items: Vec<Value> = loaded
                    .shown
                    .iter()
                    .map(
                        |line| json!({"Key": line.key, "Value": line.value, "Origin": line.origin}),
                    )
                    .collect();
                let columns = &["Key", "Value", "Origin"];
                let list = List { name: "Settings", columns, items: &items };
                Ok(print_list(&list, output.format(terminal), terminal)?)
            }
            Verb::Check { file } => {
                file.load(&[])?;
                terminal.note("the configuration is good");
                Ok(())
            }
        }
    }
}
