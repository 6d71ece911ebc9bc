//! Several files into one.

use std::sync::Arc;

use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;

use crate::file::{Merge, Packing, Sorted};
use crate::iceberg::DataFile;
use crate::shared::Shared;
use crate::table::{Live, TableFile, sorted_rows};
use crate::write::{Output, discard};
use crate::{LakeError, schema};

/// Bytes of rows read of each file at a time, by what they have in the mean.
const BYTES: u64 = 16 << 20;
/// Bytes of a column of so many rows at the most, if each is as long as a record can be: of longer
/// columns there is none.
const COLUMN_BYTES: usize = 1 << 30;

/// Writes the rows of files of one day into new ones of about `full` rows, in the table's order.
/// Blocking. Of a merge that fails nothing stays.
pub(super) fn merge(
    shared: &Shared,
    table: &Live,
    files: &[Arc<TableFile>],
    full: u64,
) -> Result<Vec<DataFile>, LakeError> {
    let Some(day) = files.first().map(|file| file.day) else { return Ok(Vec::new()) };
    let most = COLUMN_BYTES / schema::record_bytes(table.kind);
    let opened = files.iter().map(|file| {
        let rows = sorted_rows(table.kind, file, &shared.cache, most, BYTES)?;
        Ok(Box::new(rows) as Sorted)
    });
    let rows = Merge::new(table.kind, opened.collect::<Result<_, LakeError>>()?)?;
    let mut written = Vec::new();
    let packing = Packing::Zstd(shared.settings.level);
    let create = || Output::create(shared, &table.id, table.kind, day, packing);
    match write(rows, create, full, &mut written) {
        Ok(()) => Ok(written),
        Err(error) => {
            discard(shared, &written);
            Err(error)
        }
    }
}

fn write(
    rows: impl Iterator<Item = Result<RecordBatch, ArrowError>>,
    create: impl Fn() -> Result<Output, LakeError>,
    full: u64,
    written: &mut Vec<DataFile>,
) -> Result<(), LakeError> {
    let mut open: Option<(Output, u64)> = None;
    for batch in rows {
        let (mut output, so_far) = match open.take() {
            Some(open) => open,
            None => (create()?, 0),
        };
        let added = batch.map_err(LakeError::from).and_then(|batch| {
            output.write(&batch)?;
            Ok(batch.num_rows() as u64)
        });
        let so_far = match added {
            Ok(added) => so_far + added,
            Err(error) => {
                output.abandon();
                return Err(error);
            }
        };
        if so_far >= full {
            written.push(output.finish()?);
        } else {
            open = Some((output, so_far));
        }
    }
    if let Some((output, _)) = open {
        written.push(output.finish()?);
    }
    Ok(())
}
