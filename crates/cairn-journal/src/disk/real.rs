use std::fs::{DirBuilder, File, FileType, OpenOptions, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::buffer::spare_capacity;
use rustix::io::Errno;

use super::{Disk, DiskFile, LockError, LockGuard};

/// Zeros are written in pieces of this size.
const ZEROS: usize = 1024 * 1024;

/// A real directory. Files are made with mode 0600, directories with 0700.
#[derive(Debug)]
pub struct FileDisk {
    path: PathBuf,
    /// Kept open: syncing a directory that was opened by path again could sync another one.
    dir: File,
}

impl FileDisk {
    /// Opens `path`, making it (but not its parents) if it does not exist.
    pub fn open(path: &Path) -> io::Result<Self> {
        if make_dir(path)?
            && let Some(parent) = path.parent()
        {
            let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
            File::open(parent)?.sync_all()?;
        }
        Self::existing(path.to_owned())
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    fn existing(path: PathBuf) -> io::Result<Self> {
        let dir = File::open(&path)?;
        if !dir.metadata()?.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        Ok(Self { path, dir })
    }

    fn names(&self, of: fn(&FileType) -> bool) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&self.path)? {
            let entry = entry?;
            if of(&entry.file_type()?)
                && let Ok(name) = entry.file_name().into_string()
            {
                names.push(name);
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    fn make(&self, name: &str, size: u64) -> io::Result<File> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(self.path.join(name))?;
        if let Err(error) = fill(&file, size) {
            // The caller is told of the first error; a name that stays is taken over later.
            _ = self.remove(name);
            return Err(error);
        }
        Ok(file)
    }
}

impl Disk for FileDisk {
    fn create(&self, name: &str, size: u64) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(RealFile(self.make(name, size)?)))
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(RealFile(File::open(self.path.join(name))?)))
    }

    fn list(&self) -> io::Result<Vec<String>> {
        self.names(FileType::is_file)
    }

    #[expect(clippy::disallowed_methods, reason = "this is the door that renames go through")]
    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        std::fs::rename(self.path.join(from), self.path.join(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        std::fs::remove_file(self.path.join(name))
    }

    fn sync_dir(&self) -> io::Result<()> {
        self.dir.sync_all()
    }

    fn child(&self, name: &str) -> io::Result<Arc<dyn Disk>> {
        let path = self.path.join(name);
        if make_dir(&path)? {
            self.sync_dir()?;
        }
        Ok(Arc::new(Self::existing(path)?))
    }

    fn open_child(&self, name: &str) -> io::Result<Arc<dyn Disk>> {
        Ok(Arc::new(Self::existing(self.path.join(name))?))
    }

    fn folders(&self) -> io::Result<Vec<String>> {
        self.names(FileType::is_dir)
    }

    fn remove_child(&self, name: &str) -> io::Result<()> {
        std::fs::remove_dir(self.path.join(name))
    }

    fn free_bytes(&self) -> io::Result<u64> {
        let found = rustix::fs::fstatvfs(&self.dir)?;
        Ok(found.f_bavail.saturating_mul(found.f_frsize))
    }

    fn lock(&self, name: &str) -> Result<LockGuard, LockError> {
        let path = self.path.join(name);
        let mut options = OpenOptions::new();
        let file =
            options.read(true).write(true).create(true).truncate(false).mode(0o600).open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(LockError::Held { pid: holder(&file) }),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        file.set_len(0)?;
        file.write_all_at(format!("{}\n", std::process::id()).as_bytes(), 0)?;
        Ok(Box::new(file))
    }
}

struct RealFile(File);

impl DiskFile for RealFile {
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.0.read_exact_at(buffer, offset)
    }

    fn read_range(&self, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        // Without the zeros that the default writes first.
        let mut bytes = Vec::with_capacity(length);
        while bytes.len() < length {
            let at = offset + bytes.len() as u64;
            match rustix::io::pread(&self.0, spare_capacity(&mut bytes), at) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        // There may have been more room than was asked for.
        bytes.truncate(length);
        Ok(bytes)
    }

    #[cfg(target_os = "linux")]
    fn is_near(&self, offset: u64) -> bool {
        let mut byte = [0];
        let read = &mut [io::IoSliceMut::new(&mut byte)];
        let flags = rustix::io::ReadWriteFlags::NOWAIT;
        rustix::io::preadv2(&self.0, read, offset, flags) != Err(Errno::AGAIN)
    }

    #[cfg(target_os = "linux")]
    fn read_ahead(&self, offset: u64, length: u64) {
        if let Some(length) = std::num::NonZeroU64::new(length) {
            let advice = rustix::fs::Advice::WillNeed;
            // Nobody depends on it.
            _ = rustix::fs::fadvise(&self.0, offset, Some(length), advice);
        }
    }

    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.0.write_all_at(bytes, offset)
    }

    fn sync(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn set_len(&self, size: u64) -> io::Result<()> {
        self.0.set_len(size)
    }

    fn set_read_only(&self) -> io::Result<()> {
        self.0.set_permissions(Permissions::from_mode(0o444))
    }
}

/// Whether the directory is new.
fn make_dir(path: &Path) -> io::Result<bool> {
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

/// Writes real zeros: space that is only reserved would be found missing at the first append, and
/// an extent that was never written costs a metadata commit with each sync.
fn fill(file: &File, size: u64) -> io::Result<()> {
    if size == 0 {
        return Ok(());
    }
    let zeros = vec![0; ZEROS.min(size as usize)];
    let mut offset = 0;
    while offset < size {
        let piece = zeros.len().min((size - offset) as usize);
        file.write_all_at(zeros.get(..piece).unwrap_or_default(), offset)?;
        offset += piece as u64;
    }
    file.sync_all()
}

fn holder(file: &File) -> Option<u32> {
    let mut text = [0; 16];
    let length = file.read_at(&mut text, 0).ok()?;
    std::str::from_utf8(text.get(..length)?).ok()?.trim().parse().ok()
}
