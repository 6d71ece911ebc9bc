//! From a change of a table to the files of its next snapshot.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cairn_core::{Entropy, Timestamp, event_id};

use super::manifest::{self, Entry, Status};
use super::manifest_list::{self, ManifestFile, Tally};
use super::table::Manifest;
use super::{DataFile, Location, Schema, Snapshot, Table, TableError};

/// Manifests of one size are joined when there are this many, so that a table with n files has at
/// most this many times log n of them, and an entry is written anew only log n times. Sizes differ
/// if their logarithms to this base do.
const JOINED: usize = 8;
/// Entries of a manifest that is not joined any more.
const FULL: u64 = 4096;

/// What is to be different in a table.
#[derive(Debug, Clone, Default)]
pub(crate) struct Change {
    /// Written and synced, with the folders that they are in.
    pub added: Vec<DataFile>,
    pub removed: BTreeSet<Location>,
    /// Goes into the snapshot's summary: `cairn.seq`.
    pub summary: BTreeMap<String, String>,
    /// Columns from now on, if they are others.
    pub schema: Option<Schema>,
}

/// A change that is on disk, and that the catalog does not name yet.
///
/// Who drops it leaves orphans, and nothing else.
#[derive(Clone)]
#[must_use = "a change takes effect when the catalog names it"]
pub(crate) struct Pending {
    /// The table after the change.
    pub table: Table,
    /// What nobody needs once the catalog names the change: to be removed after that.
    pub unreferenced: Vec<Location>,
    /// What nobody needs if the catalog never names it.
    pub written: Vec<Location>,
}

/// A manifest of the snapshot in the making.
struct Draft {
    /// `None` for one that is to be written.
    file: Option<ManifestFile>,
    entries: Arc<[Entry]>,
}

/// What makes a snapshot itself and no other.
struct Name {
    snapshot: i64,
    sequence: i64,
    at_ms: i64,
    uuid: String,
}

