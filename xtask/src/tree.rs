//! The files of the repository.

use std::path::{Path, PathBuf};

/// Folders that hold nothing we wrote.
/// Folders whose name begins with a dot are skipped as well: tools keep theirs there.
const SKIPPED: &[&str] = &["target", "node_modules", "__pycache__"];

/// Folders of what tests and measures the house.
const OUTSIDE: &[&str] = &["tests", "sim", "benches", "fuzz"];

/// The root of the repository, whatever folder the command was called from.
pub(crate) fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().expect("xtask lies in the root of the repository").to_owned()
}

/// A file: its path from the root, with `/` between the parts, and its text.
#[derive(Debug, Clone)]
pub(crate) struct SourceFile {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl SourceFile {
    pub(crate) fn has_extension(&self, extension: &str) -> bool {
        self.path.rsplit_once('.').is_some_and(|(_, found)| found == extension)
    }

    /// Is a test or an example, or belongs to what is outside the house and tests it.
    pub(crate) fn is_test(&self) -> bool {
        let mut parts = self.path.split('/');
        let apart = ["tests", "tests.rs", "examples"];
        parts.clone().any(|part| apart.contains(&part))
            || parts.next().is_some_and(|top| OUTSIDE.contains(&top))
    }

    pub(crate) fn is_generated(&self) -> bool {
        self.path.contains("/generated/") && !self.path.ends_with("/mod.rs")
    }
}

/// All `.rs`, `.md` and `.snap` files, sorted by path.
pub(crate) fn files() -> std::io::Result<Vec<SourceFile>> {
    let mut found = Vec::new();
    walk(&root(), &root(), &mut found)?;
    found.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(found)
}

fn walk(root: &Path, folder: &Path, found: &mut Vec<SourceFile>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_dir() {
            if !name.starts_with('.') && !SKIPPED.contains(&name.as_str()) {
                walk(root, &path, found)?;
            }
            continue;
        }
        let wanted = path.extension().is_some_and(|e| e == "rs" || e == "md" || e == "snap");
        if wanted && entry.file_type()?.is_file() {
            let path_in_tree = path.strip_prefix(root).expect("found below the root");
            found.push(SourceFile {
                path: path_in_tree.to_string_lossy().replace('\\', "/"),
                text: std::fs::read_to_string(&path)?,
            });
        }
    }
    Ok(())
}
