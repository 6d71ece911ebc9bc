//! Which functions there are, and under which names the engine knows them.
//!
//! A statement writes Trino's name, and the front end puts the engine's in its place. A name that
//! is not Trino's does not resolve, whatever the engine has.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::common::Result;
use datafusion::execution::SessionStateDefaults;
use datafusion::execution::registry::{FunctionRegistry, MemoryFunctionRegistry};
use datafusion::logical_expr::{AggregateUDF, HigherOrderUDF, ScalarUDF, WindowUDF};

use super::{casts, lambda};
use crate::function::{find, register};

/// The functions that statements may call.
#[derive(Debug, Default)]
pub(super) struct Functions {
    scalar: HashMap<String, Arc<ScalarUDF>>,
    aggregate: HashMap<String, Arc<AggregateUDF>>,
    window: HashMap<String, Arc<WindowUDF>>,
    lambda: HashMap<String, Arc<HigherOrderUDF>>,
}

impl Functions {
    /// # Errors
    /// A function that the engine does not take.
    pub(super) fn new() -> Result<Self> {
        let mut own = MemoryFunctionRegistry::new();
        for function in SessionStateDefaults::default_scalar_functions() {
            own.register_udf(function)?;
        }
        for function in SessionStateDefaults::default_aggregate_functions() {
            own.register_udaf(function)?;
        }
        register(&mut own)?;
        let mut functions = Self::default();
        for name in own.udfs() {
            functions.scalar.insert(name.clone(), own.udf(&name)?);
        }
        let named = ScalarUDF::new_from_impl(casts::Named::new());
        functions.scalar.insert(casts::NAMED.to_owned(), Arc::new(named));
        for name in own.udafs() {
            functions.aggregate.insert(name.clone(), own.udaf(&name)?);
        }
        for function in SessionStateDefaults::default_window_functions() {
            functions.window.insert(function.name().to_owned(), function);
        }
        for function in lambda::all() {
            functions.lambda.insert(function.name().to_owned(), function);
        }
        Ok(functions)
    }

    /// The engine's name of a function that a statement calls by Trino's name, in lower case, with
    /// so many arguments; `None` if there is none. `lenient` asks for the form that gives null
    /// where it would fail.
    pub(super) fn resolve(&self, name: &str, arguments: usize, lenient: bool) -> Option<String> {
        let own = format!("{}{name}", lambda::PREFIX);
        if self.lambda.contains_key(&own) {
            return Some(own);
        }
        find(name, arguments, lenient).map(|found| found.name)
    }

    /// The engine's name of a function that is called with a lambda. Some have a form without.
    pub(super) fn resolve_lambda(&self, name: &str) -> Option<String> {
        let own = [format!("{}{name}", lambda::PREFIX), format!("{}{name}", lambda::FORM)];
        own.into_iter().find(|own| self.lambda.contains_key(own))
    }

    /// Whether the engine's function has a meaning with OVER only.
    pub(super) fn needs_over(&self, name: &str) -> bool {
        self.window.contains_key(name) && !self.aggregate.contains_key(name)
    }

    /// A function of rows by Trino's name.
    pub(super) fn scalar_by_name(
        &self,
        name: &str,
        arguments: usize,
        lenient: bool,
    ) -> Option<Arc<ScalarUDF>> {
        self.scalar(&self.resolve(name, arguments, lenient)?)
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
