//! A table as the engine scans it.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use cairn_ports::lake::TableSchema;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, Result};
use datafusion::datasource::TableType;
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{BinaryExpr, Expr, TableProviderFilterPushDown};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{PhysicalExpr, ScalarFunctionExpr};
use datafusion::physical_optimizer::pruning::PruningPredicateBuilder;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::union::UnionExec;
use futures_util::future::join_all;

use super::batch::Batch;
use super::bounds::Bounds;
use super::cache::Cache;
use super::filters::{self, Chosen};
use super::older;
use super::scan::Scan;
use super::text;
use super::view::View;
use crate::row;
use crate::schema::{self, EVENT_JSON, EVENT_JSON_CHECKSUM as CHECKSUM};

/// One table at one moment. The columns are the documented ones, then flat copies of hot fields.
#[derive(Debug)]
pub(crate) struct Provider {
    id: String,
    schema: SchemaRef,
    stored: SchemaRef,
    kind: TableSchema,
    view: Arc<View>,
    cache: Arc<Cache>,
}

/// The columns that the engine sees.
pub(crate) fn engine_schema(kind: TableSchema) -> SchemaRef {
    let mut fields: Vec<Arc<Field>> = schema::logical(kind).fields().iter().cloned().collect();
    let hidden = schema::stored(kind);
    let promoted = hidden.fields().iter().filter(|field| schema::is_promoted(kind, field.name()));
    fields.extend(promoted.cloned());
    Arc::new(Schema::new(fields))
}

impl Provider {
    pub(crate) fn new(id: String, kind: TableSchema, view: Arc<View>, cache: Arc<Cache>) -> Self {
        Self { id, schema: engine_schema(kind), stored: schema::stored(kind), kind, view, cache }
    }

    /// The store's.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// The files, and what of them, that may have rows which the filters leave.
    fn files(&self, session: &dyn Session, filters: &[Expr]) -> Result<Chosen> {
        let files = &self.view.files;
        let Some(filter) = conjunction(filters.iter().cloned()) else {
            return Ok(files.clone().into());
        };
        let columns = DFSchema::try_from(self.schema.as_ref().clone())?;
        let filter = session.create_physical_expr(filter, &columns)?;
        let builder = PruningPredicateBuilder::new().with_file_schema(self.schema.clone());
        let Some(predicate) = builder.build(filter) else { return Ok(files.clone().into()) };
        let kept = predicate.prune(&Bounds { files, stored: &self.stored })?;
        let kept = files.iter().zip(kept).filter(|(_, kept)| *kept);
        let kept = kept.map(|(file, _)| file.clone()).collect();
        filters::choose(&predicate, kept, &self.cache)
    }

    async fn scan_memory(
        &self,
        session: &dyn Session,
        columns: &[usize],
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let lanes = session.config().target_partitions().max(1);
        make(self.view.memory(), lanes).await;
        let mut parts = vec![Vec::new(); lanes];
        for (at, batch) in self.view.memory().enumerate() {
            parts[at % lanes].push(batch.rows().clone());
        }
        parts.retain(|part| !part.is_empty());
        if parts.is_empty() {
            return Ok(None);
        }
        let columns = Some(columns.to_vec());
        Ok(Some(MemorySourceConfig::try_new_exec(&parts, self.stored.clone(), columns)?))
    }

    /// The stored columns to read for those that are asked for.
    fn columns(&self, wanted: &[usize]) -> Result<Vec<usize>> {
        let mut columns = Vec::with_capacity(wanted.len());
        let mut texts = false;
        for at in wanted {
            let name = self.schema.field(*at).name();
            if name == EVENT_JSON || name == CHECKSUM {
                texts = true;
            } else {
                columns.push(self.stored.index_of(name)?);
            }
        }
        for name in row::event_json_columns(self.kind).iter().filter(|_| texts) {
            if name == CHECKSUM {
                continue;
            }
            let at = self.stored.index_of(name)?;
            if !columns.contains(&at) {
                columns.push(at);
            }
        }
        Ok(columns)
    }

    /// Puts the columns that are asked for on top of those that were read.
    fn project(
        &self,
        session: &dyn Session,
        read: Arc<dyn ExecutionPlan>,
        wanted: &[usize],
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let below = read.schema();
        let mut made: Vec<(Arc<dyn PhysicalExpr>, String)> = Vec::with_capacity(wanted.len());
        for at in wanted {
            let name = self.schema.field(*at).name();
            let column: Arc<dyn PhysicalExpr> = if name == EVENT_JSON || name == CHECKSUM {
                self.text(session, &below, name)?
            } else {
                Arc::new(Column::new_with_schema(name, &below)?)
            };
            made.push((column, name.clone()));
        }
        Ok(Arc::new(ProjectionExec::try_new(made, read)?))
    }

