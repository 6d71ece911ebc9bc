//! Aggregates that collect a group into a map.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, UInt32Array, make_comparator};
use arrow::compute::{SortOptions, take};
use arrow::datatypes::{DataType, Int64Type};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::Accumulator;

use super::super::array::{Gather, map_array};
use super::super::fault::fault;
use super::super::types;
use super::udaf::{Aggregate, Form, Given, array_of, each_list, list_of, list_scalar};

pub(super) const AGGREGATES: &[Aggregate] = &[
    Aggregate {
        name: "map_agg",
        forms: &[form("K, V -> map(K, V)", Kind::First)],
        idempotent: true,
    },
    Aggregate {
        name: "multimap_agg",
        forms: &[form("K, V -> map(K, array(V))", Kind::All)],
        idempotent: false,
    },
    Aggregate {
        name: "histogram",
        forms: &[form("K -> map(K, bigint)", Kind::Count)],
        idempotent: false,
    },
    // Counted exactly: what Trino forgets beyond its capacity is not forgotten here.
    Aggregate {
        name: "approx_most_frequent",
        forms: &[Form {
            state: |given| [state(given), vec![DataType::Int64]].concat(),
            ..form("bigint, K, bigint -> map(K, bigint)", Kind::Frequent)
        }],
        idempotent: false,
    },
    Aggregate {
        name: "map_union",
        forms: &[form("map(K, V) -> map(K, V)", Kind::Union)],
        idempotent: true,
    },
];

/// What becomes of the values of one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    First,
    All,
    Count,
    /// The most frequent ones are counted.
    Frequent,
    Union,
}

const fn form(shape: &'static str, kind: Kind) -> Form {
    Form {
        shape,
        state,
        begin: match kind {
            Kind::First => |given| Collected::begin(given, Kind::First),
            Kind::All => |given| Collected::begin(given, Kind::All),
            Kind::Count => |given| Collected::begin(given, Kind::Count),
            Kind::Frequent => |given| Collected::begin(given, Kind::Frequent),
            Kind::Union => |given| Collected::begin(given, Kind::Union),
        },
    }
}

/// Keys, and the value that stands with each.
fn state(given: &Given) -> Vec<DataType> {
    let (key, value) = parts(given);
    vec![list_of(&key), list_of(&value)]
}

/// The types of a key and of a value that is kept with it.
fn parts(given: &Given) -> (DataType, DataType) {
    let (mut key, mut value) = (DataType::Null, DataType::Null);
    if let DataType::Map(entries, _) = &given.result
        && let Some([key_field, value_field]) = types::entry(entries)
    {
        key = key_field.data_type().clone();
        value = value_field.data_type().clone();
    }
    if given.inputs.len() == 2 {
        value = given.inputs[1].clone();
    }
    (key, value)
}

#[derive(Debug)]
struct Collected {
    kind: Kind,
    given: Given,
    places: HashMap<ScalarValue, usize>,
    keys: Vec<ScalarValue>,
    values: Vec<ScalarValue>,
    counts: Vec<i64>,
    bytes: usize,
    /// How many of the most frequent keys are asked for.
    most: Option<i64>,
}

impl Collected {
    fn begin(given: &Given, kind: Kind) -> Box<dyn Accumulator> {
        Box::new(Self {
            kind,
            given: given.clone(),
            places: HashMap::new(),
            keys: Vec::new(),
            values: Vec::new(),
            counts: Vec::new(),
            bytes: 0,
            most: None,
        })
    }

    /// Keys that are null are left out.
    fn add(&mut self, keys: &ArrayRef, values: Option<&ArrayRef>) -> Result<()> {
        for at in (0..keys.len()).filter(|at| keys.is_valid(*at)) {
            let key = types::scalar_at(keys, at)?;
            if self.counts_keys() {
                let more = match values {
                    Some(counts) => counts.as_primitive::<Int64Type>().value(at),
                    None => 1,
                };
                self.count(key, more);
                continue;
            }
            if self.kind != Kind::All {
                if self.places.contains_key(&key) {
                    continue;
                }
                self.places.insert(key.clone(), self.keys.len());
            }
            let value = match values {
                Some(values) => types::scalar_at(values, at)?,
                None => ScalarValue::Null,
            };
            self.bytes += key.size() + value.size();
            self.keys.push(key);
            self.values.push(value);
        }
        Ok(())
    }

    fn counts_keys(&self) -> bool {
        matches!(self.kind, Kind::Count | Kind::Frequent)
    }

