//! Arrays and maps put together of values that stand in other arrays.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ListArray, MapArray, StructArray, UInt32Array};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::take;
use arrow::datatypes::{DataType, Field, Fields};
use arrow::row::{RowConverter, Rows, SortField};
use datafusion::common::Result;

use super::super::bound;

/// The places of the values that the lists of a result have.
#[derive(Default)]
pub(crate) struct Gather {
    places: Vec<u32>,
    lengths: Vec<usize>,
    present: Vec<bool>,
    begun: usize,
}

impl Gather {
    /// One more value of the row at hand.
    pub(crate) fn push(&mut self, place: usize) {
        self.places.push(place as u32);
    }

    /// More values of the row at hand.
    pub(crate) fn extend(&mut self, places: impl IntoIterator<Item = usize>) {
        self.places.extend(places.into_iter().map(|place| place as u32));
    }

    /// How many values the row at hand has so far.
    pub(crate) fn len(&self) -> usize {
        self.places.len() - self.begun
    }

    /// The row is whole.
    ///
    /// # Errors
    /// More than a batch may have.
    pub(crate) fn close(&mut self) -> Result<()> {
        bound::check(self.places.len().saturating_mul(size_of::<u32>()))?;
        self.lengths.push(self.len());
        self.present.push(true);
        self.begun = self.places.len();
        Ok(())
    }

    /// A row without an array.
    pub(crate) fn close_null(&mut self) {
        self.places.truncate(self.begun);
        self.lengths.push(0);
        self.present.push(false);
    }

    /// The lists of values.
    pub(crate) fn lists(self, values: &ArrayRef) -> Result<ArrayRef> {
        bound::check(bound::taken(values, &self.places)?)?;
        let items = take(values.as_ref(), &UInt32Array::from(self.places), None)?;
        let item = Arc::new(Field::new("item", items.data_type().clone(), true));
        let offsets = OffsetBuffer::from_lengths(self.lengths);
        let nulls = NullBuffer::from(self.present);
        Ok(Arc::new(ListArray::try_new(item, offsets, items, Some(nulls))?))
    }

    /// The maps of keys and values that stand at the same places.
    pub(crate) fn maps(self, keys: &ArrayRef, values: &ArrayRef) -> Result<ArrayRef> {
        let keys_bytes = bound::taken(keys, &self.places)?;
        bound::check(keys_bytes.saturating_add(bound::taken(values, &self.places)?))?;
        let places = UInt32Array::from(self.places);
        let keys = take(keys.as_ref(), &places, None)?;
        let values = take(values.as_ref(), &places, None)?;
        map_array(keys, values, self.lengths, self.present)
    }
}

/// Maps of so many entries each.
pub(crate) fn map_array(
    keys: ArrayRef,
    values: ArrayRef,
    lengths: Vec<usize>,
    present: Vec<bool>,
) -> Result<ArrayRef> {
    let fields = Fields::from(vec![
        Field::new("key", keys.data_type().clone(), false),
        Field::new("value", values.data_type().clone(), true),
    ]);
    let entries = StructArray::try_new(fields.clone(), vec![keys, values], None)?;
    let entries_field = Field::new("entries", DataType::Struct(fields), false);
    Ok(Arc::new(MapArray::try_new(
        Arc::new(entries_field),
        OffsetBuffer::from_lengths(lengths),
        entries,
        Some(NullBuffer::from(present)),
        false,
    )?))
}

/// The values in a form in which any two can be compared.
pub(crate) fn rows_of(values: &ArrayRef) -> Result<Rows> {
    let converter = RowConverter::new(vec![SortField::new(values.data_type().clone())])?;
    Ok(converter.convert_columns(std::slice::from_ref(values))?)
}
