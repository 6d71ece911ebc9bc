use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cairn_journal::{Disk, DiskFile, LockError, LockGuard};

use super::SECTOR;
use super::fault::Class;
use super::inode::Inode;
use super::world::{Way, World, broken, full};

pub(super) type Shared = Arc<Mutex<World>>;

pub(super) fn lock(world: &Shared) -> MutexGuard<'_, World> {
    world.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A directory as one process sees it.
pub(super) struct SimDir {
    pub(super) world: Shared,
    pub(super) path: String,
    pub(super) life: u64,
}

impl SimDir {
    fn path_of(&self, name: &str) -> String {
        format!("{}{name}", self.path)
    }

    fn file(&self, inode: u64, name: &str, writable: bool) -> Box<dyn DiskFile> {
        let (world, path) = (self.world.clone(), self.path_of(name));
        Box::new(SimFile { world, path, inode, writable, life: self.life })
    }
}

impl Disk for SimDir {
    fn create(&self, name: &str, size: u64) -> io::Result<Box<dyn DiskFile>> {
        let mut world = lock(&self.world);
        let way = world.enter(self.life, Class::Create, &self.path_of(name))?;
        if world.names(&self.path).get(name).is_some() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        if size > world.free() {
            return Err(full());
        }
        match way {
            Way::Clear => {}
            Way::Failing => return Err(broken()),
            Way::Dying => {
                let part = world.dice.below(size + 1) as usize;
                let inode = world.add(Inode::zeros(part));
                world.names(&self.path).link(name, inode);
                return Err(broken());
            }
        }
        let inode = world.add(Inode::zeros(size as usize));
        world.names(&self.path).link(name, inode);
        Ok(self.file(inode, name, true))
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let mut world = lock(&self.world);
        world.pass(self.life, Class::Other, &self.path_of(name))?;
        let inode = world.names(&self.path).get(name).ok_or(io::ErrorKind::NotFound)?;
        Ok(self.file(inode, name, false))
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let mut world = lock(&self.world);
        world.pass(self.life, Class::Other, &self.path)?;
        Ok(world.names(&self.path).iter().map(|(name, _)| name.clone()).collect())
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut world = lock(&self.world);
        world.pass(self.life, Class::Rename, &self.path_of(from))?;
        if !world.names(&self.path).rename(from, to) {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut world = lock(&self.world);
        world.pass(self.life, Class::Other, &self.path_of(name))?;
        if !world.names(&self.path).unlink(name) {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(())
    }

    fn sync_dir(&self) -> io::Result<()> {
        let mut world = lock(&self.world);
        match world.enter(self.life, Class::SyncDir, &self.path)? {
            Way::Clear if world.lying => {}
            Way::Clear => world.names(&self.path).sync(),
            Way::Failing | Way::Dying => {
                if world.dice.percent(50) {
                    world.names(&self.path).sync();
                }
                return Err(broken());
            }
        }
        Ok(())
    }

    fn child(&self, name: &str) -> io::Result<Arc<dyn Disk>> {
        let path = format!("{}{name}/", self.path);
        let mut world = lock(&self.world);
        world.pass(self.life, Class::Other, &path)?;
        world.names(&path);
        Ok(Arc::new(Self { world: self.world.clone(), path, life: self.life }))
    }

    fn open_child(&self, name: &str) -> io::Result<Arc<dyn Disk>> {
        let path = format!("{}{name}/", self.path);
        let mut world = lock(&self.world);
        world.pass(self.life, Class::Other, &path)?;
        if !world.dirs.contains_key(&path) {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(Arc::new(Self { world: self.world.clone(), path, life: self.life }))
    }

    fn folders(&self) -> io::Result<Vec<String>> {
        let mut world = lock(&self.world);
        world.pass(self.life, Class::Other, &self.path)?;
        let below = world.dirs.keys().filter_map(|path| path.strip_prefix(&self.path));
        let names = below.filter_map(|path| path.strip_suffix('/'));
        Ok(names.filter(|name| !name.contains('/')).map(str::to_owned).collect())
    }

    fn remove_child(&self, name: &str) -> io::Result<()> {
        let path = format!("{}{name}/", self.path);
        let mut world = lock(&self.world);
        world.pass(self.life, Class::Other, &path)?;
        if world.dirs.keys().any(|other| *other != path && other.starts_with(&path)) {
            return Err(io::ErrorKind::DirectoryNotEmpty.into());
        }
        match world.dirs.get(&path) {
            None => Err(io::ErrorKind::NotFound.into()),
            Some(names) if names.iter().next().is_some() => {
                Err(io::ErrorKind::DirectoryNotEmpty.into())
            }
            Some(_) => {
                world.dirs.remove(&path);
                Ok(())
            }
        }
    }

    fn free_bytes(&self) -> io::Result<u64> {
        let mut world = lock(&self.world);
        world.pass(self.life, Class::Other, &self.path)?;
        Ok(world.free())
    }

    fn lock(&self, name: &str) -> Result<LockGuard, LockError> {
        let mut world = lock(&self.world);
        let path = self.path_of(name);
        world.pass(self.life, Class::Other, &path)?;
        if world.names(&self.path).get(name).is_none() {
            let inode = world.add(Inode::zeros(0));
            world.names(&self.path).link(name, inode);
        }
        if !world.locks.insert(path.clone()) {
            return Err(LockError::Held { pid: None });
        }
        Ok(Box::new(Held { world: self.world.clone(), path, life: self.life }))
    }
}

/// A lock that goes with its process or its guard.
struct Held {
    world: Shared,
    path: String,
    life: u64,
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut world = lock(&self.world);
        if world.life == self.life {
            world.locks.remove(&self.path);
        }
    }
}

/// An open file of one process.
struct SimFile {
    world: Shared,
    path: String,
    inode: u64,
    writable: bool,
    life: u64,
}

impl DiskFile for SimFile {
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let mut world = lock(&self.world);
        world.pass(self.life, Class::Read, &self.path)?;
        let inode = world.inode(self.inode)?;
        let found = inode.read(offset as usize, buffer.len());
        buffer.copy_from_slice(found.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut world = lock(&self.world);
        let way = world.enter(self.life, Class::Write, &self.path)?;
        if !self.writable {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        let offset = offset as usize;
        let room = world.inode(self.inode)?.len() + world.free() as usize;
        let written = match way {
            Way::Clear => bytes.len().min(room.saturating_sub(offset)),
            // Whole sectors of the front part.
            Way::Failing | Way::Dying => {
                let sectors = (bytes.len() / SECTOR) as u64;
                (world.dice.below(sectors + 1) as usize * SECTOR).min(room.saturating_sub(offset))
            }
        };
        let (front, rest) = bytes.split_at(written);
        world.trace.number(offset as u64);
        world.trace.bytes(front);
        world.forget_rot(self.inode, offset..offset + written);
        world.inode(self.inode)?.write(front, offset);
        match way {
            Way::Failing | Way::Dying => Err(broken()),
            Way::Clear if rest.is_empty() => Ok(()),
            Way::Clear => Err(full()),
        }
    }

    fn sync(&self) -> io::Result<()> {
        let mut world = lock(&self.world);
        let way = world.enter(self.life, Class::Sync, &self.path)?;
        let World { inodes, dice, lying, .. } = &mut *world;
        let inode = inodes.get_mut(&self.inode).ok_or(io::ErrorKind::NotFound)?;
        match way {
            Way::Clear if *lying => Ok(()),
            Way::Clear => {
                inode.sync();
                Ok(())
            }
            Way::Failing => {
                inode.sync_in_vain(dice);
                Err(broken())
            }
            // It may have been done without anyone learning of it.
            Way::Dying => {
                if dice.percent(30) {
                    inode.sync();
                }
                Err(broken())
            }
        }
    }

    fn len(&self) -> io::Result<u64> {
        let mut world = lock(&self.world);
        world.pass(self.life, Class::Other, &self.path)?;
        Ok(world.inode(self.inode)?.len() as u64)
    }

    fn set_len(&self, size: u64) -> io::Result<()> {
        let mut world = lock(&self.world);
        world.pass(self.life, Class::Write, &self.path)?;
        let (size, room) = (size as usize, world.free() as usize);
        let length = world.inode(self.inode)?.len();
        if size > length + room {
            return Err(full());
        }
        world.trace.number(size as u64);
        world.forget_rot(self.inode, size..usize::MAX);
        world.inode(self.inode)?.set_len(size);
        Ok(())
    }

    fn set_read_only(&self) -> io::Result<()> {
        lock(&self.world).pass(self.life, Class::Other, &self.path)
    }
}
