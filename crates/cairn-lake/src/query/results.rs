//! The rows of a query's result, in one file, readable from any row on.
//!
//! ```text
//! block*  index  trailer
//! block   = zstd of a JSON array of rows; the first block has one row, the labels
//! index   = of each block, where it begins and the number of its first row, the labels' being 0;
//!           then where the last one ends and the number of rows: u64 each, little-endian
//! trailer = number of blocks u64, number of rows u64, CRC-32C of index and both numbers u32, magic
//! ```
//!
//! Results that end in the magic `CAIRNQR1` have [`BLOCK_ROWS`] rows in each block, and only the
//! first number of each pair in their index.

use std::sync::Arc;

use cairn_journal::{Disk, DiskFile};

use crate::LakeError;

/// Rows of one block at the most.
const BLOCK_ROWS: u64 = 1000;
/// Bytes of their texts at which a block is full, so that few long rows are in memory together.
const BLOCK_BYTES: usize = 8 << 20;
const MAGIC: [u8; 8] = *b"CAIRNQR2";
const OLD_MAGIC: [u8; 8] = *b"CAIRNQR1";
const TRAILER: u64 = 28;
/// Of a block as it is read, whatever its last row is.
const MOST_BYTES: usize = 1 << 30;
const LEVEL: i32 = 1;

/// The texts of one row. A column that is null has none.
pub(crate) type Cells = Vec<Option<String>>;

/// Takes the rows of a result as they come.
pub(crate) struct Writer {
    disk: Arc<dyn Disk>,
    name: String,
    file: Box<dyn DiskFile>,
    /// The blocks that are written.
    index: Vec<Start>,
    end: u64,
    block: Vec<Cells>,
    block_bytes: usize,
    rows: u64,
    bytes: u64,
    finished: bool,
}

/// Where a block begins in the file, and with which row.
#[derive(Debug, Clone, Copy)]
struct Start {
    at: u64,
    row: u64,
}

impl Writer {
    /// Begins a result; one that was begun before and never finished is gone with it.
    pub(crate) fn create(
        disk: Arc<dyn Disk>,
        query: &str,
        labels: &[String],
    ) -> Result<Self, LakeError> {
        let name = aside(query);
        match disk.remove(&name) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        let file = disk.create(&name, 0)?;
        let (index, block) = (Vec::new(), Vec::new());
        let (end, block_bytes, rows, bytes, finished) = (0, 0, 0, 0, false);
        let mut writer =
            Self { disk, name, file, index, end, block, block_bytes, rows, bytes, finished };
        writer.block.push(labels.iter().cloned().map(Some).collect());
        writer.flush()?;
        Ok(writer)
    }

    pub(crate) fn push(&mut self, row: Cells) -> Result<(), LakeError> {
        let bytes = size(&row);
        self.block_bytes += bytes;
        self.bytes += bytes as u64;
        self.rows += 1;
        self.block.push(row);
        let full = self.block.len() as u64 == BLOCK_ROWS || self.block_bytes >= BLOCK_BYTES;
        if full { self.flush() } else { Ok(()) }
    }

    /// Rows so far, and the bytes of their texts.
    pub(crate) fn size(&self) -> (u64, u64) {
        (self.rows, self.bytes)
    }

    /// Makes the result durable, then readable.
    pub(crate) fn finish(mut self, query: &str) -> Result<(), LakeError> {
        if !self.block.is_empty() {
            self.flush()?;
        }
        let mut tail = Vec::with_capacity(self.index.len() * 16 + TRAILER as usize + 16);
        for start in self.index.iter().chain([&Start { at: self.end, row: self.rows }]) {
            tail.extend(start.at.to_le_bytes());
            tail.extend(start.row.to_le_bytes());
        }
        tail.extend((self.index.len() as u64).to_le_bytes());
        tail.extend(self.rows.to_le_bytes());
        tail.extend(crc32c::crc32c(&tail).to_le_bytes());
        tail.extend(MAGIC);
        self.file.write_all_at(&tail, self.end)?;
        self.file.sync()?;
        self.disk.rename(&self.name, &name(query))?;
        self.finished = true;
        Ok(self.disk.sync_dir()?)
    }

    fn flush(&mut self) -> Result<(), LakeError> {
        let text = serde_json::to_vec(&self.block).map_err(std::io::Error::from)?;
        let packed = zstd::bulk::compress(&text, LEVEL)?;
        self.file.write_all_at(&packed, self.end)?;
        // The first block's row is none of the result.
        let first = self.rows.saturating_sub(self.block.len() as u64);
        self.index.push(Start { at: self.end, row: first });
        self.end += packed.len() as u64;
        self.block.clear();
        self.block_bytes = 0;
        Ok(())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // Of a run that was ended. What cannot be removed now goes when the query is forgotten.
        if !self.finished {
            _ = self.disk.remove(&self.name);
        }
    }
}

/// A finished result.
pub(crate) struct Reader {
    file: Box<dyn DiskFile>,
    /// Of each block, and of what is behind the last one.
    index: Vec<Start>,
    pub(crate) labels: Vec<String>,
    pub(crate) rows: u64,
}

