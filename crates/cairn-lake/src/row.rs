//! Records as rows: bytes go into columns in one pass, and come back from them.
//!
//! A record's text is not stored where its columns and its shape give the same bytes, which is so
//! by construction: a value whose text would come out otherwise stands in the shape as written, and
//! a record with white space between tokens, or with a member twice, is stored whole.

mod column;
mod fill;
mod finish;
mod keys;
mod plan;
mod render;
mod shape;
mod text;
mod time;
mod trail_form;

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{Schema, SchemaRef};
use arrow::error::ArrowError;
use cairn_event::{Flaw, Reason, scan};
use cairn_ports::lake::TableSchema;

use crate::schema::{self, EVENT_JSON, SHAPE};
use column::{Numbers, Texts};
use fill::Filler;
use finish::Finish;
use plan::Plan;

pub(crate) use keys::values as key_values;

/// Why a record is no row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoRow {
    #[error("the record is no JSON object: {0}")]
    Json(#[from] Flaw),
    #[error("the record has no eventTime between 1970 and 9999")]
    Time,
    /// Columns hold up to 2 GiB: finish these rows and push the record again.
    #[error("the rows take no more bytes")]
    Full,
}

/// Rows of one table under way.
#[derive(Debug)]
pub(crate) struct Rows {
    kind: TableSchema,
    plan: &'static Plan,
    filler: Filler,
    seqs: Numbers<i64>,
    shapes: Texts,
    texts: Texts,
    count: usize,
    /// Bytes of the records, which are more than any column holds.
    raw_bytes: usize,
}

impl Rows {
    pub(crate) fn new(kind: TableSchema) -> Self {
        let plan = Plan::of(kind);
        Self {
            kind,
            plan,
            filler: Filler::new(plan),
            seqs: Numbers::default(),
            shapes: Texts::default(),
            texts: Texts::default(),
            count: 0,
            raw_bytes: 0,
        }
    }

    /// Adds one record, which white space may surround. A record that is no row leaves none.
    pub(crate) fn push(&mut self, seq: Option<i64>, raw: &[u8]) -> Result<(), NoRow> {
        if self.raw_bytes + raw.len() > i32::MAX as usize {
            return Err(NoRow::Full);
        }
        scan::check_utf8(raw)?;
        let row = self.count;
        let open = scan::skip_space(raw, 0);
        let end = match self.fill(raw, open, row) {
            Ok(end) => end,
            Err(error) => {
                for place in 0..self.filler.columns.len() {
                    // Columns inside of lists have rows of their own; the list takes them along.
                    if self.plan.columns.contains(&place) {
                        column::truncate(&mut self.filler.columns, place, row);
                    }
                }
                return Err(error);
            }
        };
        if self.filler.exact && open == 0 && end == raw.len() {
            self.shapes.put(row, &self.filler.shape);
        } else {
            self.texts.put(row, raw);
        }
        if let Some(seq) = seq {
            self.seqs.put(row, seq);
        }
        self.count += 1;
        self.raw_bytes += raw.len();
        Ok(())
    }

    fn fill(&mut self, raw: &[u8], open: usize, row: usize) -> Result<usize, NoRow> {
        if scan::peek(raw, open) != b'{' {
            return Err(Flaw { reason: Reason::NotAnObject, at: open }.into());
        }
        let end = self.filler.record(raw, open, row)?;
        let behind = scan::skip_space(raw, end);
        if behind != raw.len() {
            return Err(Flaw { reason: Reason::TrailingBytes, at: behind }.into());
        }
        if self.filler.columns[self.plan.event_time].len() > row {
            Ok(end)
        } else {
            Err(NoRow::Time)
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.count
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Gives the rows, with the columns of [`schema::stored`], and begins anew.
    pub(crate) fn finish(&mut self) -> RecordBatch {
        let batch = self.try_finish();
        // Every text was checked before it went into a column, and lengths are kept in step.
        batch.expect("columns fit their schema")
    }

    fn try_finish(&mut self) -> Result<RecordBatch, ArrowError> {
        let rows = std::mem::take(&mut self.count);
        self.raw_bytes = 0;
        let schema: SchemaRef = schema::stored(self.kind);
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(schema.fields().len());
        let mut finish = Finish::new(&mut self.filler.columns, rows);
        for (place, field) in self.plan.columns.iter().zip(schema.fields()) {
            columns.push(finish.column(*place, field.data_type())?);
        }
        debug_assert_eq!(schema.field(columns.len()).name(), EVENT_JSON);
        columns.push(Arc::new(self.texts.finish(rows)?));
        let (seqs, nulls) = self.seqs.finish(rows);
        columns.push(Arc::new(Int64Array::new(seqs.into(), nulls)));
        debug_assert_eq!(schema.field(columns.len()).name(), SHAPE);
        columns.push(Arc::new(self.shapes.finish_binary(rows)?));
        copy(self.kind, &mut columns)?;
        RecordBatch::try_new(schema, columns)
    }
}

/// Puts the columns that copy others behind those of [`schema::stored`] that do not. Those of
/// leaves share the arrays of the leaves.
pub(crate) fn copy(kind: TableSchema, columns: &mut Vec<ArrayRef>) -> Result<(), ArrowError> {
    let schema = schema::stored(kind);
    let missing = |column: &str| ArrowError::SchemaError(format!("nothing is there for {column}"));
    for (path, column) in schema::promotions(kind) {
        columns.push(leaf(&schema, columns, path).ok_or_else(|| missing(column))?);
    }
    for of_map in schema::keys(kind).chunk_by(|left, right| left.map == right.map) {
        let map = columns.get(schema.index_of(of_map[0].map)?).and_then(|map| map.as_map_opt());
        let map = map.ok_or_else(|| missing(of_map[0].column))?;
        let keys: Vec<&str> = of_map.iter().map(|key| key.name).collect();
        let values = keys::values(map, &keys)?;
        columns.extend(values.into_iter().map(|values| Arc::new(values) as ArrayRef));
    }
    Ok(())
}

/// The array of a leaf of a struct. It is null wherever what is around it is.
fn leaf(schema: &Schema, columns: &[ArrayRef], path: &[&str]) -> Option<ArrayRef> {
    let (column, fields) = path.split_first()?;
    let mut array = columns.get(schema.index_of(column).ok()?)?;
    for field in fields {
        array = array.as_struct_opt()?.column_by_name(field)?;
    }
    Some(Arc::clone(array))
}

/// The stored columns that [`event_json`] reads.
pub(crate) fn event_json_columns(kind: TableSchema) -> Vec<String> {
    let mut columns: Vec<String> =
        schema::members(kind).iter().map(|member| member.name()).collect();
    columns.push(EVENT_JSON.to_owned());
    columns.push(SHAPE.to_owned());
    columns
}

/// The text of each row's record, byte for byte, from a batch that has [`event_json_columns`] in
/// any order.
///
/// # Errors
/// A batch without these columns, or whose shapes were not made for its rows.
pub(crate) fn event_json(
    kind: TableSchema,
    batch: &RecordBatch,
) -> Result<StringArray, ArrowError> {
    render::event_json(kind, batch)
}

/// `eventjsonchecksum`: SHA-256 of each text, in lower-case hexadecimal.
pub(crate) fn checksums(texts: &StringArray) -> StringArray {
    texts
        .iter()
        .map(|text| text.map(|text| cairn_proof::Sha256::of(text.as_bytes()).to_string()))
        .collect()
}

#[cfg(test)]
mod tests;
