//! Which row groups may have the values that a condition asks for, by the filters that files have
//! of columns whose single values are looked for.
//!
//! The engine asks filters too, each time it opens a file, and reads them each time. Here they are
//! asked before, of all files at once and from memory, so that files without such a value are not
//! opened. Files whose footer is not in memory are left to the engine, which reads several at once.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray};
use datafusion::common::pruning::PruningStatistics;
use datafusion::common::{Column, Result, ScalarValue};
use datafusion::datasource::physical_plan::parquet::ParquetAccessPlan;
use datafusion::physical_optimizer::pruning::PruningPredicate;
use parquet::bloom_filter::Sbbf;
use parquet::schema::types::SchemaDescriptor;

use super::cache::{Cache, Filters};
use super::file::TableFile;
use crate::file::has_filter;

/// A file, and which of its row groups are to be read; `None` for all.
pub(super) struct Part {
    pub(super) file: Arc<TableFile>,
    pub(super) groups: Option<ParquetAccessPlan>,
}

/// What is left to be read.
pub(super) struct Chosen {
    pub(super) parts: Vec<Part>,
    /// All filters were asked that are there.
    pub(super) asked: bool,
}

impl From<Vec<Arc<TableFile>>> for Chosen {
    fn from(files: Vec<Arc<TableFile>>) -> Self {
        let whole = |file| Part { file, groups: None };
        Self { parts: files.into_iter().map(whole).collect(), asked: false }
    }
}

/// Leaves out what has none of the values.
pub(super) fn choose(
    predicate: &PruningPredicate,
    files: Vec<Arc<TableFile>>,
    cache: &Cache,
) -> Result<Chosen> {
    let columns: HashSet<String> =
        predicate.literal_columns().into_iter().filter(|column| has_filter(column)).collect();
    if columns.is_empty() {
        return Ok(files.into());
    }
    for file in &files {
        Known::expect(file, &columns, cache);
    }
    let known: Vec<Option<Known>> =
        files.iter().map(|file| Known::of(file, &columns, cache)).collect();
    let groups = Groups(known.iter().flatten().collect());
    let mut kept = predicate.prune(&groups)?.into_iter();
    let asked = known.iter().all(Option::is_some);
    let mut parts = Vec::with_capacity(files.len());
    for (file, known) in files.into_iter().zip(known) {
        let count = known.map_or(0, |known| known.groups);
        let of_file: Vec<bool> = kept.by_ref().take(count).collect();
        let groups = match of_file.iter().filter(|kept| **kept).count() {
            left if left == count => None,
            0 => continue,
            _ => Some(plan(&of_file)),
        };
        parts.push(Part { file, groups });
    }
    Ok(Chosen { parts, asked })
}

fn plan(kept: &[bool]) -> ParquetAccessPlan {
    let mut plan = ParquetAccessPlan::new_all(kept.len());
    let gone = kept.iter().enumerate().filter(|(_, kept)| !**kept);
    gone.for_each(|(group, _)| plan.skip(group));
    plan
}

/// A file whose filters are in memory.
struct Known {
    groups: usize,
    /// By the name of the column.
    filters: HashMap<String, Filters>,
}

impl Known {
    /// Its filters are about to be read.
    fn expect(file: &TableFile, columns: &HashSet<String>, cache: &Cache) {
        let Some(footer) = cache.known(file) else { return };
        let schema = footer.file_metadata().schema_descr();
        for leaf in columns.iter().filter_map(|column| leaf(schema, column)) {
            cache.expect_filters(file, &footer, leaf);
        }
    }

    /// `None` for a file that has to be read for it, or cannot be: who scans it says why.
    fn of(file: &TableFile, columns: &HashSet<String>, cache: &Cache) -> Option<Self> {
        let footer = cache.known(file)?;
        let mut filters = HashMap::with_capacity(columns.len());
        for column in columns {
            if let Some(leaf) = leaf(footer.file_metadata().schema_descr(), column) {
                filters.insert(column.clone(), cache.filters(file, &footer, leaf).ok()?);
            }
        }
        Some(Self { groups: footer.num_row_groups(), filters })
    }
}

/// The place of a column that has no others in it.
fn leaf(schema: &SchemaDescriptor, column: &str) -> Option<usize> {
    schema.columns().iter().position(|leaf| matches!(leaf.path().parts(), [name] if name == column))
}

/// The row groups of files, one behind the other.
struct Groups<'a>(Vec<&'a Known>);

impl PruningStatistics for Groups<'_> {
    fn min_values(&self, _column: &Column) -> Option<ArrayRef> {
        None
    }

    fn max_values(&self, _column: &Column) -> Option<ArrayRef> {
        None
    }

    fn num_containers(&self) -> usize {
        self.0.iter().map(|file| file.groups).sum()
    }

    fn null_counts(&self, _column: &Column) -> Option<ArrayRef> {
        None
    }

    fn row_counts(&self) -> Option<ArrayRef> {
        None
    }

    /// A filter knows what is not there, and never what is.
    fn contained(&self, column: &Column, values: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        let none_of = |filter: &Sbbf| values.iter().all(|value| !may_have(filter, value));
        let answers = self.0.iter().flat_map(|file| {
            let filters = file.filters.get(column.name());
            (0..file.groups).map(move |group| {
                let filter = filters.and_then(|filters| filters.get(group)?.as_ref())?;
                none_of(filter).then_some(false)
            })
        });
        Some(answers.collect())
    }
}

fn may_have(filter: &Sbbf, value: &ScalarValue) -> bool {
    match value {
        ScalarValue::Utf8(Some(text)) => filter.check(text.as_str()),
        _ => true,
    }
}
