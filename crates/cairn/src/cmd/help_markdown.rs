//! `cairn help-markdown`: the reference page of the command line, made from the command line.
//!
//! `docs/reference/cli.md` is its output; a test compares the two.

use std::fmt::Write;

use clap::{Arg, Command};

use crate::cli;
use crate::failure::Failure;
use crate::terminal::Terminal;

pub(crate) fn run(terminal: &mut Terminal) -> Result<(), Failure> {
    Ok(terminal.out.write_all(page().as_bytes())?)
}

const HEAD: &str = "\
<!-- Made by `cairn help-markdown`; UPDATE=1 cargo test -p cairn reference writes it anew. -->

# The command line

Data goes to standard output, everything else to standard error. Options before the
environment, the environment before files, files before defaults.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | failed |
| 2 | wrong usage |
| 3 | nothing found, with `--fail-empty` |
| 5 | not allowed in: no key, a wrong one, or not enough rights |
| 130 | interrupted |
";

const WRITES: &str = "writing to a string cannot fail";

/// The whole page.
fn page() -> String {
    let mut page = HEAD.to_owned();
    let mut root = cli::command();
    root.build();
    for command in visible(&root) {
        section(command, "cairn", 2, &mut page);
    }
    page
}

fn section(command: &Command, above: &str, level: usize, page: &mut String) {
    let name = format!("{above} {}", command.get_name());
    write!(page, "\n{} {name}\n", "#".repeat(level)).expect(WRITES);
    if let Some(about) = command.get_long_about().or(command.get_about()) {
        write!(page, "\n{}\n", text(&about.to_string())).expect(WRITES);
    }
    let inner: Vec<&Command> = visible(command).collect();
    if inner.is_empty() {
        let usage = command.clone().render_usage();
        write!(page, "\n```\n{usage}\n```\n").expect(WRITES);
        options(command, page);
    }
    for command in inner {
        section(command, &name, level + 1, page);
    }
}

fn options(command: &Command, page: &mut String) {
    let shown = command.get_arguments().filter(|arg| !arg.is_hide_set());
    let shown: Vec<&Arg> = shown.filter(|arg| !is_everywhere(arg)).collect();
    if shown.is_empty() {
        return;
    }
    page.push_str("\n| option | meaning |\n|---|---|\n");
    for arg in shown {
        let help = arg.get_help().map(|help| text(&help.to_string())).unwrap_or_default();
        let label = label(arg).replace('|', "\\|");
        writeln!(page, "| `{label}` | {help}{} |", extras(arg)).expect(WRITES);
    }
}

/// Name and value as they are typed.
fn label(arg: &Arg) -> String {
    let values: Vec<&str> =
        arg.get_value_names().unwrap_or_default().iter().map(|name| name.as_str()).collect();
    let takes = arg.get_action().takes_values();
    let value = if takes { values.join(" ") } else { String::new() };
    let short = arg.get_short().map(|short| format!("-{short}"));
    let long = arg.get_long().map(|long| format!("--{long}"));
    let names: Vec<String> = short.into_iter().chain(long).collect();
    match (names.is_empty(), value.is_empty()) {
        (true, _) => value,
        (false, true) => names.join(", "),
        (false, false) => format!("{} {value}", names.join(", ")),
    }
}

/// Values to choose from, default and environment variable.
fn extras(arg: &Arg) -> String {
    let mut extras = String::new();
    let values: Vec<String> =
        arg.get_possible_values().iter().map(|value| format!("`{}`", value.get_name())).collect();
    if arg.get_action().takes_values() && !values.is_empty() {
        write!(extras, "; one of {}", values.join(", ")).expect(WRITES);
    }
    for value in arg.get_default_values().iter().filter(|_| arg.get_action().takes_values()) {
        write!(extras, "; default `{}`", value.display()).expect(WRITES);
    }
    if let Some(name) = arg.get_env() {
        write!(extras, "; environment `{}`", name.display()).expect(WRITES);
    }
    extras
}

/// Help as Markdown text: what would be taken for a column or a tag is escaped.
fn text(help: &str) -> String {
    help.replace('|', "\\|").replace('<', "\\<")
}

fn is_everywhere(arg: &Arg) -> bool {
    matches!(arg.get_id().as_str(), "help" | "version")
}

fn visible(command: &Command) -> impl Iterator<Item = &Command> {
    let shown = |command: &&Command| !command.is_hide_set() && command.get_name() != "help";
    command.get_subcommands().filter(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_page_is_what_the_command_line_says() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/cli.md");
        if std::env::var_os("UPDATE").is_some() {
            let mut file = std::fs::OpenOptions::new();
            let mut file = file.create(true).write(true).truncate(true).open(path).unwrap();
            std::io::Write::write_all(&mut file, page().as_bytes()).unwrap();
        }
        let kept = std::fs::read_to_string(path).unwrap();
        assert!(kept == page(), "run UPDATE=1 cargo test -p cairn reference");
    }
}
