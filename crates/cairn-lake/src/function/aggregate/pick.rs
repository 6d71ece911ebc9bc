//! Aggregates that pick values out of a group: any, those of the greatest keys, the greatest.

use arrow::array::{Array, ArrayRef, make_comparator};
use arrow::compute::SortOptions;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::Accumulator;

use super::super::fault::fault;
use super::super::types;
use super::udaf::{Aggregate, Form, Given, array_of, bytes_of, each_list, list_of, list_scalar};

pub(super) const AGGREGATES: &[Aggregate] = &[
    Aggregate { name: "arbitrary", forms: ANY, idempotent: true },
    Aggregate { name: "any_value", forms: ANY, idempotent: true },
    Aggregate {
        name: "max_by",
        forms: &[
            by("X, Y -> X", |given| One::begin(given, true)),
            many("X, Y, bigint -> array(X)", |given| Many::begin(given, true)),
        ],
        idempotent: true,
    },
    Aggregate {
        name: "min_by",
        forms: &[
            by("X, Y -> X", |given| One::begin(given, false)),
            many("X, Y, bigint -> array(X)", |given| Many::begin(given, false)),
        ],
        idempotent: true,
    },
    Aggregate {
        name: "max",
        forms: &[many("E, bigint -> array(E)", |given| Many::begin(given, true))],
        idempotent: false,
    },
    Aggregate {
        name: "min",
        forms: &[many("E, bigint -> array(E)", |given| Many::begin(given, false))],
        idempotent: false,
    },
];

const ANY: &[Form] = &[Form {
    shape: "E -> E",
    state: |given| vec![given.result.clone()],
    begin: |given| {
        Box::new(Any { found: ScalarValue::try_from(&given.result).unwrap_or(ScalarValue::Null) })
    },
}];

const fn by(shape: &'static str, begin: fn(&Given) -> Box<dyn Accumulator>) -> Form {
    Form { shape, state: |given| given.inputs.clone(), begin }
}

const fn many(shape: &'static str, begin: fn(&Given) -> Box<dyn Accumulator>) -> Form {
    Form {
        shape,
        state: |given| {
            let (count, values) = given.inputs.split_last().unwrap_or((&given.result, &[]));
            values.iter().map(list_of).chain([count.clone()]).collect()
        },
        begin,
    }
}

/// The first value that is not null.
#[derive(Debug)]
struct Any {
    found: ScalarValue,
}

impl Accumulator for Any {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let values = &values[0];
        if self.found.is_null()
            && let Some(at) = (0..values.len()).find(|at| values.is_valid(*at))
        {
            self.found = types::scalar_at(values, at)?;
        }
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.update_batch(states)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.found.clone()])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(self.found.clone())
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.found.size()
    }
}

/// The value of the greatest key, or of the least. Null keys count for nothing.
#[derive(Debug)]
struct One {
    value: ScalarValue,
    key: ScalarValue,
    greatest: bool,
}

impl One {
    fn begin(given: &Given, greatest: bool) -> Box<dyn Accumulator> {
        let null = |at: usize| {
            let of = given.inputs.get(at).map(ScalarValue::try_from);
            of.and_then(std::result::Result::ok).unwrap_or(ScalarValue::Null)
        };
        Box::new(Self { value: null(0), key: null(1), greatest })
    }
}

impl Accumulator for One {
    fn update_batch(&mut self, columns: &[ArrayRef]) -> Result<()> {
        let (values, keys) = (&columns[0], &columns[1]);
        let compare = make_comparator(keys.as_ref(), keys.as_ref(), SortOptions::default())?;
        let better = |at: usize, best: usize| {
            let order = compare(at, best);
            if self.greatest { order.is_gt() } else { order.is_lt() }
        };
        let known = (0..keys.len()).filter(|at| keys.is_valid(*at));
        let Some(best) = known.reduce(|best, at| if better(at, best) { at } else { best }) else {
            return Ok(());
        };
        let replaces = self.key.is_null() || {
            let kept = self.key.to_array()?;
            let compare =
                make_comparator(keys.as_ref(), kept.as_ref(), SortOptions::default())?(best, 0);
            if self.greatest { compare.is_gt() } else { compare.is_lt() }
        };
        if replaces {
            self.value = types::scalar_at(values, best)?;
            self.key = types::scalar_at(keys, best)?;
        }
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.update_batch(states)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.value.clone(), self.key.clone()])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(self.value.clone())
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.value.size() + self.key.size()
    }
}

