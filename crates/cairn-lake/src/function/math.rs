//! Functions over numbers.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, Int64Array};
use datafusion::common::Result;

use super::call::{Call, known};
use super::fault::fault;
use super::scalar::{Form, Function, form, function};

pub(super) const FUNCTIONS: &[Function] = &[
    function(
        "abs",
        &[
            form("bigint -> bigint", |call| long(call, |x| x.checked_abs())),
            form("double -> double", |call| double(call, f64::abs)),
        ],
    ),
    function("ceil", CEILING),
    function("ceiling", CEILING),
    function(
        "floor",
        &[
            form("bigint -> bigint", same),
            form("double -> double", |call| double(call, f64::floor)),
        ],
    ),
    function(
        "round",
        &[
            form("bigint -> bigint", same),
            form("bigint, bigint -> bigint", round_long),
            form("double -> double", |call| double(call, |x| rounded(x, 0))),
            form("double, bigint -> double", |call| placed(call, rounded)),
        ],
    ),
    function(
        "truncate",
        &[
            form("double -> double", |call| double(call, f64::trunc)),
            form("double, bigint -> double", |call| placed(call, truncated)),
        ],
    ),
    function(
        "mod",
        &[
            form("bigint, bigint -> bigint", remainder),
            form("double, double -> double", |call| double_of_two(call, |x, y| x % y)),
        ],
    ),
    function("power", POWER),
    function("pow", POWER),
    function("sqrt", &[form("double -> double", |call| double(call, f64::sqrt))]),
    function("cbrt", &[form("double -> double", |call| double(call, f64::cbrt))]),
    function("exp", &[form("double -> double", |call| double(call, f64::exp))]),
    function("ln", &[form("double -> double", |call| double(call, f64::ln))]),
    function("log2", &[form("double -> double", |call| double(call, f64::log2))]),
    function("log10", &[form("double -> double", |call| double(call, f64::log10))]),
    function(
        "log",
        &[form("double, double -> double", |call| {
            double_of_two(call, |base, x| x.ln() / base.ln())
        })],
    ),
    function(
        "sign",
        &[
            form("bigint -> bigint", |call| long(call, |x| Some(x.signum()))),
            form("double -> double", |call| {
                double(call, |x| if x == 0.0 || x.is_nan() { x } else { x.signum() })
            }),
        ],
    ),
    function("degrees", &[form("double -> double", |call| double(call, f64::to_degrees))]),
    function("radians", &[form("double -> double", |call| double(call, f64::to_radians))]),
    function("sin", &[form("double -> double", |call| double(call, f64::sin))]),
    function("cos", &[form("double -> double", |call| double(call, f64::cos))]),
    function("tan", &[form("double -> double", |call| double(call, f64::tan))]),
    function("asin", &[form("double -> double", |call| double(call, f64::asin))]),
    function("acos", &[form("double -> double", |call| double(call, f64::acos))]),
    function("atan", &[form("double -> double", |call| double(call, f64::atan))]),
    function("atan2", &[form("double, double -> double", |call| double_of_two(call, f64::atan2))]),
    function("sinh", &[form("double -> double", |call| double(call, f64::sinh))]),
    function("cosh", &[form("double -> double", |call| double(call, f64::cosh))]),
    function("tanh", &[form("double -> double", |call| double(call, f64::tanh))]),
    function("pi", &[form(" -> double", |call| constant(call, std::f64::consts::PI))]),
    function("e", &[form(" -> double", |call| constant(call, std::f64::consts::E))]),
    function("infinity", &[form(" -> double", |call| constant(call, f64::INFINITY))]),
    function("nan", &[form(" -> double", |call| constant(call, f64::NAN))]),
    function("is_nan", &[form("double -> boolean", |call| test(call, f64::is_nan))]),
    function("is_finite", &[form("double -> boolean", |call| test(call, f64::is_finite))]),
    function("is_infinite", &[form("double -> boolean", |call| test(call, f64::is_infinite))]),
    function(
        "width_bucket",
        &[
            form("double, double, double, bigint -> bigint", bucket),
            form("double, array(double) -> bigint", bucket_of_bounds),
        ],
    ),
    function("from_base", &[form("varchar, bigint -> bigint", from_base)]),
    function("to_base", &[form("bigint, bigint -> varchar", to_base)]),
    function("bitwise_and", &[form("bigint, bigint -> bigint", |call| bits(call, |x, y| x & y))]),
    function("bitwise_or", &[form("bigint, bigint -> bigint", |call| bits(call, |x, y| x | y))]),
    function("bitwise_xor", &[form("bigint, bigint -> bigint", |call| bits(call, |x, y| x ^ y))]),
    function("bitwise_not", &[form("bigint -> bigint", |call| long(call, |x| Some(!x)))]),
    function("bit_count", &[form("bigint, bigint -> bigint", bit_count)]),
    function(
        "bitwise_left_shift",
        &[form("bigint, bigint -> bigint", |call| {
            bits(call, |x, y| u32::try_from(y).ok().and_then(|y| x.checked_shl(y)).unwrap_or(0))
        })],
    ),
    function(
        "bitwise_right_shift",
        &[form("bigint, bigint -> bigint", |call| {
            bits(call, |x, y| {
                let shifted = u32::try_from(y).ok().and_then(|y| (x as u64).checked_shr(y));
                shifted.unwrap_or(0) as i64
            })
        })],
    ),
    function(
        "bitwise_right_shift_arithmetic",
        &[form("bigint, bigint -> bigint", |call| bits(call, |x, y| x >> y.clamp(0, 63)))],
    ),
];

