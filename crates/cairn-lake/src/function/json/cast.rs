//! CAST between JSON and the other types.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, ListArray, MapArray,
    StringArray, StructArray,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Field, FieldRef, Fields};
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::error::DataFusionError;

use super::super::call::Call;
use super::super::convert;
use super::super::fault::fault;
use super::super::shape::is_json;
use super::super::types;
use super::scan::{Broken, Scan, Token, quoted, unescaped};
use super::value;

/// JSON text of one value; `None` for null.
type Json<'a> = Option<Cow<'a, str>>;

pub(super) fn field(
    name: &str,
    _: &[FieldRef],
    constants: &[Option<&ScalarValue>],
) -> Result<Field> {
    let text = convert::target(constants)?;
    match types::parse(text, name) {
        Some(field) => Ok(field),
        None => plan_err!("Unknown type: {text}"),
    }
}

/// JSON as a value of the result's type.
pub(in super::super) fn cast(call: &Call<'_>) -> Result<ArrayRef> {
    let text = call.text(0);
    let wanted = call.text(1);
    let wanted = wanted.get(0).and_then(|text| types::parse(text, ""));
    let Some(wanted) = wanted else { return Err(fault("the type of a cast is no type")) };
    let values: Vec<Json<'_>> =
        (0..call.rows).map(|row| text.get(row).map(Cow::Borrowed)).collect();
    column(&wanted, &values)
}

