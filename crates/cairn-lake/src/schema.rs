//! The columns of the lake's tables: what SQL shows, what files hold, and the ids by which other
//! engines know them.
//!
//! In memory no type carries metadata, so that types of batches, of files and of expressions are
//! equal; only [`with_ids`] has the ids, for what is written into files and table metadata.

mod activity;
mod compliance;
mod events;
mod insights;

use std::sync::{Arc, OnceLock};

use arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema, SchemaRef, TimeUnit};
use cairn_core::limits;
use cairn_ports::lake::TableSchema;
use parquet::arrow::PARQUET_FIELD_ID_META_KEY;

/// The record's place in the journal; null for rows that were imported.
pub(crate) const SEQ: &str = "_seq";
/// How `eventjson` is rendered from the other columns.
pub(crate) const SHAPE: &str = "_shape";
/// When the event was; the column that days are made of.
pub(crate) const EVENT_TIME: &str = "eventtime";
/// The record's text, stored where rendering would not give the same bytes.
pub(crate) const EVENT_JSON: &str = "eventjson";
/// SHA-256 of the record's text; computed where asked for.
pub(crate) const EVENT_JSON_CHECKSUM: &str = "eventjsonchecksum";

const SEQ_ID: i32 = 1001;
const SHAPE_ID: i32 = 1002;
const EVENT_JSON_ID: i32 = 1003;
/// Ids of promoted columns are those of the leaves they copy, moved up by this.
const PROMOTED_ID: i32 = 2000;
/// Where the ids of keys' columns begin.
const KEY_ID: i32 = 3000;

/// A column, or a field inside of one.
#[derive(Debug)]
pub(crate) struct Member {
    /// The field's id in files, and in shapes, where it is one byte. Never given to another field.
    pub(crate) id: u8,
    /// The member of the record. In lower case it is the column's name.
    pub(crate) json: &'static str,
    pub(crate) kind: Kind,
}

/// A key of a map whose values files hold flat besides.
#[derive(Debug)]
pub(crate) struct Key {
    /// Of its column, which lies above those of members. Never given to another key.
    pub(crate) id: u8,
    /// The column that is the map.
    pub(crate) map: &'static str,
    pub(crate) name: &'static str,
    pub(crate) column: &'static str,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Text,
    /// A text as it is, any other value as its JSON.
    Json,
    Time,
    Flag,
    Whole,
    Number,
    /// The members of an object: texts as they are, other values as their JSON. Its keys and its
    /// values have the two ids behind its own.
    Map,
    Struct(&'static [Member]),
    /// A list of structs; its elements have the id behind its own.
    List(&'static [Member]),
}

impl Member {
    const fn new(id: u8, json: &'static str, kind: Kind) -> Self {
        Self { id, json, kind }
    }

    const fn text(id: u8, json: &'static str) -> Self {
        Self::new(id, json, Kind::Text)
    }

    const fn map(id: u8, json: &'static str) -> Self {
        Self::new(id, json, Kind::Map)
    }

    pub(crate) fn name(&self) -> String {
        self.json.to_ascii_lowercase()
    }
}

/// The members of a kind's records that have columns, in the order of the columns.
pub(crate) fn members(kind: TableSchema) -> &'static [Member] {
    match kind {
        TableSchema::Events => events::MEMBERS,
        TableSchema::Insights => insights::MEMBERS,
        TableSchema::ConfigurationItems => compliance::CONFIGURATION_ITEMS,
        TableSchema::Evidence => compliance::EVIDENCE,
        TableSchema::Activity => activity::MEMBERS,
    }
}

/// Bytes of the longest record of a kind.
pub(crate) const fn record_bytes(kind: TableSchema) -> usize {
    match kind {
        TableSchema::Activity => limits::LARGE_RECORD_BYTES,
        TableSchema::Events
        | TableSchema::Insights
        | TableSchema::ConfigurationItems
        | TableSchema::Evidence => limits::RECORD_BYTES,
    }
}

/// The leaves of structs that files hold flat besides, with the columns that do.
pub(crate) fn promotions(kind: TableSchema) -> &'static [(&'static [&'static str], &'static str)] {
    match kind {
        TableSchema::Events => events::PROMOTED,
        TableSchema::Activity => activity::PROMOTED,
        TableSchema::Insights | TableSchema::ConfigurationItems | TableSchema::Evidence => &[],
    }
}

