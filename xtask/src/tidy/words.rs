//! Names that say nothing.

use super::Complaint;
use super::code::{Code, identifiers};
use crate::tree::SourceFile;

/// Words that could stand for anything. A version belongs to a format, not to a name.
const EMPTY_WORDS: &[&str] = &["manager", "helper", "helpers", "util", "utils", "common", "v2"];

/// Names that others chose.
const FOREIGN: &[&str] = &[
    "hyper_util",
    "http_body_util",
    "futures_util",
    "disk_manager",
    "DiskManagerBuilder",
    "DiskManagerMode",
    "with_disk_manager_builder",
    "Helper",
    "set_helper",
];

/// Modules that others named.
const FOREIGN_PATHS: &[&str] = &[
    "datafusion::common",
    "datafusion::logical_expr::utils",
    "datafusion::physical_expr::utils",
    "datafusion::physical_expr_common",
    "datafusion::physical_plan::joins::utils",
    "arrow::util",
    "sqlparser::ast::helpers",
];

pub(super) fn check(file: &SourceFile, code: &Code) -> Vec<Complaint> {
    let mut found = Vec::new();
    let file_name = file.path.rsplit('/').next().unwrap_or_default();
    found.extend(complaint(file, 0, file_name.trim_end_matches(".rs")));
    for (at, line) in code.lines() {
        let own = FOREIGN_PATHS.iter().fold(line.to_owned(), |line, path| line.replace(path, ""));
        found.extend(identifiers(&own).filter_map(|name| complaint(file, at, name)));
    }
    found
}

fn complaint(file: &SourceFile, line: usize, name: &str) -> Option<Complaint> {
    if FOREIGN.contains(&name) {
        return None;
    }
    let words = words(name);
    let word = EMPTY_WORDS.iter().find(|word| words.iter().any(|found| found == *word))?;
    let text = format!("`{word}` in the name {name}: name the thing by what it is");
    Some(Complaint::new(&file.path, line + 1, text))
}

/// `HTTPBodyManager` and `http_body_manager` are both http, body, manager.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = '_';
    for character in name.chars() {
        let begins = character.is_ascii_uppercase() && !before.is_ascii_uppercase();
        if character == '_' || begins {
            words.push(String::new());
        }
        if character != '_' {
            let word = words.last_mut().expect("begun with one");
            word.push(character.to_ascii_lowercase());
        }
        before = character;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::super::code::complaints_of;

    #[test]
    fn empty_words_are_found() {
        let text = "struct FrameManager;\nfn read_v2() {}\nuse hyper_util::rt;\n\
                    let utility = commonly; // Helper\nstruct RecordV2;\n";
        let found = complaints_of(super::check, "src/a.rs", text);
        let lines: Vec<&str> = found.iter().map(|found| &found[..10]).collect();
        assert_eq!(lines, ["src/a.rs:1", "src/a.rs:2", "src/a.rs:5"]);
    }

    #[test]
    fn file_names_count() {
        let found = complaints_of(super::check, "src/util.rs", "");
        let expected = "src/util.rs:1: `util` in the name util: name the thing by what it is";
        assert_eq!(found, [expected]);
    }
}
