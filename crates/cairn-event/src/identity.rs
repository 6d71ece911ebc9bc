//! Who made a call: the `userIdentity` of a record.

use cairn_core::AccountId;
use serde::Serialize;

mod session;

pub use session::{SessionAttributes, SessionContext, SessionIssuer, WebIdFederationData};
use session::{as_text, text};

/// `userIdentity`. The constructors give each form the members that it normally has; the fields
/// are public for what only some calls have. Members are written in the order of the fields, and
/// those that are `None` are left out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    /// `None` in the records of service events.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<IdentityType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    #[serde(serialize_with = "as_text", skip_serializing_if = "Option::is_none")]
    pub account_id: Option<AccountId>,
    /// What stands for the account where there is none.
    #[serde(rename = "accountId", skip_serializing_if = "Option::is_none")]
    pub no_account: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_key_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_context: Option<SessionContext>,
    /// The service that made the call for the caller.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoked_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_scope_of: Option<InScopeOf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<OnBehalfOf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential_id: Option<String>,
    /// The account that was given temporary access.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoked_by_delegate: Option<Delegate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity_provider: Option<String>,
}

/// `userIdentity.type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub enum IdentityType {
    Root,
    #[serde(rename = "IAMUser")]
    IamUser,
    AssumedRole,
    Role,
    FederatedUser,
    Directory,
    #[serde(rename = "AWSAccount")]
    AwsAccount,
    #[serde(rename = "AWSService")]
    AwsService,
    IdentityCenterUser,
    #[serde(rename = "SAMLUser")]
    SamlUser,
    WebIdentityUser,
    Unknown,
}

/// The resource of a service that the credentials were issued to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InScopeOf {
    pub source_arn: String,
    #[serde(serialize_with = "text")]
    pub source_account: AccountId,
    pub issuer_type: String,
    pub credentials_issued_to: String,
}

/// The Identity Center user that a call was made for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OnBehalfOf {
    pub user_id: String,
    pub identity_store_arn: String,
}

/// An account that acts with temporary delegated access.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Delegate {
    #[serde(serialize_with = "text")]
    pub account_id: AccountId,
}

impl IdentityType {
    const ALL: [(&'static str, Self); 12] = [
        ("Root", Self::Root),
        ("IAMUser", Self::IamUser),
        ("AssumedRole", Self::AssumedRole),
        ("Role", Self::Role),
        ("FederatedUser", Self::FederatedUser),
        ("Directory", Self::Directory),
        ("AWSAccount", Self::AwsAccount),
        ("AWSService", Self::AwsService),
        ("IdentityCenterUser", Self::IdentityCenterUser),
        ("SAMLUser", Self::SamlUser),
        ("WebIdentityUser", Self::WebIdentityUser),
        ("Unknown", Self::Unknown),
    ];

    /// The type that records write so.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind)
    }
}

impl Identity {
    /// The root user. `user_name` is set only where the account has an alias.
    pub fn root(account: AccountId) -> Self {
        Self {
            principal_id: Some(account.to_string()),
            arn: Some(format!("arn:aws:iam::{account}:root")),
            account_id: Some(account),
            ..Self::of(IdentityType::Root)
        }
    }

    /// A user of the account; `path` begins and ends with a slash.
    pub fn iam_user(account: AccountId, user_id: &str, path: &str, name: &str) -> Self {
        Self {
            principal_id: Some(user_id.to_owned()),
            arn: Some(format!("arn:aws:iam::{account}:user{path}{name}")),
            account_id: Some(account),
            user_name: Some(name.to_owned()),
            ..Self::of(IdentityType::IamUser)
        }
    }

    /// A session of a role. The ARN names the role without its path.
    pub fn assumed_role(role: SessionIssuer, session: &str, attributes: SessionAttributes) -> Self {
        let account = role.account_id;
        let name = role.user_name.as_deref().unwrap_or_default();
        Self {
            principal_id: Some(format!("{}:{session}", role.principal_id)),
            arn: Some(format!("arn:aws:sts::{account}:assumed-role/{name}/{session}")),
            account_id: Some(account),
            session_context: Some(SessionContext {
                session_issuer: Some(role),
                attributes: Some(attributes),
                ..SessionContext::default()
            }),
            ..Self::of(IdentityType::AssumedRole)
        }
    }