const CEILING: &[Form] =
    &[form("bigint -> bigint", same), form("double -> double", |call| double(call, f64::ceil))];

const POWER: &[Form] = &[form("double, double -> double", |call| double_of_two(call, f64::powf))];

fn same(call: &Call<'_>) -> Result<ArrayRef> {
    Ok(Arc::clone(call.array(0)))
}

fn long(call: &Call<'_>, of: impl Fn(i64) -> Option<i64>) -> Result<ArrayRef> {
    let number = call.long(0);
    let of = |row| {
        let number = known!(number.get(row));
        of(number).map(Some).ok_or_else(|| fault(format!("bigint out of range: {number}")))
    };
    Ok(Arc::new((0..call.rows).map(of).collect::<Result<Int64Array>>()?))
}

fn double(call: &Call<'_>, of: impl Fn(f64) -> f64) -> Result<ArrayRef> {
    let number = call.double(0);
    let of = |row| number.get(row).map(&of);
    Ok(Arc::new((0..call.rows).map(of).collect::<Float64Array>()))
}

fn double_of_two(call: &Call<'_>, of: impl Fn(f64, f64) -> f64) -> Result<ArrayRef> {
    let (first, second) = (call.double(0), call.double(1));
    let of = |row| Some(of(first.get(row)?, second.get(row)?));
    Ok(Arc::new((0..call.rows).map(of).collect::<Float64Array>()))
}

fn bits(call: &Call<'_>, of: impl Fn(i64, i64) -> i64) -> Result<ArrayRef> {
    let (first, second) = (call.long(0), call.long(1));
    let of = |row| Some(of(first.get(row)?, second.get(row)?));
    Ok(Arc::new((0..call.rows).map(of).collect::<Int64Array>()))
}

fn placed(call: &Call<'_>, of: fn(f64, i64) -> f64) -> Result<ArrayRef> {
    let (number, places) = (call.double(0), call.long(1));
    let of = |row| Some(of(number.get(row)?, places.get(row)?));
    Ok(Arc::new((0..call.rows).map(of).collect::<Float64Array>()))
}

/// Half is rounded away from zero.
fn rounded(number: f64, places: i64) -> f64 {
    scaled(number, places, f64::round)
}

fn truncated(number: f64, places: i64) -> f64 {
    scaled(number, places, f64::trunc)
}

fn scaled(number: f64, places: i64, cut: fn(f64) -> f64) -> f64 {
    let factor = 10_f64.powi(places.clamp(-400, 400) as i32);
    let cut = cut(number * factor) / factor;
    // Beyond what a factor can do there is nothing to cut, or nothing that stays.
    match cut.is_finite() {
        true => cut,
        false if places > 0 || !number.is_finite() => number,
        false => 0.0,
    }
}

fn round_long(call: &Call<'_>) -> Result<ArrayRef> {
    let (number, places) = (call.long(0), call.long(1));
    let of = |row| {
        let (number, places) = (known!(number.get(row)), known!(places.get(row)));
        if places >= 0 {
            return Ok(Some(number));
        }
        let Some(unit) =
            u32::try_from(places.unsigned_abs()).ok().and_then(|digits| 10_i64.checked_pow(digits))
        else {
            return Ok(Some(0));
        };
        let rest = number % unit;
        let down = number - rest;
        let up = if rest.unsigned_abs() >= unit.unsigned_abs().div_ceil(2) {
            down.checked_add(unit * number.signum())
        } else {
            Some(down)
        };
        up.map(Some).ok_or_else(|| fault(format!("bigint out of range: {number}")))
    };
    Ok(Arc::new((0..call.rows).map(of).collect::<Result<Int64Array>>()?))
}

fn remainder(call: &Call<'_>) -> Result<ArrayRef> {
    let (number, by) = (call.long(0), call.long(1));
    let of = |row| {
        let (number, by) = (known!(number.get(row)), known!(by.get(row)));
        if by == 0 {
            return Err(fault("Division by zero"));
        }
        Ok(Some(number.checked_rem(by).unwrap_or(0)))
    };
    Ok(Arc::new((0..call.rows).map(of).collect::<Result<Int64Array>>()?))
}

