//! Manifest lists: what a snapshot holds.

use std::sync::LazyLock;

use apache_avro::Schema as AvroSchema;
use apache_avro::types::Value as Avro;
use serde_json::json;

use super::avro::{
    Row, binary, field, int, list, long, maybe, optional, read, record, text, write,
};
use super::manifest::{Entry, Status};
use super::{Location, Snapshot, TableError, Value};

/// A manifest as a snapshot has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ManifestFile {
    pub(super) location: Location,
    pub(super) bytes: u64,
    /// The change that it came with.
    pub(super) sequence: i64,
    /// The oldest change of a live file.
    pub(super) min_sequence: i64,
    pub(super) snapshot: i64,
    pub(super) added: Tally,
    pub(super) existing: Tally,
    pub(super) deleted: Tally,
    /// The first and the last day of its files; none for a manifest without any.
    pub(super) days: Option<(i32, i32)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Tally {
    pub(super) files: u64,
    pub(super) rows: u64,
}

impl ManifestFile {
    pub(super) fn of(
        location: Location,
        bytes: u64,
        sequence: i64,
        snapshot: i64,
        entries: &[Entry],
    ) -> Self {
        let tally = |status| {
            let of = entries.iter().filter(|entry| entry.status == status);
            of.fold(Tally::default(), |sum, entry| Tally {
                files: sum.files + 1,
                rows: sum.rows + entry.file.rows,
            })
        };
        let days = entries.iter().map(|entry| entry.file.day);
        let live = entries.iter().filter(|entry| entry.is_live());
        Self {
            location,
            bytes,
            sequence,
            min_sequence: live.map(|entry| entry.sequence).min().unwrap_or(sequence),
            snapshot,
            added: tally(Status::Added),
            existing: tally(Status::Existing),
            deleted: tally(Status::Deleted),
            days: days.clone().min().zip(days.max()),
        }
    }

    /// How many files a reader finds in it.
    pub(super) fn live(&self) -> u64 {
        self.added.files + self.existing.files
    }

    fn to_avro(&self) -> Avro {
        let partitions = self.days.iter().map(|(first, last)| {
            record([
                ("contains_null", Avro::Boolean(false)),
                ("contains_nan", maybe(Some(Avro::Boolean(false)))),
                ("lower_bound", maybe(Some(binary(&Value::Date(*first).encode())))),
                ("upper_bound", maybe(Some(binary(&Value::Date(*last).encode())))),
            ])
        });
        record([
            ("manifest_path", text(&self.location)),
            ("manifest_length", long(self.bytes as i64)),
            ("partition_spec_id", int(0)),
            ("content", int(0)),
            ("sequence_number", long(self.sequence)),
            ("min_sequence_number", long(self.min_sequence)),
            ("added_snapshot_id", long(self.snapshot)),
            ("added_files_count", int(self.added.files as i32)),
            ("existing_files_count", int(self.existing.files as i32)),
            ("deleted_files_count", int(self.deleted.files as i32)),
            ("added_rows_count", long(self.added.rows as i64)),
            ("existing_rows_count", long(self.existing.rows as i64)),
            ("deleted_rows_count", long(self.deleted.rows as i64)),
            ("partitions", list(partitions)),
        ])
    }

    fn from_avro(value: Avro) -> Option<Self> {
        let mut row = Row::of(value)?;
        let mut days = None;
        for partition in row.array("partitions")? {
            let mut partition = Row::of(partition)?;
            let mut day = |name| match partition.take(name)? {
                Avro::Bytes(bytes) => Some(i32::from_le_bytes(bytes.try_into().ok()?)),
                _ => None,
            };
            days = Some((day("lower_bound")?, day("upper_bound")?));
        }
        let mut tally =
            |files, rows| Some(Tally { files: row.count(files)?, rows: row.count(rows)? });
        Some(Self {
            added: tally("added_files_count", "added_rows_count")?,
            existing: tally("existing_files_count", "existing_rows_count")?,
            deleted: tally("deleted_files_count", "deleted_rows_count")?,
            location: row.text("manifest_path")?.parse().ok()?,
            bytes: row.count("manifest_length")?,
            sequence: row.long("sequence_number")?,
            min_sequence: row.long("min_sequence_number")?,
            snapshot: row.long("added_snapshot_id")?,
            days,
        })
    }
}

pub(super) fn encode(
    snapshot: &Snapshot,
    manifests: &[ManifestFile],
) -> Result<Vec<u8>, TableError> {
    let parent = snapshot.parent_snapshot_id.map_or("null".to_owned(), |id| id.to_string());
    let metadata = [
        ("snapshot-id", snapshot.snapshot_id.to_string()),
        ("parent-snapshot-id", parent),
        ("sequence-number", snapshot.sequence_number.to_string()),
        ("format-version", "2".to_owned()),
    ];
    write(&SCHEMA, &metadata, manifests.iter().map(ManifestFile::to_avro))
}

pub(super) fn decode(path: &impl ToString, bytes: &[u8]) -> Result<Vec<ManifestFile>, TableError> {
    read(path, bytes, ManifestFile::from_avro)
}

static SCHEMA: LazyLock<AvroSchema> = LazyLock::new(|| {
    let summary = json!({"type": "record", "name": "r508", "fields": [
        field(509, "contains_null", "boolean"),
        optional(518, "contains_nan", "boolean"),
        optional(510, "lower_bound", "bytes"),
        optional(511, "upper_bound", "bytes"),
    ]});
    let partitions = json!({"type": "array", "items": summary, "element-id": 508});
    let manifest = json!({"type": "record", "name": "manifest_file", "fields": [
        field(500, "manifest_path", "string"),
        field(501, "manifest_length", "long"),
        field(502, "partition_spec_id", "int"),
        field(517, "content", "int"),
        field(515, "sequence_number", "long"),
        field(516, "min_sequence_number", "long"),
        field(503, "added_snapshot_id", "long"),
        field(504, "added_files_count", "int"),
        field(505, "existing_files_count", "int"),
        field(506, "deleted_files_count", "int"),
        field(512, "added_rows_count", "long"),
        field(513, "existing_rows_count", "long"),
        field(514, "deleted_rows_count", "long"),
        optional(507, "partitions", partitions),
    ]});
    AvroSchema::parse(&manifest).expect("the schema of manifest lists is one of Avro")
});
