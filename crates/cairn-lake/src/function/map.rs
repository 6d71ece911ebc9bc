//! Functions over maps. Keys are never null, and each is there once.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, StructArray, new_null_array};
use arrow::buffer::OffsetBuffer;
use arrow::compute::concat;
use arrow::datatypes::{DataType, Field, Fields};
use datafusion::common::Result;
use datafusion::error::DataFusionError;

use super::array::{Gather, map_array, rows_of};
use super::call::Call;
use super::fault::fault;
use super::scalar::{Function, form, function};
use crate::render;

pub(super) const FUNCTIONS: &[Function] = &[
    function(
        "map",
        &[form(" -> map(K, V)", empty), form("array(K), array(V) -> map(K, V)", of_arrays)],
    ),
    function("map_keys", &[form("map(K, V) -> array(K)", |call| listed(call, Part::Keys))]),
    function("map_values", &[form("map(K, V) -> array(V)", |call| listed(call, Part::Values))]),
    function(
        "map_entries",
        &[form("map(K, V) -> array(row(K, V))", |call| listed(call, Part::Entries))],
    ),
    function("map_concat", &[form("map(K, V), map(K, V)... -> map(K, V)", concat_maps)]),
    function("map_from_entries", &[form("array(row(K, V)) -> map(K, V)", of_entries)]),
    function(
        "multimap_from_entries",
        &[form("array(row(K, V)) -> map(K, array(V))", multimap_of_entries)],
    ),
];

fn empty(call: &Call<'_>) -> Result<ArrayRef> {
    let none = new_null_array(&DataType::Null, 0);
    map_array(Arc::clone(&none), none, vec![0; call.rows], vec![true; call.rows])
}

/// A key that is there twice, in the words of Trino.
fn twice(keys: &ArrayRef, at: usize) -> DataFusionError {
    let key = render::value(keys, at).unwrap_or_default();
    fault(format!("Duplicate map keys ({key}) are not allowed"))
}

fn of_arrays(call: &Call<'_>) -> Result<ArrayRef> {
    let (keys, values) = (call.list(0), call.list(1));
    let rows = rows_of(keys.array.values())?;
    let (mut key_places, mut value_places) = (Gather::default(), Gather::default());
    let (mut lengths, mut present) = (Vec::new(), Vec::new());
    for row in 0..call.rows {
        let (Some(key_range), Some(value_range)) = (keys.range(row), values.range(row)) else {
            lengths.push(0);
            present.push(false);
            continue;
        };
        if key_range.len() != value_range.len() {
            return Err(fault("Key and value arrays must be the same length"));
        }
        let mut seen = HashSet::new();
        for at in key_range.clone() {
            if keys.array.values().is_null(at) {
                return Err(fault("map key cannot be null"));
            }
            if !seen.insert(rows.row(at)) {
                return Err(twice(keys.array.values(), at));
            }
            key_places.push(at);
        }
        lengths.push(key_range.len());
        present.push(true);
        value_places.extend(value_range);
    }
    key_places.close()?;
    value_places.close()?;
    let keys = key_places.lists(keys.array.values())?;
    let values = value_places.lists(values.array.values())?;
    let (keys, values) = (keys.as_list::<i32>().value(0), values.as_list::<i32>().value(0));
    map_array(keys, values, lengths, present)
}

#[derive(Clone, Copy)]
enum Part {
    Keys,
    Values,
    Entries,
}

fn listed(call: &Call<'_>, part: Part) -> Result<ArrayRef> {
    let map = call.map(0).array;
    let items: ArrayRef = match part {
        Part::Keys => Arc::clone(map.keys()),
        Part::Values => Arc::clone(map.values()),
        Part::Entries => {
            let fields: Fields = [("field0", map.keys()), ("field1", map.values())]
                .into_iter()
                .map(|(name, column)| Field::new(name, column.data_type().clone(), true))
                .collect();
            let columns = vec![Arc::clone(map.keys()), Arc::clone(map.values())];
            Arc::new(StructArray::try_new(fields, columns, None)?)
        }
    };
    let field = Arc::new(Field::new("item", items.data_type().clone(), true));
    let offsets: OffsetBuffer<i32> = map.offsets().clone();
    let lists: ArrayRef =
        Arc::new(ListArray::try_new(field, offsets, items, map.nulls().cloned())?);
    if call.is_constant(0) && call.rows != 1 {
        let places = vec![Some(0); call.rows];
        return super::scalar::picked(lists.as_ref(), places);
    }
    Ok(lists)
}

