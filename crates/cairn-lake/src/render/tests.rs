//! Values as text, one type after the other.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, DictionaryArray,
    Float32Array, Float64Array, Int64Array, IntervalMonthDayNanoArray, ListArray, RecordBatch,
    StringArray, StringViewArray, StructArray, TimestampMicrosecondArray, TimestampNanosecondArray,
    UInt64Array,
};
use arrow::datatypes::{DataType, Field, Int32Type, Int64Type, IntervalMonthDayNano};
use proptest::prelude::{any, proptest};

use super::{Rows, csv_field, double, value};

fn texts(array: impl arrow::array::Array + 'static) -> Vec<Option<String>> {
    let array: ArrayRef = Arc::new(array);
    (0..array.len()).map(|at| value(&array, at)).collect()
}

fn shown(array: impl arrow::array::Array + 'static) -> Vec<String> {
    texts(array).into_iter().map(Option::unwrap_or_default).collect()
}

#[test]
fn doubles_are_written_as_java_writes_them() {
    let cases = [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (1.0, "1.0"),
        (0.1, "0.1"),
        (123.456, "123.456"),
        (0.001, "0.001"),
        (0.000_999, "9.99E-4"),
        (9_999_999.0, "9999999.0"),
        (1e7, "1.0E7"),
        (1.25e10, "1.25E10"),
        (-1.5e-7, "-1.5E-7"),
        (f64::MAX, "1.7976931348623157E308"),
        (f64::MIN_POSITIVE, "2.2250738585072014E-308"),
        (f64::NAN, "NaN"),
        (f64::INFINITY, "Infinity"),
        (f64::NEG_INFINITY, "-Infinity"),
    ];
    for (value, text) in cases {
        assert_eq!(double(value), text);
    }
    assert_eq!(shown(Float32Array::from(vec![0.1, 1e8])), ["0.1", "1.0E8"]);
}

#[test]
fn plain_values_are_text() {
    assert_eq!(texts(StringArray::from(vec![Some("a"), None])), [Some("a".to_owned()), None]);
    assert_eq!(shown(StringViewArray::from(vec!["a long text that is not inlined"])).len(), 1);
    assert_eq!(shown(Int64Array::from(vec![0, -5, i64::MIN])), ["0", "-5", "-9223372036854775808"]);
    assert_eq!(shown(UInt64Array::from(vec![u64::MAX])), ["18446744073709551615"]);
    assert_eq!(shown(BooleanArray::from(vec![true, false])), ["true", "false"]);
    assert_eq!(shown(Float64Array::from(vec![1e10])), ["1.0E10"]);
    assert_eq!(shown(BinaryArray::from(vec![&[0_u8, 255][..]])), ["00 ff"]);
    let decimal = Decimal128Array::from(vec![12345, -5]).with_precision_and_scale(10, 2).unwrap();
    assert_eq!(shown(decimal), ["123.45", "-0.05"]);
    let words: DictionaryArray<Int32Type> = vec!["a", "b", "a"].into_iter().collect();
    assert_eq!(shown(words), ["a", "b", "a"]);
}

#[test]
fn times_are_told_to_the_millisecond() {
    let moments = vec![0, 1_745_053_500_123_456, -1];
    assert_eq!(
        shown(TimestampMicrosecondArray::from(moments)),
        ["1970-01-01 00:00:00.000", "2025-04-19 09:05:00.123", "1969-12-31 23:59:59.999"]
    );
    let zoned = TimestampNanosecondArray::from(vec![0]).with_timezone("+00:00");
    assert_eq!(shown(zoned), ["1970-01-01 00:00:00.000 UTC"]);
    let zoned = TimestampMicrosecondArray::from(vec![0]).with_timezone("America/New_York");
    assert_eq!(shown(zoned), ["1969-12-31 19:00:00.000 America/New_York"]);
    assert_eq!(
        shown(Date32Array::from(vec![0, -1, 19_782])),
        ["1970-01-01", "1969-12-31", "2024-02-29"]
    );
    let intervals = vec![
        IntervalMonthDayNano::new(14, 0, 0),
        IntervalMonthDayNano::new(0, 3, 14_706_789_000_000),
        IntervalMonthDayNano::new(0, -1, 0),
    ];
    assert_eq!(
        shown(IntervalMonthDayNanoArray::from(intervals)),
        ["1-2", "3 04:05:06.789", "-1 00:00:00.000"]
    );
}

#[test]
fn values_of_values_are_written_as_trino_does() {
    let lists = ListArray::from_iter_primitive::<Int64Type, _, _>([
        Some(vec![Some(1), None, Some(3)]),
        Some(vec![]),
        None,
    ]);
    assert_eq!(texts(lists), [Some("[1, null, 3]".to_owned()), Some("[]".to_owned()), None]);
    let row = StructArray::from(vec![
        (
            Arc::new(Field::new("type", DataType::Utf8, true)),
            Arc::new(StringArray::from(vec![Some("IAMUser"), None])) as ArrayRef,
        ),
        (
            Arc::new(Field::new("n", DataType::Int64, true)),
            Arc::new(Int64Array::from(vec![None, Some(2)])) as ArrayRef,
        ),
    ]);
    assert_eq!(shown(row), ["{type=IAMUser, n=null}", "{type=null, n=2}"]);
    let mut maps = arrow::array::MapBuilder::new(
        None,
        arrow::array::StringBuilder::new(),
        arrow::array::StringBuilder::new(),
    );
    maps.keys().append_value("k");
    maps.values().append_value("v");
    maps.keys().append_value("k2");
    maps.values().append_null();
    maps.append(true).unwrap();
    maps.append(false).unwrap();
    assert_eq!(texts(maps.finish()), [Some("{k=v, k2=null}".to_owned()), None]);
}

#[test]
fn rows_are_told_from_their_columns() {
    let texts: ArrayRef = Arc::new(StringArray::from(vec![Some("a\"b"), Some(""), None]));
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
    let batch = RecordBatch::try_from_iter([("t", texts), ("n", numbers)]).unwrap();
    let text = |text: &str| Some(text.to_owned());
    let rows = Rows::new(&batch);
    let all: Vec<_> = (0..rows.len()).map(|row| rows.row(row)).collect();
    assert_eq!(all, [[text("a\"b"), text("1")], [text(""), text("2")], [None, text("3")]]);
    assert_eq!(rows.row(7), [None, None]);
}

#[test]
fn a_null_and_an_empty_text_differ_in_a_file() {
    let mut line = String::new();
    csv_field("a\"b", &mut line);
    line.push(',');
    csv_field("", &mut line);
    assert_eq!(line, "\"a\"\"b\",\"\"");
}

proptest! {
    #[test]
    fn a_double_is_read_back_as_it_was(value in any::<f64>()) {
        let text = double(value);
        let back: f64 = text.replace("Infinity", "inf").parse().unwrap();
        let same = back.to_bits() == value.to_bits() || (back.is_nan() && value.is_nan());
        proptest::prop_assert!(same, "{}", text);
    }

    #[test]
    fn a_field_of_a_file_is_read_back_as_it_was(text in "\\PC*") {
        let mut field = String::new();
        csv_field(&text, &mut field);
        let inside = &field[1..field.len() - 1];
        proptest::prop_assert_eq!(inside.replace("\"\"", "\""), text);
    }
}
