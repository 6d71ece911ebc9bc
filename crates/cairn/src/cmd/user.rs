//! `cairn user`: the users of an account.

use clap::{Args, Subcommand};
use serde_json::json;

use super::entity::{Remove, Shape, Show, nothing};
use crate::client::Operation;
use crate::failure::Failure;
use crate::terminal::Terminal;

/// Users of your account
#[derive(Debug, Args)]
pub(crate) struct User {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Make a user; `cairn key create --user NAME` gives it a key
    Create {
        #[arg(value_name = "NAME")]
        name: String,
        /// Let it manage the account
        #[arg(long)]
        admin: bool,
        #[command(flatten)]
        show: Show,
    },
    /// List all users
    List {
        #[command(flatten)]
        show: Show,
    },
    /// Delete a user and its keys
    Delete {
        #[arg(value_name = "NAME")]
        name: String,
        #[command(flatten)]
        remove: Remove,
    },
}

const COLUMNS: &[&str] = &["UserName", "UserId", "Arn", "Admin", "CreateDate"];

impl User {
    pub(crate) fn run(self, terminal: &mut Terminal) -> Result<(), Failure> {
        match self.verb {
            Verb::Create { name, admin, show } => {
                let input = json!({"UserName": name, "Admin": admin});
                let shapes = [Shape { name: "User", columns: COLUMNS }];
                show.create(terminal, Operation::CreateUser, &input, &shapes)
            }
            Verb::List { show } => {
                let shape = Shape { name: "Users", columns: COLUMNS };
                show.list(terminal, Operation::ListUsers, &nothing(), &shape)
            }
            Verb::Delete { name, remove } => {
                let deed = format!("delete the user {name} and its keys");
                let input = json!({"UserName": name});
                remove.remove(terminal, Operation::DeleteUser, &input, &deed)
            }
        }
    }
}
