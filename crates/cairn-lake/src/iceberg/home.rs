//! The directory that tables lie in.

use std::io;
use std::sync::Arc;

use cairn_journal::{Disk, DiskFile};

use super::location::{Folder, day_folder, is_id, parse_day};
use super::{Location, TableError};

/// The folder of all tables.
const TABLES: &str = "tables";
const METADATA: &str = "metadata";
const DATA: &str = "data";

/// The lake's directory: every table is `tables/<store>` in it.
#[derive(Clone)]
pub struct Home {
    disk: Arc<dyn Disk>,
}

impl Home {
    pub fn new(disk: Arc<dyn Disk>) -> Self {
        Self { disk }
    }

    /// Where data files of a day go; it is made if it is not there. Who writes one syncs the file,
    /// then the folder, then commits.
    pub fn day(&self, store: &str, day: i32) -> Result<Arc<dyn Disk>, TableError> {
        self.make(&Location::data(store, day, "new"))
    }

    /// Opens a table's file for reading. `None` if there is none.
    pub fn open(&self, location: &Location) -> Result<Option<Box<dyn DiskFile>>, TableError> {
        let opened = self.folder(location).and_then(|folder| folder.open(location.name()));
        match opened {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(TableError::io(location)(error)),
        }
    }

    /// All of a file.
    pub fn read(&self, location: &Location) -> Result<Vec<u8>, TableError> {
        let missing = || TableError::Gone { path: location.to_string() };
        let file = self.open(location)?.ok_or_else(missing)?;
        let read = || {
            let mut bytes = vec![0; file.len()? as usize];
            file.read_exact_at(&mut bytes, 0)?;
            Ok(bytes)
        };
        read().map_err(TableError::io(location))
    }

    /// Writes files of one table's metadata. All are durable when it returns; where one cannot be
    /// written, none stays.
    pub(super) fn write(&self, files: &[(Location, Vec<u8>)]) -> Result<(), TableError> {
        self.write_all(files).inspect_err(|_| {
            let written: Vec<Location> = files.iter().map(|(place, _)| place.clone()).collect();
            // The next start finds what is left.
            let _ = self.remove(&written);
        })
    }

    fn write_all(&self, files: &[(Location, Vec<u8>)]) -> Result<(), TableError> {
        let Some((first, _)) = files.first() else { return Ok(()) };
        let folder = self.make(first)?;
        for (location, bytes) in files {
            let write = || {
                let file = folder.create(location.name(), 0)?;
                file.write_all_at(bytes, 0)?;
                file.sync()
            };
            write().map_err(TableError::io(location))?;
        }
        folder.sync_dir().map_err(TableError::io(first))
    }

    /// Takes files away, and folders of days that are empty then. What is gone already is no error.
    pub fn remove(&self, files: &[Location]) -> Result<(), TableError> {
        let mut sorted: Vec<&Location> = files.iter().collect();
        sorted.sort_unstable();
        for of_folder in sorted.chunk_by(|a, b| a.store() == b.store() && a.folder() == b.folder())
        {
            let Some(first) = of_folder.first() else { continue };
            self.remove_in_folder(first, of_folder).map_err(TableError::io(first))?;
        }
        Ok(())
    }

    fn remove_in_folder(&self, first: &Location, files: &[&Location]) -> io::Result<()> {
        let Some(folder) = there(self.folder(first))? else { return Ok(()) };
        for location in files {
            there(folder.remove(location.name()))?;
        }
        folder.sync_dir()?;
        if let Folder::Day(day) = first.folder()
            && folder.list()?.is_empty()
        {
            let days = self.disk.open_child(TABLES)?.open_child(first.store())?.open_child(DATA)?;
            match days.remove_child(&day_folder(day)) {
                Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {}
                removed => removed?,
            }
            days.sync_dir()?;
        }
        Ok(())
    }

    /// Takes a whole table away. The catalog must not name it any more.
    pub fn remove_table(&self, store: &str) -> Result<(), TableError> {
        let files = self.list(store)?;
        self.remove(&files)?;
        let clear = || {
            let Some(tables) = there(self.disk.open_child(TABLES))? else { return Ok(()) };
            let Some(table) = there(tables.open_child(store))? else { return Ok(()) };
            for folder in table.folders()? {
                let inner = table.open_child(&folder)?;
                for day in inner.folders()? {
                    inner.remove_child(&day)?;
                }
                table.remove_child(&folder)?;
            }
            tables.remove_child(store)?;
            tables.sync_dir()
        };
        clear().map_err(TableError::io(&store))
    }

    /// Ids of the tables that have a folder.
    pub fn tables(&self) -> Result<Vec<String>, TableError> {
        let found = || {
            let Some(tables) = there(self.disk.open_child(TABLES))? else { return Ok(Vec::new()) };
            tables.folders()
        };
        let mut found = found().map_err(TableError::io(&TABLES))?;
        found.retain(|name| is_id(name));
        Ok(found)
    }

    /// All files of a table that there are, whether anything names them or not.
    pub fn list(&self, store: &str) -> Result<Vec<Location>, TableError> {
        let found = || {
            let mut found = Vec::new();
            let Some(tables) = there(self.disk.open_child(TABLES))? else { return Ok(found) };
            let Some(table) = there(tables.open_child(store))? else { return Ok(found) };
            if let Some(metadata) = there(table.open_child(METADATA))? {
                let names = metadata.list()?.into_iter();
                found.extend(names.map(|name| Location::metadata(store, name)));
            }
            if let Some(days) = there(table.open_child(DATA))? {
                for folder in days.folders()? {
                    let Some(day) = parse_day(&folder) else { continue };
                    let names = days.open_child(&folder)?.list()?;
                    found.extend(names.iter().map(|name| Location::data(store, day, name)));
                }
            }
            Ok(found)
        };
        found().map_err(TableError::io(&store))
    }

    /// The folder of a file, which is made if it is not there.
    fn make(&self, location: &Location) -> Result<Arc<dyn Disk>, TableError> {
        let make = || {
            let table = self.disk.child(TABLES)?.child(location.store())?;
            match location.folder() {
                Folder::Metadata => table.child(METADATA),
                Folder::Day(day) => table.child(DATA)?.child(&day_folder(day)),
            }
        };
        make().map_err(TableError::io(location))
    }

    fn folder(&self, location: &Location) -> io::Result<Arc<dyn Disk>> {
        let table = self.disk.open_child(TABLES)?.open_child(location.store())?;
        match location.folder() {
            Folder::Metadata => table.open_child(METADATA),
            Folder::Day(day) => table.open_child(DATA)?.open_child(&day_folder(day)),
        }
    }
}

/// Tells what is not there from what cannot be reached.
fn there<T>(found: io::Result<T>) -> io::Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
