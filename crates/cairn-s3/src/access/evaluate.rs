//! The one place that evaluates policies.

use cairn_policy::{Decision, Malformed, Policy, Principal, Request};
use cairn_ports::Actor;
use cairn_store::objects::Bucket;
use serde_json::Value;

use super::Context;
use crate::fault::Fault;
use crate::s3::canonical_user;
use crate::setting;

/// What the bucket's policy says.
pub(super) fn decide(
    actor: &Actor,
    bucket: &Bucket,
    action: &str,
    resource: &str,
    context: Context,
) -> Decision {
    let Some(text) = bucket.settings.get(setting::POLICY) else { return Decision::ImplicitDeny };
    let policy = match Policy::parse(text) {
        Ok(policy) => policy,
        // It was accepted once. What it forbids is not known, so it forbids.
        Err(error) => {
            tracing::error!(bucket = bucket.name, %error, "a policy in force cannot be read");
            return Decision::ExplicitDeny;
        }
    };
    let user;
    let principal = match actor {
        Actor::Service { principal, .. } => Principal::Service(principal),
        Actor::Principal { account, arn, .. } => {
            user = canonical_user(*account);
            Principal::Identity { account: *account, arn, canonical_user: Some(&user) }
        }
        Actor::Anonymous => Principal::Anonymous,
    };
    let context = context.with_principal(&principal);
    policy.evaluate(&Request { principal, action, resource, context: &context })
}

/// Whether a text is a policy for the bucket.
pub(crate) fn check_policy(text: &str, bucket: &str) -> Result<(), Fault> {
    let malformed = |message: String| Fault::new(400, "MalformedPolicy", message);
    Policy::parse(text).map_err(|error| malformed(told(&error)))?;
    let document: Value = serde_json::from_str(text)
        .map_err(|_| malformed(told(&Malformed::NotAnObject("Policy"))))?;
    let statements = match &document["Statement"] {
        Value::Array(statements) => statements.as_slice(),
        one => std::slice::from_ref(one),
    };
    let own = format!("arn:aws:s3:::{bucket}");
    let is_own = |resource: &Value| {
        let rest = resource.as_str().and_then(|resource| resource.strip_prefix(&own));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '*', '?']))
    };
    for statement in statements {
        let resources = if statement["Resource"].is_null() {
            &statement["NotResource"]
        } else {
            &statement["Resource"]
        };
        let fine = match resources {
            Value::Array(resources) => resources.iter().all(is_own),
            one => is_own(one),
        };
        if !fine {
            return Err(malformed("Policy has invalid resource".to_owned()));
        }
        let actions = match &statement["Action"] {
            Value::Array(actions) => actions.as_slice(),
            one => std::slice::from_ref(one),
        };
        let is_of_s3 = |action: &Value| {
            action.as_str().is_none_or(|action| action == "*" || action.starts_with("s3:"))
        };
        if !actions.iter().all(is_of_s3) {
            return Err(malformed("Policy has invalid action".to_owned()));
        }
    }
    Ok(())
}

/// What S3 says of a text that is no policy.
fn told(error: &Malformed) -> String {
    match error {
        Malformed::Json { .. } | Malformed::NotAnObject(_) => {
            "Policies must be valid JSON and the first byte must be '{'".to_owned()
        }
        Malformed::Missing(name) => format!("Missing required field {name}"),
        Malformed::Member(name) => format!("Unknown field {name}"),
        Malformed::Version(_) => "The policy must contain a valid version string".to_owned(),
        Malformed::Effect(effect) => format!("Invalid effect: {effect}"),
        Malformed::Principal(_) => "Invalid principal in policy".to_owned(),
        Malformed::Action(_) => "Policy has invalid action".to_owned(),
        Malformed::Resource(_) => "Policy has invalid resource".to_owned(),
        Malformed::Operator(operator) => format!("Invalid Condition type : {operator}"),
        Malformed::Key(_) => "Policy has an invalid condition key".to_owned(),
        Malformed::Type(_)
        | Malformed::Both { .. }
        | Malformed::Value { .. }
        | Malformed::Variable(_) => "Invalid policy syntax.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::check_policy;

    #[test]
    fn a_policy_is_for_its_bucket_and_for_s3() {
        let policy = |action: &str, resource: &str| {
            let text = format!(
                r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":"*",
                    "Action":"{action}","Resource":"{resource}"}}]}}"#
            );
            check_policy(&text, "trail").map_err(|fault| fault.message.into_owned())
        };
        assert_eq!(policy("s3:GetObject", "arn:aws:s3:::trail/*"), Ok(()));
        assert_eq!(policy("*", "arn:aws:s3:::trail"), Ok(()));
        let resource = Err("Policy has invalid resource".to_owned());
        assert_eq!(policy("s3:GetObject", "arn:aws:s3:::trails/*"), resource);
        assert_eq!(policy("s3:GetObject", "trail"), resource);
        let action = Err("Policy has invalid action".to_owned());
        assert_eq!(policy("sns:Publish", "arn:aws:s3:::trail"), action);
    }

    #[test]
    fn what_is_no_policy_gets_the_words_of_s3() {
        for (text, message) in [
            ("", "Policies must be valid JSON and the first byte must be '{'"),
            ("[]", "Policies must be valid JSON and the first byte must be '{'"),
            ("{}", "Missing required field Statement"),
            (r#"{"Version":"1","Statement":[]}"#, "The policy must contain a valid version string"),
        ] {
            let fault = check_policy(text, "trail").unwrap_err();
            assert_eq!((&*fault.code, &*fault.message), ("MalformedPolicy", message), "{text}");
        }
    }
}
