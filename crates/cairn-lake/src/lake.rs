//! The handle to the lake.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use cairn_core::Timestamp;
use cairn_ports::lake::{
    self as port, Figures, LakeAnswer, Progress, Refused, Row, Table as Readable, TableSchema,
};
use cairn_store::{StoreError, event_data_store, lake_plan, lake_table};

use crate::engine::Failure;
use crate::iceberg::Table;
use crate::plan::kind;
use crate::query::{self, Reader};
use crate::shared::Shared;
use crate::table::Live;
use crate::{
    Collector, Deliverer, Flusher, Importer, LakeError, Parts, Runner, Settings, Tender, commit,
    engine, sql,
};

/// The lake as a whole. A clone is the same.
#[derive(Clone)]
pub struct Lake {
    shared: Arc<Shared>,
}

impl Lake {
    /// Opens the tables that the catalog names, and removes what a crash left over.
    ///
    /// # Errors
    /// A state or a table that cannot be read.
    pub async fn open(parts: Parts, settings: Settings) -> Result<Self, LakeError> {
        let shared = Arc::new(Shared::open(parts, settings)?);
        let named = lake_table::list(&shared.store).await?;
        for row in named {
            let found = match event_data_store::by_id(&shared.store, &row.name).await {
                Ok(found) => found,
                // It ended, and the process with it, before its table was gone.
                Err(StoreError::NotFound { .. }) => {
                    remove(&shared, &row.name).await?;
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            let (shared, kind) = (shared.clone(), kind(found.schema));
            let open = move || open(&shared, &row.name, kind, &row.metadata_location);
            cairn_task::blocking("lake-open", open).await?;
        }
        clear(&shared).await?;
        Ok(Self { shared })
    }

    pub fn collector(&self) -> Collector {
        Collector::new(self.shared.clone())
    }

    pub fn flusher(&self) -> Flusher {
        Flusher::new(self.shared.clone())
    }

    pub fn tender(&self) -> Tender {
        Tender::new(self.shared.clone())
    }

    pub fn runner(&self) -> Runner {
        Runner::new(self.shared.clone())
    }

    pub fn importer(&self) -> Importer {
        Importer::open(&self.shared)
    }

    pub fn deliverer(&self) -> Deliverer {
        Deliverer::new(self.shared.clone())
    }

    /// A store's time to be restored is over: its table goes.
    pub fn note_end(&self) {
        self.shared.note_end();
    }
}

/// Removes what is left of tables whose stores have ended.
async fn clear(shared: &Arc<Shared>) -> Result<(), LakeError> {
    let steps = lake_plan::current(&shared.store).await?;
    let ended = steps.into_iter().filter(|step| step.document.dropped);
    let ended: BTreeSet<String> = ended.map(|step| step.document.store).collect();
    let shared = shared.clone();
    let work = move || {
        let left = shared.home.tables()?;
        left.iter().filter(|id| ended.contains(*id)).for_each(|id| shared.remove_folder(id));
        Ok(())
    };
    cairn_task::blocking("lake-open", work).await
}

async fn remove(shared: &Arc<Shared>, id: &str) -> Result<(), LakeError> {
    let mut txn = shared.store.begin().await?;
    lake_table::drop(&mut txn, id).await?;
    txn.commit().await?;
    let (shared, id) = (shared.clone(), id.to_owned());
    cairn_task::blocking("lake-open", move || shared.remove_folder(&id)).await;
    Ok(())
}

fn open(
    shared: &Shared,
    id: &str,
    kind: TableSchema,
    metadata_location: &str,
) -> Result<(), LakeError> {
    let table = Table::load(&shared.home, metadata_location)?;
    shared.home.remove(&table.orphans()?)?;
    let live = Live::new(id.to_owned(), kind, Some(table.clone()));
    let files = commit::files(shared, &live, &table);
    live.replace(files, None);
    shared.put_table(Arc::new(live));
    Ok(())
}

/// Characters of a statement that the log has.
const LOGGED: usize = 1000;

/// What the caller reads where the fault is not the statement's.
const NOT_NOW: &str = "the statement cannot be planned now";

impl port::Lake for Lake {
    fn stores(&self, statement: &str) -> Result<Vec<String>, Refused> {
        sql::stores(statement)
    }

    fn check<'a>(
        &'a self,
        statement: &'a str,
        tables: &'a [Readable],
    ) -> LakeAnswer<'a, Result<(), Refused>> {
        Box::pin(async move {
            let checked = engine::check(&self.shared, statement, tables);
            let Some(checked) = cairn_task::fenced(checked).await else {
                let statement: String = statement.chars().take(LOGGED).collect();
                tracing::error!(statement, "the check of a statement panicked");
                return Err(Refused::Statement(NOT_NOW.to_owned()));
            };
            match checked {
                Ok(()) => Ok(()),
                Err(Failure::Refused(refused)) => Err(refused),
                Err(Failure::Said(text)) => Err(Refused::Statement(text)),
                Err(Failure::Lake(LakeError::Engine(error))) => {
                    Err(Refused::Statement(error.find_root().strip_backtrace()))
                }
                Err(Failure::Lake(error)) => {
                    tracing::error!(%error, "a statement cannot be checked");
                    Err(Refused::Statement(NOT_NOW.to_owned()))
                }
            }
        })
    }

