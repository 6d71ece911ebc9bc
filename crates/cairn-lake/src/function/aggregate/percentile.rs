//! approx_percentile: of one share or of several, each number counting once or by its weight.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::Accumulator;

use super::super::fault::fault;
use super::super::types;
use super::digest::Digest;
use super::udaf::{Aggregate, Form, Given, each_list, list_of, list_scalar};

pub(super) const AGGREGATES: &[Aggregate] = &[Aggregate {
    name: "approx_percentile",
    forms: &[
        form("bigint, double -> bigint"),
        form("double, double -> double"),
        form("bigint, array(double) -> array(bigint)"),
        form("double, array(double) -> array(double)"),
        form("bigint, double, double -> bigint"),
        form("double, double, double -> double"),
        form("bigint, double, array(double) -> array(bigint)"),
        form("double, double, array(double) -> array(double)"),
    ],
    idempotent: false,
}];

const fn form(shape: &'static str) -> Form {
    Form { shape, state, begin: |given| Box::new(Percentile::new(given)) }
}

/// Means, weights, both ends and the shares.
fn state(_: &Given) -> Vec<DataType> {
    vec![list_of(&DataType::Float64); 4]
}

#[derive(Debug)]
struct Percentile {
    given: Given,
    digest: Digest,
    shares: Option<Vec<f64>>,
}

impl Percentile {
    fn new(given: &Given) -> Self {
        Self { given: given.clone(), digest: Digest::default(), shares: None }
    }

    fn share(&mut self, shares: &ArrayRef) -> Result<()> {
        if self.shares.is_some() {
            return Ok(());
        }
        let Some(at) = (0..shares.len()).find(|at| shares.is_valid(*at)) else { return Ok(()) };
        let asked = match shares.data_type() {
            DataType::List(_) => shares.as_list::<i32>().value(at),
            _ => shares.slice(at, 1),
        };
        let asked: Vec<f64> = asked.as_primitive::<Float64Type>().iter().flatten().collect();
        if asked.iter().any(|share| !(0.0..=1.0).contains(share)) {
            return Err(fault("Percentile must be between 0 and 1"));
        }
        self.shares = Some(asked);
        Ok(())
    }

    fn value(array: &ArrayRef, at: usize) -> Option<f64> {
        if array.is_null(at) {
            return None;
        }
        Some(match array.data_type() {
            DataType::Int64 => array.as_primitive::<Int64Type>().value(at) as f64,
            _ => array.as_primitive::<Float64Type>().value(at),
        })
    }
}

fn scalars(values: impl Iterator<Item = f64>) -> Vec<ScalarValue> {
    values.map(|value| ScalarValue::Float64(Some(value))).collect()
}

impl Accumulator for Percentile {
    fn update_batch(&mut self, columns: &[ArrayRef]) -> Result<()> {
        let Some((shares, columns)) = columns.split_last() else { return Ok(()) };
        self.share(shares)?;
        for at in 0..columns[0].len() {
            let weight = match columns.get(1) {
                Some(weights) => Self::value(weights, at),
                None => Some(1.0),
            };
            if let (Some(value), Some(weight)) = (Self::value(&columns[0], at), weight) {
                self.digest.add(value, weight);
            }
        }
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let lists: Vec<_> = states.iter().map(|list| list.as_list::<i32>().clone()).collect();
        each_list(&states[0], |row, means| {
            let of = |at: usize| lists[at].value(row).as_primitive::<Float64Type>().clone();
            let (weights, ends, shares) = (of(1), of(2), of(3));
            for (mean, weight) in means.as_primitive::<Float64Type>().iter().zip(&weights) {
                if let (Some(mean), Some(weight)) = (mean, weight) {
                    self.digest.add(mean, weight);
                }
            }
            if ends.len() == 2 {
                self.digest.widen(ends.value(0), ends.value(1));
            }
            if self.shares.is_none() && !shares.is_empty() {
                self.shares = Some(shares.values().to_vec());
            }
            Ok(())
        })
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let list = list_of(&DataType::Float64);
        let (least, greatest) = self.digest.ends();
        let ends = if self.digest.is_empty() { vec![] } else { vec![least, greatest] };
        let centroids = self.digest.centroids();
        let shares = self.shares.clone().unwrap_or_default();
        Ok(vec![
            list_scalar(&scalars(centroids.iter().map(|(mean, _)| *mean)), &list)?,
            list_scalar(&scalars(centroids.iter().map(|(_, weight)| *weight)), &list)?,
            list_scalar(&scalars(ends.into_iter()), &list)?,
            list_scalar(&scalars(shares.into_iter()), &list)?,
        ])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let null = ScalarValue::try_from(&self.given.result)?;
        let Some(shares) = self.shares.clone().filter(|_| !self.digest.is_empty()) else {
            return Ok(null);
        };
        let found: Vec<Option<f64>> = shares.iter().map(|share| self.digest.at(*share)).collect();
        let whole = matches!(self.given.inputs[0], DataType::Int64);
        let answers: ArrayRef = if whole {
            let round = |value: Option<f64>| value.map(|value| value.round() as i64);
            Arc::new(found.into_iter().map(round).collect::<Int64Array>())
        } else {
            Arc::new(found.into_iter().collect::<Float64Array>())
        };
        match &self.given.result {
            DataType::List(_) => {
                let values: Vec<ScalarValue> = (0..answers.len())
                    .map(|at| types::scalar_at(&answers, at))
                    .collect::<Result<_>>()?;
                list_scalar(&values, &self.given.result)
            }
            one => types::scalar_at(&types::retyped(&answers, one)?, 0),
        }
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.digest.bytes()
    }
}
