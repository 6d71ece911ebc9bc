//! What functions refuse, in Trino's words.

use datafusion::common::DataFusionError;

/// Types that a function does not take.
pub(super) fn unexpected(name: &str, given: &[String], expected: &[String]) -> String {
    let given = given.join(", ");
    format!(
        "Unexpected parameters ({given}) for function {name}. Expected: {}",
        expected.join(", ")
    )
}

/// A value that a function cannot answer.
pub(super) fn fault(text: impl Into<String>) -> DataFusionError {
    DataFusionError::Execution(text.into())
}

/// What the engine wraps around a refusal of ours goes; other texts stay.
pub(crate) fn told(error: &str) -> &str {
    let Some(start) = error.find("Unexpected parameters (") else { return error };
    let text = &error[start..];
    let end = text.find(". No function matches").unwrap_or(text.len());
    text[..end].trim_end()
}
