//! The table metadata file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::{Schema, TableError};

/// The column that tables are partitioned by.
pub(super) const PARTITIONED_BY: &str = "eventtime";
/// What its partition field is called.
pub(super) const PARTITION: &str = "eventtime_day";
pub(super) const PARTITION_ID: i32 = 1000;
/// The order of rows within a file, by those of these columns that the table has.
const SORTED_BY: [&str; 3] = ["eventname", "_eventdata_eventname", "eventtime"];
pub(super) const SORT_ORDER: i32 = 1;

/// Earlier metadata files that a metadata file names.
pub(super) const METADATA_LOG: usize = 20;
/// Earlier snapshots that the history of current ones keeps.
const SNAPSHOT_LOG: usize = 1000;

/// What a table is, as of one change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct TableMetadata {
    pub format_version: i32,
    pub table_uuid: String,
    pub location: String,
    pub last_sequence_number: i64,
    /// Milliseconds since 1970. Never goes back.
    pub last_updated_ms: i64,
    pub last_column_id: i32,
    pub schemas: Vec<Json>,
    pub current_schema_id: i32,
    pub partition_specs: Vec<Json>,
    pub default_spec_id: i32,
    pub last_partition_id: i32,
    pub sort_orders: Vec<Json>,
    pub default_sort_order_id: i32,
    pub properties: BTreeMap<String, String>,
    /// Left out while there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_snapshot_id: Option<i64>,
    pub snapshots: Vec<Snapshot>,
    pub snapshot_log: Vec<SnapshotLogEntry>,
    pub metadata_log: Vec<MetadataLogEntry>,
    pub refs: BTreeMap<String, Reference>,
}

/// What a table held from one change to the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(clippy::struct_field_names, reason = "the names are the format's")]
pub(crate) struct Snapshot {
    pub snapshot_id: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_snapshot_id: Option<i64>,
    pub sequence_number: i64,
    pub timestamp_ms: i64,
    pub manifest_list: String,
    /// `operation`, and what changed.
    pub summary: BTreeMap<String, String>,
    pub schema_id: i32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct SnapshotLogEntry {
    pub timestamp_ms: i64,
    pub snapshot_id: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct MetadataLogEntry {
    pub timestamp_ms: i64,
    pub metadata_file: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Reference {
    pub snapshot_id: i64,
    pub r#type: String,
}

impl TableMetadata {
    pub(super) fn new(
        uuid: String,
        location: String,
        schema: &Schema,
        properties: BTreeMap<String, String>,
        now_ms: i64,
    ) -> Result<Self, TableError> {
        let mut metadata = Self {
            format_version: 2,
            table_uuid: uuid,
            location,
            last_sequence_number: 0,
            last_updated_ms: now_ms,
            last_column_id: schema.last_id(),
            schemas: vec![schema.to_json(0)],
            current_schema_id: 0,
            partition_specs: vec![json!({"spec-id": 0, "fields": [partition_field(schema)?]})],
            default_spec_id: 0,
            last_partition_id: PARTITION_ID,
            sort_orders: vec![sort_order(schema)],
            default_sort_order_id: SORT_ORDER,
            properties,
            current_snapshot_id: None,
            snapshots: Vec::new(),
            snapshot_log: Vec::new(),
            metadata_log: Vec::new(),
            refs: BTreeMap::new(),
        };
        metadata.map_names(schema)?;
        Ok(metadata)
    }

    pub(super) fn schema(&self) -> Option<Schema> {
        let id = Json::from(self.current_schema_id);
        let current = self.schemas.iter().find(|schema| schema.get("schema-id") == Some(&id));
        Schema::from_json(current?)
    }

    pub(crate) fn current_snapshot(&self) -> Option<&Snapshot> {
        let id = self.current_snapshot_id?;
        self.snapshots.iter().find(|snapshot| snapshot.snapshot_id == id)
    }

    /// Adds a schema and makes it the one for what follows. Ids are for ever: a column that both
    /// have keeps its own.
    pub(super) fn evolve(&mut self, schema: &Schema) -> Result<(), TableError> {
        let ids = self.schemas.iter().filter_map(|schema| schema.get("schema-id")?.as_i64());
        self.current_schema_id = ids.max().map_or(0, |id| id as i32 + 1);
        self.schemas.push(schema.to_json(self.current_schema_id));
        self.last_column_id = self.last_column_id.max(schema.last_id());
        self.map_names(schema)
    }

    pub(super) fn add_snapshot(&mut self, snapshot: Snapshot) {
        let (id, at) = (snapshot.snapshot_id, snapshot.timestamp_ms);
        self.last_sequence_number = snapshot.sequence_number;
        self.last_updated_ms = at;
        self.current_snapshot_id = Some(id);
        self.snapshots.push(snapshot);
        self.snapshot_log.push(SnapshotLogEntry { timestamp_ms: at, snapshot_id: id });
        let excess = self.snapshot_log.len().saturating_sub(SNAPSHOT_LOG);
        self.snapshot_log.drain(..excess);
        let main = Reference { snapshot_id: id, r#type: "branch".to_owned() };
        self.refs.insert("main".to_owned(), main);
    }

    /// Notes the file that this metadata follows. Gives the files that are not named any more.
    pub(super) fn follow(&mut self, file: String, at_ms: i64) -> Vec<String> {
        self.metadata_log.push(MetadataLogEntry { timestamp_ms: at_ms, metadata_file: file });
        let excess = self.metadata_log.len().saturating_sub(METADATA_LOG);
        self.metadata_log.drain(..excess).map(|entry| entry.metadata_file).collect()
    }

    fn map_names(&mut self, schema: &Schema) -> Result<(), TableError> {
        let mapping = serde_json::to_string(&schema.name_mapping())?;
        self.properties.insert("schema.name-mapping.default".to_owned(), mapping);
        Ok(())
    }
}

/// The one field of the partition spec.
pub(super) fn partition_field(schema: &Schema) -> Result<Json, TableError> {
    let missing = TableError::Partition { column: PARTITIONED_BY };
    let source = schema.column(PARTITIONED_BY).ok_or(missing)?.id;
    Ok(json!({
        "source-id": source, "field-id": PARTITION_ID, "name": PARTITION, "transform": "day",
    }))
}

fn sort_order(schema: &Schema) -> Json {
    let columns = SORTED_BY.iter().filter_map(|name| schema.column(name));
    let fields: Vec<Json> = columns
        .map(|column| {
            json!({
                "transform": "identity", "source-id": column.id,
                "direction": "asc", "null-order": "nulls-first",
            })
        })
        .collect();
    json!({"order-id": SORT_ORDER, "fields": fields})
}
