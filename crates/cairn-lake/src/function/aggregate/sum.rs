//! The sum, as the engine has it, but that of whole numbers ends where Trino's does: beyond what a
//! bigint holds. It is kept as a decimal until it is whole, so that the order of its parts does not
//! tell.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray, Int64Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Field, FieldRef};
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::functions_aggregate::sum::sum_udaf;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, EmitTo, GroupsAccumulator, ReversedUDAF,
    Signature, Volatility,
};

use super::super::fault::{fault, unexpected};
use super::super::types;

/// Under which the engine knows it.
pub(in super::super) const NAME: &str = "lake_sum";

/// What it takes, for who gives it something else.
const EXPECTED: [&str; 4] =
    ["sum(bigint)", "sum(double)", "sum(decimal)", "sum(interval day to second)"];

const WIDE: DataType = DataType::Decimal128(38, 0);

/// The sum in the engine.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(in super::super) struct Sum {
    of: Arc<AggregateUDF>,
    signature: Signature,
}

impl Sum {
    pub(in super::super) fn new() -> Self {
        Self { of: sum_udaf(), signature: Signature::user_defined(Volatility::Immutable) }
    }
}

fn is_whole(of: &FieldRef) -> bool {
    of.data_type() == &DataType::Int64
}

fn wide(of: &FieldRef) -> FieldRef {
    Arc::new(Field::new(of.name(), WIDE, true))
}

/// What is summed over, as the engine is told of it.
fn widened(args: AccumulatorArgs<'_>, run: impl FnOnce(AccumulatorArgs<'_>) -> Made) -> Made {
    let fields: Vec<FieldRef> = args.expr_fields.iter().map(wide).collect();
    let return_field = wide(&args.return_field);
    run(AccumulatorArgs { return_field, expr_fields: &fields, ..args })
}

type Made = Result<Box<dyn Accumulator>>;

impl AggregateUDFImpl for Sum {
    fn name(&self) -> &str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        Ok(match given {
            [DataType::Null] => vec![DataType::Int64],
            [of] if of.is_integer() => vec![DataType::Int64],
            [of] if of.is_floating() => vec![DataType::Float64],
            [DataType::Decimal128(..) | DataType::Interval(_) | DataType::Duration(_)] => {
                given.to_vec()
            }
            _ => {
                let name = |of: &DataType| types::name(&Field::new("", of.clone(), true));
                let given: Vec<String> = given.iter().map(name).collect();
                return plan_err!("{}", unexpected("sum", &given, &EXPECTED.map(str::to_owned)));
            }
        })
    }

    fn return_type(&self, given: &[DataType]) -> Result<DataType> {
        self.of.return_type(given)
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        if !is_whole(&args.return_field) {
            return self.of.state_fields(args);
        }
        self.of.state_fields(StateFieldsArgs { return_field: wide(&args.return_field), ..args })
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> Made {
        if !is_whole(&args.return_field) {
            return self.of.accumulator(args);
        }
        widened(args, |args| Ok(Box::new(Whole(self.of.accumulator(args)?))))
    }

    fn create_sliding_accumulator(&self, args: AccumulatorArgs<'_>) -> Made {
        if !is_whole(&args.return_field) || args.is_distinct {
            return self.of.create_sliding_accumulator(args);
        }
        widened(args, |args| Ok(Box::new(Whole(self.of.create_sliding_accumulator(args)?))))
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs<'_>) -> bool {
        self.of.groups_accumulator_supported(args)
    }

    fn create_groups_accumulator(
        &self,
        args: AccumulatorArgs<'_>,
    ) -> Result<Box<dyn GroupsAccumulator>> {
        if !is_whole(&args.return_field) {
            return self.of.create_groups_accumulator(args);
        }
        let return_field = wide(&args.return_field);
        let args = AccumulatorArgs { return_field, ..args };
        Ok(Box::new(Groups(self.of.create_groups_accumulator(args)?)))
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::Identical
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }
}

fn widen(values: &[ArrayRef]) -> Result<Vec<ArrayRef>> {
    values.iter().map(|values| Ok(cast(values, &WIDE)?)).collect()
}

fn narrow(sum: i128) -> Result<i64> {
    i64::try_from(sum).map_err(|_| fault(format!("bigint addition overflow: the sum is {sum}")))
}

/// One sum of whole numbers.
#[derive(Debug)]
struct Whole(Box<dyn Accumulator>);

impl Accumulator for Whole {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.0.update_batch(&widen(values)?)
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.0.retract_batch(&widen(values)?)
    }

    fn supports_retract_batch(&self) -> bool {
        self.0.supports_retract_batch()
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.0.merge_batch(states)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        self.0.state()
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let ScalarValue::Decimal128(Some(sum), ..) = self.0.evaluate()? else {
            return Ok(ScalarValue::Int64(None));
        };
        Ok(ScalarValue::Int64(Some(narrow(sum)?)))
    }

    fn size(&self) -> usize {
        self.0.size()
    }
}

/// Sums of whole numbers, one a group.
struct Groups(Box<dyn GroupsAccumulator>);

impl GroupsAccumulator for Groups {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        total: usize,
    ) -> Result<()> {
        self.0.update_batch(&widen(values)?, groups, filter, total)
    }

    fn merge_batch(&mut self, states: &[ArrayRef], groups: &[usize], total: usize) -> Result<()> {
        self.0.merge_batch(states, groups, total)
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        filter: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        self.0.convert_to_state(&widen(values)?, filter)
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        self.0.state(emit)
    }

    fn evaluate(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        let sums = self.0.evaluate(emit)?;
        let narrowed: Result<Int64Array> = sums
            .as_primitive::<Decimal128Type>()
            .iter()
            .map(|sum| sum.map(narrow).transpose())
            .collect();
        Ok(Arc::new(narrowed?))
    }

    fn size(&self) -> usize {
        self.0.size()
    }
}
