//! Values without members: numbers, instants, texts.

use cairn_core::Timestamp;
use cairn_event::Json;

use cairn_catalog::Shape;

use crate::parameters::instant;

/// Base64 longer than this is left out of records: what a blob holds is the caller's data.
pub(super) const BLOB_TEXT_BYTES: usize = 1024;

/// The number that the text spells in JSON.
pub(super) fn number(text: &str) -> Option<Json> {
    Json::parse(text.as_bytes()).ok().filter(|json| matches!(json, Json::Number(_)))
}

/// A number as records write those that may have a fraction: `50.0`.
pub(super) fn float(value: f64) -> Json {
    number(&format!("{value:?}")).unwrap_or_else(|| value.to_string().into())
}

/// A text of a form, an XML element, a path or a header, as its shape has it; the text itself
/// where it is nothing of that shape. `None` for what records leave out.
pub(super) fn of_text(shape: &Shape, text: &str) -> Option<Json> {
    Some(match shape {
        Shape::Integer { .. } => integer(text.trim()),
        Shape::Float { .. } => fraction(text.trim()),
        Shape::Boolean => boolean(text.trim()),
        Shape::Timestamp(_) => time(text.trim()),
        Shape::Blob { .. } => return blob(text),
        _ => text.into(),
    })
}

/// A JSON value as its shape has it, for shapes without members.
pub(super) fn of_json(shape: &Shape, value: Json) -> Option<Json> {
    Some(match (shape, value) {
        (Shape::Timestamp(_), Json::Number(number)) => time(number.as_str()),
        (Shape::Timestamp(_), Json::Text(text)) => time(&text),
        (Shape::Float { .. }, Json::Number(number)) => fraction(number.as_str()),
        (Shape::Blob { .. }, Json::Text(text)) => return blob(&text),
        (_, value) => value,
    })
}

fn integer(text: &str) -> Json {
    text.parse::<i128>().ok().and_then(|value| number(&value.to_string())).unwrap_or(text.into())
}

/// Digits that a double cannot hold stay as they are.
fn fraction(text: &str) -> Json {
    /// Whole numbers up to here are exact in a double.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match text.parse::<f64>() {
        Ok(value) if value.abs() < EXACT => float(value),
        _ => number(text).unwrap_or_else(|| text.into()),
    }
}

fn boolean(text: &str) -> Json {
    match text {
        "true" | "True" | "TRUE" | "1" => true.into(),
        "false" | "False" | "FALSE" | "0" => false.into(),
        _ => text.into(),
    }
}

fn blob(text: &str) -> Option<Json> {
    (text.len() <= BLOB_TEXT_BYTES).then(|| text.into())
}

/// An instant in any form that AWS's protocols have, as records write it; the text itself where it
/// is none.
fn time(text: &str) -> Json {
    moment(text).map_or_else(|| text.into(), |at| instant(at).into())
}

/// Reads epoch seconds, RFC 3339 and the dates of HTTP.
pub(super) fn moment(text: &str) -> Option<Timestamp> {
    /// The last second that a record can write.
    const LAST: f64 = 253_402_300_799.0;
    if let Ok(seconds) = text.parse::<f64>() {
        let known = (0.0..=LAST).contains(&seconds);
        return known.then(|| Timestamp::from_millis((seconds * 1000.0) as i64));
    }
    Timestamp::parse(text).or_else(|| http_date(text))
}

/// `Thu, 26 Nov 2026 00:25:51 GMT`.
fn http_date(text: &str) -> Option<Timestamp> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut words = text.split_once(", ")?.1.split(' ');
    let (day, month, year) = (words.next()?, words.next()?, words.next()?);
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    let time = words.next()?;
    Timestamp::parse(&format!("{year}-{month:02}-{day:0>2}T{time}Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(json: &Json) -> String {
        serde_json::to_string(json).unwrap()
    }

    #[test]
    fn texts_become_what_their_shape_says() {
        let sensitive = false;
        let integer = Shape::Integer { sensitive };
        let float = Shape::Float { sensitive };
        for (shape, text, expected) in [
            (&integer, "007", "7"),
            (&integer, "1e3", "\"1e3\""),
            (&float, "50", "50.0"),
            (&float, "NaN", "\"NaN\""),
            (&Shape::Boolean, "true", "true"),
            (&Shape::Boolean, "yes", "\"yes\""),
            (&Shape::Timestamp(None), "2023-11-14T22:13:20Z", "\"Nov 14, 2023, 10:13:20 PM\""),
            (&Shape::Timestamp(None), "1700000000", "\"Nov 14, 2023, 10:13:20 PM\""),
            (
                &Shape::Timestamp(None),
                "Tue, 14 Nov 2023 22:13:20 GMT",
                "\"Nov 14, 2023, 10:13:20 PM\"",
            ),
            (&Shape::Timestamp(None), "yesterday", "\"yesterday\""),
            (&Shape::Timestamp(None), "1e300", "\"1e300\""),
        ] {
            assert_eq!(written(&of_text(shape, text).unwrap()), expected, "{text}");
        }
        let long = "A".repeat(BLOB_TEXT_BYTES + 1);
        assert_eq!(of_text(&Shape::Blob { sensitive }, &long), None);
    }
}
