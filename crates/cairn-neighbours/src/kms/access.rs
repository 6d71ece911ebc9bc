//! Who may do what with a key.
//!
//! A key's policy decides; an explicit deny in it wins over everything. Where it names an account,
//! it leaves the decision to that account, whose administrators may then do everything. A key of
//! another account needs both: its policy's word, and an administrator to ask. Grants add to the
//! policy, never against a deny.

use cairn_ports::{Actor, EncryptionContext};
use cairn_store::KmsKey;
use cairn_wire::Fault;

use super::ask::Ask;
use super::rules::{Context, Decision, Question, Rules};
use super::{Kms, fault, grant};

/// What may be asked of a key of another account.
const CROSS_ACCOUNT: [&str; 12] = [
    "CreateGrant",
    "Decrypt",
    "DescribeKey",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "GetKeyRotationStatus",
    "ListGrants",
    "ListKeyRotations",
    "ReEncrypt",
    "RetireGrant",
    "RevokeGrant",
];

/// For what no key policy speaks of: administrators may.
pub(super) fn check_admin(ask: &Ask<'_>, resource: &str) -> Result<(), Fault> {
    match ask.actor {
        Actor::Principal { admin: true, .. } => Ok(()),
        _ => Err(fault::no_identity_policy(ask, resource)),
    }
}

/// Whether the operation may be done with the key.
pub(super) async fn check(kms: &Kms, ask: &Ask<'_>, key: &KmsKey) -> Result<(), Fault> {
    check_use(kms, ask, key, &ask.action(), &EncryptionContext::new()).await
}

/// Whether `action` may be done with the key in a context.
pub(super) async fn check_use(
    kms: &Kms,
    ask: &Ask<'_>,
    key: &KmsKey,
    action: &str,
    context: &EncryptionContext,
) -> Result<(), Fault> {
    let foreign = key.account != ask.account;
    if foreign && !CROSS_ACCOUNT.contains(&ask.operation) {
        return Err(fault::unseen(ask, action));
    }
    let rules = rules_of(key)?;
    match decide(&rules, ask, key, action, context) {
        Decision::Allowed => Ok(()),
        Decision::Denied if foreign => Err(fault::unseen(ask, action)),
        Decision::Denied => Err(fault::explicit_deny(ask, action, key)),
        Decision::Nothing => {
            if grant::covers(kms, ask, key, action, context).await? {
                return Ok(());
            }
            if foreign {
                return Err(fault::unseen(ask, action));
            }
            Err(fault::no_key_policy(ask, action, key))
        }
    }
}

/// What a policy, that of the key or one that may become it, says.
pub(super) fn decide(
    rules: &Rules,
    ask: &Ask<'_>,
    key: &KmsKey,
    action: &str,
    context: &EncryptionContext,
) -> Decision {
    let resource = key.arn();
    let conditions = conditions(ask, key, context);
    let asked = |names: &[&str], services: &[&str]| {
        rules.evaluate(&Question {
            names,
            services,
            action,
            resource: &resource,
            conditions: &conditions,
        })
    };
    match ask.actor {
        Actor::Anonymous => Decision::Nothing,
        Actor::Service { principal, .. } => asked(&[], &[principal]),
        Actor::Principal { account, arn, admin } => {
            let role = role_of(arn);
            let mut names = vec![arn.as_str()];
            names.extend(role.as_deref());
            let (account_id, root) = (account.to_string(), format!("arn:aws:iam::{account}:root"));
            let own = asked(&names, &[]);
            let by_account = asked(&[&root, &account_id], &[]);
            match (own, by_account) {
                (Decision::Denied, _) | (_, Decision::Denied) => Decision::Denied,
                (Decision::Allowed, _) if *account == key.account || *admin => Decision::Allowed,
                (_, Decision::Allowed) if *admin => Decision::Allowed,
                _ => Decision::Nothing,
            }
        }
    }
}

/// What is stored was checked, so a policy that cannot be read is damage.
fn rules_of(key: &KmsKey) -> Result<Rules, Fault> {
    Rules::parse(&key.policy)
        .map_err(|error| Fault::internal(format!("the policy of {}: {error}", key.arn())))
}

/// The role of a session: policies name either.
pub(super) fn role_of(arn: &str) -> Option<String> {
    let rest = arn.strip_prefix("arn:aws:sts::")?;
    let (account, session) = rest.split_once(":assumed-role/")?;
    let (role, _) = session.rsplit_once('/')?;
    Some(format!("arn:aws:iam::{account}:role/{role}"))
}

/// What conditions may look at.
fn conditions(ask: &Ask<'_>, key: &KmsKey, context: &EncryptionContext) -> Context {
    let mut found = Context::default();
    found.set("kms:CallerAccount", ask.account.to_string());
    found.set("aws:ResourceAccount", key.account.to_string());
    found.set("aws:RequestedRegion", ask.region);
    found.set("kms:KeySpec", "SYMMETRIC_DEFAULT");
    found.set("kms:KeyUsage", "ENCRYPT_DECRYPT");
    found.set("kms:KeyOrigin", "AWS_KMS");
    found.set("kms:MultiRegion", "false");
    for (name, value) in context {
        found.set(&format!("kms:EncryptionContext:{name}"), value);
        found.add("kms:EncryptionContextKeys", name);
    }
    if let Some(via) = ask.via {
        found.set("kms:ViaService", format!("{via}.{}.amazonaws.com", ask.region));
    }
    match ask.actor {
        Actor::Service { principal, source_arn, source_account } => {
            found.set("aws:SourceArn", source_arn);
            found.set("aws:SourceAccount", source_account.to_string());
            found.set("aws:PrincipalServiceName", *principal);
            found.set("aws:PrincipalIsAWSService", "true");
        }
        Actor::Principal { account, arn, .. } => {
            found.set("aws:PrincipalArn", role_of(arn).as_deref().unwrap_or(arn));
            found.set("aws:PrincipalAccount", account.to_string());
            found.set("aws:PrincipalIsAWSService", "false");
        }
        Actor::Anonymous => {}
    }
    found
}
