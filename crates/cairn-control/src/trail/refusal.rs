//! Why an operation on a trail is refused, before it is the error of one operation.

use cairn_api::errors;
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
    CloudTrailARNInvalid,
    Conflict,
    EventDataStoreARNInvalid,
    EventDataStoreNotFound,
    GenerateResponse,
    InactiveEventDataStore,
    InactiveQuery,
    InsightNotEnabled,
    InsufficientEncryptionPolicy,
    InsufficientS3BucketPolicy,
    InsufficientSnsTopicPolicy,
    InvalidCloudWatchLogsLogGroupArn,
    InvalidCloudWatchLogsRoleArn,
    InvalidDateRange,
    InvalidEventSelectors,
    InvalidHomeRegion,
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
    InvalidTagParameter,
    InvalidTrailName,
    Kms,
    KmsKeyNotFound,
    MaxConcurrentQueries,
    MaximumNumberOfTrailsExceeded,
    OperationNotPermitted,
    OrganizationsNotInUse,
    QueryIdNotFound,
    ResourceNotFound,
    ResourceTypeNotSupported,
    S3BucketDoesNotExist,
    TagsLimitExceeded,
    TrailAlreadyExists,
    TrailNotFound,
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
        impl From<Refusal> for errors::$error {
            fn from(refusal: Refusal) -> Self {
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

refusals! {
    AddTagsError {
        CloudTrailARNInvalid EventDataStoreNotFound InvalidTagParameter InvalidTrailName
        ResourceNotFound ResourceTypeNotSupported TagsLimitExceeded
    }
    CancelQueryError {
        Conflict EventDataStoreARNInvalid EventDataStoreNotFound InactiveEventDataStore
        InactiveQuery InvalidParameter OperationNotPermitted QueryIdNotFound
    }
    CreateTrailError {
        Conflict InsufficientEncryptionPolicy InsufficientS3BucketPolicy InsufficientSnsTopicPolicy
        InvalidCloudWatchLogsLogGroupArn InvalidCloudWatchLogsRoleArn InvalidKmsKeyId
        InvalidParameterCombination InvalidS3BucketName InvalidS3Prefix InvalidSnsTopicName
        InvalidTagParameter InvalidTrailName Kms KmsKeyNotFound MaximumNumberOfTrailsExceeded
        OrganizationsNotInUse S3BucketDoesNotExist TagsLimitExceeded TrailAlreadyExists
    }
    DeleteTrailError { CloudTrailARNInvalid InvalidHomeRegion InvalidTrailName TrailNotFound }
    DescribeQueryError {
        EventDataStoreARNInvalid EventDataStoreNotFound InactiveEventDataStore InvalidParameter
        OperationNotPermitted QueryIdNotFound
    }
    DescribeTrailsError { CloudTrailARNInvalid InvalidTrailName }
    GetEventSelectorsError { CloudTrailARNInvalid InvalidTrailName TrailNotFound }
    GetInsightSelectorsError {
        CloudTrailARNInvalid InsightNotEnabled InvalidParameter InvalidParameterCombination
        InvalidTrailName TrailNotFound
    }
    GetQueryResultsError {
        EventDataStoreARNInvalid EventDataStoreNotFound InactiveEventDataStore InvalidNextToken
        InvalidParameter OperationNotPermitted QueryIdNotFound
    }
    GetTrailError { CloudTrailARNInvalid InvalidTrailName TrailNotFound }
    GetTrailStatusError { CloudTrailARNInvalid InvalidTrailName TrailNotFound }
    ListQueriesError {
        EventDataStoreARNInvalid EventDataStoreNotFound InactiveEventDataStore InvalidDateRange
        InvalidNextToken InvalidParameter InvalidQueryStatus OperationNotPermitted
    }
    ListTagsError {
        CloudTrailARNInvalid EventDataStoreNotFound InvalidTrailName ResourceNotFound
        ResourceTypeNotSupported
    }
    ListTrailsError {}
    PutEventSelectorsError {
        CloudTrailARNInvalid InvalidEventSelectors InvalidHomeRegion InvalidTrailName TrailNotFound
    }
    PutInsightSelectorsError {
        CloudTrailARNInvalid InsufficientS3BucketPolicy InvalidHomeRegion InvalidInsightSelectors
        InvalidParameter InvalidParameterCombination InvalidTrailName S3BucketDoesNotExist
        TrailNotFound
    }
    RemoveTagsError {
        CloudTrailARNInvalid EventDataStoreNotFound InvalidTrailName ResourceNotFound
        ResourceTypeNotSupported
    }
    StartLoggingError { CloudTrailARNInvalid InvalidHomeRegion InvalidTrailName TrailNotFound }
    StartQueryError {
        EventDataStoreARNInvalid EventDataStoreNotFound InactiveEventDataStore
        InsufficientEncryptionPolicy InsufficientS3BucketPolicy InvalidParameter
        InvalidQueryStatement InvalidS3BucketName InvalidS3Prefix MaxConcurrentQueries
        OperationNotPermitted S3BucketDoesNotExist
    }
    StopLoggingError { CloudTrailARNInvalid InvalidHomeRegion InvalidTrailName TrailNotFound }
    UpdateTrailError {
        CloudTrailARNInvalid Conflict InsufficientEncryptionPolicy InsufficientS3BucketPolicy
        InsufficientSnsTopicPolicy InvalidCloudWatchLogsLogGroupArn InvalidCloudWatchLogsRoleArn
        InvalidHomeRegion InvalidKmsKeyId InvalidParameterCombination InvalidS3BucketName
        InvalidS3Prefix InvalidSnsTopicName InvalidTrailName Kms KmsKeyNotFound
        OrganizationsNotInUse S3BucketDoesNotExist TrailNotFound
    }
}
