//! A directory whose operations end with the process.

use std::io;
use std::sync::Arc;

use cairn_journal::{Disk, DiskFile, LockError, LockGuard};

use crate::bucket::Fuse;

pub(crate) struct Fused {
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) fuse: Arc<Fuse>,
}

struct File {
    file: Box<dyn DiskFile>,
    fuse: Arc<Fuse>,
}

fn gone() -> io::Error {
    io::Error::other("the process is gone")
}

impl Fused {
    fn pass(&self) -> io::Result<()> {
        if self.fuse.pass() { Ok(()) } else { Err(gone()) }
    }

    fn file(&self, file: Box<dyn DiskFile>) -> Box<dyn DiskFile> {
        Box::new(File { file, fuse: self.fuse.clone() })
    }
}

impl Disk for Fused {
    fn create(&self, name: &str, size: u64) -> io::Result<Box<dyn DiskFile>> {
        self.pass()?;
        Ok(self.file(self.disk.create(name, size)?))
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        self.pass()?;
        Ok(self.file(self.disk.open(name)?))
    }

    fn list(&self) -> io::Result<Vec<String>> {
        self.pass()?;
        self.disk.list()
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.pass()?;
        self.disk.rename(from, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.pass()?;
        self.disk.remove(name)
    }

    fn sync_dir(&self) -> io::Result<()> {
        self.pass()?;
        self.disk.sync_dir()
    }

    fn child(&self, name: &str) -> io::Result<Arc<dyn Disk>> {
        self.disk.child(name)
    }

    fn open_child(&self, name: &str) -> io::Result<Arc<dyn Disk>> {
        self.disk.open_child(name)
    }

    fn folders(&self) -> io::Result<Vec<String>> {
        self.disk.folders()
    }

    fn remove_child(&self, name: &str) -> io::Result<()> {
        self.disk.remove_child(name)
    }

    fn free_bytes(&self) -> io::Result<u64> {
        self.disk.free_bytes()
    }

    fn lock(&self, name: &str) -> Result<LockGuard, LockError> {
        self.disk.lock(name)
    }
}

impl File {
    fn pass(&self) -> io::Result<()> {
        if self.fuse.pass() { Ok(()) } else { Err(gone()) }
    }
}

impl DiskFile for File {
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.pass()?;
        self.file.read_exact_at(buffer, offset)
    }

    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.pass()?;
        self.file.write_all_at(bytes, offset)
    }

    fn sync(&self) -> io::Result<()> {
        self.pass()?;
        self.file.sync()
    }

    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn set_len(&self, size: u64) -> io::Result<()> {
        self.file.set_len(size)
    }

    fn set_read_only(&self) -> io::Result<()> {
        self.file.set_read_only()
    }
}
