use std::collections::BTreeMap;

use crate::dice::Dice;

/// The names of one directory: what the process sees, and what a power cut leaves.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    seen: BTreeMap<String, u64>,
    durable: BTreeMap<String, u64>,
    /// Changes since the last sync, oldest first.
    pending: Vec<Change>,
}

#[derive(Debug, Clone)]
enum Change {
    Link(String, u64),
    Rename(String, String, u64),
    Unlink(String),
}

impl Names {
    pub(super) fn get(&self, name: &str) -> Option<u64> {
        self.seen.get(name).copied()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&String, u64)> {
        self.seen.iter().map(|(name, inode)| (name, *inode))
    }

    /// Whether a name leads to the file now, or could after a power cut.
    pub(super) fn may_hold(&self, inode: u64) -> bool {
        let linked = |change: &Change| match change {
            Change::Link(_, other) | Change::Rename(_, _, other) => *other == inode,
            Change::Unlink(_) => false,
        };
        self.seen.values().chain(self.durable.values()).any(|other| *other == inode)
            || self.pending.iter().any(linked)
    }

    pub(super) fn link(&mut self, name: &str, inode: u64) {
        self.change(Change::Link(name.to_owned(), inode));
    }

    /// False where there is no such name.
    pub(super) fn rename(&mut self, from: &str, to: &str) -> bool {
        let inode = self.get(from);
        if let Some(inode) = inode {
            self.change(Change::Rename(from.to_owned(), to.to_owned(), inode));
        }
        inode.is_some()
    }

    /// False where there is no such name.
    pub(super) fn unlink(&mut self, name: &str) -> bool {
        let there = self.seen.contains_key(name);
        if there {
            self.change(Change::Unlink(name.to_owned()));
        }
        there
    }

    pub(super) fn sync(&mut self) {
        self.durable.clone_from(&self.seen);
        self.pending.clear();
    }

    /// The power goes: of the changes since the last sync none, all, the first ones, or any of
    /// them stay, always in their order.
    pub(super) fn lose(&mut self, dice: &Dice) {
        let pending = std::mem::take(&mut self.pending);
        let (first, chance) = match dice.below(4) {
            0 => (0, 0),
            1 => (pending.len(), 0),
            2 => (dice.below(pending.len() as u64 + 1) as usize, 0),
            _ => (0, 50),
        };
        for (at, change) in pending.into_iter().enumerate() {
            if at < first || dice.percent(chance) {
                apply(&mut self.durable, &change);
            }
        }
        self.seen.clone_from(&self.durable);
    }

    fn change(&mut self, change: Change) {
        apply(&mut self.seen, &change);
        self.pending.push(change);
    }
}

fn apply(names: &mut BTreeMap<String, u64>, change: &Change) {
    match change {
        Change::Link(name, inode) => _ = names.insert(name.clone(), *inode),
        Change::Rename(from, to, inode) => {
            if names.get(from) == Some(inode) {
                names.remove(from);
            }
            names.insert(to.clone(), *inode);
        }
        Change::Unlink(name) => _ = names.remove(name),
    }
}