/// How many bits are set in a number of so many bits.
fn bit_count(call: &Call<'_>) -> Result<ArrayRef> {
    let (number, width) = (call.long(0), call.long(1));
    let of = |row| {
        let (number, width) = (known!(number.get(row)), known!(width.get(row)));
        if !(2..=64).contains(&width) {
            return Err(fault(format!(
                "Bits specified in bit_count must be between 2 and 64, got {width}"
            )));
        }
        let bound = 1_i128 << (width - 1);
        if !(-bound..bound).contains(&i128::from(number)) {
            return Err(fault(format!(
                "Number must be representable with the bits specified. \
                 {number} cannot be represented with {width} bits"
            )));
        }
        let mask = u64::MAX >> (64 - width);
        Ok(Some(i64::from((number as u64 & mask).count_ones())))
    };
    Ok(Arc::new((0..call.rows).map(of).collect::<Result<Int64Array>>()?))
}

fn constant(call: &Call<'_>, value: f64) -> Result<ArrayRef> {
    Ok(Arc::new(Float64Array::from(vec![value; call.rows])))
}

fn test(call: &Call<'_>, of: impl Fn(f64) -> bool) -> Result<ArrayRef> {
    let number = call.double(0);
    let of = |row| number.get(row).map(&of);
    Ok(Arc::new((0..call.rows).map(of).collect::<BooleanArray>()))
}

fn bucket(call: &Call<'_>) -> Result<ArrayRef> {
    let (number, count) = (call.double(0), call.long(3));
    let (first, second) = (call.double(1), call.double(2));
    let of = |row| {
        let (number, count) = (known!(number.get(row)), known!(count.get(row)));
        let (low, high) = (known!(first.get(row)), known!(second.get(row)));
        if count <= 0 {
            return Err(fault("bucketCount must be greater than 0"));
        }
        if number.is_nan() {
            return Err(fault("operand must not be NaN"));
        }
        if !low.is_finite() {
            return Err(fault("first bound must be finite"));
        }
        if !high.is_finite() {
            return Err(fault("second bound must be finite"));
        }
        let (least, most) = (low.min(high), low.max(high));
        if least >= most {
            return Err(fault("bounds cannot equal each other"));
        }
        let upwards = if number < least {
            0
        } else if number >= most {
            count.checked_add(1).ok_or_else(|| fault("Bucket for value is out of range"))?
        } else {
            (count as f64 * (number - least) / (most - least) + 1.0) as i64
        };
        Ok(Some(if low > high { count - upwards + 1 } else { upwards }))
    };
    Ok(Arc::new((0..call.rows).map(of).collect::<Result<Int64Array>>()?))
}

fn bucket_of_bounds(call: &Call<'_>) -> Result<ArrayRef> {
    use arrow::array::AsArray;
    use arrow::datatypes::Float64Type;
    let (number, bounds) = (call.double(0), call.list(1));
    let values = bounds.array.values().as_primitive::<Float64Type>();
    let of = |row| {
        let (number, range) = (known!(number.get(row)), known!(bounds.range(row)));
        if range.is_empty() {
            return Err(fault("Bins cannot be an empty array"));
        }
        if number.is_nan() {
            return Err(fault("Operand cannot be NaN"));
        }
        Ok(Some(range.filter(|at| values.value(*at) <= number).count() as i64))
    };
    Ok(Arc::new((0..call.rows).map(of).collect::<Result<Int64Array>>()?))
}

fn radix(radix: i64) -> Result<u32> {
    if !(2..=36).contains(&radix) {
        return Err(fault("Radix must be between 2 and 36"));
    }
    Ok(radix as u32)
}

fn from_base(call: &Call<'_>) -> Result<ArrayRef> {
    let (text, base) = (call.text(0), call.long(1));
    let of = |row| {
        let (text, base) = (known!(text.get(row)), known!(base.get(row)));
        let wrong = |_| fault(format!("Not a valid base-{base} number: {text}"));
        i64::from_str_radix(text, radix(base)?).map(Some).map_err(wrong)
    };
    Ok(Arc::new((0..call.rows).map(of).collect::<Result<Int64Array>>()?))
}

fn to_base(call: &Call<'_>) -> Result<ArrayRef> {
    let (number, base) = (call.long(0), call.long(1));
    call.texts(|row| {
        let (number, base) = (known!(number.get(row)), radix(known!(base.get(row)))?);
        let mut digits = Vec::new();
        let mut rest = number.unsigned_abs();
        loop {
            let digit = (rest % u64::from(base)) as u32;
            digits.push(char::from_digit(digit, base).unwrap_or('0'));
            rest /= u64::from(base);
            if rest == 0 {
                break;
            }
        }
        if number < 0 {
            digits.push('-');
        }
        Ok(Some(digits.into_iter().rev().collect::<String>()))
    })
}
