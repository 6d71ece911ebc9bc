//! A file is read in one sitting.

use super::Complaint;
use super::code::Code;
use crate::tree::SourceFile;

/// Lines without tests above which a file is worth a look.
const SOFT: usize = 300;
/// Lines without tests above which it must be split.
const HARD: usize = 600;

pub(super) fn check(file: &SourceFile, code: &Code) -> Option<Complaint> {
    let lines = shipped_lines(file, code);
    let text = format!("{lines} lines without tests, {HARD} at most: split it by topic");
    (lines > HARD).then(|| Complaint::new(&file.path, 1, text))
}

/// What is long but not too long.
pub(super) fn note(file: &SourceFile, code: &Code) -> Option<Complaint> {
    let lines = shipped_lines(file, code);
    let text = format!("{lines} lines without tests; {SOFT} read better");
    (lines > SOFT).then(|| Complaint::new(&file.path, 1, text))
}

fn shipped_lines(file: &SourceFile, code: &Code) -> usize {
    if file.is_test() { 0 } else { code.shipped().count() }
}

#[cfg(test)]
mod tests {
    use super::{Code, SourceFile, check, note};

    fn file(path: &str, lines: usize, test_lines: usize) -> SourceFile {
        let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", "\n".repeat(test_lines));
        SourceFile { path: path.to_owned(), text: "x;\n".repeat(lines) + &tests }
    }

    #[test]
    fn a_long_file_is_found() {
        let long = file("src/a.rs", 600, 0);
        let found = check(&long, &Code::read(&long.text)).expect("too long");
        assert!(found.to_string().starts_with("src/a.rs:1: 601 lines without tests"));
        for fine in [file("src/a.rs", 599, 100), file("tests/a.rs", 601, 0)] {
            assert_eq!(check(&fine, &Code::read(&fine.text)), None);
        }
    }

    #[test]
    fn a_longish_file_is_noted() {
        let longish = file("src/a.rs", 300, 0);
        assert!(note(&longish, &Code::read(&longish.text)).is_some());
        let short = file("src/a.rs", 299, 50);
        assert_eq!(note(&short, &Code::read(&short.text)), None);
    }
}
