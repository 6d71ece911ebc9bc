//! Which files may have rows that a condition leaves, by what the table's metadata says of them.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, UInt64Array};
use arrow::datatypes::Schema;
use datafusion::common::pruning::PruningStatistics;
use datafusion::common::stats::Precision;
use datafusion::common::{Column, ColumnStatistics, ScalarValue};

use super::file::TableFile;
use crate::schema::EVENT_JSON;

/// Bounds of the columns of files, wide enough for all of their values: those of texts are cut,
/// outwards. (The engine's own form takes bounds only that some value has.)
pub(super) struct Bounds<'a> {
    pub(super) files: &'a [Arc<TableFile>],
    /// The columns that files have, by which their statistics are ordered.
    pub(super) stored: &'a Schema,
}

impl Bounds<'_> {
    fn array(
        &self,
        column: &Column,
        bound: impl Fn(&ColumnStatistics) -> &Precision<ScalarValue>,
    ) -> Option<ArrayRef> {
        let at = self.place(column)?;
        let of_kind = ScalarValue::try_from(self.stored.field(at).data_type()).ok()?;
        let values: Vec<ScalarValue> = self
            .known(at)
            .map(|known| known.and_then(|known| bound(known).get_value().cloned()))
            .map(|value| value.unwrap_or_else(|| of_kind.clone()))
            .collect();
        if values.iter().all(ScalarValue::is_null) {
            return None;
        }
        ScalarValue::iter_to_array(values).ok()
    }

    /// `eventJson` is made of other columns; what is stored under its name is only what those lack.
    fn place(&self, column: &Column) -> Option<usize> {
        let is_stored = column.name() != EVENT_JSON;
        is_stored.then(|| self.stored.index_of(column.name()).ok()).flatten()
    }

    fn known(&self, at: usize) -> impl Iterator<Item = Option<&ColumnStatistics>> {
        self.files.iter().map(move |file| file.statistics.column_statistics.get(at))
    }
}

impl PruningStatistics for Bounds<'_> {
    fn min_values(&self, column: &Column) -> Option<ArrayRef> {
        self.array(column, |known| &known.min_value)
    }

    fn max_values(&self, column: &Column) -> Option<ArrayRef> {
        self.array(column, |known| &known.max_value)
    }

    fn num_containers(&self) -> usize {
        self.files.len()
    }

    fn null_counts(&self, column: &Column) -> Option<ArrayRef> {
        let at = self.place(column)?;
        let exact = |known: &ColumnStatistics| match known.null_count {
            Precision::Exact(nulls) => Some(nulls as u64),
            _ => None,
        };
        let nulls: UInt64Array = self.known(at).map(|known| known.and_then(exact)).collect();
        Some(Arc::new(nulls))
    }

    fn row_counts(&self) -> Option<ArrayRef> {
        Some(Arc::new(UInt64Array::from_iter_values(self.files.iter().map(|file| file.rows))))
    }

    fn contained(&self, _column: &Column, _values: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        None
    }
}
