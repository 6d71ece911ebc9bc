//! The repository's own formatting, applied to generated text.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::output::Failure;
use crate::tree;

/// Runs `rustfmt` with the repository's settings.
pub(crate) fn format(text: &str) -> Result<String, Failure> {
    let failed = |error: std::io::Error| Failure::new(format!("failed to run rustfmt: {error}"));
    let mut child = Command::new("rustfmt")
        .args(["--edition", "2024", "--config-path"])
        .arg(tree::root())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    // Dropping the pipe at the end of the statement tells rustfmt that the text is complete; it
    // writes nothing before it has read everything, so that neither side waits for the other.
    child.stdin.take().expect("stdin is piped").write_all(text.as_bytes()).map_err(failed)?;
    let output = child.wait_with_output().map_err(failed)?;
    if !output.status.success() {
        return Err(Failure::new("rustfmt refused the generated text; its reason is above"));
    }
    String::from_utf8(output.stdout).map_err(|error| Failure::new(format!("rustfmt: {error}")))
}