impl Table {
    /// Writes a change next to what there is. Added files alone are an append, added and removed
    /// ones a replacement that leaves the same rows, removed ones alone a deletion.
    pub(crate) fn commit(
        &self,
        change: Change,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<Pending, TableError> {
        self.check(&change)?;
        let mut metadata = (*self.metadata).clone();
        let at_ms = now.millis().max(metadata.last_updated_ms);
        let schema = change.schema.clone().filter(|schema| *schema != *self.schema);
        if let Some(schema) = &schema {
            metadata.evolve(schema)?;
        }
        let unnamed = metadata.follow(self.location.to_string(), metadata.last_updated_ms);
        let mut after = Table {
            location: self.next_location(entropy),
            schema: schema.map_or_else(|| self.schema.clone(), Arc::new),
            ..self.clone()
        };
        let mut files = Vec::new();
        if change.added.is_empty() && change.removed.is_empty() {
            metadata.last_updated_ms = at_ms;
        } else {
            let name = Name {
                snapshot: snapshot_id(&metadata.snapshots, entropy),
                sequence: metadata.last_sequence_number + 1,
                at_ms,
                uuid: event_id(entropy),
            };
            after.metadata = Arc::new(metadata.clone());
            let drafts = join(self.drafts(&change, &name));
            let manifests = after.write_drafts(drafts, &name, &mut files)?;
            let snapshot = self.snapshot(&change, &name, &after, &manifests);
            let list: Vec<ManifestFile> =
                manifests.iter().map(|manifest| manifest.file.clone()).collect();
            let place = snapshot.manifest_list.parse()?;
            files.push((place, manifest_list::encode(&snapshot, &list)?));
            metadata.add_snapshot(snapshot);
            after.manifests = manifests.into();
        }
        after.metadata = Arc::new(metadata);
        files.push(after.metadata_file()?);
        self.home.write(&files)?;
        let unreferenced = unnamed.iter().map(|file| file.parse()).collect::<Result<_, _>>()?;
        let written = files.into_iter().map(|(location, _)| location).collect();
        Ok(Pending { table: after, unreferenced, written })
    }

    fn check(&self, change: &Change) -> Result<(), TableError> {
        let new_schema = change.schema.as_ref().is_some_and(|schema| *schema != *self.schema);
        if change.added.is_empty() && change.removed.is_empty() && !new_schema {
            return Err(TableError::Empty);
        }
        let live: BTreeSet<&Location> = self.files().map(|file| &file.location).collect();
        if let Some(gone) = change.removed.iter().find(|location| !live.contains(location)) {
            return Err(TableError::Gone { path: gone.to_string() });
        }
        let mut seen = BTreeSet::new();
        for file in &change.added {
            if live.contains(&file.location) || !seen.insert(&file.location) {
                return Err(TableError::Twice { path: file.location.to_string() });
            }
        }
        Ok(())
    }

    /// The manifests of the next snapshot: those that stay, those that lose files, and a new one.
    fn drafts(&self, change: &Change, name: &Name) -> Vec<Draft> {
        let mut drafts = Vec::new();
        for manifest in &*self.manifests {
            let hit =
                |entry: &Entry| entry.is_live() && change.removed.contains(&entry.file.location);
            if manifest.entries.iter().any(hit) {
                let live = manifest.entries.iter().filter(|entry| entry.is_live());
                let entries = live.map(|entry| {
                    let (status, snapshot) = if hit(entry) {
                        (Status::Deleted, name.snapshot)
                    } else {
                        (Status::Existing, entry.snapshot)
                    };
                    Entry { status, snapshot, ..entry.clone() }
                });
                drafts.push(Draft { file: None, entries: entries.collect() });
            } else if manifest.file.live() > 0 {
                let file = Some(manifest.file.clone());
                drafts.push(Draft { file, entries: manifest.entries.clone() });
            }
        }
        if !change.added.is_empty() {
            let entries = change.added.iter().map(|file| Entry {
                status: Status::Added,
                snapshot: name.snapshot,
                sequence: name.sequence,
                file_sequence: name.sequence,
                file: file.clone(),
            });
            drafts.push(Draft { file: None, entries: entries.collect() });
        }
        drafts
    }

    fn write_drafts(
        &self,
        drafts: Vec<Draft>,
        name: &Name,
        files: &mut Vec<(Location, Vec<u8>)>,
    ) -> Result<Vec<Manifest>, TableError> {
        let mut manifests = Vec::new();
        for (index, draft) in drafts.into_iter().enumerate() {
            let entries = draft.entries;
            let file = match draft.file {
                Some(file) => file,
                None => {
                    let place = format!("{}-m{index}.avro", name.uuid);
                    let place = Location::metadata(self.location.store(), place);
                    let bytes = manifest::encode(&self.metadata, &entries)?;
                    let length = bytes.len() as u64;
                    files.push((place.clone(), bytes));
                    ManifestFile::of(place, length, name.sequence, name.snapshot, &entries)
                }
            };
            manifests.push(Manifest { file, entries });
        }
        Ok(manifests)
    }

    fn snapshot(
        &self,
        change: &Change,
        name: &Name,
        after: &Table,
        manifests: &[Manifest],
    ) -> Snapshot {
        let list = format!("snap-{}-1-{}.avro", name.snapshot, name.uuid);
        Snapshot {
            snapshot_id: name.snapshot,
            parent_snapshot_id: self.metadata.current_snapshot_id,
            sequence_number: name.sequence,
            timestamp_ms: name.at_ms,
            manifest_list: Location::metadata(self.location.store(), list).to_string(),
            summary: self.summary(change, manifests),
            schema_id: after.metadata.current_schema_id,
        }
    }

    fn summary(&self, change: &Change, manifests: &[Manifest]) -> BTreeMap<String, String> {
        let operation = match (change.added.is_empty(), change.removed.is_empty()) {
            (false, false) => "replace",
            (true, _) => "delete",
            (false, true) => "append",
        };
        let removed: Vec<&DataFile> =
            self.files().filter(|file| change.removed.contains(&file.location)).collect();
        let entries = manifests.iter().flat_map(|manifest| manifest.entries.iter());
        let total: Vec<&DataFile> =
            entries.filter(|entry| entry.is_live()).map(|entry| &entry.file).collect();
        let added: Vec<&DataFile> = change.added.iter().collect();
        let days: BTreeSet<i32> = added.iter().chain(&removed).map(|file| file.day).collect();
        let mut summary = change.summary.clone();
        let mut note = |key: &str, value: String| summary.insert(key.to_owned(), value);
        note("operation", operation.to_owned());
        note("changed-partition-count", days.len().to_string());
        for (files, key, rows, bytes) in [
            (&added, "added-data-files", "added-records", "added-files-size"),
            (&removed, "deleted-data-files", "deleted-records", "removed-files-size"),
            (&total, "total-data-files", "total-records", "total-files-size"),
        ] {
            if files.is_empty() && key != "total-data-files" {
                continue;
            }
            let tally =
                Tally { files: files.len() as u64, rows: files.iter().map(|file| file.rows).sum() };
            note(key, tally.files.to_string());
            note(rows, tally.rows.to_string());
            note(bytes, files.iter().map(|file| file.bytes).sum::<u64>().to_string());
        }
        for key in ["total-delete-files", "total-position-deletes", "total-equality-deletes"] {
            note(key, "0".to_owned());
        }
        summary
    }
}

/// Joins small manifests until no size has [`JOINED`] of them. Those that tell of removed files
/// stay by themselves until the next change.
fn join(mut drafts: Vec<Draft>) -> Vec<Draft> {
    loop {
        let mut sizes: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (index, draft) in drafts.iter().enumerate() {
            let live = draft.entries.iter().filter(|entry| entry.is_live()).count();
            let whole = draft.file.is_some() || live == draft.entries.len();
            if whole && (live as u64) < FULL {
                sizes.entry(live.max(1).ilog(JOINED)).or_default().push(index);
            }
        }
        let Some(joined) = sizes.into_values().find(|indices| indices.len() >= JOINED) else {
            return drafts;
        };
        let mut entries = Vec::new();
        for index in joined.iter().rev() {
            let draft = drafts.remove(*index);
            let live = draft.entries.iter().filter(|entry| entry.is_live());
            // What came with an earlier snapshot is not added once more.
            let status = |entry: &Entry| match draft.file {
                Some(_) => Status::Existing,
                None => entry.status,
            };
            entries.extend(live.map(|entry| Entry { status: status(entry), ..entry.clone() }));
        }
        entries.sort_by(|a, b| (a.file.day, &a.file.location).cmp(&(b.file.day, &b.file.location)));
        drafts.push(Draft { file: None, entries: entries.into() });
    }
}

fn snapshot_id(taken: &[Snapshot], entropy: &dyn Entropy) -> i64 {
    loop {
        let mut bytes = [0; 8];
        entropy.fill(&mut bytes);
        let id = i64::from_le_bytes(bytes) & i64::MAX;
        if id != 0 && taken.iter().all(|snapshot| snapshot.snapshot_id != id) {
            return id;
        }
    }
}
