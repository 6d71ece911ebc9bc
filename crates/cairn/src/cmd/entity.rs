//! What the commands for users, roles, accounts and keys have in common: how they print, and how
//! they ask before they delete.

use clap::Args;
use serde_json::{Value, json};

use crate::client::Operation;
use crate::credentials::ConnectArgs;
use crate::failure::Failure;
use crate::output::{Format, List, OutputArgs, print_list, print_reply};
use crate::session::{self, Session};
use crate::terminal::Terminal;

/// Options of a command that shows something.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct Show {
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    connect: ConnectArgs,
}

/// Options of a command that takes something away.
#[derive(Debug, Clone, Args)]
pub(super) struct Remove {
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    connect: ConnectArgs,
}

/// A member of a reply and the columns that show it.
pub(super) struct Shape {
    pub(super) name: &'static str,
    pub(super) columns: &'static [&'static str],
}

impl Show {
    pub(super) fn connect(&self) -> &ConnectArgs {
        &self.connect
    }

    pub(super) fn format(&self, terminal: &Terminal) -> Format {
        self.output.format(terminal)
    }

    /// Calls `operation` and prints the list that it returns under `shape.name`.
    pub(super) fn list(
        &self,
        terminal: &mut Terminal,
        operation: Operation,
        input: &Value,
        shape: &Shape,
    ) -> Result<(), Failure> {
        session::run(&self.connect, terminal, async |session: &mut Session| {
            let reply: Value = session.client.call(operation, input).await?;
            let none = Vec::new();
            let items = reply[shape.name].as_array().unwrap_or(&none);
            let list = List { name: shape.name, columns: shape.columns, items };
            let format = self.output.format(session.terminal);
            Ok(print_list(&list, format, session.terminal)?)
        })
    }

    /// Calls `operation` and prints the things that it returns under the names in `shapes`.
    pub(super) fn create(
        &self,
        terminal: &mut Terminal,
        operation: Operation,
        input: &Value,
        shapes: &[Shape],
    ) -> Result<(), Failure> {
        session::run(&self.connect, terminal, async |session: &mut Session| {
            let reply: Value = session.client.call(operation, input).await?;
            let parts: Vec<_> = shapes.iter().map(|shape| (shape.name, shape.columns)).collect();
            let format = self.output.format(session.terminal);
            print_reply(&reply, &parts, format, session.terminal)?;
            if !reply["AccessKey"]["SecretAccessKey"].is_null() {
                session.terminal.note("keep the secret: it is shown only now");
            }
            Ok(())
        })
    }
}

impl Remove {
    /// Asks whether to `deed`, then calls `operation`.
    pub(super) fn remove(
        &self,
        terminal: &mut Terminal,
        operation: Operation,
        input: &Value,
        deed: &str,
    ) -> Result<(), Failure> {
        session::run(&self.connect, terminal, async |session: &mut Session| {
            let question = format!("{deed} at {}?", session.client.endpoint());
            if !self.yes && !session.terminal.confirm(question)? {
                return Err(Failure::Declined);
            }
            let _: Value = session.client.call(operation, input).await?;
            Ok(())
        })
    }
}

/// `input` without the members that are not set.
pub(super) fn given(mut input: Value) -> Value {
    if let Some(members) = input.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    input
}

/// No input at all.
pub(super) fn nothing() -> Value {
    json!({})
}