    /// A role as such, without a session.
    pub fn role(role: SessionIssuer) -> Self {
        Self {
            principal_id: Some(role.principal_id),
            arn: Some(role.arn),
            account_id: Some(role.account_id),
            user_name: role.user_name,
            ..Self::of(IdentityType::Role)
        }
    }

    /// A user with temporary credentials that `issuer`, a user or root, asked for.
    pub fn federated_user(
        issuer: SessionIssuer,
        name: &str,
        attributes: SessionAttributes,
    ) -> Self {
        let account = issuer.account_id;
        Self {
            principal_id: Some(format!("{account}:{name}")),
            arn: Some(format!("arn:aws:sts::{account}:federated-user/{name}")),
            account_id: Some(account),
            session_context: Some(SessionContext {
                session_issuer: Some(issuer),
                attributes: Some(attributes),
                ..SessionContext::default()
            }),
            ..Self::of(IdentityType::FederatedUser)
        }
    }

    /// A user of a directory service.
    pub fn directory(account: AccountId, principal_id: &str) -> Self {
        Self {
            principal_id: Some(principal_id.to_owned()),
            account_id: Some(account),
            ..Self::of(IdentityType::Directory)
        }
    }

    /// A principal of another account.
    pub fn aws_account(account: AccountId, principal_id: &str) -> Self {
        Self {
            principal_id: Some(principal_id.to_owned()),
            account_id: Some(account),
            ..Self::of(IdentityType::AwsAccount)
        }
    }

    /// A service, named as in `cloudtrail.amazonaws.com`.
    pub fn aws_service(service: &str) -> Self {
        Self { invoked_by: Some(service.to_owned()), ..Self::of(IdentityType::AwsService) }
    }

    /// The identity of a service event: no type, only the account and who acted in it.
    pub fn service_event(account: AccountId, invoked_by: &str) -> Self {
        Self {
            account_id: Some(account),
            invoked_by: Some(invoked_by.to_owned()),
            ..Self::default()
        }
    }

    /// A user of IAM Identity Center; the account is that of the instance.
    pub fn identity_center_user(account: AccountId, user: OnBehalfOf, credential_id: &str) -> Self {
        Self {
            account_id: Some(account),
            on_behalf_of: Some(user),
            credential_id: Some(credential_id.to_owned()),
            ..Self::of(IdentityType::IdentityCenterUser)
        }
    }

    /// The caller of AssumeRoleWithSAML: the provider's name qualifier and the subject.
    pub fn saml_user(qualifier: &str, subject: &str) -> Self {
        Self {
            principal_id: Some(format!("{qualifier}:{subject}")),
            user_name: Some(subject.to_owned()),
            identity_provider: Some(qualifier.to_owned()),
            ..Self::of(IdentityType::SamlUser)
        }
    }

    /// The caller of AssumeRoleWithWebIdentity.
    pub fn web_identity_user(provider: &str, application: &str, user: &str) -> Self {
        Self {
            principal_id: Some(format!("{provider}:{application}:{user}")),
            user_name: Some(user.to_owned()),
            identity_provider: Some(provider.to_owned()),
            ..Self::of(IdentityType::WebIdentityUser)
        }
    }

    /// A caller who did not sign.
    pub fn anonymous() -> Self {
        Self {
            principal_id: Some(String::new()),
            no_account: Some("ANONYMOUS_PRINCIPAL"),
            ..Self::of(IdentityType::AwsAccount)
        }
    }

    /// A caller of whom nothing is known.
    pub fn unknown() -> Self {
        Self::of(IdentityType::Unknown)
    }

    /// Adds the access key that signed the call.
    pub fn with_access_key(mut self, id: impl Into<String>) -> Self {
        self.access_key_id = Some(id.into());
        self
    }

    fn of(kind: IdentityType) -> Self {
        Self { kind: Some(kind), ..Self::default() }
    }
}

#[cfg(test)]
mod tests;
