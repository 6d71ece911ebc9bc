//! Tests do not bury what they test.

use super::Complaint;
use super::code::Code;
use crate::tree::SourceFile;

const LINES: usize = 150;

pub(super) fn check(file: &SourceFile, code: &Code) -> Vec<Complaint> {
    let long = code.test_modules().filter(|(_, lines)| *lines > LINES);
    long.map(|(first, lines)| {
        let text = format!("{lines} lines of inline tests, {LINES} at most: move them to a file");
        Complaint::new(&file.path, first + 1, text)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::{Code, SourceFile, check};

    #[test]
    fn a_long_test_module_is_found() {
        let of = |lines: usize| {
            let text = format!(
                "fn a() {{}}\n#[cfg(test)]\nmod tests {{\n{}}}\n",
                "x;\n".repeat(lines - 2)
            );
            let file = SourceFile { path: "src/a.rs".to_owned(), text };
            check(&file, &Code::read(&file.text))
        };
        assert_eq!(of(150), []);
        let found = of(151)[0].to_string();
        assert!(found.starts_with("src/a.rs:3: 151 lines of inline tests"));
    }
}
