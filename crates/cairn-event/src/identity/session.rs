//! Temporary credentials: the `sessionContext` of an identity.

use cairn_core::{AccountId, Timestamp};
use serde::{Serialize, Serializer};

use super::IdentityType;

/// How the caller came by temporary credentials.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionContext {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_issuer: Option<SessionIssuer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub web_id_federation_data: Option<WebIdFederationData>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attributes: Option<SessionAttributes>,
    /// `1.0` or `2.0`: the version of the instance metadata service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ec2_role_delivery: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_identity: Option<String>,
    #[serde(serialize_with = "as_text", skip_serializing_if = "Option::is_none")]
    pub assumed_root: Option<bool>,
    #[serde(rename = "ec2IssuedInVpc", skip_serializing_if = "Option::is_none")]
    pub ec2_issued_in_vpc: Option<String>,
}

/// Who the temporary credentials are from: the role, or the user who asked for them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionIssuer {
    #[serde(rename = "type")]
    pub kind: IdentityType,
    pub principal_id: String,
    pub arn: String,
    #[serde(serialize_with = "text")]
    pub account_id: AccountId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
}

/// The identity provider of a web identity session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WebIdFederationData {
    pub federated_provider: String,
    #[serde(serialize_with = "as_map")]
    pub attributes: Vec<(String, String)>,
}

/// When a session began and whether with a second factor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionAttributes {
    #[serde(serialize_with = "text")]
    pub creation_date: Timestamp,
    #[serde(serialize_with = "text")]
    pub mfa_authenticated: bool,
}

impl SessionIssuer {
    /// A role of the account; `path` begins and ends with a slash.
    pub fn role(account: AccountId, role_id: &str, path: &str, name: &str) -> Self {
        Self {
            kind: IdentityType::Role,
            principal_id: role_id.to_owned(),
            arn: format!("arn:aws:iam::{account}:role{path}{name}"),
            account_id: account,
            user_name: Some(name.to_owned()),
        }
    }

    /// A user of the account; `path` begins and ends with a slash.
    pub fn iam_user(account: AccountId, user_id: &str, path: &str, name: &str) -> Self {
        Self {
            kind: IdentityType::IamUser,
            principal_id: user_id.to_owned(),
            arn: format!("arn:aws:iam::{account}:user{path}{name}"),
            account_id: account,
            user_name: Some(name.to_owned()),
        }
    }

    /// The root user of the account.
    pub fn root(account: AccountId) -> Self {
        Self {
            kind: IdentityType::Root,
            principal_id: account.to_string(),
            arn: format!("arn:aws:iam::{account}:root"),
            account_id: account,
            user_name: None,
        }
    }
}

pub(super) fn text<T: ToString, S: Serializer>(
    value: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&value.to_string())
}

#[expect(clippy::ref_option, reason = "serde hands over the field as it is")]
pub(super) fn as_text<T: ToString, S: Serializer>(
    value: &Option<T>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    value.as_ref().map(T::to_string).serialize(serializer)
}

fn as_map<S: Serializer>(pairs: &[(String, String)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().map(|(name, value)| (name, value)))
}
