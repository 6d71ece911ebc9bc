use std::collections::{BTreeMap, BTreeSet};
use std::io;

use super::fault::{Class, Fault, Rot, Struck};
use super::inode::Inode;
use super::names::Names;
use crate::dice::Dice;
use crate::trace::Trace;

/// Everything on the disk and everything that is going to happen to it.
pub(super) struct World {
    pub(super) dice: Dice,
    pub(super) inodes: BTreeMap<u64, Inode>,
    /// Directories by path: `""`, `"ids/"`.
    pub(super) dirs: BTreeMap<String, Names>,
    pub(super) locks: BTreeSet<String>,
    pub(super) capacity: u64,
    /// Syncs answer well and do nothing.
    pub(super) lying: bool,
    /// Counts processes: handles of earlier ones are dead.
    pub(super) life: u64,
    pub(super) dead: bool,
    /// Operations until the process dies within one.
    pub(super) dies_in: Option<u64>,
    pub(super) faults: Vec<Fault>,
    pub(super) struck: Vec<Struck>,
    pub(super) committing: bool,
    pub(super) rots: Vec<Rot>,
    pub(super) trace: Trace,
    pub(super) next_inode: u64,
}

/// What becomes of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Clear,
    /// It fails with EIO; part of it may happen.
    Failing,
    /// The process ends within it; part of it may happen.
    Dying,
}

impl World {
    pub(super) fn new(dice: Dice, capacity: u64) -> Self {
        Self {
            dice,
            inodes: BTreeMap::new(),
            dirs: BTreeMap::from([(String::new(), Names::default())]),
            locks: BTreeSet::new(),
            capacity,
            lying: false,
            life: 0,
            dead: false,
            dies_in: None,
            faults: Vec::new(),
            struck: Vec::new(),
            committing: false,
            rots: Vec::new(),
            trace: Trace::default(),
            next_inode: 0,
        }
    }

    /// Every operation of a process comes through here first.
    pub(super) fn enter(&mut self, life: u64, class: Class, path: &str) -> io::Result<Way> {
        if self.dead || life != self.life {
            return Err(io::Error::other("the process has ended"));
        }
        self.trace.number(class as u64);
        self.trace.bytes(path.as_bytes());
        if let Some(left) = &mut self.dies_in {
            if *left == 0 {
                self.dead = true;
                return Ok(Way::Dying);
            }
            *left -= 1;
        }
        let mut failing = false;
        self.faults.retain_mut(|fault| {
            if fault.class != class {
                return true;
            }
            let now = fault.nth == 0;
            failing |= now;
            fault.nth = fault.nth.saturating_sub(1);
            !now
        });
        if failing {
            let committing = self.committing;
            self.struck.push(Struck { class, path: path.to_owned(), committing });
            self.trace.number(u64::MAX);
            return Ok(Way::Failing);
        }
        Ok(Way::Clear)
    }

    /// An operation that does nothing at all unless it is clear.
    pub(super) fn pass(&mut self, life: u64, class: Class, path: &str) -> io::Result<()> {
        match self.enter(life, class, path)? {
            Way::Clear => Ok(()),
            Way::Failing | Way::Dying => Err(broken()),
        }
    }

    pub(super) fn add(&mut self, inode: Inode) -> u64 {
        self.next_inode += 1;
        self.inodes.insert(self.next_inode, inode);
        self.next_inode
    }

    pub(super) fn names(&mut self, dir: &str) -> &mut Names {
        self.dirs.entry(dir.to_owned()).or_default()
    }

    pub(super) fn inode(&mut self, inode: u64) -> io::Result<&mut Inode> {
        self.inodes.get_mut(&inode).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    pub(super) fn free(&self) -> u64 {
        let sizes = self.dirs.values().flat_map(|names| names.iter());
        let used: usize =
            sizes.filter_map(|(_, inode)| self.inodes.get(&inode)).map(Inode::len).sum();
        self.capacity.saturating_sub(used as u64)
    }

    /// The process ends; the operating system lives on.
    pub(super) fn end_life(&mut self) {
        self.life += 1;
        self.dead = false;
        self.dies_in = None;
        self.faults.clear();
        self.locks.clear();
        self.committing = false;
        self.trace.number(self.life);
        let dirs = &self.dirs;
        self.inodes.retain(|inode, _| dirs.values().any(|names| names.may_hold(*inode)));
    }

    /// The power goes.
    pub(super) fn lose_power(&mut self) {
        for inode in self.inodes.values_mut() {
            inode.lose(&self.dice);
        }
        for names in self.dirs.values_mut() {
            names.lose(&self.dice);
        }
        self.end_life();
    }
}

/// EIO.
pub(super) fn broken() -> io::Error {
    io::Error::from_raw_os_error(5)
}

/// ENOSPC.
pub(super) fn full() -> io::Error {
    io::ErrorKind::StorageFull.into()
}
