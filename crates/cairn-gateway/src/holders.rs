//! Who holds the access keys that Cairn did not issue: told by the configuration, or learned from
//! answers of STS and IAM that were seen on the way.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cairn_core::{AccountId, Arn, Timestamp};
use cairn_event::{
    Identity, IdentityType, Json, SessionAttributes, SessionContext, SessionIssuer,
    WebIdFederationData,
};

/// Keys that are remembered; beyond this, those that expire first are forgotten.
const KEYS: usize = 100_000;
/// How long the key of a session is remembered where nobody says when it expires: the longest that
/// a session may last.
const SESSION_MILLIS: i64 = 36 * 3600 * 1000;

/// The holders of foreign access keys.
#[derive(Debug, Default)]
pub struct Holders {
    keys: Mutex<HashMap<String, Holder>>,
}

/// Who holds a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    pub identity: Identity,
    /// `None` for a key that was configured or lasts.
    expires: Option<Timestamp>,
}

/// An answer that may say whose a key is.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// `sts.amazonaws.com` or `iam.amazonaws.com`; others say nothing.
    pub source: &'a str,
    /// The operation.
    pub name: &'a str,
    pub at: Timestamp,
    pub caller: &'a Identity,
    /// As records show them.
    pub parameters: Option<&'a Json>,
    pub elements: Option<&'a Json>,
}

impl Holders {
    /// A key that the configuration names.
    pub fn tell(&self, access_key_id: String, identity: Identity) {
        self.keys().insert(access_key_id, Holder { identity, expires: None });
    }

    /// The holder of a key, if one is known and has not expired.
    pub fn find(&self, access_key_id: &str, now: Timestamp) -> Option<Identity> {
        let keys = self.keys();
        let holder = keys.get(access_key_id)?;
        let valid = holder.expires.is_none_or(|expires| now < expires);
        valid.then(|| holder.identity.clone())
    }

    /// Takes note of whose key an answer shows. Configured keys stay as they are.
    pub fn learn(&self, answer: Answer<'_>) {
        let Some((key, identity)) = taught(answer) else { return };
        let lasting = identity.session_context.is_none();
        let expires =
            answer.at.saturating_add(std::time::Duration::from_millis(SESSION_MILLIS as u64));
        let expires = (!lasting).then_some(expires);
        let mut keys = self.keys();
        if keys.get(&key).is_some_and(|held| held.expires.is_none()) {
            return;
        }
        if keys.len() >= KEYS {
            keys.retain(|_, holder| holder.expires.is_none_or(|expires| answer.at < expires));
        }
        if keys.len() >= KEYS
            && let Some(first) = soonest(&keys)
        {
            keys.remove(&first);
        }
        let identity = identity.with_access_key(&key);
        keys.insert(key, Holder { identity, expires });
    }

    fn keys(&self) -> MutexGuard<'_, HashMap<String, Holder>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn soonest(keys: &HashMap<String, Holder>) -> Option<String> {
    let ends = keys.iter().filter_map(|(key, holder)| Some((holder.expires?, key)));
    ends.min_by_key(|(expires, _)| *expires).map(|(_, key)| key.clone())
}

/// The key that an answer hands out or speaks of, and its holder.
fn taught(answer: Answer<'_>) -> Option<(String, Identity)> {
    let elements = answer.elements?;
    match (answer.source, answer.name) {
        (
            "sts.amazonaws.com",
            "AssumeRole" | "AssumeRoleWithSAML" | "AssumeRoleWithWebIdentity",
        ) => Some((issued(elements)?, assumed(answer, elements)?)),
        ("sts.amazonaws.com", "GetSessionToken") => {
            let session_context = Some(context(answer, None));
            Some((issued(elements)?, Identity { session_context, ..answer.caller.clone() }))
        }
        ("sts.amazonaws.com", "GetFederationToken") => {
            Some((issued(elements)?, federated(answer, elements)?))
        }
        ("sts.amazonaws.com", "GetCallerIdentity") => {
            let key = answer.caller.access_key_id.clone()?;
            Some((key, spoken_of(elements)?))
        }
        ("iam.amazonaws.com", "CreateAccessKey") => {
            let key = elements.get("accessKey")?;
            let id = text(key, "accessKeyId")?.to_owned();
            Some((id, user(answer.caller, text(key, "userName")?)?))
        }
        _ => None,
    }
}

