//! `cairn account`: the accounts of a server.

use cairn_core::AccountId;
use clap::{Args, Subcommand};
use serde_json::json;

use super::entity::{Shape, Show, given, nothing};
use crate::client::Operation;
use crate::failure::Failure;
use crate::terminal::Terminal;

/// Accounts of the server (administrators of the first account)
#[derive(Debug, Args)]
pub(crate) struct Account {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Make an account and a key for its root user
    Create {
        #[arg(value_name = "NAME")]
        name: String,
        /// Its id; without it, one is made
        #[arg(long, value_name = "ACCOUNT")]
        id: Option<AccountId>,
        #[command(flatten)]
        show: Show,
    },
    /// List all accounts
    List {
        #[command(flatten)]
        show: Show,
    },
}

const COLUMNS: &[&str] = &["AccountId", "Name", "CreateDate"];

impl Account {
    pub(crate) fn run(self, terminal: &mut Terminal) -> Result<(), Failure> {
        match self.verb {
            Verb::Create { name, id, show } => {
                let id = id.map(|id| id.to_string());
                let input = given(json!({"Name": name, "AccountId": id}));
                let shapes = [
                    Shape { name: "Account", columns: COLUMNS },
                    Shape { name: "AccessKey", columns: &["AccessKeyId", "SecretAccessKey"] },
                ];
                show.create(terminal, Operation::CreateAccount, &input, &shapes)
            }
            Verb::List { show } => {
                let shape = Shape { name: "Accounts", columns: COLUMNS };
                show.list(terminal, Operation::ListAccounts, &nothing(), &shape)
            }
        }
    }
}
