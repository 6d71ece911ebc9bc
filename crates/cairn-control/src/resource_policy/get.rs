//! GetResourcePolicy.

use cairn_api::errors::GetResourcePolicyError as Error;
use cairn_api::operations;
use cairn_api::shapes::{GetResourcePolicyRequest, GetResourcePolicyResponse};
use cairn_gateway::Call;
use cairn_store::resource_policy;

use super::resource::find;
use crate::Services;
use crate::refusal::{Refusal, Why};
use crate::table::Serve;

impl Serve for operations::GetResourcePolicy {
    async fn handle(
        services: &Services,
        call: &Call,
        input: GetResourcePolicyRequest,
    ) -> Result<GetResourcePolicyResponse, Error> {
        let arn = input.resource_arn;
        find(&services.store, call, &arn).await?;
        let policy = resource_policy::get(&services.store, &arn).await.map_err(Refusal::from)?;
        let policy = policy.ok_or_else(|| none(&arn))?;
        Ok(GetResourcePolicyResponse {
            delegated_admin_resource_policy: None,
            resource_arn: Some(arn),
            resource_policy: Some(policy),
        })
    }
}

/// Nothing is attached.
pub(super) fn none(arn: &str) -> Refusal {
    let text = format!("No resource policy is attached to the resource {arn}.");
    Refusal::new(Why::ResourcePolicyNotFound, text)
}
