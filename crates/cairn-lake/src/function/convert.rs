//! CAST, as Trino does it.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, Float64Array, Int64Array,
    Time64MicrosecondArray, TimestampMicrosecondArray, new_null_array,
};
use arrow::compute::{CastOptions, can_cast_types, cast_with_options};
use arrow::datatypes::{DataType, Field, FieldRef, Float64Type, TimeUnit};
use datafusion::common::{Result, ScalarValue, plan_err};

use super::call::{Call, known};
use super::fault::fault;
use super::scalar::{Function, form, form_as, function};
use super::shape::is_json;
use super::{ip, json, time, types};
use crate::render;

pub(super) const FUNCTIONS: &[Function] = &[
    // The second argument is the type, as Trino writes it: a constant.
    function("cast", &[form_as("E, varchar -> json", field, cast)]),
    function("cast_varchar", &[form("E -> varchar", |call| to_text(call, usize::MAX))]),
];

/// The type that a cast asks for.
pub(super) fn target<'a>(constants: &[Option<&'a ScalarValue>]) -> Result<&'a str> {
    match constants.get(1).copied().flatten().and_then(ScalarValue::try_as_str) {
        Some(Some(text)) => Ok(text),
        _ => plan_err!("the type of a cast is no constant"),
    }
}

fn field(name: &str, given: &[FieldRef], constants: &[Option<&ScalarValue>]) -> Result<Field> {
    let text = target(constants)?;
    let Some(wanted) = types::parse(text, name) else { return plan_err!("Unknown type: {text}") };
    let Some(from) = given.first() else { return Ok(wanted) };
    let plain = types::plain(from.data_type());
    let possible = is_json(from)
        || is_json(&wanted)
        || matches!(plain, DataType::Null)
        || (matches!(plain, DataType::Utf8) && is_nested(&wanted))
        || (!holds_json(&wanted) && can(&plain, wanted.data_type()));
    if possible {
        return Ok(wanted);
    }
    plan_err!("Cannot cast {} to {}", types::name(from), types::name(&wanted))
}

fn can(from: &DataType, to: &DataType) -> bool {
    match (from, to) {
        (DataType::Utf8, DataType::Binary) | (DataType::Binary, DataType::Utf8) => false,
        // A time of no day is none of any.
        (DataType::Time64(_), to) => matches!(to, DataType::Time64(_) | DataType::Utf8),
        (from, DataType::Time64(_)) => matches!(from, DataType::Timestamp(..) | DataType::Utf8),
        (DataType::List(_) | DataType::Map(..) | DataType::Struct(_), DataType::Utf8) => false,
        (DataType::List(from), DataType::List(to)) => can(from.data_type(), to.data_type()),
        (DataType::Map(from, _), DataType::Map(to, _)) => can(from.data_type(), to.data_type()),
        (DataType::Struct(from), DataType::Struct(to)) => {
            from.len() == to.len()
                && from.iter().zip(to).all(|(from, to)| can(from.data_type(), to.data_type()))
        }
        _ => can_cast_types(from, to),
    }
}

fn is_nested(field: &Field) -> bool {
    matches!(field.data_type(), DataType::List(_) | DataType::Map(..) | DataType::Struct(_))
}

fn holds_json(field: &Field) -> bool {
    match field.data_type() {
        DataType::List(item) => is_json(item) || holds_json(item),
        DataType::Map(entries, _) => holds_json(entries),
        DataType::Struct(fields) => fields.iter().any(|field| is_json(field) || holds_json(field)),
        _ => false,
    }
}

fn cast(call: &Call<'_>) -> Result<ArrayRef> {
    let types_of = call.text(1);
    let text = types_of.get(0).unwrap_or_default();
    let Some(wanted) = types::parse(text, "") else {
        return Err(fault(format!("Unknown type: {text}")));
    };
    let from_json = call.fields.first().is_some_and(|field| is_json(field));
    if matches!(call.array(0).data_type(), DataType::Null) {
        return Ok(new_null_array(wanted.data_type(), call.rows));
    }
    match (from_json, is_json(&wanted)) {
        (true, true) => Ok(spread(call)),
        (true, false) => json::cast(call),
        (false, true) => json::to_json(call),
        // Text that became an array, a map or a row can only have been JSON.
        (false, false)
            if is_nested(&wanted) && matches!(call.array(0).data_type(), DataType::Utf8) =>
        {
            json::cast(call)
        }
        (false, false) if matches!(wanted.data_type(), DataType::Utf8) => {
            if text.trim().eq_ignore_ascii_case("ipaddress") {
                return ip::checked(call);
            }
            to_text(call, length(text))
        }
        (false, false) => converted(call, &spread(call), &wanted),
    }
}

/// The argument, a value a row.
fn spread(call: &Call<'_>) -> ArrayRef {
    let array = call.array(0);
    if array.len() == call.rows {
        return Arc::clone(array);
    }
    let places = vec![Some(0); call.rows];
    super::scalar::picked(array.as_ref(), places).unwrap_or_else(|_| Arc::clone(array))
}

/// How many characters `varchar(n)` keeps.
fn length(text: &str) -> usize {
    let inner = text.split_once('(').and_then(|(_, rest)| rest.trim_end().strip_suffix(')'));
    inner.and_then(|length| length.trim().parse().ok()).unwrap_or(usize::MAX)
}

