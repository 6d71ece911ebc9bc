//! The one list of workers.
//!
//! | worker | wakes on | on error | on stop |
//! |---|---|---|---|
//! | `journal-writer` | drafts in the queue | aborts the process | commits, syncs, seals |
//! | `journal-preparer` | a segment taken into use | reported; the writer makes its own | ends |
//! | `journal-merger` | a sealed segment | reported | ends |
//! | `history` | the durable place in the journal | retries | abandons; the next start goes on |
//! | `history-merge` | sealed parts | retries | abandons |
//! | `outbox` | ten seconds | retries | abandons |
//! | `gateway-intents` | two seconds | retries | finishes |
//! | `gateway-gaps` | one second | retries | finishes |
//! | `trail-collect` | records, the end of a window | retries, from the cursor | abandons |
//! | `trail-upload` | sealed files, a pause that is over | retries | abandons |
//! | `trail-notify` | delivered files | retries | abandons |
//! | `trail-digest` | half a second | retries | abandons |
//! | `lake-collect` | records, written rows | retries, from the cursor | abandons |
//! | `lake-flush` | rows that are to be written | retries | abandons |
//! | `lake-tend` | half a minute | retries | abandons |
//! | `lake-query` | queries that wait, a quarter of a second | retries | abandons; they run again |
//! | `lake-import` | half a second | retries | abandons; the next start goes on |
//! | `lake-deliver` | results that are to be delivered | retries | abandons |
//! | `dashboards` | five seconds | retries | abandons |
//! | `housekeeper` | one second | retries | abandons |
//! | `sns-queues` | messages for queues | retries | abandons |
//! | `sns-web` | messages for web servers, a pause that is over | retries | abandons |
//! | `sqs-expiry` | a minute | retries | abandons |
//! | `gateway-health` | five seconds, where there is an upstream | retries | abandons |

use std::sync::Arc;
use std::time::Duration;

use cairn_gateway::Recorder;
use cairn_history::{History, Indexer, Merger};
use cairn_journal::Writer;
use cairn_lake::Lake;
use cairn_task::{OnFailure, Supervisor, WorkerError, WorkerSpec};
use cairn_trail::{Collector, Digester, Notifier, Trails, Uploader};

use crate::error::ServerError;
use crate::housekeeper::Housekeeper;
use crate::neighbours::Inside;
use crate::proxy::{Book, HealthWorker, Upstream};

/// Starts everything that works in the background.
pub(crate) fn start(
    supervisor: &Supervisor,
    mut writer: Writer,
    history: &History,
    recorder: &Recorder,
    book: &Book,
    upstreams: &[Arc<Upstream>],
) -> Result<(), ServerError> {
    let preparer = writer.preparer();
    let merger = writer.merger();
    let threads = [
        supervisor.spawn_thread("journal-writer", OnFailure::StopServer, move || commit(writer)),
        supervisor.spawn_thread("journal-preparer", OnFailure::Report, move || {
            preparer.run();
            Ok(())
        }),
        supervisor.spawn_thread("journal-merger", OnFailure::Report, move || {
            merger.run();
            Ok(())
        }),
    ];
    for started in threads {
        started?;
    }
    supervisor.spawn_worker(Indexer::spec(), history.worker());
    supervisor.spawn_worker(Merger::spec(), history.merge_worker());
    let (spec, worker) = recorder.outbox_worker();
    supervisor.spawn_worker(spec, worker);
    let (spec, worker) = book.gaps.worker();
    supervisor.spawn_worker(spec, worker);
    if !upstreams.is_empty() {
        let (spec, worker) = HealthWorker::new(upstreams);
        supervisor.spawn_worker(spec, worker);
    }
    Ok(())
}

/// Starts what trails deliver with.
pub(crate) fn deliver(supervisor: &Supervisor, trails: &Trails) {
    supervisor.spawn_worker(Collector::spec(), trails.collector());
    supervisor.spawn_worker(Uploader::spec(), trails.uploader());
    supervisor.spawn_worker(Notifier::spec(), trails.notifier());
    supervisor.spawn_worker(Digester::spec(), trails.digester());
}

/// Starts what fills tables and answers queries.
pub(crate) fn lake(supervisor: &Supervisor, lake: &Lake, tend_every: Duration) {
    supervisor.spawn_worker(cairn_lake::Collector::spec(), lake.collector());
    supervisor.spawn_worker(cairn_lake::Flusher::spec(), lake.flusher());
    supervisor.spawn_worker(cairn_lake::Tender::spec(tend_every), lake.tender());
    supervisor.spawn_worker(cairn_lake::Runner::spec(), lake.runner());
    supervisor.spawn_worker(cairn_lake::Importer::spec(), lake.importer());
    supervisor.spawn_worker(cairn_lake::Deliverer::spec(), lake.deliverer());
}

/// Starts what the services beside CloudTrail do by themselves.
pub(crate) fn keep(
    supervisor: &Supervisor,
    (spec, housekeeper): (WorkerSpec, Housekeeper),
    inside: &Inside,
) {
    supervisor.spawn_worker(spec, housekeeper);
    let (spec, courier) = inside.sns.courier();
    supervisor.spawn_worker(spec, courier);
    let (spec, post) = inside.sns.post();
    supervisor.spawn_worker(spec, post);
    let (spec, expiry) = inside.sqs.expiry();
    supervisor.spawn_worker(spec, expiry);
}

/// After a failed write or sync nothing that is in memory may be answered any more: the process
/// ends at once, and the next start reads what the disk really has.
fn commit(writer: Writer) -> Result<(), WorkerError> {
    match writer.run() {
        Ok(()) => Ok(()),
        Err(poisoned) => {
            tracing::error!(error = %poisoned, "the journal's disk failed; the process ends");
            std::process::abort();
        }
    }
}
