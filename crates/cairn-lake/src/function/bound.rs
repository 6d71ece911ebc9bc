//! How much the call of a function may make.
//!
//! The engine's memory pool sees what its operators hold, not what functions make in between: a
//! short statement can turn a few rows into gigabytes. So whatever makes more than it was given
//! asks here first.

use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use datafusion::common::config::{ConfigEntry, ConfigExtension, ConfigOptions, ExtensionOptions};
use datafusion::common::{Result, config_err};

use super::fault::fault;

/// What a call may make while a statement is planned: constants are computed then, on a thread that
/// others wait for, and a plan with hundreds of them is copied. What needs more is computed when
/// the statement runs.
pub(crate) const PLANNING_BYTES: usize = 64 << 10;

/// Says that nobody waits for the query any more.
pub(crate) type Over = Arc<dyn Fn() -> bool + Send + Sync>;

/// Goes with the session's configuration to every call.
#[derive(Clone)]
pub(crate) struct Bound {
    /// Bytes that the values of one call may have.
    pub(crate) bytes: usize,
    /// Of the query that runs; there is none while a statement is planned.
    pub(crate) over: Option<Over>,
}

impl Default for Bound {
    fn default() -> Self {
        Self { bytes: PLANNING_BYTES, over: None }
    }
}

impl fmt::Debug for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bound").field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

impl ConfigExtension for Bound {
    const PREFIX: &'static str = "lake";
}

impl ExtensionOptions for Bound {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }

    fn cloned(&self) -> Box<dyn ExtensionOptions> {
        Box::new(self.clone())
    }

    fn set(&mut self, key: &str, _value: &str) -> Result<()> {
        config_err!("lake.{key} cannot be set by name")
    }

    fn entries(&self) -> Vec<ConfigEntry> {
        Vec::new()
    }
}

/// Around calls nothing is bound.
const FREE: Bound = Bound { bytes: usize::MAX, over: None };

thread_local! {
    /// Of the call that this thread is in.
    static CURRENT: RefCell<Bound> = const { RefCell::new(FREE) };
}

/// Makes a call within the bounds of its session.
///
/// # Errors
/// Those of the call, and that of [`pause`].
pub(crate) fn within<T>(options: &ConfigOptions, call: impl FnOnce() -> Result<T>) -> Result<T> {
    let _before = Before(CURRENT.replace(of(options)));
    pause().and_then(|()| call())
}

/// What bound the thread before a call, and binds it again also if the call panics.
struct Before(Bound);

impl Drop for Before {
    fn drop(&mut self) {
        CURRENT.set(std::mem::replace(&mut self.0, FREE));
    }
}

/// The same of a call that has lambdas: they may take long although they make little, so they run
/// only when the statement does.
///
/// # Errors
/// As [`within`].
pub(crate) fn within_lambdas<T>(
    options: &ConfigOptions,
    call: impl FnOnce() -> Result<T>,
) -> Result<T> {
    if of(options).over.is_none() {
        return Err(fault("lambdas are not computed while a statement is planned"));
    }
    within(options, call)
}

fn of(options: &ConfigOptions) -> Bound {
    let bound = options.extensions.get::<Bound>().cloned().unwrap_or_default();
    // The places in an array of texts count no further, however much memory a query may have.
    Bound { bytes: bound.bytes.min(i32::MAX as usize), ..bound }
}

/// Asked now and then by whatever takes long.
///
/// # Errors
/// The query is over.
pub(crate) fn pause() -> Result<()> {
    if CURRENT.with_borrow(|bound| bound.over.as_ref().is_some_and(|over| over())) {
        return Err(fault("the query is over"));
    }
    Ok(())
}

/// Whether so many bytes may be made.
///
/// # Errors
/// Trino's text for queries that need too much.
pub(crate) fn check(bytes: usize) -> Result<()> {
    if bytes > CURRENT.with_borrow(|bound| bound.bytes) {
        return Err(fault("Query exhausted resources at this scale factor"));
    }
    Ok(())
}

/// Bytes of values that stand at places of an array: of texts exactly, of others about.
///
/// # Errors
/// An array that does not know its own size, which there is none of.
pub(crate) fn taken(values: &ArrayRef, places: &[u32]) -> Result<usize> {
    if let Some(texts) = values.as_string_opt::<i32>() {
        let ends = texts.value_offsets();
        let length = |place: &u32| {
            let place = *place as usize;
            (ends[place + 1] - ends[place]) as usize + size_of::<i32>()
        };
        return Ok(places.iter().map(length).sum());
    }
    let each = values.to_data().get_slice_memory_size()?.div_ceil(values.len().max(1));
    Ok(each.saturating_mul(places.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(bytes: usize, over: bool) -> ConfigOptions {
        let mut options = ConfigOptions::new();
        options.extensions.insert(Bound { bytes, over: Some(Arc::new(move || over)) });
        options
    }

    #[test]
    fn a_call_is_bound_and_what_is_around_it_is_not() {
        within_lambdas(&options(10, false), || {
            check(10)?;
            assert!(check(11).is_err());
            Ok(())
        })
        .unwrap();
        check(usize::MAX).unwrap();
        assert!(within(&options(10, true), || Ok(())).is_err());
        pause().unwrap();
    }

    #[test]
    fn a_call_makes_no_more_than_an_array_holds() {
        within(&options(usize::MAX, false), || check(i32::MAX as usize)).unwrap();
        assert!(within(&options(usize::MAX, false), || check(i32::MAX as usize + 1)).is_err());
    }

    #[test]
    fn little_is_computed_while_a_statement_is_planned() {
        let planning = ConfigOptions::new();
        assert!(within_lambdas(&planning, || Ok(())).is_err());
        within(&planning, || check(PLANNING_BYTES)).unwrap();
        assert!(within(&planning, || check(PLANNING_BYTES + 1)).is_err());
    }
}
