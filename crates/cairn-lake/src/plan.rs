//! Which events go into which tables, at one place of the journal.

use std::collections::HashMap;
use std::sync::Arc;

use cairn_core::{AccountId, Timestamp};
use cairn_event::selector::{Fields, Matcher, Selectors, TrailScope};
use cairn_event::{Category, Event};
use cairn_ports::lake::TableSchema;
use cairn_store::event_data_store::Schema;
use cairn_store::{LakeDocument, PlanId, Store, lake_plan};
use serde::Deserialize;

use crate::LakeError;
use crate::context::{ContextKeys, Wanted};

const MILLIS_PER_DAY: i64 = 24 * 60 * 60 * 1000;

/// An event data store, ready to be asked about every event.
#[derive(Debug)]
pub(crate) struct Watch {
    pub(crate) document: LakeDocument,
    pub(crate) kind: TableSchema,
    /// What its events are enriched with.
    pub(crate) context: Option<ContextKeys>,
    account: AccountId,
    scope: TrailScope,
    matcher: Arc<Matcher>,
}

impl Watch {
    pub(crate) fn of(document: LakeDocument) -> Result<Self, LakeError> {
        let scope = TrailScope {
            home_region: document.home()?,
            multi_region: document.multi_region,
            include_global: true,
        };
        let (account, kind) = (document.account_id()?, kind(document.table_schema()?));
        let matcher = Arc::new(Matcher::compile(&selectors(&document)?));
        let context = ContextKeys::of(&document)?;
        Ok(Self { document, kind, context, account, scope, matcher })
    }

    pub(crate) fn matcher(&self) -> &Arc<Matcher> {
        &self.matcher
    }

    /// Whether the event's row is in the table; `now` tells what retention has ended for.
    pub(crate) fn takes(&self, event: &Event, fields: &Fields<'_>, now: Timestamp) -> bool {
        if event.time() < self.horizon(now) {
            return false;
        }
        if self.kind == TableSchema::Activity {
            return self.is_fed_by(event);
        }
        self.scope.covers(event) && self.matcher.matches_fields(fields)
    }

    /// The first instant that the table still has.
    pub(crate) fn horizon(&self, now: Timestamp) -> Timestamp {
        horizon(self.document.retention_days, now)
    }

    fn is_fed_by(&self, event: &Event) -> bool {
        #[derive(Deserialize)]
        struct Activity {
            metadata: Metadata,
        }
        #[derive(Deserialize)]
        struct Metadata {
            #[serde(rename = "channelARN")]
            channel: String,
        }
        if self.document.channels.is_empty() || event.category() != Category::ActivityAuditLog {
            return false;
        }
        let Ok(Activity { metadata }) = serde_json::from_slice(event.raw()) else { return false };
        let id = metadata.channel.rsplit('/').next().unwrap_or_default();
        self.document.channels.iter().any(|fed| fed == id)
    }
}

/// The first instant that a retention of so many days leaves: whole days go, and only when all of
/// them is past.
pub(crate) fn horizon(days: u32, now: Timestamp) -> Timestamp {
    let today = now.millis().div_euclid(MILLIS_PER_DAY);
    Timestamp::from_millis((today - i64::from(days)) * MILLIS_PER_DAY)
}

fn selectors(document: &LakeDocument) -> Result<Selectors, LakeError> {
    let Some(text) = &document.selectors else { return Ok(Selectors::default()) };
    serde_json::from_str(text)
        .map_err(|error| LakeError::Plan { store: document.store.clone(), why: error.to_string() })
}

pub(crate) fn kind(schema: Schema) -> TableSchema {
    match schema {
        Schema::Events => TableSchema::Events,
        Schema::Insights => TableSchema::Insights,
        Schema::ConfigurationItems => TableSchema::ConfigurationItems,
        Schema::Evidence => TableSchema::Evidence,
        Schema::Activity => TableSchema::Activity,
    }
}

/// All event data stores that are not dropped.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    stores: HashMap<String, Arc<Watch>>,
    /// The last change that was met of each store.
    newest: HashMap<String, PlanId>,
    ingesting: Arc<Ingesting>,
}

/// Of each account, the stores that events go into.
pub(crate) type Ingesting = HashMap<AccountId, Vec<Arc<Watch>>>;

impl Plan {
    /// As it is at the cursor.
    pub(crate) async fn open(store: &Store) -> Result<Self, LakeError> {
        let mut plan = Self::default();
        for step in lake_plan::current(store).await? {
            plan.put(step.id, Watch::of(step.document)?);
        }
        Ok(plan)
    }

    /// Changes nothing where a later change of the store was met before, which holds this one as
    /// well: their records may reach the journal in another order.
    pub(crate) fn put(&mut self, id: PlanId, watch: Watch) {
        let store = &watch.document.store;
        if self.newest.get(store).is_some_and(|newest| *newest > id) {
            return;
        }
        self.newest.insert(store.clone(), id);
        if watch.document.dropped {
            self.stores.remove(&watch.document.store);
        } else {
            self.stores.insert(watch.document.store.clone(), Arc::new(watch));
        }
        let mut ingesting = Ingesting::new();
        for watch in self.stores.values().filter(|watch| watch.document.ingesting) {
            ingesting.entry(watch.account).or_default().push(watch.clone());
        }
        self.ingesting = Arc::new(ingesting);
    }

    pub(crate) fn stores(&self) -> impl Iterator<Item = &Arc<Watch>> {
        self.stores.values()
    }

    pub(crate) fn ingesting(&self) -> &Arc<Ingesting> {
        &self.ingesting
    }

    /// The tags that the stores ask for which events go into.
    pub(crate) fn tags(&self) -> Wanted {
        let mut wanted = Wanted::new();
        for watch in self.ingesting.values().flatten() {
            let keys = watch.context.iter().flat_map(ContextKeys::tags).cloned();
            let mut keys = keys.peekable();
            if keys.peek().is_some() {
                wanted.entry(watch.account).or_default().extend(keys);
            }
        }
        wanted
    }

    /// What the stores select that events go into, by account.
    pub(crate) fn matchers(&self) -> HashMap<AccountId, Vec<Arc<Matcher>>> {
        let of = |watches: &Vec<Arc<Watch>>| {
            watches.iter().map(|watch| watch.matcher().clone()).collect()
        };
        self.ingesting.iter().map(|(account, watches)| (*account, of(watches))).collect()
    }
}
