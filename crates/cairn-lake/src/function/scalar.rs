//! A function of one row, as the engine sees it.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, UInt32Array, new_null_array};
use arrow::compute::{concat, take};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

use super::bound;
use super::call::Call;
use super::shape::Shape;
use super::types;

/// A function and its forms.
pub(super) struct Function {
    /// As Trino spells it.
    pub(super) name: &'static str,
    pub(super) forms: &'static [Form],
    pub(super) volatile: bool,
}

/// One way to call a function.
pub(super) struct Form {
    pub(super) shape: &'static str,
    /// Where the result's type hangs on more than the types of the arguments.
    pub(super) result: Option<Returned>,
    pub(super) run: Run,
}

/// The answer to a batch of rows, or to one row where all arguments are constant.
pub(super) type Run = fn(&Call<'_>) -> Result<ArrayRef>;
/// The result's field, from the fields of the arguments and those that are constant.
type Returned = fn(&str, &[FieldRef], &[Option<&ScalarValue>]) -> Result<Field>;

pub(super) const fn function(name: &'static str, forms: &'static [Form]) -> Function {
    Function { name, forms, volatile: false }
}

pub(super) const fn form(shape: &'static str, run: Run) -> Form {
    Form { shape, result: None, run }
}

pub(super) const fn form_as(shape: &'static str, result: Returned, run: Run) -> Form {
    Form { shape, result: Some(result), run }
}

/// A function in the engine.
pub(super) struct Scalar {
    function: &'static Function,
    /// Under which the engine knows it.
    name: String,
    shapes: Vec<Shape>,
    signature: Signature,
    /// A row that cannot be answered is null, as inside of TRY.
    lenient: bool,
}

impl Scalar {
    pub(super) fn new(function: &'static Function, lenient: bool) -> Result<Self> {
        let shapes = function.forms.iter().map(|form| Shape::parse(form.shape));
        let volatility =
            if function.volatile { Volatility::Volatile } else { Volatility::Immutable };
        Ok(Self {
            function,
            name: super::internal(function.name, lenient),
            shapes: shapes.collect::<Result<_>>()?,
            signature: Signature::user_defined(volatility),
            lenient,
        })
    }

    /// The form that costs least.
    fn fit(&self, fields: &[FieldRef]) -> Result<Fit<'_>> {
        let mut best: Option<(u32, Fit<'_>)> = None;
        for (form, shape) in self.function.forms.iter().zip(&self.shapes) {
            let Some((wanted, cost, bound)) = shape.fit(fields) else { continue };
            if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                let field = shape.result(&self.name, &bound);
                best = Some((cost, Fit { form, wanted, field }));
            }
        }
        match best {
            Some((_, fit)) => Ok(fit),
            None => plan_err!("{}", self.unexpected(fields)),
        }
    }

    fn unexpected(&self, fields: &[FieldRef]) -> String {
        let name = self.function.name;
        let given: Vec<String> = fields.iter().map(|field| types::name(field)).collect();
        let expected: Vec<String> =
            self.shapes.iter().map(|shape| format!("{name}{shape}")).collect();
        super::fault::unexpected(name, &given, &expected)
    }

    fn run(&self, form: &Form, call: &Call<'_>) -> Result<ArrayRef> {
        match (form.run)(call) {
            Err(_) if self.lenient => (0..call.rows)
                .map(|row| match (form.run)(&call.only(row)) {
                    Ok(answer) => types::retyped(&answer, call.result),
                    Err(_) => Ok(new_null_array(call.result, 1)),
                })
                .collect::<Result<Vec<_>>>()
                .and_then(|rows| joined(&rows, call.result)),
            answer => answer,
        }
    }
}

/// How a call is answered.
struct Fit<'a> {
    form: &'a Form,
    wanted: Vec<DataType>,
    field: FieldRef,
}

fn joined(rows: &[ArrayRef], data_type: &DataType) -> Result<ArrayRef> {
    if rows.is_empty() {
        return Ok(new_null_array(data_type, 0));
    }
    let rows: Vec<&dyn Array> = rows.iter().map(AsRef::as_ref).collect();
    Ok(concat(&rows)?)
}

impl ScalarUDFImpl for Scalar {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        Ok(self.fit(&unnamed(given))?.wanted)
    }

    fn return_type(&self, given: &[DataType]) -> Result<DataType> {
        let fields = unnamed(given);
        let constants = vec![None; given.len()];
        let args = ReturnFieldArgs { arg_fields: &fields, scalar_arguments: &constants };
        Ok(self.return_field_from_args(args)?.data_type().clone())
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let fit = self.fit(args.arg_fields)?;
        match fit.form.result {
            Some(result) => {
                Ok(Arc::new(result(&self.name, args.arg_fields, args.scalar_arguments)?))
            }
            None => Ok(fit.field),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let fit = self.fit(&args.arg_fields)?;
        let constant = |arg: &ColumnarValue| matches!(arg, ColumnarValue::Scalar(_));
        let all_constant = !args.args.is_empty() && args.args.iter().all(constant);
        // What is random is another in each row.
        let once = all_constant && !self.function.volatile;
        let rows = if once { 1 } else { args.number_rows };
        let mut columns = Vec::with_capacity(args.args.len());
        for (arg, wanted) in args.args.iter().zip(&fit.wanted) {
            let column = match arg {
                ColumnarValue::Array(array) => Arc::clone(array),
                ColumnarValue::Scalar(scalar) => scalar.to_array_of_size(1)?,
            };
            columns.push((types::brought(&column, wanted)?, constant(arg)));
        }
        let call = Call::new(rows, columns, &args.arg_fields, args.return_field.data_type());
        let answer = bound::within(&args.config_options, || self.run(fit.form, &call))?;
        let answer = types::retyped(&answer, args.return_field.data_type())?;
        if once {
            return Ok(ColumnarValue::Scalar(types::scalar_at(&answer, 0)?));
        }
        Ok(ColumnarValue::Array(answer))
    }
}

fn unnamed(given: &[DataType]) -> Vec<FieldRef> {
    given.iter().map(|of| Arc::new(Field::new("", of.clone(), true))).collect()
}

/// Values of an array by their places; a place that is none is null.
pub(super) fn picked(values: &dyn Array, places: Vec<Option<u32>>) -> Result<ArrayRef> {
    Ok(take(values, &UInt32Array::from(places), None)?)
}

impl std::fmt::Debug for Scalar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scalar").field("name", &self.name).finish_non_exhaustive()
    }
}

impl PartialEq for Scalar {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Scalar {}

impl Hash for Scalar {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}
