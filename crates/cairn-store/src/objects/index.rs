use std::fmt;
use std::path::Path;
use std::sync::Arc;

use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Sqlite, SqliteConnection};
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::Change;
use crate::StoreError;
use crate::store::{BUSY_TIMEOUT, create_private, pool};

/// Connections that read.
const READERS: u32 = 4;

/// The schema that this version knows.
const KNOWN: i64 = 1;

/// The index's file: one writer, a few readers. A clone is the same index.
#[derive(Clone)]
pub struct Index {
    writer: SqlitePool,
    readers: SqlitePool,
    turn: Arc<Mutex<()>>,
}

impl Index {
    /// Opens the file, or makes it.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        create_private(path)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT)
            .synchronous(SqliteSynchronous::Full)
            .disable_statement_logging();
        let write = options.clone().journal_mode(SqliteJournalMode::Wal);
        let writer = pool(1).connect_with(write).await?;
        prepare(&mut *writer.acquire().await?).await?;
        let readers = pool(READERS).connect_lazy_with(options.pragma("query_only", "on"));
        Ok(Self { writer, readers, turn: Arc::default() })
    }

    /// Waits for the writer's turn: [`StoreError::Busy`] if others keep it for too long.
    pub async fn begin(&self) -> Result<Change, StoreError> {
        let turn = timeout(BUSY_TIMEOUT, self.turn.clone().lock_owned());
        let turn = turn.await.map_err(|_| StoreError::Busy)?;
        let inner = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        Ok(Change::new(inner, turn))
    }

    /// Waits for what runs, then closes the file and folds its log into it.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    pub(super) async fn reader(&self) -> Result<PoolConnection<Sqlite>, StoreError> {
        Ok(self.readers.acquire().await?)
    }
}

impl fmt::Debug for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Index").finish_non_exhaustive()
    }
}

async fn prepare(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let found: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *connection).await?;
    match found {
        KNOWN => Ok(()),
        0 => {
            let mut step = connection.begin_with("BEGIN IMMEDIATE").await?;
            sqlx::raw_sql(include_str!("schema.sql")).execute(&mut *step).await?;
            Ok(step.commit().await?)
        }
        found => Err(StoreError::Newer { found, known: KNOWN }),
    }
}