impl Reader {
    /// `None` where there is no such result.
    pub(crate) fn open(disk: &dyn Disk, query: &str) -> Result<Option<Self>, LakeError> {
        let file = match disk.open(&name(query)) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let (index, rows) = index(&*file).map_err(|why| damaged(query, why))?;
        let mut reader = Self { file, index, labels: Vec::new(), rows };
        let first = reader.block(0).map_err(|why| damaged(query, why))?.pop();
        reader.labels = first.unwrap_or_default().into_iter().flatten().collect();
        Ok(Some(reader))
    }

    /// Rows beginning with `from`: `limit` at the most, and none after the one with which labels
    /// and texts reach so many `bytes`.
    pub(crate) fn rows(
        &self,
        from: u64,
        limit: usize,
        mut bytes: usize,
    ) -> Result<Vec<Cells>, LakeError> {
        let end = self.rows.min(from.saturating_add(limit as u64));
        let labels: usize = self.labels.iter().map(String::len).sum();
        let mut rows = Vec::with_capacity(end.saturating_sub(from) as usize);
        let mut at = from;
        while at < end {
            // The first block is before any row.
            let place = self.index.partition_point(|start| start.row <= at).saturating_sub(1);
            let block = self.block(place).map_err(|why| damaged("a query", why))?;
            let skip = (at - self.index[place].row) as usize;
            if block.len() <= skip {
                return Err(damaged("a query", "rows are missing".to_owned()));
            }
            for row in block.into_iter().skip(skip).take((end - at) as usize) {
                bytes = bytes.saturating_sub(labels + size(&row));
                rows.push(row);
                at += 1;
                if bytes == 0 {
                    return Ok(rows);
                }
            }
        }
        Ok(rows)
    }

    fn block(&self, at: usize) -> Result<Vec<Cells>, String> {
        let (Some(from), Some(to)) = (self.index.get(at), self.index.get(at + 1)) else {
            return Err("a block is missing".to_owned());
        };
        let length = to.at.checked_sub(from.at).ok_or("blocks overlap")?;
        let mut packed = vec![0; length as usize];
        self.file.read_exact_at(&mut packed, from.at).map_err(|error| error.to_string())?;
        let told = zstd::zstd_safe::get_frame_content_size(&packed).ok().flatten();
        let bytes = told.and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(MOST_BYTES);
        let text = zstd::bulk::decompress(&packed, bytes.min(MOST_BYTES));
        let text = text.map_err(|error| error.to_string())?;
        serde_json::from_slice(&text).map_err(|error| error.to_string())
    }
}

/// Removes a result, finished or not. One that is not there is no error. One that is being finished
/// is gone, too: it has this name or, later, that.
pub(crate) fn remove(disk: &dyn Disk, query: &str) -> Result<(), LakeError> {
    for name in [aside(query), name(query)] {
        match disk.remove(&name) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}

fn size(row: &Cells) -> usize {
    row.iter().flatten().map(String::len).sum()
}

fn name(query: &str) -> String {
    format!("{query}.rows")
}

fn aside(query: &str) -> String {
    format!("{query}.rows.tmp")
}

fn damaged(query: &str, why: String) -> LakeError {
    LakeError::Damaged { what: format!("the result of {query}"), why }
}

fn index(file: &dyn DiskFile) -> Result<(Vec<Start>, u64), String> {
    let text = |error: std::io::Error| error.to_string();
    let length = file.len().map_err(text)?;
    let at = length.checked_sub(TRAILER).ok_or("it is too short")?;
    let mut trailer = [0; TRAILER as usize];
    file.read_exact_at(&mut trailer, at).map_err(text)?;
    let number = |at: usize| u64::from_le_bytes(trailer[at..at + 8].try_into().unwrap_or_default());
    let (blocks, rows) = (number(0), number(8));
    let old = trailer[20..] == OLD_MAGIC;
    if !old && trailer[20..] != MAGIC {
        return Err("it has no trailer".to_owned());
    }
    let width = if old { 8 } else { 16 };
    let bytes = blocks.checked_add(1).and_then(|count| count.checked_mul(width));
    let from = bytes.and_then(|bytes| at.checked_sub(bytes)).ok_or("its index is too long")?;
    let mut tail = vec![0; (at - from) as usize];
    file.read_exact_at(&mut tail, from).map_err(text)?;
    let numbers = tail.chunks_exact(8);
    let numbers = numbers.map(|chunk| u64::from_le_bytes(chunk.try_into().unwrap_or_default()));
    let numbers: Vec<u64> = numbers.collect();
    tail.extend(&trailer[..16]);
    if crc32c::crc32c(&tail).to_le_bytes() != trailer[16..20] {
        return Err("its index does not fit its checksum".to_owned());
    }
    let first = |block: u64| block.saturating_sub(1).saturating_mul(BLOCK_ROWS).min(rows);
    let starts = if old {
        (0..).zip(numbers).map(|(block, at)| Start { at, row: first(block) }).collect()
    } else {
        numbers.chunks_exact(2).map(|pair| Start { at: pair[0], row: pair[1] }).collect()
    };
    Ok((starts, rows))
}

#[cfg(test)]
mod tests;
