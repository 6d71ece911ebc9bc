//! The arguments of a call over a batch of rows.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BooleanArray, Date32Array, Float64Array, Int64Array,
    ListArray, MapArray, PrimitiveArray, StringArray, StringBuilder, Time64MicrosecondArray,
};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, FieldRef, Float64Type, Int64Type,
    Time64MicrosecondType, TimestampMicrosecondType,
};
use datafusion::common::Result;

use super::bound;
use super::civil::zone;

/// Rows between two looks at whether anyone waits for them.
pub(super) const ROWS: usize = 64;

/// One batch of a function's work.
pub(super) struct Call<'a> {
    pub(super) rows: usize,
    pub(super) result: &'a DataType,
    pub(super) fields: &'a [FieldRef],
    /// Each argument: a value a row, or one for all.
    columns: Vec<(ArrayRef, bool)>,
}

/// An argument.
pub(super) struct Column<'a, A> {
    pub(super) array: &'a A,
    constant: bool,
}

/// Leaves a row null where an argument is.
macro_rules! known {
    ($value:expr) => {
        match $value {
            Some(value) => value,
            None => return Ok(None),
        }
    };
}
pub(super) use known;

impl<'a> Call<'a> {
    pub(super) fn new(
        rows: usize,
        columns: Vec<(ArrayRef, bool)>,
        fields: &'a [FieldRef],
        result: &'a DataType,
    ) -> Self {
        Self { rows, result, fields, columns }
    }

    /// The call for one of its rows.
    pub(super) fn only(&self, row: usize) -> Self {
        let of = |(array, constant): &(ArrayRef, bool)| {
            (if *constant { array.clone() } else { array.slice(row, 1) }, *constant)
        };
        Self { rows: 1, columns: self.columns.iter().map(of).collect(), ..*self }
    }

    /// How many arguments there are.
    pub(super) fn count(&self) -> usize {
        self.columns.len()
    }

    pub(super) fn array(&self, at: usize) -> &ArrayRef {
        &self.columns[at].0
    }

    /// Where an argument's value of a row stands in its array.
    pub(super) fn place(&self, at: usize, row: usize) -> usize {
        if self.columns[at].1 { 0 } else { row }
    }

    pub(super) fn is_constant(&self, at: usize) -> bool {
        self.columns[at].1
    }

    /// A text for each row.
    pub(super) fn texts<T: AsRef<str>>(
        &self,
        mut of: impl FnMut(usize) -> Result<Option<T>>,
    ) -> Result<ArrayRef> {
        let mut texts = StringBuilder::with_capacity(self.rows, self.rows * 16);
        for row in 0..self.rows {
            if row % ROWS == 0 {
                bound::pause()?;
            }
            let text = of(row)?;
            let more = text.as_ref().map_or(0, |text| text.as_ref().len());
            bound::check(texts.values_slice().len() + more)?;
            texts.append_option(text);
        }
        Ok(Arc::new(texts.finish()))
    }

