//! White space that nobody sees does not change.

use super::Complaint;
use crate::tree::SourceFile;

/// Snapshots hold what a program printed, white space included, and are left alone.
pub(super) fn check(file: &SourceFile) -> Vec<Complaint> {
    if file.has_extension("snap") {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (at, line) in file.text.lines().enumerate() {
        if line.ends_with([' ', '\t', '\r']) {
            found.push(Complaint::new(&file.path, at + 1, "white space at the end: delete it"));
        }
        if line.contains('\t') {
            found.push(Complaint::new(&file.path, at + 1, "a tab: use spaces, or \\t in a string"));
        }
    }
    if !file.text.is_empty() && !file.text.ends_with('\n') {
        let last = file.text.lines().count();
        found.push(Complaint::new(&file.path, last, "the last line has no end: add one"));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{SourceFile, check};

    #[test]
    fn stray_white_space_is_found() {
        let text = "fine\nend \n\u{9}tab\nlast";
        let file = SourceFile { path: "a.md".to_owned(), text: text.to_owned() };
        let lines: Vec<usize> = check(&file).iter().map(|found| found.line).collect();
        assert_eq!(lines, [2, 3, 4]);
    }
}
