//! `cairn worker`: what runs inside the server.

use clap::{Args, Subcommand};

use super::entity::{Shape, Show, nothing};
use crate::client::Operation;
use crate::failure::Failure;
use crate::terminal::Terminal;

/// What runs inside the server
#[derive(Debug, Args)]
pub(crate) struct Worker {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List workers with how far behind they are and their last error
    List {
        #[command(flatten)]
        show: Show,
    },
}

const COLUMNS: &[&str] =
    &["Name", "State", "Lag", "Errors", "ConsecutiveErrors", "LastRun", "LastError"];

impl Worker {
    pub(crate) fn run(self, terminal: &mut Terminal) -> Result<(), Failure> {
        let Verb::List { show } = self.verb;
        let shape = Shape { name: "Workers", columns: COLUMNS };
        show.list(terminal, Operation::ListWorkers, &nothing(), &shape)
    }
}
