//! One change of the state: all of it, durable, or nothing.

use cairn_core::{Entropy, Timestamp};
use cairn_task::uninterrupted;
use sqlx::{Sqlite, SqliteConnection, Transaction};
use tokio::sync::OwnedMutexGuard;

use crate::directory::Change;
use crate::{Keyring, Store, StoreError};

/// The one writer's turn. Dropped without [`Txn::commit`], it has changed nothing.
#[derive(Debug)]
pub struct Txn {
    store: Store,
    inner: Transaction<'static, Sqlite>,
    changes: Vec<Change>,
    /// Held until memory is in step, so that changes reach it in the order of their commits. Last,
    /// because fields are dropped in order: the roll-back precedes the next turn.
    turn: OwnedMutexGuard<()>,
}

/// The writer's turn, held on to after a commit.
#[derive(Debug)]
pub struct Turn(#[expect(dead_code, reason = "it is held, not read")] OwnedMutexGuard<()>);

impl Txn {
    pub(crate) fn new(
        store: Store,
        inner: Transaction<'static, Sqlite>,
        turn: OwnedMutexGuard<()>,
    ) -> Self {
        Self { store, inner, changes: Vec::new(), turn }
    }

    /// Returns when the change is on disk and visible in memory. Goes through even if the caller
    /// is dropped meanwhile.
    pub async fn commit(self) -> Result<(), StoreError> {
        uninterrupted(self.finish()).await.map(drop)
    }

    /// [`Txn::commit`], and nobody else writes until the turn is dropped: what is done before has
    /// the order of the commits.
    pub async fn commit_and_hold(self) -> Result<Turn, StoreError> {
        uninterrupted(self.finish()).await
    }

    async fn finish(self) -> Result<Turn, StoreError> {
        let Self { store, inner, changes, turn } = self;
        let committed = inner.commit().await;
        match &committed {
            Ok(()) => store.directory().apply(changes),
            // What is on disk now is not known from the error alone: ask.
            Err(_) => {
                if let Err(error) = store.reload().await {
                    tracing::error!(%error, "failed to reload the state after a failed commit");
                }
            }
        }
        committed?;
        Ok(Turn(turn))
    }

    pub(crate) fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.inner
    }

    pub(crate) fn keyring(&self) -> &Keyring {
        self.store.keyring()
    }

    pub(crate) fn entropy(&self) -> &dyn Entropy {
        &*self.store.parts().entropy
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.store.parts().clock.now()
    }

    /// Keeps a change of memory for after the commit.
    pub(crate) fn then(&mut self, change: Change) {
        self.changes.push(change);
    }
}
