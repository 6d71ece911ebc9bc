//! Basic event selectors, as clients give them and get them back.

use serde::{Deserialize, Serialize};

/// `EventSelector`. What a client leaves out has its default, and all members are given back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct BasicSelector {
    /// `ReadOnly`, `WriteOnly` or `All`, once it is validated.
    pub read_write_type: String,
    pub include_management_events: bool,
    pub data_resources: Vec<DataResource>,
    pub exclude_management_event_sources: Vec<String>,
}

/// `DataResource`: data events of one type of resource.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct DataResource {
    #[serde(rename = "Type")]
    pub kind: String,
    pub values: Vec<String>,
}

/// All management events, and nothing else.
impl Default for BasicSelector {
    fn default() -> Self {
        Self {
            read_write_type: "All".to_owned(),
            include_management_events: true,
            data_resources: Vec::new(),
            exclude_management_event_sources: Vec::new(),
        }
    }
}

pub(super) const S3: &str = "AWS::S3::Object";
pub(super) const LAMBDA: &str = "AWS::Lambda::Function";
pub(super) const DYNAMODB: &str = "AWS::DynamoDB::Table";

/// Whether the value stands for every resource of the type: `arn:aws:s3`, `arn:aws:lambda`.
pub(super) fn is_all(kind: &str, value: &str) -> bool {
    let Some((partition, rest)) = value.strip_prefix("arn:").and_then(|rest| rest.split_once(':'))
    else {
        return false;
    };
    if partition != "aws" && !partition.starts_with("aws-") {
        return false;
    }
    match kind {
        S3 => rest == "s3" || rest == "s3:::",
        LAMBDA => rest == "lambda",
        DYNAMODB => rest == "dynamodb",
        _ => false,
    }
}
