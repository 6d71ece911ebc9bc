//! Which refusals the operations of queries have a name for.

use crate::refusal::refusals;

refusals! {
    CancelQueryError {
        Conflict EventDataStoreARNInvalid EventDataStoreNotFound InactiveEventDataStore
        InactiveQuery InvalidParameter OperationNotPermitted QueryIdNotFound
    }
    DescribeQueryError {
        EventDataStoreARNInvalid EventDataStoreNotFound InactiveEventDataStore InvalidParameter
        OperationNotPermitted QueryIdNotFound
    }
    GetQueryResultsError {
        EventDataStoreARNInvalid EventDataStoreNotFound InactiveEventDataStore InvalidNextToken
        InvalidParameter OperationNotPermitted QueryIdNotFound
    }
    ListQueriesError {
        EventDataStoreARNInvalid EventDataStoreNotFound InactiveEventDataStore InvalidDateRange
        InvalidNextToken InvalidParameter InvalidQueryStatus OperationNotPermitted
    }
    StartQueryError {
        EventDataStoreARNInvalid EventDataStoreNotFound InactiveEventDataStore
        InsufficientEncryptionPolicy InsufficientS3BucketPolicy InvalidParameter
        InvalidQueryStatement InvalidS3BucketName InvalidS3Prefix MaxConcurrentQueries
        OperationNotPermitted S3BucketDoesNotExist
    }
}
