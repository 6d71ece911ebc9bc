//! Names are ASCII: two that look alike are alike.

use super::Complaint;
use super::code::Code;
use crate::tree::SourceFile;

pub(super) fn check(file: &SourceFile, code: &Code) -> Vec<Complaint> {
    let strange = |line: &str| line.chars().find(|character| !character.is_ascii());
    let found = code.lines().filter_map(|(at, line)| strange(line).map(|found| (at, found)));
    found
        .map(|(at, found)| {
            let code = u32::from(found);
            let text = format!("U+{code:04X} in code: write names in ASCII");
            Complaint::new(&file.path, at + 1, text)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::code::complaints_of;

    #[test]
    fn a_name_that_is_not_ascii_is_found() {
        let found = complaints_of(super::check, "a.rs", "// \u{e9}\nlet \u{e9} = \"\u{e9}\";\n");
        assert_eq!(found, ["a.rs:2: U+00E9 in code: write names in ASCII"]);
    }
}
