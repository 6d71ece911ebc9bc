//! The repository's own tools: `cargo xtask codegen|docs [--check]`, `catalog` and `tidy`.

mod catalog;
mod codegen;
mod docs;
mod output;
mod tidy;
mod tree;

use std::io::Write;
use std::process::ExitCode;

use output::{Failure, Mode};

const USAGE: &str = "\
usage: cargo xtask COMMAND
  codegen [--check]   write crates/cairn-api/src/generated from the service model
  docs [--check]      write docs/reference from the code
  tidy                check what rustfmt and clippy do not
  catalog             make or show crates/cairn-catalog/catalog.bin
with --check nothing is written: a difference is shown, and is a failure";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["codegen"] => codegen::run(Mode::Write),
        ["codegen", "--check"] => codegen::run(Mode::Check),
        ["docs"] => docs::run(Mode::Write),
        ["docs", "--check"] => docs::run(Mode::Check),
        ["tidy"] => tidy::run(),
        ["catalog", rest @ ..] => catalog::run(rest),
        _ => Err(Failure::new(USAGE)),
    };
    match done {
        Ok(report) => {
            say(&mut std::io::stdout(), &report);
            ExitCode::SUCCESS
        }
        Err(failure) => {
            say(&mut std::io::stderr(), &failure.to_string());
            ExitCode::FAILURE
        }
    }
}

/// Nothing can be done about a reader that has gone away, so a failed write is not an error.
fn say(stream: &mut dyn Write, text: &str) {
    let _ = writeln!(stream, "{text}");
}
