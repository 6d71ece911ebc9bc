//! The doors to the disk. Everything that Cairn keeps in files goes through [`Disk`], so that a
//! simulated disk can lose, tear and rot what a real one only seldom does.
//!
//! What is durable when: bytes of a file after [`DiskFile::sync`]; a name made by `create`,
//! `rename` or `remove` after [`Disk::sync_dir`] of its directory. Nothing else promises anything.

mod real;

use std::io;
use std::sync::Arc;

pub use real::FileDisk;

/// One directory.
///
/// Names are single path components. An error of kind [`io::ErrorKind::StorageFull`] or
/// [`io::ErrorKind::QuotaExceeded`] means "no space"; [`is_full`] tells.
pub trait Disk: Send + Sync + 'static {
    /// Makes the file `name` of `size` zero bytes, written out and synced, open for reading and
    /// writing. Fails with [`io::ErrorKind::AlreadyExists`] where the name is taken. When it fails
    /// for want of space nothing is left behind. The name is durable after [`Disk::sync_dir`].
    fn create(&self, name: &str, size: u64) -> io::Result<Box<dyn DiskFile>>;

    /// Opens `name` for reading only.
    fn open(&self, name: &str) -> io::Result<Box<dyn DiskFile>>;

    /// The names of the plain files, sorted. Subdirectories are left out.
    fn list(&self) -> io::Result<Vec<String>>;

    /// Gives `from` the name `to`, atomically replacing what had it. Durable after
    /// [`Disk::sync_dir`].
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Takes the name away. Open files stay readable. Durable after [`Disk::sync_dir`].
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Makes the names of this directory durable.
    fn sync_dir(&self) -> io::Result<()>;

    /// The subdirectory `name`, made durable on both levels if it is new.
    fn child(&self, name: &str) -> io::Result<Arc<dyn Disk>>;

    /// The subdirectory `name`, which is there already.
    fn open_child(&self, name: &str) -> io::Result<Arc<dyn Disk>>;

    /// The names of the subdirectories, sorted.
    fn folders(&self) -> io::Result<Vec<String>>;

    /// Takes the subdirectory `name` away, which must be empty. Durable after [`Disk::sync_dir`].
    fn remove_child(&self, name: &str) -> io::Result<()>;

    /// Bytes that could still be written here.
    fn free_bytes(&self) -> io::Result<u64>;

    /// Takes the lock file `name` for this process until the guard is dropped.
    fn lock(&self, name: &str) -> Result<LockGuard, LockError>;

    /// Writes `bytes` under `name` so that a crash leaves either the old file or the new one:
    /// create aside, write, sync, rename, sync the directory.
    fn replace(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let aside = format!("{name}.tmp");
        match self.remove(&aside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let file = self.create(&aside, bytes.len() as u64)?;
        file.write_all_at(bytes, 0)?;
        file.sync()?;
        self.rename(&aside, name)?;
        self.sync_dir()
    }
}

/// An open file. Reads and writes name their place, so that many threads can share it.
pub trait DiskFile: Send + Sync {
    /// Fills `buffer`; [`io::ErrorKind::UnexpectedEof`] where the file ends earlier.
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()>;

    /// So many bytes from `offset` on; errors as those of [`DiskFile::read_exact_at`].
    fn read_range(&self, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        self.read_exact_at(&mut bytes, offset)?;
        Ok(bytes)
    }

    /// Whether a byte can be read without waiting for the disk, as far as is known.
    fn is_near(&self, _offset: u64) -> bool {
        true
    }

    /// Says that bytes will be read soon, so that the disk can begin. Nothing waits for it.
    fn read_ahead(&self, _offset: u64, _length: u64) {}

    /// Writes all of `bytes`. Not durable before [`DiskFile::sync`].
    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;

    /// Makes all bytes written so far, and the length, durable (`fdatasync`). After an error the
    /// state of the file is unknown: never call it a second time and believe the answer.
    fn sync(&self) -> io::Result<()>;

    fn len(&self) -> io::Result<u64>;

    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }

    /// Cuts or extends (with zeros) the file. Durable after [`DiskFile::sync`].
    fn set_len(&self, size: u64) -> io::Result<()>;

    /// Takes away everyone's permission to write (mode 0444).
    fn set_read_only(&self) -> io::Result<()>;
}

/// Holds a [`Disk::lock`] until dropped.
pub type LockGuard = Box<dyn Send + Sync>;

/// Why a lock was not given.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    #[error(
        "another process{} uses this directory: stop it first, or use another directory",
        .pid.map(|pid| format!(" (pid {pid})")).unwrap_or_default()
    )]
    Held { pid: Option<u32> },
    #[error("the lock file cannot be opened: {0}")]
    Io(#[from] io::Error),
}

/// Whether an error says that there is no space, rather than that the disk is broken.
pub fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}
