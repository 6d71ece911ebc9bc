//! `cairn completion`: scripts that let a shell complete the command line.

use clap::{Args, ValueEnum};
use clap_complete::Shell;

use crate::cli;
use crate::failure::Failure;
use crate::terminal::Terminal;

/// Print a completion script for a shell
#[derive(Debug, Args)]
pub(crate) struct Completion {
    #[arg(value_enum)]
    shell: Known,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Known {
    Bash,
    Zsh,
    Fish,
}

impl Completion {
    pub(crate) fn run(self, terminal: &mut Terminal) -> Result<(), Failure> {
        let shell = match self.shell {
            Known::Bash => Shell::Bash,
            Known::Zsh => Shell::Zsh,
            Known::Fish => Shell::Fish,
        };
        // The generator panics where it cannot write, so it writes to memory.
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut cli::command(), "cairn", &mut script);
        Ok(terminal.out.write_all(&script)?)
    }
}
