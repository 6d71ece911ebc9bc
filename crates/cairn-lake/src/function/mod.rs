//! The functions of Trino, as CloudTrail Lake has them, in the engine.
//!
//! The engine has functions of the same names that do something else. So names travel and
//! implementations do not: each function here is registered under a name of its own, `lake_` and
//! Trino's, and [`find`] says which of the engine's stands for one of Trino's. Inside of TRY it is
//! `lake_try_` and Trino's: there a row that cannot be answered is null.

mod aggregate;
mod arithmetic;
mod array;
mod bound;
mod call;
mod chance;
pub(crate) mod civil;
mod compare;
mod convert;
mod element;
mod fault;
mod ip;
mod json;
mod map;
mod math;
mod scalar;
mod shape;
mod stock;
mod text;
mod time;
mod types;

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::execution::FunctionRegistry;
use datafusion::logical_expr::{AggregateUDF, ScalarUDF};

pub(crate) use bound::{Bound, Over, check, pause, taken, within_lambdas};
pub(crate) use fault::{can_fail, told};
pub(crate) use shape::is_json;
pub(crate) use stock::Kind;
pub(crate) use text::pattern_matches;
pub(crate) use types::{TIME, TIMESTAMP, name as type_name, parse as parse_type, utc};

use aggregate::udaf::Udaf;
use scalar::{Function, Scalar};

const SCALARS: &[&[&[Function]]] = &[
    &[compare::FUNCTIONS, element::FUNCTIONS, ip::FUNCTIONS, json::FUNCTIONS, math::FUNCTIONS],
    &[arithmetic::FUNCTIONS, chance::FUNCTIONS, convert::FUNCTIONS, map::FUNCTIONS],
    array::FUNCTIONS,
    text::FUNCTIONS,
    time::FUNCTIONS,
];

/// A function of the engine that stands for one of Trino's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

/// The function of the engine for Trino's of that name, in lower case, with so many arguments.
/// `lenient` asks for that which TRY needs, if there is one.
pub(crate) fn find(name: &str, arguments: usize, lenient: bool) -> Option<Found> {
    // max(x) is the engine's own, max(x, n) is not.
    if !(matches!(name, "max" | "min") && arguments == 2)
        && let Some((_, engine, kind)) = stock::STOCK.iter().find(|(known, ..)| *known == name)
    {
        return Some(Found { name: (*engine).to_owned(), kind: *kind });
    }
    if scalars().any(|function| function.name == name) {
        return Some(Found { name: internal(name, lenient), kind: Kind::Scalar });
    }
    let aggregates = aggregate::AGGREGATES.iter().copied().flatten();
    let mut named = aggregates.filter(|aggregate| aggregate.name == name);
    named.next().map(|_| Found { name: internal(name, false), kind: Kind::Aggregate })
}

/// Makes the functions known to the engine.
///
/// # Errors
/// A function that the engine does not take.
pub(crate) fn register(registry: &mut dyn FunctionRegistry) -> Result<()> {
    for scalar in scalar_functions()? {
        registry.register_udf(scalar)?;
    }
    for aggregate in aggregate_functions()? {
        registry.register_udaf(aggregate)?;
    }
    Ok(())
}

/// The functions of one row, each in its strict and in its lenient form.
///
/// # Errors
/// A shape that cannot be read, which the tests rule out.
pub(crate) fn scalar_functions() -> Result<Vec<Arc<ScalarUDF>>> {
    let both = scalars().flat_map(|function| [(function, false), (function, true)]);
    both.map(|(function, lenient)| {
        Ok(Arc::new(ScalarUDF::new_from_impl(Scalar::new(function, lenient)?)))
    })
    .collect()
}

/// The aggregates.
///
/// # Errors
/// A shape that cannot be read, which the tests rule out.
pub(crate) fn aggregate_functions() -> Result<Vec<Arc<AggregateUDF>>> {
    let all = aggregate::AGGREGATES.iter().copied().flatten();
    let own = all.map(|aggregate| Ok(AggregateUDF::new_from_impl(Udaf::new(aggregate)?)));
    let sum = AggregateUDF::new_from_impl(aggregate::sum::Sum::new());
    own.chain([Ok(sum)]).map(|function| function.map(Arc::new)).collect()
}

fn scalars() -> impl Iterator<Item = &'static Function> {
    SCALARS.iter().copied().flatten().copied().flatten()
}

/// The name under which the engine knows a function.
fn internal(name: &str, lenient: bool) -> String {
    if lenient { format!("lake_try_{name}") } else { format!("lake_{name}") }
}

#[cfg(test)]
mod tests;