/// All entries; of equal keys the last map's.
fn concat_maps(call: &Call<'_>) -> Result<ArrayRef> {
    let maps: Vec<_> = (0..call.count()).map(|at| call.map(at)).collect();
    let keys: Vec<&dyn Array> = maps.iter().map(|map| map.array.keys().as_ref()).collect();
    let values: Vec<&dyn Array> = maps.iter().map(|map| map.array.values().as_ref()).collect();
    let (keys, values) = (concat(&keys)?, concat(&values)?);
    let rows = rows_of(&keys)?;
    let mut gather = Gather::default();
    for row in 0..call.rows {
        let ranges: Option<Vec<_>> = maps.iter().map(|map| map.range(row)).collect();
        let Some(ranges) = ranges else {
            gather.close_null();
            continue;
        };
        let mut begin = 0;
        let mut chosen: Vec<usize> = Vec::new();
        let mut places = HashMap::new();
        for (range, map) in ranges.into_iter().zip(&maps) {
            for at in range {
                let at = begin + at;
                let place = *places.entry(rows.row(at)).or_insert(chosen.len());
                match chosen.get_mut(place) {
                    Some(before) => *before = at,
                    None => chosen.push(at),
                }
            }
            begin += map.array.keys().len();
        }
        gather.extend(chosen);
        gather.close()?;
    }
    gather.maps(&keys, &values)
}

/// The keys and the values of a list of pairs.
fn pairs(entries: &StructArray) -> (ArrayRef, ArrayRef) {
    match entries.columns() {
        [keys, values] => (Arc::clone(keys), Arc::clone(values)),
        _ => {
            let none = new_null_array(&DataType::Null, entries.len());
            (Arc::clone(&none), none)
        }
    }
}

fn sound(entries: &StructArray, keys: &ArrayRef, at: usize) -> Result<()> {
    if entries.is_null(at) {
        return Err(fault("map entry cannot be null"));
    }
    if keys.is_null(at) {
        return Err(fault("map key cannot be null"));
    }
    Ok(())
}

fn of_entries(call: &Call<'_>) -> Result<ArrayRef> {
    let list = call.list(0);
    let entries = list.array.values().as_struct();
    let (keys, values) = pairs(entries);
    let rows = rows_of(&keys)?;
    let mut gather = Gather::default();
    for row in 0..call.rows {
        let Some(range) = list.range(row) else {
            gather.close_null();
            continue;
        };
        let mut seen = HashSet::new();
        for at in range {
            sound(entries, &keys, at)?;
            if !seen.insert(rows.row(at)) {
                return Err(twice(&keys, at));
            }
            gather.push(at);
        }
        gather.close()?;
    }
    gather.maps(&keys, &values)
}

fn multimap_of_entries(call: &Call<'_>) -> Result<ArrayRef> {
    let list = call.list(0);
    let entries = list.array.values().as_struct();
    let (keys, values) = pairs(entries);
    let rows = rows_of(&keys)?;
    let (mut key_places, mut lists) = (Gather::default(), Gather::default());
    let (mut lengths, mut present) = (Vec::new(), Vec::new());
    for row in 0..call.rows {
        let Some(range) = list.range(row) else {
            lengths.push(0);
            present.push(false);
            continue;
        };
        let mut groups: Vec<Vec<usize>> = Vec::new();
        let mut places = HashMap::new();
        for at in range {
            sound(entries, &keys, at)?;
            let place = *places.entry(rows.row(at)).or_insert(groups.len());
            match groups.get_mut(place) {
                Some(group) => group.push(at),
                None => groups.push(vec![at]),
            }
        }
        lengths.push(groups.len());
        present.push(true);
        for group in groups {
            key_places.push(group[0]);
            lists.extend(group);
            lists.close()?;
        }
    }
    key_places.close()?;
    let keys = key_places.lists(&keys)?.as_list::<i32>().value(0);
    map_array(keys, lists.lists(&values)?, lengths, present)
}
