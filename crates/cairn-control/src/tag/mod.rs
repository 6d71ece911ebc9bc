//! Tags of trails, event data stores and channels.

mod add;
mod list;
mod refusals;
mod remove;
mod resource;

use cairn_api::shapes::Tag as Given;
use cairn_store::Tag;

pub(crate) use add::too_many;

use crate::refusal::{Refusal, Why};

/// The tags of a request, each key at most once.
pub(crate) fn tags(given: &[Given]) -> Result<Vec<Tag>, Refusal> {
    let mut tags: Vec<Tag> = Vec::with_capacity(given.len());
    for Given { key, value } in given {
        if key.to_ascii_lowercase().starts_with("aws:") {
            let text = format!("The tag key {key} is not valid: aws: is reserved.");
            return Err(Refusal::new(Why::InvalidTagParameter, text));
        }
        if tags.iter().any(|tag| tag.key == *key) {
            let text = format!("The tag key {key} is there more than once.");
            return Err(Refusal::new(Why::InvalidTagParameter, text));
        }
        tags.push(Tag { key: key.clone(), value: value.clone() });
    }
    Ok(tags)
}
