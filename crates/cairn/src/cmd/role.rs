//! `cairn role`: the roles of an account.

use cairn_core::AccountId;
use clap::{Args, Subcommand};
use serde_json::json;

use super::entity::{Remove, Shape, Show, nothing};
use crate::client::Operation;
use crate::failure::Failure;
use crate::terminal::Terminal;

/// Roles of your account, for STS AssumeRole
#[derive(Debug, Args)]
pub(crate) struct Role {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Make a role
    Create {
        #[arg(value_name = "NAME")]
        name: String,
        /// Let it manage the account
        #[arg(long)]
        admin: bool,
        /// Accounts whose users may assume it, besides your own account
        #[arg(long, value_name = "ACCOUNT", num_args = 1..)]
        trust: Vec<AccountId>,
        #[command(flatten)]
        show: Show,
    },
    /// List all roles
    List {
        #[command(flatten)]
        show: Show,
    },
    /// Delete a role
    Delete {
        #[arg(value_name = "NAME")]
        name: String,
        #[command(flatten)]
        remove: Remove,
    },
}

const COLUMNS: &[&str] = &["RoleName", "RoleId", "Arn", "Admin", "TrustedAccounts", "CreateDate"];

impl Role {
    pub(crate) fn run(self, terminal: &mut Terminal) -> Result<(), Failure> {
        match self.verb {
            Verb::Create { name, admin, trust, show } => {
                let mut input = json!({"RoleName": name, "Admin": admin});
                if !trust.is_empty() {
                    let trusted: Vec<String> = trust.iter().map(AccountId::to_string).collect();
                    input["TrustedAccounts"] = trusted.into();
                }
                let shapes = [Shape { name: "Role", columns: COLUMNS }];
                show.create(terminal, Operation::CreateRole, &input, &shapes)
            }
            Verb::List { show } => {
                let shape = Shape { name: "Roles", columns: COLUMNS };
                show.list(terminal, Operation::ListRoles, &nothing(), &shape)
            }
            Verb::Delete { name, remove } => {
                let deed = format!("delete the role {name}");
                let input = json!({"RoleName": name});
                remove.remove(terminal, Operation::DeleteRole, &input, &deed)
            }
        }
    }
}
