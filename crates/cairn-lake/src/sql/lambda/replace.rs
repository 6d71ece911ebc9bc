//! `regexp_replace(text, pattern, groups -> replacement)`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListBuilder, StringBuilder, UInt32Array};
use datafusion::common::Result;
use datafusion::logical_expr::HigherOrderFunctionArgs;

use super::evaluate::{call, lambda, value};
use crate::function::pattern_matches;

pub(super) fn run(args: &HigherOrderFunctionArgs) -> Result<ArrayRef> {
    let (text, pattern) = (value(args, 0)?, value(args, 1)?);
    let (text, pattern) = (text.as_string::<i32>(), pattern.as_string::<i32>());
    let found = pattern_matches(text, pattern)?;
    let mut groups = ListBuilder::new(StringBuilder::new());
    let mut rows: Vec<u32> = Vec::new();
    for (row, matches) in found.iter().enumerate() {
        for parts in matches.iter().flatten() {
            for part in parts.iter().skip(1) {
                groups.values().append_option(part.clone().map(|part| &text.value(row)[part]));
            }
            groups.append(true);
            rows.push(row as u32);
        }
    }
    let groups: ArrayRef = Arc::new(groups.finish());
    let given = call(lambda(args, 2)?, &[groups], &UInt32Array::from(rows))?;
    let given = given.as_string::<i32>();
    let mut texts = StringBuilder::new();
    let mut next = 0;
    for (row, matches) in found.iter().enumerate() {
        let Some(matches) = matches else {
            texts.append_null();
            continue;
        };
        let of_row = next..next + matches.len();
        next = of_row.end;
        // Something unknown in a text leaves the whole text unknown.
        if of_row.clone().any(|at| given.is_null(at)) {
            texts.append_null();
            continue;
        }
        let (mut whole, mut from) = (String::new(), 0);
        for (parts, at) in matches.iter().zip(of_row) {
            let Some(Some(replaced)) = parts.first() else { continue };
            whole.push_str(&text.value(row)[from..replaced.start]);
            whole.push_str(given.value(at));
            from = replaced.end;
        }
        whole.push_str(&text.value(row)[from..]);
        texts.append_value(whole);
    }
    Ok(Arc::new(texts.finish()))
}
