//! Why an operation is refused, before it is the error of one operation.

use cairn_core::ErrorKind;
use cairn_store::StoreError;

/// A refusal that several operations share, and what the client reads about it.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) why: Why,
    pub(crate) text: String,
}

/// The names of CloudTrail's errors, without `Exception`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    AccountHasOngoingImport,
    ChannelARNInvalid,
    ChannelAlreadyExists,
    ChannelExistsForEDS,
    ChannelMaxLimitExceeded,
    ChannelNotFound,
    CloudTrailARNInvalid,
    Conflict,
    EventDataStoreARNInvalid,
    EventDataStoreAlreadyExists,
    EventDataStoreFederationEnabled,
    EventDataStoreHasOngoingImport,
    EventDataStoreMaxLimitExceeded,
    EventDataStoreNotFound,
    EventDataStoreTerminationProtected,
    GenerateResponse,
    ImportNotFound,
    InactiveEventDataStore,
    InactiveQuery,
    InsightNotEnabled,
    InsufficientEncryptionPolicy,
    InsufficientS3BucketPolicy,
    InsufficientSnsTopicPolicy,
    InvalidCloudWatchLogsLogGroupArn,
    InvalidCloudWatchLogsRoleArn,
    InvalidDateRange,
    InvalidEventDataStoreCategory,
    InvalidEventDataStoreStatus,
    InvalidEventSelectors,
    InvalidHomeRegion,
    InvalidImportSource,
    InvalidInsightSelectors,
    InvalidKmsKeyId,
    InvalidNextToken,
    InvalidParameter,
    InvalidParameterCombination,
    InvalidQueryStatement,
    InvalidQueryStatus,
    InvalidS3BucketName,
    InvalidS3Prefix,
    InvalidSnsTopicName,
    InvalidSource,
    InvalidTagParameter,
    InvalidTrailName,
    Kms,
    KmsKeyNotFound,
    MaxConcurrentQueries,
    MaximumNumberOfTrailsExceeded,
    OperationNotPermitted,
    OrganizationsNotInUse,
    QueryIdNotFound,
    ResourceARNNotValid,
    ResourceNotFound,
    ResourcePolicyNotFound,
    ResourcePolicyNotValid,
    ResourceTypeNotSupported,
    S3BucketDoesNotExist,
    ServiceQuotaExceeded,
    TagsLimitExceeded,
    TrailAlreadyExists,
    TrailNotFound,
    UnsupportedOperation,
    Unavailable,
    Internal,
}

impl Refusal {
    pub(crate) fn new(why: Why, text: impl Into<String>) -> Self {
        Self { why, text: text.into() }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        let why = match error.kind() {
            ErrorKind::Unavailable | ErrorKind::Throttled => Why::Unavailable,
            _ => Why::Internal,
        };
        Self::new(why, error.to_string())
    }
}

/// Says which refusals each operation has a name for. A refusal that it has none for is a defect:
/// the client reads nothing of it.
macro_rules! refusals {
    ($($error:ident { $($why:ident)* })+) => {$(
        impl From<$crate::refusal::Refusal> for cairn_api::errors::$error {
            fn from(refusal: $crate::refusal::Refusal) -> Self {
                use $crate::refusal::Why;
                match refusal.why {
                    $(Why::$why => Self::$why(refusal.text.into()),)*
                    Why::Unavailable => Self::Unavailable(refusal.text.into()),
                    Why::Internal => Self::Internal(refusal.text.into()),
                    why => {
                        let text = format!("{why:?} is no error of it: {}", refusal.text);
                        Self::Internal(text.into())
                    }
                }
            }
        }
    )+};
}

pub(crate) use refusals;
