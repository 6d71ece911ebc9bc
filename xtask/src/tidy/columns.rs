//! No line is wider than a page. rustfmt breaks code; comments and strings are broken by hand.

use super::Complaint;
use super::code::Code;
use crate::tree::SourceFile;

const COLUMNS: usize = 100;

/// Expected texts in tests may be as wide as what they expect; links cannot be broken.
pub(super) fn check(file: &SourceFile, code: &Code) -> Vec<Complaint> {
    let mut found = Vec::new();
    for (line, (at, masked)) in file.text.lines().zip(code.lines()) {
        let width = if file.is_test() { width_of_code(masked) } else { line.chars().count() };
        if width > COLUMNS && !line.contains("https://") {
            let text = format!("{width} columns: break the line, {COLUMNS} at most");
            found.push(Complaint::new(&file.path, at + 1, text));
        }
    }
    found
}

/// The width without literals and comments: what is left of them is more than one space in a row.
fn width_of_code(masked: &str) -> usize {
    let code = masked.trim_start();
    let words: Vec<&str> = code.split_whitespace().collect();
    masked.len() - code.len() + words.join(" ").len()
}

#[cfg(test)]
mod tests {
    use super::super::code::complaints_of;

    #[test]
    fn a_wide_comment_is_found() {
        let text = format!("//{}\n//{}\n", "x".repeat(98), "x".repeat(99));
        let found = complaints_of(super::check, "src/a.rs", &text);
        assert_eq!(found, ["src/a.rs:2: 101 columns: break the line, 100 at most"]);
    }

    #[test]
    fn wide_code_is_found_in_tests_too_but_wide_strings_are_not() {
        let text = format!("    f(\"{}\");\n{};\n", "x".repeat(99), "x".repeat(100));
        let found = complaints_of(super::check, "tests/a.rs", &text);
        assert_eq!(found, ["tests/a.rs:2: 101 columns: break the line, 100 at most"]);
    }
}
