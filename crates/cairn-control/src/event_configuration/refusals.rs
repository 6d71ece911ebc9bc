//! Which refusals the operations of event configuration have a name for.

use crate::refusal::refusals;

refusals! {
    GetEventConfigurationError {
        CloudTrailARNInvalid EventDataStoreARNInvalid EventDataStoreNotFound
        InvalidEventDataStoreCategory InvalidEventDataStoreStatus InvalidParameter
        InvalidParameterCombination InvalidTrailName TrailNotFound
    }
    PutEventConfigurationError {
        CloudTrailARNInvalid EventDataStoreARNInvalid EventDataStoreNotFound
        InactiveEventDataStore InvalidEventDataStoreCategory InvalidHomeRegion InvalidParameter
        InvalidParameterCombination InvalidTrailName TrailNotFound
    }
}
