//! One value out of an array, a map or a row.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, Int64Array, ListArray, MapArray, make_comparator,
};
use arrow::compute::SortOptions;
use datafusion::common::Result;

use super::call::{Call, Column};
use super::fault::fault;
use super::scalar::{Function, form, function, picked};
use super::{ip, types};

pub(super) const FUNCTIONS: &[Function] = &[
    function(
        "element_at",
        &[
            form("map(K, V), K -> V", map_value),
            form("array(E), bigint -> E", |call| item(call, Outside::Null)),
        ],
    ),
    // What brackets stand for: there an absent key or place is a fault.
    function(
        "subscript",
        &[
            form("map(K, V), K -> V", map_value_or_fault),
            form("array(E), bigint -> E", |call| item(call, Outside::Fault)),
        ],
    ),
    function(
        "cardinality",
        &[form("array(E) -> bigint", list_size), form("map(K, V) -> bigint", map_size)],
    ),
    function(
        "contains",
        &[
            form("varchar, varchar -> boolean", ip::contains),
            form("array(E), E -> boolean", contains),
        ],
    ),
];

/// What a place outside of an array gives.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outside {
    Null,
    Fault,
}

fn item(call: &Call<'_>, outside: Outside) -> Result<ArrayRef> {
    let (list, place) = (call.list(0), call.long(1));
    let mut places = Vec::with_capacity(call.rows);
    for row in 0..call.rows {
        let (Some(range), Some(place)) = (list.range(row), place.get(row)) else {
            places.push(None);
            continue;
        };
        if place == 0 {
            return Err(fault("SQL array indices start at 1"));
        }
        let size = range.len() as i64;
        let within = if place > 0 { place - 1 } else { size.saturating_add(place) };
        let inside = (0..size).contains(&within);
        if outside == Outside::Fault && place < 0 {
            return Err(fault(format!("Array subscript is negative: {place}")));
        }
        if outside == Outside::Fault && !inside {
            return Err(fault(format!(
                "Array subscript must be less than or equal to array length: {place} > {size}"
            )));
        }
        places.push(inside.then(|| (range.start as i64 + within) as u32));
    }
    picked(list.array.values(), places)
}

/// Where the value of each row's key stands among all values.
fn value_places(call: &Call<'_>) -> Result<Vec<Option<u32>>> {
    let map = call.map(0);
    let keys = map.array.keys();
    if let (Some(keys), Some(wanted)) = (
        keys.as_any().downcast_ref::<arrow::array::StringArray>(),
        call.text_if(1).and_then(|key| key.constant()),
    ) {
        let wanted = wanted.as_bytes();
        let (offsets, bytes) = (keys.value_offsets(), keys.value_data());
        let is = |at: usize| &bytes[offsets[at] as usize..offsets[at + 1] as usize] == wanted;
        return Ok(places(call, &map, |at, _| is(at)));
    }
    let needles = call.array(1);
    let compare = make_comparator(keys.as_ref(), needles.as_ref(), SortOptions::default())?;
    Ok(places(call, &map, |at, row| compare(at, call.place(1, row)).is_eq()))
}

fn places(
    call: &Call<'_>,
    map: &Column<'_, MapArray>,
    is: impl Fn(usize, usize) -> bool,
) -> Vec<Option<u32>> {
    let needles = call.array(1);
    (0..call.rows)
        .map(|row| {
            if needles.is_null(call.place(1, row)) {
                return None;
            }
            let found = map.range(row)?.find(|at| is(*at, row))?;
            Some(found as u32)
        })
        .collect()
}

fn map_value(call: &Call<'_>) -> Result<ArrayRef> {
    picked(call.map(0).array.values(), value_places(call)?)
}

fn map_value_or_fault(call: &Call<'_>) -> Result<ArrayRef> {
    let places = value_places(call)?;
    let (map, keys) = (call.map(0), call.array(1));
    for (row, place) in places.iter().enumerate() {
        let key = call.place(1, row);
        if place.is_none() && map.place(row).is_some() && keys.is_valid(key) {
            let key = crate::render::value(keys, key).unwrap_or_default();
            return Err(fault(format!("Key not present in map: {key}")));
        }
    }
    picked(map.array.values(), places)
}

fn list_size(call: &Call<'_>) -> Result<ArrayRef> {
    let list = call.list(0);
    let size = |row| list.range(row).map(|range| range.len() as i64);
    Ok(Arc::new((0..call.rows).map(size).collect::<Int64Array>()))
}

fn map_size(call: &Call<'_>) -> Result<ArrayRef> {
    let map = call.map(0);
    let size = |row| map.range(row).map(|range| range.len() as i64);
    Ok(Arc::new((0..call.rows).map(size).collect::<Int64Array>()))
}

/// Whether an array has a value. If not, but it has a null, nobody knows.
fn contains(call: &Call<'_>) -> Result<ArrayRef> {
    let list = call.list(0);
    let is = same(list.array, call.array(1))?;
    let answer = |row| {
        let needle = call.place(1, row);
        let range = list.range(row)?;
        if call.array(1).is_null(needle) {
            return None;
        }
        let values = list.array.values();
        let mut unknown = false;
        for at in range {
            if values.is_null(at) {
                unknown = true;
            } else if is(at, needle) {
                return Some(true);
            }
        }
        (!unknown).then_some(false)
    };
    Ok(Arc::new((0..call.rows).map(answer).collect::<BooleanArray>()))
}

/// Whether an item of all lists is a value of an array; neither is null.
pub(super) fn same(
    list: &ListArray,
    values: &ArrayRef,
) -> Result<impl Fn(usize, usize) -> bool + use<>> {
    let item = list.values();
    let values = types::brought(values, item.data_type())?;
    let compare = make_comparator(item.as_ref(), values.as_ref(), SortOptions::default())?;
    Ok(move |at: usize, other: usize| compare(at, other).is_eq())
}
