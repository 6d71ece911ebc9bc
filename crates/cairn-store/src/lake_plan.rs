//! What the lake puts into its tables, and from which record on: as [`crate::trail_plan`] of
//! trails.
//!
//! A change of a channel is a change of every store that it feeds, so several steps can have one
//! record. The end of a store, seven days after DeleteEventDataStore, is no call and has no record:
//! its step has no eventID, and holds as soon as it is there.

use cairn_core::{AccountId, Region, Seq};
use serde::{Deserialize, Serialize};

use crate::event_data_store::{EventDataStore, Schema};
use crate::plan::{self, Document, PlanId, Step};
use crate::{Store, StoreError, Txn};

/// The operations whose records change what goes into tables.
pub const CHANGES: [&str; 10] = [
    "CreateEventDataStore",
    "UpdateEventDataStore",
    "DeleteEventDataStore",
    "RestoreEventDataStore",
    "StartEventDataStoreIngestion",
    "StopEventDataStoreIngestion",
    "PutEventConfiguration",
    "CreateChannel",
    "UpdateChannel",
    "DeleteChannel",
];

/// One change of a store.
pub type LakeStep = Step<LakeDocument>;

/// Everything that the lake needs of a store after a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LakeDocument {
    /// The operation that made the change; `DropEventDataStore` for the end of a store.
    pub reason: String,
    /// The event data store's id.
    pub store: String,
    /// Twelve digits.
    pub account: String,
    pub arn: String,
    pub home_region: String,
    /// A name of [`Schema`].
    pub schema: String,
    pub multi_region: bool,
    /// Whether events go in; never of one that is deleted.
    pub ingesting: bool,
    /// Whether the table goes.
    pub dropped: bool,
    /// As [`crate::event_data_store::StoreSettings::selectors`].
    pub selectors: Option<String>,
    /// The ids of the channels that feed it.
    pub channels: Vec<String>,
    pub retention_days: u32,
    /// As [`EventDataStore::event_configuration`].
    pub event_configuration: Option<String>,
}

impl LakeDocument {
    /// The store as it is after a change.
    pub fn of(store: &EventDataStore, reason: &str, channels: Vec<String>) -> Self {
        Self {
            reason: reason.to_owned(),
            store: store.id.clone(),
            account: store.account.to_string(),
            arn: store.arn(),
            home_region: store.home_region.to_string(),
            schema: store.schema.as_str().to_owned(),
            multi_region: store.settings.multi_region,
            ingesting: store.ingesting && store.deleted.is_none(),
            dropped: store.dropped.is_some(),
            selectors: Some(store.settings.selectors.clone()),
            channels,
            retention_days: store.settings.retention_days,
            event_configuration: store.event_configuration.clone(),
        }
    }

    pub fn account_id(&self) -> Result<AccountId, StoreError> {
        let broken = |_| StoreError::corrupt(format!("a plan has the account {:?}", self.account));
        self.account.parse().map_err(broken)
    }

    pub fn home(&self) -> Result<Region, StoreError> {
        let broken =
            |_| StoreError::corrupt(format!("a plan has the Region {:?}", self.home_region));
        self.home_region.parse().map_err(broken)
    }

    pub fn table_schema(&self) -> Result<Schema, StoreError> {
        let broken = || StoreError::corrupt(format!("a plan has the schema {:?}", self.schema));
        Schema::from_name(&self.schema).ok_or_else(broken)
    }
}

impl Document for LakeDocument {
    plan::statements!("lake_plan", "store");

    fn subject(&self) -> &str {
        &self.store
    }
}

/// Adds a step, in the transaction of the change and of its record.
pub async fn put(
    txn: &mut Txn,
    event_id: &str,
    document: &LakeDocument,
) -> Result<PlanId, StoreError> {
    plan::put(txn, event_id, document).await
}

/// The steps that the lake has not met, oldest first. One whose document is `dropped` waits for no
/// record.
pub async fn pending(store: &Store) -> Result<Vec<LakeStep>, StoreError> {
    plan::pending(store).await
}

/// What is in force: the newest applied step of each store, dropped ones included.
pub async fn current(store: &Store) -> Result<Vec<LakeStep>, StoreError> {
    plan::current(store).await
}

/// All steps of a store that the lake has met, in the order of the journal.
pub async fn history(store: &Store, id: &str) -> Result<Vec<LakeStep>, StoreError> {
    plan::history(store, id).await
}

/// Notes where the lake met a step's record. The first place stands: to apply again is no error.
///
/// Gives whether the step is what is in force now: whether no later one was met before it.
pub async fn apply(txn: &mut Txn, id: PlanId, at: Seq) -> Result<bool, StoreError> {
    plan::apply::<LakeDocument>(txn, id, at).await
}
