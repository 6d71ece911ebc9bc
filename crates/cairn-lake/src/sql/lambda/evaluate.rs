//! Runs a lambda once over the items of all rows of a batch.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, BooleanBuilder, ListArray, MapArray, StructArray,
    UInt32Array,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::{filter, take, take_arrays};
use arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err, internal_err};
use datafusion::logical_expr::{
    ColumnarValue, HigherOrderFunctionArgs, LambdaArgument, ValueOrLambda,
};

use super::Kind;
use crate::function::{check, taken};

/// The items of a batch's arrays or maps, one after the other.
pub(super) struct Items {
    /// Where each item stands in the values of the batch.
    pub(super) places: UInt32Array,
    /// Which row each item belongs to.
    pub(super) rows: UInt32Array,
    /// How many items each row has; none if the row is null.
    pub(super) lengths: Vec<usize>,
    pub(super) nulls: Option<NullBuffer>,
}

impl Items {
    pub(super) fn new(offsets: &[i32], nulls: Option<&NullBuffer>) -> Result<Self> {
        let (mut places, mut rows) = (Vec::new(), Vec::new());
        let mut lengths = Vec::with_capacity(offsets.len());
        for (row, range) in offsets.windows(2).enumerate() {
            let before = places.len();
            if nulls.is_none_or(|nulls| nulls.is_valid(row)) {
                places.extend((range[0]..range[1]).map(|place| place as u32));
                rows.resize(places.len(), row as u32);
            }
            check(places.len().saturating_mul(2 * size_of::<u32>()))?;
            lengths.push(places.len() - before);
        }
        Ok(Self { places: places.into(), rows: rows.into(), lengths, nulls: nulls.cloned() })
    }

    fn take(&self, values: &ArrayRef) -> Result<ArrayRef> {
        Ok(take(values, &self.places, None)?)
    }
}

pub(super) fn value(args: &HigherOrderFunctionArgs, at: usize) -> Result<ArrayRef> {
    match args.args.get(at) {
        Some(ValueOrLambda::Value(value)) => spread(value.clone(), args.number_rows),
        _ => internal_err!("an argument is no value"),
    }
}

/// The value in so many rows.
fn spread(value: ColumnarValue, rows: usize) -> Result<ArrayRef> {
    if let ColumnarValue::Scalar(constant) = &value {
        check(constant.size().saturating_mul(rows))?;
    }
    value.into_array(rows)
}

pub(super) fn lambda(args: &HigherOrderFunctionArgs, at: usize) -> Result<&LambdaArgument> {
    match args.args.get(at) {
        Some(ValueOrLambda::Lambda(lambda)) => Ok(lambda),
        _ => internal_err!("an argument is no lambda"),
    }
}

/// What a lambda gives for its parameters; columns around it are read at `rows`.
pub(super) fn call(
    lambda: &LambdaArgument,
    parameters: &[ArrayRef],
    rows: &UInt32Array,
) -> Result<ArrayRef> {
    let given: Vec<_> = parameters.iter().map(|array| || Ok(Arc::clone(array))).collect();
    let given: Vec<&dyn Fn() -> Result<ArrayRef>> =
        given.iter().map(|array| array as &dyn Fn() -> Result<ArrayRef>).collect();
    let around = |columns: &[ArrayRef]| {
        for column in columns {
            check(taken(column, rows.values())?)?;
        }
        Ok(take_arrays(columns, rows, None)?)
    };
    let answer = spread(lambda.evaluate(&given, around)?, rows.len())?;
    check(answer.get_array_memory_size())?;
    Ok(answer)
}

pub(super) fn list(kind: Kind, args: &HigherOrderFunctionArgs) -> Result<ArrayRef> {
    let list = value(args, 0)?;
    let list = list.as_list::<i32>();
    let items = Items::new(list.value_offsets(), list.nulls())?;
    let values = items.take(list.values())?;
    let given = call(lambda(args, 1)?, &[Arc::clone(&values)], &items.rows)?;
    match kind {
        Kind::Transform => rebuilt(args, &items.lengths, given, items.nulls),
        Kind::Filter => {
            let kept = given.as_boolean();
            rebuilt(args, &counts(&items, kept), filter(&values, kept)?, items.nulls)
        }
        _ => Ok(Arc::new(matches(kind, &items, given.as_boolean()))),
    }
}

