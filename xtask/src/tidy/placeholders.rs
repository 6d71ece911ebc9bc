//! What is committed is finished.

use super::Complaint;
use super::code::Code;
use crate::tree::SourceFile;

const PLACEHOLDERS: &[&str] = &["todo!", "unimplemented!"];

pub(super) fn check(file: &SourceFile, code: &Code) -> Vec<Complaint> {
    let mut found = Vec::new();
    for (at, line) in code.lines() {
        for placeholder in PLACEHOLDERS.iter().filter(|placeholder| line.contains(**placeholder)) {
            let text = format!("{placeholder}: finish it, or leave it out");
            found.push(Complaint::new(&file.path, at + 1, text));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::code::complaints_of;

    #[test]
    fn a_placeholder_is_found() {
        let text = "// todo!()\nfn later() {\n    todo!(\"unimplemented!\")\n}\n";
        let found = complaints_of(super::check, "a.rs", text);
        assert_eq!(found, ["a.rs:3: todo!: finish it, or leave it out"]);
    }
}
