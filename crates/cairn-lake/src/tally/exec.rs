//! The operator.

use std::fmt;
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, SchemaRef};
use arrow::record_batch::RecordBatch;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, internal_err};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::EquivalenceProperties;
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::metrics::{
    Count, ExecutionPlanMetricsSet, MetricBuilder, MetricsSet,
};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PhysicalExpr,
    PlanProperties,
};
use futures_util::{StreamExt, stream};

use super::groups::{Groups, groups};

/// Groups in memory at the most: then they are handed on, and counting begins anew. Whoever adds
/// the parts up does not mind.
const MOST_GROUPS: usize = 1 << 16;
/// The metric that has the rows.
const COUNTED: &str = "counted_rows";

/// The first half of counting rows by groups: what the engine's own gives, made of numbers into
/// dictionaries. Its input has the values to group by, and nothing else.
#[derive(Debug)]
pub(crate) struct Tally {
    input: Arc<dyn ExecutionPlan>,
    /// Columns, a bit for each, whose nulls are not counted.
    known: u8,
    properties: Arc<PlanProperties>,
    schema: SchemaRef,
    metrics: ExecutionPlanMetricsSet,
}

impl Tally {
    /// `schema` is that of the result: the values, then counts.
    pub(super) fn new(input: Arc<dyn ExecutionPlan>, known: u8, schema: SchemaRef) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema.clone()),
            input.output_partitioning().clone(),
            EmissionType::Final,
            Boundedness::Bounded,
        );
        let metrics = ExecutionPlanMetricsSet::new();
        Self { input, known, properties: Arc::new(properties), schema, metrics }
    }

    /// Rows that were counted, where some were left out.
    pub(crate) fn counted(&self) -> Option<u64> {
        let counted = self.metrics.clone_inner().sum_by_name(COUNTED)?;
        (self.known != 0).then_some(counted.as_usize() as u64)
    }

    fn types(&self) -> Vec<DataType> {
        let keys = self.input.schema().fields().len();
        self.schema.fields().iter().take(keys).map(|field| field.data_type().clone()).collect()
    }
}

/// One part of the input while it is counted.
struct Run {
    input: SendableRecordBatchStream,
    groups: Box<dyn Groups>,
    known: u8,
    counted: Count,
    reservation: MemoryReservation,
    schema: SchemaRef,
    over: bool,
}

impl Run {
    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        while !self.over {
            let Some(batch) = self.input.next().await.transpose()? else {
                self.over = true;
                break;
            };
            let columns: &[ArrayRef] = batch.columns();
            self.counted.add(self.groups.add(columns, self.known)?);
            if self.groups.len() >= MOST_GROUPS {
                return self.take().map(Some);
            }
            self.reservation.try_resize(self.groups.bytes())?;
        }
        if self.groups.len() == 0 { Ok(None) } else { self.take().map(Some) }
    }

    fn take(&mut self) -> Result<RecordBatch> {
        self.reservation.free();
        self.groups.take(&self.schema)
    }
}

impl ExecutionPlan for Tally {
    fn name(&self) -> &'static str {
        "Tally"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let input = children.pop().unwrap_or_else(|| self.input.clone());
        Ok(Arc::new(Self::new(input, self.known, self.schema.clone())))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let Some(groups) = groups(&self.types()) else {
            return internal_err!("rows are counted by values that cannot be");
        };
        let reservation = MemoryConsumer::new("Tally").register(context.memory_pool());
        let input = self.input.execute(partition, context)?;
        let schema = self.schema.clone();
        let counted = MetricBuilder::new(&self.metrics).counter(COUNTED, partition);
        let known = self.known;
        let run = Run { input, groups, known, counted, reservation, schema, over: false };
        let batches = stream::try_unfold(run, |mut run| async move {
            Ok(run.next().await?.map(|batch| (batch, run)))
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema.clone(), batches)))
    }
}

impl DisplayAs for Tally {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = self.types().len();
        let names = self.schema.fields().iter().take(keys).map(|field| field.name().as_str());
        write!(f, "Tally: by=[{}]", names.collect::<Vec<_>>().join(", "))
    }
}
