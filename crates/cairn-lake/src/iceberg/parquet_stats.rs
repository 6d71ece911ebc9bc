//! What a Parquet file's footer says of it, as a data file's figures.

use std::collections::BTreeMap;

use parquet::data_type::AsBytes;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};
use parquet::file::statistics::Statistics;

use super::schema::{Schema, Type};
use super::{DataFile, Location, Value};

/// Figures of one column over all row groups.
#[derive(Default)]
struct Column {
    bytes: i64,
    values: i64,
    /// `None` once a row group does not say.
    nulls: Option<i64>,
    bounds: Bounds,
}

#[derive(Default)]
enum Bounds {
    /// No row group yet, or only ones that hold nothing but nulls.
    #[default]
    Nothing,
    Within(Value, Value),
    /// A row group does not say.
    Unknown,
}

impl DataFile {
    /// A file that was written with the table's schema, `bytes` long.
    pub(crate) fn describe(
        location: Location,
        day: i32,
        bytes: u64,
        footer: &ParquetMetaData,
        schema: &Schema,
    ) -> Self {
        let types = schema.bounded();
        let mut columns: BTreeMap<i32, Column> = BTreeMap::new();
        for chunk in footer.row_groups().iter().flat_map(|group| group.columns()) {
            let info = chunk.column_descr().self_type().get_basic_info();
            if info.has_id() {
                let column = columns.entry(info.id()).or_insert_with(Column::none);
                column.add(chunk, types.get(&info.id()));
            }
        }
        let starts = footer.row_groups().iter().filter_map(|group| group.columns().first());
        let mut file = Self {
            location,
            day,
            rows: footer.file_metadata().num_rows() as u64,
            bytes,
            column_sizes: Vec::new(),
            value_counts: Vec::new(),
            null_value_counts: Vec::new(),
            lower_bounds: Vec::new(),
            upper_bounds: Vec::new(),
            split_offsets: starts.map(start).collect(),
            sorted: true,
        };
        for (id, column) in columns {
            file.note(id, column, types.contains_key(&id));
        }
        file
    }

    /// Says of fields what is known of those that have the same values: pairs of a field's id and
    /// of the other's.
    pub(crate) fn copy_bounds(&mut self, pairs: impl Iterator<Item = (i32, i32)> + Clone) {
        copy(&mut self.null_value_counts, pairs.clone());
        copy(&mut self.lower_bounds, pairs.clone());
        copy(&mut self.upper_bounds, pairs);
    }

    fn note(&mut self, id: i32, column: Column, bounded: bool) {
        self.column_sizes.push((id, column.bytes));
        // Within lists and maps, nulls of an element and of the list itself are one number.
        if !bounded {
            return;
        }
        self.value_counts.push((id, column.values));
        if let Some(nulls) = column.nulls {
            self.null_value_counts.push((id, nulls));
        }
        if let Bounds::Within(lower, upper) = column.bounds {
            self.lower_bounds.push((id, lower.lower().encode()));
            if let Some(upper) = upper.upper() {
                self.upper_bounds.push((id, upper.encode()));
            }
        }
    }
}

fn copy<T: Clone>(figures: &mut Vec<(i32, T)>, pairs: impl Iterator<Item = (i32, i32)>) {
    let mut all: BTreeMap<i32, T> = figures.drain(..).collect();
    for (id, same) in pairs {
        if let Some(figure) = all.get(&same).cloned() {
            all.insert(id, figure);
        }
    }
    figures.extend(all);
}

impl Column {
    fn none() -> Self {
        Self { nulls: Some(0), ..Self::default() }
    }

    fn add(&mut self, chunk: &ColumnChunkMetaData, of: Option<&Type>) {
        self.bytes += chunk.compressed_size();
        self.values += chunk.num_values();
        let statistics = chunk.statistics();
        let nulls = statistics.and_then(Statistics::null_count_opt).map(|nulls| nulls as i64);
        self.nulls = self.nulls.zip(nulls).map(|(sum, nulls)| sum + nulls);
        if nulls == Some(chunk.num_values()) {
            return;
        }
        let found = statistics.zip(of).and_then(|(statistics, of)| range(statistics, of));
        self.bounds = match (std::mem::take(&mut self.bounds), found) {
            (Bounds::Nothing, Some((lower, upper))) => Bounds::Within(lower, upper),
            (Bounds::Within(least, most), Some((lower, upper))) => Bounds::Within(
                if lower < least { lower } else { least },
                if upper > most { upper } else { most },
            ),
            _ => Bounds::Unknown,
        };
    }
}

/// The least and the greatest value, or what is below and above them.
fn range(statistics: &Statistics, of: &Type) -> Option<(Value, Value)> {
    let (least, most) = (statistics.min_bytes_opt()?, statistics.max_bytes_opt()?);
    Some(match (statistics, of) {
        // What is no text when cut is still a bound: below with its front, above not at all.
        (Statistics::ByteArray(_), Type::String) => {
            let front = least.utf8_chunks().next().map_or("", |chunk| chunk.valid());
            let most = std::str::from_utf8(most).ok()?;
            (Value::Text(front.to_owned()), Value::Text(most.to_owned()))
        }
        (Statistics::ByteArray(_), Type::Binary) => {
            (Value::Binary(least.to_vec()), Value::Binary(most.to_vec()))
        }
        (Statistics::ByteArray(_) | Statistics::FixedLenByteArray(_), _) => return None,
        // NaN has no place among bounds.
        (Statistics::Double(values), Type::Double) => {
            let (least, most) = (*values.min_opt()?, *values.max_opt()?);
            (!least.is_nan() && !most.is_nan())
                .then_some((Value::Double(least), Value::Double(most)))?
        }
        (Statistics::Float(values), Type::Float) => {
            let (least, most) = (*values.min_opt()?, *values.max_opt()?);
            (!least.is_nan() && !most.is_nan())
                .then_some((Value::Float(least), Value::Float(most)))?
        }
        (_, of) => (Value::decode(of, least.as_bytes())?, Value::decode(of, most.as_bytes())?),
    })
}

fn start(chunk: &ColumnChunkMetaData) -> i64 {
    let data = chunk.data_page_offset();
    chunk.dictionary_page_offset().map_or(data, |dictionary| dictionary.min(data))
}
