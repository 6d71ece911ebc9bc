//! `+`, `-` and `*` of whole numbers: a result that its type does not hold is a fault.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Datum, PrimitiveArray, Scalar};
use arrow::compute::kernels::numeric::{add, mul, sub};
use arrow::datatypes::{ArrowPrimitiveType, Int32Type, Int64Type};
use arrow::error::ArrowError;
use datafusion::common::{DataFusionError, Result};

use super::call::Call;
use super::fault::fault;
use super::scalar::{Function, form, function};
use crate::fault::overflow;

pub(super) const FUNCTIONS: &[Function] = &[
    function(
        "add",
        &[
            form("integer, integer -> integer", |call| both::<Int32Type>(call, add)),
            form("bigint, bigint -> bigint", |call| both::<Int64Type>(call, add)),
        ],
    ),
    function(
        "subtract",
        &[
            form("integer, integer -> integer", |call| both::<Int32Type>(call, sub)),
            form("bigint, bigint -> bigint", |call| both::<Int64Type>(call, sub)),
        ],
    ),
    function(
        "multiply",
        &[
            form("integer, integer -> integer", |call| both::<Int32Type>(call, mul)),
            form("bigint, bigint -> bigint", |call| both::<Int64Type>(call, mul)),
        ],
    ),
];

type Kernel = fn(&dyn Datum, &dyn Datum) -> std::result::Result<ArrayRef, ArrowError>;

fn both<T: ArrowPrimitiveType>(call: &Call<'_>, of: Kernel) -> Result<ArrayRef> {
    let (left, right) = (call.array(0).as_primitive::<T>(), call.array(1).as_primitive::<T>());
    let answer = match (call.is_constant(0), call.is_constant(1)) {
        (true, false) => of(&constant(left), right),
        (false, true) => of(left, &constant(right)),
        (true, true) | (false, false) => of(left, right),
    };
    answer.map_err(|error| match overflow(&error.to_string()) {
        Some(text) => fault(text),
        None => DataFusionError::from(error),
    })
}

fn constant<T: ArrowPrimitiveType>(of: &PrimitiveArray<T>) -> Scalar<ArrayRef> {
    Scalar::new(Arc::new(of.clone()) as ArrayRef)
}
