//! Which refusals the operations of trails have a name for.

use crate::refusal::refusals;

refusals! {
    CreateTrailError {
        Conflict InsufficientEncryptionPolicy InsufficientS3BucketPolicy InsufficientSnsTopicPolicy
        InvalidCloudWatchLogsLogGroupArn InvalidCloudWatchLogsRoleArn InvalidKmsKeyId
        InvalidParameterCombination InvalidS3BucketName InvalidS3Prefix InvalidSnsTopicName
        InvalidTagParameter InvalidTrailName Kms KmsKeyNotFound MaximumNumberOfTrailsExceeded
        OrganizationsNotInUse S3BucketDoesNotExist TagsLimitExceeded TrailAlreadyExists
    }
    DeleteTrailError { CloudTrailARNInvalid InvalidHomeRegion InvalidTrailName TrailNotFound }
    DescribeTrailsError { CloudTrailARNInvalid InvalidTrailName }
    GetEventSelectorsError { CloudTrailARNInvalid InvalidTrailName TrailNotFound }
    GetInsightSelectorsError {
        CloudTrailARNInvalid InsightNotEnabled InvalidParameter InvalidParameterCombination
        InvalidTrailName TrailNotFound
    }
    GetTrailError { CloudTrailARNInvalid InvalidTrailName TrailNotFound }
    GetTrailStatusError { CloudTrailARNInvalid InvalidTrailName TrailNotFound }
    ListTrailsError {}
    PutEventSelectorsError {
        CloudTrailARNInvalid InvalidEventSelectors InvalidHomeRegion InvalidTrailName TrailNotFound
    }
    PutInsightSelectorsError {
        CloudTrailARNInvalid InsufficientS3BucketPolicy InvalidHomeRegion InvalidInsightSelectors
        InvalidParameter InvalidParameterCombination InvalidTrailName S3BucketDoesNotExist
        TrailNotFound
    }
    StartLoggingError { CloudTrailARNInvalid InvalidHomeRegion InvalidTrailName TrailNotFound }
    StopLoggingError { CloudTrailARNInvalid InvalidHomeRegion InvalidTrailName TrailNotFound }
    UpdateTrailError {
        CloudTrailARNInvalid Conflict InsufficientEncryptionPolicy InsufficientS3BucketPolicy
        InsufficientSnsTopicPolicy InvalidCloudWatchLogsLogGroupArn InvalidCloudWatchLogsRoleArn
        InvalidHomeRegion InvalidKmsKeyId InvalidParameterCombination InvalidS3BucketName
        InvalidS3Prefix InvalidSnsTopicName InvalidTrailName Kms KmsKeyNotFound
        OrganizationsNotInUse S3BucketDoesNotExist TrailNotFound
    }
}
