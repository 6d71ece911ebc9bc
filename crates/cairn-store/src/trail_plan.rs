//! What delivery does, and from which record on.
//!
//! A change of a trail and the record of that change commit together. Delivery follows the journal
//! and takes the change up when it meets the record, so a change has one place among all records:
//! what lies before it is delivered as before, at every run and after every crash.

use cairn_core::{AccountId, Region, Seq};
use serde::{Deserialize, Serialize};

use crate::{Store, StoreError, Trail, Txn};

/// A step of the plan, in the order of the changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PlanId(i64);

/// One change, and the record that it takes effect at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanStep {
    pub id: PlanId,
    /// The eventID of the call's own record.
    pub event_id: String,
    pub document: PlanDocument,
    /// The record's place in the journal, once delivery met it.
    pub applied: Option<Seq>,
}

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

/// Adds a step, in the transaction of the change and of its record.
pub async fn put(
    txn: &mut Txn,
    event_id: &str,
    document: &PlanDocument,
) -> Result<PlanId, StoreError> {
    let text = serde_json::to_string(document)
        .map_err(|error| StoreError::corrupt(format!("a plan cannot be written: {error}")))?;
    let insert = "INSERT INTO trail_plan (trail, event_id, document) VALUES (?, ?, ?) RETURNING id";
    let id = sqlx::query_scalar(insert)
        .bind(&document.trail)
        .bind(event_id)
        .bind(text)
        .fetch_one(txn.connection())
        .await?;
    Ok(PlanId(id))
}

/// The steps whose records delivery has not met, oldest first.
pub async fn pending(store: &Store) -> Result<Vec<PlanStep>, StoreError> {
    let rows = "SELECT id, event_id, document, applied FROM trail_plan \
                WHERE applied IS NULL ORDER BY id";
    let rows: Vec<Row> = sqlx::query_as(rows).fetch_all(&mut *store.reader().await?).await?;
    rows.into_iter().map(from_row).collect()
}

/// What is in force: the newest applied step of each trail, deleted ones included.
pub async fn current(store: &Store) -> Result<Vec<PlanStep>, StoreError> {
    let rows = "SELECT id, event_id, document, applied FROM trail_plan \
                WHERE id IN (SELECT max(id) FROM trail_plan WHERE applied IS NOT NULL \
                             GROUP BY trail) ORDER BY id";
    let rows: Vec<Row> = sqlx::query_as(rows).fetch_all(&mut *store.reader().await?).await?;
    rows.into_iter().map(from_row).collect()
}

/// All steps of a trail whose records delivery has met, in the order of the journal.
pub async fn history(store: &Store, trail: &str) -> Result<Vec<PlanStep>, StoreError> {
    let rows = "SELECT id, event_id, document, applied FROM trail_plan \
                WHERE trail = ? AND applied IS NOT NULL ORDER BY applied, id";
    let rows: Vec<Row> =
        sqlx::query_as(rows).bind(trail).fetch_all(&mut *store.reader().await?).await?;
    rows.into_iter().map(from_row).collect()
}

/// Notes where delivery met a step's record. The first place stands: to apply again is no error.
///
/// Gives whether the step is what is in force now. It is not where a later one was met before it:
/// changes commit in the order of their ids, and their records may reach the journal in another.
pub async fn apply(txn: &mut Txn, id: PlanId, at: Seq) -> Result<bool, StoreError> {
    sqlx::query("UPDATE trail_plan SET applied = coalesce(applied, ?) WHERE id = ?")
        .bind(at.0 as i64)
        .bind(id.0)
        .execute(txn.connection())
        .await?;
    let later = "SELECT count(*) FROM trail_plan AS other, trail_plan AS step \
                 WHERE step.id = ? AND other.trail = step.trail \
                 AND other.id > step.id AND other.applied IS NOT NULL";
    let later: i64 = sqlx::query_scalar(later).bind(id.0).fetch_one(txn.connection()).await?;
    Ok(later == 0)
}

type Row = (i64, String, String, Option<i64>);

fn from_row((id, event_id, document, applied): Row) -> Result<PlanStep, StoreError> {
    let broken = |error| StoreError::corrupt(format!("the plan {id} cannot be read: {error}"));
    let document = serde_json::from_str(&document).map_err(broken)?;
    let applied = applied.map(|seq| Seq(seq as u64));
    Ok(PlanStep { id: PlanId(id), event_id, document, applied })
}
