//! A directory that dies after some operations, and knows what is not durable yet.

use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, Mutex};

use cairn_journal::{Disk, DiskFile, LockError, LockGuard};

#[derive(Default)]
pub(super) struct State {
    /// Operations until it dies; `None` for one that lives on.
    left: Option<usize>,
    pub(super) done: usize,
    /// Files and folders whose last change was not synced.
    pub(super) unsynced: BTreeSet<String>,
}

pub(super) struct Mortal {
    disk: Arc<dyn Disk>,
    path: String,
    state: Arc<Mutex<State>>,
}

struct File {
    inner: Box<dyn DiskFile>,
    path: String,
    state: Arc<Mutex<State>>,
}

impl Mortal {
    pub(super) fn new(disk: Arc<dyn Disk>, left: Option<usize>) -> (Arc<Self>, Arc<Mutex<State>>) {
        let state = Arc::new(Mutex::new(State { left, ..State::default() }));
        (Arc::new(Self { disk, path: "/".to_owned(), state: state.clone() }), state)
    }

    fn below(&self, name: &str, disk: Arc<dyn Disk>) -> Arc<dyn Disk> {
        Arc::new(Self { disk, path: format!("{}{name}/", self.path), state: self.state.clone() })
    }
}

fn pass(state: &Mutex<State>) -> io::Result<()> {
    let mut state = state.lock().unwrap();
    state.done += 1;
    match state.left {
        Some(left) if state.done > left => Err(io::Error::other("the process is gone")),
        _ => Ok(()),
    }
}

impl Disk for Mortal {
    fn create(&self, name: &str, size: u64) -> io::Result<Box<dyn DiskFile>> {
        pass(&self.state)?;
        let file = self.disk.create(name, size)?;
        let path = format!("{}{name}", self.path);
        self.state.lock().unwrap().unsynced.extend([path.clone(), self.path.clone()]);
        Ok(Box::new(File { inner: file, path, state: self.state.clone() }))
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        self.disk.open(name)
    }

    fn list(&self) -> io::Result<Vec<String>> {
        self.disk.list()
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        pass(&self.state)?;
        self.disk.rename(from, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        pass(&self.state)?;
        self.disk.remove(name)
    }

    fn sync_dir(&self) -> io::Result<()> {
        pass(&self.state)?;
        self.state.lock().unwrap().unsynced.remove(&self.path);
        self.disk.sync_dir()
    }

    fn child(&self, name: &str) -> io::Result<Arc<dyn Disk>> {
        pass(&self.state)?;
        Ok(self.below(name, self.disk.child(name)?))
    }

    fn open_child(&self, name: &str) -> io::Result<Arc<dyn Disk>> {
        Ok(self.below(name, self.disk.open_child(name)?))
    }

    fn folders(&self) -> io::Result<Vec<String>> {
        self.disk.folders()
    }

    fn remove_child(&self, name: &str) -> io::Result<()> {
        pass(&self.state)?;
        self.disk.remove_child(name)
    }

    fn free_bytes(&self) -> io::Result<u64> {
        self.disk.free_bytes()
    }

    fn lock(&self, name: &str) -> Result<LockGuard, LockError> {
        self.disk.lock(name)
    }
}

impl DiskFile for File {
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.inner.read_exact_at(buffer, offset)
    }

    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        if let Err(gone) = pass(&self.state) {
            // Half of it may have arrived.
            self.inner.write_all_at(&bytes[..bytes.len() / 2], offset)?;
            return Err(gone);
        }
        self.inner.write_all_at(bytes, offset)
    }

    fn sync(&self) -> io::Result<()> {
        pass(&self.state)?;
        self.state.lock().unwrap().unsynced.remove(&self.path);
        self.inner.sync()
    }

    fn len(&self) -> io::Result<u64> {
        self.inner.len()
    }

    fn set_len(&self, size: u64) -> io::Result<()> {
        self.inner.set_len(size)
    }

    fn set_read_only(&self) -> io::Result<()> {
        self.inner.set_read_only()
    }
}
