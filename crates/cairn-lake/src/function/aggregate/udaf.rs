//! An aggregate, as the engine sees it.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, new_empty_array};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, ScalarValue, not_impl_err, plan_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, Signature, Volatility};

use super::super::shape::Shape;
use super::super::{fault, types};
use super::replay::Replay;

/// An aggregate and its forms.
pub(in super::super) struct Aggregate {
    /// As Trino spells it.
    pub(in super::super) name: &'static str,
    pub(super) forms: &'static [Form],
    /// Whether a value that comes twice changes nothing.
    pub(super) idempotent: bool,
}

/// One way to call an aggregate.
pub(super) struct Form {
    pub(super) shape: &'static str,
    /// The types of what is kept between parts of a group.
    pub(super) state: fn(&Given) -> Vec<DataType>,
    pub(super) begin: fn(&Given) -> Box<dyn Accumulator>,
}

/// The types of one use of an aggregate.
#[derive(Debug, Clone)]
pub(super) struct Given {
    pub(super) inputs: Vec<DataType>,
    pub(super) result: DataType,
}

/// An aggregate in the engine.
pub(in super::super) struct Udaf {
    aggregate: &'static Aggregate,
    name: String,
    shapes: Vec<Shape>,
    signature: Signature,
}

impl Udaf {
    pub(in super::super) fn new(aggregate: &'static Aggregate) -> Result<Self> {
        let shapes = aggregate.forms.iter().map(|form| Shape::parse(form.shape));
        Ok(Self {
            aggregate,
            name: super::super::internal(aggregate.name, false),
            shapes: shapes.collect::<Result<_>>()?,
            signature: Signature::user_defined(Volatility::Immutable),
        })
    }

    fn fit(&self, fields: &[FieldRef]) -> Result<(&Form, Given, FieldRef)> {
        let mut best: Option<(u32, (&Form, Given, FieldRef))> = None;
        for (form, shape) in self.aggregate.forms.iter().zip(&self.shapes) {
            let Some((inputs, cost, bound)) = shape.fit(fields) else { continue };
            if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                let field = shape.result(&self.name, &bound);
                let given = Given { inputs, result: field.data_type().clone() };
                best = Some((cost, (form, given, field)));
            }
        }
        if let Some((_, fit)) = best {
            return Ok(fit);
        }
        let name = self.aggregate.name;
        let given: Vec<String> = fields.iter().map(|field| types::name(field)).collect();
        let expected: Vec<String> =
            self.shapes.iter().map(|shape| format!("{name}{shape}")).collect();
        plan_err!("{}", fault::unexpected(name, &given, &expected))
    }

    fn used(&self, args: &AccumulatorArgs<'_>) -> Result<(&Form, Given)> {
        if args.is_distinct && !self.aggregate.idempotent {
            return not_impl_err!("DISTINCT is not supported by {}", self.aggregate.name);
        }
        let (form, mut given, _) = self.fit(args.expr_fields)?;
        given.result = args.return_field.data_type().clone();
        Ok((form, given))
    }
}

fn unnamed(given: &[DataType]) -> Vec<FieldRef> {
    given.iter().map(|of| Arc::new(Field::new("", of.clone(), true))).collect()
}

impl AggregateUDFImpl for Udaf {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        Ok(self.fit(&unnamed(given))?.1.inputs)
    }

    fn return_type(&self, given: &[DataType]) -> Result<DataType> {
        Ok(self.fit(&unnamed(given))?.1.result)
    }

    fn return_field(&self, fields: &[FieldRef]) -> Result<FieldRef> {
        Ok(self.fit(fields)?.2)
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        let (form, mut given, _) = self.fit(args.input_fields)?;
        given.result = args.return_field.data_type().clone();
        let of = |(at, data_type)| -> FieldRef {
            Arc::new(Field::new(format!("{}[{at}]", args.name), data_type, true))
        };
        Ok((form.state)(&given).into_iter().enumerate().map(of).collect())
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        let (form, given) = self.used(&args)?;
        Ok((form.begin)(&given))
    }

    fn create_sliding_accumulator(
        &self,
        args: AccumulatorArgs<'_>,
    ) -> Result<Box<dyn Accumulator>> {
        let (form, given) = self.used(&args)?;
        Ok(Box::new(Replay::new(form.begin, given)))
    }
}

impl std::fmt::Debug for Udaf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Udaf").field("name", &self.name).finish_non_exhaustive()
    }
}

impl PartialEq for Udaf {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Udaf {}

impl Hash for Udaf {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

/// A list of values of a type.
pub(super) fn list_of(item: &DataType) -> DataType {
    DataType::List(Arc::new(Field::new("item", item.clone(), true)))
}

/// Values as an array of a type.
pub(super) fn array_of(values: &[ScalarValue], item: &DataType) -> Result<ArrayRef> {
    if values.is_empty() {
        return Ok(new_empty_array(item));
    }
    let array = ScalarValue::iter_to_array(values.iter().cloned())?;
    types::retyped(&array, item)
}

/// Values as one list, of the type of a list.
pub(super) fn list_scalar(values: &[ScalarValue], list: &DataType) -> Result<ScalarValue> {
    let DataType::List(item) = list else { return ScalarValue::try_from(list) };
    let values = array_of(values, item.data_type())?;
    let offsets = OffsetBuffer::from_lengths([values.len()]);
    Ok(ScalarValue::List(Arc::new(ListArray::try_new(Arc::clone(item), offsets, values, None)?)))
}

/// The values of each list that is none null.
pub(super) fn each_list(
    lists: &ArrayRef,
    mut visit: impl FnMut(usize, &ArrayRef) -> Result<()>,
) -> Result<()> {
    let lists = lists.as_list::<i32>();
    for row in 0..lists.len() {
        if lists.is_valid(row) {
            visit(row, &lists.value(row))?;
        }
    }
    Ok(())
}

/// What a value takes, roughly.
pub(super) fn bytes_of(values: &[ScalarValue]) -> usize {
    values.iter().map(ScalarValue::size).sum()
}
