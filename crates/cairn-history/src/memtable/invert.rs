//! A table turned round: for each key its rows, as a part writes them.

use super::{Memtable, NONE};

/// For each key, in ascending order, the ranks of its rows, in ascending order.
///
/// Made in two passes over the links, without walking a chain: links lie in the order of their
/// rows, so taking the rows by rank fills every list in its order; only the keys have to be
/// sorted.
pub(crate) struct Inverted {
    /// Each key and the number of its list.
    keys: Vec<(u64, u32)>,
    /// Where each list ends; it begins where the one before it ends.
    ends: Vec<u32>,
    ranks: Vec<u32>,
}

impl Inverted {
    /// `order` gives the row of each rank.
    pub(crate) fn new(table: &Memtable, order: &[u32]) -> Self {
        let Lists { list_of, lengths, starts } = Lists::of(table);
        let mut ends: Vec<u32> = lengths
            .iter()
            .scan(0, |end, length| {
                let start = *end;
                *end += length;
                Some(start)
            })
            .collect();
        let mut ranks = vec![0; table.links.len()];
        for (rank, row) in order.iter().enumerate() {
            let (from, to) = (starts[*row as usize], starts[*row as usize + 1]);
            for list in &list_of[from as usize..to as usize] {
                let end = &mut ends[*list as usize];
                ranks[*end as usize] = rank as u32;
                *end += 1;
            }
        }
        let list = |last: u32| list_of[last as usize];
        let mut keys: Vec<(u64, u32)> =
            table.chains.iter().map(|(key, chain)| (*key, list(chain.last))).collect();
        keys.sort_unstable();
        Self { keys, ends, ranks }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, &[u32])> {
        self.keys.iter().map(|(key, list)| {
            let list = *list as usize;
            let start = list.checked_sub(1).map_or(0, |before| self.ends[before]);
            (*key, &self.ranks[start as usize..self.ends[list] as usize])
        })
    }
}

/// The chains, numbered in the order in which they began.
struct Lists {
    /// For each link the number of its chain.
    list_of: Vec<u32>,
    lengths: Vec<u32>,
    /// For each row its first link, and one more for the end.
    starts: Vec<u32>,
}

impl Lists {
    fn of(table: &Memtable) -> Self {
        let mut list_of: Vec<u32> = Vec::with_capacity(table.links.len());
        let mut lengths = Vec::with_capacity(table.chains.len());
        let mut starts = Vec::with_capacity(table.rows.len() + 1);
        for (at, link) in table.links.iter().enumerate() {
            if starts.len() <= link.row as usize {
                starts.resize(link.row as usize + 1, at as u32);
            }
            if link.before == NONE {
                list_of.push(lengths.len() as u32);
                lengths.push(0);
            } else {
                list_of.push(list_of[link.before as usize]);
            }
            lengths[list_of[at] as usize] += 1;
        }
        starts.resize(table.rows.len() + 1, table.links.len() as u32);
        Self { list_of, lengths, starts }
    }
}
