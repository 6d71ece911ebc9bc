//! Columns while they grow. One that lags behind is null in the rows it lacks, so that what a
//! record does not have costs nothing.

use std::collections::{HashMap, HashSet};

use arrow::array::{BinaryArray, NullBufferBuilder, StringArray};
use arrow::buffer::{Buffer, NullBuffer, OffsetBuffer};
use arrow::error::ArrowError;

/// A column, or a field inside of one. Fields of structs and of lists' elements are columns too,
/// and known by their place among all columns.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one of each column, not of each row")]
pub(super) enum Column {
    Text(Texts),
    Time(Numbers<i64>),
    Flag(Numbers<bool>),
    Whole(Numbers<i32>),
    Number(Numbers<f64>),
    Map(Map),
    Struct { valid: Numbers<()>, fields: Vec<usize> },
    List { ends: Ends, fields: Vec<usize> },
}

/// Where each row's part of something ends.
#[derive(Debug)]
pub(super) struct Ends {
    /// One more than there are rows: the first is 0.
    offsets: Vec<i32>,
    valid: Validity,
}

impl Default for Ends {
    fn default() -> Self {
        Self { offsets: vec![0], valid: Validity::default() }
    }
}

impl Ends {
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Where the last row's part ends.
    #[inline]
    pub(super) fn last(&self) -> usize {
        self.offsets[self.offsets.len() - 1] as usize
    }

    #[inline]
    pub(super) fn put(&mut self, row: usize, end: usize) {
        self.fill(row);
        self.offsets.push(end as i32);
        self.valid.0.append_non_null();
    }

    #[inline]
    fn fill(&mut self, rows: usize) {
        let missing = rows - self.len();
        if missing > 0 {
            self.offsets.resize(rows + 1, self.last() as i32);
            self.valid.0.append_n_nulls(missing);
        }
    }

    fn truncate(&mut self, rows: usize) {
        if self.len() > rows {
            self.offsets.truncate(rows + 1);
            self.valid.0.truncate(rows);
        }
    }

    pub(super) fn finish(&mut self, rows: usize) -> (OffsetBuffer<i32>, Option<NullBuffer>) {
        self.fill(rows);
        let mut next = Vec::with_capacity(likely(self.offsets.len()));
        next.push(0);
        let offsets = std::mem::replace(&mut self.offsets, next);
        (OffsetBuffer::new(offsets.into()), self.valid.0.finish())
    }
}

/// Room for the next batch, which is likely as large as the one before.
fn likely(len: usize) -> usize {
    len + len / 16
}

fn take<T>(values: &mut Vec<T>) -> Vec<T> {
    let next = Vec::with_capacity(likely(values.len()));
    std::mem::replace(values, next)
}

#[derive(Debug)]
struct Validity(NullBufferBuilder);

impl Default for Validity {
    fn default() -> Self {
        Self(NullBufferBuilder::new(0))
    }
}

/// Texts, or bytes.
#[derive(Debug, Default)]
pub(super) struct Texts {
    ends: Ends,
    bytes: Vec<u8>,
}

impl Texts {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    #[inline]
    pub(super) fn put(&mut self, row: usize, text: &[u8]) {
        self.bytes.extend_from_slice(text);
        self.ends.put(row, self.bytes.len());
    }

    fn truncate(&mut self, rows: usize) {
        self.ends.truncate(rows);
        self.bytes.truncate(self.ends.last());
    }

    fn get(&self, row: usize) -> Option<&[u8]> {
        let ends = &self.ends.offsets;
        let bytes = &self.bytes[ends[row] as usize..ends[row + 1] as usize];
        self.ends.valid.0.is_valid(row).then_some(bytes)
    }

    pub(super) fn finish(&mut self, rows: usize) -> Result<StringArray, ArrowError> {
        let (offsets, nulls) = self.ends.finish(rows);
        StringArray::try_new(offsets, Buffer::from_vec(take(&mut self.bytes)), nulls)
    }

    pub(super) fn finish_binary(&mut self, rows: usize) -> Result<BinaryArray, ArrowError> {
        let (offsets, nulls) = self.ends.finish(rows);
        BinaryArray::try_new(offsets, Buffer::from_vec(take(&mut self.bytes)), nulls)
    }
}

/// Values of one width.
#[derive(Debug)]
pub(super) struct Numbers<T> {
    values: Vec<T>,
    valid: Validity,
}

impl<T> Default for Numbers<T> {
    fn default() -> Self {
        Self { values: Vec::new(), valid: Validity::default() }
    }
}

impl<T: Copy + Default> Numbers<T> {
    #[inline]
    pub(super) fn put(&mut self, row: usize, value: T) {
        self.fill(row);
        self.values.push(value);
        self.valid.0.append_non_null();
    }

    fn fill(&mut self, rows: usize) {
        let missing = rows - self.values.len();
        if missing > 0 {
            self.values.resize(rows, T::default());
            self.valid.0.append_n_nulls(missing);
        }
    }

    pub(super) fn truncate(&mut self, rows: usize) {
        if self.values.len() > rows {
            self.values.truncate(rows);
            self.valid.0.truncate(rows);
        }
    }

