//! Functions that take lambdas.

mod apart;
mod evaluate;
mod reduce;
mod replace;
mod sort;

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Fields};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, HigherOrderFunctionArgs, HigherOrderReturnFieldArgs, HigherOrderSignature,
    HigherOrderUDF, HigherOrderUDFImpl, LambdaParametersProgress, ValueOrLambda, Volatility,
};

use crate::function::within_lambdas;

pub(super) use apart::ApartFromColumns;

/// What the engine's names of these functions begin with, before Trino's.
pub(super) const PREFIX: &str = "lake_";
/// The same, of those that have a form without a lambda.
pub(super) const FORM: &str = "lake_lambda_";

/// All functions of lambdas.
pub(super) fn all() -> Vec<Arc<HigherOrderUDF>> {
    let kinds = [
        Kind::Transform,
        Kind::Filter,
        Kind::AnyMatch,
        Kind::AllMatch,
        Kind::NoneMatch,
        Kind::MapFilter,
        Kind::TransformKeys,
        Kind::TransformValues,
        Kind::ZipWith,
        Kind::Reduce,
        Kind::ArraySort,
        Kind::RegexpReplace,
    ];
    kinds
        .into_iter()
        .map(|kind| Arc::new(HigherOrderUDF::new_from_impl(Lambda::new(kind))))
        .collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Transform,
    Filter,
    AnyMatch,
    AllMatch,
    NoneMatch,
    MapFilter,
    TransformKeys,
    TransformValues,
    ZipWith,
    Reduce,
    ArraySort,
    RegexpReplace,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Transform => "lake_transform",
            Self::Filter => "lake_filter",
            Self::AnyMatch => "lake_any_match",
            Self::AllMatch => "lake_all_match",
            Self::NoneMatch => "lake_none_match",
            Self::MapFilter => "lake_map_filter",
            Self::TransformKeys => "lake_transform_keys",
            Self::TransformValues => "lake_transform_values",
            Self::ZipWith => "lake_zip_with",
            Self::Reduce => "lake_reduce",
            Self::ArraySort => "lake_lambda_array_sort",
            Self::RegexpReplace => "lake_lambda_regexp_replace",
        }
    }

    fn is_of_maps(self) -> bool {
        matches!(self, Self::MapFilter | Self::TransformKeys | Self::TransformValues)
    }

    fn signature(self) -> HigherOrderSignature {
        let (value, lambda) = (ValueOrLambda::Value(()), ValueOrLambda::Lambda(()));
        let args = match self {
            Self::ZipWith | Self::RegexpReplace => vec![value.clone(), value, lambda],
            Self::Reduce => vec![value.clone(), value, lambda.clone(), lambda],
            _ => vec![value, lambda],
        };
        HigherOrderSignature::exact(args, Volatility::Immutable)
    }
}

/// A function that takes lambdas.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Lambda {
    kind: Kind,
    signature: HigherOrderSignature,
}

impl Lambda {
    fn new(kind: Kind) -> Self {
        Self { kind, signature: kind.signature() }
    }

    fn unexpected<T>(&self) -> Result<T> {
        let name = self.kind.name().trim_start_matches(FORM).trim_start_matches(PREFIX);
        plan_err!("Unexpected parameters for function {name}")
    }

    /// What a lambda's parameters are: items of arrays, or keys and values of maps.
    fn items(&self, of: &FieldRef) -> Result<Vec<FieldRef>> {
        match of.data_type() {
            DataType::List(item) if !self.kind.is_of_maps() => Ok(vec![nullable(item)]),
            DataType::Map(entries, _) if self.kind.is_of_maps() => match pair(entries) {
                Some((key, value)) => Ok(vec![nullable(key), nullable(value)]),
                None => self.unexpected(),
            },
            _ => self.unexpected(),
        }
    }
}

impl HigherOrderUDFImpl for Lambda {
    fn name(&self) -> &str {
        self.kind.name()
    }

    fn signature(&self) -> &HigherOrderSignature {
        &self.signature
    }

    /// Rows that are null are left out here. The engine would make a constant as many arrays as
    /// there are rows to do it.
    fn clear_null_values(&self) -> bool {
        false
    }