fn column(field: &Field, values: &[Json<'_>]) -> Result<ArrayRef> {
    let parts = |read: fn(&str) -> Read<Vec<String>>| list_parts(field, values, read);
    match field.data_type() {
        DataType::Utf8 if is_json(field) => each(field, values, |text| {
            let mut scan = Scan::new(text);
            let token = scan.token()?;
            value::compact(&mut scan, &token).map(Some)
        })
        .map(|texts| Arc::new(StringArray::from_iter(texts)) as ArrayRef),
        DataType::Utf8 => {
            let texts = each(field, values, scalar)?;
            Ok(Arc::new(StringArray::from_iter(texts)))
        }
        DataType::Boolean => Ok(Arc::new(BooleanArray::from_iter(each(field, values, flag)?))),
        DataType::Float64 => Ok(Arc::new(Float64Array::from_iter(each(field, values, double)?))),
        integer if integer.is_integer() => {
            let longs: ArrayRef = Arc::new(Int64Array::from_iter(each(field, values, long)?));
            strict(&longs, integer, field)
        }
        DataType::List(item) => {
            let (offsets, nulls, inner) = parts(items)?;
            let inner: Vec<Json<'_>> = inner.into_iter().map(known_json).collect();
            let inner = column(item, &inner)?;
            Ok(Arc::new(ListArray::try_new(Arc::clone(item), offsets, inner, nulls)?))
        }
        DataType::Map(entries, _) => map(field, entries, values),
        DataType::Struct(fields) => row(field, fields, values),
        other => {
            let texts: ArrayRef = Arc::new(StringArray::from_iter(each(field, values, scalar)?));
            strict(&texts, other, field)
        }
    }
}

type Read<T> = std::result::Result<T, Broken>;

fn refusal(field: &Field, text: &str) -> DataFusionError {
    let wanted = types::name(field);
    match field.data_type() {
        DataType::List(_) => {
            fault(format!("Cannot cast to {wanted}. Expected a json array\n{text}"))
        }
        DataType::Map(..) => {
            fault(format!("Cannot cast to {wanted}. Expected a json object\n{text}"))
        }
        DataType::Struct(_) => {
            fault(format!("Cannot cast to {wanted}. Expected a json array or object\n{text}"))
        }
        _ => fault(format!("Cannot cast '{text}' to {wanted}")),
    }
}

fn each<T>(
    field: &Field,
    values: &[Json<'_>],
    read: impl Fn(&str) -> Read<Option<T>>,
) -> Result<Vec<Option<T>>> {
    values
        .iter()
        .map(|text| match text {
            Some(text) => read(text).map_err(|Broken| refusal(field, text)),
            None => Ok(None),
        })
        .collect()
}

fn strict(array: &ArrayRef, wanted: &DataType, field: &Field) -> Result<ArrayRef> {
    let options = CastOptions { safe: true, ..CastOptions::default() };
    let cast = cast_with_options(array, wanted, &options)?;
    match (0..array.len()).find(|at| cast.is_null(*at) && array.is_valid(*at)) {
        Some(at) => Err(refusal(field, &crate::render::value(array, at).unwrap_or_default())),
        None => Ok(cast),
    }
}

fn known_json<'a>(text: String) -> Json<'a> {
    (text != "null").then_some(Cow::Owned(text))
}

/// The parts of every row's value, one behind the other, and where each row's begin.
fn list_parts(
    field: &Field,
    values: &[Json<'_>],
    read: fn(&str) -> Read<Vec<String>>,
) -> Result<(OffsetBuffer<i32>, Option<NullBuffer>, Vec<String>)> {
    let (mut lengths, mut present, mut inner) = (Vec::new(), Vec::new(), Vec::new());
    for text in values {
        let is_known = text.as_ref().is_some_and(|text| text.trim() != "null");
        let found = match text {
            Some(text) if is_known => read(text).map_err(|Broken| refusal(field, text))?,
            _ => Vec::new(),
        };
        lengths.push(found.len());
        present.push(is_known);
        inner.extend(found);
    }
    Ok((OffsetBuffer::from_lengths(lengths), Some(NullBuffer::from(present)), inner))
}

fn items(text: &str) -> Read<Vec<String>> {
    let mut scan = Scan::new(text);
    if scan.token()? != Token::Array {
        return Err(Broken);
    }
    let mut found = Vec::new();
    while scan.item(found.is_empty())? {
        let token = scan.token()?;
        found.push(value::compact(&mut scan, &token)?);
    }
    scan.end()?;
    Ok(found)
}

/// Names and values by turns.
fn members(text: &str) -> Read<Vec<String>> {
    let mut scan = Scan::new(text);
    if scan.token()? != Token::Object {
        return Err(Broken);
    }
    let mut found = Vec::new();
    while let Some(name) = scan.member(found.is_empty())? {
        found.push(unescaped(name)?.into_owned());
        let token = scan.token()?;
        found.push(value::compact(&mut scan, &token)?);
    }
    scan.end()?;
    Ok(found)
}

fn map(field: &Field, entries: &FieldRef, values: &[Json<'_>]) -> Result<ArrayRef> {
    let (offsets, nulls, parts) = list_parts(field, values, members)?;
    let Some([key, item]) = types::entry(entries) else { return Err(refusal(field, "")) };
    let keys: Vec<Json<'_>> = parts
        .iter()
        .step_by(2)
        .map(|name| {
            let mut text = String::new();
            quoted(name, &mut text);
            Some(Cow::Owned(text))
        })
        .collect();
    let inner: Vec<Json<'_>> = parts.into_iter().skip(1).step_by(2).map(known_json).collect();
    let columns = vec![column(key, &keys)?, column(item, &inner)?];
    let fields = Fields::from(vec![Arc::clone(key), Arc::clone(item)]);
    let halved: Vec<usize> = offsets.lengths().map(|length| length / 2).collect();
    Ok(Arc::new(MapArray::try_new(
        Arc::clone(entries),
        OffsetBuffer::from_lengths(halved),
        StructArray::try_new(fields, columns, None)?,
        nulls,
        false,
    )?))
}

fn row(field: &Field, fields: &Fields, values: &[Json<'_>]) -> Result<ArrayRef> {
    let mut columns: Vec<Vec<Json<'_>>> = vec![Vec::with_capacity(values.len()); fields.len()];
    let mut present = Vec::with_capacity(values.len());
    for text in values {
        let is_known = text.as_ref().is_some_and(|text| text.trim() != "null");
        present.push(is_known);
        let found = match text {
            Some(text) if is_known => {
                row_parts(fields, text).map_err(|Broken| refusal(field, text))?
            }
            _ => vec![None; fields.len()],
        };
        columns.iter_mut().zip(found).for_each(|(column, part)| {
            column.push(part.and_then(known_json));
        });
    }
    let arrays: Vec<ArrayRef> = fields
        .iter()
        .zip(&columns)
        .map(|(field, values)| column(field, values))
        .collect::<Result<_>>()?;
    Ok(Arc::new(StructArray::try_new(fields.clone(), arrays, Some(NullBuffer::from(present)))?))
}

/// The fields of a row: by name out of an object, by place out of an array.
fn row_parts(fields: &Fields, text: &str) -> Read<Vec<Option<String>>> {
    if let Ok(found) = items(text) {
        if found.len() != fields.len() {
            return Err(Broken);
        }
        return Ok(found.into_iter().map(Some).collect());
    }
    let found = members(text)?;
    let pairs: Vec<&[String]> = found.chunks_exact(2).collect();
    let of = |field: &FieldRef| {
        let named = pairs.iter().find(|pair| pair[0].eq_ignore_ascii_case(field.name()));
        named.map(|pair| pair[1].clone())
    };
    Ok(fields.iter().map(of).collect())
}

fn only(text: &str) -> Read<Token<'_>> {
    let mut scan = Scan::new(text);
    let token = scan.token()?;
    if matches!(token, Token::Object | Token::Array) {
        return Err(Broken);
    }
    scan.end()?;
    Ok(token)
}

fn scalar(text: &str) -> Read<Option<String>> {
    Ok(match only(text)? {
        Token::Text(raw) => Some(unescaped(raw)?.into_owned()),
        Token::Number(number) => Some(number.to_owned()),
        Token::Flag(flag) => Some(flag.to_string()),
        _ => None,
    })
}

fn flag(text: &str) -> Read<Option<bool>> {
    Ok(match only(text)? {
        Token::Flag(flag) => Some(flag),
        Token::Number(number) => Some(number.parse::<f64>().map_err(|_| Broken)? != 0.0),
        Token::Text(raw) => match unescaped(raw)?.to_ascii_lowercase().as_str() {
            "t" | "true" | "1" => Some(true),
            "f" | "false" | "0" => Some(false),
            _ => return Err(Broken),
        },
        _ => None,
    })
}

fn double(text: &str) -> Read<Option<f64>> {
    Ok(match only(text)? {
        Token::Flag(flag) => Some(f64::from(u8::from(flag))),
        Token::Number(number) => Some(number.parse().map_err(|_| Broken)?),
        Token::Text(raw) => Some(unescaped(raw)?.trim().parse().map_err(|_| Broken)?),
        _ => None,
    })
}

fn long(text: &str) -> Read<Option<i64>> {
    Ok(match only(text)? {
        Token::Flag(flag) => Some(i64::from(flag)),
        Token::Number(number) => match number.parse() {
            Ok(long) => Some(long),
            Err(_) if number.contains(['.', 'e', 'E']) => {
                let rounded = number.parse::<f64>().map_err(|_| Broken)?.round();
                let fits = (-9.223_372_036_854_775e18..9.223_372_036_854_775e18).contains(&rounded);
                Some(if fits { rounded as i64 } else { return Err(Broken) })
            }
            Err(_) => return Err(Broken),
        },
        Token::Text(raw) => Some(unescaped(raw)?.parse().map_err(|_| Broken)?),
        _ => None,
    })
}

/// Any value as JSON.
pub(in super::super) fn to_json(call: &Call<'_>) -> Result<ArrayRef> {
    let array = call.array(0);
    let field = call.fields.first();
    let marked = field.is_some_and(|field| is_json(field));
    let of = |row| {
        let place = call.place(0, row);
        (!is_null(array, place)).then(|| {
            let mut text = String::new();
            write(array, place, marked, &mut text);
            text
        })
    };
    call.texts(|row| Ok(of(row)))
}

/// Values of no type have no marks that they are null.
fn is_null(array: &ArrayRef, at: usize) -> bool {
    array.is_null(at) || array.data_type().is_null()
}

fn write(array: &ArrayRef, at: usize, marked: bool, into: &mut String) {
    if is_null(array, at) {
        into.push_str("null");
        return;
    }
    let plain = || crate::render::value(array, at).unwrap_or_default();
    match array.data_type() {
        DataType::Utf8 if marked => into.push_str(array.as_string::<i32>().value(at)),
        DataType::List(item) => {
            into.push('[');
            let values = array.as_list::<i32>().value(at);
            for inner in 0..values.len() {
                separated(inner, into);
                write(&values, inner, is_json(item), into);
            }
            into.push(']');
        }
        DataType::Map(entries, _) => {
            into.push('{');
            let row = array.as_map().value(at);
            let is_marked = types::entry(entries).is_some_and(|[_, value]| is_json(value));
            let name = |inner| crate::render::value(row.column(0), inner).unwrap_or_default();
            let mut entries: Vec<_> = (0..row.len()).map(|inner| (name(inner), inner)).collect();
            entries.sort_unstable();
            for (at, (name, inner)) in entries.into_iter().enumerate() {
                separated(at, into);
                quoted(&name, into);
                into.push(':');
                write(row.column(1), inner, is_marked, into);
            }
            into.push('}');
        }
        DataType::Struct(fields) => {
            into.push('{');
            for (inner, (field, column)) in
                fields.iter().zip(array.as_struct().columns()).enumerate()
            {
                separated(inner, into);
                quoted(field.name(), into);
                into.push(':');
                write(column, at, is_json(field), into);
            }
            into.push('}');
        }
        number if number.is_numeric() => into.push_str(&plain()),
        DataType::Boolean => into.push_str(&plain()),
        _ => quoted(&plain(), into),
    }
}

fn separated(at: usize, into: &mut String) {
    if at > 0 {
        into.push(',');
    }
}