/// The text that a result shows, or its first characters.
fn to_text(call: &Call<'_>, most: usize) -> Result<ArrayRef> {
    let texts = render::Texts::new(call.array(0));
    call.texts(|row| {
        let mut text = String::new();
        if !texts.write(call.place(0, row), &mut text) {
            return Ok(None);
        }
        if let Some((end, _)) = text.char_indices().nth(most) {
            text.truncate(end);
        }
        Ok(Some(text))
    })
}

fn converted(call: &Call<'_>, array: &ArrayRef, wanted: &Field) -> Result<ArrayRef> {
    match (array.data_type(), wanted.data_type()) {
        (DataType::Utf8, DataType::Timestamp(_, zone)) => {
            let moments: TimestampMicrosecondArray = each(call, |text| {
                time::moment(text.trim())
                    .ok_or_else(|| fault(format!("Value cannot be cast to timestamp: {text}")))
            })?;
            Ok(Arc::new(moments.with_timezone_opt(zone.clone())))
        }
        (DataType::Utf8, DataType::Date32) => {
            let days: Date32Array = each(call, |text| match time::date(text.trim()) {
                Some(date) => Ok(date.days() as i32),
                None => Err(fault(format!("Value cannot be cast to date: {text}"))),
            })?;
            Ok(Arc::new(days))
        }
        (DataType::Utf8, DataType::Time64(_)) => {
            let clocks: Time64MicrosecondArray = each(call, |text| {
                time::clock(text.trim())
                    .ok_or_else(|| fault(format!("Value cannot be cast to time: {text}")))
            })?;
            Ok(Arc::new(clocks))
        }
        (DataType::Utf8, DataType::Boolean) => {
            let flags: BooleanArray =
                each(call, |text| match text.trim().to_ascii_lowercase().as_str() {
                    "t" | "true" | "1" => Ok(true),
                    "f" | "false" | "0" => Ok(false),
                    _ => Err(fault(format!("Cannot cast '{text}' to BOOLEAN"))),
                })?;
            Ok(Arc::new(flags))
        }
        (DataType::Utf8, DataType::Float64) => {
            let doubles: Float64Array = each(call, |text| {
                text.trim().parse().map_err(|_| fault(format!("Cannot cast '{text}' to DOUBLE")))
            })?;
            Ok(Arc::new(doubles))
        }
        (DataType::Float64 | DataType::Float32, integer) if integer.is_integer() => {
            let rounded = rounded(array, wanted)?;
            checked(&rounded, wanted, array)
        }
        _ => checked(array, wanted, array),
    }
}

fn each<T, A: FromIterator<Option<T>>>(
    call: &Call<'_>,
    read: impl Fn(&str) -> Result<T>,
) -> Result<A> {
    let text = call.text(0);
    (0..call.rows).map(|row| Ok(Some(read(known!(text.get(row)))?))).collect()
}

/// Doubles as whole numbers, halves away from zero.
fn rounded(array: &ArrayRef, wanted: &Field) -> Result<ArrayRef> {
    let doubles = arrow::compute::cast(array, &DataType::Float64)?;
    let one = |value: Option<f64>| {
        let value = known!(value);
        let whole = value.round();
        if !(-9.223_372_036_854_776e18..9.223_372_036_854_776e18).contains(&whole) {
            let shown = render::double(value);
            return Err(fault(format!("Unable to cast {shown} to {}", types::name(wanted))));
        }
        Ok(Some(whole as i64))
    };
    let whole: Result<Int64Array> = doubles.as_primitive::<Float64Type>().iter().map(one).collect();
    Ok(Arc::new(whole?))
}

/// The engine's cast, and Trino's words for the first value that cannot be cast.
fn checked(array: &ArrayRef, wanted: &Field, given: &ArrayRef) -> Result<ArrayRef> {
    let options = CastOptions { safe: true, ..CastOptions::default() };
    let cast = match (array.data_type(), wanted.data_type()) {
        (DataType::Timestamp(_, Some(_)), DataType::Date32 | DataType::Timestamp(_, None)) => {
            let walls = time::walls(array)?;
            match wanted.data_type() {
                DataType::Date32 => time::days(&walls),
                other => cast_with_options(&walls, other, &options)?,
            }
        }
        (DataType::Timestamp(..), DataType::Date32) => {
            // Towards the past, also before 1970.
            let micros = DataType::Timestamp(TimeUnit::Microsecond, None);
            time::days(&cast_with_options(array, &micros, &options)?)
        }
        (_, data_type) => cast_with_options(array, data_type, &options)?,
    };
    match (0..array.len()).find(|at| cast.is_null(*at) && array.is_valid(*at)) {
        Some(at) => {
            let shown = render::value(given, at).unwrap_or_default();
            let name = types::name(wanted);
            Err(match given.data_type() {
                DataType::Utf8 if name == "integer" => {
                    fault(format!("Cannot cast '{shown}' to INT"))
                }
                DataType::Utf8 => {
                    fault(format!("Cannot cast '{shown}' to {}", name.to_ascii_uppercase()))
                }
                _ => fault(format!("Out of range for {name}: {shown}")),
            })
        }
        None => Ok(cast),
    }
}