    pub(super) fn text(&self, at: usize) -> Column<'_, StringArray> {
        self.column(at, self.array(at).as_string())
    }

    /// The argument, if it is text.
    pub(super) fn text_if(&self, at: usize) -> Option<Column<'_, StringArray>> {
        self.array(at).as_string_opt().map(|array| self.column(at, array))
    }

    pub(super) fn long(&self, at: usize) -> Column<'_, Int64Array> {
        self.column(at, self.array(at).as_primitive::<Int64Type>())
    }

    pub(super) fn double(&self, at: usize) -> Column<'_, Float64Array> {
        self.column(at, self.array(at).as_primitive::<Float64Type>())
    }

    pub(super) fn day(&self, at: usize) -> Column<'_, Date32Array> {
        self.column(at, self.array(at).as_primitive::<Date32Type>())
    }

    /// Microseconds of the day.
    pub(super) fn clock(&self, at: usize) -> Column<'_, Time64MicrosecondArray> {
        self.column(at, self.array(at).as_primitive::<Time64MicrosecondType>())
    }

    pub(super) fn bytes(&self, at: usize) -> Column<'_, BinaryArray> {
        self.column(at, self.array(at).as_binary::<i32>())
    }

    pub(super) fn flag(&self, at: usize) -> Column<'_, BooleanArray> {
        self.column(at, self.array(at).as_boolean())
    }

    pub(super) fn list(&self, at: usize) -> Column<'_, ListArray> {
        self.column(at, self.array(at).as_list::<i32>())
    }

    pub(super) fn map(&self, at: usize) -> Column<'_, MapArray> {
        self.column(at, self.array(at).as_map())
    }

    /// Microseconds of a timestamp, as a clock on the wall of its zone shows them.
    pub(super) fn time(&self, at: usize) -> Result<Times> {
        let array = self.array(at);
        let zone = zone_of(array.data_type());
        let instants = array.as_primitive::<TimestampMicrosecondType>().clone();
        let walls = match zone {
            Some(zone) => zone::to_wall(&instants, zone)?,
            None => instants,
        };
        Ok(Times { walls, constant: self.is_constant(at) })
    }

    fn column<'b, A>(&self, at: usize, array: &'b A) -> Column<'b, A> {
        Column { array, constant: self.is_constant(at) }
    }
}

/// The zone of a timestamp that is no plain one.
pub(super) fn zone_of(data_type: &DataType) -> Option<&str> {
    match data_type {
        DataType::Timestamp(_, Some(zone)) => Some(zone),
        _ => None,
    }
}

/// Timestamps of an argument.
pub(super) struct Times {
    walls: PrimitiveArray<TimestampMicrosecondType>,
    constant: bool,
}

impl Times {
    pub(super) fn get(&self, row: usize) -> Option<i64> {
        let place = if self.constant { 0 } else { row };
        self.walls.is_valid(place).then(|| self.walls.value(place))
    }

    /// As an array, if each row has its own.
    pub(super) fn each(&self) -> Option<&PrimitiveArray<TimestampMicrosecondType>> {
        (!self.constant).then_some(&self.walls)
    }
}

impl<A: Array> Column<'_, A> {
    /// Where the value of a row stands; `None` for a null.
    pub(super) fn place(&self, row: usize) -> Option<usize> {
        let place = if self.constant { 0 } else { row };
        self.array.is_valid(place).then_some(place)
    }
}

impl<'a> Column<'a, StringArray> {
    pub(super) fn get(&self, row: usize) -> Option<&'a str> {
        self.place(row).map(|place| self.array.value(place))
    }

    /// The value of all rows, if there is one.
    pub(super) fn constant(&self) -> Option<&'a str> {
        if self.constant { self.get(0) } else { None }
    }
}

impl<T: ArrowPrimitiveType> Column<'_, PrimitiveArray<T>> {
    pub(super) fn get(&self, row: usize) -> Option<T::Native> {
        self.place(row).map(|place| self.array.value(place))
    }
}

impl<'a> Column<'a, BinaryArray> {
    pub(super) fn get(&self, row: usize) -> Option<&'a [u8]> {
        self.place(row).map(|place| self.array.value(place))
    }
}

impl Column<'_, BooleanArray> {
    pub(super) fn get(&self, row: usize) -> Option<bool> {
        self.place(row).map(|place| self.array.value(place))
    }
}

impl Column<'_, ListArray> {
    /// Where the items of a row's list begin and end among all items.
    pub(super) fn range(&self, row: usize) -> Option<std::ops::Range<usize>> {
        let offsets = self.array.value_offsets();
        self.place(row).map(|place| offsets[place] as usize..offsets[place + 1] as usize)
    }
}

impl Column<'_, MapArray> {
    /// Where the entries of a row's map begin and end among all entries.
    pub(super) fn range(&self, row: usize) -> Option<std::ops::Range<usize>> {
        let offsets = self.array.value_offsets();
        self.place(row).map(|place| offsets[place] as usize..offsets[place + 1] as usize)
    }
}
