//! Lists of rows, and how several become one.

use crate::HistoryError;

/// The rows under one key, as ascending ranks.
pub(crate) trait Postings {
    /// The first rank at or above `from`. A smaller `from` than before may give the same answer as
    /// before: lists are only read forwards.
    fn seek(&mut self, from: u32) -> Result<Option<u32>, HistoryError>;

    /// How many ranks the list has, for choosing which list leads.
    fn len(&self) -> u32;
}

/// The rows that are in at least one list of every group: a group is one condition, its lists are
/// the condition's keys in each of the cells that were asked for.
pub(crate) struct Matches<L> {
    groups: Vec<Vec<L>>,
}

impl<L: Postings> Matches<L> {
    /// `None` where a group without lists leaves no row.
    pub(crate) fn new(mut groups: Vec<Vec<L>>) -> Option<Self> {
        if groups.is_empty() || groups.iter().any(Vec::is_empty) {
            return None;
        }
        // The rarest condition leads: the others are only asked about its rows.
        groups.sort_by_key(|lists| lists.iter().map(|list| u64::from(list.len())).sum::<u64>());
        Some(Self { groups })
    }

    /// The first matching rank at or above `from`.
    pub(crate) fn seek(&mut self, from: u32) -> Result<Option<u32>, HistoryError> {
        let mut at = from;
        loop {
            let mut agreed = true;
            for lists in &mut self.groups {
                let Some(next) = first(lists, at)? else {
                    return Ok(None);
                };
                if next != at {
                    at = next;
                    agreed = false;
                    break;
                }
            }
            if agreed {
                return Ok(Some(at));
            }
        }
    }
}

fn first<L: Postings>(lists: &mut [L], from: u32) -> Result<Option<u32>, HistoryError> {
    let mut first: Option<u32> = None;
    for list in lists {
        if let Some(rank) = list.seek(from)?
            && first.is_none_or(|best| rank < best)
        {
            first = Some(rank);
        }
    }
    Ok(first)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    struct Listed(Vec<u32>);

    impl Postings for Listed {
        fn seek(&mut self, from: u32) -> Result<Option<u32>, HistoryError> {
            Ok(self.0.iter().copied().find(|rank| *rank >= from))
        }

        fn len(&self) -> u32 {
            self.0.len() as u32
        }
    }

    proptest! {
        #[test]
        fn matches_are_an_intersection_of_unions(
            groups in prop::collection::vec(
                prop::collection::vec(prop::collection::btree_set(0u32..40, 0..20), 1..4),
                1..4,
            )
        ) {
            let union = |sets: &Vec<BTreeSet<u32>>| sets.iter().flatten().copied().collect();
            let mut expected: BTreeSet<u32> = union(&groups[0]);
            for sets in &groups[1..] {
                expected = expected.intersection(&union(sets)).copied().collect();
            }
            let listed = |set: BTreeSet<u32>| Listed(set.into_iter().collect());
            let groups = groups.into_iter().map(|sets| sets.into_iter().map(listed).collect());
            let mut matches = Matches::new(groups.collect()).unwrap();
            let (mut seen, mut from) = (BTreeSet::new(), 0);
            while let Some(rank) = matches.seek(from).unwrap() {
                seen.insert(rank);
                from = rank + 1;
            }
            prop_assert_eq!(seen, expected);
        }
    }
}