    /// How many keys are asked for: the same for all rows.
    fn ask(&mut self, most: &ArrayRef) -> Result<()> {
        let Some(most) = most.as_primitive::<Int64Type>().iter().flatten().next() else {
            return Ok(());
        };
        if most < 2 {
            let what = "approx_most_frequent bucket count must be greater than one";
            return Err(fault(format!("{what}, input bucket count: {most}")));
        }
        self.most = Some(most);
        Ok(())
    }

    /// The most frequent keys, the first one first, with their counts.
    fn frequent(&self) -> Result<ArrayRef> {
        let keys = array_of(&self.keys, &parts(&self.given).0)?;
        // Scalar values have no order where rows with nulls are among them.
        let compare = make_comparator(&keys, &keys, SortOptions::default())?;
        let mut places: Vec<usize> = (0..keys.len()).collect();
        places.sort_by(|a, b| self.counts[*b].cmp(&self.counts[*a]).then(compare(*a, *b)));
        places.truncate(self.most.and_then(|most| usize::try_from(most).ok()).unwrap_or(0));
        let counts: Int64Array = places.iter().map(|at| self.counts[*at]).collect();
        let chosen: UInt32Array = places.iter().map(|at| *at as u32).collect();
        map_array(take(&keys, &chosen, None)?, Arc::new(counts), vec![chosen.len()], vec![true])
    }

    fn count(&mut self, key: ScalarValue, more: i64) {
        if let Some(place) = self.places.get(&key) {
            self.counts[*place] += more;
            return;
        }
        self.bytes += 2 * key.size();
        self.places.insert(key.clone(), self.keys.len());
        self.keys.push(key);
        self.counts.push(more);
    }

    fn counted(&self) -> Vec<ScalarValue> {
        self.counts.iter().map(|count| ScalarValue::Int64(Some(*count))).collect()
    }

    /// One map out of keys that come more than once.
    fn grouped(&self) -> Result<ArrayRef> {
        let (key, value) = parts(&self.given);
        let mut groups: Vec<(usize, Vec<usize>)> = Vec::new();
        let mut places = HashMap::new();
        for (at, key) in self.keys.iter().enumerate() {
            let place = *places.entry(key).or_insert(groups.len());
            match groups.get_mut(place) {
                Some((_, group)) => group.push(at),
                None => groups.push((at, vec![at])),
            }
        }
        let firsts: Vec<ScalarValue> =
            groups.iter().map(|(at, _)| self.keys[*at].clone()).collect();
        let mut lists = Gather::default();
        for (_, group) in &groups {
            lists.extend(group.iter().copied());
            lists.close()?;
        }
        let lists = lists.lists(&array_of(&self.values, &value)?)?;
        map_array(array_of(&firsts, &key)?, lists, vec![groups.len()], vec![true])
    }
}

impl Accumulator for Collected {
    fn update_batch(&mut self, columns: &[ArrayRef]) -> Result<()> {
        if self.kind == Kind::Frequent {
            self.ask(&columns[0])?;
            return self.add(&columns[1], None);
        }
        if self.kind != Kind::Union {
            return self.add(&columns[0], columns.get(1));
        }
        let maps = columns[0].as_map();
        let offsets = maps.value_offsets();
        for row in (0..maps.len()).filter(|row| maps.is_valid(*row)) {
            let (begin, end) = (offsets[row] as usize, offsets[row + 1] as usize);
            let keys = maps.keys().slice(begin, end - begin);
            self.add(&keys, Some(&maps.values().slice(begin, end - begin)))?;
        }
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        if let Some(most) = states.get(2) {
            self.ask(most)?;
        }
        let values = states[1].as_list::<i32>().clone();
        each_list(&states[0], |row, keys| self.add(keys, Some(&values.value(row))))
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let (key, value) = parts(&self.given);
        let values = if self.counts_keys() { self.counted() } else { self.values.clone() };
        let keys = list_scalar(&self.keys, &list_of(&key))?;
        let mut state = vec![keys, list_scalar(&values, &list_of(&value))?];
        if self.kind == Kind::Frequent {
            state.push(ScalarValue::Int64(self.most));
        }
        Ok(state)
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        if self.keys.is_empty() {
            return ScalarValue::try_from(&self.given.result);
        }
        let (key, value) = parts(&self.given);
        let one = |values: ArrayRef| {
            let keys = array_of(&self.keys, &key)?;
            map_array(keys, values, vec![self.keys.len()], vec![true])
        };
        let map = match self.kind {
            Kind::First | Kind::Union => one(array_of(&self.values, &value)?)?,
            Kind::Frequent => self.frequent()?,
            Kind::Count => one(Arc::new(Int64Array::from(self.counts.clone())))?,
            Kind::All => self.grouped()?,
        };
        types::scalar_at(&types::retyped(&map, &self.given.result)?, 0)
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.bytes + self.counts.len() * 8
    }
}
