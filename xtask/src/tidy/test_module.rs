//! Tests do not bury what they test.

use super::Complaint;
use super::code::Code;
use crate::tree::SourceFile;

const LINES: usize = 150;

pub(super) fn check(file: &SourceFile, code: &Code) -> Option<Complaint> {
    let (first, lines) = code.tests()?;
    let text = format!(
        "inline `mod tests` of {lines} lines, {LINES} at most: move it to a `tests.rs` beside"
    );
    (lines > LINES).then(|| Complaint::new(&file.path, first + 1, text))
}

#[cfg(test)]
mod tests {
    use super::{Code, SourceFile, check};

    #[test]
    fn a_long_test_module_is_found() {
        let of = |lines: usize| {
            let text = format!("fn a() {{}}\nmod tests {{\n{}}}\n", "x;\n".repeat(lines - 2));
            let file = SourceFile { path: "src/a.rs".to_owned(), text };
            check(&file, &Code::read(&file.text))
        };
        assert_eq!(of(150), None);
        let found = of(151).expect("too long").to_string();
        assert!(found.starts_with("src/a.rs:2: inline `mod tests` of 151 lines"));
    }
}
