//! A store with one account, a journal whose writer runs, and forwarded calls.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cairn_core::{AccountId, ManualClock, SeededEntropy, Seq, Timestamp};
use cairn_event::{Category, EventType, Identity, Json};
use cairn_gateway::{Facts, Intents, Recorder};
use cairn_journal::{FileDisk, Journal};
use cairn_store::{Parts, Store, StoreError, account};
use cairn_task::{OnFailure, Supervisor, WorkerError};
use serde_json::Value;

const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

pub(crate) fn own() -> AccountId {
    "111122223333".parse().unwrap()
}

/// One life of a process over a directory.
pub(crate) struct Life {
    pub(crate) intents: Intents,
    pub(crate) journal: Journal,
    supervisor: Supervisor,
    store: Store,
}

impl Life {
    pub(crate) async fn begin(dir: &Path, seed: u64) -> Self {
        Self::with_reserve(dir, seed, 0).await
    }

    /// `reserve` above what any disk has free makes the journal refuse all but what may use it.
    pub(crate) async fn with_reserve(dir: &Path, seed: u64, reserve: u64) -> Self {
        let clock = Arc::new(ManualClock::new(NOW));
        let entropy = Arc::new(SeededEntropy::new(seed));
        let parts = Parts { clock: clock.clone(), entropy: entropy.clone() };
        let store = Store::open_dir(dir, parts).await.unwrap();
        let disk = Arc::new(FileDisk::open(&dir.join("journal")).unwrap());
        let parts = cairn_journal::Parts { clock: clock.clone(), entropy: entropy.clone() };
        let settings = cairn_journal::Settings {
            segment_bytes: 1 << 20,
            reserve_bytes: reserve,
            ..cairn_journal::Settings::default()
        };
        let (journal, writer, _) = Journal::open(disk, parts, settings).unwrap();
        let write = move || writer.run().map_err(|error| WorkerError::caused("poisoned", error));
        let supervisor = Supervisor::new(clock.clone());
        supervisor.spawn_thread("journal", OnFailure::Report, write).unwrap();
        let mut txn = store.begin().await.unwrap();
        match account::create(&mut txn, Some(own()), "own").await {
            Ok(_) => txn.commit().await.unwrap(),
            Err(StoreError::AlreadyExists { .. }) => drop(txn),
            Err(error) => panic!("{error}"),
        }
        let recorder = Recorder::new(journal.clone(), store.clone(), clock, entropy);
        let intents = Intents::new(recorder, supervisor.clone(), Duration::from_secs(5));
        Self { intents, journal, supervisor, store }
    }

    /// Ends it; what was not settled stays open, as after a crash.
    pub(crate) async fn end(self) {
        let Self { intents, journal, supervisor, store } = self;
        drop(intents);
        journal.stop();
        drop(journal);
        supervisor.stop_and_join(Duration::from_secs(10)).await.unwrap();
        store.close().await;
    }

    /// All events, in order.
    pub(crate) fn events(&self) -> Vec<Value> {
        let mut reader = self.journal.reader(Seq(1));
        let mut found = Vec::new();
        while let Some(records) = reader.next(1000).unwrap() {
            let events = records.iter().filter(|record| record.event().is_some());
            found
                .extend(events.map(|record| serde_json::from_slice::<Value>(&record.raw).unwrap()));
        }
        found
    }
}

/// A call that puts an object of this key.
pub(crate) fn put(key: &str) -> Facts {
    Facts {
        account: own(),
        identity: Identity::iam_user(own(), "AIDAALICE", "/", "alice"),
        source: "s3.amazonaws.com".into(),
        name: "PutObject".into(),
        region: "eu-central-1".to_owned(),
        source_ip: "198.51.100.7".parse().ok(),
        user_agent: None,
        tls: None,
        request_id: "R".to_owned(),
        read_only: false,
        event_type: EventType::AwsApiCall,
        category: Category::Data,
        api_version: None,
        parameters: Some(Json::map([("key", key)])),
        elements: None,
        additional: None,
        details: None,
        shaped: true,
        error: None,
        resources: Vec::new(),
    }
}
