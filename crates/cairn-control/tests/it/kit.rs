//! A server's floors with two accounts, without the server.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cairn_control::{Quotas, Services, Tails, Throttle, Tokens};
use cairn_core::{AccountId, Clock, ManualClock, SeededEntropy, Seq, Timestamp};
use cairn_event::Identity;
use cairn_event::selector::Demand;
use cairn_gateway::{Call, Caller, Recorder, Recording, Service};
use cairn_history::History;
use cairn_journal::{Disk, FileDisk, Journal, Writer};
use cairn_store::{LakeDocument, Store, account, lake_plan, trail_plan};
use cairn_task::{OnFailure, Supervisor, WorkerError};
use cairn_trail::Trails;
use cairn_wire::aws_json::Version;
use cairn_wire::{Fault, Protocol};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::lake::Pond;
use crate::ports::World;

/// 2023-11-14T22:13:20Z.
pub(crate) const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);
pub(crate) const OWN: &str = "111122223333";
pub(crate) const OTHER: &str = "444455556666";
pub(crate) const HOME: &str = "eu-central-1";

pub(crate) fn id(text: &str) -> AccountId {
    text.parse().unwrap()
}

pub(crate) struct House {
    _dir: tempfile::TempDir,
    /// One that does not run: without it the journal would be closed.
    _idle: Option<Writer>,
    pub(crate) services: Arc<Services>,
    pub(crate) world: Arc<World>,
    pub(crate) pond: Arc<Pond>,
    pub(crate) clock: Arc<ManualClock>,
}

impl House {
    /// With the accounts [`OWN`] and [`OTHER`], and the bucket `audit`.
    pub(crate) async fn open() -> Self {
        Self::with_writer(true).await
    }

    pub(crate) async fn open_without_writer() -> Self {
        Self::with_writer(false).await
    }

