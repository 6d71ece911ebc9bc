//! What rows weigh: bytes of their texts. Long records are as many as fit, not as many as there
//! could be short ones.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::DataType;

/// Bytes of a batch whose rows are not weighed one by one: what a mistake costs is no more.
const FEW_BYTES: usize = 16 << 20;

/// What rows of a batch weigh.
pub(super) enum Weights {
    /// Each the same, or nearly.
    Mean(usize),
    /// The bytes of the rows before each, and of all.
    Sums(Vec<usize>),
}

impl Weights {
    pub(super) fn of(batch: &RecordBatch) -> Self {
        let bytes = total(batch);
        if bytes <= FEW_BYTES {
            return Self::Mean(bytes / batch.num_rows());
        }
        let mut sums = vec![0];
        for bytes in weigh(batch) {
            sums.push(sums[sums.len() - 1] + bytes);
        }
        Self::Sums(sums)
    }

    pub(super) fn sum(&self, start: usize, end: usize) -> usize {
        match self {
            Self::Mean(bytes) => bytes * (end - start),
            Self::Sums(sums) => sums[end] - sums[start],
        }
    }

    /// Where rows from one on end that have so many bytes at the most, or that one if it has more.
    pub(super) fn fitting(&self, start: usize, bytes: usize) -> usize {
        let rows = match self {
            Self::Mean(mean) => bytes / (*mean).max(1),
            Self::Sums(sums) => {
                let most = sums[start] + bytes;
                sums[start + 1..].partition_point(|sum| *sum <= most)
            }
        };
        start + rows.max(1)
    }
}

/// The bytes of each row's texts. Columns that copy others count again, numbers do not.
pub(super) fn weigh(batch: &RecordBatch) -> Vec<usize> {
    let mut bytes = vec![0; batch.num_rows()];
    batch.columns().iter().for_each(|column| add(column.as_ref(), &mut bytes));
    bytes
}

/// How many of the first have at most so many bytes together.
pub(crate) fn fitting(bytes: impl IntoIterator<Item = usize>, most: usize) -> usize {
    let mut sum = 0_usize;
    let fits = |bytes: &usize| {
        sum = sum.saturating_add(*bytes);
        sum <= most
    };
    bytes.into_iter().take_while(fits).count()
}

/// As many of the first rows as have at most so many bytes together, one at the least, and the
/// bytes of these. Rows are weighed one by one where not all of them fit.
pub(super) fn first(rows: &RecordBatch, most: usize) -> (usize, usize) {
    let all = total(rows);
    if all <= most {
        return (rows.num_rows(), all);
    }
    let bytes = weigh(rows);
    let fit = fitting(bytes.iter().copied(), most).max(1);
    (fit, bytes[..fit].iter().sum())
}

/// The bytes of all rows' texts, without looking at each.
fn total(batch: &RecordBatch) -> usize {
    batch.columns().iter().map(|column| whole(column.as_ref())).sum()
}

fn whole(array: &dyn Array) -> usize {
    let span = |ends: &[i32]| {
        let (start, end) = (ends[0] as usize, ends[ends.len() - 1] as usize);
        (start, end - start)
    };
    match array.data_type() {
        DataType::Utf8 => span(array.as_string::<i32>().value_offsets()).1,
        DataType::Binary => span(array.as_binary::<i32>().value_offsets()).1,
        DataType::Struct(_) => {
            array.as_struct().columns().iter().map(|column| whole(column.as_ref())).sum()
        }
        DataType::List(_) => {
            let (start, length) = span(array.as_list::<i32>().value_offsets());
            whole(array.as_list::<i32>().values().slice(start, length).as_ref())
        }
        DataType::Map(..) => {
            let (start, length) = span(array.as_map().value_offsets());
            whole(&array.as_map().entries().slice(start, length))
        }
        _ => 0,
    }
}

fn add(array: &dyn Array, bytes: &mut [usize]) {
    if array.null_count() == array.len() {
        return;
    }
    match array.data_type() {
        DataType::Utf8 => add_lengths(array.as_string::<i32>().value_offsets(), bytes),
        DataType::Binary => add_lengths(array.as_binary::<i32>().value_offsets(), bytes),
        DataType::Struct(_) => {
            array.as_struct().columns().iter().for_each(|column| add(column.as_ref(), bytes));
        }
        DataType::List(_) => {
            let list = array.as_list::<i32>();
            add_parts(list.values().as_ref(), list.value_offsets(), bytes);
        }
        DataType::Map(..) => {
            let map = array.as_map();
            add_parts(map.entries(), map.value_offsets(), bytes);
        }
        _ => {}
    }
}

fn add_lengths(ends: &[i32], bytes: &mut [usize]) {
    for (row, ends) in bytes.iter_mut().zip(ends.windows(2)) {
        *row += (ends[1] - ends[0]) as usize;
    }
}

fn add_parts(parts: &dyn Array, ends: &[i32], bytes: &mut [usize]) {
    let mut of_parts = vec![0; parts.len()];
    add(parts, &mut of_parts);
    for (row, ends) in bytes.iter_mut().zip(ends.windows(2)) {
        *row += of_parts[ends[0] as usize..ends[1] as usize].iter().sum::<usize>();
    }
}

#[cfg(test)]
mod tests {
    use cairn_ports::lake::TableSchema;

    use super::*;
    use crate::row::Rows;

    #[test]
    fn a_row_weighs_what_its_texts_have_wherever_they_are() {
        let frame = r#""eventTime":"2026-04-18T07:00:00Z""#;
        let long = "x".repeat(1000);
        let with = [
            format!(r#""userAgent":"{long}""#),
            format!(r#""userIdentity":{{"invokedBy":"{long}"}}"#),
            format!(r#""requestParameters":{{"a":"1","b":"{long}"}}"#),
            format!(r#""resources":[{{"type":"t"}},{{"type":"{long}"}}]"#),
            format!(r#""nowhere":"{long}""#),
        ];
        let mut rows = Rows::new(TableSchema::Events);
        for members in with.iter().map(String::as_str).chain([r#""userAgent":"x""#]) {
            rows.push(None, format!("{{{frame},{members}}}").as_bytes()).unwrap();
        }
        let batch = rows.finish();
        let weights = weigh(&batch);
        assert_eq!(weights.len(), 6);
        for (row, bytes) in weights[..5].iter().enumerate() {
            // A column of its own that copies a member makes it twice as much.
            assert!((1000..2100).contains(bytes), "row {row} weighs {bytes}");
        }
        assert!(weights[5] < 20, "{}", weights[5]);
        assert_eq!(weigh(&batch.slice(2, 3)), weights[2..5]);
        for (start, end) in [(0, 6), (2, 5), (1, 2), (3, 3)] {
            let part = batch.slice(start, end - start);
            assert_eq!(total(&part), weights[start..end].iter().sum::<usize>());
        }
        let all = weights.iter().sum();
        assert_eq!(first(&batch, all), (6, all));
        assert_eq!(first(&batch, all - 1), (5, all - weights[5]));
        assert_eq!(first(&batch, 5), (1, weights[0]));
    }

    #[test]
    fn as_many_fit_as_have_no_more_bytes() {
        let bytes = [3, 4, 0, 5];
        let fit = [(2, 0), (3, 1), (6, 1), (7, 3), (11, 3), (12, 4), (usize::MAX, 4)];
        for (most, count) in fit {
            assert_eq!(fitting(bytes, most), count, "{most}");
        }
        assert_eq!(fitting([usize::MAX, 1], usize::MAX), 2);
    }
}
