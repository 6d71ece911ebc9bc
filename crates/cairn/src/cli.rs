//! The command line: its commands, and how one of them is run.

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use crate::cmd;
use crate::failure::Failure;
use crate::hint::hint;
use crate::memory;
use crate::terminal::Terminal;

/// The self-hosted audit log that speaks CloudTrail.
#[derive(Debug, Parser)]
#[command(name = "cairn", version, propagate_version = true, after_help = AFTER)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const AFTER: &str = "\
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 nothing found (with --fail-empty), \
5 not allowed in, 130 interrupted; those of `cairn verify` are in its own help.";

#[derive(Debug, Subcommand)]
enum Command {
    Serve(cmd::serve::Serve),
    Env(cmd::env::Env),
    Lookup(cmd::lookup::Lookup),
    Tail(cmd::tail::Tail),
    Ingest(cmd::ingest::Ingest),
    User(cmd::user::User),
    Role(cmd::role::Role),
    Account(cmd::account::Account),
    Key(cmd::key::Key),
    Trail(cmd::trail::Trail),
    Import(cmd::import::Import),
    Quarantine(cmd::quarantine::Quarantine),
    Query(cmd::query::Query),
    Verify(cmd::verify::Verify),
    Worker(cmd::worker::Worker),
    Config(cmd::config::Config),
    Dev(cmd::dev::Dev),
    Completion(cmd::completion::Completion),
    /// Print this command line as a Markdown page
    #[command(hide = true)]
    HelpMarkdown,
}

impl Command {
    fn run(self, terminal: &mut Terminal) -> Result<(), Failure> {
        match self {
            Self::Serve(command) => {
                memory::keep();
                command.run(terminal)
            }
            Self::Env(command) => command.run(terminal),
            Self::Lookup(command) => command.run(terminal),
            Self::Tail(command) => command.run(terminal),
            Self::Ingest(command) => command.run(terminal),
            Self::User(command) => command.run(terminal),
            Self::Role(command) => command.run(terminal),
            Self::Account(command) => command.run(terminal),
            Self::Key(command) => command.run(terminal),
            Self::Trail(command) => command.run(terminal),
            Self::Import(command) => command.run(terminal),
            Self::Quarantine(command) => command.run(terminal),
            Self::Query(command) => {
                memory::keep();
                command.run(terminal)
            }
            Self::Verify(command) => command.run(terminal),
            Self::Worker(command) => command.run(terminal),
            Self::Config(command) => command.run(terminal),
            Self::Dev(command) => command.run(terminal),
            Self::Completion(command) => command.run(terminal),
            Self::HelpMarkdown => cmd::help_markdown::run(terminal),
        }
    }
}

/// Reads the command line, runs the command and says how it ended.
pub(crate) fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return misused(&error),
    };
    let mut terminal = Terminal::open();
    let outcome = cli.command.run(&mut terminal);
    match outcome.and_then(|()| terminal.out.flush().map_err(Failure::from)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            report(&failure, &mut terminal);
            failure.exit_code()
        }
    }
}

/// Shows what is wrong with the command line, or the help that was asked for. For `verify` 2 is a
/// verdict, so that its wrong usage has a code of its own.
fn misused(error: &clap::Error) -> ExitCode {
    const USAGE: u8 = 64;
    let _ = error.print();
    let verify = std::env::args_os().nth(1).is_some_and(|word| word == "verify");
    match error.exit_code() {
        0 => ExitCode::SUCCESS,
        _ if verify => ExitCode::from(USAGE),
        code => ExitCode::from(code as u8),
    }
}

/// The whole command line, for completion and reference.
pub(crate) fn command() -> clap::Command {
    Cli::command()
}

fn report(failure: &Failure, terminal: &mut Terminal) {
    if failure.is_silent() {
        return;
    }
    terminal.error(failure);
    if let Some(hint) = hint(failure) {
        terminal.hint(hint);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
    }
}
