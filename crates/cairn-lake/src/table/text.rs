//! `eventjson` and `eventjsonchecksum`: made where a query asks for them.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, SchemaRef};
use arrow::record_batch::RecordBatch;
use cairn_ports::lake::TableSchema;
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use crate::row;

/// The record's text, from the columns that it is made of.
#[derive(Debug)]
struct EventJson {
    /// Of the arguments, in their order.
    columns: SchemaRef,
    kind: TableSchema,
    checksum: bool,
    signature: Signature,
}

/// A function over the given stored columns that makes one of the two texts.
pub(crate) fn function(kind: TableSchema, columns: SchemaRef, checksum: bool) -> Arc<ScalarUDF> {
    let signature = Signature::any(columns.fields().len(), Volatility::Immutable);
    Arc::new(ScalarUDF::new_from_impl(EventJson { columns, kind, checksum, signature }))
}

impl ScalarUDFImpl for EventJson {
    fn name(&self) -> &'static str {
        if self.checksum { "lake_event_json_checksum" } else { "lake_event_json" }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = arguments.number_rows;
        let arrays = arguments.args.iter().map(|argument| argument.to_array(rows));
        let arrays: Vec<ArrayRef> = arrays.collect::<Result<_>>()?;
        let batch = RecordBatch::try_new(self.columns.clone(), arrays)?;
        let texts = row::event_json(self.kind, &batch)?;
        let made = if self.checksum { row::checksums(&texts) } else { texts };
        Ok(ColumnarValue::Array(Arc::new(made)))
    }
}

impl PartialEq for EventJson {
    fn eq(&self, other: &Self) -> bool {
        self.checksum == other.checksum && self.kind == other.kind && self.columns == other.columns
    }
}

impl Eq for EventJson {}

impl Hash for EventJson {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.checksum.hash(state);
        self.columns.fields().len().hash(state);
    }
}
