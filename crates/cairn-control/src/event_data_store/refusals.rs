//! Which refusals the operations of event data stores have a name for.

use crate::refusal::refusals;

refusals! {
    CreateEventDataStoreError {
        EventDataStoreAlreadyExists EventDataStoreMaxLimitExceeded InsufficientEncryptionPolicy
        InvalidEventSelectors InvalidKmsKeyId InvalidParameter InvalidTagParameter Kms
        KmsKeyNotFound OrganizationsNotInUse
    }
    DeleteEventDataStoreError {
        ChannelExistsForEDS EventDataStoreARNInvalid EventDataStoreFederationEnabled
        EventDataStoreHasOngoingImport EventDataStoreNotFound EventDataStoreTerminationProtected
        InactiveEventDataStore
    }
    DisableFederationError {
        EventDataStoreARNInvalid EventDataStoreNotFound InactiveEventDataStore InvalidParameter
    }
    EnableFederationError {
        EventDataStoreARNInvalid EventDataStoreFederationEnabled EventDataStoreNotFound
        InactiveEventDataStore InvalidParameter
    }
    GetEventDataStoreError {
        EventDataStoreARNInvalid EventDataStoreNotFound OperationNotPermitted
    }
    ListEventDataStoresError { InvalidNextToken }
    RestoreEventDataStoreError {
        EventDataStoreARNInvalid EventDataStoreMaxLimitExceeded EventDataStoreNotFound
        InvalidEventDataStoreStatus
    }
    StartEventDataStoreIngestionError {
        EventDataStoreARNInvalid EventDataStoreNotFound InvalidEventDataStoreCategory
        InvalidEventDataStoreStatus
    }
    StopEventDataStoreIngestionError {
        EventDataStoreARNInvalid EventDataStoreNotFound InvalidEventDataStoreCategory
        InvalidEventDataStoreStatus
    }
    UpdateEventDataStoreError {
        Conflict EventDataStoreARNInvalid EventDataStoreAlreadyExists
        EventDataStoreHasOngoingImport EventDataStoreNotFound InactiveEventDataStore
        InsufficientEncryptionPolicy InvalidEventSelectors
        InvalidInsightSelectors InvalidKmsKeyId InvalidParameter Kms KmsKeyNotFound
        OrganizationsNotInUse
    }
}
