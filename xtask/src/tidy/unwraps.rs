//! What cannot fail says why: `expect("…")`, never `unwrap()`.

use super::Complaint;
use super::code::Code;
use crate::tree::SourceFile;

pub(super) fn check(file: &SourceFile, code: &Code) -> Vec<Complaint> {
    if file.is_test() {
        return Vec::new();
    }
    let advice = "unwrap(): return the error, or `expect` with the reason why there is none";
    let lines = code.shipped().filter(|(_, line)| line.contains(".unwrap()"));
    lines.map(|(at, _)| Complaint::new(&file.path, at + 1, advice)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::code::complaints_of;

    #[test]
    fn an_unwrap_outside_tests_is_found() {
        let text = "let a = b.unwrap();\n#[cfg(test)]\nmod tests {\n  let a = b.unwrap();\n}\n";
        let found = complaints_of(super::check, "src/a.rs", text);
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("src/a.rs:1: unwrap()"));
        assert!(complaints_of(super::check, "src/a/tests.rs", text).is_empty());
    }
}