    fn coerce_value_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        let plain = |of: &DataType| match of {
            DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
                DataType::List(Arc::clone(item))
            }
            DataType::Null if !self.kind.is_of_maps() => DataType::new_list(DataType::Null, true),
            other => other.clone(),
        };
        let lists = match self.kind {
            Kind::RegexpReplace => return texts(given).map_or_else(|| self.unexpected(), Ok),
            Kind::ZipWith => 2,
            _ => 1,
        };
        let plained = given.iter().enumerate();
        Ok(plained.map(|(at, of)| if at < lists { plain(of) } else { of.clone() }).collect())
    }

    fn lambda_parameters(
        &self,
        _step: usize,
        fields: &[ValueOrLambda<FieldRef, Option<FieldRef>>],
    ) -> Result<LambdaParametersProgress> {
        let parameters = match fields {
            [ValueOrLambda::Value(of), ValueOrLambda::Lambda(_)] => {
                let mut items = self.items(of)?;
                if self.kind == Kind::ArraySort {
                    items.extend_from_within(..);
                }
                items
            }
            [ValueOrLambda::Value(_), ValueOrLambda::Value(_), ValueOrLambda::Lambda(_)]
                if self.kind == Kind::RegexpReplace =>
            {
                let groups = DataType::new_list(DataType::Utf8, true);
                vec![Arc::new(Field::new("groups", groups, true))]
            }
            [ValueOrLambda::Value(a), ValueOrLambda::Value(b), ValueOrLambda::Lambda(_)] => {
                let mut items = self.items(a)?;
                items.extend(self.items(b)?);
                items
            }
            [
                ValueOrLambda::Value(of),
                ValueOrLambda::Value(start),
                ValueOrLambda::Lambda(state),
                ValueOrLambda::Lambda(_),
            ] => return Ok(reduce::parameters(self.items(of)?, start, state.as_ref())),
            _ => return self.unexpected(),
        };
        Ok(LambdaParametersProgress::Complete(vec![parameters]))
    }

    fn coerce_values_for_lambdas(
        &self,
        fields: &[ValueOrLambda<DataType, DataType>],
    ) -> Result<Option<Vec<DataType>>> {
        match fields {
            [
                ValueOrLambda::Value(of),
                ValueOrLambda::Value(_),
                ValueOrLambda::Lambda(state),
                _,
            ] => Ok(Some(vec![of.clone(), state.clone()])),
            _ => Ok(None),
        }
    }

    fn return_field_from_args(&self, args: HigherOrderReturnFieldArgs<'_>) -> Result<FieldRef> {
        let (Some(ValueOrLambda::Value(of)), Some(ValueOrLambda::Lambda(result))) =
            (args.arg_fields.first(), args.arg_fields.last())
        else {
            return self.unexpected();
        };
        let data_type = match (self.kind, of.data_type()) {
            (Kind::Transform | Kind::ZipWith, _) => {
                let item = result.as_ref().clone().with_name("item").with_nullable(true);
                DataType::List(Arc::new(item))
            }
            (Kind::Filter | Kind::MapFilter, same) => same.clone(),
            (Kind::ArraySort, same) if result.data_type().is_integer() => same.clone(),
            (Kind::RegexpReplace, _) if *result.data_type() == DataType::Utf8 => DataType::Utf8,
            (Kind::AnyMatch | Kind::AllMatch | Kind::NoneMatch, _) => DataType::Boolean,
            (Kind::TransformKeys | Kind::TransformValues, DataType::Map(entries, _)) => {
                let Some((key, value)) = pair(entries) else { return self.unexpected() };
                let (key, value) = match self.kind {
                    Kind::TransformKeys => (result, value),
                    _ => (key, result),
                };
                let key = key.as_ref().clone().with_name("key").with_nullable(false);
                let value = value.as_ref().clone().with_name("value").with_nullable(true);
                let fields = Fields::from(vec![key, value]);
                let entries = Field::new("entries", DataType::Struct(fields), false);
                DataType::Map(Arc::new(entries), false)
            }
            (Kind::Reduce, _) => return Ok(nullable(result)),
            _ => return self.unexpected(),
        };
        Ok(Arc::new(Field::new("", data_type, true)))
    }

    fn invoke_with_args(&self, args: HigherOrderFunctionArgs) -> Result<ColumnarValue> {
        let answer = within_lambdas(&args.config_options, || match self.kind {
            Kind::Reduce => reduce::run(&args),
            Kind::ZipWith => evaluate::zip_with(&args),
            Kind::ArraySort => sort::run(&args),
            Kind::RegexpReplace => replace::run(&args),
            kind if kind.is_of_maps() => evaluate::map(kind, &args),
            kind => evaluate::list(kind, &args),
        });
        Ok(ColumnarValue::Array(answer?))
    }
}

/// All of them as texts, if they are.
fn texts(given: &[DataType]) -> Option<Vec<DataType>> {
    let is_text = |of: &DataType| of.is_string() || *of == DataType::Null;
    given.iter().all(is_text).then(|| vec![DataType::Utf8; given.len()])
}

fn nullable(field: &FieldRef) -> FieldRef {
    Arc::new(field.as_ref().clone().with_nullable(true))
}

fn pair(entries: &FieldRef) -> Option<(&FieldRef, &FieldRef)> {
    match entries.data_type() {
        DataType::Struct(fields) => match fields.as_ref() {
            [key, value] => Some((key, value)),
            _ => None,
        },
        _ => None,
    }
}
