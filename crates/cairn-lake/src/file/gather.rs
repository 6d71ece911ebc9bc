//! Rows of several batches in a new order.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, BooleanBufferBuilder, GenericByteArray, ListArray,
    MapArray, NullBufferBuilder, PrimitiveArray, StructArray, new_null_array,
};
use arrow::buffer::{Buffer, NullBuffer, OffsetBuffer};
use arrow::datatypes::{
    ArrowPrimitiveType, BinaryType, ByteArrayType, DataType, Float64Type, Int32Type, Int64Type,
    TimestampMicrosecondType, Utf8Type,
};
use arrow::error::ArrowError;

/// Rows of a batch that follow one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Run {
    pub(super) batch: u32,
    pub(super) start: u32,
    pub(super) len: u32,
}

/// Rows of a run from which on its bits are copied together.
const LONG: u32 = 16;

impl Run {
    fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.start as usize + self.len as usize
    }
}

/// An array of the rows of `runs`; `arrays` has that column of each batch.
pub(super) fn gather(
    data_type: &DataType,
    arrays: &[&dyn Array],
    runs: &[Run],
) -> Result<ArrayRef, ArrowError> {
    let rows: usize = runs.iter().map(|run| run.len as usize).sum();
    if arrays.iter().all(|array| array.null_count() == array.len()) {
        return Ok(new_null_array(data_type, rows));
    }
    match data_type {
        DataType::Utf8 => gather_bytes::<Utf8Type>(arrays, runs, rows),
        DataType::Binary => gather_bytes::<BinaryType>(arrays, runs, rows),
        DataType::Int64 => gather_numbers::<Int64Type>(arrays, runs, rows),
        DataType::Int32 => gather_numbers::<Int32Type>(arrays, runs, rows),
        DataType::Float64 => gather_numbers::<Float64Type>(arrays, runs, rows),
        DataType::Timestamp(..) => gather_numbers::<TimestampMicrosecondType>(arrays, runs, rows),
        DataType::Boolean => gather_flags(arrays, runs, rows),
        DataType::Struct(fields) => {
            let structs = typed(arrays, |array| array.as_struct_opt())?;
            let mut columns = Vec::with_capacity(fields.len());
            for (place, field) in fields.iter().enumerate() {
                let inner: Vec<&dyn Array> =
                    structs.iter().map(|array| array.column(place).as_ref()).collect();
                columns.push(gather(field.data_type(), &inner, runs)?);
            }
            let nulls = gather_nulls(arrays, runs, rows);
            Ok(Arc::new(StructArray::try_new_with_length(fields.clone(), columns, nulls, rows)?))
        }
        DataType::List(element) => {
            let lists: Vec<&ListArray> = typed(arrays, |array| array.as_list_opt())?;
            let offsets: Vec<&[i32]> = lists.iter().map(|list| list.value_offsets()).collect();
            let (offsets, inner_runs) = inner_runs(&offsets, runs, rows);
            let inner: Vec<&dyn Array> = lists.iter().map(|list| list.values().as_ref()).collect();
            let values = gather(element.data_type(), &inner, &inner_runs)?;
            let nulls = gather_nulls(arrays, runs, rows);
            Ok(Arc::new(ListArray::try_new(Arc::clone(element), offsets, values, nulls)?))
        }
        DataType::Map(entries, sorted) => {
            let maps: Vec<&MapArray> = typed(arrays, |array| array.as_map_opt())?;
            let offsets: Vec<&[i32]> = maps.iter().map(|map| map.value_offsets()).collect();
            let (offsets, inner_runs) = inner_runs(&offsets, runs, rows);
            let inner: Vec<&dyn Array> = maps.iter().map(|map| map.entries() as _).collect();
            let values = gather(entries.data_type(), &inner, &inner_runs)?;
            let nulls = gather_nulls(arrays, runs, rows);
            let values = values.as_struct().clone();
            Ok(Arc::new(MapArray::try_new(Arc::clone(entries), offsets, values, nulls, *sorted)?))
        }
        other => Err(ArrowError::SchemaError(format!("no column is of type {other}"))),
    }
}

