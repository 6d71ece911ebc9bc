//! Whether a resource's policy lets CloudTrail do its work. A policy that cannot be read does not.

use cairn_policy::Policy;
use cairn_policy::check::{self, Delivery, Results};

pub(super) fn lets_write(policy: &str, delivery: &Delivery<'_>) -> bool {
    told(policy, |policy| check::cloudtrail_bucket(policy, delivery))
}

pub(crate) fn lets_write_results(policy: &str, results: &Results<'_>) -> bool {
    told(policy, |policy| check::lake_bucket(policy, results))
}

pub(super) fn lets_publish(policy: &str, topic_arn: &str, delivery: &Delivery<'_>) -> bool {
    told(policy, |policy| check::cloudtrail_topic(policy, topic_arn, delivery))
}

fn told(text: &str, check: impl FnOnce(&Policy) -> Result<(), check::Refused>) -> bool {
    let policy = match Policy::parse(text) {
        Ok(policy) => policy,
        Err(malformed) => {
            tracing::debug!(%malformed, "a policy cannot be evaluated");
            return false;
        }
    };
    // Clients read that it is wrong; what is wrong with it helps the operator.
    check(&policy).inspect_err(|refused| tracing::debug!(%refused, "a policy refuses")).is_ok()
}
