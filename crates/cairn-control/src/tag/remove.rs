//! RemoveTags: by key, whatever the value. A key that is not there is no error.

use cairn_api::errors::RemoveTagsError as Error;
use cairn_api::operations;
use cairn_api::shapes::{RemoveTagsRequest, RemoveTagsResponse};
use cairn_gateway::Call;
use cairn_store::tag;

use super::resource::find_for_change;
use crate::Services;
use crate::effect::{Change, Changed};
use crate::refusal::Refusal;

impl Change for operations::RemoveTags {
    async fn change(
        services: &Services,
        call: &Call,
        input: RemoveTagsRequest,
    ) -> Result<Changed<RemoveTagsResponse>, Error> {
        let mut txn = services.store.begin().await.map_err(Refusal::from)?;
        let arn = find_for_change(&mut txn, call, &input.resource_id).await?;
        let keys: Vec<&str> = input.tags_list.iter().map(|tag| &*tag.key).collect();
        tag::remove(&mut txn, &arn, &keys).await.map_err(Refusal::from)?;
        Ok(Changed { txn, output: RemoveTagsResponse {}, shown: None, plan: None })
    }
}
