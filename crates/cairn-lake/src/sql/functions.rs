//! Which functions there are, and under which names the engine knows them.
//!
//! A statement writes Trino's name. The lake's own function of that name comes first; what the
//! engine does as Trino does is taken from it. Nothing else resolves.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::execution::SessionStateDefaults;
use datafusion::logical_expr::{AggregateUDF, HigherOrderUDF, ScalarUDF, WindowUDF};

use super::lambda;

/// What the names of the lake's own functions begin with.
const OWN: &str = "lake_";
/// What the names of own functions begin with that give null instead of failing.
const OWN_LENIENT: &str = "lake_try_";

/// Functions of the engine that mean the same under the same name.
const SAME: &[&str] = &[
    "array_agg",
    "array_distinct",
    "array_except",
    "array_intersect",
    "array_max",
    "array_min",
    "array_position",
    "array_remove",
    "array_union",
    "approx_distinct",
    "avg",
    "bit_length",
    "bool_and",
    "bool_or",
    "coalesce",
    "concat",
    "corr",
    "count",
    "covar_pop",
    "covar_samp",
    "cume_dist",
    "date_trunc",
    "dense_rank",
    "first_value",
    "flatten",
    "grouping",
    "lag",
    "last_value",
    "lead",
    "length",
    "lower",
    "lpad",
    "map_entries",
    "map_keys",
    "map_values",
    "max",
    "min",
    "nth_value",
    "ntile",
    "nullif",
    "percent_rank",
    "rank",
    "regexp_like",
    "regr_intercept",
    "regr_slope",
    "replace",
    "reverse",
    "row_number",
    "rpad",
    "split_part",
    "starts_with",
    "stddev",
    "stddev_pop",
    "stddev_samp",
    "strpos",
    "substr",
    "sum",
    "translate",
    "upper",
    "var_pop",
    "var_samp",
    "cardinality",
    "trim",
    "ltrim",
    "rtrim",
    "to_hex",
];

/// Functions of the engine that mean the same under another name: Trino's, then the engine's.
const RENAMED: &[(&str, &str)] = &[
    ("any_value", "first_value"),
    ("arbitrary", "first_value"),
    ("approx_percentile", "approx_percentile_cont"),
    ("array_join", "array_to_string"),
    ("array_sort", "array_sort"),
    ("character_length", "character_length"),
    ("contains", "array_has"),
    ("every", "bool_and"),
    ("row", "struct"),
    ("split", "string_to_array"),
    ("substring", "substr"),
    ("variance", "var_samp"),
];

/// The functions that statements may call.
#[derive(Debug, Default)]
pub(super) struct Functions {
    scalar: HashMap<String, Arc<ScalarUDF>>,
    aggregate: HashMap<String, Arc<AggregateUDF>>,
    window: HashMap<String, Arc<WindowUDF>>,
    lambda: HashMap<String, Arc<HigherOrderUDF>>,
}

impl Functions {
    pub(super) fn new() -> Self {
        let mut functions = Self::default();
        for function in SessionStateDefaults::default_scalar_functions() {
            for alias in function.aliases() {
                functions.scalar.insert(alias.clone(), Arc::clone(&function));
            }
            functions.scalar.insert(function.name().to_owned(), function);
        }
        for function in SessionStateDefaults::default_aggregate_functions() {
            for alias in function.aliases() {
                functions.aggregate.insert(alias.clone(), Arc::clone(&function));
            }
            functions.aggregate.insert(function.name().to_owned(), function);
        }
        for function in SessionStateDefaults::default_window_functions() {
            functions.window.insert(function.name().to_owned(), function);
        }
        for function in lambda::all() {
            functions.lambda.insert(function.name().to_owned(), function);
        }
        functions
    }

    /// The engine's name of a function that a statement calls by Trino's name, in lower case;
    /// `None` if there is none. `lenient` asks for the form that gives null where it would fail.
    pub(super) fn resolve(&self, name: &str, lenient: bool) -> Option<String> {
        let own = |prefix: &str| Some(format!("{prefix}{name}")).filter(|own| self.has(own));
        let found = if lenient { own(OWN_LENIENT).or_else(|| own(OWN)) } else { own(OWN) };
        if found.is_some() {
            return found;
        }
        let renamed = RENAMED.iter().find(|(trino, _)| *trino == name).map(|(_, engine)| *engine);
        let same = SAME.contains(&name).then_some(name);
        renamed.or(same).map(str::to_owned).filter(|engine| self.has(engine))
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.scalar.contains_key(name)
            || self.aggregate.contains_key(name)
            || self.window.contains_key(name)
            || self.lambda.contains_key(name)
    }

    pub(super) fn scalar(&self, name: &str) -> Option<Arc<ScalarUDF>> {
        self.scalar.get(name).cloned()
    }

    pub(super) fn aggregate(&self, name: &str) -> Option<Arc<AggregateUDF>> {
        self.aggregate.get(name).cloned()
    }

    pub(super) fn window(&self, name: &str) -> Option<Arc<WindowUDF>> {
        self.window.get(name).cloned()
    }

    pub(super) fn lambda(&self, name: &str) -> Option<Arc<HigherOrderUDF>> {
        self.lambda.get(name).cloned()
    }
}
