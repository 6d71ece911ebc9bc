use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cairn_core::{Entropy, Timestamp, event_id};

use super::manifest::{self, Entry};
use super::manifest_list::{self, ManifestFile};
use super::{DataFile, Home, Location, Pending, Schema, TableError, TableMetadata, location};

/// A table as of one change. It never changes: a commit gives another one.
#[derive(Clone)]
pub(crate) struct Table {
    pub(super) home: Home,
    /// Its metadata file.
    pub(super) location: Location,
    pub(super) metadata: Arc<TableMetadata>,
    pub(super) schema: Arc<Schema>,
    pub(super) manifests: Arc<[Manifest]>,
}

/// A manifest of the current snapshot, and what it says.
#[derive(Clone)]
pub(super) struct Manifest {
    pub(super) file: ManifestFile,
    pub(super) entries: Arc<[Entry]>,
}

/// A table to be made.
#[derive(Debug, Clone)]
pub(crate) struct NewTable<'a> {
    /// The event data store's id: a UUID in lower case.
    pub store: &'a str,
    pub schema: &'a Schema,
    pub properties: BTreeMap<String, String>,
}

impl Table {
    /// Writes the metadata of a table that holds nothing yet. It exists once the catalog names it.
    pub(crate) fn create(
        home: &Home,
        new: NewTable<'_>,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<Pending, TableError> {
        let place = location::table(new.store);
        let uuid = event_id(entropy);
        let metadata = TableMetadata::new(uuid, place, new.schema, new.properties, now.millis())?;
        let name = metadata_name(0, entropy);
        let table = Self {
            home: home.clone(),
            location: Location::metadata(new.store, name),
            metadata: Arc::new(metadata),
            schema: Arc::new(new.schema.clone()),
            manifests: Arc::new([]),
        };
        home.write(&[table.metadata_file()?])?;
        let written = vec![table.location.clone()];
        Ok(Pending { table, unreferenced: Vec::new(), written })
    }

    /// Reads a table as the catalog names it, manifests and all.
    pub(crate) fn load(home: &Home, metadata_location: &str) -> Result<Self, TableError> {
        let location: Location = metadata_location.parse()?;
        let damaged = |detail: &str| TableError::damaged(&location, detail);
        let metadata: TableMetadata = serde_json::from_slice(&home.read(&location)?)
            .map_err(|error| TableError::damaged(&location, error))?;
        if metadata.format_version != 2 {
            return Err(damaged("its format is not version 2"));
        }
        let schema = metadata.schema().ok_or_else(|| damaged("it has no current schema"))?;
        let files = match metadata.current_snapshot() {
            Some(snapshot) => read_list(home, &snapshot.manifest_list)?,
            None => Vec::new(),
        };
        let manifests = files.into_iter().map(|file| {
            let entries = read_manifest(home, &file.location)?.into();
            Ok(Manifest { file, entries })
        });
        let manifests = manifests.collect::<Result<Vec<_>, TableError>>()?;
        Ok(Self {
            home: home.clone(),
            location,
            metadata: Arc::new(metadata),
            schema: Arc::new(schema),
            manifests: manifests.into(),
        })
    }

    /// What the catalog's row has to name.
    pub(crate) fn location(&self) -> &Location {
        &self.location
    }

    pub(crate) fn metadata(&self) -> &TableMetadata {
        &self.metadata
    }

    /// The files that hold the table's rows.
    pub(crate) fn files(&self) -> impl Iterator<Item = &DataFile> + Clone {
        self.entries().map(|entry| &entry.file)
    }

    /// [`Table::files`], with the changes that they came with.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> + Clone {
        let entries = self.manifests.iter().flat_map(|manifest| manifest.entries.iter());
        entries.filter(|entry| entry.is_live())
    }

    /// Files of the table that nothing names: what a crash between writing and the catalog's change
    /// has left, or between a change and the removal of what it made superfluous. Nobody may be
    /// writing to the table.
    pub(crate) fn orphans(&self) -> Result<Vec<Location>, TableError> {
        let mut named = BTreeSet::from([self.location.clone()]);
        for entry in &self.metadata.metadata_log {
            named.insert(entry.metadata_file.parse()?);
        }
        let mut manifests = BTreeSet::new();
        for snapshot in &self.metadata.snapshots {
            named.insert(snapshot.manifest_list.parse()?);
            let list = self.list_of(&snapshot.manifest_list)?;
            manifests.extend(list.into_iter().map(|file| file.location));
        }
        for location in manifests {
            let entries = self.entries_of(&location)?;
            let live = entries.iter().filter(|entry| entry.is_live());
            named.extend(live.map(|entry| entry.file.location.clone()));
            named.insert(location);
        }
        let mut found = self.home.list(self.location.store())?;
        found.retain(|location| !named.contains(location));
        Ok(found)
    }

    /// The metadata file's own place and content.
    pub(super) fn metadata_file(&self) -> Result<(Location, Vec<u8>), TableError> {
        Ok((self.location.clone(), serde_json::to_vec(&*self.metadata)?))
    }

    /// The place of the metadata that follows this one.
    pub(super) fn next_location(&self, entropy: &dyn Entropy) -> Location {
        let number = self.location.name().split('-').next().and_then(|number| number.parse().ok());
        let number: u64 = number.unwrap_or(0);
        Location::metadata(self.location.store(), metadata_name(number + 1, entropy))
    }

    pub(super) fn list_of(&self, manifest_list: &str) -> Result<Vec<ManifestFile>, TableError> {
        let current = self.metadata.current_snapshot();
        if current.is_some_and(|snapshot| snapshot.manifest_list == manifest_list) {
            return Ok(self.manifests.iter().map(|manifest| manifest.file.clone()).collect());
        }
        read_list(&self.home, manifest_list)
    }

    /// What a manifest says; the ones of the current snapshot are in memory.
    pub(super) fn entries_of(&self, location: &Location) -> Result<Arc<[Entry]>, TableError> {
        match self.manifests.iter().find(|manifest| manifest.file.location == *location) {
            Some(manifest) => Ok(manifest.entries.clone()),
            None => Ok(read_manifest(&self.home, location)?.into()),
        }
    }
}

fn read_list(home: &Home, manifest_list: &str) -> Result<Vec<ManifestFile>, TableError> {
    let location: Location = manifest_list.parse()?;
    manifest_list::decode(&location, &home.read(&location)?)
}

fn read_manifest(home: &Home, location: &Location) -> Result<Vec<Entry>, TableError> {
    manifest::decode(location, &home.read(location)?)
}

fn metadata_name(number: u64, entropy: &dyn Entropy) -> String {
    format!("{number:05}-{}.metadata.json", event_id(entropy))
}
