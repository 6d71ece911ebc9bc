//! The operators of conditions.

/// An operator, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Operator {
    pub(super) quantifier: Quantifier,
    pub(super) test: Test,
    /// Whether no operand may fit.
    pub(super) negated: bool,
    /// Whether a key that is not there fulfils the condition.
    pub(super) if_exists: bool,
}

/// How a key with a list of values is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quantifier {
    /// The key has one value.
    Single,
    AllValues,
    AnyValue,
}

/// How a value is compared with an operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Test {
    StringEquals,
    StringEqualsIgnoreCase,
    StringLike,
    Numeric(Order),
    Date(Order),
    Bool,
    Binary,
    IpAddress,
    Arn,
    Null,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Order {
    pub(super) fn holds<T: PartialOrd>(self, value: &T, operand: &T) -> bool {
        match self {
            Self::Equal => value == operand,
            Self::Less => value < operand,
            Self::LessOrEqual => value <= operand,
            Self::Greater => value > operand,
            Self::GreaterOrEqual => value >= operand,
        }
    }
}

impl Operator {
    /// `None` for what is no operator.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        let (quantifier, rest) = match name.split_once(':') {
            None => (Quantifier::Single, name),
            Some(("ForAllValues", rest)) => (Quantifier::AllValues, rest),
            Some(("ForAnyValue", rest)) => (Quantifier::AnyValue, rest),
            Some(_) => return None,
        };
        if rest == "Null" {
            let single = quantifier == Quantifier::Single;
            return single.then_some(Self {
                quantifier,
                test: Test::Null,
                negated: false,
                if_exists: false,
            });
        }
        let (rest, if_exists) = match rest.strip_suffix("IfExists") {
            Some(rest) => (rest, true),
            None => (rest, false),
        };
        let (test, negated) = test_of(rest)?;
        Some(Self { quantifier, test, negated, if_exists })
    }
}

fn test_of(name: &str) -> Option<(Test, bool)> {
    Some(match name {
        "StringEquals" => (Test::StringEquals, false),
        "StringNotEquals" => (Test::StringEquals, true),
        "StringEqualsIgnoreCase" => (Test::StringEqualsIgnoreCase, false),
        "StringNotEqualsIgnoreCase" => (Test::StringEqualsIgnoreCase, true),
        "StringLike" => (Test::StringLike, false),
        "StringNotLike" => (Test::StringLike, true),
        "Bool" => (Test::Bool, false),
        "BinaryEquals" => (Test::Binary, false),
        "IpAddress" => (Test::IpAddress, false),
        "NotIpAddress" => (Test::IpAddress, true),
        "ArnEquals" | "ArnLike" => (Test::Arn, false),
        "ArnNotEquals" | "ArnNotLike" => (Test::Arn, true),
        _ => {
            if let Some(order) = name.strip_prefix("Numeric") {
                let (order, negated) = order_of(order)?;
                (Test::Numeric(order), negated)
            } else {
                let (order, negated) = order_of(name.strip_prefix("Date")?)?;
                (Test::Date(order), negated)
            }
        }
    })
}

fn order_of(name: &str) -> Option<(Order, bool)> {
    Some(match name {
        "Equals" => (Order::Equal, false),
        "NotEquals" => (Order::Equal, true),
        "LessThan" => (Order::Less, false),
        "LessThanEquals" => (Order::LessOrEqual, false),
        "GreaterThan" => (Order::Greater, false),
        "GreaterThanEquals" => (Order::GreaterOrEqual, false),
        _ => return None,
    })
}
