//! What every request asks for, in memory, in step with the tables.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use cairn_core::AccountId;
use sqlx::SqliteConnection;

use crate::{Credential, Keyring, StoreError, access_key, setting};

/// Changed only by a commit, after it, and by a reload.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    content: RwLock<Content>,
}

#[derive(Debug, Default)]
pub(crate) struct Content {
    credentials: HashMap<String, Arc<Credential>>,
    /// Ids of the users and roles that exist: a session of any other has ended.
    identities: HashSet<String>,
    first_account: Option<AccountId>,
}

/// What a transaction changes in memory once it is durable.
#[derive(Debug)]
pub(crate) enum Change {
    Credential(Credential),
    CredentialGone(String),
    Identity(String),
    IdentityGone(String),
    FirstAccount(AccountId),
}

impl Directory {
    pub(crate) fn new(content: Content) -> Self {
        Self { content: RwLock::new(content) }
    }

    pub(crate) fn credential(&self, access_key_id: &str) -> Option<Arc<Credential>> {
        self.read().credentials.get(access_key_id).cloned()
    }

    pub(crate) fn administrators(&self, account: AccountId) -> Vec<Arc<Credential>> {
        let wanted = |key: &&Arc<Credential>| {
            key.account == account && key.active && key.principal.is_admin()
        };
        self.read().credentials.values().filter(wanted).cloned().collect()
    }

    pub(crate) fn has_identity(&self, id: &str) -> bool {
        self.read().identities.contains(id)
    }

    pub(crate) fn first_account(&self) -> Option<AccountId> {
        self.read().first_account
    }

    /// All changes of one transaction become visible at once.
    pub(crate) fn apply(&self, changes: Vec<Change>) {
        let mut content = self.content.write().unwrap_or_else(PoisonError::into_inner);
        for change in changes {
            content.apply(change);
        }
    }

    pub(crate) fn replace(&self, content: Content) {
        *self.content.write().unwrap_or_else(PoisonError::into_inner) = content;
    }

    fn read(&self) -> RwLockReadGuard<'_, Content> {
        self.content.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Content {
    pub(crate) async fn load(
        connection: &mut SqliteConnection,
        keyring: &Keyring,
    ) -> Result<Self, StoreError> {
        let mut content = Self::default();
        for credential in access_key::load_all(connection, keyring).await? {
            content.apply(Change::Credential(credential));
        }
        let identities = "SELECT id FROM user UNION ALL SELECT id FROM role";
        content.identities =
            sqlx::query_scalar(identities).fetch_all(&mut *connection).await?.into_iter().collect();
        content.first_account = setting::load_first_account(connection).await?;
        Ok(content)
    }

    fn apply(&mut self, change: Change) {
        match change {
            Change::Credential(credential) => {
                self.credentials.insert(credential.access_key_id.clone(), Arc::new(credential));
            }
            Change::CredentialGone(id) => drop(self.credentials.remove(&id)),
            Change::Identity(id) => drop(self.identities.insert(id)),
            Change::IdentityGone(id) => drop(self.identities.remove(&id)),
            Change::FirstAccount(account) => self.first_account = Some(account),
        }
    }
}
