//! EnableKey, DisableKey, ScheduleKeyDeletion and CancelKeyDeletion.

use std::time::Duration;

use cairn_store::kms_key::{self, Deletion};
use cairn_store::{KmsKey, Txn};
use cairn_wire::Fault;
use serde::Deserialize;
use serde_json::{Value, json};

use super::ask::Ask;
use super::check::Check;
use super::describe::instant;
use super::{Kms, access, fault, target};

pub(super) const DAY: Duration = Duration::from_hours(24);
/// Days that a key waits for its deletion, where the request does not say.
const WAITING: i64 = 30;

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Input {
    key_id: Option<String>,
    pending_window_in_days: Option<i64>,
}

pub(super) async fn enable(kms: &Kms, ask: &Ask<'_>) -> Result<Value, Fault> {
    set_enabled(kms, ask, true).await
}

pub(super) async fn disable(kms: &Kms, ask: &Ask<'_>) -> Result<Value, Fault> {
    set_enabled(kms, ask, false).await
}

async fn set_enabled(kms: &Kms, ask: &Ask<'_>, enabled: bool) -> Result<Value, Fault> {
    let (mut txn, mut key) = begin(kms, ask, ask.input()?).await?;
    if key.deletion.is_some() {
        return Err(fault::pending_deletion(&key));
    }
    key.enabled = enabled;
    save(&mut txn, &key).await?;
    txn.commit().await.map_err(fault::store)?;
    Ok(json!({}))
}

pub(super) async fn schedule_deletion(kms: &Kms, ask: &Ask<'_>) -> Result<Value, Fault> {
    let input: Input = ask.input()?;
    let days = input.pending_window_in_days.unwrap_or(WAITING);
    let (mut txn, mut key) = begin(kms, ask, input).await?;
    if key.deletion.is_some() {
        return Err(fault::pending_deletion(&key));
    }
    let at = kms.now().saturating_add(DAY * days as u32);
    key.deletion = Some(Deletion { at, days: days as u16 });
    key.enabled = false;
    save(&mut txn, &key).await?;
    txn.commit().await.map_err(fault::store)?;
    Ok(json!({
        "KeyId": key.arn(),
        "DeletionDate": instant(at),
        "KeyState": "PendingDeletion",
        "PendingWindowInDays": days,
    }))
}

/// The key stays disabled, as AWS leaves it.
pub(super) async fn cancel_deletion(kms: &Kms, ask: &Ask<'_>) -> Result<Value, Fault> {
    let (mut txn, mut key) = begin(kms, ask, ask.input()?).await?;
    if key.deletion.take().is_none() {
        return Err(fault::invalid_state(format!("{} is not pending deletion.", key.arn())));
    }
    save(&mut txn, &key).await?;
    txn.commit().await.map_err(fault::store)?;
    Ok(json!({ "KeyId": key.arn() }))
}

async fn begin(kms: &Kms, ask: &Ask<'_>, input: Input) -> Result<(Txn, KmsKey), Fault> {
    let mut check = Check::default();
    let id = check.key_id(input.key_id.as_ref());
    if let Some(days) = input.pending_window_in_days {
        check.number("pendingWindowInDays", days, 7..=30);
    }
    check.done()?;
    let mut txn = kms.begin().await?;
    let key = target::find_in(&mut txn, ask, id).await?;
    access::check(kms, ask, &key).await?;
    Ok((txn, key))
}

async fn save(txn: &mut Txn, key: &KmsKey) -> Result<(), Fault> {
    kms_key::save(txn, key).await.map_err(fault::store)
}

/// Only an enabled key is used.
pub(super) fn check_usable(key: &KmsKey) -> Result<(), Fault> {
    if key.deletion.is_some() {
        return Err(fault::pending_deletion(key));
    }
    if !key.enabled {
        return Err(fault::disabled(key));
    }
    Ok(())
}
