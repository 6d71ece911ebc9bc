//! Tags of queues.

use serde_json::{Map, json};

use super::access::Access;
use super::fault::Refusal;
use super::{Call, Output, Sqs};
use cairn_store::topic::Texts;

/// Tags of one queue.
const TAGS: usize = 50;

impl Sqs {
    pub(super) async fn tag_queue(&self, call: &Call<'_>) -> Output {
        let given = call.input.map("Tags")?;
        if given.is_empty() {
            return Err(Refusal::missing("Tags"));
        }
        self.change(call, "TagQueue", |queue| {
            queue.tags.extend(given);
            check(&queue.tags)
        })
        .await
    }

    pub(super) async fn untag_queue(&self, call: &Call<'_>) -> Output {
        let keys = call.input.texts("TagKeys")?;
        if keys.is_empty() {
            return Err(Refusal::missing("TagKeys"));
        }
        self.change(call, "UntagQueue", |queue| {
            queue.tags.retain(|key, _| !keys.contains(&key.as_str()));
            Ok(())
        })
        .await
    }

    pub(super) async fn list_tags(&self, call: &Call<'_>) -> Output {
        let queue = self.queue(call, "ListQueueTags", Access::Read).await?;
        let mut output = Map::new();
        if !queue.tags.is_empty() {
            output.insert("Tags".to_owned(), json!(queue.tags));
        }
        Ok(output)
    }
}

pub(super) fn check(tags: &Texts) -> Result<(), Refusal> {
    if tags.len() > TAGS {
        return Err(Refusal::value(format!("Too many tags added. Maximum allowed is {TAGS}.")));
    }
    for (key, value) in tags {
        if key.is_empty() || key.chars().count() > 128 || key.starts_with("aws:") {
            return Err(Refusal::value(format!("Tag key {key:.128} is invalid.")));
        }
        if value.chars().count() > 256 {
            return Err(Refusal::value(format!("Tag value of the key {key:.128} is too long.")));
        }
    }
    Ok(())
}
