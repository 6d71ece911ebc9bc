//! The attributes of topics: which there are, and what they are by default.

use cairn_store::subscription::SubscriptionCounts;
use cairn_store::topic::{Texts, Topic};
use cairn_wire::Fault;
use serde_json::json;

use super::backoff::Backoff;
use super::fault;
use crate::sqs::access::is_policy;

pub(super) const POLICY: &str = "Policy";
pub(super) const DELIVERY: &str = "DeliveryPolicy";
const DISPLAY_NAME: &str = "DisplayName";
const FIFO: &str = "FifoTopic";

/// What AWS reports about deliveries to CloudWatch Logs; stored, so that plans stay as they are.
const FEEDBACK: [&str; 5] = ["Application", "Firehose", "HTTP", "Lambda", "SQS"];
const FEEDBACK_ENDS: [&str; 3] =
    ["FailureFeedbackRoleArn", "SuccessFeedbackRoleArn", "SuccessFeedbackSampleRate"];

/// Takes over what is given. What becomes empty is no longer set.
pub(super) fn apply(topic: &mut Topic, given: &Texts) -> Result<(), Fault> {
    for (name, value) in given {
        check(name, value)?;
        if value.is_empty() {
            topic.attributes.remove(name);
        } else if name != FIFO {
            topic.attributes.insert(name.clone(), value.clone());
        }
    }
    Ok(())
}

fn check(name: &str, value: &str) -> Result<(), Fault> {
    match name {
        POLICY if !value.is_empty() && !is_policy(value) => {
            Err(fault::invalid("Policy Error: null"))
        }
        DELIVERY if !value.is_empty() => Backoff::of_topic(value).map(|_| ()),
        DISPLAY_NAME if value.chars().count() > 100 => Err(fault::parameter(DISPLAY_NAME)),
        // Messages are signed with SHA-256, and never with SHA-1.
        "SignatureVersion" if value != "2" => {
            Err(fault::invalid("SignatureVersion Reason: only version 2 is supported"))
        }
        "TracingConfig" if !matches!(value, "PassThrough" | "Active") => {
            Err(fault::parameter("TracingConfig"))
        }
        FIFO if value != "false" => {
            Err(fault::invalid("FifoTopic Reason: FIFO topics are not supported"))
        }
        POLICY | DELIVERY | DISPLAY_NAME | FIFO | "SignatureVersion" | "TracingConfig"
        | "KmsMasterKeyId" => Ok(()),
        name if is_feedback(name) => Ok(()),
        _ => Err(fault::parameter("AttributeName")),
    }
}

fn is_feedback(name: &str) -> bool {
    let rest = FEEDBACK.iter().find_map(|kind| name.strip_prefix(kind));
    rest.is_some_and(|rest| FEEDBACK_ENDS.contains(&rest))
}

/// What is set, and what SNS adds.
pub(super) fn effective(topic: &Topic, counts: SubscriptionCounts) -> Texts {
    let mut found = topic.attributes.clone();
    let set = found.get(DELIVERY).and_then(|text| Backoff::of_topic(text).ok());
    for (name, value) in [
        ("TopicArn", topic.arn.clone()),
        ("Owner", topic.account.to_string()),
        ("SubscriptionsConfirmed", counts.confirmed.to_string()),
        ("SubscriptionsPending", counts.pending.to_string()),
        ("SubscriptionsDeleted", topic.unsubscribed.to_string()),
        ("EffectiveDeliveryPolicy", set.unwrap_or_default().topic_policy()),
    ] {
        found.insert(name.to_owned(), value);
    }
    found.entry(DISPLAY_NAME.to_owned()).or_default();
    found.entry(POLICY.to_owned()).or_insert_with(|| default_policy(topic));
    found
}

/// Lets the owner in, who needs no letting in.
pub(super) fn default_policy(topic: &Topic) -> String {
    json!({
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [{
            "Sid": "__default_statement_ID",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": [
                "SNS:GetTopicAttributes",
                "SNS:SetTopicAttributes",
                "SNS:AddPermission",
                "SNS:RemovePermission",
                "SNS:DeleteTopic",
                "SNS:Subscribe",
                "SNS:ListSubscriptionsByTopic",
                "SNS:Publish",
            ],
            "Resource": topic.arn,
            "Condition": {"StringEquals": {"AWS:SourceOwner": topic.account.to_string()}},
        }],
    })
    .to_string()
}
