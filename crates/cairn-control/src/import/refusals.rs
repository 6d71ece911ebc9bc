//! Which refusals the operations of imports have a name for.

use crate::refusal::refusals;

refusals! {
    GetImportError { ImportNotFound }
    ListImportFailuresError { InvalidNextToken InvalidParameter }
    ListImportsError { EventDataStoreARNInvalid InvalidNextToken InvalidParameter }
    StartImportError {
        AccountHasOngoingImport EventDataStoreARNInvalid EventDataStoreNotFound ImportNotFound
        InactiveEventDataStore InvalidEventDataStoreCategory InvalidEventDataStoreStatus
        InvalidImportSource InvalidParameter
    }
    StopImportError { ImportNotFound }
}
