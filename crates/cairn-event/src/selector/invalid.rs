//! Why selectors are refused.

/// What `InvalidEventSelectorsException` says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSelectors {
    #[error("You must specify either event selectors or advanced event selectors.")]
    NoKind,
    #[error("You cannot specify both event selectors and advanced event selectors.")]
    BothKinds,
    #[error("The number of event selectors must be between 1 and {limit}; {given} were specified.")]
    Selectors { given: usize, limit: usize },
    #[error("The number of data resources cannot exceed {limit}; {given} were specified.")]
    DataResources { given: usize, limit: usize },
    #[error(
        "The number of values for all conditions in all advanced event selectors cannot exceed \
         {limit}; {given} were specified."
    )]
    Values { given: usize, limit: usize },
    #[error("Value {value} for {member} is invalid.")]
    Value { member: &'static str, value: String },
    #[error("Invalid S3 ARN: {0}")]
    S3Arn(String),
    #[error("Event selector ExcludeManagementEventSources is not valid")]
    ExcludedSources,
    #[error("The advanced event selector must have at least one field selector.")]
    NoFields,
    #[error("The name of an advanced event selector cannot exceed 1000 characters.")]
    Name,
    #[error("Field {0} must be specified exactly once in an advanced event selector.")]
    Once(&'static str),
    #[error("Field {field} is not supported for the {category} event category.")]
    Field { field: String, category: String },
    #[error("Field {0} must have at least one operator, with at least one value each.")]
    NoOperator(String),
    #[error("Operator {operator} is not supported for field {field}.")]
    Operator { field: String, operator: &'static str },
    #[error("Field {0} must have exactly one value.")]
    OneValue(String),
    #[error("Value {value} is invalid for field {field}.")]
    FieldValue { field: String, value: String },
    #[error("The values of field {0} must have 1 to 2048 characters.")]
    Length(String),
    #[error("The {0} event category cannot be combined with other event selectors.")]
    Alone(String),
}
