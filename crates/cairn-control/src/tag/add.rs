//! AddTags.

use cairn_api::errors::AddTagsError as Error;
use cairn_api::operations;
use cairn_api::shapes::{AddTagsRequest, AddTagsResponse};
use cairn_gateway::Call;
use cairn_store::{StoreError, tag};

use super::resource::find_for_change;
use super::tags;
use crate::Services;
use crate::effect::{Change, Changed};
use crate::refusal::{Refusal, Why};

impl Change for operations::AddTags {
    async fn change(
        services: &Services,
        call: &Call,
        input: AddTagsRequest,
    ) -> Result<Changed<AddTagsResponse>, Error> {
        let tags = tags(&input.tags_list)?;
        let mut txn = services.store.begin().await.map_err(Refusal::from)?;
        let arn = find_for_change(&mut txn, call, &input.resource_id).await?;
        tag::put(&mut txn, &arn, &tags).await.map_err(too_many)?;
        Ok(Changed { txn, output: AddTagsResponse {}, shown: None, plan: None })
    }
}

/// The store's refusal of more tags than a resource may have.
pub(crate) fn too_many(error: StoreError) -> Refusal {
    match error {
        StoreError::LimitExceeded { limit, .. } => {
            let text = format!("A resource can have at most {limit} tags.");
            Refusal::new(Why::TagsLimitExceeded, text)
        }
        other => other.into(),
    }
}
