use cairn_task::uninterrupted;
use sqlx::{Sqlite, SqliteConnection, Transaction};
use tokio::sync::OwnedMutexGuard;

use crate::StoreError;

/// One change of the index: all of it, durable, or nothing.
#[derive(Debug)]
pub struct Change {
    inner: Transaction<'static, Sqlite>,
    dropped: Vec<String>,
    /// Last, because fields are dropped in order: the roll-back precedes the next turn.
    turn: OwnedMutexGuard<()>,
}

impl Change {
    pub(super) fn new(inner: Transaction<'static, Sqlite>, turn: OwnedMutexGuard<()>) -> Self {
        Self { inner, dropped: Vec::new(), turn }
    }

    /// Returns when the change is on disk, with the ids of the files that nothing names any more.
    /// Goes through even if the caller is dropped meanwhile.
    pub async fn commit(self) -> Result<Vec<String>, StoreError> {
        uninterrupted(async move {
            let Self { inner, dropped, turn } = self;
            inner.commit().await?;
            drop(turn);
            Ok(dropped)
        })
        .await
    }

    pub(super) fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.inner
    }

    /// A file that was dropped earlier in this change is named again.
    pub(super) fn keep(&mut self, file: &str) {
        self.dropped.retain(|dropped| dropped != file);
    }

    pub(super) fn drop_later(&mut self, file: String) {
        self.dropped.push(file);
    }
}
