//! From a table in memory to a part.

use std::io;

use cairn_journal::Disk;

use super::format::Header;
use super::write::PartWriter;
use crate::memtable::{Inverted, Memtable};

/// Writes the rows of `memory`, of which there is at least one, as part `id`.
pub(crate) fn seal(memory: &Memtable, disk: &dyn Disk, id: u64) -> io::Result<Header> {
    let mut part = PartWriter::create(disk, id, None)?;
    let rows = memory.rows();
    let mut order: Vec<u32> = (0..rows.len() as u32).rev().collect();
    order.sort_by_key(|row| std::cmp::Reverse(rows[*row as usize]));
    for row in &order {
        part.row(rows[*row as usize])?;
    }
    for (key, ranks) in Inverted::new(memory, &order).iter() {
        part.key(key, ranks)?;
    }
    part.finish(memory.catalogue().entries())
}