/// The most values that a group may ask for.
const MOST: i64 = 10_000;

/// The first so many values in the order of their keys. Values that have no keys are their own.
#[derive(Debug)]
struct Many {
    given: Given,
    values: Vec<ScalarValue>,
    keys: Vec<ScalarValue>,
    count: Option<i64>,
    greatest: bool,
}

impl Many {
    fn begin(given: &Given, greatest: bool) -> Box<dyn Accumulator> {
        let given = given.clone();
        Box::new(Self { given, values: Vec::new(), keys: Vec::new(), count: None, greatest })
    }

    fn has_keys(&self) -> bool {
        self.given.inputs.len() == 3
    }

    fn limit(&mut self, counts: &ArrayRef) -> Result<()> {
        use arrow::array::AsArray;
        use arrow::datatypes::Int64Type;
        let counts = counts.as_primitive::<Int64Type>();
        let Some(count) = counts.iter().flatten().next() else { return Ok(()) };
        let (which, of) =
            if self.has_keys() { ("third", "max_by/min_by") } else { ("second", "max_n/min_n") };
        if count <= 0 {
            return Err(fault(format!("{which} argument of {of} must be a positive integer")));
        }
        if count > MOST {
            return Err(fault(format!(
                "{which} argument of {of} must be less than or equal to {MOST}; found {count}"
            )));
        }
        self.count = Some(count);
        Ok(())
    }

    fn add(&mut self, values: &ArrayRef, keys: &ArrayRef) -> Result<()> {
        let order = SortOptions { descending: self.greatest, nulls_first: false };
        let compare = make_comparator(keys.as_ref(), keys.as_ref(), order)?;
        let mut places: Vec<usize> = (0..keys.len()).filter(|at| keys.is_valid(*at)).collect();
        places.sort_by(|a, b| compare(*a, *b));
        places.truncate(self.most());
        for at in places {
            self.values.push(types::scalar_at(values, at)?);
            if self.has_keys() {
                self.keys.push(types::scalar_at(keys, at)?);
            }
        }
        self.cut(order)
    }

    fn most(&self) -> usize {
        self.count.unwrap_or(MOST) as usize
    }

    fn cut(&mut self, order: SortOptions) -> Result<()> {
        let keys = if self.has_keys() { &self.keys } else { &self.values };
        let keys = array_of(keys, &self.given.inputs[usize::from(self.has_keys())])?;
        let compare = make_comparator(keys.as_ref(), keys.as_ref(), order)?;
        let mut places: Vec<usize> = (0..keys.len()).collect();
        places.sort_by(|a, b| compare(*a, *b));
        places.truncate(self.most());
        self.values = places.iter().map(|at| self.values[*at].clone()).collect();
        if self.has_keys() {
            self.keys = places.iter().map(|at| self.keys[*at].clone()).collect();
        }
        Ok(())
    }
}

impl Accumulator for Many {
    fn update_batch(&mut self, columns: &[ArrayRef]) -> Result<()> {
        let Some((counts, columns)) = columns.split_last() else { return Ok(()) };
        self.limit(counts)?;
        let keys = columns.last().unwrap_or(&columns[0]);
        self.add(&columns[0], keys)
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let Some((counts, lists)) = states.split_last() else { return Ok(()) };
        self.limit(counts)?;
        let keys = lists.last().unwrap_or(&lists[0]).clone();
        let keys = arrow::array::AsArray::as_list::<i32>(&keys).clone();
        each_list(&lists[0], |row, values| self.add(values, &keys.value(row)))
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let mut state = vec![list_scalar(&self.values, &list_of(&self.given.inputs[0]))?];
        if self.has_keys() {
            state.push(list_scalar(&self.keys, &list_of(&self.given.inputs[1]))?);
        }
        state.push(ScalarValue::Int64(self.count));
        Ok(state)
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        if self.values.is_empty() {
            return ScalarValue::try_from(&self.given.result);
        }
        list_scalar(&self.values, &self.given.result)
    }

    fn size(&self) -> usize {
        size_of::<Self>() + bytes_of(&self.values) + bytes_of(&self.keys)
    }
}
