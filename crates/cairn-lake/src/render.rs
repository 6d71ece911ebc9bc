//! Values of a result as the text that GetQueryResults and result files show.
//!
//! Everything is text, as Trino writes it: `2026-04-18 09:05:00.000`, `1.0E10`, `[a, b]`, `{k=v}`,
//! `{name=value}`. A null of a column is no text at all; inside of another value it is `null`.

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BooleanArray, Date32Array, Decimal128Array,
    Float64Array, Int64Array, IntervalMonthDayNanoArray, ListArray, MapArray, RecordBatch,
    StringArray, StructArray, Time64MicrosecondArray, TimestampMicrosecondArray,
};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float64Type, Int64Type, IntervalMonthDayNano,
    IntervalMonthDayNanoType, IntervalUnit, Time64MicrosecondType, TimeUnit,
    TimestampMicrosecondType,
};

use crate::function::civil::{self, Clock, Date, zone};

/// The columns of a batch, ready to be written row by row.
pub(crate) struct Rows {
    columns: Vec<Column>,
    rows: usize,
}

/// An array in the one layout its values are written from.
enum Column {
    Null,
    Text(StringArray),
    Long(Int64Array),
    Double(Float64Array),
    Flag(BooleanArray),
    Time(TimestampMicrosecondArray, Option<String>),
    Day(Date32Array),
    Clock(Time64MicrosecondArray),
    Decimal(Decimal128Array),
    Bytes(BinaryArray),
    Interval(IntervalMonthDayNanoArray),
    List(ListArray, Box<Column>),
    Map(MapArray, Box<Column>, Box<Column>),
    Row(StructArray, Vec<(String, Column)>),
}

impl Rows {
    pub(crate) fn new(batch: &RecordBatch) -> Self {
        Self { columns: batch.columns().iter().map(Column::new).collect(), rows: batch.num_rows() }
    }

    pub(crate) fn len(&self) -> usize {
        self.rows
    }

    /// Writes a value's text behind what is there; `false` and nothing for a null.
    pub(crate) fn write(&self, row: usize, column: usize, into: &mut String) -> bool {
        match self.columns.get(column) {
            Some(column) if row < self.rows => column.write(row, into),
            _ => false,
        }
    }

    pub(crate) fn row(&self, row: usize) -> Vec<Option<String>> {
        let of = |column| {
            let mut text = String::new();
            self.write(row, column, &mut text).then_some(text)
        };
        (0..self.columns.len()).map(of).collect()
    }
}

/// The values of one array as text.
pub(crate) struct Texts(Column);

impl Texts {
    pub(crate) fn new(array: &ArrayRef) -> Self {
        Self(Column::new(array))
    }

    /// Writes a value's text behind what is there; `false` and nothing for a null.
    pub(crate) fn write(&self, at: usize, into: &mut String) -> bool {
        self.0.write(at, into)
    }
}

/// The text of one value; `None` for a null.
pub(crate) fn value(array: &ArrayRef, at: usize) -> Option<String> {
    let one = array.slice(at, 1);
    let mut text = String::new();
    Column::new(&one).write(0, &mut text).then_some(text)
}

/// Writes a field of a result file behind what is there: always between quotes, so that an empty
/// text is told from a null.
pub(crate) fn csv_field(text: &str, into: &mut String) {
    into.push('"');
    let mut rest = text;
    while let Some(at) = rest.find('"') {
        into.push_str(&rest[..=at]);
        into.push('"');
        rest = &rest[at + 1..];
    }
    into.push_str(rest);
    into.push('"');
}

