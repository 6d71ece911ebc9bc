//! A file that no `mod` names is not compiled, and nobody else would say so.

use super::Complaint;
use crate::tree::SourceFile;

pub(super) fn check(files: &[SourceFile]) -> Vec<Complaint> {
    let mut found = Vec::new();
    for file in files.iter().filter(|file| file.has_extension("rs")) {
        let Some((name, parents)) = parents(&file.path) else { continue };
        if declaration(name, &parents, files).is_none() {
            let text =
                format!("not part of any crate: add `mod {name};` to its parent, or delete it");
            found.push(Complaint::new(&file.path, 1, text));
        }
    }
    found
}

/// Whether the parent declares the file under `#[cfg(test)]`.
pub(super) fn is_test_only(file: &SourceFile, files: &[SourceFile]) -> bool {
    let declared = parents(&file.path).and_then(|(name, all)| declaration(name, &all, files));
    declared.is_some_and(|before| before.trim_end().ends_with("#[cfg(test)]"))
}

/// What stands before `mod name;` in the parent, up to the line of the declaration.
fn declaration<'a>(name: &str, parents: &[String], files: &'a [SourceFile]) -> Option<&'a str> {
    let parents = files.iter().filter(|file| parents.contains(&file.path));
    let declaration = format!("mod {name};");
    let found = parents.filter_map(|parent| Some((&parent.text, parent.text.find(&declaration)?)));
    found.map(|(text, at)| &text[..text[..at].rfind('\n').unwrap_or(0)]).next()
}

/// The module's name and the files that could declare it; none if cargo finds the file by itself.
fn parents(path: &str) -> Option<(&str, Vec<String>)> {
    let (_, below) = path.split_once("src/")?;
    let folder = path.strip_suffix(below)?;
    if matches!(below, "lib.rs" | "main.rs") || below.starts_with("bin/") {
        return None;
    }
    let stem = below.strip_suffix("/mod.rs").or(below.strip_suffix(".rs"))?;
    let (parent, name) = stem.rsplit_once('/').unwrap_or(("", stem));
    let candidates = if parent.is_empty() {
        vec!["lib.rs".to_owned(), "main.rs".to_owned()]
    } else {
        vec![format!("{parent}.rs"), format!("{parent}/mod.rs")]
    };
    Some((name, candidates.iter().map(|candidate| format!("{folder}{candidate}")).collect()))
}

#[cfg(test)]
mod tests {
    use super::{SourceFile, check, is_test_only};

    #[test]
    fn a_file_that_no_module_names_is_found() {
        let file = |path: &str, text: &str| SourceFile { path: path.into(), text: text.into() };
        let files = [
            file("a/src/lib.rs", "mod one;\nmod two;"),
            file("a/src/one.rs", "mod deep;"),
            file("a/src/one/deep.rs", ""),
            file("a/src/one/lost.rs", ""),
            file("a/src/two/mod.rs", ""),
            file("a/src/three.rs", ""),
            file("a/tests/api.rs", ""),
        ];
        let found: Vec<String> = check(&files).into_iter().map(|found| found.path).collect();
        assert_eq!(found, ["a/src/one/lost.rs", "a/src/three.rs"]);
    }

    #[test]
    fn a_module_for_tests_alone_is_known() {
        let file = |path: &str, text: &str| SourceFile { path: path.into(), text: text.into() };
        let root = "mod one;\n#[cfg(test)]\npub(crate) mod fake;\nmod two;\n";
        let files = ["lib", "one", "fake", "two"]
            .map(|name| file(&format!("a/src/{name}.rs"), if name == "lib" { root } else { "" }));
        let found: Vec<bool> = files.iter().map(|file| is_test_only(file, &files)).collect();
        assert_eq!(found, [false, false, true, false]);
    }
}
