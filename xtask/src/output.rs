//! Generated files: written, or compared with what is committed.

use std::fmt;
use std::path::PathBuf;

use crate::tree;

/// Whether a command may change files.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Write,
    Check,
}

/// A generated file: its path from the root of the repository, and its whole text.
pub(crate) struct Output {
    pub(crate) path: &'static str,
    pub(crate) text: String,
}

/// Why a command did not succeed, as a person reads it.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Writes each output that differs, or fails with the first lines that differ in each.
pub(crate) fn settle(outputs: &[Output], mode: Mode, command: &str) -> Result<String, Failure> {
    let mut stale = Vec::new();
    for output in outputs {
        let committed = std::fs::read_to_string(tree::root().join(output.path)).unwrap_or_default();
        if committed != output.text {
            stale.push((output, committed));
        }
    }
    if mode == Mode::Check && !stale.is_empty() {
        let differences: Vec<String> = stale
            .iter()
            .map(|(output, committed)| difference(output.path, committed, &output.text))
            .collect();
        let advice = format!("run `cargo xtask {command}` and commit what it writes");
        return Err(Failure::new(format!("{}\n{advice}", differences.join("\n"))));
    }
    for (output, _) in &stale {
        write_bytes(tree::root().join(output.path), output.text.as_bytes())?;
    }
    let changed = if mode == Mode::Write { stale.len() } else { 0 };
    Ok(format!("{command}: {} files, {changed} changed", outputs.len()))
}

/// Writes a generated file and the folders above it.
#[expect(
    clippy::disallowed_methods,
    reason = "a generated file that a crash cuts short is generated again"
)]
pub(crate) fn write_bytes(path: PathBuf, bytes: &[u8]) -> Result<(), Failure> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)
            .map_err(|error| Failure::new(format!("{}: {error}", folder.display())))?;
    }
    std::fs::write(&path, bytes)
        .map_err(|error| Failure::new(format!("{}: {error}", path.display())))
}

/// How many differing lines are shown per file.
const SHOWN_LINES: usize = 10;

/// The part between the common start and the common end, as a diff would show it.
fn difference(path: &str, committed: &str, generated: &str) -> String {
    let old: Vec<&str> = committed.lines().collect();
    let new: Vec<&str> = generated.lines().collect();
    let start = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let rest = old.len().min(new.len()) - start;
    let same_end =
        old.iter().rev().zip(new.iter().rev()).take(rest).take_while(|(old, new)| old == new);
    let end = same_end.count();
    let mut text = format!("{path}:{}: committed (-) and generated (+) differ", start + 1);
    for line in old[start..old.len() - end].iter().take(SHOWN_LINES) {
        text.push_str(&format!("\n-{line}"));
    }
    for line in new[start..new.len() - end].iter().take(SHOWN_LINES) {
        text.push_str(&format!("\n+{line}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::difference;

    #[test]
    fn difference_shows_only_the_changed_lines() {
        let text = difference("a.rs", "one\ntwo\nthree\n", "one\n2\n2.5\nthree\n");
        assert_eq!(text, "a.rs:2: committed (-) and generated (+) differ\n-two\n+2\n+2.5");
    }

    #[test]
    fn difference_of_repeated_lines_does_not_overlap() {
        let text = difference("a.rs", "x\nx\n", "x\nx\nx\n");
        assert_eq!(text, "a.rs:3: committed (-) and generated (+) differ\n+x");
    }
}
