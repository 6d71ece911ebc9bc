//! AddPermission and RemovePermission: a queue's policy, statement by statement.

use serde_json::{Value, json};

use super::access::is_policy;
use super::attributes::POLICY;
use super::fault::{Code, Refusal};
use super::{Call, Output, Sqs};

/// What can be permitted to others.
const ACTIONS: [&str; 7] = [
    "*",
    "ChangeMessageVisibility",
    "DeleteMessage",
    "GetQueueAttributes",
    "GetQueueUrl",
    "ReceiveMessage",
    "SendMessage",
];

impl Sqs {
    pub(super) async fn add_permission(&self, call: &Call<'_>) -> Output {
        let label = call.input.required("Label")?;
        let accounts = call.input.texts("AWSAccountIds")?;
        let actions = call.input.texts("Actions")?;
        if accounts.is_empty() {
            return Err(Refusal::missing("AWSAccountId"));
        }
        if actions.is_empty() {
            return Err(Refusal::missing("ActionName"));
        }
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        if label.len() > 80 || !label.bytes().all(legal) {
            return Err(invalid(label, "Label"));
        }
        if let Some(bad) = accounts.iter().find(|id| id.parse::<cairn_core::AccountId>().is_err()) {
            return Err(Refusal::value(format!(
                "Value {bad:.128} for parameter PrincipalId is invalid. Reason: Unable to verify."
            )));
        }
        if let Some(bad) = actions.iter().find(|action| !ACTIONS.contains(action)) {
            return Err(Refusal::value(format!(
                "Value SQS:{bad:.128} for parameter ActionName is invalid. Reason: Only the queue \
                 owner is allowed to invoke this action."
            )));
        }
        self.change(call, "AddPermission", |queue| {
            let arn = queue.arn();
            let mut policy = read(queue.attributes.get(POLICY), &arn);
            if statements(&mut policy).iter().any(|statement| statement["Sid"] == label) {
                return Err(Refusal::value(format!(
                    "Value {label} for parameter Label is invalid. Reason: Already exists."
                )));
            }
            let roots = accounts.iter().map(|id| format!("arn:aws:iam::{id}:root"));
            statements(&mut policy).push(json!({
                "Sid": label,
                "Effect": "Allow",
                "Principal": {"AWS": one_or_many(roots.collect())},
                "Action": one_or_many(actions.iter().map(|name| format!("SQS:{name}")).collect()),
                "Resource": arn,
            }));
            let text = policy.to_string();
            if !is_policy(&text) {
                return Err(Refusal::new(Code::OverLimit, "The policy is too large."));
            }
            queue.attributes.insert(POLICY.to_owned(), text);
            Ok(())
        })
        .await
    }

    pub(super) async fn remove_permission(&self, call: &Call<'_>) -> Output {
        let label = call.input.required("Label")?;
        self.change(call, "RemovePermission", |queue| {
            let arn = queue.arn();
            let mut policy = read(queue.attributes.get(POLICY), &arn);
            let list = statements(&mut policy);
            let before = list.len();
            list.retain(|statement| statement["Sid"] != label);
            if list.len() == before {
                return Err(Refusal::value(format!(
                    "Value {label:.128} for parameter Label is invalid. Reason: can't find label \
                     on existing policy."
                )));
            }
            if list.is_empty() {
                queue.attributes.remove(POLICY);
            } else {
                queue.attributes.insert(POLICY.to_owned(), policy.to_string());
            }
            Ok(())
        })
        .await
    }
}

/// The policy with its statements in a list; a new one where there is none.
fn read(policy: Option<&String>, arn: &str) -> Value {
    let found = policy.and_then(|text| serde_json::from_str::<Value>(text).ok());
    let mut policy = found.unwrap_or_else(|| {
        json!({
            "Version": "2008-10-17",
            "Id": format!("{arn}/SQSDefaultPolicy"),
            "Statement": [],
        })
    });
    if let Some(one) = policy.get("Statement").filter(|value| value.is_object()).cloned() {
        policy["Statement"] = json!([one]);
    }
    policy
}

fn statements(policy: &mut Value) -> &mut Vec<Value> {
    policy["Statement"].as_array_mut().expect("a policy that was read has a list of statements")
}

fn one_or_many(mut texts: Vec<String>) -> Value {
    if texts.len() == 1 { Value::String(texts.remove(0)) } else { json!(texts) }
}

fn invalid(label: &str, name: &str) -> Refusal {
    Refusal::value(format!(
        "Value {label:.128} for parameter {name} is invalid. Reason: Can only include alphanumeric \
         characters, hyphens, or underscores. 1 to 80 in length."
    ))
}
