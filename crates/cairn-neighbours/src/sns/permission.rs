//! AddPermission and RemovePermission: a topic's policy, statement by statement.

use cairn_core::AccountId;
use cairn_store::topic::Topic;
use serde_json::{Value, json};

use super::attributes::{POLICY, default_policy};
use super::{Call, Done, Sns, fault};
use crate::sqs::access::is_policy;

/// What can be permitted to others.
const ACTIONS: [&str; 11] = [
    "AddPermission",
    "DeleteTopic",
    "GetDataProtectionPolicy",
    "GetTopicAttributes",
    "ListSubscriptionsByTopic",
    "ListTagsForResource",
    "Publish",
    "PutDataProtectionPolicy",
    "RemovePermission",
    "SetTopicAttributes",
    "Subscribe",
];

impl Sns {
    pub(super) async fn add_permission(&self, call: &Call<'_>) -> Done {
        let label = call.required("Label")?;
        let accounts = call.params.list("AWSAccountId");
        let actions = call.params.list("ActionName");
        if accounts.is_empty() || accounts.iter().any(|id| id.parse::<AccountId>().is_err()) {
            return Err(fault::parameter("AWSAccountId"));
        }
        if actions.is_empty() || actions.iter().any(|name| !ACTIONS.contains(name)) {
            return Err(fault::invalid("Policy statement action out of service scope!"));
        }
        self.change(call, "TopicArn", "AddPermission", |topic| {
            let mut policy = read(topic);
            if statements(&mut policy).iter().any(|statement| statement["Sid"] == label) {
                return Err(fault::invalid("Statement already exists"));
            }
            let roots: Vec<_> =
                accounts.iter().map(|id| format!("arn:aws:iam::{id}:root")).collect();
            let actions: Vec<_> = actions.iter().map(|name| format!("SNS:{name}")).collect();
            statements(&mut policy).push(json!({
                "Sid": label,
                "Effect": "Allow",
                "Principal": {"AWS": one_or_many(roots)},
                "Action": one_or_many(actions),
                "Resource": topic.arn,
            }));
            write(topic, &policy)
        })
        .await
    }

    /// A label that is not there is no error.
    pub(super) async fn remove_permission(&self, call: &Call<'_>) -> Done {
        let label = call.required("Label")?;
        self.change(call, "TopicArn", "RemovePermission", |topic| {
            let mut policy = read(topic);
            statements(&mut policy).retain(|statement| statement["Sid"] != label);
            if statements(&mut policy).is_empty() {
                topic.attributes.remove(POLICY);
                return Ok(());
            }
            write(topic, &policy)
        })
        .await
    }
}

/// The policy with its statements in a list.
fn read(topic: &Topic) -> Value {
    let text = topic.attributes.get(POLICY).cloned().unwrap_or_else(|| default_policy(topic));
    let mut policy: Value = serde_json::from_str(&text).unwrap_or_default();
    if !policy["Statement"].is_array() {
        policy["Statement"] = json!([policy["Statement"]]);
    }
    policy
}

fn statements(policy: &mut Value) -> &mut Vec<Value> {
    policy["Statement"].as_array_mut().expect("a policy that was read has a list of statements")
}

fn write(topic: &mut Topic, policy: &Value) -> Result<(), cairn_wire::Fault> {
    let text = policy.to_string();
    if !is_policy(&text) {
        return Err(fault::invalid("Policy Error: null"));
    }
    topic.attributes.insert(POLICY.to_owned(), text);
    Ok(())
}

fn one_or_many(mut texts: Vec<String>) -> Value {
    if texts.len() == 1 { Value::String(texts.remove(0)) } else { json!(texts) }
}
