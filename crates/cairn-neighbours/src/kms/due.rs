//! What time does to keys: rotations and deletions whose day has come.

use cairn_core::{AccountId, Timestamp};
use cairn_store::kms_key::{self, Rotation};
use cairn_store::kms_material::{self, Cause};
use cairn_store::{KmsKey, StoreError};

use super::Kms;
use super::state::DAY;

/// Keys of one step: what one transaction changes.
const STEP: u32 = 100;

/// A key that something was done to, for its record: AWS makes a service event of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    pub account: AccountId,
    pub region: String,
    pub key_id: String,
    pub key_arn: String,
}

impl Kms {
    /// Gives new material to keys whose rotation is due: at most [`STEP`] of them, so it is to be
    /// called again until it gives none.
    pub async fn rotate_due(&self, now: Timestamp) -> Result<Vec<Due>, StoreError> {
        let mut txn = self.store.begin().await?;
        let keys = kms_key::due_for_rotation(&mut txn, now, STEP).await?;
        for key in &keys {
            kms_material::add(&mut txn, &key.id, Cause::Automatic).await?;
            let rotation = key.rotation.map(|rotation| after(rotation, now));
            kms_key::save(&mut txn, &KmsKey { rotation, ..key.clone() }).await?;
        }
        txn.commit().await?;
        Ok(keys.iter().map(due).collect())
    }

    /// Deletes keys whose waiting time is over, with all that belongs to them: at most [`STEP`].
    pub async fn delete_due(&self, now: Timestamp) -> Result<Vec<Due>, StoreError> {
        let mut txn = self.store.begin().await?;
        let keys = kms_key::due_for_deletion(&mut txn, now, STEP).await?;
        for key in &keys {
            kms_key::delete(&mut txn, &key.id).await?;
        }
        txn.commit().await?;
        Ok(keys.iter().map(due).collect())
    }
}

/// The rotation after this one. Rotations that were missed, while the key was disabled or the
/// server stood still, are one.
fn after(rotation: Rotation, now: Timestamp) -> Rotation {
    let period = DAY * rotation.days.into();
    let next = rotation.next.saturating_add(period);
    let next = if next > now { next } else { now.saturating_add(period) };
    Rotation { next, ..rotation }
}

fn due(key: &KmsKey) -> Due {
    Due {
        account: key.account,
        region: key.region.clone(),
        key_id: key.id.clone(),
        key_arn: key.arn(),
    }
}