    fn text(
        &self,
        session: &dyn Session,
        below: &SchemaRef,
        name: &str,
    ) -> Result<Arc<dyn PhysicalExpr>> {
        let mut arguments: Vec<Arc<dyn PhysicalExpr>> = Vec::new();
        let mut fields: Vec<Arc<Field>> = Vec::new();
        for column in row::event_json_columns(self.kind) {
            arguments.push(Arc::new(Column::new_with_schema(&column, below)?));
            fields.push(Arc::new(below.field_with_name(&column)?.clone()));
        }
        let columns = Arc::new(Schema::new(fields));
        let function = text::function(self.kind, columns, name == CHECKSUM);
        let made = Arc::new(Field::new(name, DataType::Utf8, true));
        let options = session.config().options().clone();
        Ok(Arc::new(ScalarFunctionExpr::new(name, function, arguments, made, options)))
    }
}

/// Makes rows of records that nobody asked for before, on so many threads.
async fn make(batches: impl Iterator<Item = &Arc<Batch>>, lanes: usize) {
    let unmade: Vec<_> = batches.filter(|batch| !batch.is_made()).cloned().collect();
    let lanes = unmade.chunks(unmade.len().div_ceil(lanes).max(1)).map(|lane| {
        let lane = lane.to_vec();
        cairn_task::blocking("lake-rows", move || {
            for batch in lane {
                batch.rows();
            }
        })
    });
    join_all(lanes).await;
}

/// Columns that conditions only compare with a value, or with null.
fn compared(filters: &[Expr]) -> Result<HashSet<String>> {
    let (mut compared, mut others) = (HashSet::new(), HashSet::new());
    for filter in filters {
        filter.apply(|expr| {
            let column = match expr {
                Expr::BinaryExpr(BinaryExpr { left, op, right })
                    if op.supports_propagation() && matches!(**right, Expr::Literal(..)) =>
                {
                    left.as_ref()
                }
                Expr::IsNull(of) | Expr::IsNotNull(of) => of.as_ref(),
                Expr::Column(column) => {
                    others.insert(column.name.clone());
                    return Ok(TreeNodeRecursion::Continue);
                }
                _ => return Ok(TreeNodeRecursion::Continue),
            };
            let Expr::Column(column) = column else { return Ok(TreeNodeRecursion::Continue) };
            compared.insert(column.name.clone());
            Ok(TreeNodeRecursion::Jump)
        })?;
    }
    compared.retain(|column| !others.contains(column));
    Ok(compared)
}

#[async_trait]
impl TableProvider for Provider {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        // Files are left out here; rows are left out by what the optimizer pushes into the scan.
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let all: Vec<usize> = (0..self.schema.fields().len()).collect();
        let wanted = projection.unwrap_or(&all);
        let columns = self.columns(wanted)?;
        let chosen = self.files(session, filters)?;
        let mut parts: Vec<Arc<dyn ExecutionPlan>> = Vec::new();
        let (stored, cache, compared) = (&self.stored, &self.cache, &compared(filters)?);
        let (chosen, older) = older::split(chosen, &columns);
        if !chosen.parts.is_empty() {
            let scan = Scan { stored, columns: &columns, cache, limit, compared };
            parts.push(scan.files(session, chosen)?);
        }
        if !older.parts.is_empty() {
            let read = older::read(self.kind, &columns)?;
            let scan = Scan { stored, columns: &read, cache, limit, compared };
            let read = scan.files(session, older)?;
            parts.push(older::project(self.kind, session, read, &columns)?);
        }
        parts.extend(self.scan_memory(session, &columns).await?);
        let read: Arc<dyn ExecutionPlan> = match parts.len() {
            0 => Arc::new(EmptyExec::new(Arc::new(self.stored.project(&columns)?))),
            1 => parts.remove(0),
            _ => UnionExec::try_new(parts)?,
        };
        let asked = wanted.iter().map(|at| self.schema.field(*at).name());
        let names = columns.iter().map(|at| self.stored.field(*at).name());
        if asked.eq(names) {
            return Ok(read);
        }
        self.project(session, read, wanted)
    }
}
