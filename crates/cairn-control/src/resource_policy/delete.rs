//! DeleteResourcePolicy.

use cairn_api::errors::DeleteResourcePolicyError as Error;
use cairn_api::operations;
use cairn_api::shapes::{DeleteResourcePolicyRequest, DeleteResourcePolicyResponse};
use cairn_gateway::Call;
use cairn_store::resource_policy;

use super::get::none;
use super::resource::find_for_change;
use crate::Services;
use crate::effect::{Change, Changed};
use crate::refusal::Refusal;

impl Change for operations::DeleteResourcePolicy {
    async fn change(
        services: &Services,
        call: &Call,
        input: DeleteResourcePolicyRequest,
    ) -> Result<Changed<DeleteResourcePolicyResponse>, Error> {
        let arn = &input.resource_arn;
        let mut txn = services.store.begin().await.map_err(Refusal::from)?;
        find_for_change(&mut txn, call, arn).await?;
        if !resource_policy::remove(&mut txn, arn).await.map_err(Refusal::from)? {
            return Err(none(arn).into());
        }
        Ok(Changed { txn, output: DeleteResourcePolicyResponse {}, shown: None, plan: None })
    }
}