/// How many items of each row are kept.
fn counts(items: &Items, kept: &BooleanArray) -> Vec<usize> {
    let mut at = 0;
    let count = |length: &usize| {
        let of_row = at..at + length;
        at = of_row.end;
        of_row.filter(|item| kept.is_valid(*item) && kept.value(*item)).count()
    };
    items.lengths.iter().map(count).collect()
}

pub(super) fn rebuilt(
    args: &HigherOrderFunctionArgs,
    lengths: &[usize],
    values: ArrayRef,
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef> {
    let DataType::List(item) = args.return_field.data_type() else {
        return internal_err!("the result is no array");
    };
    let offsets = OffsetBuffer::from_lengths(lengths.iter().copied());
    Ok(Arc::new(ListArray::try_new(Arc::clone(item), offsets, values, nulls)?))
}

/// An answer that is not known for an item decides only where no other item does.
fn matches(kind: Kind, items: &Items, given: &BooleanArray) -> BooleanArray {
    let decides = kind != Kind::AllMatch;
    let decided = kind == Kind::AnyMatch;
    let mut answers = BooleanBuilder::with_capacity(items.lengths.len());
    let mut at = 0;
    for (row, length) in items.lengths.iter().enumerate() {
        let of_row = at..at + length;
        at = of_row.end;
        if items.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            answers.append_null();
        } else if of_row.clone().any(|item| given.is_valid(item) && given.value(item) == decides) {
            answers.append_value(decided);
        } else if of_row.clone().any(|item| given.is_null(item)) {
            answers.append_null();
        } else {
            answers.append_value(!decided);
        }
    }
    answers.finish()
}

pub(super) fn map(kind: Kind, args: &HigherOrderFunctionArgs) -> Result<ArrayRef> {
    let map = value(args, 0)?;
    let map = map.as_map();
    let items = Items::new(map.value_offsets(), map.nulls())?;
    let (keys, values) = (items.take(map.keys())?, items.take(map.values())?);
    let parameters = [Arc::clone(&keys), Arc::clone(&values)];
    let given = call(lambda(args, 1)?, &parameters, &items.rows)?;
    let (keys, values, lengths) = match kind {
        Kind::TransformKeys if given.null_count() > 0 => {
            return exec_err!("map key cannot be null");
        }
        Kind::TransformKeys => (given, values, items.lengths),
        Kind::TransformValues => (keys, given, items.lengths),
        _ => {
            let kept = given.as_boolean();
            (filter(&keys, kept)?, filter(&values, kept)?, counts(&items, kept))
        }
    };
    let DataType::Map(entries, sorted) = args.return_field.data_type() else {
        return internal_err!("the result is no map");
    };
    let DataType::Struct(fields) = entries.data_type() else {
        return internal_err!("a map without entries");
    };
    let entry = StructArray::try_new(fields.clone(), vec![keys, values], None)?;
    let offsets = OffsetBuffer::from_lengths(lengths);
    Ok(Arc::new(MapArray::try_new(Arc::clone(entries), offsets, entry, items.nulls, *sorted)?))
}

/// The shorter array is as if it went on with nulls.
pub(super) fn zip_with(args: &HigherOrderFunctionArgs) -> Result<ArrayRef> {
    let (left, right) = (value(args, 0)?, value(args, 1)?);
    let (left, right) = (left.as_list::<i32>(), right.as_list::<i32>());
    let nulls = NullBuffer::union(left.nulls(), right.nulls());
    let mut rows: Vec<u32> = Vec::new();
    let (mut from_left, mut from_right) = (Vec::new(), Vec::new());
    let mut lengths = Vec::with_capacity(args.number_rows);
    for row in 0..args.number_rows {
        let known = nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row));
        let of = |list: &ListArray| list.value_offsets()[row]..list.value_offsets()[row + 1];
        let (a, b) = (of(left), of(right));
        let length = if known { a.len().max(b.len()) } else { 0 };
        for item in 0..length {
            let place = |of: &std::ops::Range<i32>| {
                (item < of.len()).then(|| (of.start as usize + item) as u32)
            };
            from_left.push(place(&a));
            from_right.push(place(&b));
            rows.push(row as u32);
        }
        check(rows.len().saturating_mul(3 * size_of::<u32>()))?;
        lengths.push(length);
    }
    let parameters = [
        take(left.values(), &UInt32Array::from(from_left), None)?,
        take(right.values(), &UInt32Array::from(from_right), None)?,
    ];
    let given = call(lambda(args, 2)?, &parameters, &rows.into())?;
    rebuilt(args, &lengths, given, nulls)
}
