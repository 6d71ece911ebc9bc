//! The entries of a map as an array of rows, of the types that the map has: the engine's own
//! function forgets which of them are JSON.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility,
};

/// The entries of a map.
pub(super) fn entries(of: Expr) -> Expr {
    let signature = Signature::any(1, Volatility::Immutable);
    let function = ScalarUDF::new_from_impl(Entries { signature });
    Expr::ScalarFunction(ScalarFunction::new_udf(Arc::new(function), vec![of]))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Entries {
    signature: Signature,
}

fn item(entry: &DataType) -> FieldRef {
    Arc::new(Field::new_list_field(entry.clone(), true))
}

impl ScalarUDFImpl for Entries {
    fn name(&self) -> &'static str {
        "lake_entries"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, given: &[DataType]) -> Result<DataType> {
        match given {
            [DataType::Map(entries, _)] => Ok(DataType::List(item(entries.data_type()))),
            _ => internal_err!("entries of what is no map"),
        }
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let types: Vec<DataType> =
            args.arg_fields.iter().map(|field| field.data_type().clone()).collect();
        Ok(Arc::new(Field::new(self.name(), self.return_type(&types)?, true)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let Some(maps) = arrays.first().and_then(|array| array.as_map_opt()) else {
            return internal_err!("entries of what is no map");
        };
        let entries: ArrayRef = Arc::new(maps.entries().clone());
        let (offsets, nulls) = (maps.offsets().clone(), maps.nulls().cloned());
        let list = ListArray::try_new(item(entries.data_type()), offsets, entries, nulls)?;
        Ok(ColumnarValue::Array(Arc::new(list)))
    }
}
