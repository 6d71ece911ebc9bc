//! Conditions of a statement.

mod operand;
mod operator;

use crate::json::Json;
use crate::parse::Strictness;
use crate::truth::Truth;
use crate::{Context, ContextValue, Malformed};
use operand::Operand;
use operator::{Operator, Quantifier, Test};

/// One operator on one key, with the values it compares the key with.
#[derive(Debug, Clone)]
pub(crate) struct Condition {
    /// `None` where nobody knows the operator.
    operator: Option<Operator>,
    /// In lower case.
    key: String,
    operands: Vec<Operand>,
}

impl Condition {
    /// Reads the value of `Condition`.
    pub(crate) fn parse_all(
        value: &Json,
        variables: bool,
        strictness: Strictness,
    ) -> Result<Vec<Self>, Malformed> {
        let Json::Map(operators) = value else { return Err(Malformed::NotAnObject("Condition")) };
        let mut conditions = Vec::new();
        for (name, keys) in operators {
            let Json::Map(keys) = keys else { return Err(Malformed::Type("Condition")) };
            let operator = Operator::from_name(name);
            if operator.is_none() && strictness == Strictness::Refuse {
                return Err(Malformed::Operator(name.clone()));
            }
            for (key, values) in keys {
                if !key.contains(':') {
                    return Err(Malformed::Key(key.clone()));
                }
                let mut operands = Vec::new();
                for text in values_of(values)? {
                    let operand = operator.map_or(Operand::Invalid, |operator| {
                        Operand::parse(operator.test, &text, variables)
                    });
                    if operand == Operand::Invalid && strictness == Strictness::Refuse {
                        let operator = name.clone();
                        return Err(Malformed::Value { operator, value: text });
                    }
                    operands.push(operand);
                }
                conditions.push(Self { operator, key: key.to_lowercase(), operands });
            }
        }
        Ok(conditions)
    }

    pub(crate) fn holds(&self, context: &Context) -> Truth {
        let Some(operator) = self.operator else { return Truth::Unknown };
        let values = context.values(&self.key);
        if operator.test == Test::Null {
            return Truth::any(self.operands.iter().map(|operand| operand.is_null(values)));
        }
        if values.is_empty() {
            return match operator.quantifier {
                _ if operator.if_exists => Truth::Yes,
                Quantifier::AllValues => Truth::Yes,
                Quantifier::AnyValue => Truth::No,
                Quantifier::Single => Truth::of(operator.negated),
            };
        }
        let one = |value: &ContextValue| self.fits(operator, value, context);
        match (operator.quantifier, values) {
            (Quantifier::AllValues, _) => Truth::all(values.iter().map(one)),
            (Quantifier::AnyValue, _) => Truth::any(values.iter().map(one)),
            (Quantifier::Single, [value]) => one(value),
            // A list, and nobody says how it is meant.
            (Quantifier::Single, _) => Truth::Unknown,
        }
    }

    /// Any operand will do, or, where the operator is negated, none may fit.
    fn fits(&self, operator: Operator, value: &ContextValue, context: &Context) -> Truth {
        let fit = |operand: &Operand| operand.fits(operator.test, value, context);
        Truth::any(self.operands.iter().map(fit)).not_if(operator.negated)
    }
}

/// A value or a list of values, at least one, as texts.
fn values_of(value: &Json) -> Result<Vec<String>, Malformed> {
    let list = match value {
        Json::List(list) if !list.is_empty() => list.as_slice(),
        one => std::slice::from_ref(one),
    };
    let text = |value: &Json| match value {
        Json::Text(text) | Json::Number(text) => Ok(text.clone()),
        Json::Bool(value) => Ok(value.to_string()),
        Json::Null | Json::List(_) | Json::Map(_) => Err(Malformed::Type("Condition")),
    };
    list.iter().map(text).collect()
}

#[cfg(test)]
mod tests;
