//! Where sealed files wait for their buckets: packs, one for each window, that many streams write
//! to. A pack counts from the moment when the store names an extent of it; what nobody names is
//! what a crash or an error left, and goes.

use std::collections::HashSet;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use cairn_core::{Entropy, event_id};
use cairn_journal::{Disk, DiskFile};

const PACK: &str = "-pack";

/// Where bytes lie in a pack: offset and length.
pub(crate) type Extent = (u64, u64);

#[derive(Clone)]
pub(crate) struct Spool {
    disk: Arc<dyn Disk>,
    entropy: Arc<dyn Entropy>,
    packs: Arc<Mutex<Packs>>,
}

/// The packs that are on disk.
#[derive(Default)]
struct Packs {
    /// Those that were found at the start are known after the first sweep.
    listed: bool,
    /// Somebody writes to them; the store may come to name them.
    held: HashSet<String>,
    /// The store names them, or nobody ever will.
    loose: HashSet<String>,
}

/// A pack that is written to, for as long as it is held.
pub(crate) struct Pack {
    pub(crate) name: String,
    file: Box<dyn DiskFile>,
    length: AtomicU64,
    packs: Arc<Mutex<Packs>>,
}

impl Spool {
    pub(crate) fn new(disk: Arc<dyn Disk>, entropy: Arc<dyn Entropy>) -> Self {
        Self { disk, entropy, packs: Arc::default() }
    }

    /// A new pack. It is to be held until the store has named it.
    pub(crate) fn create(&self) -> io::Result<Arc<Pack>> {
        let name = format!("{}{PACK}", event_id(&*self.entropy));
        lock(&self.packs).held.insert(name.clone());
        let made = self.disk.create(&name, 0).and_then(|file| {
            self.disk.sync_dir()?;
            Ok(file)
        });
        match made {
            Ok(file) => {
                let (length, packs) = (AtomicU64::new(0), self.packs.clone());
                Ok(Arc::new(Pack { name, file, length, packs }))
            }
            Err(error) => {
                let mut packs = lock(&self.packs);
                packs.held.remove(&name);
                packs.loose.insert(name);
                Err(error)
            }
        }
    }

    pub(crate) fn read(&self, pack: &str, extents: &[Extent]) -> io::Result<Bytes> {
        let file = self.disk.open(pack)?;
        let end = extents.iter().map(|(offset, length)| offset.saturating_add(*length)).max();
        if end.unwrap_or(0) > file.len()? {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let length: u64 = extents.iter().map(|(_, length)| length).sum();
        let mut bytes = vec![0; length as usize];
        let mut at = 0;
        for (offset, length) in extents {
            let end = at + *length as usize;
            file.read_exact_at(&mut bytes[at..end], *offset)?;
            at = end;
        }
        Ok(bytes.into())
    }

    /// Packs that nobody holds. Those that the store, asked afterwards, does not name can go.
    pub(crate) fn loose(&self) -> io::Result<HashSet<String>> {
        let mut packs = lock(&self.packs);
        if !packs.listed {
            let found = self.disk.list()?.into_iter().filter(|name| name.ends_with(PACK));
            let found: Vec<String> = found.filter(|name| !packs.held.contains(name)).collect();
            packs.loose.extend(found);
            packs.listed = true;
        }
        Ok(packs.loose.clone())
    }

    pub(crate) fn remove(&self, names: &[String]) -> io::Result<()> {
        for name in names {
            match self.disk.remove(name) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => lock(&self.packs).loose.remove(name),
            };
        }
        if names.is_empty() { Ok(()) } else { self.disk.sync_dir() }
    }
}

impl Pack {
    /// Appends; many may do so at once.
    pub(crate) fn append(&self, bytes: &[u8]) -> io::Result<Extent> {
        let length = bytes.len() as u64;
        let offset = self.length.fetch_add(length, Ordering::Relaxed);
        self.file.write_all_at(bytes, offset)?;
        Ok((offset, length))
    }

    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.sync()
    }
}

impl Drop for Pack {
    fn drop(&mut self) {
        let mut packs = lock(&self.packs);
        packs.held.remove(&self.name);
        packs.loose.insert(std::mem::take(&mut self.name));
    }
}

fn lock(packs: &Mutex<Packs>) -> MutexGuard<'_, Packs> {
    packs.lock().unwrap_or_else(PoisonError::into_inner)
}
