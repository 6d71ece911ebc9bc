//! Where records come from.

use std::io;
use std::path::{Path, PathBuf};

use super::IngestError;

/// One thing to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    Stdin,
    File { path: PathBuf, bytes: u64 },
}

impl Source {
    /// `-` is standard input; a file is taken whatever its name; of a directory, everything below
    /// it that has the name of a log file and is no digest. In order of names.
    pub(crate) fn find(places: &[PathBuf]) -> Result<Vec<Source>, IngestError> {
        let mut found = Vec::new();
        for place in places {
            if place.as_os_str() == "-" {
                found.push(Source::Stdin);
                continue;
            }
            let failed = |error| IngestError::Unlistable { path: place.clone(), error };
            let about = std::fs::metadata(place).map_err(failed)?;
            if about.is_dir() {
                walk(place, &mut found)?;
            } else {
                found.push(Source::File { path: place.clone(), bytes: about.len() });
            }
        }
        if found.is_empty() { Err(IngestError::NoFiles) } else { Ok(found) }
    }

    /// Size as stored; 0 where it is not known.
    pub(crate) fn bytes(&self) -> u64 {
        match self {
            Self::Stdin => 0,
            Self::File { bytes, .. } => *bytes,
        }
    }

    pub(crate) fn name(&self) -> String {
        match self {
            Self::Stdin => "standard input".to_owned(),
            Self::File { path, .. } => path.display().to_string(),
        }
    }
}

fn walk(dir: &Path, found: &mut Vec<Source>) -> Result<(), IngestError> {
    let failed = |error| IngestError::Unlistable { path: dir.to_owned(), error };
    let entries: io::Result<Vec<_>> = std::fs::read_dir(dir).map_err(failed)?.collect();
    let mut paths: Vec<PathBuf> =
        entries.map_err(failed)?.into_iter().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        // A link to a file is followed, a link to a directory is not: it may lead in a circle.
        let link = path.is_symlink();
        match std::fs::metadata(&path) {
            Ok(about) if about.is_dir() && !link => walk(&path, found)?,
            Ok(about) if about.is_file() && is_log(&path) => {
                found.push(Source::File { path, bytes: about.len() });
            }
            _ => {}
        }
    }
    Ok(())
}

fn is_log(path: &Path) -> bool {
    let text = path.to_string_lossy();
    let named = [".json", ".jsonl", ".gz", ".zst"].iter().any(|end| text.ends_with(end));
    named && !text.contains("CloudTrail-Digest")
}
