//! What rustfmt and clippy do not check, one file per rule.
//!
//! A rule is a function from what it looks at to complaints. Each proves in its own tests that it
//! objects to a planted fault.

mod ascii;
mod code;
mod columns;
mod crate_docs;
mod crates;
mod dependencies;
mod fences;
mod file_length;
mod floors;
mod function_length;
mod orphan_modules;
mod orphan_snapshots;
mod placeholders;
mod test_module;
mod unwraps;
mod whitespace;
mod words;

use std::fmt;

use crate::output::Failure;
use crate::tree::{self, SourceFile};
use code::Code;
use crates::Crate;

/// Something that is not as it should be: where, what, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Complaint {
    path: String,
    line: usize,
    text: String,
}

impl Complaint {
    /// `line` counts from 1.
    fn new(path: &str, line: usize, text: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, text: text.into() }
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.text)
    }
}

/// Checks the repository; the report lists what is only worth a look.
pub(crate) fn run() -> Result<String, Failure> {
    let files = tree::files().map_err(|error| Failure::new(format!("tidy: {error}")))?;
    let crates = crates::read()?;
    let complaints = complaints(&files, &crates);
    if !complaints.is_empty() {
        let lines: Vec<String> = complaints.iter().map(Complaint::to_string).collect();
        return Err(Failure::new(format!("{}\ntidy: {} to mend", lines.join("\n"), lines.len())));
    }
    let mut report: Vec<String> =
        notes(&files).iter().map(|note| format!("note: {note}")).collect();
    report.push(format!("tidy: {} files, {} crates, all well", files.len(), crates.len()));
    Ok(report.join("\n"))
}

fn complaints(files: &[SourceFile], crates: &[Crate]) -> Vec<Complaint> {
    let mut found = Vec::new();
    for file in files {
        found.extend(whitespace::check(file));
        if file.has_extension("rs") {
            let for_tests = orphan_modules::is_test_only(file, files);
            let read = if for_tests { Code::read_test } else { Code::read };
            found.extend(of_source(file, &read(&file.text)));
        }
    }
    found.extend(orphan_modules::check(files));
    found.extend(orphan_snapshots::check(files));
    found.extend(crate_docs::check(files, crates));
    found.extend(floors::check(crates, floors::EXCEPTIONS));
    found.extend(fences::check(crates, fences::FENCES));
    found.extend(dependencies::check(crates));
    found
}

/// The rules for one Rust file. Generated files are held to what concerns a reader's tools only.
fn of_source(file: &SourceFile, code: &Code) -> Vec<Complaint> {
    let mut found = ascii::check(file, code);
    if file.is_generated() {
        return found;
    }
    found.extend(columns::check(file, code));
    found.extend(file_length::check(file, code));
    found.extend(function_length::check(file, code));
    found.extend(placeholders::check(file, code));
    found.extend(test_module::check(file, code));
    found.extend(unwraps::check(file, code));
    found.extend(words::check(file, code));
    found
}

fn notes(files: &[SourceFile]) -> Vec<Complaint> {
    let sources = files.iter().filter(|file| file.has_extension("rs") && !file.is_generated());
    sources.filter_map(|file| file_length::note(file, &Code::read(&file.text))).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_repository_is_tidy() {
        if let Err(failure) = super::run() {
            panic!("{failure}");
        }
    }
}
