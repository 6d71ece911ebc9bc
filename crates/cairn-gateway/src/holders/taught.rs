//! What an answer says about whose a key is.

use cairn_core::{AccountId, Arn};
use cairn_event::{
    Identity, IdentityType, Json, SessionAttributes, SessionContext, SessionIssuer,
    WebIdFederationData,
};

use super::Answer;

/// The key that an answer hands out or speaks of, and its holder.
pub(super) fn taught(answer: Answer<'_>) -> Option<(String, Identity)> {
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
