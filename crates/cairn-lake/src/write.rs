//! Rows into files: by day, sorted, durable.

mod ordered;

use std::io::{self, Write};
use std::sync::Arc;

use arrow::record_batch::RecordBatch;
use cairn_core::event_id;
use cairn_journal::{Disk, DiskFile};
use cairn_ports::lake::TableSchema;
use parquet::file::metadata::ParquetMetaData;

use crate::file::{self, Day, Encoder, Packing};
use crate::iceberg::{DataFile, Location, Schema};
use crate::shared::Shared;
use crate::table::{Batch, Live};
use crate::{LakeError, schema};

/// Bytes that are put together before they go to the disk.
const BUFFER: usize = 1 << 20;
/// Rows, and bytes of their records, that are put together at a time.
const ROWS: usize = 8192;
const BYTES: usize = 64 << 20;

/// Writes records that were in memory: one file for each day. Blocking; durable when it returns.
pub(crate) fn frozen(
    shared: &Shared,
    table: &Live,
    batches: &[Arc<Batch>],
) -> Result<Vec<DataFile>, LakeError> {
    // The names by which other tables are sorted are not in the heads of their events.
    if table.kind == TableSchema::Events
        && let Some(files) = ordered::ordered(shared, &table.id, table.kind, batches)?
    {
        return Ok(files);
    }
    let batches: Vec<RecordBatch> = batches.iter().map(|batch| batch.rows().clone()).collect();
    days(shared, &table.id, table.kind, &batches, Packing::Lz4)
}

/// Writes rows in any order: one file for each day. Blocking; durable when it returns.
pub(crate) fn days(
    shared: &Shared,
    store: &str,
    kind: TableSchema,
    batches: &[RecordBatch],
    packing: Packing,
) -> Result<Vec<DataFile>, LakeError> {
    let mut files = Vec::new();
    for day in file::sort(kind, batches)? {
        match one(shared, store, kind, &day, packing) {
            Ok(file) => files.push(file),
            Err(error) => {
                discard(shared, &files);
                return Err(error);
            }
        }
    }
    Ok(files)
}

fn one(
    shared: &Shared,
    store: &str,
    kind: TableSchema,
    day: &Day<'_>,
    packing: Packing,
) -> Result<DataFile, LakeError> {
    let mut out = Output::create(shared, store, kind, day.number, packing)?;
    let written = day.rows(ROWS, BYTES).try_for_each(|rows| out.write(&rows?));
    match written {
        Ok(()) => out.finish(),
        Err(error) => {
            out.abandon();
            Err(error)
        }
    }
}

/// Removes files that no commit will name: whoever tries again writes others, and the disk may be
/// full as it is. What cannot be removed now the next start finds.
pub(crate) fn discard(shared: &Shared, files: &[DataFile]) {
    let gone: Vec<Location> = files.iter().map(|file| file.location.clone()).collect();
    if let Err(error) = shared.home.remove(&gone) {
        tracing::warn!(%error, "files of no use stay until the next start");
    }
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
        packing: Packing,
    ) -> Result<Self, LakeError> {
        let name = format!("{}.parquet", event_id(&*shared.entropy));
        let location = Location::data(store, day, &name);
        let folder = shared.home.day(store, day)?;
        let sink = Sink::new(folder.create(&name, 0)?);
        let settings = file::Settings { packing, ..file::Settings::default() };
        let encoder = Encoder::new(kind, sink, &settings)?;
        Ok(Self { encoder, location, folder, kind, day })
    }

    /// Rows in the table's order, all of the file's day.
    pub(crate) fn write(&mut self, rows: &RecordBatch) -> Result<(), LakeError> {
        Ok(self.encoder.write(rows)?)
    }

    /// Takes the file away.
    pub(crate) fn abandon(self) {
        remove(&*self.folder, &self.location);
    }

    /// Makes the file durable, and says what it holds. One that cannot be finished is gone.
    pub(crate) fn finish(self) -> Result<DataFile, LakeError> {
        let Self { encoder, location, folder, kind, day } = self;
        let (footer, bytes) = match close(encoder, &*folder) {
            Ok(closed) => closed,
            Err(error) => {
                remove(&*folder, &location);
                return Err(error);
            }
        };
        let columns = Schema::from_arrow(&schema::with_ids(kind))?;
        let mut file = DataFile::describe(location, day, bytes, &footer, &columns);
        file.copy_bounds(schema::promoted_ids(kind));
        Ok(file)
    }
}

fn close(encoder: Encoder<Sink>, folder: &dyn Disk) -> Result<(ParquetMetaData, u64), LakeError> {
    let (footer, bytes, sink) = encoder.finish()?;
    sink.finish()?;
    folder.sync_dir()?;
    Ok((footer, bytes))
}

fn remove(folder: &dyn Disk, location: &Location) {
    if let Err(error) = folder.remove(location.name()) {
        tracing::warn!(%location, %error, "a file of no use stays until the next start");
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
