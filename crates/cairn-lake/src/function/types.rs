//! The types of Arrow under Trino's names.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, ListArray, MapArray, StructArray, UInt32Array, new_null_array,
};
use arrow::compute::{cast, take};
use arrow::datatypes::{DataType, Field, FieldRef, Fields, IntervalUnit, TimeUnit};

use datafusion::common::{Result, ScalarValue};

use super::shape::{apart, as_json, is_json};

pub(crate) const TIMESTAMP: DataType = DataType::Timestamp(TimeUnit::Microsecond, None);

/// What a clock shows on any day.
pub(crate) const TIME: DataType = DataType::Time64(TimeUnit::Microsecond);

/// A timestamp with a time zone that is not said otherwise.
pub(crate) fn utc() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// A map's type.
pub(crate) fn map_of(key: Field, value: Field) -> DataType {
    let fields = Fields::from(vec![key.with_nullable(false), value]);
    DataType::Map(Arc::new(Field::new("entries", DataType::Struct(fields), false)), false)
}

/// The fields of a map's key and value.
pub(crate) fn entry(entries: &Field) -> Option<[&FieldRef; 2]> {
    match entries.data_type() {
        DataType::Struct(fields) => match fields.as_ref() {
            [key, value] => Some([key, value]),
            _ => None,
        },
        _ => None,
    }
}

/// A field's type as Trino writes it.
pub(crate) fn name(field: &Field) -> String {
    if is_json(field) {
        return "json".to_owned();
    }
    match field.data_type() {
        DataType::Null => "unknown".to_owned(),
        DataType::Boolean => "boolean".to_owned(),
        DataType::Int8 => "tinyint".to_owned(),
        DataType::Int16 | DataType::UInt8 => "smallint".to_owned(),
        DataType::Int32 | DataType::UInt16 => "integer".to_owned(),
        DataType::Int64 | DataType::UInt32 | DataType::UInt64 => "bigint".to_owned(),
        DataType::Float16 | DataType::Float32 => "real".to_owned(),
        DataType::Float64 => "double".to_owned(),
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => format!("decimal({precision},{scale})"),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "varchar".to_owned(),
        DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView
        | DataType::FixedSizeBinary(_) => "varbinary".to_owned(),
        DataType::Date32 | DataType::Date64 => "date".to_owned(),
        DataType::Time32(_) | DataType::Time64(_) => "time(3)".to_owned(),
        DataType::Timestamp(_, None) => "timestamp(3)".to_owned(),
        DataType::Timestamp(_, Some(_)) => "timestamp(3) with time zone".to_owned(),
        DataType::Interval(IntervalUnit::YearMonth) => "interval year to month".to_owned(),
        DataType::Interval(_) | DataType::Duration(_) => "interval day to second".to_owned(),
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _) => format!("array({})", name(item)),
        DataType::Map(entries, _) => match entry(entries) {
            Some([key, value]) => format!("map({}, {})", name(key), name(value)),
            None => "map".to_owned(),
        },
        DataType::Struct(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|field| format!("{} {}", field.name(), name(field))).collect();
            format!("row({})", fields.join(", "))
        }
        DataType::Dictionary(_, value) => name(&Field::new("", value.as_ref().clone(), true)),
        DataType::RunEndEncoded(_, value) => name(value),
        DataType::Union(..) => "unknown".to_owned(),
    }
}

/// How deep a type may lie in others.
const DEPTH: usize = 64;

/// Reads a type as Trino writes it into a field of that name; `None` for what is no type.
pub(crate) fn parse(text: &str, of: &str) -> Option<Field> {
    parse_at(text, of, 0)
}

