//! A disk in memory that can lose, tear, rot, fill up and fail, as its seed wants it.
//!
//! A sector is written whole or not at all. What was not synced may be lost sector by sector, in
//! any combination; a name that was not synced with its directory may be lost as well. A process
//! can end without the power going: then the page cache stays, also where a failed sync left it
//! different from the platter.

mod fault;
mod handle;
mod inode;
mod names;
#[cfg(test)]
mod tests;
mod world;

use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard};

use cairn_journal::Disk;
pub use fault::{Class, Fault, Rot, Struck};
use handle::{Shared, SimDir, lock};
use inode::Inode;
use world::World;

use crate::dice::Dice;

/// The unit that the platter writes whole or not at all.
pub const SECTOR: usize = 512;

/// The simulated disk, as the one sees it who makes things happen to it.
pub struct SimDisk {
    world: Shared,
}

/// A file taken off the disk, to be put into another's place.
#[derive(Debug, Clone)]
pub struct Copy(Inode);

/// What was going to happen.
#[derive(Debug, Default)]
pub struct Plan {
    faults: Vec<Fault>,
    dies_in: Option<u64>,
}

impl SimDisk {
    /// An empty disk of `capacity` bytes. Everything that happens by chance follows from `seed`.
    pub fn new(seed: u64, capacity: u64) -> Self {
        Self { world: Arc::new(Mutex::new(World::new(Dice::new(seed, 1), capacity))) }
    }

    /// The root directory, for the process that lives now.
    pub fn mount(&self) -> Arc<dyn Disk> {
        let life = self.world().life;
        Arc::new(SimDir { world: self.world.clone(), path: String::new(), life })
    }

    /// The process ends. What it wrote is seen by the next one.
    pub fn kill(&self) {
        self.world().end_life();
    }

    /// The power goes, and comes back.
    pub fn cut_power(&self) {
        self.world().lose_power();
    }

    /// The process dies within the operation that comes after `operations` more.
    pub fn die_in(&self, operations: u64) {
        self.world().dies_in = Some(operations);
    }

    /// Whether the process died; nothing works before [`SimDisk::kill`] or
    /// [`SimDisk::cut_power`].
    pub fn is_dead(&self) -> bool {
        self.world().dead
    }

    pub fn fail(&self, fault: Fault) {
        self.world().faults.push(fault);
    }

    /// Nothing that was planned happens any more. Gives the plan, for [`SimDisk::resume`].
    pub fn calm(&self) -> Plan {
        let mut world = self.world();
        Plan { faults: std::mem::take(&mut world.faults), dies_in: world.dies_in.take() }
    }

    pub fn resume(&self, plan: Plan) {
        let mut world = self.world();
        (world.faults, world.dies_in) = (plan.faults, plan.dies_in);
    }

    /// The faults that came true since this was last asked.
    pub fn take_struck(&self) -> Vec<Struck> {
        std::mem::take(&mut self.world().struck)
    }

    /// Says whether what follows is done by the one that commits.
    pub fn set_committing(&self, committing: bool) {
        self.world().committing = committing;
    }

    /// From now on every sync answers well and does nothing.
    pub fn lie(&self) {
        self.world().lying = true;
    }

    pub fn free(&self) -> u64 {
        self.world().free()
    }

    /// Leaves so much free space.
    pub fn set_free(&self, free: u64) {
        let mut world = self.world();
        world.capacity = world.capacity - world.free() + free;
    }

    /// The paths of all files.
    pub fn paths(&self) -> Vec<String> {
        let world = self.world();
        let in_dir = |(dir, names): (&String, &names::Names)| {
            names.iter().map(|(name, _)| format!("{dir}{name}")).collect::<Vec<_>>()
        };
        world.dirs.iter().flat_map(in_dir).collect()
    }

    /// Flips bits of one byte in the used part of a file; `None` where there is nothing to rot,
    /// or where it would be written out anew.
    pub fn rot(&self, path: &str) -> Option<Rot> {
        let mut world = self.world();
        let inode = world.find(path)?;
        let used = world.inodes.get(&inode)?.used();
        let offset = world.dice.below(used as u64) as usize;
        let mask = 1 << world.dice.below(8);
        let file = world.inodes.get(&inode)?;
        if used == 0 || !file.is_clean(offset) {
            return None;
        }
        let rot = Rot { path: path.to_owned(), offset, mask, inode };
        if world.rots.iter().any(|other| (other.inode, other.offset) == (inode, offset)) {
            return None;
        }
        world.inodes.get_mut(&inode)?.flip(offset, mask);
        world.rots.push(rot.clone());
        Some(rot)
    }

    /// The bits that rotted and were not written over.
    pub fn rots(&self) -> Vec<Rot> {
        let world = self.world();
        let there = |rot: &&Rot| world.find(&rot.path) == Some(rot.inode);
        world.rots.iter().filter(there).cloned().collect()
    }

    /// Puts back all bits that rotted.
    pub fn mend(&self) {
        let mut world = self.world();
        for rot in std::mem::take(&mut world.rots) {
            if let Some(file) = world.inodes.get_mut(&rot.inode) {
                file.flip(rot.offset, rot.mask);
            }
        }
    }

    /// The same disk a second time, with a chance of its own.
    pub fn fork(&self, seed: u64) -> Self {
        let world = self.world();
        let mut other = World::new(Dice::new(seed, 1), world.capacity);
        other.copy_files(&world);
        Self { world: Arc::new(Mutex::new(other)) }
    }

    pub fn copy(&self, path: &str) -> Option<Copy> {
        let world = self.world();
        world.inodes.get(&world.find(path)?).cloned().map(Copy)
    }

    /// Gives a file the bytes of another one; gives back those it had.
    pub fn swap(&self, path: &str, copy: Copy) -> Option<Copy> {
        let mut world = self.world();
        let inode = world.find(path)?;
        world.inodes.insert(inode, copy.0).map(Copy)
    }

    /// The hash over all operations so far.
    pub fn trace(&self) -> u64 {
        self.world().trace.hash()
    }

    fn world(&self) -> MutexGuard<'_, World> {
        lock(&self.world)
    }
}

impl World {
    fn find(&self, path: &str) -> Option<u64> {
        let (dir, name) = path.split_at(path.rfind('/').map_or(0, |at| at + 1));
        self.dirs.get(dir)?.get(name)
    }

    fn copy_files(&mut self, other: &World) {
        self.inodes.clone_from(&other.inodes);
        self.dirs.clone_from(&other.dirs);
        self.life = other.life;
        self.next_inode = other.next_inode;
    }

    /// Bytes that are written anew are no longer rotten, also not where a power cut brings the old
    /// ones back: what rots is meant to be found, not to be hidden for a while.
    fn forget_rot(&mut self, inode: u64, range: Range<usize>) {
        let gone = |rot: &mut Rot| rot.inode == inode && range.contains(&rot.offset);
        for rot in self.rots.extract_if(.., gone) {
            if let Some(file) = self.inodes.get_mut(&inode) {
                file.flip(rot.offset, rot.mask);
            }
        }
    }
}
