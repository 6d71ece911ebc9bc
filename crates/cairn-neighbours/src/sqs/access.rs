//! Who may do what to a topic or a queue.

use cairn_core::AccountId;
use cairn_policy::{Context, Decision, Policy, Principal, Request};
use cairn_ports::Actor;

/// The largest policy that is kept.
const POLICY_BYTES: usize = 30 * 1024;

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

/// Whether a text is a policy that can be kept.
pub(crate) fn is_policy(text: &str) -> bool {
    text.len() <= POLICY_BYTES && Policy::parse(text).is_ok()
}

/// Admins of the owner may do everything that the policy does not deny, its other principals may
/// read; everybody else has what the policy allows. `keys` are condition keys of the request.
pub(crate) fn is_allowed(
    actor: &Actor,
    action: &str,
    access: Access,
    resource: Resource<'_>,
    keys: &[(&str, &str)],
) -> bool {
    let Some(text) = resource.policy else {
        return within(actor, access, resource.owner);
    };
    // Only what can be read is kept; should it be damaged, nobody but the owner gets in.
    let Ok(policy) = Policy::parse(text) else {
        return within(actor, access, resource.owner);
    };
    let context = context(actor, keys);
    let decide = |principal| {
        policy.evaluate(&Request { principal, action, resource: resource.arn, context: &context })
    };
    match decide(principal(actor)) {
        Decision::ExplicitDeny => false,
        Decision::ImplicitDeny => within(actor, access, resource.owner),
        Decision::Allow => {
            let allows = |apart| decide(apart) == Decision::Allow;
            within(actor, access, resource.owner) || apart(actor).is_none_or(allows)
        }
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

/// Somebody apart from the account. A policy that names an account leaves it to that account who of
/// it gets in, which is its admins; others must be allowed by their own name, or with everybody.
fn apart(actor: &Actor) -> Option<Principal<'_>> {
    match actor {
        Actor::Principal { arn, admin: false, .. } => {
            let account = AccountId::new(0).expect("zero has at most twelve digits");
            Some(Principal::Identity { account, arn, canonical_user: None })
        }
        Actor::Principal { .. } | Actor::Service { .. } | Actor::Anonymous => None,
    }
}

fn principal(actor: &Actor) -> Principal<'_> {
    match actor {
        Actor::Principal { account, arn, .. } => {
            Principal::Identity { account: *account, arn, canonical_user: None }
        }
        Actor::Service { principal, .. } => Principal::Service(principal),
        Actor::Anonymous => Principal::Anonymous,
    }
}

fn context(actor: &Actor, keys: &[(&str, &str)]) -> Context {
    let mut context = Context::new().with_principal(&principal(actor));
    if let Actor::Service { source_arn, source_account, .. } = actor {
        context = context
            .with("aws:SourceArn", source_arn.as_str())
            .with("aws:SourceAccount", source_account.to_string());
    }
    for (key, value) in keys {
        context = context.with(key, *value);
    }
    context
}
