//! From a table in memory to a part.

use std::io;

use cairn_journal::Disk;

use super::format::Header;
use super::write::PartWriter;
use crate::memtable::Memtable;

/// Writes the rows of `memory`, of which there is at least one, as part `id`.
pub(crate) fn seal(memory: &Memtable, disk: &dyn Disk, id: u64) -> io::Result<Header> {
    let mut part = PartWriter::create(disk, id, None)?;
    let rows = memory.rows();
    let mut order: Vec<u32> = (0..rows.len() as u32).rev().collect();
    order.sort_by_key(|row| std::cmp::Reverse(rows[*row as usize]));
    let mut rank_of = vec![0; rows.len()];
    for (rank, row) in order.iter().enumerate() {
        rank_of[*row as usize] = rank as u32;
        part.row(rows[*row as usize])?;
    }
    let mut keys: Vec<u64> = memory.keys().collect();
    keys.sort_unstable();
    let mut ranks: Vec<u32> = Vec::new();
    for key in keys {
        ranks.clear();
        memory.for_each_row(key, |row| ranks.push(rank_of[row as usize]));
        // Records mostly come in the order of their times: then the list is sorted already.
        if !ranks.is_sorted() {
            ranks.sort_unstable();
        }
        part.key(key, &ranks)?;
    }
    part.finish(memory.catalogue().entries())
}
