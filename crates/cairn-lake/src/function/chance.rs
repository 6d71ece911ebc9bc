//! Functions whose answer nobody knows beforehand.

use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, Float64Array, Int64Array, ListArray};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::DataType;
use cairn_core::{Entropy, SeededEntropy, SystemEntropy};
use datafusion::common::Result;

use super::bound;
use super::call::{Call, known};
use super::fault::fault;
use super::scalar::{Form, Function, form, picked};

pub(super) const FUNCTIONS: &[Function] = &[
    Function { name: "random", forms: RANDOM, volatile: true },
    Function { name: "rand", forms: RANDOM, volatile: true },
    Function { name: "shuffle", forms: &[form("array(E) -> array(E)", shuffled)], volatile: true },
    Function { name: "uuid", forms: &[form(" -> varchar", uuid)], volatile: true },
];

const RANDOM: &[Form] = &[
    form(" -> double", random),
    form("bigint -> bigint", random_below),
    form("bigint, bigint -> bigint", random_between),
];

/// Numbers for samples, not for keys: seeded once.
static NUMBERS: LazyLock<SeededEntropy> = LazyLock::new(|| {
    let mut seed = [0; 8];
    SystemEntropy.fill(&mut seed);
    SeededEntropy::new(u64::from_le_bytes(seed))
});

fn random(call: &Call<'_>) -> Result<ArrayRef> {
    // The 53 bits that a double can tell apart.
    let of = |_| (NUMBERS.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
    Ok(Arc::new((0..call.rows).map(|row| Some(of(row))).collect::<Float64Array>()))
}

fn random_below(call: &Call<'_>) -> Result<ArrayRef> {
    let bound = call.long(0);
    let of = |row| {
        let bound = known!(bound.get(row));
        if bound <= 0 {
            return Err(fault("bound must be positive"));
        }
        Ok(Some(NUMBERS.below(bound as u64) as i64))
    };
    Ok(Arc::new((0..call.rows).map(of).collect::<Result<Int64Array>>()?))
}

fn random_between(call: &Call<'_>) -> Result<ArrayRef> {
    let (start, stop) = (call.long(0), call.long(1));
    let of = |row| {
        let (start, stop) = (known!(start.get(row)), known!(stop.get(row)));
        if start >= stop {
            return Err(fault("start value must be less than stop value"));
        }
        let width = stop.wrapping_sub(start) as u64;
        Ok(Some(start.wrapping_add(NUMBERS.below(width) as i64)))
    };
    Ok(Arc::new((0..call.rows).map(of).collect::<Result<Int64Array>>()?))
}

fn shuffled(call: &Call<'_>) -> Result<ArrayRef> {
    let list = call.list(0);
    let DataType::List(item) = list.array.data_type() else {
        return Ok(Arc::clone(call.array(0)));
    };
    let (mut places, mut lengths) = (Vec::new(), Vec::new());
    let known: NullBuffer = (0..call.rows).map(|row| list.range(row).is_some()).collect();
    for row in 0..call.rows {
        let begin = places.len();
        places.extend(list.range(row).unwrap_or_default().map(|place| Some(place as u32)));
        bound::check(places.len().saturating_mul(size_of::<u64>()))?;
        for end in (begin + 1..places.len()).rev() {
            let other = begin + NUMBERS.below((end - begin) as u64 + 1) as usize;
            places.swap(end, other);
        }
        lengths.push(places.len() - begin);
    }
    let values = picked(list.array.values().as_ref(), places)?;
    let offsets = OffsetBuffer::from_lengths(lengths);
    Ok(Arc::new(ListArray::try_new(Arc::clone(item), offsets, values, Some(known))?))
}

fn uuid(call: &Call<'_>) -> Result<ArrayRef> {
    call.texts(|_| {
        let (high, low) = (NUMBERS.next_u64(), NUMBERS.next_u64());
        let bits = (u128::from(high) << 64) | u128::from(low);
        // Version 4, variant 1.
        let bits = bits & !(0xF << 76) & !(0x3 << 62) | (0x4 << 76) | (0x2 << 62);
        let digits = format!("{bits:032x}");
        Ok(Some(format!(
            "{}-{}-{}-{}-{}",
            &digits[..8],
            &digits[8..12],
            &digits[12..16],
            &digits[16..20],
            &digits[20..]
        )))
    })
}
