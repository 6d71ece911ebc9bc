//! Who may do what to a topic or a queue.

use cairn_core::AccountId;
use cairn_ports::Actor;

use super::policy::{Policy, Question, Verdict};

/// A topic or queue as access is decided on it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Resource<'a> {
    pub(crate) owner: AccountId,
    pub(crate) arn: &'a str,
    /// The text of its policy.
    pub(crate) policy: Option<&'a str>,
}

/// Whether an action changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
}

/// Admins of the owner may do everything that the policy does not deny, its other principals may
/// read; everybody else has what the policy allows.
pub(crate) fn is_allowed(
    actor: &Actor,
    action: &str,
    access: Access,
    resource: Resource<'_>,
    context: &[(&str, &str)],
) -> bool {
    let question = Question { actor, action, resource: resource.arn, context };
    let policy = resource.policy.and_then(Policy::parse);
    match policy.map_or(Verdict::Silent, |policy| policy.verdict(&question)) {
        Verdict::Allow => true,
        Verdict::Deny => false,
        Verdict::Silent => within(actor, access, resource.owner),
    }
}

/// What an actor may do in an account without any policy.
pub(crate) fn within(actor: &Actor, access: Access, owner: AccountId) -> bool {
    match actor {
        Actor::Principal { account, admin, .. } => {
            *account == owner && (*admin || access == Access::Read)
        }
        Actor::Service { .. } | Actor::Anonymous => false,
    }
}

/// The actor as a refusal names it.
pub(crate) fn name(actor: &Actor) -> &str {
    match actor {
        Actor::Principal { arn, .. } => arn,
        Actor::Service { principal, .. } => principal,
        Actor::Anonymous => "anonymous",
    }
}
