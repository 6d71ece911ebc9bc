//! Which refusals the operations of dashboards have a name for.

use crate::refusal::refusals;

refusals! {
    CreateDashboardError {
        Conflict EventDataStoreNotFound InactiveEventDataStore InsufficientEncryptionPolicy
        InvalidQueryStatement InvalidTagParameter ServiceQuotaExceeded
    }
    DeleteDashboardError { Conflict ResourceNotFound UnsupportedOperation }
    GetDashboardError { ResourceNotFound UnsupportedOperation }
    ListDashboardsError { UnsupportedOperation }
    StartDashboardRefreshError {
        EventDataStoreNotFound InactiveEventDataStore ResourceNotFound ServiceQuotaExceeded
        UnsupportedOperation
    }
    UpdateDashboardError {
        Conflict EventDataStoreNotFound InactiveEventDataStore InsufficientEncryptionPolicy
        InvalidQueryStatement ResourceNotFound ServiceQuotaExceeded UnsupportedOperation
    }
}
