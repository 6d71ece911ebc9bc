//! Columns become arrays.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int32Array, ListArray, MapArray, StructArray,
    TimestampMicrosecondArray, new_null_array,
};
use arrow::datatypes::{DataType, Fields};
use arrow::error::ArrowError;

use super::column::Column;

/// The end of a batch.
pub(super) struct Finish<'a> {
    columns: &'a mut [Column],
    rows: usize,
    /// Arrays of nulls, which columns without a value share.
    empty: Vec<ArrayRef>,
}

impl<'a> Finish<'a> {
    pub(super) fn new(columns: &'a mut [Column], rows: usize) -> Self {
        Self { columns, rows, empty: Vec::new() }
    }

    /// The array of the column at `place`, which begins anew.
    pub(super) fn column(
        &mut self,
        place: usize,
        data_type: &DataType,
    ) -> Result<ArrayRef, ArrowError> {
        if self.columns[place].len() == 0 && self.rows > 0 {
            return Ok(self.nulls(data_type));
        }
        let rows = self.rows;
        match (&mut self.columns[place], data_type) {
            (Column::Text(texts), _) => Ok(Arc::new(texts.finish(rows)?)),
            (Column::Time(numbers), _) => {
                let (values, nulls) = numbers.finish(rows);
                Ok(Arc::new(TimestampMicrosecondArray::new(values.into(), nulls)))
            }
            (Column::Flag(flags), _) => {
                let (values, nulls) = flags.finish(rows);
                Ok(Arc::new(BooleanArray::new(values.into(), nulls)))
            }
            (Column::Whole(numbers), _) => {
                let (values, nulls) = numbers.finish(rows);
                Ok(Arc::new(Int32Array::new(values.into(), nulls)))
            }
            (Column::Number(numbers), _) => {
                let (values, nulls) = numbers.finish(rows);
                Ok(Arc::new(Float64Array::new(values.into(), nulls)))
            }
            (Column::Map(map), DataType::Map(entries, _)) => {
                let count = map.keys.len();
                let (offsets, nulls) = map.ends.finish(rows);
                let fields = fields_of(entries.data_type())?;
                let inner: Vec<ArrayRef> =
                    vec![Arc::new(map.keys.finish(count)?), Arc::new(map.values.finish(count)?)];
                let inner = StructArray::try_new(fields.clone(), inner, None)?;
                let entries = Arc::clone(entries);
                Ok(Arc::new(MapArray::try_new(entries, offsets, inner, nulls, false)?))
            }
            (Column::Struct { valid, fields }, DataType::Struct(types)) => {
                let (_, nulls) = valid.finish(rows);
                let fields = fields.clone();
                let inner = self.fields(&fields, types)?;
                Ok(Arc::new(StructArray::try_new(types.clone(), inner, nulls)?))
            }
            (Column::List { ends, fields }, DataType::List(element)) => {
                let count = ends.last();
                let (offsets, nulls) = ends.finish(rows);
                let fields = fields.clone();
                let types = fields_of(element.data_type())?;
                let inner = Finish::new(self.columns, count).fields(&fields, types)?;
                let values = StructArray::try_new_with_length(types.clone(), inner, None, count)?;
                let element = Arc::clone(element);
                Ok(Arc::new(ListArray::try_new(element, offsets, Arc::new(values), nulls)?))
            }
            (_, other) => Err(ArrowError::SchemaError(format!("no column is of type {other}"))),
        }
    }

    fn fields(&mut self, places: &[usize], types: &Fields) -> Result<Vec<ArrayRef>, ArrowError> {
        let places = places.iter().zip(types);
        places.map(|(place, field)| self.column(*place, field.data_type())).collect()
    }

    fn nulls(&mut self, data_type: &DataType) -> ArrayRef {
        let known = self.empty.iter().find(|array| array.data_type() == data_type);
        if let Some(array) = known {
            return Arc::clone(array);
        }
        let array = new_null_array(data_type, self.rows);
        self.empty.push(Arc::clone(&array));
        array
    }
}

fn fields_of(data_type: &DataType) -> Result<&Fields, ArrowError> {
    match data_type {
        DataType::Struct(fields) => Ok(fields),
        other => Err(ArrowError::SchemaError(format!("no list and no map has elements {other}"))),
    }
}
