//! The door to the files: written aside, synced, renamed, their directory synced.

use std::collections::HashSet;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Files lie in `data/<first two digits of the id>/<id>`, those being written in `tmp/<id>`.
#[derive(Debug, Clone)]
pub(crate) struct Disk {
    root: Arc<Path>,
}

impl Disk {
    /// Makes the directories that are missing.
    pub(crate) fn open(root: &Path) -> io::Result<Self> {
        make_dir(root)?;
        make_dir(&root.join("tmp"))?;
        make_dir(&root.join("data"))?;
        Ok(Self { root: root.into() })
    }

    /// Starts a file. Dropped before it is settled, it is gone.
    pub(crate) fn begin(&self, id: &str) -> io::Result<TempFile> {
        let path = self.root.join("tmp").join(id);
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        Ok(TempFile { file, path: Guard(Some(path)), home: self.path(id) })
    }

    pub(crate) fn read(&self, id: &str) -> io::Result<File> {
        File::open(self.path(id))
    }

    /// Takes files away that no row of the index names. One that stays is found at the next start.
    pub(crate) fn remove(&self, ids: &[String]) {
        for id in ids {
            if let Err(error) = std::fs::remove_file(self.path(id))
                && error.kind() != io::ErrorKind::NotFound
            {
                tracing::warn!(file = %id, %error, "failed to remove an object's file");
            }
        }
    }

    /// What was being written when the last process ended.
    pub(crate) fn sweep_unfinished(&self) -> io::Result<u64> {
        let mut removed = 0;
        for name in names(&self.root.join("tmp"))? {
            std::fs::remove_file(self.root.join("tmp").join(name))?;
            removed += 1;
        }
        Ok(removed)
    }

    /// The directories that files lie in: the beginnings of their ids.
    pub(crate) fn shards(&self) -> io::Result<Vec<String>> {
        names(&self.root.join("data"))
    }

    /// Removes the files of a shard that are not `known`; gives how many, and those that are
    /// known and not there.
    pub(crate) fn sweep(
        &self,
        shard: &str,
        known: &HashSet<String>,
    ) -> io::Result<(u64, Vec<String>)> {
        let dir = self.root.join("data").join(shard);
        let there: HashSet<String> = match names(&dir) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => HashSet::new(),
            found => found?.into_iter().collect(),
        };
        let mut removed = 0;
        for orphan in there.difference(known) {
            std::fs::remove_file(dir.join(orphan))?;
            removed += 1;
        }
        Ok((removed, known.difference(&there).cloned().collect()))
    }

    fn path(&self, id: &str) -> PathBuf {
        let shard = id.get(..2).unwrap_or(id);
        self.root.join("data").join(shard).join(id)
    }
}

/// A file that is being written.
#[derive(Debug)]
pub(crate) struct TempFile {
    file: File,
    path: Guard,
    home: PathBuf,
}

impl TempFile {
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)
    }

    /// Makes the file durable under its name. After an error it is gone: what a failed sync left
    /// is never looked at.
    #[expect(clippy::disallowed_methods, reason = "this is the door that renames go through")]
    pub(crate) fn settle(mut self) -> io::Result<NewFile> {
        self.file.sync_all()?;
        let dir = self.home.parent().unwrap_or(&self.home);
        make_dir(dir)?;
        let path = self.path.0.take().unwrap_or_default();
        let moved = NewFile { path: Guard(Some(self.home.clone())) };
        if let Err(error) = std::fs::rename(&path, &self.home) {
            self.path.0 = Some(path);
            return Err(error);
        }
        File::open(dir)?.sync_all()?;
        Ok(moved)
    }
}

/// A durable file that no row of the index names yet.
#[derive(Debug)]
pub(crate) struct NewFile {
    path: Guard,
}

impl NewFile {
    /// A row names it, or may do so: whether a failed commit took effect is known at the next
    /// start.
    pub(crate) fn keep(mut self) {
        self.path.0 = None;
    }
}

/// Removes the file when dropped.
#[derive(Debug)]
struct Guard(Option<PathBuf>);

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            // One that stays is found at the next start.
            _ = std::fs::remove_file(path);
        }
    }
}

/// Makes a directory, durable in its parent.
fn make_dir(path: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => {
            let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
            File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

fn names(dir: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        if let Ok(name) = entry?.file_name().into_string() {
            names.push(name);
        }
    }
    Ok(names)
}
