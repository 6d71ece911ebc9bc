//! How often each combination of values was met.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, DictionaryArray, Int64Array, StringBuilder};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int32Type, Int64Type, SchemaRef};
use arrow::record_batch::RecordBatch;
use datafusion::common::{Result, internal_err};
use hashbrown::HashMap;

/// Bytes of a group in the table, roughly.
const GROUP_BYTES: usize = 96;
/// Bytes of a text beside its characters, roughly.
const TEXT_BYTES: usize = 64;
/// A number of a dictionary whose text was not looked up.
const UNKNOWN: u64 = u64::MAX;

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

    /// Counts rows. Texts come as dictionaries.
    fn add(&mut self, columns: &[ArrayRef]) -> Result<()>;

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

enum Kind {
    Number,
    Text(Texts),
}

/// Texts of one column, each once.
#[derive(Default)]
struct Texts {
    places: HashMap<Arc<str>, u64>,
    all: Vec<Arc<str>>,
    bytes: usize,
    /// The dictionary that came last, and the places of its texts.
    dictionary: Option<ArrayRef>,
    known: Vec<u64>,
}

/// A column of one batch: numbers that are equal where values are.
enum Column<'a> {
    Number(Int64Array),
    Text(&'a DictionaryArray<Int32Type>),
}

impl<const N: usize> Counts<N> {
    fn new(keys: Vec<Kind>) -> Self {
        Self { keys, counts: HashMap::new() }
    }

    fn key(&mut self, columns: &[Column<'_>], row: usize) -> Key<N> {
        let mut key = Key { values: [0; N], nulls: 0 };
        for (at, (column, kind)) in columns.iter().zip(&mut self.keys).enumerate() {
            let value = match (column, kind) {
                (Column::Number(of), _) => of.is_valid(row).then(|| of.value(row) as u64),
                (Column::Text(of), Kind::Text(texts)) => {
                    of.key(row).and_then(|key| texts.place(key))
                }
                (Column::Text(_), Kind::Number) => None,
            };
            match value {
                Some(value) => key.values[at] = value,
                None => key.nulls |= 1 << at,
            }
        }
        key
    }
}

impl<const N: usize> Groups for Counts<N> {
    fn len(&self) -> usize {
        self.counts.len()
    }

    fn bytes(&self) -> usize {
        let texts = self.keys.iter().map(|key| match key {
            Kind::Text(texts) => texts.bytes + texts.all.len() * TEXT_BYTES,
            Kind::Number => 0,
        });
        texts.sum::<usize>() + self.counts.len() * GROUP_BYTES
    }

    fn add(&mut self, columns: &[ArrayRef]) -> Result<()> {
        let rows = columns.first().map_or(0, |column| column.len());
        let columns = columns.iter().zip(&mut self.keys);
        let columns = columns.map(|(array, kind)| Column::of(array, kind));
        let columns = columns.collect::<Result<Vec<_>>>()?;
        // Rows of a file are in order: most are as the one before.
        let mut begins = vec![false; rows];
        for column in &columns {
            column.mark(&mut begins);
        }
        let mut from = 0;
        for row in 1..=rows {
            if begins.get(row).copied().unwrap_or(true) {
                let key = self.key(&columns, from);
                *self.counts.entry(key).or_insert(0) += (row - from) as i64;
                from = row;
            }
        }
        Ok(())
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

impl Texts {
    /// From here on numbers are of this dictionary.
    fn turn_to(&mut self, dictionary: &ArrayRef) {
        let same = |last: &ArrayRef| last.to_data().ptr_eq(&dictionary.to_data());
        if !self.dictionary.as_ref().is_some_and(same) {
            self.known = vec![UNKNOWN; dictionary.len()];
            self.dictionary = Some(dictionary.clone());
        }
    }

    fn place(&mut self, key: usize) -> Option<u64> {
        let known = self.known.get(key).copied().unwrap_or(UNKNOWN);
        if known != UNKNOWN {
            return Some(known);
        }
        let dictionary = self.dictionary.clone()?;
        let dictionary = dictionary.as_string::<i32>();
        if dictionary.is_null(key) {
            return None;
        }
        let text = dictionary.value(key);
        let place = match self.places.get(text) {
            Some(place) => *place,
            None => self.put(text),
        };
        if let Some(known) = self.known.get_mut(key) {
            *known = place;
        }
        Some(place)
    }

    fn put(&mut self, text: &str) -> u64 {
        let (text, place): (Arc<str>, u64) = (text.into(), self.all.len() as u64);
        self.bytes += text.len();
        self.all.push(text.clone());
        self.places.insert(text, place);
        place
    }

    fn array(self, places: impl Iterator<Item = Option<u64>>) -> ArrayRef {
        let mut texts = StringBuilder::new();
        for place in places {
            texts.append_option(place.and_then(|place| self.all.get(place as usize)));
        }
        Arc::new(texts.finish())
    }
}

impl<'a> Column<'a> {
    fn of(array: &'a ArrayRef, kind: &mut Kind) -> Result<Self> {
        match kind {
            Kind::Number => {
                let days = matches!(array.data_type(), DataType::Date32);
                let array = if days { cast(array, &DataType::Int32)? } else { array.clone() };
                let numbers = cast(&array, &DataType::Int64)?;
                Ok(Self::Number(numbers.as_primitive::<Int64Type>().clone()))
            }
            Kind::Text(texts) => {
                let Some(coded) = array.as_any_dictionary_opt() else {
                    return internal_err!("texts to be counted come without a dictionary");
                };
                texts.turn_to(coded.values());
                Ok(Self::Text(array.as_dictionary::<Int32Type>()))
            }
        }
    }

    /// Marks rows whose value is not that of the row before.
    fn mark(&self, begins: &mut [bool]) {
        let nulls = match self {
            Self::Number(of) => {
                mark(of.values(), begins);
                of.nulls()
            }
            Self::Text(of) => {
                mark(of.keys().values(), begins);
                of.keys().nulls()
            }
        };
        if let Some(nulls) = nulls.filter(|nulls| nulls.null_count() > 0) {
            let valid: Vec<bool> = nulls.iter().collect();
            mark(&valid, begins);
        }
    }
}

fn mark<T: PartialEq>(values: &[T], begins: &mut [bool]) {
    let (Some(begins), Some(later)) = (begins.get_mut(1..), values.get(1..)) else { return };
    for ((begins, value), before) in begins.iter_mut().zip(later).zip(values) {
        *begins |= value != before;
    }
}
