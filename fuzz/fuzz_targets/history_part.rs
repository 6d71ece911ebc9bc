//! Any bytes as event history's files, with right checksums: opening, reading, looking up and
//! merging never panic, and what is merged can be opened.

#![no_main]

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};

use cairn_history::fuzz;
use cairn_journal::{Disk, DiskFile, LockError, LockGuard};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    fuzz::manifest(data);
    if let Some((name, bytes)) = fuzz::part(data) {
        let memory = Memory::default();
        memory.files.lock().unwrap().insert(name, Arc::new(Mutex::new(bytes)));
        let disk: Arc<dyn Disk> = Arc::new(memory);
        _ = fuzz::read(&disk);
    }
});

/// One directory that is never written out.
#[derive(Default)]
struct Memory {
    files: Mutex<BTreeMap<String, Arc<Mutex<Vec<u8>>>>>,
}

struct File(Arc<Mutex<Vec<u8>>>);

impl Disk for Memory {
    fn create(&self, name: &str, size: u64) -> io::Result<Box<dyn DiskFile>> {
        let bytes = Arc::new(Mutex::new(vec![0; size as usize]));
        match self.files.lock().unwrap().insert(name.to_owned(), bytes.clone()) {
            None => Ok(Box::new(File(bytes))),
            Some(_) => Err(io::ErrorKind::AlreadyExists.into()),
        }
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let found = self.files.lock().unwrap().get(name).cloned();
        found.map(|bytes| Box::new(File(bytes)) as _).ok_or(io::ErrorKind::NotFound.into())
    }

    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.files.lock().unwrap().keys().cloned().collect())
    }

    fn rename(&self, _: &str, _: &str) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let removed = self.files.lock().unwrap().remove(name);
        removed.map(drop).ok_or(io::ErrorKind::NotFound.into())
    }

    fn sync_dir(&self) -> io::Result<()> {
        Ok(())
    }

    fn child(&self, _: &str) -> io::Result<Arc<dyn Disk>> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn open_child(&self, _: &str) -> io::Result<Arc<dyn Disk>> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn folders(&self) -> io::Result<Vec<String>> {
        Ok(Vec::new())
    }

    fn remove_child(&self, _: &str) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn free_bytes(&self) -> io::Result<u64> {
        Ok(u64::MAX)
    }

    fn lock(&self, _: &str) -> Result<LockGuard, LockError> {
        Ok(Box::new(()))
    }
}

impl DiskFile for File {
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let bytes = self.0.lock().unwrap();
        let rest = usize::try_from(offset).ok().and_then(|offset| bytes.get(offset..));
        let found = rest.and_then(|rest| rest.get(..buffer.len()));
        buffer.copy_from_slice(found.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut file = self.0.lock().unwrap();
        let (start, end) = (offset as usize, offset as usize + bytes.len());
        let length = file.len().max(end);
        file.resize(length, 0);
        file[start..end].copy_from_slice(bytes);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.0.lock().unwrap().len() as u64)
    }

    fn set_len(&self, size: u64) -> io::Result<()> {
        self.0.lock().unwrap().resize(size as usize, 0);
        Ok(())
    }

    fn set_read_only(&self) -> io::Result<()> {
        Ok(())
    }
}