fn issued(elements: &Json) -> Option<String> {
    text(elements.get("credentials")?, "accessKeyId").map(str::to_owned)
}

fn assumed(answer: Answer<'_>, elements: &Json) -> Option<Identity> {
    let user = elements.get("assumedRoleUser")?;
    let (id, arn) = (text(user, "assumedRoleId")?, text(user, "arn")?);
    let account = Arn::parse(arn)?.account_id()?;
    let role = answer.parameters.and_then(|parameters| text(parameters, "roleArn"));
    let issuer = role.and_then(|role| {
        let resource = Arn::parse(role)?.resource;
        Some(SessionIssuer {
            kind: IdentityType::Role,
            principal_id: id.split(':').next().unwrap_or(id).to_owned(),
            arn: role.to_owned(),
            account_id: account,
            user_name: resource.rsplit('/').next().map(str::to_owned),
        })
    });
    let mut context = context(answer, issuer);
    if answer.name == "AssumeRoleWithWebIdentity" {
        let provider = text(elements, "provider").unwrap_or_default().to_owned();
        context.web_id_federation_data =
            Some(WebIdFederationData { federated_provider: provider, attributes: Vec::new() });
    }
    Some(session(IdentityType::AssumedRole, id, arn, account, context))
}

fn federated(answer: Answer<'_>, elements: &Json) -> Option<Identity> {
    let user = elements.get("federatedUser")?;
    let (id, arn) = (text(user, "federatedUserId")?, text(user, "arn")?);
    let account = Arn::parse(arn)?.account_id()?;
    let caller = answer.caller;
    let issuer = SessionIssuer {
        kind: caller.kind.unwrap_or(IdentityType::Unknown),
        principal_id: caller.principal_id.clone().unwrap_or_default(),
        arn: caller.arn.clone().unwrap_or_default(),
        account_id: caller.account_id.unwrap_or(account),
        user_name: caller.user_name.clone(),
    };
    let context = context(answer, Some(issuer));
    Some(session(IdentityType::FederatedUser, id, arn, account, context))
}

/// What GetCallerIdentity says of who asks.
fn spoken_of(elements: &Json) -> Option<Identity> {
    let (arn, id) = (text(elements, "arn")?, text(elements, "userId")?);
    let parts = Arn::parse(arn)?;
    let account = parts.account_id()?;
    let name = || parts.resource.rsplit('/').next().map(str::to_owned);
    let (kind, user_name) = match parts.resource.split('/').next()? {
        "root" => (IdentityType::Root, None),
        "user" => (IdentityType::IamUser, name()),
        "assumed-role" => (IdentityType::AssumedRole, None),
        "federated-user" => (IdentityType::FederatedUser, None),
        _ => return None,
    };
    Some(Identity {
        kind: Some(kind),
        principal_id: Some(id.to_owned()),
        arn: Some(arn.to_owned()),
        account_id: Some(account),
        user_name,
        ..Identity::default()
    })
}

/// The user of a new key, of whom the answer says no more than the name.
fn user(caller: &Identity, name: &str) -> Option<Identity> {
    let account: AccountId = caller.account_id?;
    Some(Identity {
        kind: Some(IdentityType::IamUser),
        arn: Some(format!("arn:aws:iam::{account}:user/{name}")),
        account_id: Some(account),
        user_name: Some(name.to_owned()),
        ..Identity::default()
    })
}

fn context(answer: Answer<'_>, issuer: Option<SessionIssuer>) -> SessionContext {
    let given = |name| answer.parameters.and_then(|parameters| text(parameters, name));
    SessionContext {
        session_issuer: issuer,
        attributes: Some(SessionAttributes {
            creation_date: answer.at,
            mfa_authenticated: given("serialNumber").is_some(),
        }),
        source_identity: given("sourceIdentity").map(str::to_owned),
        ..SessionContext::default()
    }
}

fn session(
    kind: IdentityType,
    id: &str,
    arn: &str,
    account: AccountId,
    context: SessionContext,
) -> Identity {
    Identity {
        kind: Some(kind),
        principal_id: Some(id.to_owned()),
        arn: Some(arn.to_owned()),
        account_id: Some(account),
        session_context: Some(context),
        ..Identity::default()
    }
}

