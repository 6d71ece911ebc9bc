//! format_number: a number by its first digits and its magnitude.

use arrow::array::ArrayRef;
use datafusion::common::Result;

use super::super::call::{Call, known};
use super::super::scalar::{Function, form, function};

pub(super) const FUNCTIONS: &[Function] =
    &[function("format_number", &[form("double -> varchar", format_number)])];

const UNITS: [&str; 6] = ["", "K", "M", "B", "T", "Q"];

fn format_number(call: &Call<'_>) -> Result<ArrayRef> {
    let numbers = call.double(0);
    call.texts(|row| Ok(Some(shown(known!(numbers.get(row))))))
}

fn shown(number: f64) -> String {
    let (mut rest, mut unit) = (number, 0);
    while rest.abs() >= 1000.0 && unit + 1 < UNITS.len() {
        rest /= 1000.0;
        unit += 1;
    }
    let finer = match rest.abs() {
        least if least < 10.0 => 100.0,
        few if few < 100.0 => 10.0,
        _ => 1.0,
    };
    format!("{}{}", (rest * finer).round() / finer, UNITS[unit])
}
