//! One change of one table: prepared as files, made by the catalog's row, then visible.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use cairn_store::{Txn, lake_table};
use tokio::sync::OwnedMutexGuard;

use crate::LakeError;
use crate::iceberg::{Change, Location, NewTable, Pending, Schema, Table};
use crate::schema;
use crate::shared::Shared;
use crate::table::{Frozen, Live, TableFile};

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
        let (table, previous) = match &*self.table {
            Some(table) => (table.clone(), Some(table.location().clone())),
            None => {
                let properties = BTreeMap::new();
                let new = NewTable { store: &self.live.id, schema: &columns, properties };
                let made = Table::create(&shared.home, new, now, entropy)?;
                if change.added.is_empty() {
                    return Ok(Step { turn: self, pending: made, previous: None });
                }
                (made.table, None)
            }
        };
        // A table that was made before there was a column gets it with its next files.
        let schema = Some(columns);
        let pending = table.commit(Change { schema, ..change }, now, entropy)?;
        Ok(Step { turn: self, pending, previous })
    }

    /// A change that was prepared otherwise.
    pub(crate) fn step(self, pending: Pending) -> Step {
        let previous = self.table.as_ref().map(|table| table.location().clone());
        Step { turn: self, pending, previous }
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

    /// Makes the change visible, once the transaction is committed. Rows that were `written` leave
    /// memory in the same step.
    pub(crate) fn publish(self, shared: &Shared, written: Option<&Arc<Frozen>>) {
        let Self { mut turn, pending, .. } = self;
        let files = files(shared, &turn.live, &pending.table);
        turn.live.replace(files, written);
        *turn.table = Some(pending.table);
        // What is gone from the catalog is nobody's: if it cannot be removed now, the next start
        // finds it.
        if let Err(error) = shared.home.remove(&pending.unreferenced) {
            tracing::warn!(%error, "files of no use stay until the next start");
        }
    }
}

/// The files of a table as queries see them. Those that were there before stay open.
pub(crate) fn files(shared: &Shared, live: &Live, table: &Table) -> Vec<Arc<TableFile>> {
    let before = live.view();
    let known: HashMap<&Location, &Arc<TableFile>> =
        before.files.iter().map(|file| (&file.location, file)).collect();
    let of = |file: &crate::iceberg::DataFile| match known.get(&file.location) {
        Some(known) => Arc::clone(known),
        None => Arc::new(TableFile::new(shared.home.clone(), live.kind, file)),
    };
    table.files().map(of).collect()
}
