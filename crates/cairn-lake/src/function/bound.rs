//! How much the call of a function may make.
//!
//! The engine's memory pool sees what its operators hold, not what functions make in between: a
//! short statement can turn a few rows into gigabytes. So whatever makes more than it was given
//! asks here first.

use std::cell::Cell;

use datafusion::common::Result;
use datafusion::common::config::{ConfigExtension, ConfigOptions};
use datafusion::common::extensions_options;

use super::fault::fault;

/// What a call may make while a statement is planned: constants are computed then, on a thread that
/// others wait for. What needs more is computed when the statement runs.
pub(crate) const PLANNING_BYTES: usize = 1 << 20;

extensions_options! {
    /// Goes with the session's configuration to every call.
    pub(crate) struct Bound {
        /// Bytes that the values of one call may have.
        pub bytes: usize, default = PLANNING_BYTES
        /// Whether lambdas run: they may take long although they make little.
        pub lambdas: bool, default = false
    }
}

impl ConfigExtension for Bound {
    const PREFIX: &'static str = "lake";
}

thread_local! {
    /// Of the call that this thread is in.
    static BYTES: Cell<usize> = const { Cell::new(usize::MAX) };
}

/// Makes a call within the bounds of its session.
pub(crate) fn within<T>(options: &ConfigOptions, call: impl FnOnce() -> Result<T>) -> Result<T> {
    let bytes = of(options).bytes;
    let before = BYTES.replace(bytes);
    let answer = call();
    BYTES.set(before);
    answer
}

/// The same of a call that has lambdas.
pub(crate) fn within_lambdas<T>(
    options: &ConfigOptions,
    call: impl FnOnce() -> Result<T>,
) -> Result<T> {
    if !of(options).lambdas {
        return Err(fault("lambdas are not computed while a statement is planned"));
    }
    within(options, call)
}

fn of(options: &ConfigOptions) -> Bound {
    options.extensions.get::<Bound>().cloned().unwrap_or_default()
}

/// Whether so many bytes may be made.
///
/// # Errors
/// Trino's text for queries that need too much.
pub(crate) fn check(bytes: usize) -> Result<()> {
    if bytes > BYTES.get() {
        return Err(fault("Query exhausted resources at this scale factor"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_bound_and_what_is_around_it_is_not() {
        let mut options = ConfigOptions::new();
        options.extensions.insert(Bound { bytes: 10, lambdas: true });
        within_lambdas(&options, || {
            check(10)?;
            assert!(check(11).is_err());
            Ok(())
        })
        .unwrap();
        check(usize::MAX).unwrap();
        options.extensions.insert(Bound::default());
        assert!(within_lambdas(&options, || Ok(())).is_err());
        assert!(within(&options, || check(PLANNING_BYTES + 1)).is_err());
    }
}