fn parse_at(text: &str, of: &str, depth: usize) -> Option<Field> {
    if depth > DEPTH {
        return None;
    }
    let text = text.trim();
    let lower = text.to_ascii_lowercase();
    let field = |data_type| Some(Field::new(of, data_type, true));
    if let Some(plain) = lower.strip_suffix(" with time zone") {
        let is_time = plain == "timestamp" || plain.starts_with("timestamp(");
        return is_time.then(utc).and_then(field);
    }
    let (head, inner) = match lower.strip_suffix(')').and_then(|rest| rest.split_once('(')) {
        Some((head, _)) => (head.trim_end(), Some(&text[text.find('(')? + 1..text.len() - 1])),
        None => (lower.as_str(), None),
    };
    match (head, inner) {
        ("json", None) => field(DataType::Utf8).map(as_json),
        ("varchar" | "char", _) | ("string" | "ipaddress" | "uuid", None) => field(DataType::Utf8),
        ("tinyint", None) => field(DataType::Int8),
        ("smallint", None) => field(DataType::Int16),
        ("integer" | "int", None) => field(DataType::Int32),
        ("bigint", None) => field(DataType::Int64),
        ("real", None) => field(DataType::Float32),
        ("double" | "double precision", None) => field(DataType::Float64),
        ("boolean", None) => field(DataType::Boolean),
        ("date", None) => field(DataType::Date32),
        ("varbinary", None) => field(DataType::Binary),
        ("time", _) => field(TIME),
        ("timestamp", _) => field(TIMESTAMP),
        ("decimal", None) => field(DataType::Decimal128(38, 0)),
        ("decimal", Some(inner)) => decimal(inner).and_then(field),
        ("array", Some(inner)) => {
            field(DataType::List(Arc::new(parse_at(inner, "item", depth + 1)?)))
        }
        ("map", Some(inner)) => match apart(inner).as_slice() {
            [key, value] => {
                let key = parse_at(key, "key", depth + 1)?;
                field(map_of(key, parse_at(value, "value", depth + 1)?))
            }
            _ => None,
        },
        ("row", Some(inner)) => {
            let parts = apart(inner);
            let fields: Option<Vec<Field>> =
                parts.iter().enumerate().map(|(at, part)| member(part, at, depth)).collect();
            field(DataType::Struct(Fields::from(fields?)))
        }
        _ => None,
    }
}

/// A member of a row: `name type`, or only a type.
fn member(text: &str, at: usize, depth: usize) -> Option<Field> {
    if let Some(field) = parse_at(text, &format!("field{at}"), depth + 1) {
        return Some(field);
    }
    let (name, rest) = match text.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"')?,
        None => text.split_once(char::is_whitespace)?,
    };
    parse_at(rest, &name.to_ascii_lowercase(), depth + 1)
}

fn decimal(inner: &str) -> Option<DataType> {
    let (precision, scale) = match apart(inner).as_slice() {
        [precision] => (precision.parse().ok()?, 0),
        [precision, scale] => (precision.parse().ok()?, scale.parse().ok()?),
        _ => return None,
    };
    let sound = (1..=38).contains(&precision) && scale >= 0 && scale as u8 <= precision;
    sound.then_some(DataType::Decimal128(precision, scale))
}

/// The type in the one layout that functions are written for: the same values, one way to store
/// text, bytes, lists and times.
pub(super) fn plain(given: &DataType) -> DataType {
    let inner = |field: &FieldRef| -> FieldRef {
        let data_type = plain(field.data_type());
        if &data_type == field.data_type() {
            return Arc::clone(field);
        }
        Arc::new(field.as_ref().clone().with_data_type(data_type))
    };
    match given {
        DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
        DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            DataType::Binary
        }
        DataType::Dictionary(_, value) => plain(value),
        DataType::RunEndEncoded(_, value) => plain(value.data_type()),
        DataType::Timestamp(_, zone) => DataType::Timestamp(TimeUnit::Microsecond, zone.clone()),
        DataType::Date64 => DataType::Date32,
        DataType::Time32(_) | DataType::Time64(_) => TIME,
        DataType::Interval(_) | DataType::Duration(_) => {
            DataType::Interval(IntervalUnit::MonthDayNano)
        }
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _) => DataType::List(inner(item)),
        DataType::Map(entries, sorted) => DataType::Map(inner(entries), *sorted),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(inner).collect()),
        other => other.clone(),
    }
}

/// What it costs to take a value of one type for another, both plain; `None` if it cannot be.
pub(super) fn distance(given: &DataType, wanted: &DataType) -> Option<u32> {
    if given.equals_datatype(wanted) {
        return Some(0);
    }
    match (given, wanted) {
        (DataType::Null, _) => Some(1),
        (integer, DataType::Int64) if integer.is_integer() => Some(1),
        (
            DataType::Int8 | DataType::Int16 | DataType::UInt8 | DataType::UInt16,
            DataType::Int32,
        ) => Some(1),
        (DataType::Float32, DataType::Float64) => Some(1),
        (number, DataType::Float64) if number.is_numeric() => Some(3),
        (DataType::Date32, DataType::Timestamp(_, None)) => Some(2),
        (DataType::Timestamp(_, Some(_)), DataType::Timestamp(_, None)) => Some(1),
        _ => None,
    }
}