impl Column {
    fn new(array: &ArrayRef) -> Self {
        let to = |data_type: DataType| cast(array, &data_type).ok();
        let read = match array.data_type() {
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
                to(DataType::Utf8).map(|array| Self::Text(array.as_string().clone()))
            }
            DataType::Dictionary(_, inner) => {
                return to(inner.as_ref().clone()).map_or(Self::Null, |array| Self::new(&array));
            }
            DataType::UInt64 => to(DataType::Decimal128(20, 0))
                .map(|array| Self::Decimal(array.as_primitive::<Decimal128Type>().clone())),
            integer if integer.is_integer() => to(DataType::Int64)
                .map(|array| Self::Long(array.as_primitive::<Int64Type>().clone())),
            DataType::Float32 => Some(Self::Text(
                array.as_primitive::<arrow::datatypes::Float32Type>().iter().map(real).collect(),
            )),
            DataType::Float16 | DataType::Float64 => to(DataType::Float64)
                .map(|array| Self::Double(array.as_primitive::<Float64Type>().clone())),
            DataType::Boolean => Some(Self::Flag(array.as_boolean().clone())),
            DataType::Timestamp(_, zone) => {
                let zone = zone.as_ref().map(ToString::to_string);
                to(DataType::Timestamp(TimeUnit::Microsecond, zone.clone().map(Into::into)))
                    .map(|array| Self::time(&array, zone))
            }
            DataType::Date32 | DataType::Date64 => to(DataType::Date32)
                .map(|array| Self::Day(array.as_primitive::<Date32Type>().clone())),
            DataType::Time32(_) | DataType::Time64(_) => {
                to(DataType::Time64(TimeUnit::Microsecond))
                    .map(|array| Self::Clock(array.as_primitive::<Time64MicrosecondType>().clone()))
            }
            DataType::Decimal32(precision, scale)
            | DataType::Decimal64(precision, scale)
            | DataType::Decimal128(precision, scale) => {
                to(DataType::Decimal128(*precision, *scale))
                    .map(|array| Self::Decimal(array.as_primitive::<Decimal128Type>().clone()))
            }
            DataType::Binary
            | DataType::LargeBinary
            | DataType::BinaryView
            | DataType::FixedSizeBinary(_) => {
                to(DataType::Binary).map(|array| Self::Bytes(array.as_binary().clone()))
            }
            DataType::Interval(_) | DataType::Duration(_) => {
                to(DataType::Interval(IntervalUnit::MonthDayNano)).map(|array| {
                    Self::Interval(array.as_primitive::<IntervalMonthDayNanoType>().clone())
                })
            }
            DataType::Map(..) => {
                let map = array.as_map();
                let (keys, values) = (Self::new(map.keys()), Self::new(map.values()));
                Some(Self::Map(map.clone(), Box::new(keys), Box::new(values)))
            }
            DataType::Struct(fields) => {
                let row = array.as_struct();
                let parts = fields.iter().zip(row.columns());
                let parts = parts.map(|(field, part)| (field.name().clone(), Self::new(part)));
                Some(Self::Row(row.clone(), parts.collect()))
            }
            _ => return Self::other(array),
        };
        read.unwrap_or(Self::Null)
    }

    fn other(array: &ArrayRef) -> Self {
        let list = match array.data_type() {
            DataType::List(item)
            | DataType::LargeList(item)
            | DataType::ListView(item)
            | DataType::LargeListView(item)
            | DataType::FixedSizeList(item, _) => cast(array, &DataType::List(item.clone())).ok(),
            _ => None,
        };
        if let Some(list) = list {
            let list = list.as_list::<i32>().clone();
            let items = Self::new(list.values());
            return Self::List(list, Box::new(items));
        }
        match cast(array, &DataType::Utf8) {
            Ok(array) => Self::Text(array.as_string().clone()),
            Err(_) => Self::Null,
        }
    }

    fn time(array: &ArrayRef, zone: Option<String>) -> Self {
        let instants = array.as_primitive::<TimestampMicrosecondType>().clone();
        match zone {
            Some(zone) => {
                let walls = zone::to_wall(&instants, &zone).unwrap_or(instants);
                let name = if zone == "+00:00" { "UTC".to_owned() } else { zone };
                Self::Time(walls, Some(name))
            }
            None => Self::Time(instants, None),
        }
    }

    fn array(&self) -> Option<&dyn Array> {
        Some(match self {
            Self::Null => return None,
            Self::Text(array) => array,
            Self::Long(array) => array,
            Self::Double(array) => array,
            Self::Flag(array) => array,
            Self::Time(array, _) => array,
            Self::Day(array) => array,
            Self::Clock(array) => array,
            Self::Decimal(array) => array,
            Self::Bytes(array) => array,
            Self::Interval(array) => array,
            Self::List(array, _) => array,
            Self::Map(array, ..) => array,
            Self::Row(array, _) => array,
        })
    }

    fn write(&self, at: usize, into: &mut String) -> bool {
        if self.array().is_none_or(|array| array.is_null(at)) {
            return false;
        }
        match self {
            Self::Null => {}
            Self::Text(array) => into.push_str(array.value(at)),
            Self::Long(array) => push_long(array.value(at), into),
            Self::Double(array) => into.push_str(&double(array.value(at))),
            Self::Flag(array) => into.push_str(if array.value(at) { "true" } else { "false" }),
            Self::Time(array, zone) => {
                push_time(array.value(at), into);
                if let Some(zone) = zone {
                    into.push(' ');
                    into.push_str(zone);
                }
            }
            Self::Day(array) => push_date(Date::of_days(array.value(at).into()), into),
            Self::Clock(array) => push_clock(civil::split(array.value(at)).1, into),
            Self::Decimal(array) => into.push_str(&array.value_as_string(at)),
            Self::Bytes(array) => push_bytes(array.value(at), into),
            Self::Interval(array) => push_interval(array.value(at), into),
            Self::List(array, items) => {
                let offsets = array.value_offsets();
                into.push('[');
                for (count, item) in (offsets[at]..offsets[at + 1]).enumerate() {
                    separate(count, into);
                    items.write_inner(item as usize, into);
                }
                into.push(']');
            }
            Self::Map(array, keys, values) => {
                let offsets = array.value_offsets();
                into.push('{');
                for (count, entry) in (offsets[at]..offsets[at + 1]).enumerate() {
                    separate(count, into);
                    keys.write_inner(entry as usize, into);
                    into.push('=');
                    values.write_inner(entry as usize, into);
                }
                into.push('}');
            }
            Self::Row(_, parts) => {
                into.push('{');
                for (count, (name, part)) in parts.iter().enumerate() {
                    separate(count, into);
                    into.push_str(name);
                    into.push('=');
                    part.write_inner(at, into);
                }
                into.push('}');
            }
        }
        true
    }

    fn write_inner(&self, at: usize, into: &mut String) {
        if !self.write(at, into) {
            into.push_str("null");
        }
    }
}

