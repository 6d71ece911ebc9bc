//! The columns of one batch, as values that are equal where the rows' are.

use arrow::array::{Array, ArrayRef, AsArray, DictionaryArray};
use arrow::buffer::{NullBuffer, ScalarBuffer};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int32Type, Int64Type};
use datafusion::common::{Result, internal_err};

use super::texts::Texts;

/// What a column is counted by.
pub(super) enum Kind {
    Number,
    Text(Texts),
}

/// A column of one batch.
pub(super) enum Column<'a> {
    Number(ScalarBuffer<i64>, Option<NullBuffer>),
    /// Numbers into a dictionary of so many texts.
    Text(&'a DictionaryArray<Int32Type>, usize),
}

impl<'a> Column<'a> {
    pub(super) fn of(array: &'a ArrayRef, kind: &mut Kind) -> Result<Self> {
        match kind {
            Kind::Number => {
                let days = matches!(array.data_type(), DataType::Date32);
                let array = if days { cast(array, &DataType::Int32)? } else { array.clone() };
                let numbers = cast(&array, &DataType::Int64)?;
                let numbers = numbers.as_primitive::<Int64Type>();
                Ok(Self::Number(numbers.values().clone(), some(numbers.nulls()).cloned()))
            }
            Kind::Text(texts) => {
                let Some(coded) = array.as_any_dictionary_opt() else {
                    return internal_err!("texts to be counted come without a dictionary");
                };
                texts.turn_to(coded.values());
                Ok(Self::Text(array.as_dictionary::<Int32Type>(), coded.values().len()))
            }
        }
    }

    fn nulls(&self) -> Option<&NullBuffer> {
        match self {
            Self::Number(_, nulls) => nulls.as_ref(),
            Self::Text(of, _) => some(of.keys().nulls()),
        }
    }

    /// The value of a row as far as this batch goes; `None` for a null.
    pub(super) fn code(&self, row: usize) -> Option<u64> {
        if self.nulls().is_some_and(|nulls| nulls.is_null(row)) {
            return None;
        }
        Some(match self {
            Self::Number(values, _) => values[row] as u64,
            Self::Text(of, _) => of.keys().values()[row] as u64,
        })
    }

    /// A bound of the codes, where there is a small one: a dictionary's size. A number that all
    /// rows have counts as none.
    pub(super) fn codes(&self) -> Option<usize> {
        match self {
            Self::Text(_, texts) => Some(*texts),
            Self::Number(values, None) => {
                let first = values.first()?;
                values.iter().all(|value| value == first).then_some(0)
            }
            Self::Number(..) => None,
        }
    }

    /// Marks rows whose value is not that of the row before.
    pub(super) fn mark(&self, begins: &mut [u8]) {
        match self {
            Self::Number(values, _) => mark(values, begins),
            Self::Text(of, _) => mark(of.keys().values(), begins),
        }
        let Some(nulls) = self.nulls() else { return };
        for (from, to) in nulls.inner().set_slices() {
            for edge in [from, to] {
                if let Some(begins) = begins.get_mut(edge) {
                    *begins = 1;
                }
            }
        }
    }
}

fn some(nulls: Option<&NullBuffer>) -> Option<&NullBuffer> {
    nulls.filter(|nulls| nulls.null_count() > 0)
}

fn mark<T: PartialEq>(values: &[T], begins: &mut [u8]) {
    let (Some(begins), Some(later)) = (begins.get_mut(1..), values.get(1..)) else { return };
    for ((begins, value), before) in begins.iter_mut().zip(later).zip(values) {
        *begins |= u8::from(value != before);
    }
}
