//! Which parts are merged, and when.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::Settings;
use crate::part::{Part, Split};

/// The next merge that is due, if any.
///
/// Parts as sealed hold a stretch of the journal, whatever its days. When enough have come
/// together they become one part for each day. When a day has enough of those, they become one:
/// each row is written about three times in its life, and a day ends up in few parts.
pub(crate) fn next(
    parts: &[Arc<Part>],
    settings: &Settings,
    today: i64,
) -> Option<(Vec<Arc<Part>>, Split)> {
    let mut days: BTreeMap<Option<i64>, Vec<Arc<Part>>> = BTreeMap::new();
    for part in parts {
        // A part that is half of what may be is left alone: merging it again would gain little.
        let partition = part.header.partition;
        if partition.is_none() || part.header.rows <= settings.merge_rows / 2 {
            days.entry(partition).or_default().push(part.clone());
        }
    }
    for (partition, mut candidates) in days {
        // As sealed: at that number. Of one day: above it, so that a merge is not merged at once.
        let due = settings.merge_parts + usize::from(partition.is_some());
        if candidates.len() < due {
            continue;
        }
        candidates.sort_by_key(|part| (part.header.rows, part.header.id));
        fit(&mut candidates, settings.merge_rows);
        if candidates.len() > 1 || partition.is_none() {
            let tomorrow = today + 1;
            let split = partition.map_or(Split::ByDay { last: tomorrow }, Split::Into);
            return Some((candidates, split));
        }
    }
    None
}

/// Keeps as many of the first parts as have no more than `rows` rows, and at least one.
fn fit(candidates: &mut Vec<Arc<Part>>, rows: u32) {
    let (mut sum, mut kept) = (0u64, 0);
    for part in &*candidates {
        sum += u64::from(part.header.rows);
        if kept > 0 && sum > u64::from(rows) {
            break;
        }
        kept += 1;
    }
    candidates.truncate(kept);
}
