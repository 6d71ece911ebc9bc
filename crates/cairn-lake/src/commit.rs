//! One change of one table: prepared as files, made by the catalog's row, then visible.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use cairn_store::{Store, StoreError, Txn, lake_table};
use tokio::sync::OwnedMutexGuard;

use crate::LakeError;
use crate::iceberg::{Change, DataFile, Location, NewTable, Pending, Schema, Table};
use crate::schema;
use crate::shared::Shared;
use crate::table::{Frozen, Live, TableFile};
use crate::write::discard;

/// The right to change a table: one at a time has it.
pub(crate) struct Turn {
    live: Arc<Live>,
    table: OwnedMutexGuard<Option<Table>>,
}

/// A change that is on disk and that the catalog does not name yet.
pub(crate) struct Step {
    turn: Turn,
    pending: Pending,
    /// What the catalog names now; `None` for a table that it does not know.
    previous: Option<Location>,
    /// Data files that come with it.
    added: Vec<DataFile>,
}

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Made,
    NotMade,
    /// Somebody else has changed the table since.
    Unknown,
}

impl Turn {
    pub(crate) async fn take(live: &Arc<Live>) -> Self {
        Self { live: live.clone(), table: live.table.clone().lock_owned().await }
    }

    /// The table as it is, if there is one.
    pub(crate) fn table(&self) -> Option<&Table> {
        self.table.as_ref()
    }

    /// Writes what the change needs. Blocking.
    pub(crate) fn prepare(self, shared: &Shared, change: Change) -> Result<Step, LakeError> {
        let (now, entropy) = (shared.clock.now(), &*shared.entropy);
        let columns = Schema::from_arrow(&schema::with_ids(self.live.kind))?;
        let mut first = Vec::new();
        let (table, previous) = match &*self.table {
            Some(table) => (table.clone(), Some(table.location().clone())),
            None => {
                let properties = BTreeMap::new();
                let new = NewTable { store: &self.live.id, schema: &columns, properties };
                let made = Table::create(&shared.home, new, now, entropy)?;
                if change.added.is_empty() {
                    return Ok(self.step(made));
                }
                first = made.written;
                (made.table, None)
            }
        };
        // A table that was made before there was a column gets it with its next files.
        let (schema, added) = (Some(columns), change.added.clone());
        match table.commit(Change { schema, ..change }, now, entropy) {
            Ok(mut pending) => {
                pending.written.extend(first);
                Ok(Step { turn: self, pending, previous, added })
            }
            Err(error) => {
                remove(shared, &first);
                Err(error.into())
            }
        }
    }

    /// Takes the table as the catalog names it, where that is not what is known here.
    async fn catch_up(mut self, shared: &Arc<Shared>) -> Result<(), LakeError> {
        let Some(row) = lake_table::get(&shared.store, &self.live.id).await? else { return Ok(()) };
        let known = self.table.as_ref().map(|table| table.location().to_string());
        if known.as_deref() == Some(row.metadata_location.as_str()) {
            return Ok(());
        }
        tracing::warn!(store = self.live.id, to = row.metadata_location, "the table is another");
        let home = shared.home.clone();
        let load = move || Table::load(&home, &row.metadata_location);
        let table = cairn_task::blocking("lake-open", load).await?;
        self.live.replace(files(shared, &self.live, &table), None);
        *self.table = Some(table);
        Ok(())
    }

    /// A change that was prepared otherwise.
    pub(crate) fn step(self, pending: Pending) -> Step {
        let previous = self.table.as_ref().map(|table| table.location().clone());
        Step { turn: self, pending, previous, added: Vec::new() }
    }
}

impl Step {
    /// Has the catalog name the change, in a transaction.
    pub(crate) async fn store(&self, txn: &mut Txn) -> Result<(), LakeError> {
        let id = &self.turn.live.id;
        let to = self.pending.table.location().to_string();
        match &self.previous {
            Some(previous) => lake_table::swap(txn, id, &previous.to_string(), &to).await?,
            None => lake_table::create(txn, id, &to).await?,
        }
        Ok(())
    }

    /// The end of a change whose transaction alone it is: visible, or taken back. Where a commit
    /// failed and it cannot be found out whether it was made, files stay until the next start.
    pub(crate) async fn settle(
        self,
        shared: &Shared,
        committed: Result<(), StoreError>,
    ) -> Result<(), LakeError> {
        let Err(error) = committed else {
            self.publish(shared, None);
            return Ok(());
        };
        match self.fate(&shared.store).await {
            Ok(Fate::Made) => {
                self.publish(shared, None);
                return Ok(());
            }
            Ok(Fate::NotMade) => self.withdraw(shared),
            Ok(Fate::Unknown) | Err(_) => {}
        }
        Err(error.into())
    }

    /// What became of the change: after a commit of which that is not known.
    pub(crate) async fn fate(&self, store: &Store) -> Result<Fate, LakeError> {
        let row = lake_table::get(store, &self.turn.live.id).await?;
        let named = row.map(|row| row.metadata_location);
        let previous = self.previous.as_ref().map(Location::to_string);
        Ok(if named == Some(self.pending.table.location().to_string()) {
            Fate::Made
        } else if named == previous {
            Fate::NotMade
        } else {
            Fate::Unknown
        })
    }

    /// Takes away what was written for a change that is not made.
    pub(crate) fn withdraw(self, shared: &Shared) {
        discard(shared, &self.added);
        remove(shared, &self.pending.written);
    }

    /// Makes the change visible, once the transaction is committed. Rows that were `written` leave
    /// memory in the same step.
    pub(crate) fn publish(self, shared: &Shared, written: Option<&Arc<Frozen>>) {
        let Self { mut turn, pending, .. } = self;
        let files = files(shared, &turn.live, &pending.table);
        turn.live.replace(files, written);
        *turn.table = Some(pending.table);
        pending.unreferenced.iter().for_each(|location| shared.cache.close(location));
        remove(shared, &pending.unreferenced);
    }
}

/// Takes away what the catalog does not name, and is nobody's: if it cannot be removed now, the
/// next start finds it.
fn remove(shared: &Shared, files: &[Location]) {
    if let Err(error) = shared.home.remove(files) {
        tracing::warn!(%error, "files of no use stay until the next start");
    }
}

/// Where a change failed because somebody else changed the table, it is tried again with what the
/// table is now.
pub(crate) async fn catch_up(shared: &Arc<Shared>, error: &LakeError) -> Result<(), LakeError> {
    let LakeError::Store(StoreError::Superseded { table }) = error else { return Ok(()) };
    let Some(live) = shared.table(table) else { return Ok(()) };
    Turn::take(&live).await.catch_up(shared).await
}

/// The files of a table as queries see them. Those that were there before are the same.
pub(crate) fn files(shared: &Shared, live: &Live, table: &Table) -> Vec<Arc<TableFile>> {
    let before = live.view();
    let known: HashMap<&Location, &Arc<TableFile>> =
        before.files.iter().map(|file| (&file.location, file)).collect();
    let of = |file: &DataFile| match known.get(&file.location) {
        Some(known) => Arc::clone(known),
        None => Arc::new(TableFile::new(shared.home.clone(), live.kind, file)),
    };
    table.files().map(of).collect()
}
