//! What members are called in queries, where models do not say.

use super::model::Reference;

/// EC2 begins names in queries with a capital.
pub(super) fn ec2_name(query_name: Option<&str>, wire_name: &str) -> String {
    if let Some(name) = query_name {
        return name.to_owned();
    }
    let mut letters = wire_name.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// SQS moved to JSON, and its model with it; older clients still send queries in which the parts
/// of lists and maps have names in the singular.
const SQS: &[(&str, &str)] = &[
    ("AWSAccountIds", "AWSAccountId"),
    ("Actions", "ActionName"),
    ("AttributeNames", "AttributeName"),
    ("Attributes", "Attribute"),
    ("MessageAttributeNames", "MessageAttributeName"),
    ("MessageAttributes", "MessageAttribute"),
    ("MessageSystemAttributeNames", "MessageSystemAttributeName"),
    ("MessageSystemAttributes", "MessageSystemAttribute"),
    ("TagKeys", "TagKey"),
    ("Tags", "Tag"),
    ("tags", "Tag"),
];

/// The name of a member of `parent` in the query protocol that the service has left.
pub(super) fn old_name(service: &str, parent: &str, member: &str) -> Option<&'static str> {
    if service != "sqs" {
        return None;
    }
    if member == "Entries" {
        return match parent {
            "SendMessageBatchRequest" => Some("SendMessageBatchRequestEntry"),
            "DeleteMessageBatchRequest" => Some("DeleteMessageBatchRequestEntry"),
            "ChangeMessageVisibilityBatchRequest" => {
                Some("ChangeMessageVisibilityBatchRequestEntry")
            }
            _ => None,
        };
    }
    SQS.iter().find(|(name, _)| *name == member).map(|(_, old)| *old)
}

/// The names of a map's key and value in XML and queries.
pub(super) fn entry_names(
    service: &str,
    map: &str,
    key: &Reference,
    value: &Reference,
) -> (Option<String>, Option<String>) {
    let old = match (service, map) {
        ("sqs", "TagMap") => Some(("Key", "Value")),
        ("sqs", _) => Some(("Name", "Value")),
        _ => None,
    };
    match old {
        Some((key, value)) => (Some(key.to_owned()), Some(value.to_owned())),
        None => (key.location_name.clone(), value.location_name.clone()),
    }
}
