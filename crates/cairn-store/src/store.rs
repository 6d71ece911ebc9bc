//! The store itself: one file, one writer, a few readers.

use std::fmt;
use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cairn_core::{AccountId, Clock, Entropy};
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Sqlite};
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::directory::{Content, Directory};
use crate::{Credential, Keyring, KeyringError, StoreError, Txn, schema, setting};

/// Connections that read; one of them for each core of a small machine.
const READERS: u32 = 2;
/// How long a change waits for its turn, and a statement for a lock.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

const STATE_FILE: &str = "state.sqlite";
const KEY_FILE: &str = "master.key";

/// What the store is built with.
#[derive(Clone)]
pub struct Parts {
    pub clock: Arc<dyn Clock>,
    /// Makes ids and secrets: the system's, outside of tests.
    pub entropy: Arc<dyn Entropy>,
}

/// The control-plane state. A clone is the same store.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    parts: Parts,
    keyring: Keyring,
    /// Has one connection.
    writer: SqlitePool,
    readers: SqlitePool,
    /// Whose turn it is to write.
    turn: Arc<Mutex<()>>,
    directory: Directory,
    instance: String,
}

impl Store {
    /// Opens `state.sqlite` under `master.key` in a directory, or makes both where neither is. A
    /// state without its key is refused.
    pub async fn open_dir(dir: &Path, parts: Parts) -> Result<Self, StoreError> {
        let (state, key) = (dir.join(STATE_FILE), dir.join(KEY_FILE));
        // The key comes first, so a state without a key has lost it; a key alone is a first start
        // that was cut short.
        let keyring = match Keyring::open(&key) {
            Err(KeyringError::Missing(_)) if !state.try_exists()? => {
                Keyring::create(&key, &*parts.entropy)?
            }
            opened => opened?,
        };
        Self::open(&state, keyring, parts).await
    }

    /// Opens the state file, or makes it, and brings its schema up to date.
    pub async fn open(path: &Path, keyring: Keyring, parts: Parts) -> Result<Self, StoreError> {
        create_private(path)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT)
            .synchronous(SqliteSynchronous::Full)
            .disable_statement_logging();
        let write = options.clone().journal_mode(SqliteJournalMode::Wal);
        let writer = pool(1).connect_with(write).await?;
        let mut connection = writer.acquire().await?;
        schema::migrate(&mut connection).await?;
        let instance = setting::prepare(&mut connection, &keyring, &*parts.entropy).await?;
        let directory = Directory::new(Content::load(&mut connection, &keyring).await?);
        drop(connection);
        let readers = pool(READERS).connect_lazy_with(options.pragma("query_only", "on"));
        let turn = Arc::default();
        let inner = Inner { parts, keyring, writer, readers, turn, directory, instance };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Waits for the writer's turn: [`StoreError::Busy`] if others keep it for too long.
    pub async fn begin(&self) -> Result<Txn, StoreError> {
        let turn = timeout(BUSY_TIMEOUT, self.inner.turn.clone().lock_owned());
        let turn = turn.await.map_err(|_| StoreError::Busy)?;
        let inner = self.inner.writer.begin_with("BEGIN IMMEDIATE").await?;
        Ok(Txn::new(self.clone(), inner, turn))
    }

    /// From memory: what the last commit made of it. Inactive keys are given, too.
    pub fn credential(&self, access_key_id: &str) -> Option<Arc<Credential>> {
        self.inner.directory.credential(access_key_id)
    }

    /// The active keys of an account's administrators, from memory.
    pub fn administrators(&self, account: AccountId) -> Vec<Arc<Credential>> {
        self.inner.directory.administrators(account)
    }

    /// The account whose admins operate this server; `None` before the first start has ended.
    pub fn first_account(&self) -> Option<AccountId> {
        self.inner.directory.first_account()
    }

    /// A UUID made with the state file, the same for as long as that file lives.
    pub fn instance_id(&self) -> &str {
        &self.inner.instance
    }

    /// A secret for one purpose, the same at every start; for tags that only this server can make.
    pub fn derive_key(&self, label: &str) -> [u8; 32] {
        self.inner.keyring.derive(label)
    }

    /// Waits for what runs, then closes the file and folds its log into it.
    pub async fn close(&self) {
        self.inner.readers.close().await;
        self.inner.writer.close().await;
    }

    pub(crate) async fn reader(&self) -> Result<PoolConnection<Sqlite>, StoreError> {
        Ok(self.inner.readers.acquire().await?)
    }

    /// Reads memory anew from the tables.
    pub(crate) async fn reload(&self) -> Result<(), StoreError> {
        let content = Content::load(&mut *self.reader().await?, self.keyring()).await?;
        self.inner.directory.replace(content);
        Ok(())
    }

    pub(crate) fn directory(&self) -> &Directory {
        &self.inner.directory
    }

    pub(crate) fn keyring(&self) -> &Keyring {
        &self.inner.keyring
    }

    pub(crate) fn parts(&self) -> &Parts {
        &self.inner.parts
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("instance", &self.inner.instance).finish_non_exhaustive()
    }
}

/// Connections live as long as the store: opening one costs more than keeping it.
pub(crate) fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(BUSY_TIMEOUT)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
}

/// SQLite gives its log the permissions of the file, so the file is made before it can be.
pub(crate) fn create_private(path: &Path) -> io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
pub(crate) mod tests;
