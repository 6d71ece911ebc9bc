//! Several files into one.

use std::sync::Arc;

use arrow::record_batch::RecordBatch;
use datafusion::execution::TaskContext;
use datafusion::physical_plan::execute_stream;
use futures_util::StreamExt;

use crate::iceberg::DataFile;
use crate::shared::Shared;
use crate::table::{Live, TableFile};
use crate::write::Output;
use crate::{LakeError, engine};

/// Rows read of each file at a time.
const ROWS: usize = 2048;
/// Batches that are read while others are written.
const AHEAD: usize = 4;

/// Writes the rows of files of one day into new ones of at most `full` rows, in the table's order.
pub(super) async fn merge(
    shared: &Arc<Shared>,
    table: &Arc<Live>,
    files: Vec<Arc<TableFile>>,
    full: u64,
) -> Result<Vec<DataFile>, LakeError> {
    let Some(day) = files.first().map(|file| file.day) else { return Ok(Vec::new()) };
    let (plan, session) = engine::merge(shared, table.kind, files, ROWS)?;
    let (rows, taken) = tokio::sync::mpsc::channel(AHEAD);
    let context = Arc::new(TaskContext::from(&session));
    let read = shared.pool.run(async move {
        let mut stream = match execute_stream(plan, context) {
            Ok(stream) => stream,
            Err(error) => return drop(rows.send(Err(error.into())).await),
        };
        while let Some(batch) = stream.next().await {
            if rows.send(batch.map_err(LakeError::from)).await.is_err() {
                return;
            }
        }
    });
    let (shared, table) = (shared.clone(), table.clone());
    let work = move || write(&shared, &table, day, taken, full);
    let written = cairn_task::blocking("lake-merge", work).await;
    drop(read);
    written
}

fn write(
    shared: &Shared,
    table: &Live,
    day: i32,
    mut rows: tokio::sync::mpsc::Receiver<Result<RecordBatch, LakeError>>,
    full: u64,
) -> Result<Vec<DataFile>, LakeError> {
    let mut files = Vec::new();
    let mut open: Option<(Output, u64)> = None;
    while let Some(batch) = rows.blocking_recv() {
        let batch = batch?;
        let (mut output, so_far) = match open.take() {
            Some(open) => open,
            None => (Output::create(shared, &table.id, table.kind, day)?, 0),
        };
        output.write(&batch)?;
        let so_far = so_far + batch.num_rows() as u64;
        if so_far >= full {
            files.push(output.finish()?);
        } else {
            open = Some((output, so_far));
        }
    }
    if let Some((output, _)) = open {
        files.push(output.finish()?);
    }
    Ok(files)
}
