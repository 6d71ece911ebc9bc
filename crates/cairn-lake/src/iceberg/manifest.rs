//! Manifests: lists of data files.

use std::sync::LazyLock;

use apache_avro::Schema as AvroSchema;
use apache_avro::types::Value as Avro;
use serde_json::json;

use super::avro::{Row, field, int, long, map_type, maybe, optional, read, record, write};
use super::metadata::{PARTITION, PARTITION_ID, TableMetadata, partition_field};
use super::{DataFile, TableError};

/// A data file as a manifest has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(super) status: Status,
    /// The snapshot that added the file or, if the status says so, removed it.
    pub snapshot: i64,
    /// The change that its rows came with, and the one that the file came with.
    pub(super) sequence: i64,
    pub(super) file_sequence: i64,
    pub file: DataFile,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Existing = 0,
    Added = 1,
    Deleted = 2,
}

impl Entry {
    pub(super) fn is_live(&self) -> bool {
        self.status != Status::Deleted
    }

    fn to_avro(&self) -> Avro {
        record([
            ("status", int(self.status as i32)),
            ("snapshot_id", maybe(Some(long(self.snapshot)))),
            ("sequence_number", maybe(Some(long(self.sequence)))),
            ("file_sequence_number", maybe(Some(long(self.file_sequence)))),
            ("data_file", self.file.to_avro()),
        ])
    }

    fn from_avro(value: Avro) -> Option<Self> {
        let mut row = Row::of(value)?;
        let status = match row.long("status")? {
            0 => Status::Existing,
            1 => Status::Added,
            2 => Status::Deleted,
            _ => return None,
        };
        Some(Self {
            status,
            snapshot: row.long("snapshot_id")?,
            sequence: row.long("sequence_number")?,
            file_sequence: row.long("file_sequence_number")?,
            file: DataFile::from_avro(row.take("data_file")?)?,
        })
    }
}

pub(super) fn encode(table: &TableMetadata, entries: &[Entry]) -> Result<Vec<u8>, TableError> {
    let schema = table.schemas.iter().find(|schema| {
        schema.get("schema-id").and_then(serde_json::Value::as_i64)
            == Some(i64::from(table.current_schema_id))
    });
    let columns = table
        .schema()
        .ok_or_else(|| TableError::damaged(&table.location, "it has no current schema"))?;
    let metadata = [
        ("schema", serde_json::to_string(&schema)?),
        ("schema-id", table.current_schema_id.to_string()),
        ("partition-spec", serde_json::to_string(&[partition_field(&columns)?])?),
        ("partition-spec-id", table.default_spec_id.to_string()),
        ("format-version", "2".to_owned()),
        ("content", "data".to_owned()),
    ];
    write(&SCHEMA, &metadata, entries.iter().map(Entry::to_avro))
}

pub(super) fn decode(path: &impl ToString, bytes: &[u8]) -> Result<Vec<Entry>, TableError> {
    read(path, bytes, Entry::from_avro)
}

static SCHEMA: LazyLock<AvroSchema> = LazyLock::new(|| {
    let long_list = json!({"type": "array", "items": "long", "element-id": 133});
    let day = json!({"type": "int", "logicalType": "date"});
    let fields = [optional(PARTITION_ID, PARTITION, day)];
    let partition = json!({"type": "record", "name": "r102", "fields": fields});
    let data_file = json!({"type": "record", "name": "r2", "fields": [
        field(134, "content", "int"),
        field(100, "file_path", "string"),
        field(101, "file_format", "string"),
        field(102, "partition", partition),
        field(103, "record_count", "long"),
        field(104, "file_size_in_bytes", "long"),
        optional(108, "column_sizes", map_type(117, 118, "long")),
        optional(109, "value_counts", map_type(119, 120, "long")),
        optional(110, "null_value_counts", map_type(121, 122, "long")),
        optional(125, "lower_bounds", map_type(126, 127, "bytes")),
        optional(128, "upper_bounds", map_type(129, 130, "bytes")),
        optional(132, "split_offsets", long_list),
        optional(140, "sort_order_id", "int"),
    ]});
    let entry = json!({"type": "record", "name": "manifest_entry", "fields": [
        field(0, "status", "int"),
        optional(1, "snapshot_id", "long"),
        optional(3, "sequence_number", "long"),
        optional(4, "file_sequence_number", "long"),
        field(2, "data_file", data_file),
    ]});
    AvroSchema::parse(&entry).expect("the schema of manifests is one of Avro")
});