fn separate(count: usize, into: &mut String) {
    if count > 0 {
        into.push_str(", ");
    }
}

fn push_long(value: i64, into: &mut String) {
    let mut digits = [0_u8; 20];
    let mut start = digits.len();
    let mut rest = value.unsigned_abs();
    loop {
        start -= 1;
        digits[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if value < 0 {
        into.push('-');
    }
    into.extend(digits[start..].iter().map(|digit| char::from(*digit)));
}

/// A number with so many digits at least.
pub(crate) fn push_padded(value: u64, width: usize, into: &mut String) {
    let digits = value.checked_ilog10().unwrap_or_default() as usize + 1;
    into.extend(std::iter::repeat_n('0', width.saturating_sub(digits)));
    push_long(value as i64, into);
}

pub(crate) fn push_date(date: Date, into: &mut String) {
    if date.year < 0 {
        into.push('-');
    }
    push_padded(date.year.unsigned_abs(), 4, into);
    into.push('-');
    push_padded(date.month.into(), 2, into);
    into.push('-');
    push_padded(date.day.into(), 2, into);
}

fn push_time(micros: i64, into: &mut String) {
    let (date, clock) = civil::split(micros);
    push_date(date, into);
    into.push(' ');
    push_clock(clock, into);
}

fn push_clock(clock: Clock, into: &mut String) {
    push_padded(clock.hour.into(), 2, into);
    into.push(':');
    push_padded(clock.minute.into(), 2, into);
    into.push(':');
    push_padded(clock.second.into(), 2, into);
    into.push('.');
    push_padded(clock.millis().into(), 3, into);
}

fn push_bytes(bytes: &[u8], into: &mut String) {
    for (count, byte) in bytes.iter().enumerate() {
        if count > 0 {
            into.push(' ');
        }
        for digit in [byte >> 4, byte & 15] {
            into.push(char::from_digit(digit.into(), 16).unwrap_or('0'));
        }
    }
}

/// `1-2` for years and months, `3 04:05:06.789` for days and what is less.
fn push_interval(interval: IntervalMonthDayNano, into: &mut String) {
    if interval.months != 0 {
        let sign = if interval.months < 0 { "-" } else { "" };
        let months = interval.months.unsigned_abs();
        into.push_str(&format!("{sign}{}-{}", months / 12, months % 12));
        if interval.days == 0 && interval.nanoseconds == 0 {
            return;
        }
        into.push(' ');
    }
    let day = i128::from(civil::DAY) / 1000;
    let millis = i128::from(interval.days) * day + i128::from(interval.nanoseconds) / 1_000_000;
    let sign = if millis < 0 { "-" } else { "" };
    let millis = millis.unsigned_abs();
    let (days, in_day) = (millis / day.unsigned_abs(), millis % day.unsigned_abs());
    into.push_str(&format!(
        "{sign}{days} {:02}:{:02}:{:02}.{:03}",
        in_day / 3_600_000,
        in_day / 60_000 % 60,
        in_day / 1000 % 60,
        in_day % 1000
    ));
}

/// A number as Java writes a double: `1.5`, `1.0E10`, `1.0E-5`, `NaN`, `Infinity`.
pub(crate) fn double(value: f64) -> String {
    shown(value, format!("{value:e}"))
}

fn real(value: Option<f32>) -> Option<String> {
    value.map(|value| shown(value.into(), format!("{value:e}")))
}

/// `scientific` is the shortest text of the value, as Rust writes it: `1.25e-7`.
fn shown(value: f64, scientific: String) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    let Some((digits, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let sign = if digits.starts_with('-') { "-" } else { "" };
    let digits: String = digits.chars().filter(char::is_ascii_digit).collect();
    if (1e-3..1e7).contains(&value.abs()) || value == 0.0 {
        return format!("{sign}{}", decimal(&digits, exponent));
    }
    let (first, rest) = digits.split_at(1);
    let rest = if rest.is_empty() { "0" } else { rest };
    format!("{sign}{first}.{rest}E{exponent}")
}

/// Digits with the point behind the place of the exponent.
fn decimal(digits: &str, exponent: i32) -> String {
    if exponent < 0 {
        let zeros = "0".repeat(exponent.unsigned_abs() as usize - 1);
        return format!("0.{zeros}{digits}");
    }
    let whole = exponent as usize + 1;
    if digits.len() <= whole {
        return format!("{digits}{}.0", "0".repeat(whole - digits.len()));
    }
    format!("{}.{}", &digits[..whole], &digits[whole..])
}

#[cfg(test)]
mod tests;
