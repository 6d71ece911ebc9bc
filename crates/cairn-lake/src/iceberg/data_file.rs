use apache_avro::types::Value as Avro;

use super::avro::{Row, binary, int, list, long, map, maybe, record, text};
use super::schema::Type;
use super::{Location, Value};

/// A Parquet file of a table, and what a reader may know without opening it.
///
/// Figures are by field id, in the order of the ids, and only for leaf columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DataFile {
    pub location: Location,
    /// The day that all rows are of, in days since 1970.
    pub day: i32,
    pub rows: u64,
    pub bytes: u64,
    /// Compressed bytes.
    pub column_sizes: Vec<(i32, i64)>,
    /// Values, nulls among them.
    pub value_counts: Vec<(i32, i64)>,
    pub null_value_counts: Vec<(i32, i64)>,
    pub(super) lower_bounds: Vec<(i32, Box<[u8]>)>,
    pub(super) upper_bounds: Vec<(i32, Box<[u8]>)>,
    /// Where row groups begin.
    pub split_offsets: Vec<i64>,
    /// Whether the rows have the table's order.
    pub sorted: bool,
}

impl DataFile {
    /// A value that no row is below.
    pub(crate) fn lower(&self, id: i32, of: &Type) -> Option<Value> {
        Value::decode(of, find(&self.lower_bounds, id)?)
    }

    /// A value that no row is above.
    pub(crate) fn upper(&self, id: i32, of: &Type) -> Option<Value> {
        Value::decode(of, find(&self.upper_bounds, id)?)
    }

    /// How many rows have no value.
    pub(crate) fn nulls(&self, id: i32) -> Option<i64> {
        find(&self.null_value_counts, id).copied()
    }

    pub(super) fn to_avro(&self) -> Avro {
        let sort_order = self.sorted.then_some(super::metadata::SORT_ORDER);
        record([
            ("content", int(0)),
            ("file_path", text(&self.location)),
            ("file_format", text("PARQUET")),
            (
                "partition",
                record([(super::metadata::PARTITION, maybe(Some(Avro::Date(self.day))))]),
            ),
            ("record_count", long(self.rows as i64)),
            ("file_size_in_bytes", long(self.bytes as i64)),
            ("column_sizes", map(&self.column_sizes, |size| long(*size))),
            ("value_counts", map(&self.value_counts, |count| long(*count))),
            ("null_value_counts", map(&self.null_value_counts, |count| long(*count))),
            ("lower_bounds", map(&self.lower_bounds, |bytes| binary(bytes))),
            ("upper_bounds", map(&self.upper_bounds, |bytes| binary(bytes))),
            ("split_offsets", list(self.split_offsets.iter().map(|offset| long(*offset)))),
            ("sort_order_id", maybe(sort_order.map(int))),
        ])
    }

    pub(super) fn from_avro(value: Avro) -> Option<Self> {
        let mut row = Row::of(value)?;
        let mut partition = Row::of(row.take("partition")?)?;
        let (Avro::Date(day) | Avro::Int(day)) = partition.take(super::metadata::PARTITION)? else {
            return None;
        };
        Some(Self {
            location: row.text("file_path")?.parse().ok()?,
            day,
            rows: u64::try_from(row.long("record_count")?).ok()?,
            bytes: u64::try_from(row.long("file_size_in_bytes")?).ok()?,
            column_sizes: row.numbers("column_sizes")?,
            value_counts: row.numbers("value_counts")?,
            null_value_counts: row.numbers("null_value_counts")?,
            lower_bounds: row.binaries("lower_bounds")?,
            upper_bounds: row.binaries("upper_bounds")?,
            split_offsets: row.longs("split_offsets")?,
            sorted: row.long("sort_order_id").is_some_and(|order| order != 0),
        })
    }
}

fn find<T>(sorted: &[(i32, T)], id: i32) -> Option<&T> {
    let place = sorted.binary_search_by_key(&id, |(id, _)| *id).ok()?;
    sorted.get(place).map(|(_, value)| value)
}
