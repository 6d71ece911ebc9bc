//! How far two texts are from each other, and what words sound like.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int64Array};
use datafusion::common::Result;

use super::super::call::{Call, known};
use super::super::fault::fault;
use super::super::scalar::{Function, form, function};

pub(super) const FUNCTIONS: &[Function] = &[
    function("levenshtein_distance", &[form("varchar, varchar -> bigint", levenshtein)]),
    function("hamming_distance", &[form("varchar, varchar -> bigint", hamming)]),
    function("soundex", &[form("varchar -> varchar", soundex)]),
    function("luhn_check", &[form("varchar -> boolean", luhn)]),
];

/// The work that one pair of texts may cost: the product of their lengths.
const WORK: usize = 1_000_000;

fn levenshtein(call: &Call<'_>) -> Result<ArrayRef> {
    let (left, right) = (call.text(0), call.text(1));
    let of = |row| {
        let (left, right) = (known!(left.get(row)), known!(right.get(row)));
        let left: Vec<char> = left.chars().collect();
        let right: Vec<char> = right.chars().collect();
        if left.len().saturating_mul(right.len()) > WORK {
            return Err(fault(
                "The combined inputs for Levenshtein distance are too large: \
                 the product of their lengths must not exceed 1000000",
            ));
        }
        Ok(Some(edits(&left, &right)))
    };
    Ok(Arc::new((0..call.rows).map(of).collect::<Result<Int64Array>>()?))
}

fn edits(left: &[char], right: &[char]) -> i64 {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (at, from) in left.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for (place, to) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(from != to);
            diagonal = row[place + 1];
            row[place + 1] = replaced.min(row[place] + 1).min(diagonal + 1);
        }
    }
    row[right.len()] as i64
}

fn hamming(call: &Call<'_>) -> Result<ArrayRef> {
    let (left, right) = (call.text(0), call.text(1));
    let of = |row| {
        let (left, right) = (known!(left.get(row)), known!(right.get(row)));
        if left.chars().count() != right.chars().count() {
            return Err(fault(
                "The input strings to hamming_distance function must have the same length",
            ));
        }
        let other = left.chars().zip(right.chars()).filter(|(a, b)| a != b).count();
        Ok(Some(other as i64))
    };
    Ok(Arc::new((0..call.rows).map(of).collect::<Result<Int64Array>>()?))
}

fn soundex(call: &Call<'_>) -> Result<ArrayRef> {
    let text = call.text(0);
    let of = |row| Some(sound(text.get(row)?));
    call.texts(|row| Ok(of(row)))
}

fn sound(text: &str) -> String {
    let digit = |letter: char| match letter {
        'B' | 'F' | 'P' | 'V' => '1',
        'C' | 'G' | 'J' | 'K' | 'Q' | 'S' | 'X' | 'Z' => '2',
        'D' | 'T' => '3',
        'L' => '4',
        'M' | 'N' => '5',
        'R' => '6',
        _ => '0',
    };
    let mut letters =
        text.chars().filter(char::is_ascii_alphabetic).map(|letter| letter.to_ascii_uppercase());
    let Some(first) = letters.next() else { return String::new() };
    let mut code = String::from(first);
    let mut last = digit(first);
    for letter in letters {
        let next = digit(letter);
        if next != '0' && next != last && code.len() < 4 {
            code.push(next);
        }
        // H and W do not part two letters of the same sound, vowels do.
        if !matches!(letter, 'H' | 'W') {
            last = next;
        }
    }
    format!("{code:0<4}")
}

fn luhn(call: &Call<'_>) -> Result<ArrayRef> {
    let text = call.text(0);
    let of = |row| {
        let text = known!(text.get(row));
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(fault("Input contains non-digit character"));
        }
        let digits = text.bytes().rev().map(|byte| u32::from(byte - b'0'));
        let sum: u32 = digits
            .enumerate()
            .map(|(at, digit)| match (at % 2, digit * 2) {
                (0, _) => digit,
                (_, twice) if twice > 9 => twice - 9,
                (_, twice) => twice,
            })
            .sum();
        Ok(Some(sum.is_multiple_of(10)))
    };
    Ok(Arc::new((0..call.rows).map(of).collect::<Result<BooleanArray>>()?))
}
