//! Which files are made into one.

/// Files of at most this many are read at the same time.
pub(super) const MERGED: usize = 16;
/// Files of a day that is not over: as many as are merged at once, so that rows are merged seldom.
const YOUNG: usize = MERGED;
/// A file waits until those that are smaller have together a quarter of its rows: so a row is
/// written anew only as often as the logarithm of a day's rows.
const GROWTH: u64 = 4;

/// The places of the files of one day that are to be merged now: of those that are not `full`, the
/// smallest ones. None where it would not pay. `over` is whether the day has passed, so that few
/// more rows will come.
pub(super) fn choose(rows: &[u64], over: bool, full: u64) -> Vec<usize> {
    let mut places: Vec<usize> = (0..rows.len()).filter(|at| rows[*at] < full / 2).collect();
    places.sort_by_key(|at| (rows[*at], *at));
    let least = if over { 2 } else { YOUNG };
    for start in 0..places.len() {
        let (mut taken, mut sum) = (0, 0_u64);
        for place in &places[start..] {
            if taken == MERGED || (taken > 0 && rows[*place] > sum.saturating_mul(GROWTH)) {
                break;
            }
            sum += rows[*place];
            taken += 1;
        }
        if taken >= least {
            return places[start..start + taken].to_vec();
        }
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn settle(mut rows: Vec<u64>, over: bool, full: u64) -> (Vec<u64>, u64) {
        let mut moved = 0;
        loop {
            let chosen = choose(&rows, over, full);
            if chosen.is_empty() {
                return (rows, moved);
            }
            let sum: u64 = chosen.iter().map(|at| rows[*at]).sum();
            moved += sum;
            let left = rows.iter().enumerate().filter(|(at, _)| !chosen.contains(at));
            rows = left.map(|(_, rows)| *rows).collect();
            rows.push(sum);
        }
    }

    proptest! {
        #[test]
        fn a_day_ends_with_few_files_and_the_same_rows(
            rows in prop::collection::vec(1_u64..500_000, 0..200),
        ) {
            let full = 2_000_000;
            let before: u64 = rows.iter().sum();
            let (after, _) = settle(rows, true, full);
            prop_assert_eq!(after.iter().sum::<u64>(), before);
            let small = after.iter().filter(|rows| **rows < full / 2).count();
            prop_assert!(small <= 12, "{small} small files");
        }

        #[test]
        fn rows_that_come_late_move_few_others(late in 1_usize..60) {
            let (mut rows, mut moved) = (vec![900_000], 0);
            for _ in 0..late {
                rows.push(10);
                let (after, more) = settle(rows, true, 2_000_000);
                rows = after;
                moved += more;
            }
            prop_assert!(moved < 900_000, "{moved} rows moved for {late} files");
        }
    }
}
