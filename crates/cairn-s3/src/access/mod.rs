//! Who may do what: the bucket's owner by being its owner, everybody by its policy.
//!
//! ACLs are kept and shown but give nobody anything: the owner enforces, as buckets made today do.

mod action;
mod evaluate;
mod public;

use cairn_policy::{Context, Decision};
use cairn_ports::Actor;
use cairn_store::objects::Bucket;

pub(crate) use evaluate::check_policy;
pub(crate) use public::{Block, has_public_policy, is_public};

use crate::ask::Ask;
use crate::fault::Fault;

/// Whether the request's operation may be done with the bucket and the request's key.
pub(crate) fn admit(ask: &Ask, bucket: &Bucket) -> Result<(), Fault> {
    let versioned = ask.given("versionId").is_some();
    admit_action(ask, bucket, action::of(ask.operation, versioned), &ask.key)
}

/// The same for one action; `key` is empty for an action on the bucket itself.
pub(crate) fn admit_action(
    ask: &Ask,
    bucket: &Bucket,
    action: &str,
    key: &str,
) -> Result<(), Fault> {
    let resource = match key {
        "" => format!("arn:aws:s3:::{}", bucket.name),
        key => format!("arn:aws:s3:::{}/{key}", bucket.name),
    };
    let decision = evaluate::decide(&ask.actor, bucket, action, &resource, context(ask));
    if may(&ask.actor, bucket, action, decision) { Ok(()) } else { Err(Fault::access_denied()) }
}

fn may(actor: &Actor, bucket: &Bucket, action: &str, decision: Decision) -> bool {
    let own = matches!(actor, Actor::Principal { account, .. } if *account == bucket.owner);
    match decision {
        // Without this, one wrong policy would lock a bucket for good.
        Decision::ExplicitDeny => own && is_root(actor) && action.ends_with("BucketPolicy"),
        Decision::Allow if own => true,
        Decision::Allow => {
            let service = matches!(actor, Actor::Service { .. });
            service || !(Block::of(bucket).policy_ignored && has_public_policy(bucket))
        }
        Decision::ImplicitDeny => match actor {
            Actor::Principal { admin: true, .. } => own,
            Actor::Principal { .. } => own && action::reads(action),
            Actor::Service { .. } | Actor::Anonymous => false,
        },
    }
}

fn is_root(actor: &Actor) -> bool {
    matches!(actor, Actor::Principal { arn, admin: true, .. } if arn.ends_with(":root"))
}

/// Whose request has the rights of an account: for what belongs to no bucket yet.
pub(crate) fn account(ask: &Ask) -> Result<cairn_core::AccountId, Fault> {
    match &ask.actor {
        Actor::Principal { account, .. } => Ok(*account),
        Actor::Service { .. } | Actor::Anonymous => Err(Fault::access_denied()),
    }
}

/// Headers and parameters that conditions of policies look at.
const HEADERS: &[(&str, &str)] = &[
    ("x-amz-acl", "s3:x-amz-acl"),
    ("x-amz-copy-source", "s3:x-amz-copy-source"),
    ("x-amz-grant-full-control", "s3:x-amz-grant-full-control"),
    ("x-amz-metadata-directive", "s3:x-amz-metadata-directive"),
    ("x-amz-object-lock-legal-hold", "s3:object-lock-legal-hold"),
    ("x-amz-object-lock-mode", "s3:object-lock-mode"),
    ("x-amz-object-lock-retain-until-date", "s3:object-lock-retain-until-date"),
    ("x-amz-server-side-encryption", "s3:x-amz-server-side-encryption"),
    (
        "x-amz-server-side-encryption-aws-kms-key-id",
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
    ),
    ("x-amz-storage-class", "s3:x-amz-storage-class"),
    ("if-match", "s3:if-match"),
    ("if-none-match", "s3:if-none-match"),
    ("user-agent", "aws:UserAgent"),
    ("referer", "aws:Referer"),
];

const PARAMETERS: &[(&str, &str)] = &[
    ("prefix", "s3:prefix"),
    ("delimiter", "s3:delimiter"),
    ("max-keys", "s3:max-keys"),
    ("versionId", "s3:VersionId"),
];

/// What conditions see of the request; who asks is added where the policy is evaluated.
fn context(ask: &Ask) -> Context {
    let mut context = Context::new();
    for (header, key) in HEADERS {
        if let Some(value) = ask.header(header) {
            context = context.with(key, value);
        }
    }
    for (parameter, key) in PARAMETERS {
        if let Some(value) = ask.query(parameter) {
            context = context.with(key, value);
        }
    }
    if let Actor::Service { source_arn, source_account, .. } = &ask.actor {
        context = context
            .with("aws:SourceArn", source_arn.as_str())
            .with("aws:SourceAccount", source_account.to_string());
    }
    // A service inside the process comes over no wire that could be tapped.
    let secure = ask.peer.is_none_or(|peer| peer.secure);
    context = context.with("aws:SecureTransport", secure).with("aws:ViaAWSService", false);
    match ask.peer {
        Some(peer) => context.with("aws:SourceIp", peer.address),
        None => context,
    }
}
