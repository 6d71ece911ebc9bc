//! A snapshot that no test compares with proves nothing.

use super::Complaint;
use crate::tree::SourceFile;

pub(super) fn check(files: &[SourceFile]) -> Vec<Complaint> {
    let snapshots = files.iter().filter(|file| file.has_extension("snap"));
    let orphans = snapshots.filter(|snapshot| !has_test(snapshot, files));
    let advice = "no test of this name in its source: delete the snapshot, or mend its `source:`";
    orphans.map(|orphan| Complaint::new(&orphan.path, 1, advice)).collect()
}

/// The header names the source file; the file name ends in the name of the test or of the snapshot.
fn has_test(snapshot: &SourceFile, files: &[SourceFile]) -> bool {
    let source = snapshot.text.lines().find_map(|line| line.strip_prefix("source: "));
    let source = source.map(|path| path.trim_matches('"'));
    let Some(source) = files.iter().find(|file| Some(file.path.as_str()) == source) else {
        return false;
    };
    let file_name = snapshot.path.rsplit('/').next().unwrap_or_default();
    let stem = file_name.strip_suffix(".snap").unwrap_or(file_name);
    let stem = stem.split_once('@').map_or(stem, |(stem, _)| stem);
    let name = stem.rsplit("__").next().unwrap_or(stem);
    // Later snapshots of one test are numbered: `name-2`.
    let name = name
        .rsplit_once('-')
        .filter(|(_, number)| number.parse::<u32>().is_ok())
        .map_or(name, |(name, _)| name);
    source.text.contains(name) || makes_name(&source.text, name)
}

/// Whether a format string begins as the name does: `"list_{format}"` makes `list_csv`.
fn makes_name(text: &str, name: &str) -> bool {
    (1..name.len())
        .filter_map(|end| name.get(..end))
        .any(|start| text.contains(&format!("\"{start}{{")))
}

#[cfg(test)]
mod tests {
    use super::{SourceFile, check};

    #[test]
    fn a_snapshot_without_a_test_is_found() {
        let file = |path: &str, text: &str| SourceFile { path: path.into(), text: text.into() };
        let head = "---\nsource: crates/a/tests/it.rs\nexpression: x\n---\n";
        let files = [
            file("crates/a/tests/it.rs", "fn table_of_users() { \"row_{n}\" }"),
            file("crates/a/tests/snapshots/it__row_3.snap", head),
            file("crates/a/tests/snapshots/it__table_of_users.snap", head),
            file("crates/a/tests/snapshots/it__table_of_users-2.snap", head),
            file("crates/a/tests/snapshots/it__table_of_roles.snap", head),
            file("crates/a/src/snapshots/a__b__gone.snap", "---\nsource: crates/a/src/b.rs\n---\n"),
        ];
        let found: Vec<String> = check(&files).into_iter().map(|found| found.path).collect();
        assert_eq!(found, [files[4].path.as_str(), files[5].path.as_str()]);
    }
}
