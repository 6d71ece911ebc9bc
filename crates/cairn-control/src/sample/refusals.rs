//! Which refusals these operations have a name for.

use crate::refusal::refusals;

refusals! {
    GenerateQueryError {
        EventDataStoreARNInvalid EventDataStoreNotFound GenerateResponse InactiveEventDataStore
        InvalidParameter OperationNotPermitted
    }
    SearchSampleQueriesError { InvalidParameter }
}
