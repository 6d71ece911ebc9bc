//! The values of some keys of maps as columns of their own.

use arrow::array::{Array, AsArray, MapArray, StringArray};
use arrow::error::ArrowError;

use super::column::Texts;

/// The value of each key in every row, null where the map has none; all keys in one pass.
///
/// # Errors
/// A map of anything but texts to texts.
pub(crate) fn values(map: &MapArray, keys: &[&str]) -> Result<Vec<StringArray>, ArrowError> {
    let other = || ArrowError::SchemaError("the map is not one of texts".to_owned());
    let names: &StringArray = map.keys().as_string_opt().ok_or_else(other)?;
    let values: &StringArray = map.values().as_string_opt().ok_or_else(other)?;
    let lengths = keys.iter().fold(0, |lengths, key| lengths | bit(key.len()));
    let mut found: Vec<Texts> = keys.iter().map(|_| Texts::default()).collect();
    let (starts, bytes) = (names.value_offsets(), names.value_data());
    for (row, range) in map.value_offsets().windows(2).enumerate() {
        if map.is_null(row) {
            continue;
        }
        for entry in range[0] as usize..range[1] as usize {
            let (start, end) = (starts[entry] as usize, starts[entry + 1] as usize);
            // Most keys have another length than those that are looked for.
            if lengths & bit(end - start) == 0 {
                continue;
            }
            let name = &bytes[start..end];
            let Some(place) = keys.iter().position(|key| key.as_bytes() == name) else { continue };
            if values.is_valid(entry) && found[place].len() <= row {
                found[place].put(row, values.value(entry).as_bytes());
            }
        }
    }
    found.iter_mut().map(|texts| texts.finish(map.len())).collect()
}

fn bit(length: usize) -> u64 {
    1 << length.min(63)
}

#[cfg(test)]
mod tests {
    use arrow::array::builder::{MapBuilder, StringBuilder};

    use super::*;

    fn map() -> MapArray {
        let mut map = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
        type Row = &'static [(&'static str, Option<&'static str>)];
        let rows: [Option<Row>; 5] = [
            Some(&[("bucketName", Some("a")), ("key", Some("k")), ("BucketName", Some("no"))]),
            None,
            Some(&[]),
            Some(&[("roleName", Some("r")), ("bucketName", None)]),
            Some(&[("bucketnamf", Some("no")), ("bucketName", Some(""))]),
        ];
        for row in rows {
            for (key, value) in row.unwrap_or_default() {
                map.keys().append_value(key);
                map.values().append_option(*value);
            }
            map.append(row.is_some()).unwrap();
        }
        map.finish()
    }

    #[test]
    fn each_key_has_its_values_and_nulls_for_the_rest() {
        let found = values(&map(), &["bucketName", "roleName", "absent"]).unwrap();
        let rows = |at: usize| found[at].iter().collect::<Vec<_>>();
        assert_eq!(rows(0), [Some("a"), None, None, None, Some("")]);
        assert_eq!(rows(1), [None, None, None, Some("r"), None]);
        assert_eq!(rows(2), [None; 5]);
    }

    #[test]
    fn a_part_of_a_map_gives_its_own_rows() {
        let found = values(&map().slice(3, 2), &["roleName", "bucketName"]).unwrap();
        assert_eq!(found[0].iter().collect::<Vec<_>>(), [Some("r"), None]);
        assert_eq!(found[1].iter().collect::<Vec<_>>(), [None, Some("")]);
    }
}
