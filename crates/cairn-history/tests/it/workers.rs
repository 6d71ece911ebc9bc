//! The two workers under a supervisor, beside a writer thread.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cairn_core::{SystemClock, SystemEntropy, Timestamp};
use cairn_history::{History, Indexer, Merger, Query};
use cairn_journal::{Draft, FileDisk, Journal, Parts};
use cairn_task::{OnFailure, Supervisor, WorkerError};

use crate::kit::{Spec, small};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_acknowledged_record_is_found_soon() {
    let dir = tempfile::tempdir().unwrap();
    let disk = |name: &str| Arc::new(FileDisk::open(&dir.path().join(name)).unwrap());
    let clock = Arc::new(SystemClock::default());
    let parts = Parts { clock: clock.clone(), entropy: Arc::new(SystemEntropy) };
    let settings = cairn_journal::Settings { reserve_bytes: 0, ..Default::default() };
    let (journal, writer, _) = Journal::open(disk("journal"), parts, settings).unwrap();
    let history = History::open(disk("history"), journal.clone(), clock.clone(), small()).unwrap();
    let supervisor = Supervisor::new(clock);
    let write = move || writer.run().map_err(|error| WorkerError::caused("failed to write", error));
    supervisor.spawn_thread("journal", OnFailure::StopServer, write).unwrap();
    supervisor.spawn_worker(Indexer::spec(), history.worker());
    supervisor.spawn_worker(Merger::spec(), history.merge_worker());

    let now = Timestamp::parse("2200-01-01T00:00:00Z").unwrap().seconds();
    let scope = history.scope(Spec::new(0, now).account(), None);
    for number in 0..300 {
        let spec = Spec::new(number, now + number as i64);
        let mut drafts = vec![Draft::event(spec.account(), spec.event())];
        // What is no event moves the cursor all the same.
        drafts.push(Draft::quarantine(spec.account(), Bytes::from(format!("not json {number}"))));
        let outcomes = journal.append(drafts).await.unwrap();
        let (event, last) = (outcomes[0].seq(), outcomes[1].seq());
        assert!(history.caught_up(last, Duration::from_secs(10)).await);
        let page = scope.lookup(&Query { limit: 1, ..Query::default() }).unwrap();
        assert_eq!(page.records[0].seq, event);
    }
    let never = journal.durable().next();
    assert!(!history.caught_up(never, Duration::from_millis(5)).await);
    let names: Vec<String> = supervisor.list().into_iter().map(|status| status.name).collect();
    assert_eq!(names, ["journal", "history", "history-merge"]);
    assert!(supervisor.list().iter().all(|status| status.errors == 0));
    supervisor.drain(Duration::from_secs(10)).await;
    journal.stop();
    supervisor.stop_and_join(Duration::from_secs(10)).await.unwrap();
}
