//! Rows as Parquet files: sorted, compressed, with what lets a reader leave pages out, and with the
//! facts that table metadata needs of them.

mod facts;
mod gather;
mod properties;
mod sort;

use std::io::Write;

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use cairn_ports::lake::TableSchema;
use parquet::arrow::arrow_writer::{ArrowWriter, ArrowWriterOptions};
use parquet::arrow::{ArrowSchemaConverter, add_encoded_arrow_schema_to_metadata};
use parquet::errors::ParquetError;

use crate::schema;

pub use facts::{FieldFacts, FileFacts};
pub use sort::{Day, sort};

/// How files are written.
#[derive(Debug, Clone)]
pub struct Settings {
    /// 1 to 22.
    pub zstd_level: i32,
    /// Rows of a row group, which is what a reader skips by its bloom filters.
    pub row_group_rows: usize,
    /// Rows of a page, which is what a reader skips by its smallest and largest value.
    pub page_rows: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { zstd_level: 1, row_group_rows: 20_000, page_rows: 20_000 }
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

/// Writes batches of [`schema::stored`], which are sorted already, as one file.
///
/// # Errors
/// `out` fails, or the batches have other columns.
pub fn write<W: Write + Send>(
    kind: TableSchema,
    batches: &[RecordBatch],
    out: W,
    settings: &Settings,
) -> Result<FileFacts, FileError> {
    let mut properties = properties::of(kind, settings)?;
    // Readers that know Arrow get types without ids, as batches in memory have them.
    add_encoded_arrow_schema_to_metadata(&schema::stored(kind), &mut properties);
    let columns = ArrowSchemaConverter::new().convert(&schema::with_ids(kind))?;
    let options = ArrowWriterOptions::new()
        .with_properties(properties)
        .with_skip_arrow_metadata(true)
        .with_parquet_schema(columns);
    let mut written = Counted { out, bytes: 0 };
    let mut writer =
        ArrowWriter::try_new_with_options(&mut written, schema::stored(kind), options)?;
    for batch in batches {
        writer.write(batch)?;
    }
    let metadata = writer.close()?;
    written.out.flush().map_err(|error| ParquetError::External(Box::new(error)))?;
    Ok(FileFacts::of(kind, &metadata, written.bytes))
}

struct Counted<W> {
    out: W,
    bytes: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests;