    fn wake(&self) {
        self.shared.asked.wake();
    }

    fn cancel(&self, query: &str) {
        if let Some(running) = query::running(&self.shared).get(query) {
            running.stop();
        }
        self.shared.note_query_end();
        self.shared.asked.wake();
    }

    fn ended(&self) -> u64 {
        *self.shared.queries_ended.borrow()
    }

    fn ended_after(&self, seen: u64) -> LakeAnswer<'_, ()> {
        let mut ended = self.shared.queries_ended.subscribe();
        Box::pin(async move {
            // It fails only where nothing is left that could end.
            let _ = ended.wait_for(|ended| *ended > seen).await;
        })
    }

    fn progress(&self, query: &str) -> Option<Progress> {
        let list = query::running(&self.shared);
        list.get(query).map(|running| running.gauge.read())
    }

    fn rows<'a>(
        &'a self,
        query: &'a str,
        from: u64,
        limit: usize,
        bytes: usize,
    ) -> LakeAnswer<'a, Result<Vec<Row>, port::LakeError>> {
        let (results, query) = (self.shared.results.clone(), query.to_owned());
        let read = move || {
            let reader = Reader::open(&*results, &query)?;
            let Some(reader) = reader else { return Ok(None) };
            let rows = reader.rows(from, limit, bytes)?;
            let labelled = |row: Vec<Option<String>>| reader.labels.iter().cloned().zip(row);
            Ok(Some(rows.into_iter().map(|row| labelled(row).collect()).collect()))
        };
        Box::pin(async move {
            match cairn_task::blocking("lake-result", read).await {
                Ok(Some(rows)) => Ok(rows),
                Ok(None) => Err(port::LakeError::Missing),
                Err(error) => Err(failed(&error)),
            }
        })
    }

    fn figures<'a>(&'a self, store: &'a str) -> LakeAnswer<'a, Result<Figures, port::LakeError>> {
        Box::pin(async move {
            let Some(table) = self.shared.table(store) else { return Ok(Figures::default()) };
            let view = table.view();
            let days = view.files.iter().map(|file| i64::from(file.day));
            let at = |day: i64| Timestamp::from_seconds(day * 86_400);
            Ok(Figures {
                events: view.rows(),
                files: view.files.len() as u64,
                bytes: view.files.iter().map(|file| file.bytes).sum(),
                oldest: days.clone().min().map(at),
                newest: days.max().map(|day| at(day + 1)),
            })
        })
    }

    fn metadata<'a>(
        &'a self,
        store: &'a str,
    ) -> LakeAnswer<'a, Result<(String, Bytes), port::LakeError>> {
        Box::pin(async move {
            let table = self.shared.table(store).ok_or(port::LakeError::Missing)?;
            let held = table.table.lock().await;
            let known = held.as_ref().ok_or(port::LakeError::Missing)?;
            let text = serde_json::to_vec(known.metadata());
            let text = text.map_err(|error| port::LakeError::Failed(error.to_string()))?;
            Ok((known.location().to_string(), text.into()))
        })
    }
}

fn failed(error: &LakeError) -> port::LakeError {
    port::LakeError::Failed(error.to_string())
}
