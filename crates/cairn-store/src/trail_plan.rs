//! What delivery does, and from which record on.
//!
//! A change of a trail and the record of that change commit together. Delivery follows the journal
//! and takes the change up when it meets the record, so a change has one place among all records:
//! what lies before it is delivered as before, at every run and after every crash.

use cairn_core::{AccountId, Region, Seq};
use serde::{Deserialize, Serialize};

use crate::plan::{self, Document, PlanId, Step};
use crate::{Store, StoreError, Trail, Txn};

/// One change of a trail.
pub type PlanStep = Step<PlanDocument>;

/// Everything that delivery needs of a trail after a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanDocument {
    /// The operation that made the change: `CreateTrail`.
    pub reason: String,
    /// The trail's id.
    pub trail: String,
    /// Twelve digits.
    pub account: String,
    pub arn: String,
    pub name: String,
    pub home_region: String,
    pub multi_region: bool,
    pub include_global: bool,
    pub logging: bool,
    pub deleted: bool,
    pub bucket: String,
    pub prefix: Option<String>,
    /// `o-…` of a trail of an organization.
    pub organization: Option<String>,
    pub kms_key_arn: Option<String>,
    pub sns_topic_arn: Option<String>,
    pub log_validation: bool,
    /// Whether the bucket's store honours `If-None-Match: *`.
    pub conditional_put: bool,
    /// As [`Trail::selectors`].
    pub selectors: Option<String>,
    /// As [`Trail::insights`].
    pub insights: Option<String>,
}

impl PlanDocument {
    /// The trail as it is after a change.
    pub fn of(trail: &Trail, reason: &str, conditional_put: bool) -> Self {
        let settings = &trail.settings;
        Self {
            reason: reason.to_owned(),
            trail: trail.id.clone(),
            account: trail.account.to_string(),
            arn: trail.arn(),
            name: trail.name.clone(),
            home_region: trail.home_region.to_string(),
            multi_region: settings.multi_region,
            include_global: settings.include_global,
            logging: trail.logging,
            deleted: trail.deleted.is_some(),
            bucket: settings.bucket.clone(),
            prefix: settings.prefix.clone(),
            organization: None,
            kms_key_arn: settings.kms_key_arn.clone(),
            sns_topic_arn: settings.topic_arn.clone(),
            log_validation: settings.log_validation,
            conditional_put,
            selectors: trail.selectors.clone(),
            insights: trail.insights.clone(),
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
}

impl Document for PlanDocument {
    plan::statements!("trail_plan", "trail");

    fn subject(&self) -> &str {
        &self.trail
    }
}

/// Adds a step, in the transaction of the change and of its record.
pub async fn put(
    txn: &mut Txn,
    event_id: &str,
    document: &PlanDocument,
) -> Result<PlanId, StoreError> {
    plan::put(txn, event_id, document).await
}

/// The steps whose records delivery has not met, oldest first.
pub async fn pending(store: &Store) -> Result<Vec<PlanStep>, StoreError> {
    plan::pending(store).await
}

/// What is in force: the newest applied step of each trail, deleted ones included.
pub async fn current(store: &Store) -> Result<Vec<PlanStep>, StoreError> {
    plan::current(store).await
}

/// All steps of a trail whose records delivery has met, in the order of the journal.
pub async fn history(store: &Store, trail: &str) -> Result<Vec<PlanStep>, StoreError> {
    plan::history(store, trail).await
}

/// Notes where delivery met a step's record. The first place stands: to apply again is no error.
///
/// Gives whether the step is what is in force now: whether no later one was met before it.
pub async fn apply(txn: &mut Txn, id: PlanId, at: Seq) -> Result<bool, StoreError> {
    plan::apply::<PlanDocument>(txn, id, at).await
}
