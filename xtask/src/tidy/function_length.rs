//! A function fits on a screen.

use super::Complaint;
use super::code::Code;
use crate::tree::SourceFile;

const LINES: usize = 70;

pub(super) fn check(file: &SourceFile, code: &Code) -> Vec<Complaint> {
    if file.is_test() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for function in code.functions() {
        let lines = function.last - function.first + 1;
        if lines > LINES {
            let name = function.name;
            let text = format!("fn {name} has {lines} lines, {LINES} at most: cut it in two");
            found.push(Complaint::new(&file.path, function.first + 1, text));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::code::complaints_of;

    #[test]
    fn a_long_function_is_found() {
        let body = "    call();\n";
        let fine = format!("fn fine() {{\n{}}}\n", body.repeat(68));
        let long = format!("pub async fn long(\n) {{\n{}}}\n", body.repeat(68));
        let found = complaints_of(super::check, "src/a.rs", &(fine + &long));
        assert_eq!(found, ["src/a.rs:71: fn long has 71 lines, 70 at most: cut it in two"]);
    }
}
