//! What makes a policy public, and what a bucket does about it.

use cairn_store::objects::Bucket;
use serde_json::Value;

use crate::setting;
use crate::xml::Element;

/// The public access block of a bucket. ACLs give nobody anything, so there are none to ignore.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Block {
    /// `BlockPublicAcls`.
    pub(crate) acls_refused: bool,
    /// `BlockPublicPolicy`.
    pub(crate) policy_refused: bool,
    /// `RestrictPublicBuckets`: a public policy counts for the owner and for services only.
    pub(crate) policy_ignored: bool,
}

impl Block {
    pub(crate) fn of(bucket: &Bucket) -> Self {
        let text = bucket.settings.get(setting::PUBLIC_ACCESS_BLOCK);
        let Some(root) = text.and_then(|text| Element::parse(text.as_bytes())) else {
            return Self::default();
        };
        let is = |name: &str| root.text_of(name).is_some_and(|text| text == "true");
        Self {
            acls_refused: is("BlockPublicAcls"),
            policy_refused: is("BlockPublicPolicy"),
            policy_ignored: is("RestrictPublicBuckets"),
        }
    }
}

/// Condition keys that bind a statement to somebody, if their values are fixed.
const BINDING: &[&str] = &[
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceip",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
];

pub(crate) fn has_public_policy(bucket: &Bucket) -> bool {
    bucket.settings.get(setting::POLICY).is_some_and(|policy| is_public(policy))
}

/// Whether a policy lets everybody do something.
pub(crate) fn is_public(policy: &str) -> bool {
    let Ok(policy) = serde_json::from_str::<Value>(policy) else { return false };
    let statements = match &policy["Statement"] {
        Value::Array(statements) => statements.as_slice(),
        one => std::slice::from_ref(one),
    };
    statements.iter().any(|statement| {
        statement["Effect"] == "Allow" && names_all(statement) && !is_bound(&statement["Condition"])
    })
}

fn names_all(statement: &Value) -> bool {
    if !statement["NotPrincipal"].is_null() {
        return true;
    }
    let all = |value: &Value| match value {
        Value::String(text) => text == "*",
        Value::Array(texts) => texts.iter().any(|text| text == "*"),
        _ => false,
    };
    let principal = &statement["Principal"];
    all(principal) || all(&principal["AWS"])
}

fn is_bound(condition: &Value) -> bool {
    let Some(operators) = condition.as_object() else { return false };
    operators.iter().any(|(operator, keys)| {
        let positive = !operator.contains("Not") && !operator.ends_with("IfExists");
        let keys = keys.as_object().into_iter().flatten();
        positive && keys.into_iter().any(|(key, value)| binds(&key.to_lowercase(), value))
    })
}

fn binds(key: &str, value: &Value) -> bool {
    let fixed = |value: &Value| {
        let text = value.as_str().unwrap_or_default();
        let wide = text.is_empty() || text == "*" || text == "0.0.0.0/0" || text == "::/0";
        // A wildcard may stand in a resource, not where the account does.
        !wide && (!text.contains('*') || text.split(':').nth(4).is_some_and(|a| !a.contains('*')))
    };
    BINDING.contains(&key)
        && match value {
            Value::Array(values) => values.iter().all(fixed),
            value => fixed(value),
        }
}

#[cfg(test)]
mod tests {
    use super::is_public;

    fn policy(principal: &str, condition: &str) -> String {
        format!(
            r#"{{"Statement":{{"Effect":"Allow","Principal":{principal},"Action":"s3:GetObject",
                "Resource":"*","Condition":{condition}}}}}"#
        )
    }

    #[test]
    fn everybody_without_a_bond_is_public() {
        assert!(is_public(&policy("\"*\"", "{}")));
        assert!(is_public(&policy(r#"{"AWS":["*"]}"#, "{}")));
        assert!(is_public(&policy("\"*\"", r#"{"Bool":{"aws:SecureTransport":"true"}}"#)));
        assert!(is_public(&policy("\"*\"", r#"{"StringLike":{"aws:SourceArn":"*"}}"#)));
        assert!(!is_public(&policy(r#"{"Service":"cloudtrail.amazonaws.com"}"#, "{}")));
        assert!(!is_public(&policy(r#"{"AWS":"arn:aws:iam::111122223333:root"}"#, "{}")));
        let bound = r#"{"StringEquals":{"aws:SourceAccount":"111122223333"}}"#;
        assert!(!is_public(&policy("\"*\"", bound)));
    }
}
