//! Every crate says in its first line what it is.

use super::Complaint;
use super::crates::Crate;
use crate::tree::SourceFile;

pub(super) fn check(files: &[SourceFile], crates: &[Crate]) -> Vec<Complaint> {
    let roots = crates.iter().flat_map(|member| &member.roots);
    let text = |path: &str| files.iter().find(|file| file.path == path).map(|file| &file.text);
    let undocumented = |path: &&String| text(path).is_none_or(|text| !text.starts_with("//! "));
    let advice = "no `//!` at the top: say in a sentence what the crate is for";
    roots.filter(undocumented).map(|path| Complaint::new(path, 1, advice)).collect()
}

#[cfg(test)]
mod tests {
    use super::{Crate, SourceFile, check};

    #[test]
    fn a_crate_without_documentation_is_found() {
        let crates = [Crate::invented("silent", 1, &[]), Crate::invented("told", 1, &[])];
        let file = |path: &str, text: &str| SourceFile { path: path.into(), text: text.into() };
        let files = [
            file("crates/silent/src/lib.rs", "mod a;\n"),
            file("crates/told/src/lib.rs", "//! Tells.\n"),
        ];
        let found = check(&files, &crates);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].path, "crates/silent/src/lib.rs");
    }
}
