//! Who may do what with a key.
//!
//! A key's policy decides; an explicit deny in it wins over everything. Where it names an account,
//! it leaves the decision to that account, whose administrators may then do everything. A key of
//! another account needs both: its policy's word, and an administrator to ask. Grants add to the
//! policy, never against a deny.

use cairn_core::AccountId;
use cairn_policy::{Context, Decision, Policy, Principal, Request};
use cairn_ports::{Actor, EncryptionContext};
use cairn_store::KmsKey;
use cairn_wire::Fault;

use super::ask::Ask;
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

/// No account has this number, and no policy means it.
const NOBODYS: AccountId = AccountId::MAX;

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
    match decide(&policy_of(key)?, ask, key, action, context) {
        Decision::Allow => Ok(()),
        Decision::ExplicitDeny if foreign => Err(fault::unseen(ask, action)),
        Decision::ExplicitDeny => Err(fault::explicit_deny(ask, action, key)),
        Decision::ImplicitDeny => {
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
    policy: &Policy,
    ask: &Ask<'_>,
    key: &KmsKey,
    action: &str,
    encryption: &EncryptionContext,
) -> Decision {
    let resource = key.arn();
    let says = |principal: Principal<'_>| {
        let context = context(ask, key, &principal, encryption);
        policy.evaluate(&Request { principal, action, resource: &resource, context: &context })
    };
    match ask.actor {
        Actor::Anonymous => Decision::ImplicitDeny,
        Actor::Service { principal, .. } => says(Principal::Service(principal)),
        Actor::Principal { account, arn, admin } => {
            let decision = says(identity(*account, arn));
            // An administrator may do what the policy leaves to the account; others need to be
            // meant themselves, which they are if it is all the same whose account they are of.
            let meant =
                || *account == key.account && says(identity(NOBODYS, arn)) == Decision::Allow;
            match decision {
                Decision::Allow if *admin || meant() => Decision::Allow,
                Decision::Allow => Decision::ImplicitDeny,
                refusal => refusal,
            }
        }
    }
}

fn identity(account: AccountId, arn: &str) -> Principal<'_> {
    Principal::Identity { account, arn, canonical_user: None }
}

/// What is stored was checked, so a policy that cannot be read is damage.
fn policy_of(key: &KmsKey) -> Result<Policy, Fault> {
    Policy::parse(&key.policy)
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
fn context(
    ask: &Ask<'_>,
    key: &KmsKey,
    principal: &Principal<'_>,
    encryption: &EncryptionContext,
) -> Context {
    let mut found = Context::new()
        .with_principal(principal)
        .with("kms:CallerAccount", ask.account.to_string())
        .with("aws:ResourceAccount", key.account.to_string())
        .with("aws:RequestedRegion", ask.region)
        .with("kms:KeySpec", "SYMMETRIC_DEFAULT")
        .with("kms:KeyUsage", "ENCRYPT_DECRYPT")
        .with("kms:KeyOrigin", "AWS_KMS")
        .with("kms:MultiRegion", false)
        .with_all("kms:EncryptionContextKeys", encryption.keys().map(String::as_str));
    for (name, value) in encryption {
        found = found.with(&format!("kms:EncryptionContext:{name}"), value.as_str());
    }
    if let Some(via) = ask.via {
        found = found.with("kms:ViaService", format!("{via}.{}.amazonaws.com", ask.region));
    }
    match ask.actor {
        Actor::Service { source_arn, source_account, .. } => found
            .with("aws:SourceArn", source_arn.as_str())
            .with("aws:SourceAccount", source_account.to_string()),
        Actor::Principal { account, arn, .. } => found
            .with("aws:PrincipalArn", role_of(arn).as_deref().unwrap_or(arn))
            .with("aws:PrincipalAccount", account.to_string()),
        Actor::Anonymous => found,
    }
}
