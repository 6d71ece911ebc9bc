//! Tags of topics.

use cairn_store::topic::Texts;
use cairn_wire::Fault;

use super::{Call, Done, Sns, fault, form};
use crate::sqs::access::Access;

/// Tags of one topic.
const TAGS: usize = 50;

impl Sns {
    pub(super) async fn tag_resource(&self, call: &Call<'_>) -> Done {
        let given = form::tags(&call.params);
        if given.is_empty() {
            return Err(fault::parameter("Tags"));
        }
        let changed = self.change(call, "ResourceArn", "TagResource", |topic| {
            topic.tags.extend(given);
            check(&topic.tags)
        });
        changed.await.map_err(as_resource)
    }

    pub(super) async fn untag_resource(&self, call: &Call<'_>) -> Done {
        let keys = call.params.list("TagKeys");
        let changed = self.change(call, "ResourceArn", "UntagResource", |topic| {
            topic.tags.retain(|key, _| !keys.contains(&key.as_str()));
            Ok(())
        });
        changed.await.map_err(as_resource)
    }

    pub(super) async fn list_tags(&self, call: &Call<'_>) -> Done {
        let found = self.topic(call, "ResourceArn", "ListTagsForResource", Access::Read).await;
        let tags = found.map_err(as_resource)?.tags;
        Ok(Box::new(move |xml| {
            xml.nest("Tags", |xml| {
                for (key, value) in &tags {
                    xml.nest("member", |xml| {
                        xml.text("Key", key);
                        xml.text("Value", value);
                    });
                }
            });
        }))
    }
}

pub(super) fn check(tags: &Texts) -> Result<(), Fault> {
    if tags.len() > TAGS {
        return Err(Fault::client(
            "TagLimitExceeded",
            "Could not complete request: tag quota of per resource exceeded",
        ));
    }
    for (key, value) in tags {
        let length = key.chars().count();
        if !(1..=128).contains(&length) || key.starts_with("aws:") {
            return Err(fault::invalid("Tag keys are 1 to 128 characters and not of AWS"));
        }
        if value.chars().count() > 256 {
            return Err(fault::invalid("Tag values are at most 256 characters"));
        }
    }
    Ok(())
}

/// What has tags is a resource, and no longer a topic.
fn as_resource(fault: Fault) -> Fault {
    if fault.code == "NotFound" { fault::no_resource() } else { fault }
}