fn text<'a>(value: &'a Json, name: &str) -> Option<&'a str> {
    value.get(name)?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::parse("2026-11-26T10:00:00Z").unwrap()
    }

    fn learn(holders: &Holders, name: &str, caller: &Identity, given: &str, gave: &str) {
        let read = |text: &str| Json::parse(text.as_bytes()).unwrap();
        let source = if name == "CreateAccessKey" { "iam" } else { "sts" };
        holders.learn(Answer {
            source: &format!("{source}.amazonaws.com"),
            name,
            at: now(),
            caller,
            parameters: Some(&read(given)),
            elements: Some(&read(gave)),
        });
    }

    fn alice() -> Identity {
        Identity::iam_user("111122223333".parse().unwrap(), "AIDAALICE", "/", "alice")
            .with_access_key("AKIAALICE")
    }

    #[test]
    fn the_key_of_an_assumed_role_carries_its_session() {
        let holders = Holders::default();
        let gave = r#"{"credentials":{"accessKeyId":"ASIA1","sessionToken":"t"},"assumedRoleUser":
            {"assumedRoleId":"AROA1:ci","arn":"arn:aws:sts::111122223333:assumed-role/deploy/ci"}}"#;
        let given = r#"{"roleArn":"arn:aws:iam::111122223333:role/ops/deploy",
            "roleSessionName":"ci","serialNumber":"mfa","sourceIdentity":"alice"}"#;
        learn(&holders, "AssumeRole", &alice(), given, gave);
        let found = holders.find("ASIA1", now()).unwrap();
        let text = serde_json::to_string(&found).unwrap();
        assert_eq!(
            text,
            "{\"type\":\"AssumedRole\",\"principalId\":\"AROA1:ci\",\
             \"arn\":\"arn:aws:sts::111122223333:assumed-role/deploy/ci\",\
             \"accountId\":\"111122223333\",\"accessKeyId\":\"ASIA1\",\"sessionContext\":{\
             \"sessionIssuer\":{\"type\":\"Role\",\"principalId\":\"AROA1\",\
             \"arn\":\"arn:aws:iam::111122223333:role/ops/deploy\",\
             \"accountId\":\"111122223333\",\"userName\":\"deploy\"},\
             \"attributes\":{\"creationDate\":\"2026-11-26T10:00:00Z\",\
             \"mfaAuthenticated\":\"true\"},\"sourceIdentity\":\"alice\"}}"
        );
        let later = now().saturating_add(std::time::Duration::from_secs(37 * 3600));
        assert_eq!(holders.find("ASIA1", later), None);
    }

    #[test]
    fn new_keys_and_callers_are_known_afterwards() {
        let holders = Holders::default();
        let gave = r#"{"accessKey":{"accessKeyId":"AKIABOB","userName":"bob"}}"#;
        learn(&holders, "CreateAccessKey", &alice(), "{}", gave);
        let bob = holders.find("AKIABOB", now()).unwrap();
        assert_eq!(bob.arn.as_deref(), Some("arn:aws:iam::111122223333:user/bob"));
        let stranger = Identity::unknown().with_access_key("AKIACAROL");
        let gave =
            r#"{"arn":"arn:aws:iam::111122223333:user/carol","userId":"AIDAC","account":"1"}"#;
        learn(&holders, "GetCallerIdentity", &stranger, "{}", gave);
        let carol = holders.find("AKIACAROL", now()).unwrap();
        assert_eq!(carol.user_name.as_deref(), Some("carol"));
        learn(
            &holders,
            "GetSessionToken",
            &carol,
            "{}",
            r#"{"credentials":{"accessKeyId":"ASIA2"}}"#,
        );
        let session = holders.find("ASIA2", now()).unwrap();
        assert_eq!(session.user_name.as_deref(), Some("carol"));
        assert!(session.session_context.unwrap().attributes.is_some());
    }

    #[test]
    fn a_configured_holder_is_never_replaced() {
        let holders = Holders::default();
        holders.tell("AKIABOB".to_owned(), alice());
        let gave = r#"{"accessKey":{"accessKeyId":"AKIABOB","userName":"mallory"}}"#;
        learn(&holders, "CreateAccessKey", &alice(), "{}", gave);
        assert_eq!(holders.find("AKIABOB", now()), Some(alice()));
    }
}