    pub(super) fn finish(&mut self, rows: usize) -> (Vec<T>, Option<NullBuffer>) {
        self.fill(rows);
        (take(&mut self.values), self.valid.0.finish())
    }
}

/// Names and values, and which of them belong to a row.
#[derive(Debug, Default)]
pub(super) struct Map {
    pub(super) ends: Ends,
    pub(super) keys: Texts,
    pub(super) values: Texts,
    /// A number of each key since the row before; keys with different ones differ.
    marks: Vec<u64>,
}

impl Map {
    /// Adds an entry to the row that [`Map::close`] ends.
    #[inline]
    pub(super) fn entry(&mut self, key: &[u8], value: Option<&[u8]>) {
        let entry = self.keys.len();
        self.marks.push(mark(key));
        self.keys.put(entry, key);
        match value {
            Some(value) => self.values.put(entry, value),
            None => self.values.ends.fill(entry + 1),
        }
    }

    /// Ends a row with the entries that were added since the one before; gives whether a key is
    /// there twice, of which then only the last is kept.
    pub(super) fn close(&mut self, row: usize) -> bool {
        let start = self.ends.last();
        let doubled = self.has_double(start);
        if doubled {
            self.keep_last(start);
        }
        self.ends.put(row, self.keys.len());
        doubled
    }

    fn has_double(&mut self, start: usize) -> bool {
        let marks = std::mem::take(&mut self.marks);
        let mut found = false;
        if marks.len() > 64 {
            let keys = (start..self.keys.len()).map(|entry| self.keys.get(entry));
            found = keys.collect::<HashSet<_>>().len() < marks.len();
        } else if has_equal(&marks) {
            let key = |entry: usize| self.keys.get(start + entry);
            found = (1..marks.len()).any(|at| (0..at).any(|before| key(before) == key(at)));
        }
        self.marks = marks;
        self.marks.clear();
        found
    }

    #[cold]
    fn keep_last(&mut self, start: usize) {
        let mut kept: Vec<(Vec<u8>, Option<Vec<u8>>)> = Vec::new();
        let mut places: HashMap<Vec<u8>, usize> = HashMap::new();
        for entry in start..self.keys.len() {
            let key = self.keys.get(entry).unwrap_or_default().to_vec();
            let value = self.values.get(entry).map(<[u8]>::to_vec);
            match places.get(&key) {
                Some(place) => kept[*place].1 = value,
                None => {
                    places.insert(key.clone(), kept.len());
                    kept.push((key, value));
                }
            }
        }
        self.drop_entries(start);
        for (key, value) in kept {
            self.entry(&key, value.as_deref());
        }
        self.marks.clear();
    }

    /// Forgets the entries behind the first `entries`.
    fn drop_entries(&mut self, entries: usize) {
        self.marks.clear();
        self.keys.truncate(entries);
        self.values.truncate(entries);
    }

    fn truncate(&mut self, rows: usize) {
        self.ends.truncate(rows);
        self.drop_entries(self.ends.last());
    }
}

#[inline]
fn mark(key: &[u8]) -> u64 {
    let word = |bytes: &[u8; 8]| u64::from_le_bytes(*bytes);
    let length = (key.len() as u64) << 56;
    match (key.first_chunk(), key.last_chunk()) {
        (Some(first), Some(last)) => word(first) ^ word(last).rotate_left(32) ^ length,
        _ => key.iter().fold(length, |mark, byte| mark << 8 | u64::from(*byte)),
    }
}

fn has_equal(marks: &[u64]) -> bool {
    (1..marks.len()).any(|at| marks[..at].contains(&marks[at]))
}

impl Column {
    /// How many rows it has by itself; those it lacks are null.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Text(texts) => texts.len(),
            Self::Time(numbers) => numbers.values.len(),
            Self::Flag(flags) => flags.values.len(),
            Self::Whole(numbers) => numbers.values.len(),
            Self::Number(numbers) => numbers.values.len(),
            Self::Map(map) => map.ends.len(),
            Self::Struct { valid, .. } => valid.values.len(),
            Self::List { ends, .. } => ends.len(),
        }
    }
}

/// Forgets the rows of a column behind the first `rows`, and those of its fields.
#[cold]
pub(super) fn truncate(columns: &mut [Column], place: usize, rows: usize) {
    let (fields, rows) = match &mut columns[place] {
        Column::Text(texts) => return texts.truncate(rows),
        Column::Time(numbers) => return numbers.truncate(rows),
        Column::Flag(flags) => return flags.truncate(rows),
        Column::Whole(numbers) => return numbers.truncate(rows),
        Column::Number(numbers) => return numbers.truncate(rows),
        Column::Map(map) => return map.truncate(rows),
        Column::Struct { valid, fields } => {
            valid.truncate(rows);
            (fields.clone(), rows)
        }
        Column::List { ends, fields } => {
            ends.truncate(rows);
            (fields.clone(), ends.last())
        }
    };
    for field in fields {
        truncate(columns, field, rows);
    }
}
