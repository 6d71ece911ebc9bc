//! The first start: one account, one admin, one key.

use cairn_core::AccountId;

use crate::{Owner, Secret, Store, StoreError, Txn, access_key, account, setting, user};

/// The name of the first account and of its first user.
const ADMIN: &str = "admin";

/// What the first start hands to its operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bootstrap {
    pub account: AccountId,
    pub access_key_id: String,
    pub secret: Secret,
}

impl Store {
    /// Creates the first account, its user `admin` and a key for it, in one transaction, exactly
    /// once. Gives them until [`Store::bootstrap_handed_over`], so that a start that is cut short
    /// between creating the key and writing it down does not lose it. `id` counts only when the
    /// account is created.
    pub async fn bootstrap(&self, id: AccountId) -> Result<Option<Bootstrap>, StoreError> {
        let mut txn = self.begin().await?;
        if self.first_account().is_none() {
            let bootstrap = create(&mut txn, id).await?;
            txn.commit().await?;
            return Ok(Some(bootstrap));
        }
        let Some(key) = setting::load_bootstrap_key(txn.connection()).await? else {
            return Ok(None);
        };
        let found = access_key::load(txn.connection(), self.keyring(), &key).await?;
        // Whoever deleted the key had it.
        Ok(found.map(|credential| Bootstrap {
            account: credential.account,
            access_key_id: credential.access_key_id,
            secret: credential.secret,
        }))
    }

    /// Says that the operator has the bootstrap key; it is not given again.
    pub async fn bootstrap_handed_over(&self) -> Result<(), StoreError> {
        let mut txn = self.begin().await?;
        setting::remove_bootstrap_key(&mut txn).await?;
        txn.commit().await
    }
}

async fn create(txn: &mut Txn, id: AccountId) -> Result<Bootstrap, StoreError> {
    account::create(txn, Some(id), ADMIN).await?;
    setting::put_first_account(txn, id).await?;
    user::create(txn, id, ADMIN, true).await?;
    let (key, secret) = access_key::create(txn, id, Owner::User(ADMIN.to_owned())).await?;
    setting::put_bootstrap_key(txn, &key.id).await?;
    Ok(Bootstrap { account: id, access_key_id: key.id, secret })
}

#[cfg(test)]
mod tests;
