//! How often each combination of values was met.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, SchemaRef};
use arrow::record_batch::RecordBatch;
use datafusion::common::Result;
use hashbrown::HashMap;

use super::cells::Cells;
use super::column::{Column, Kind};
use super::texts::Texts;

/// Bytes of a group in the table, roughly.
const GROUP_BYTES: usize = 96;

/// A combination of values: numbers as they are, texts as their places in [`Texts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Key<const N: usize> {
    values: [u64; N],
    /// A bit for each value that is null.
    nulls: u8,
}

impl<const N: usize> Hash for Key<N> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for value in self.values {
            state.write_u64(value);
        }
        state.write_u8(self.nulls);
    }
}

impl<const N: usize> Key<N> {
    fn get(&self, at: usize) -> Option<u64> {
        (self.nulls & (1 << at) == 0).then(|| self.values[at])
    }
}

/// Counts of groups.
pub(super) trait Groups: Send {
    fn len(&self) -> usize;

    /// Bytes in memory.
    fn bytes(&self) -> usize;

    /// Counts rows, but for those in which one of the `known` columns, a bit for each, is null;
    /// gives how many were counted. Texts come as dictionaries.
    fn add(&mut self, columns: &[ArrayRef], known: u8) -> Result<usize>;

    /// The groups so far: their values, then their counts, as often as the schema has columns for
    /// them. Nothing is left.
    fn take(&mut self, schema: &SchemaRef) -> Result<RecordBatch>;
}

/// For columns of these types; `None` where there are too many, or one is of another kind.
pub(super) fn groups(types: &[DataType]) -> Option<Box<dyn Groups>> {
    let kind = |of: &DataType| match of {
        DataType::Int64 | DataType::Timestamp(..) | DataType::Date32 | DataType::Boolean => {
            Some(Kind::Number)
        }
        DataType::Utf8 => Some(Kind::Text(Texts::default())),
        _ => None,
    };
    let keys: Vec<Kind> = types.iter().map(kind).collect::<Option<_>>()?;
    Some(match keys.len() {
        1 => Box::new(Counts::<1>::new(keys)),
        2 => Box::new(Counts::<2>::new(keys)),
        3 => Box::new(Counts::<3>::new(keys)),
        4 => Box::new(Counts::<4>::new(keys)),
        _ => return None,
    })
}

/// By so many columns.
struct Counts<const N: usize> {
    keys: Vec<Kind>,
    counts: HashMap<Key<N>, i64>,
}

impl<const N: usize> Counts<N> {
    fn new(keys: Vec<Kind>) -> Self {
        Self { keys, counts: HashMap::new() }
    }

    /// The group of codes in the columns' order.
    fn key(&mut self, codes: impl Iterator<Item = Option<u64>>) -> Key<N> {
        let mut key = Key { values: [0; N], nulls: 0 };
        for (at, (code, kind)) in codes.zip(&mut self.keys).enumerate() {
            let value = match kind {
                Kind::Number => code,
                Kind::Text(texts) => code.and_then(|code| texts.place(code as usize)),
            };
            match value {
                Some(value) => key.values[at] = value,
                None => key.nulls |= 1 << at,
            }
        }
        key
    }

    fn count(&mut self, key: Key<N>, rows: usize, known: u8) -> usize {
        if key.nulls & known != 0 {
            return 0;
        }
        *self.counts.entry(key).or_insert(0) += rows as i64;
        rows
    }
}

impl<const N: usize> Groups for Counts<N> {
    fn len(&self) -> usize {
        self.counts.len()
    }

    fn bytes(&self) -> usize {
        let texts = self.keys.iter().map(|key| match key {
            Kind::Text(texts) => texts.bytes(),
            Kind::Number => 0,
        });
        texts.sum::<usize>() + self.counts.len() * GROUP_BYTES
    }

    fn add(&mut self, columns: &[ArrayRef], known: u8) -> Result<usize> {
        let rows = columns.first().map_or(0, |column| column.len());
        let columns = columns.iter().zip(&mut self.keys);
        let columns = columns.map(|(array, kind)| Column::of(array, kind));
        let columns = columns.collect::<Result<Vec<_>>>()?;
        // Rows of a file are in order: most are as the one before.
        let mut begins = vec![0; rows];
        for column in &columns {
            column.mark(&mut begins);
        }
        let mut counted = 0;
        if let Some(mut cells) = Cells::of(&columns, rows) {
            runs(&begins, |from, length| cells.count(&columns, from, length));
            for (codes, length) in cells.counts() {
                let codes = columns.iter().zip(codes).map(|(column, code)| match column {
                    Column::Number(values, _) => values.first().map(|value| *value as u64),
                    Column::Text(..) => code,
                });
                let key = self.key(codes);
                counted += self.count(key, length, known);
            }
            return Ok(counted);
        }
        runs(&begins, |from, length| {
            let key = self.key(columns.iter().map(|column| column.code(from)));
            counted += self.count(key, length, known);
        });
        Ok(counted)
    }

    fn take(&mut self, schema: &SchemaRef) -> Result<RecordBatch> {
        let (keys, counts): (Vec<Key<N>>, Vec<i64>) = self.counts.drain().unzip();
        let counts: ArrayRef = Arc::new(Int64Array::from(counts));
        let mut columns = Vec::with_capacity(schema.fields().len());
        for (at, (kind, field)) in self.keys.iter_mut().zip(schema.fields()).enumerate() {
            let values = keys.iter().map(|key| key.get(at));
            columns.push(match kind {
                Kind::Text(texts) => std::mem::take(texts).array(values),
                Kind::Number => numbers(values, field.data_type())?,
            });
        }
        columns.resize(schema.fields().len(), counts);
        Ok(RecordBatch::try_new(schema.clone(), columns)?)
    }
}

fn numbers(values: impl Iterator<Item = Option<u64>>, of: &DataType) -> Result<ArrayRef> {
    let values: Int64Array = values.map(|value| value.map(|value| value as i64)).collect();
    let values: ArrayRef = Arc::new(values);
    let days = matches!(of, DataType::Date32);
    let values = if days { cast(&values, &DataType::Int32)? } else { values };
    Ok(cast(&values, of)?)
}

/// Gives where each run of equal rows begins, and how long it is.
fn runs(begins: &[u8], mut each: impl FnMut(usize, usize)) {
    let mut from = 0;
    while from < begins.len() {
        let next = begins.get(from + 1..).and_then(|rest| memchr::memchr(1, rest));
        let to = next.map_or(begins.len(), |next| from + 1 + next);
        each(from, to - from);
        from = to;
    }
}