/// The ids of the leaves of [`promotions`], and of the columns that copy them.
pub(crate) fn promoted_ids(kind: TableSchema) -> impl Iterator<Item = (i32, i32)> + Clone {
    let leaves = promotions(kind).iter().filter_map(move |(path, _)| leaf(members(kind), path));
    leaves.map(|leaf| (i32::from(leaf.id), PROMOTED_ID + i32::from(leaf.id)))
}

/// The keys of maps that files hold flat besides. Their columns are the last ones, in this order:
/// files that were written before there was such a column lack it and those behind it. New ones go
/// to the end, whatever their map.
pub(crate) fn keys(kind: TableSchema) -> &'static [Key] {
    match kind {
        TableSchema::Events => events::KEYS,
        TableSchema::Insights
        | TableSchema::ConfigurationItems
        | TableSchema::Evidence
        | TableSchema::Activity => &[],
    }
}

/// How many columns hold nothing that the others have not.
pub(crate) fn copies(kind: TableSchema) -> usize {
    promotions(kind).len() + keys(kind).len()
}

/// The flat column that holds the same as a leaf of a struct, `["useridentity", "arn"]`, or as a
/// key of a map, `["requestparameters", "bucketName"]`.
pub(crate) fn promoted(kind: TableSchema, path: &[&str]) -> Option<&'static str> {
    let leaf = promotions(kind).iter().find(|(leaf, _)| *leaf == path).map(|(_, column)| *column);
    leaf.or_else(|| keys(kind).iter().find(|of| [of.map, of.name] == path).map(|of| of.column))
}

/// Whether a column copies what is inside of another one.
pub(crate) fn is_promoted(kind: TableSchema, column: &str) -> bool {
    promotions(kind).iter().any(|(_, promoted)| *promoted == column)
        || keys(kind).iter().any(|key| key.column == column)
}

/// Whether SQL neither shows nor resolves the column.
pub(crate) fn is_hidden(column: &str) -> bool {
    column.starts_with('_')
}

/// The columns that SQL shows.
pub(crate) fn logical(kind: TableSchema) -> SchemaRef {
    Arc::clone(&schemas(kind).logical)
}

/// The columns of batches in memory and of files.
pub(crate) fn stored(kind: TableSchema) -> SchemaRef {
    Arc::clone(&schemas(kind).stored)
}

/// The columns of files with the id of every field in its metadata.
pub(crate) fn with_ids(kind: TableSchema) -> SchemaRef {
    Arc::clone(&schemas(kind).with_ids)
}

/// The id of a field of [`with_ids`].
pub(crate) fn field_id(field: &Field) -> Option<i32> {
    field.metadata().get(PARQUET_FIELD_ID_META_KEY)?.parse().ok()
}

/// Visits every field of what files hold, a field before what is inside of it, with its path. The
/// fields inside of a list and of a map are called `element`, `key` and `value`.
#[cfg(test)]
pub(crate) fn walk(kind: TableSchema, mut visit: impl FnMut(&[&str], i32, &Field)) {
    let schema = with_ids(kind);
    let mut path = Vec::new();
    for field in schema.fields() {
        walk_field(field, &mut path, &mut visit);
    }
}

#[cfg(test)]
fn walk_field<'a>(
    field: &'a Field,
    path: &mut Vec<&'a str>,
    visit: &mut impl FnMut(&[&str], i32, &Field),
) {
    path.push(field.name());
    if let Some(id) = field_id(field) {
        visit(path, id, field);
    }
    match field.data_type() {
        DataType::Struct(fields) => {
            for inner in fields {
                walk_field(inner, path, visit);
            }
        }
        DataType::List(element) => walk_field(element, path, visit),
        DataType::Map(entries, _) => {
            if let DataType::Struct(fields) = entries.data_type() {
                for inner in fields {
                    walk_field(inner, path, visit);
                }
            }
        }
        _ => {}
    }
    path.pop();
}

struct Schemas {
    logical: SchemaRef,
    stored: SchemaRef,
    with_ids: SchemaRef,
}

