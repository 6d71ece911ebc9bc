//! Where a table's files are: as other engines name them, and on disk.
//!
//! `s3://cairn-lake/<store>/metadata/<file>` lies in `tables/<store>/metadata/<file>`, and
//! `s3://cairn-lake/<store>/data/eventtime_day=2026-04-18/<file>` in
//! `tables/<store>/data/eventtime_day=2026-04-18/<file>`.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;

use super::TableError;

/// The reserved bucket that tables are read through.
pub const BUCKET: &str = "cairn-lake";

/// What folders of days begin with: Iceberg's name of the partition field.
const DAY: &str = "eventtime_day=";

/// Bytes of a file's name.
const NAME_BYTES: usize = 128;

/// A file of a table. It has a valid shape, which does not mean that it exists.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Location {
    store: String,
    folder: Folder,
    name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Folder {
    Metadata,
    /// Days since 1970.
    Day(i32),
}

impl Location {
    pub(super) fn metadata(store: &str, name: String) -> Self {
        Self { store: store.to_owned(), folder: Folder::Metadata, name }
    }

    /// A data file of a day, in days since 1970.
    pub fn data(store: &str, day: i32, name: &str) -> Self {
        Self { store: store.to_owned(), folder: Folder::Day(day), name: name.to_owned() }
    }

    /// From a key of the reserved bucket: `<store>/metadata/<file>`. Only the one spelling of each
    /// file is taken, and nothing that leads elsewhere.
    pub fn parse_key(key: &str) -> Option<Self> {
        let (store, rest) = key.split_once('/')?;
        let (folder, name) = match rest.split_once('/')? {
            ("metadata", name) => (Folder::Metadata, name),
            ("data", rest) => {
                let (folder, name) = rest.split_once('/')?;
                (Folder::Day(parse_day(folder)?), name)
            }
            _ => return None,
        };
        (is_id(store) && is_name(name)).then(|| Self {
            store: store.to_owned(),
            folder,
            name: name.to_owned(),
        })
    }

    pub fn store(&self) -> &str {
        &self.store
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn folder(&self) -> Folder {
        self.folder
    }

    /// The key within [`BUCKET`].
    pub fn key(&self) -> String {
        match self.folder {
            Folder::Metadata => format!("{}/metadata/{}", self.store, self.name),
            Folder::Day(day) => format!("{}/data/{}/{}", self.store, day_folder(day), self.name),
        }
    }

    /// The path below the lake's directory.
    pub fn path(&self) -> String {
        format!("tables/{}", self.key())
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{BUCKET}/{}", self.key())
    }
}

impl FromStr for Location {
    type Err = TableError;

    fn from_str(text: &str) -> Result<Self, TableError> {
        let key = text.strip_prefix("s3://").and_then(|rest| rest.strip_prefix(BUCKET));
        let found = key.and_then(|key| key.strip_prefix('/')).and_then(Self::parse_key);
        found.ok_or_else(|| TableError::Location { text: text.to_owned() })
    }
}

/// A table's own location.
pub(super) fn table(store: &str) -> String {
    format!("s3://{BUCKET}/{store}")
}

pub(super) fn day_folder(day: i32) -> String {
    let epoch = Date::constant(1970, 1, 1);
    let date =
        epoch.saturating_add(jiff::Span::new().days(i64::from(day).clamp(-719_000, 2_932_000)));
    format!("{DAY}{date}")
}

pub(super) fn parse_day(folder: &str) -> Option<i32> {
    let date: Date = folder.strip_prefix(DAY)?.parse().ok()?;
    let since = date.since((jiff::Unit::Day, Date::constant(1970, 1, 1))).ok()?;
    let day = since.get_days();
    (day_folder(day) == folder).then_some(day)
}

/// A store's id is a UUID; nothing else is ever a folder of `tables`.
pub(super) fn is_id(store: &str) -> bool {
    store.len() == 36 && store.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-'))
}

fn is_name(name: &str) -> bool {
    !name.starts_with('.')
        && !name.is_empty()
        && name.len() <= NAME_BYTES
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STORE: &str = "11111111-2222-4333-8444-555555555555";

    #[test]
    fn every_location_has_one_spelling() {
        for location in [
            Location::metadata(STORE, "00001-a.metadata.json".to_owned()),
            Location::data(STORE, 20_561, "a.parquet"),
            Location::data(STORE, -1, "a.parquet"),
        ] {
            let text = location.to_string();
            assert_eq!(text.parse::<Location>().unwrap(), location, "{text}");
        }
        let day = Location::data(STORE, 20_561, "a.parquet").key();
        assert_eq!(day, format!("{STORE}/data/eventtime_day=2026-04-18/a.parquet"));
    }

    #[test]
    fn what_leads_elsewhere_is_no_location() {
        for key in [
            "",
            STORE,
            &format!("{STORE}/metadata/"),
            &format!("{STORE}/metadata/.."),
            &format!("{STORE}/metadata/../a"),
            &format!("{STORE}/metadata/a/b"),
            &format!("{STORE}//a"),
            &format!("{STORE}/data/a.parquet"),
            &format!("{STORE}/data/eventtime_day=2026-4-18/a.parquet"),
            &format!("{STORE}/data/eventtime_day=2026-04-31/a.parquet"),
            &format!("{STORE}/data/eventtime_day=20260418/a.parquet"),
            "../metadata/a",
            "11111111-2222-4333-8444-55555555555/metadata/a",
        ] {
            assert_eq!(Location::parse_key(key), None, "{key}");
        }
    }
}