    async fn with_writer(runs: bool) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new(NOW));
        let entropy = Arc::new(SeededEntropy::new(7));
        let parts = cairn_store::Parts { clock: clock.clone(), entropy: entropy.clone() };
        let store = Store::open_dir(dir.path(), parts).await.unwrap();
        let journal_disk = FileDisk::open(&dir.path().join("journal")).unwrap();
        let history_disk: Arc<dyn Disk> =
            Arc::new(FileDisk::open(&dir.path().join("history")).unwrap());
        let parts = cairn_journal::Parts { clock: clock.clone(), entropy: entropy.clone() };
        let settings = cairn_journal::Settings {
            segment_bytes: 1 << 20,
            reserve_bytes: 0,
            ..cairn_journal::Settings::default()
        };
        let (journal, writer, _) = Journal::open(Arc::new(journal_disk), parts, settings).unwrap();
        let supervisor = Supervisor::new(clock.clone());
        let mut idle = Some(writer);
        if let Some(writer) = idle.take_if(|_| runs) {
            let write =
                move || writer.run().map_err(|error| WorkerError::caused("poisoned", error));
            supervisor.spawn_thread("journal", OnFailure::Report, write).unwrap();
        }
        let history = History::open(
            history_disk,
            journal.clone(),
            clock.clone(),
            cairn_history::Settings::default(),
        );
        let mut txn = store.begin().await.unwrap();
        account::create(&mut txn, Some(id(OWN)), "own").await.unwrap();
        account::create(&mut txn, Some(id(OTHER)), "other").await.unwrap();
        txn.commit().await.unwrap();
        let world = Arc::new(World::default());
        world.bucket("audit", "");
        let ports = world.ports();
        let demand = Demand::default();
        let parts = cairn_trail::Parts {
            journal: journal.clone(),
            store: store.clone(),
            clock: clock.clone(),
            entropy: entropy.clone(),
            disk: Arc::new(FileDisk::open(&dir.path().join("trails")).unwrap()),
            buckets: ports.buckets.clone(),
            topics: ports.topics.clone(),
            name: "cairn-test".to_owned(),
            demand: demand.clone(),
        };
        let trails = Trails::open(parts, cairn_trail::Settings::default()).await.unwrap();
        let pond = Arc::new(Pond::default());
        let services = Services {
            recorder: Recorder::new(journal.clone(), store.clone(), clock.clone(), entropy),
            journal,
            history: history.unwrap(),
            store,
            ports,
            trails,
            lake: pond.clone(),
            demand,
            dev: None,
            quotas: Quotas::default(),
            clock: clock.clone(),
            tokens: Tokens::new(&[7; 32]),
            throttle: Throttle::new(None, clock.clone()),
            lag: Duration::from_secs(1),
            stop: supervisor.stop(),
            supervisor,
            answers: Semaphore::new(cairn_control::ANSWERS),
            tails: Tails::default(),
        };
        Self { _dir: dir, _idle: idle, services: Arc::new(services), world, pond, clock }
    }

    pub(crate) fn now(&self) -> f64 {
        self.clock.now().millis() as f64 / 1000.0
    }

    /// A call by an administrator of [`OWN`] in [`HOME`].
    pub(crate) async fn call(&self, operation: &str, input: Value) -> Result<Value, Fault> {
        self.call_in(HOME, operation, input).await
    }

    pub(crate) async fn call_in(
        &self,
        region: &str,
        operation: &str,
        input: Value,
    ) -> Result<Value, Fault> {
        self.call_as(&admin(OWN), region, operation, input).await
    }

    /// A call that is recorded as the front door would.
    pub(crate) async fn call_as(
        &self,
        caller: &Caller,
        region: &str,
        operation: &str,
        input: Value,
    ) -> Result<Value, Fault> {
        let call = call(caller, region, operation, input.to_string());
        let answer = cairn_control::answer(&self.services, &call).await;
        let recorder = &self.services.recorder;
        match &answer {
            Ok(done) if done.trace.recording == Recording::FrontDoor => {
                recorder.record(&call, &done.trace, None).await.unwrap();
            }
            Ok(_) => {}
            Err(fault) => {
                let failed = cairn_control::failed(&call);
                recorder.record(&call, &failed, Some(fault)).await.unwrap();
            }
        }
        Ok(serde_json::from_slice(answer?.response.body()).unwrap())
    }

    /// The code and the text of a call's error.
    pub(crate) async fn refused(&self, operation: &str, input: Value) -> (String, String) {
        let fault = self.call(operation, input).await.unwrap_err();
        assert_eq!(fault.status, 400, "{fault:?}");
        (fault.code.into_owned(), fault.message)
    }

    /// Makes a trail that delivers to `audit`.
    pub(crate) async fn trail(&self, name: &str) -> String {
        let made = self.call("CreateTrail", json!({ "Name": name, "S3BucketName": "audit" }));
        made.await.unwrap()["TrailARN"].as_str().unwrap().to_owned()
    }

    /// Makes an event data store of these categories, or of all management events.
    pub(crate) async fn event_data_store(&self, name: &str, category: Option<&str>) -> String {
        let mut input = json!({ "Name": name });
        if let Some(category) = category {
            let field = json!({ "Field": "eventCategory", "Equals": [category] });
            input["AdvancedEventSelectors"] = json!([{ "FieldSelectors": [field] }]);
        }
        let made = self.call("CreateEventDataStore", input).await.unwrap();
        made["EventDataStoreArn"].as_str().unwrap().to_owned()
    }

    /// The lake meets all changes.
    pub(crate) async fn meet(&self) {
        let store = &self.services.store;
        for step in lake_plan::pending(store).await.unwrap() {
            let mut txn = store.begin().await.unwrap();
            lake_plan::apply(&mut txn, step.id, self.services.journal.durable()).await.unwrap();
            txn.commit().await.unwrap();
        }
    }

    /// What the lake has not met, in order.
    pub(crate) async fn lake(&self) -> Vec<LakeDocument> {
        let pending = lake_plan::pending(&self.services.store).await.unwrap();
        pending.into_iter().map(|step| step.document).collect()
    }

    /// All records, in order.
    pub(crate) fn records(&self) -> Vec<String> {
        let mut reader = self.services.journal.reader(Seq(1));
        let mut found = Vec::new();
        while let Some(records) = reader.next(1000).unwrap() {
            let events = records.iter().filter(|record| record.event().is_some());
            found.extend(events.map(|record| String::from_utf8(record.raw.to_vec()).unwrap()));
        }
        found
    }

    pub(crate) fn newest(&self) -> Value {
        serde_json::from_str(self.records().last().unwrap()).unwrap()
    }

    /// What the plan says after the newest call: its reason and the document.
    pub(crate) async fn newest_plan(&self) -> trail_plan::PlanStep {
        trail_plan::pending(&self.services.store).await.unwrap().pop().unwrap()
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.services.journal.stop();
    }
}

pub(crate) fn call(caller: &Caller, region: &str, operation: &str, body: String) -> Call {
    Call {
        service: Service::CloudTrail,
        operation: operation.to_owned(),
        protocol: Protocol::Json(Version::V1_1),
        caller: caller.clone(),
        region: region.parse().unwrap(),
        request_id: "11111111-2222-4333-8444-555555555555".to_owned(),
        received: NOW,
        source_ip: "192.0.2.7".parse().unwrap(),
        user_agent: Some("a-test".to_owned()),
        tls: None,
        body: Bytes::from(body),
        query: None,
    }
}

pub(crate) fn admin(account: &str) -> Caller {
    user(account, "chief", true)
}

pub(crate) fn user(account: &str, name: &str, admin: bool) -> Caller {
    let user_id = format!("AIDA{}", name.to_uppercase());
    let identity = Identity::iam_user(id(account), &user_id, "/", name).with_access_key("AKIAUSER");
    Caller {
        account: id(account),
        arn: identity.arn.clone().unwrap(),
        user_id,
        principal: None,
        is_root: false,
        admin,
        operator: false,
        identity,
    }
}