/// The type that holds the values of both, both plain; `None` if there is none.
pub(super) fn wider(a: &DataType, b: &DataType) -> Option<DataType> {
    if a.equals_datatype(b) {
        return Some(a.clone());
    }
    let field = |a: &FieldRef, b: &FieldRef| -> Option<FieldRef> {
        let data_type = wider(a.data_type(), b.data_type())?;
        Some(Arc::new(a.as_ref().clone().with_data_type(data_type).with_nullable(true)))
    };
    match (a, b) {
        (DataType::Null, other) | (other, DataType::Null) => Some(other.clone()),
        (a, b) if a.is_integer() && b.is_integer() => Some(DataType::Int64),
        (a, b) if a.is_numeric() && b.is_numeric() => Some(DataType::Float64),
        (DataType::Timestamp(..), DataType::Date32)
        | (DataType::Date32, DataType::Timestamp(..)) => Some(TIMESTAMP),
        (DataType::Timestamp(unit, zone), DataType::Timestamp(_, other)) => {
            Some(DataType::Timestamp(*unit, zone.clone().or_else(|| other.clone())))
        }
        (DataType::List(a), DataType::List(b)) => Some(DataType::List(field(a, b)?)),
        (DataType::Map(a, sorted), DataType::Map(b, _)) => {
            let [key, value] = entry(a)?;
            let [other_key, other_value] = entry(b)?;
            let key = field(key, other_key)?.as_ref().clone().with_nullable(false);
            let fields = Fields::from(vec![Arc::new(key), field(value, other_value)?]);
            let entries = a.as_ref().clone().with_data_type(DataType::Struct(fields));
            Some(DataType::Map(Arc::new(entries), *sorted))
        }
        (DataType::Struct(a), DataType::Struct(b)) if a.len() == b.len() => {
            let fields: Option<Vec<FieldRef>> = a.iter().zip(b).map(|(a, b)| field(a, b)).collect();
            Some(DataType::Struct(fields?.into()))
        }
        _ => None,
    }
}

/// The values in a type that they can be brought to.
pub(super) fn brought(array: &ArrayRef, wanted: &DataType) -> Result<ArrayRef> {
    if array.data_type() == wanted {
        return Ok(Arc::clone(array));
    }
    if array.data_type().equals_datatype(wanted) {
        return retyped(array, wanted);
    }
    Ok(cast(array, wanted)?)
}

/// The same values under a type that differs in the names of its fields only, or in what they say
/// of themselves.
pub(super) fn retyped(array: &ArrayRef, wanted: &DataType) -> Result<ArrayRef> {
    if array.data_type() == wanted {
        return Ok(Arc::clone(array));
    }
    Ok(match (array.data_type(), wanted) {
        (DataType::Null, _) => new_null_array(wanted, array.len()),
        (DataType::List(_), DataType::List(item)) => {
            let list = array.as_list::<i32>();
            let values = retyped(list.values(), item.data_type())?;
            let offsets = list.offsets().clone();
            Arc::new(ListArray::try_new(Arc::clone(item), offsets, values, list.nulls().cloned())?)
        }
        (DataType::Map(..), DataType::Map(entries, sorted)) => {
            let map = array.as_map();
            let inner: ArrayRef = Arc::new(map.entries().clone());
            let inner = retyped(&inner, entries.data_type())?;
            Arc::new(MapArray::try_new(
                Arc::clone(entries),
                map.offsets().clone(),
                inner.as_struct().clone(),
                map.nulls().cloned(),
                *sorted,
            )?)
        }
        (DataType::Struct(_), DataType::Struct(fields)) => {
            let row = array.as_struct();
            let columns: Vec<ArrayRef> = row
                .columns()
                .iter()
                .zip(fields)
                .map(|(column, field)| retyped(column, field.data_type()))
                .collect::<Result<_>>()?;
            let nulls = row.nulls().cloned();
            if fields.is_empty() {
                return Ok(Arc::new(StructArray::new_empty_fields(array.len(), nulls)));
            }
            Arc::new(StructArray::try_new(fields.clone(), columns, nulls)?)
        }
        _ => cast(array, wanted)?,
    })
}

/// One value. Of a list the engine's own way to take it loses what its field says.
pub(super) fn scalar_at(array: &ArrayRef, at: usize) -> Result<ScalarValue> {
    if !matches!(array.data_type(), DataType::List(_)) {
        return ScalarValue::try_from_array(array, at);
    }
    let one = take(array.as_ref(), &UInt32Array::from(vec![at as u32]), None)?;
    Ok(ScalarValue::List(Arc::new(one.as_list::<i32>().clone())))
}