fn schemas(kind: TableSchema) -> &'static Schemas {
    static ALL: [OnceLock<Schemas>; 5] = [const { OnceLock::new() }; 5];
    ALL[kind as usize].get_or_init(|| Schemas {
        logical: Arc::new(Schema::new(logical_fields(kind))),
        stored: Arc::new(Schema::new(stored_fields(kind, false))),
        with_ids: Arc::new(Schema::new(stored_fields(kind, true))),
    })
}

fn logical_fields(kind: TableSchema) -> Vec<FieldRef> {
    let mut fields = Vec::new();
    for member in members(kind) {
        // `eventcontext` came after the columns of the text.
        if member.json == "eventContext" {
            push_text_columns(&mut fields);
        }
        fields.push(field(&member.name(), data_type(member, false), None));
    }
    if !fields.iter().any(|field| field.name() == EVENT_JSON) {
        push_text_columns(&mut fields);
    }
    fields
}

fn push_text_columns(fields: &mut Vec<FieldRef>) {
    fields.push(field(EVENT_JSON, DataType::Utf8, None));
    fields.push(field(EVENT_JSON_CHECKSUM, DataType::Utf8, None));
}

fn stored_fields(kind: TableSchema, ids: bool) -> Vec<FieldRef> {
    let id = |id: i32| ids.then_some(id);
    let mut fields: Vec<FieldRef> = members(kind)
        .iter()
        .map(|member| field(&member.name(), data_type(member, ids), id(member.id.into())))
        .collect();
    fields.push(field(EVENT_JSON, DataType::Utf8, id(EVENT_JSON_ID)));
    fields.push(field(SEQ, DataType::Int64, id(SEQ_ID)));
    fields.push(field(SHAPE, DataType::Binary, id(SHAPE_ID)));
    for (path, column) in promotions(kind) {
        if let Some(leaf) = leaf(members(kind), path) {
            let promoted = id(PROMOTED_ID + i32::from(leaf.id));
            fields.push(field(column, data_type(leaf, ids), promoted));
        }
    }
    for key in keys(kind) {
        fields.push(field(key.column, DataType::Utf8, id(KEY_ID + i32::from(key.id))));
    }
    fields
}

fn leaf(members: &'static [Member], path: &[&str]) -> Option<&'static Member> {
    let (first, rest) = path.split_first()?;
    let member = members.iter().find(|member| member.name() == *first)?;
    match member.kind {
        _ if rest.is_empty() => Some(member),
        Kind::Struct(inner) => leaf(inner, rest),
        _ => None,
    }
}

fn field(name: &str, data_type: DataType, id: Option<i32>) -> FieldRef {
    Arc::new(labelled(Field::new(name, data_type, true), id))
}

fn labelled(field: Field, id: Option<i32>) -> Field {
    match id {
        Some(id) => {
            field.with_metadata([(PARQUET_FIELD_ID_META_KEY.to_owned(), id.to_string())].into())
        }
        None => field,
    }
}

pub(crate) const MICROS: DataType = DataType::Timestamp(TimeUnit::Microsecond, None);

fn data_type(member: &Member, ids: bool) -> DataType {
    let id = |behind: i32| ids.then_some(i32::from(member.id) + behind);
    match member.kind {
        Kind::Text | Kind::Json => DataType::Utf8,
        Kind::Time => MICROS,
        Kind::Flag => DataType::Boolean,
        Kind::Whole => DataType::Int32,
        Kind::Number => DataType::Float64,
        Kind::Map => {
            let key = labelled(Field::new("key", DataType::Utf8, false), id(1));
            let entries = DataType::Struct(Fields::from(vec![
                Arc::new(key),
                field("value", DataType::Utf8, id(2)),
            ]));
            DataType::Map(Arc::new(Field::new("key_value", entries, false)), false)
        }
        Kind::Struct(inner) => DataType::Struct(struct_fields(inner, ids)),
        Kind::List(inner) => {
            DataType::List(field("element", DataType::Struct(struct_fields(inner, ids)), id(1)))
        }
    }
}

fn struct_fields(members: &[Member], ids: bool) -> Fields {
    let field_of = |member: &Member| {
        let id = ids.then_some(i32::from(member.id));
        field(&member.name(), data_type(member, ids), id)
    };
    members.iter().map(field_of).collect()
}

#[cfg(test)]
mod tests;
