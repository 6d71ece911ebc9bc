//! A real directory that fails when told to.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use cairn_journal::{Disk, DiskFile, LockError, LockGuard};

/// What shall fail next.
#[derive(Default)]
pub(crate) struct Faults {
    pub(crate) write: Mutex<Option<io::ErrorKind>>,
    pub(crate) sync: AtomicBool,
    pub(crate) create: Mutex<Option<io::ErrorKind>>,
    /// Free bytes to report; `u64::MAX` for what is true.
    pub(crate) free: AtomicU64,
    pub(crate) syncs: AtomicU64,
}

pub(crate) struct FaultyDisk {
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) faults: Arc<Faults>,
}

impl FaultyDisk {
    pub(crate) fn new(disk: Arc<dyn Disk>) -> (Arc<Self>, Arc<Faults>) {
        let faults = Arc::new(Faults::default());
        faults.free.store(u64::MAX, Ordering::Relaxed);
        (Arc::new(Self { disk, faults: faults.clone() }), faults)
    }

    fn wrap(&self, file: Box<dyn DiskFile>) -> Box<dyn DiskFile> {
        Box::new(FaultyFile { file, faults: self.faults.clone() })
    }
}

impl Disk for FaultyDisk {
    fn create(&self, name: &str, size: u64) -> io::Result<Box<dyn DiskFile>> {
        match *self.faults.create.lock().unwrap() {
            Some(kind) => Err(kind.into()),
            None => Ok(self.wrap(self.disk.create(name, size)?)),
        }
    }
    fn open(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        Ok(self.wrap(self.disk.open(name)?))
    }
    fn list(&self) -> io::Result<Vec<String>> {
        self.disk.list()
    }
    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.disk.rename(from, to)
    }
    fn remove(&self, name: &str) -> io::Result<()> {
        self.disk.remove(name)
    }
    fn sync_dir(&self) -> io::Result<()> {
        self.disk.sync_dir()
    }
    fn child(&self, name: &str) -> io::Result<Arc<dyn Disk>> {
        Ok(Arc::new(Self { disk: self.disk.child(name)?, faults: self.faults.clone() }))
    }
    fn open_child(&self, name: &str) -> io::Result<Arc<dyn Disk>> {
        Ok(Arc::new(Self { disk: self.disk.open_child(name)?, faults: self.faults.clone() }))
    }
    fn folders(&self) -> io::Result<Vec<String>> {
        self.disk.folders()
    }
    fn remove_child(&self, name: &str) -> io::Result<()> {
        self.disk.remove_child(name)
    }
    fn free_bytes(&self) -> io::Result<u64> {
        match self.faults.free.load(Ordering::Relaxed) {
            u64::MAX => self.disk.free_bytes(),
            free => Ok(free),
        }
    }
    fn lock(&self, name: &str) -> Result<LockGuard, LockError> {
        self.disk.lock(name)
    }
}

struct FaultyFile {
    file: Box<dyn DiskFile>,
    faults: Arc<Faults>,
}

impl DiskFile for FaultyFile {
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.file.read_exact_at(buffer, offset)
    }
    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        if let Some(kind) = *self.faults.write.lock().unwrap() {
            // Half of it arrives.
            self.file.write_all_at(&bytes[..bytes.len() / 2], offset)?;
            return Err(kind.into());
        }
        self.file.write_all_at(bytes, offset)
    }
    fn sync(&self) -> io::Result<()> {
        self.faults.syncs.fetch_add(1, Ordering::Relaxed);
        if self.faults.sync.swap(false, Ordering::Relaxed) {
            return Err(io::Error::other("the disk is broken"));
        }
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
