//! Which refusals the operations of resource policies have a name for.

use crate::refusal::refusals;

refusals! {
    DeleteResourcePolicyError {
        Conflict ResourceARNNotValid ResourceNotFound ResourcePolicyNotFound
        ResourceTypeNotSupported
    }
    GetResourcePolicyError {
        ResourceARNNotValid ResourceNotFound ResourcePolicyNotFound ResourceTypeNotSupported
    }
    PutResourcePolicyError {
        Conflict ResourceARNNotValid ResourceNotFound ResourcePolicyNotValid
        ResourceTypeNotSupported
    }
}
