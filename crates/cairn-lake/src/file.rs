//! Rows as Parquet files: sorted, compressed, and with what lets a reader leave pages out.

mod gather;
mod merge;
mod properties;
mod sort;
mod weigh;

use std::io::Write;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use cairn_ports::lake::TableSchema;
use parquet::arrow::arrow_writer::{ArrowWriter, ArrowWriterOptions};
use parquet::arrow::{ArrowSchemaConverter, add_encoded_arrow_schema_to_metadata};
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;

use crate::schema;

pub(crate) use merge::{Merge, Sorted};
pub(crate) use properties::{has_dictionary, has_filter};
pub(crate) use sort::{DAY_MILLIS, Day, Order, ranks, sort};
pub(crate) use weigh::fitting;

/// How pages are packed, but for those that questions read most.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Packing {
    /// Fast: for files that are soon joined with others.
    Lz4,
    /// Small. The level is 1 to 22.
    Zstd(i32),
}

/// How files are written.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub packing: Packing,
    /// Rows of a row group, which is what a reader skips by its bloom filters.
    pub row_group_rows: usize,
    /// Bytes of a row group's texts, which is what a writer has in memory, save that it has at
    /// least one row: of short records it has its rows.
    pub row_group_bytes: usize,
    /// Rows of a page, which is what a reader skips by its smallest and largest value.
    pub page_rows: usize,
}

impl Default for Settings {
    fn default() -> Self {
        let (row_group_rows, row_group_bytes) = (20_000, 128 << 20);
        Self { packing: Packing::Zstd(1), row_group_rows, row_group_bytes, page_rows: 20_000 }
    }
}

/// Why a file cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error(transparent)]
    Parquet(#[from] ParquetError),
    #[error(transparent)]
    Arrow(#[from] ArrowError),
}

/// A file in the making.
pub(crate) struct Encoder<W: Write + Send> {
    writer: ArrowWriter<Counted<W>>,
    columns: SchemaRef,
    /// Of a row group: rows and bytes at the most, and those that it has so far.
    most: (usize, usize),
    group: (usize, usize),
}

impl<W: Write + Send> Encoder<W> {
    /// Begins a file of rows of [`schema::stored`], which are sorted already.
    pub(crate) fn new(kind: TableSchema, out: W, settings: &Settings) -> Result<Self, FileError> {
        let mut properties = properties::of(kind, settings)?;
        // Readers that know Arrow get types without ids, as batches in memory have them.
        add_encoded_arrow_schema_to_metadata(&schema::stored(kind), &mut properties);
        let columns = ArrowSchemaConverter::new().convert(&schema::with_ids(kind))?;
        let options = ArrowWriterOptions::new()
            .with_properties(properties)
            .with_skip_arrow_metadata(true)
            .with_parquet_schema(columns);
        let out = Counted { out: Some(out), bytes: 0 };
        let writer = ArrowWriter::try_new_with_options(out, schema::stored(kind), options)?;
        let most = (settings.row_group_rows, settings.row_group_bytes);
        Ok(Self { writer, columns: schema::stored(kind), most, group: (0, 0) })
    }

    /// Rows that follow in the order of the file.
    pub(crate) fn write(&mut self, rows: &RecordBatch) -> Result<(), FileError> {
        if rows.schema().fields() != self.columns.fields() {
            let other = "the rows have other columns than the file".to_owned();
            return Err(ArrowError::SchemaError(other).into());
        }
        let mut at = 0;
        while at < rows.num_rows() {
            let left = (self.most.0 - self.group.0).min(rows.num_rows() - at);
            let room = self.most.1.saturating_sub(self.group.1);
            let (fit, bytes) = weigh::first(&rows.slice(at, left), room);
            if bytes > room && self.group.0 > 0 {
                self.writer.flush()?;
                self.group = (0, 0);
                continue;
            }
            self.append(&rows.slice(at, fit), bytes)?;
            at += fit;
        }
        Ok(())
    }

    /// Rows of the group that is being written, and their bytes.
    fn append(&mut self, rows: &RecordBatch, bytes: usize) -> Result<(), FileError> {
        self.writer.write(rows)?;
        self.group = (self.group.0 + rows.num_rows(), self.group.1 + bytes);
        if self.group.0 == self.most.0 {
            // The writer ended the group by itself.
            self.group = (0, 0);
        }
        Ok(())
    }

    /// The file's footer, its bytes, and what it was written to.
    pub(crate) fn finish(mut self) -> Result<(ParquetMetaData, u64, W), FileError> {
        let footer = self.writer.finish()?;
        let written = self.writer.inner_mut();
        written.flush().map_err(|error| ParquetError::External(Box::new(error)))?;
        let out = written.out.take().ok_or(ParquetError::General("the file is gone".into()))?;
        Ok((footer, written.bytes, out))
    }
}

/// Counts what is written.
struct Counted<W> {
    /// Taken when the file is finished.
    out: Option<W>,
    bytes: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let Some(out) = &mut self.out else { return Ok(0) };
        let written = out.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.as_mut().map_or(Ok(()), Write::flush)
    }
}

#[cfg(test)]
mod tests;
