//! Forgetting old snapshots, and with them the files that only they had.

use std::collections::BTreeSet;
use std::sync::Arc;

use cairn_core::{Entropy, Timestamp};

use super::{Location, Pending, Snapshot, Table, TableError};

/// Which snapshots go. The current one never does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Expiry {
    /// Those that another one took the place of before.
    pub before: Timestamp,
    /// Those that are not among so many newest ones, and that nobody is at who began to read at
    /// `reading` or later.
    pub most: usize,
    pub reading: Timestamp,
}

impl Table {
    /// Writes metadata without the old snapshots. `None` if there are none.
    ///
    /// [`Pending::unreferenced`] has the files that only they had. Readers that are still at one of
    /// them fail once those are removed: they have the expiry's age, or less where there are more
    /// snapshots than it keeps.
    pub(crate) fn expire(
        &self,
        expiry: Expiry,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<Option<Pending>, TableError> {
        let mut metadata = (*self.metadata).clone();
        let spare = metadata.snapshots.len().saturating_sub(expiry.most);
        let replaced = |index: usize, before: Timestamp| {
            let next = metadata.snapshots.get(index + 1);
            next.is_some_and(|next| next.timestamp_ms < before.millis())
        };
        let goes = |index: usize, snapshot: &Snapshot| {
            (index < spare && replaced(index, expiry.reading) || replaced(index, expiry.before))
                && Some(snapshot.snapshot_id) != metadata.current_snapshot_id
        };
        let (mut gone, mut kept) = (Vec::new(), Vec::new());
        for (index, snapshot) in metadata.snapshots.iter().enumerate() {
            let side = if goes(index, snapshot) { &mut gone } else { &mut kept };
            side.push(snapshot.clone());
        }
        if gone.is_empty() {
            return Ok(None);
        }
        let mut unreferenced = self.only_in(&gone, &kept)?;
        let ids: BTreeSet<i64> = kept.iter().map(|snapshot| snapshot.snapshot_id).collect();
        metadata.snapshots = kept;
        metadata.snapshot_log.retain(|entry| ids.contains(&entry.snapshot_id));
        let unnamed = metadata.follow(self.location.to_string(), metadata.last_updated_ms);
        metadata.last_updated_ms = now.millis().max(metadata.last_updated_ms);
        let after = Table {
            location: self.next_location(entropy),
            metadata: Arc::new(metadata),
            ..self.clone()
        };
        self.home.write(&[after.metadata_file()?])?;
        for file in unnamed {
            unreferenced.push(file.parse()?);
        }
        let written = vec![after.location.clone()];
        Ok(Some(Pending { table: after, unreferenced, written }))
    }

    /// Manifest lists, manifests and data files that are in some of `gone` and in none of `kept`.
    fn only_in(&self, gone: &[Snapshot], kept: &[Snapshot]) -> Result<Vec<Location>, TableError> {
        let (gone_manifests, kept_manifests) = (self.manifests_of(gone)?, self.manifests_of(kept)?);
        let mut files = BTreeSet::new();
        let mut unreferenced = Vec::new();
        for snapshot in gone {
            unreferenced.push(snapshot.manifest_list.parse()?);
        }
        for location in gone_manifests.difference(&kept_manifests) {
            for entry in &*self.entries_of(location)? {
                files.insert(entry.file.location.clone());
            }
            unreferenced.push(location.clone());
        }
        for location in &kept_manifests {
            for entry in self.entries_of(location)?.iter().filter(|entry| entry.is_live()) {
                files.remove(&entry.file.location);
            }
        }
        unreferenced.extend(files);
        Ok(unreferenced)
    }

    fn manifests_of(&self, snapshots: &[Snapshot]) -> Result<BTreeSet<Location>, TableError> {
        let mut found = BTreeSet::new();
        for snapshot in snapshots {
            let list = self.list_of(&snapshot.manifest_list)?;
            found.extend(list.into_iter().map(|file| file.location));
        }
        Ok(found)
    }
}
