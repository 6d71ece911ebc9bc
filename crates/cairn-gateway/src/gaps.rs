//! Calls that were forwarded although they could not be recorded, as the settings allow it:
//! counted, and told in a signed record as soon as the journal takes one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_lc_rs::error::KeyRejected;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use cairn_core::{AccountId, Timestamp};
use cairn_event::{Category, EventType, Identity, Json};
use cairn_task::{Backoff, OnError, OnStop, Progress, Tick, Worker, WorkerError, WorkerSpec};

use crate::{Facts, Intents};

const CADENCE: Duration = Duration::from_secs(1);
/// Operations that a gap record tells apart; further ones are counted together.
const OPERATIONS: usize = 200;
/// Name of the count of all further operations.
const OTHER: &str = "other";

/// Counts what was not recorded. A clone is the same.
#[derive(Clone)]
pub struct Gaps {
    inner: Arc<Inner>,
}

struct Inner {
    intents: Intents,
    /// Names its public half in each record.
    key: Ed25519KeyPair,
    region: String,
    open: Mutex<BTreeMap<AccountId, Gap>>,
}

#[derive(Debug, Clone)]
struct Gap {
    from: Timestamp,
    to: Timestamp,
    calls: u64,
    by_operation: BTreeMap<String, u64>,
    reason: String,
}

impl Gaps {
    /// `seed` makes the signing key; the same seed makes the same key.
    pub fn new(intents: Intents, seed: &[u8; 32], region: String) -> Result<Self, KeyRejected> {
        let key = Ed25519KeyPair::from_seed_unchecked(seed)?;
        let inner = Inner { intents, key, region, open: Mutex::default() };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Counts one call.
    pub fn count(&self, facts: &Facts, reason: &str) {
        let now = self.inner.intents.recorder().now();
        let mut open = self.open();
        let gap = open.entry(facts.account).or_insert_with(|| Gap {
            from: now,
            to: now,
            calls: 0,
            by_operation: BTreeMap::new(),
            reason: reason.to_owned(),
        });
        gap.to = now;
        gap.calls += 1;
        let mut name = format!("{}:{}", facts.source, facts.name);
        if gap.by_operation.len() >= OPERATIONS && !gap.by_operation.contains_key(&name) {
            OTHER.clone_into(&mut name);
        }
        *gap.by_operation.entry(name).or_default() += 1;
    }

    /// Calls that no record tells of yet.
    pub fn untold(&self) -> u64 {
        self.open().values().map(|gap| gap.calls).sum()
    }

    pub fn worker(&self) -> (WorkerSpec, GapsWorker) {
        let spec = WorkerSpec {
            name: "gateway-gaps".into(),
            cadence: CADENCE,
            on_error: OnError::Retry { backoff: Backoff::default() },
            on_stop: OnStop::Finish,
        };
        (spec, GapsWorker { gaps: self.clone() })
    }

    /// Records the gaps so far.
    async fn tell(&self) -> Result<(), WorkerError> {
        let gaps: Vec<(AccountId, Gap)> =
            self.open().iter().map(|(account, gap)| (*account, gap.clone())).collect();
        for (account, gap) in gaps {
            let facts = self.facts(account, &gap);
            if let Err(fault) = self.inner.intents.record_whenever(facts).await {
                return Err(WorkerError::new(fault.message));
            }
            self.told(account, &gap);
        }
        Ok(())
    }

    /// Takes away what was told; what was counted meanwhile stays.
    fn told(&self, account: AccountId, told: &Gap) {
        let mut open = self.open();
        let Some(gap) = open.get_mut(&account) else { return };
        gap.calls -= told.calls;
        for (name, count) in &told.by_operation {
            if let Some(left) = gap.by_operation.get_mut(name) {
                *left -= count;
            }
        }
        gap.by_operation.retain(|_, count| *count > 0);
        gap.from = told.to;
        if gap.calls == 0 {
            open.remove(&account);
        }
    }

    fn facts(&self, account: AccountId, gap: &Gap) -> Facts {
        Facts {
            account,
            identity: Identity::service_event(account, "cairn.amazonaws.com"),
            source: "cairn.amazonaws.com".into(),
            name: "RecordingGap".into(),
            region: self.inner.region.clone(),
            source_ip: None,
            user_agent: None,
            tls: None,
            request_id: self.inner.intents.recorder().new_id(),
            read_only: false,
            event_type: EventType::AwsServiceEvent,
            category: Category::Management,
            api_version: None,
            parameters: None,
            elements: None,
            additional: None,
            details: Some(self.sign(account, gap)),
            shaped: true,
            error: None,
            resources: Vec::new(),
        }
    }

    /// The signature is over the details as compact JSON without it; it is their last member.
    fn sign(&self, account: AccountId, gap: &Gap) -> Json {
        let counts = gap.by_operation.iter().map(|(name, count)| (name.as_str(), *count));
        let mut members = vec![
            ("account".to_owned(), account.to_string().into()),
            ("from".to_owned(), gap.from.to_string().into()),
            ("to".to_owned(), gap.to.to_string().into()),
            ("calls".to_owned(), gap.calls.into()),
            ("byOperation".to_owned(), Json::map(counts)),
            ("reason".to_owned(), gap.reason.as_str().into()),
            ("publicKey".to_owned(), hex::encode(self.inner.key.public_key().as_ref()).into()),
        ];
        let text = serde_json::to_vec(&Json::Map(members.clone()));
        let text = text.expect("texts and numbers are always JSON");
        let signature = hex::encode(self.inner.key.sign(&text).as_ref());
        members.push(("signature".to_owned(), signature.into()));
        Json::Map(members)
    }

    fn open(&self) -> MutexGuard<'_, BTreeMap<AccountId, Gap>> {
        self.inner.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells of gaps when the journal works again.
pub struct GapsWorker {
    gaps: Gaps,
}

impl Worker for GapsWorker {
    async fn tick(&mut self) -> Result<Tick, WorkerError> {
        self.gaps.tell().await?;
        Ok(Tick::Idle)
    }

    fn status(&self) -> Progress {
        Progress { lag: Some(self.gaps.untold()), detail: None }
    }
}
