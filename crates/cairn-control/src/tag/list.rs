//! ListTags: the tags of up to twenty resources.

use cairn_api::errors::ListTagsError as Error;
use cairn_api::operations;
use cairn_api::shapes::{ListTagsRequest, ListTagsResponse, ResourceTag, Tag};
use cairn_gateway::Call;
use cairn_store::tag;

use super::resource::find;
use crate::Services;
use crate::refusal::Refusal;
use crate::table::Serve;

/// Resources of one request.
const RESOURCES: usize = 20;

impl Serve for operations::ListTags {
    async fn handle(
        services: &Services,
        call: &Call,
        input: ListTagsRequest,
    ) -> Result<ListTagsResponse, Error> {
        if input.next_token.is_some() {
            let text = "The token is not valid: the first page is the last. Repeat the request \
                        without it.";
            return Err(Error::InvalidToken(text.into()));
        }
        if input.resource_id_list.len() > RESOURCES {
            let text = format!("You can list the tags of at most {RESOURCES} resources at a time.");
            return Err(Error::OperationNotPermitted(text.into()));
        }
        let mut resource_tag_list = Vec::with_capacity(input.resource_id_list.len());
        for resource in input.resource_id_list {
            let arn = find(&services.store, call, &resource).await?;
            let tags = tag::list(&services.store, &arn).await.map_err(Refusal::from)?;
            let shown = |tag: cairn_store::Tag| Tag { key: tag.key, value: tag.value };
            resource_tag_list.push(ResourceTag {
                resource_id: Some(resource),
                tags_list: Some(tags.into_iter().map(shown).collect()),
            });
        }
        Ok(ListTagsResponse { next_token: None, resource_tag_list: Some(resource_tag_list) })
    }
}
