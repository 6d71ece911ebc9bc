//! Where sealed files wait for their buckets: packs, one for each window, that many streams write
//! to. A pack counts from the moment when the store names an extent of it; what nobody names is
//! what a crash left, and goes at the next start.

use std::collections::HashSet;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

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
    /// Packs that the store named when it was last asked.
    named: Arc<Mutex<HashSet<String>>>,
    /// The pack of the window that is collected: some of its files may be delivered early.
    open: Arc<Mutex<Option<String>>>,
}

/// A pack that is written to.
pub(crate) struct Pack {
    pub(crate) name: String,
    file: Box<dyn DiskFile>,
    length: AtomicU64,
}

impl Spool {
    pub(crate) fn new(disk: Arc<dyn Disk>, entropy: Arc<dyn Entropy>) -> Self {
        Self { disk, entropy, named: Arc::default(), open: Arc::default() }
    }

    /// A pack for a window.
    pub(crate) fn create(&self) -> io::Result<Arc<Pack>> {
        let pack = self.create_aside()?;
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = Some(pack.name.clone());
        Ok(pack)
    }

    /// A pack for anything else.
    pub(crate) fn create_aside(&self) -> io::Result<Arc<Pack>> {
        let name = format!("{}{PACK}", event_id(&*self.entropy));
        let file = self.disk.create(&name, 0)?;
        self.disk.sync_dir()?;
        Ok(Arc::new(Pack { name, file, length: AtomicU64::new(0) }))
    }

    pub(crate) fn read(&self, pack: &str, extents: &[Extent]) -> io::Result<Bytes> {
        let file = self.disk.open(pack)?;
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

    /// Removes packs that were in use and are no more. Those that were never named by the store may
    /// be written to right now: they stay.
    pub(crate) fn sweep_done(&self, used: &HashSet<String>) -> io::Result<()> {
        let mut named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let is_open = |name: &String| open.as_ref() == Some(name);
        let done: Vec<String> =
            named.difference(used).filter(|name| !is_open(name)).cloned().collect();
        for name in &done {
            match self.disk.remove(name) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        named.retain(is_open);
        named.extend(used.iter().cloned());
        if done.is_empty() { Ok(()) } else { self.disk.sync_dir() }
    }

    /// Removes every pack that is not in use.
    pub(crate) fn sweep(&self, used: &HashSet<String>) -> io::Result<()> {
        let mut swept = false;
        for name in self.disk.list()? {
            if name.ends_with(PACK) && !used.contains(&name) {
                self.disk.remove(&name)?;
                swept = true;
            }
        }
        if swept { self.disk.sync_dir() } else { Ok(()) }
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
