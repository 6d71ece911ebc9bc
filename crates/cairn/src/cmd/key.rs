//! `cairn key`: access keys.

use clap::{Args, Subcommand};
use serde_json::json;

use super::entity::{Remove, Shape, Show, given};
use crate::client::Operation;
use crate::failure::Failure;
use crate::terminal::Terminal;

/// Access keys
#[derive(Debug, Args)]
pub(crate) struct Key {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Make a key and show its secret, this once
    Create {
        /// Whose key; without it, yours
        #[arg(long, value_name = "NAME")]
        user: Option<String>,
        #[command(flatten)]
        show: Show,
    },
    /// List keys, without their secrets
    List {
        /// Whose keys; without it, yours
        #[arg(long, value_name = "NAME")]
        user: Option<String>,
        #[command(flatten)]
        show: Show,
    },
    /// Let a key work again
    Activate {
        #[arg(value_name = "KEY-ID")]
        id: String,
        #[command(flatten)]
        remove: Remove,
    },
    /// Stop a key from working, for the time being
    Deactivate {
        #[arg(value_name = "KEY-ID")]
        id: String,
        #[command(flatten)]
        remove: Remove,
    },
    /// Delete a key
    Delete {
        #[arg(value_name = "KEY-ID")]
        id: String,
        #[command(flatten)]
        remove: Remove,
    },
}

const CREATED: &[&str] = &["UserName", "AccessKeyId", "SecretAccessKey", "Status", "CreateDate"];
const LISTED: &[&str] = &["UserName", "AccessKeyId", "Status", "CreateDate"];

impl Key {
    pub(crate) fn run(self, terminal: &mut Terminal) -> Result<(), Failure> {
        match self.verb {
            Verb::Create { user, show } => {
                let input = given(json!({"UserName": user}));
                let shapes = [Shape { name: "AccessKey", columns: CREATED }];
                show.create(terminal, Operation::CreateAccessKey, &input, &shapes)
            }
            Verb::List { user, show } => {
                let input = given(json!({"UserName": user}));
                let shape = Shape { name: "AccessKeys", columns: LISTED };
                show.list(terminal, Operation::ListAccessKeys, &input, &shape)
            }
            Verb::Activate { id, remove } => {
                let deed = format!("activate the key {id}");
                let input = json!({"AccessKeyId": id, "Status": "Active"});
                remove.remove(terminal, Operation::UpdateAccessKey, &input, &deed)
            }
            Verb::Deactivate { id, remove } => {
                let deed = format!("deactivate the key {id}");
                let input = json!({"AccessKeyId": id, "Status": "Inactive"});
                remove.remove(terminal, Operation::UpdateAccessKey, &input, &deed)
            }
            Verb::Delete { id, remove } => {
                let deed = format!("delete the key {id}");
                let input = json!({"AccessKeyId": id});
                remove.remove(terminal, Operation::DeleteAccessKey, &input, &deed)
            }
        }
    }
}
