//! A record's text from its columns.

use std::ops::Range;

use arrow::array::{
    Array, AsArray, BinaryArray, BooleanArray, Float64Array, Int32Array, ListArray, MapArray,
    RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow::buffer::{Buffer, OffsetBuffer};
use arrow::datatypes::{Float64Type, Int32Type, TimestampMicrosecondType};
use arrow::error::ArrowError;
use cairn_ports::lake::TableSchema;

use super::plan::{Entry, Plan, Target};
use super::shape::{self, Cursor};
use super::text::Style;
use super::time;
use crate::schema::{self, EVENT_JSON, SHAPE};

/// The columns of a batch by their place in the plan, and what is inside of them.
struct Columns<'a> {
    columns: Vec<Option<Values<'a>>>,
    plan: &'static Plan,
}

enum Values<'a> {
    Text(&'a StringArray),
    Time(&'a TimestampMicrosecondArray),
    Flag(&'a BooleanArray),
    Whole(&'a Int32Array),
    Number(&'a Float64Array),
    Map { map: &'a MapArray, keys: &'a StringArray, values: &'a StringArray },
    List(&'a ListArray),
}

/// The text of each row's record, from the columns of [`super::event_json_columns`].
pub(super) fn event_json(
    kind: TableSchema,
    batch: &RecordBatch,
) -> Result<StringArray, ArrowError> {
    let plan = Plan::of(kind);
    let missing = |name: &str| ArrowError::SchemaError(format!("the batch has no column {name}"));
    let shapes: &BinaryArray = batch
        .column_by_name(SHAPE)
        .and_then(|column| column.as_binary_opt())
        .ok_or_else(|| missing(SHAPE))?;
    let stored: &StringArray = batch
        .column_by_name(EVENT_JSON)
        .and_then(|column| column.as_string_opt())
        .ok_or_else(|| missing(EVENT_JSON))?;
    let columns = Columns::of(kind, plan, batch);
    let mut offsets = Vec::with_capacity(batch.num_rows() + 1);
    offsets.push(0i32);
    let mut out = Vec::with_capacity(batch.num_rows() * 1024);
    for row in 0..batch.num_rows() {
        if stored.is_valid(row) {
            out.extend_from_slice(stored.value(row).as_bytes());
        } else {
            let mut cursor = Cursor::new(shapes.value(row));
            columns.object(0, &mut cursor, row, &mut out).ok_or_else(|| broken(row))?;
        }
        let end =
            i32::try_from(out.len()).map_err(|_| ArrowError::OffsetOverflowError(out.len()))?;
        offsets.push(end);
    }
    StringArray::try_new(OffsetBuffer::new(offsets.into()), Buffer::from_vec(out), None)
}

fn broken(row: usize) -> ArrowError {
    ArrowError::InvalidArgumentError(format!("the shape of row {row} does not fit its columns"))
}

impl<'a> Columns<'a> {
    fn of(kind: TableSchema, plan: &'static Plan, batch: &'a RecordBatch) -> Self {
        let mut columns = Self { columns: Vec::new(), plan };
        for (member, entry) in schema::members(kind).iter().zip(&plan.scopes[0].members) {
            if let Some(array) = batch.column_by_name(&member.name()) {
                columns.add(entry, array.as_ref());
            }
        }
        columns
    }

    fn add(&mut self, entry: &Entry, array: &'a dyn Array) {
        if self.columns.len() <= entry.column {
            self.columns.resize_with(entry.column + 1, || None);
        }
        self.columns[entry.column] = match entry.target {
            Target::Text | Target::Json => array.as_string_opt().map(Values::Text),
            Target::Time => array.as_primitive_opt::<TimestampMicrosecondType>().map(Values::Time),
            Target::Flag => array.as_boolean_opt().map(Values::Flag),
            Target::Whole => array.as_primitive_opt::<Int32Type>().map(Values::Whole),
            Target::Number => array.as_primitive_opt::<Float64Type>().map(Values::Number),
            Target::Map => array.as_map_opt().and_then(|map| {
                let keys = map.keys().as_string_opt()?;
                Some(Values::Map { map, keys, values: map.values().as_string_opt()? })
            }),
            Target::List(scope) => array.as_list_opt().map(|list: &ListArray| {
                self.add_fields(scope, list.values().as_ref());
                Values::List(list)
            }),
            Target::Struct(scope) => {
                self.add_fields(scope, array);
                None
            }
            Target::Group(_) => None,
        };
    }

    fn add_fields(&mut self, scope: usize, array: &'a dyn Array) {
        let Some(fields) = array.as_struct_opt() else { return };
        for (entry, field) in self.plan.scopes[scope].members.iter().zip(fields.columns()) {
            self.add(entry, field.as_ref());
        }
    }

    /// Writes the members up to the end of an object; `None` where the shape does not fit.
    fn object(
        &self,
        scope: usize,
        cursor: &mut Cursor<'_>,
        row: usize,
        out: &mut Vec<u8>,
    ) -> Option<()> {
        let members = &self.plan.scopes[scope].members;
        out.push(b'{');
        let start = out.len();
        loop {
            let code = match cursor.next() {
                None if scope == 0 => break,
                Some(shape::END) => break,
                code => code?,
            };
            if out.len() > start {
                out.push(b',');
            }
            if code == shape::LITERAL {
                out.extend_from_slice(cursor.literal()?);
                continue;
            }
            let is_modifier =
                matches!(code, shape::NULL | shape::HTML | shape::ASCII | shape::MILLIS);
            let id = if is_modifier { cursor.next()? } else { code };
            let (in_scope, place) = self.plan.by_id[usize::from(id)]?;
            if usize::from(in_scope) != scope {
                return None;
            }
            let entry = &members[usize::from(place)];
            out.push(b'"');
            out.extend_from_slice(entry.json.as_bytes());
            out.extend_from_slice(b"\":");
            match code {
                shape::NULL => out.extend_from_slice(b"null"),
                _ => self.value(entry, code, cursor, row, out)?,
            }
        }
        out.push(b'}');
        Some(())
    }

    fn value(
        &self,
        entry: &Entry,
        code: u8,
        cursor: &mut Cursor<'_>,
        row: usize,
        out: &mut Vec<u8>,
    ) -> Option<()> {
        if let Target::Struct(scope) | Target::Group(scope) = entry.target {
            return self.object(scope, cursor, row, out);
        }
        match self.columns.get(entry.column)?.as_ref()? {
            Values::Text(texts) if entry.target == Target::Json => {
                let code = cursor.next()?;
                written(code, text(texts, row), cursor, out)
            }
            Values::Text(texts) => quoted(style(code), text(texts, row)?, out),
            Values::Time(times) => {
                let micros = times.is_valid(row).then(|| times.value(row))?;
                out.push(b'"');
                if code == shape::MILLIS {
                    time::write_millis(micros, out);
                } else {
                    time::write_seconds(micros, out);
                }
                out.push(b'"');
                Some(())
            }
            Values::Flag(flags) => {
                let flag = flags.is_valid(row).then(|| flags.value(row))?;
                out.extend_from_slice(if flag { b"true" } else { b"false" });
                Some(())
            }
            Values::Whole(numbers) => {
                let number = numbers.is_valid(row).then(|| numbers.value(row))?;
                out.extend_from_slice(number.to_string().as_bytes());
                Some(())
            }
            Values::Number(numbers) => {
                let number = numbers.is_valid(row).then(|| numbers.value(row))?;
                out.extend_from_slice(number.to_string().as_bytes());
                Some(())
            }
            Values::Map { map, keys, values } => {
                let entries = range(map.is_valid(row), map.value_offsets(), row)?;
                object_of(entries, keys, values, cursor, out)
            }
            Values::List(list) => {
                let Target::List(scope) = entry.target else { return None };
                let elements = range(list.is_valid(row), list.value_offsets(), row)?;
                self.list(scope, elements, cursor, out)
            }
        }
    }

    fn list(
        &self,
        scope: usize,
        elements: Range<usize>,
        cursor: &mut Cursor<'_>,
        out: &mut Vec<u8>,
    ) -> Option<()> {
        out.push(b'[');
        for element in elements.clone() {
            if element > elements.start {
                out.push(b',');
            }
            (cursor.next()? == shape::ELEMENT).then_some(())?;
            self.object(scope, cursor, element, out)?;
        }
        out.push(b']');
        (cursor.next()? == shape::END).then_some(())
    }
}

/// Writes the entries of a map as an object.
fn object_of(
    entries: Range<usize>,
    keys: &StringArray,
    values: &StringArray,
    cursor: &mut Cursor<'_>,
    out: &mut Vec<u8>,
) -> Option<()> {
    out.push(b'{');
    for entry in entries.clone() {
        if entry > entries.start {
            out.push(b',');
        }
        quoted(Style::Plain, text(keys, entry)?, out)?;
        out.push(b':');
        let code = cursor.next()?;
        written(code, text(values, entry), cursor, out)?;
    }
    out.push(b'}');
    (cursor.next()? == shape::END).then_some(())
}

fn text(texts: &StringArray, row: usize) -> Option<&str> {
    texts.is_valid(row).then(|| texts.value(row))
}

fn range(valid: bool, offsets: &[i32], row: usize) -> Option<Range<usize>> {
    valid.then(|| offsets[row] as usize..offsets[row + 1] as usize)
}

fn style(code: u8) -> Style {
    match code {
        shape::HTML => Style::Html,
        shape::ASCII => Style::Ascii,
        _ => Style::Plain,
    }
}

#[inline]
fn quoted(style: Style, text: &str, out: &mut Vec<u8>) -> Option<()> {
    out.push(b'"');
    style.write(text, out);
    out.push(b'"');
    Some(())
}

/// Writes a value of a column that holds any JSON.
#[inline]
fn written(
    code: u8,
    value: Option<&str>,
    cursor: &mut Cursor<'_>,
    out: &mut Vec<u8>,
) -> Option<()> {
    match code {
        shape::TEXT => quoted(Style::Plain, value?, out),
        shape::HTML | shape::ASCII => {
            (cursor.next()? == shape::TEXT).then_some(())?;
            quoted(style(code), value?, out)
        }
        shape::BARE => {
            out.extend_from_slice(value?.as_bytes());
            Some(())
        }
        shape::NULL => {
            out.extend_from_slice(b"null");
            Some(())
        }
        shape::LITERAL => {
            out.extend_from_slice(cursor.literal()?);
            Some(())
        }
        _ => None,
    }
}
