//! Rows into files: by day, sorted, durable.

use std::io::{self, Write};
use std::sync::Arc;

use arrow::record_batch::RecordBatch;
use cairn_core::event_id;
use cairn_journal::{Disk, DiskFile};
use cairn_ports::lake::TableSchema;

use crate::file::{self, Day, Encoder};
use crate::iceberg::{DataFile, Location, Schema};
use crate::shared::Shared;
use crate::table::Live;
use crate::{LakeError, schema};

/// Bytes that are put together before they go to the disk.
const BUFFER: usize = 1 << 20;

/// Writes rows that were in memory: one file for each day. Blocking; durable when it returns.
pub(crate) fn frozen(
    shared: &Shared,
    table: &Live,
    batches: &[Arc<RecordBatch>],
) -> Result<Vec<DataFile>, LakeError> {
    let batches: Vec<RecordBatch> = batches.iter().map(|batch| (**batch).clone()).collect();
    days(shared, &table.id, table.kind, &batches)
}

/// Writes rows in any order: one file for each day. Blocking; durable when it returns.
pub(crate) fn days(
    shared: &Shared,
    store: &str,
    kind: TableSchema,
    batches: &[RecordBatch],
) -> Result<Vec<DataFile>, LakeError> {
    let mut files = Vec::new();
    for Day { day, rows } in file::sort(kind, batches)? {
        let mut out = Output::create(shared, store, kind, day)?;
        out.write(&rows)?;
        files.push(out.finish()?);
    }
    Ok(files)
}

/// A data file in the making. Dropped unfinished, it leaves a file that nobody names.
pub(crate) struct Output {
    encoder: Encoder<Sink>,
    location: Location,
    folder: Arc<dyn Disk>,
    kind: TableSchema,
    day: i32,
}

impl Output {
    pub(crate) fn create(
        shared: &Shared,
        store: &str,
        kind: TableSchema,
        day: i32,
    ) -> Result<Self, LakeError> {
        let name = format!("{}.parquet", event_id(&*shared.entropy));
        let location = Location::data(store, day, &name);
        let folder = shared.home.day(store, day)?;
        let sink = Sink::new(folder.create(&name, 0)?);
        let level = shared.settings.level;
        let settings = file::Settings { zstd_level: level, ..file::Settings::default() };
        let encoder = Encoder::new(kind, sink, &settings)?;
        Ok(Self { encoder, location, folder, kind, day })
    }

    /// Rows in the table's order, all of the file's day.
    pub(crate) fn write(&mut self, rows: &RecordBatch) -> Result<(), LakeError> {
        Ok(self.encoder.write(rows)?)
    }

    /// Makes the file durable, and says what it holds.
    pub(crate) fn finish(self) -> Result<DataFile, LakeError> {
        let Self { encoder, location, folder, kind, day } = self;
        let (footer, bytes, sink) = encoder.finish()?;
        sink.finish()?;
        folder.sync_dir()?;
        let columns = Schema::from_arrow(&schema::with_ids(kind))?;
        Ok(DataFile::describe(location, day, bytes, &footer, &columns))
    }
}

/// Writes a file from its beginning to its end.
struct Sink {
    file: Box<dyn DiskFile>,
    buffer: Vec<u8>,
    written: u64,
}

impl Sink {
    fn new(file: Box<dyn DiskFile>) -> Self {
        Self { file, buffer: Vec::with_capacity(BUFFER), written: 0 }
    }

    fn finish(mut self) -> Result<(), LakeError> {
        self.flush()?;
        self.file.sync()?;
        Ok(self.file.set_read_only()?)
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= BUFFER {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.write_all_at(&self.buffer, self.written)?;
        self.written += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }
}
