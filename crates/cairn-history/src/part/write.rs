//! Writing a part: rows and keys come in order, pages leave as they fill.

use std::io;

use bytes::BufMut;
use cairn_core::Region;
use cairn_journal::{Disk, DiskFile};

use super::file_name;
use super::filter::{self, FILTER_BYTES};
use super::format::{Header, KeyEntry, Kind, PAGE, page_offset};
use crate::key::{Cell, category_number};
use crate::place::Place;

/// A part that is being written. Until a manifest lists it, it does not exist: what a crash leaves
/// of it is removed at the next start.
pub(crate) struct PartWriter {
    file: Box<dyn DiskFile>,
    id: u64,
    partition: Option<i64>,
    rows: Vec<u8>,
    keys: Vec<u8>,
    postings: Vec<u8>,
    row_count: u32,
    key_count: u32,
    posting_count: u32,
    newest: Option<Place>,
    oldest: Place,
    /// Of each page in the order of the file.
    kinds: Vec<u8>,
    checksums: Vec<u32>,
    row_fences: Vec<Place>,
    key_fences: Vec<u64>,
    filters: Vec<u8>,
}

impl PartWriter {
    pub(crate) fn create(disk: &dyn Disk, id: u64, partition: Option<i64>) -> io::Result<Self> {
        Ok(Self {
            file: disk.create(&file_name(id), 0)?,
            id,
            partition,
            rows: Vec::with_capacity(PAGE),
            keys: Vec::with_capacity(PAGE),
            postings: Vec::with_capacity(PAGE),
            row_count: 0,
            key_count: 0,
            posting_count: 0,
            newest: None,
            oldest: Place::OLDEST,
            kinds: Vec::new(),
            checksums: Vec::new(),
            row_fences: Vec::new(),
            key_fences: Vec::new(),
            filters: Vec::new(),
        })
    }

    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// Rows come newest first.
    pub(crate) fn row(&mut self, place: Place) -> io::Result<()> {
        if self.rows.is_empty() {
            self.row_fences.push(place);
        }
        self.newest.get_or_insert(place);
        self.oldest = place;
        self.row_count += 1;
        self.rows.put_i64_le(place.time);
        self.rows.put_u64_le(place.seq);
        if self.rows.len() == PAGE {
            return self.flush(Kind::Rows);
        }
        Ok(())
    }

    /// Keys come ascending, and so do the ranks of each.
    pub(crate) fn key(&mut self, key: u64, ranks: &[u32]) -> io::Result<()> {
        let first = match ranks {
            [only] => *only,
            _ => self.posting_count,
        };
        if ranks.len() > 1 {
            self.list(ranks)?;
        }
        if self.keys.is_empty() {
            self.key_fences.push(key);
            self.filters.resize(self.filters.len() + FILTER_BYTES, 0);
        }
        let own_filter = self.filters.len() - FILTER_BYTES;
        filter::insert(&mut self.filters[own_filter..], key);
        self.key_count += 1;
        KeyEntry { key, first, count: ranks.len() as u32 }.write(&mut self.keys);
        if self.keys.len() == PAGE {
            return self.flush(Kind::Keys);
        }
        Ok(())
    }

    fn list(&mut self, ranks: &[u32]) -> io::Result<()> {
        let mut rest = ranks;
        while !rest.is_empty() {
            let room = (PAGE - self.postings.len()) / 4;
            let (now, later) = rest.split_at(room.min(rest.len()));
            for rank in now {
                self.postings.put_u32_le(*rank);
            }
            rest = later;
            if self.postings.len() == PAGE {
                self.flush(Kind::Postings)?;
            }
        }
        self.posting_count += ranks.len() as u32;
        Ok(())
    }

    /// Writes the tail, then the header, and makes them durable. The name becomes durable with the
    /// directory.
    pub(crate) fn finish(mut self, cells: &[(Cell, u32)]) -> io::Result<Header> {
        for kind in [Kind::Rows, Kind::Keys, Kind::Postings] {
            if !self.buffer(kind).is_empty() {
                self.flush(kind)?;
            }
        }
        let tail = self.tail(cells);
        let header = Header {
            id: self.id,
            partition: self.partition,
            rows: self.row_count,
            keys: self.key_count,
            postings: self.posting_count,
            pages: self.kinds.len() as u32,
            cells: cells.len() as u32,
            newest: self.newest.unwrap_or(Place::OLDEST),
            oldest: self.oldest,
            tail_bytes: tail.len() as u32,
            tail_crc: crc32c::crc32c(&tail),
        };
        self.file.write_all_at(&tail, header.tail_offset())?;
        self.file.write_all_at(&header.encode(), 0)?;
        self.file.sync()?;
        Ok(header)
    }

    fn tail(&self, cells: &[(Cell, u32)]) -> Vec<u8> {
        let mut tail = Vec::with_capacity(self.filters.len() + self.kinds.len() * 16);
        tail.put_slice(&self.kinds);
        for checksum in &self.checksums {
            tail.put_u32_le(*checksum);
        }
        for fence in &self.row_fences {
            tail.put_i64_le(fence.time);
            tail.put_u64_le(fence.seq);
        }
        for fence in &self.key_fences {
            tail.put_u64_le(*fence);
        }
        tail.put_slice(&self.filters);
        for (cell, rows) in cells {
            let region = cell.region.as_ref().map_or("", Region::as_str);
            tail.put_u64_le(cell.account.as_u64());
            tail.put_u32_le(*rows);
            tail.put_u8(category_number(cell.category));
            tail.put_u8(region.len() as u8);
            tail.put_slice(region.as_bytes());
        }
        tail
    }

    fn flush(&mut self, kind: Kind) -> io::Result<()> {
        let mut page = std::mem::take(self.buffer(kind));
        page.resize(PAGE, 0);
        self.file.write_all_at(&page, page_offset(self.kinds.len() as u32))?;
        self.kinds.push(kind as u8);
        self.checksums.push(crc32c::crc32c(&page));
        page.clear();
        *self.buffer(kind) = page;
        Ok(())
    }

    fn buffer(&mut self, kind: Kind) -> &mut Vec<u8> {
        match kind {
            Kind::Rows => &mut self.rows,
            Kind::Keys => &mut self.keys,
            Kind::Postings => &mut self.postings,
        }
    }
}
