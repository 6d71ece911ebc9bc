use super::SECTOR;
use crate::dice::Dice;

/// The bytes of one file: what the page cache shows, and what is on the platter.
#[derive(Debug, Clone, Default)]
pub(super) struct Inode {
    cache: Vec<u8>,
    durable: Vec<u8>,
    /// Sectors that the next sync writes out. After a failed sync a sector can differ from the
    /// platter and be clean: nothing writes it out any more.
    dirty: Vec<bool>,
    resized: bool,
}

impl Inode {
    /// Zeros, durable.
    pub(super) fn zeros(size: usize) -> Self {
        let zeros = vec![0; size];
        Self { cache: zeros.clone(), durable: zeros, ..Self::default() }
    }

    pub(super) fn len(&self) -> usize {
        self.cache.len()
    }

    pub(super) fn read(&self, offset: usize, length: usize) -> Option<&[u8]> {
        self.cache.get(offset..offset.checked_add(length)?)
    }

    pub(super) fn write(&mut self, bytes: &[u8], offset: usize) {
        let end = offset + bytes.len();
        if end > self.cache.len() {
            self.set_len(end);
        }
        self.cache[offset..end].copy_from_slice(bytes);
        self.touch(offset, end);
    }

    pub(super) fn set_len(&mut self, size: usize) {
        let (low, high) = (self.cache.len().min(size), self.cache.len().max(size));
        if low != high {
            self.cache.resize(size, 0);
            self.resized = true;
            self.touch(low, high);
        }
    }

    /// Everything reaches the platter.
    pub(super) fn sync(&mut self) {
        let (dirty, resized) = (std::mem::take(&mut self.dirty), self.resized);
        if resized {
            self.durable.resize(self.cache.len(), 0);
        }
        for sector in dirty.iter().enumerate().filter(|(_, dirty)| **dirty).map(|(at, _)| at) {
            self.write_out(sector);
        }
        self.resized = false;
    }

    /// A sync that fails: some sectors reach the platter, none is tried again.
    pub(super) fn sync_in_vain(&mut self, dice: &Dice) {
        let dirty = std::mem::take(&mut self.dirty);
        let chance = dice.pick(&[0, 0, 50, 90]);
        for (sector, dirty) in dirty.into_iter().enumerate() {
            if dirty && dice.percent(chance) {
                self.write_out(sector);
            }
        }
        self.resized = false;
    }

    /// The power goes: of each sector that was not synced the old or the new bytes stay.
    pub(super) fn lose(&mut self, dice: &Dice) {
        let new = self.cache.len();
        if self.resized {
            let old = self.durable.len();
            let grown = new.saturating_sub(old) / SECTOR;
            let between = old + dice.below(grown as u64 + 1) as usize * SECTOR;
            let kept = dice.pick(&[old, new, between]);
            self.durable.resize(kept, 0);
        }
        let chance = dice.pick(&[0, 10, 50, 50, 90, 100]);
        let dirty = std::mem::take(&mut self.dirty);
        for (sector, dirty) in dirty.into_iter().enumerate() {
            if dirty && dice.percent(chance) {
                self.write_out(sector);
            }
        }
        self.resized = false;
        self.cache.clone_from(&self.durable);
    }

    /// Whether the sector that holds a byte is the same in the cache and on the platter.
    pub(super) fn is_clean(&self, offset: usize) -> bool {
        let dirty = self.dirty.get(offset / SECTOR).copied().unwrap_or_default();
        !dirty && offset < self.cache.len().min(self.durable.len())
    }

    /// Flips bits of one byte on the platter and in the cache.
    pub(super) fn flip(&mut self, offset: usize, mask: u8) {
        for bytes in [&mut self.cache, &mut self.durable] {
            if let Some(byte) = bytes.get_mut(offset) {
                *byte ^= mask;
            }
        }
    }

    /// Where the last byte that is not zero ends.
    pub(super) fn used(&self) -> usize {
        self.cache.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1)
    }

    fn touch(&mut self, start: usize, end: usize) {
        if start < end {
            let last = (end - 1) / SECTOR;
            if self.dirty.len() <= last {
                self.dirty.resize(last + 1, false);
            }
            self.dirty[start / SECTOR..=last].fill(true);
        }
    }

    fn write_out(&mut self, sector: usize) {
        let start = sector * SECTOR;
        let end = (start + SECTOR).min(self.cache.len()).min(self.durable.len());
        if start < end {
            self.durable[start..end].copy_from_slice(&self.cache[start..end]);
        }
    }
}
