//! Texts as numbers into a dictionary, which is what files hold.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::compute::cast;
use arrow::datatypes::{DataType, FieldRef, Schema};
use arrow::record_batch::RecordBatch;
use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use datafusion::physical_plan::PhysicalExpr;

/// The type of such texts.
pub(crate) fn coded() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

/// A text, given as a number into a dictionary.
#[derive(Debug, Clone, Eq)]
pub(crate) struct Coded {
    pub(crate) of: Arc<dyn PhysicalExpr>,
}

impl PhysicalExpr for Coded {
    fn evaluate(&self, batch: &RecordBatch) -> Result<ColumnarValue> {
        let texts = self.of.evaluate(batch)?.into_array(batch.num_rows())?;
        Ok(ColumnarValue::Array(cast(&texts, &coded())?))
    }

    fn return_field(&self, input: &Schema) -> Result<FieldRef> {
        let of = self.of.return_field(input)?;
        Ok(Arc::new(of.as_ref().clone().with_data_type(coded())))
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        vec![&self.of]
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn PhysicalExpr>>,
    ) -> Result<Arc<dyn PhysicalExpr>> {
        let of = children.pop().unwrap_or_else(|| self.of.clone());
        Ok(Arc::new(Self { of }))
    }

    fn fmt_sql(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.of.fmt_sql(f)
    }
}

impl fmt::Display for Coded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "coded({})", self.of)
    }
}

impl PartialEq for Coded {
    fn eq(&self, other: &Self) -> bool {
        self.of.eq(&other.of)
    }
}

impl Hash for Coded {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.of.hash(state);
    }
}