fn typed<'a, T>(
    arrays: &[&'a dyn Array],
    cast: impl Fn(&'a dyn Array) -> Option<T>,
) -> Result<Vec<T>, ArrowError> {
    let other = || ArrowError::SchemaError("batches have columns of other types".to_owned());
    arrays.iter().map(|array| cast(*array)).collect::<Option<_>>().ok_or_else(other)
}

/// Where the parts of the rows end, and which elements they are.
fn inner_runs(arrays: &[&[i32]], runs: &[Run], rows: usize) -> (OffsetBuffer<i32>, Vec<Run>) {
    let mut offsets = Vec::with_capacity(rows + 1);
    let mut inner = Vec::with_capacity(runs.len());
    let mut end = 0i32;
    offsets.push(0);
    for run in runs {
        let ends = &arrays[run.batch as usize][run.start as usize..][..=run.len as usize];
        offsets.extend(ends[1..].iter().map(|place| end + place - ends[0]));
        let len = ends[run.len as usize] - ends[0];
        end += len;
        if len > 0 {
            inner.push(Run { batch: run.batch, start: ends[0] as u32, len: len as u32 });
        }
    }
    (OffsetBuffer::new(offsets.into()), inner)
}

fn gather_bytes<T: ByteArrayType<Offset = i32>>(
    arrays: &[&dyn Array],
    runs: &[Run],
    rows: usize,
) -> Result<ArrayRef, ArrowError> {
    let texts: Vec<&GenericByteArray<T>> = typed(arrays, |array| array.as_bytes_opt::<T>())?;
    let mut offsets: Vec<i32> = Vec::with_capacity(rows + 1);
    offsets.push(0);
    let mut total = 0usize;
    for run in runs {
        let ends = &texts[run.batch as usize].value_offsets()[run.start as usize..];
        let base = total as i64 - i64::from(ends[0]);
        for end in &ends[1..=run.len as usize] {
            offsets.push((base + i64::from(*end)) as i32);
        }
        total = (base + i64::from(ends[run.len as usize])) as usize;
    }
    if total > i32::MAX as usize {
        return Err(ArrowError::OffsetOverflowError(total));
    }
    let mut bytes = Vec::with_capacity(total);
    for run in runs {
        let text = texts[run.batch as usize];
        let ends = text.value_offsets();
        let (start, end) = (ends[run.start as usize], ends[run.range().end]);
        bytes.extend_from_slice(&text.value_data()[start as usize..end as usize]);
    }
    let nulls = gather_nulls(arrays, runs, rows);
    let offsets = OffsetBuffer::new(offsets.into());
    Ok(Arc::new(GenericByteArray::<T>::try_new(offsets, Buffer::from_vec(bytes), nulls)?))
}

fn gather_numbers<T: ArrowPrimitiveType>(
    arrays: &[&dyn Array],
    runs: &[Run],
    rows: usize,
) -> Result<ArrayRef, ArrowError> {
    let numbers: Vec<&PrimitiveArray<T>> = typed(arrays, |array| array.as_primitive_opt::<T>())?;
    let mut values = Vec::with_capacity(rows);
    for run in runs {
        values.extend_from_slice(&numbers[run.batch as usize].values()[run.range()]);
    }
    let nulls = gather_nulls(arrays, runs, rows);
    Ok(Arc::new(PrimitiveArray::<T>::try_new(values.into(), nulls)?))
}

fn gather_flags(arrays: &[&dyn Array], runs: &[Run], rows: usize) -> Result<ArrayRef, ArrowError> {
    let flags: Vec<&BooleanArray> = typed(arrays, |array| array.as_boolean_opt())?;
    let mut values = BooleanBufferBuilder::new(rows);
    for run in runs {
        let flags = flags[run.batch as usize].values();
        if run.len < LONG {
            run.range().for_each(|row| values.append(flags.value(row)));
        } else {
            values.append_buffer(&flags.slice(run.start as usize, run.len as usize));
        }
    }
    Ok(Arc::new(BooleanArray::new(values.finish(), gather_nulls(arrays, runs, rows))))
}

fn gather_nulls(arrays: &[&dyn Array], runs: &[Run], rows: usize) -> Option<NullBuffer> {
    if arrays.iter().all(|array| array.null_count() == 0) {
        return None;
    }
    let mut nulls = NullBufferBuilder::new(rows);
    for run in runs {
        match arrays[run.batch as usize].nulls() {
            None => nulls.append_n_non_nulls(run.len as usize),
            Some(valid) if run.len < LONG => {
                run.range().for_each(|row| nulls.append(valid.is_valid(row)));
            }
            Some(valid) => {
                nulls.append_buffer(&valid.slice(run.start as usize, run.len as usize));
            }
        }
    }
    nulls.finish()
}
