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

/// Whether the engine's function of that name fails for some values in a row. What only a constant
/// argument can make it fail for, as a pattern, is not meant.
pub(crate) fn can_fail(engine: &str) -> bool {
    engine.strip_prefix("lake_").is_some_and(|name| FALLIBLE.contains(&name))
}

/// Functions that read texts, look into arrays, or divide.
const FALLIBLE: &[&str] = &[
    "add",
    "subtract",
    "multiply",
    "interval_times",
    "subscript",
    "contains",
    "cast",
    "cast_json",
    "cast_ipaddress",
    "json_parse",
    "date",
    "date_parse",
    "parse_datetime",
    "parse_duration",
    "from_iso8601_timestamp",
    "from_iso8601_date",
    "from_unixtime",
    "from_unixtime_nanos",
    "at_timezone",
    "with_timezone",
    "ip_prefix",
    "ip_subnet_min",
    "ip_subnet_max",
    "is_subnet_of",
    "from_base",
    "from_base32",
    "from_base64",
    "from_base64url",
    "from_hex",
    "from_big_endian_32",
    "from_big_endian_64",
    "to_big_endian_32",
    "time_plus",
    "time_minus",
    "from_utf8",
    "url_decode",
    "chr",
    "codepoint",
    "split_part",
    "split_to_map",
    "map",
    "map_from_entries",
    "hamming_distance",
    "luhn_check",
    "mod",
    "round",
    "abs",
    "width_bucket",
    "sequence",
    "repeat",
    "slice",
    "trim_array",
    "date_add",
];

/// What the engine wraps around a refusal of ours goes; other texts stay.
pub(crate) fn told(error: &str) -> &str {
    let Some(start) = error.find("Unexpected parameters (") else { return error };
    let text = &error[start..];
    let end = text.find(". No function matches").unwrap_or(text.len());
    text[..end].trim_end()
}
