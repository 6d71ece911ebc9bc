//! PutResourcePolicy.

use cairn_api::errors::PutResourcePolicyError as Error;
use cairn_api::operations;
use cairn_api::shapes::{PutResourcePolicyRequest, PutResourcePolicyResponse};
use cairn_gateway::{Call, present};
use cairn_store::resource_policy;

use super::resource::find_for_change;
use super::rules;
use crate::Services;
use crate::effect::{Change, Changed};
use crate::refusal::Refusal;

impl Change for operations::PutResourcePolicy {
    async fn change(
        services: &Services,
        call: &Call,
        input: PutResourcePolicyRequest,
    ) -> Result<Changed<PutResourcePolicyResponse>, Error> {
        let PutResourcePolicyRequest { resource_arn, resource_policy } = input;
        let mut txn = services.store.begin().await.map_err(Refusal::from)?;
        let kind = find_for_change(&mut txn, call, &resource_arn).await?;
        rules::check(&resource_policy, kind, &resource_arn)?;
        let put = resource_policy::put(&mut txn, &resource_arn, &resource_policy).await;
        put.map_err(Refusal::from)?;
        let shown = present([
            ("resourceArn", Some(resource_arn.clone().into())),
            ("resourcePolicy", Some(resource_policy.clone().into())),
        ]);
        let output = PutResourcePolicyResponse {
            delegated_admin_resource_policy: None,
            resource_arn: Some(resource_arn),
            resource_policy: Some(resource_policy),
        };
        Ok(Changed { txn, output, shown: Some(shown), plan: None })
    }
}
