//! Why a text is no policy.

/// What is wrong with a policy document. How a service words it is for the service to say.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    #[error("the policy is not valid JSON, or has a member twice, at line {line}")]
    Json { line: usize },
    #[error("'{0}' is not a JSON object")]
    NotAnObject(&'static str),
    #[error("'{0}' is missing")]
    Missing(&'static str),
    #[error("'{one}' and '{other}' exclude each other")]
    Both { one: &'static str, other: &'static str },
    #[error("unknown member '{0}'")]
    Member(String),
    #[error("the value of '{0}' has the wrong type, or is empty")]
    Type(&'static str),
    #[error("invalid version '{0}': 2012-10-17 or 2008-10-17")]
    Version(String),
    #[error("invalid effect '{0}': Allow or Deny")]
    Effect(String),
    #[error("invalid principal '{0}'")]
    Principal(String),
    #[error("invalid action '{0}'")]
    Action(String),
    #[error("invalid resource '{0}'")]
    Resource(String),
    #[error("unknown condition operator '{0}'")]
    Operator(String),
    #[error("invalid condition key '{0}'")]
    Key(String),
    #[error("invalid value '{value}' for condition operator '{operator}'")]
    Value { operator: String, value: String },
    #[error("invalid policy variable in '{0}'")]
    Variable(String),
}
