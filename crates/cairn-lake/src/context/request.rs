//! Keys of the request context, read from what a record says of its call.

use std::borrow::Cow;

use cairn_event::Event;

/// A condition key of IAM that a record can tell.
///
/// Of the others that events can be enriched with, no record tells the age of a multi-factor
/// authentication, all names of a service, or an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum RequestKey {
    CurrentTime,
    EpochTime,
    FederatedProvider,
    MultiFactorAuthPresent,
    PrincipalAccount,
    PrincipalArn,
    PrincipalIsAwsService,
    PrincipalServiceName,
    PrincipalType,
    RequestedRegion,
    SecureTransport,
    SourceAccount,
    SourceIdentity,
    TokenIssueTime,
    UserId,
    UserName,
    ViaAwsService,
}

const NAMES: [(&str, RequestKey); 17] = [
    ("aws:CurrentTime", RequestKey::CurrentTime),
    ("aws:EpochTime", RequestKey::EpochTime),
    ("aws:FederatedProvider", RequestKey::FederatedProvider),
    ("aws:MultiFactorAuthPresent", RequestKey::MultiFactorAuthPresent),
    ("aws:PrincipalAccount", RequestKey::PrincipalAccount),
    ("aws:PrincipalArn", RequestKey::PrincipalArn),
    ("aws:PrincipalIsAWSService", RequestKey::PrincipalIsAwsService),
    ("aws:PrincipalServiceName", RequestKey::PrincipalServiceName),
    ("aws:PrincipalType", RequestKey::PrincipalType),
    ("aws:RequestedRegion", RequestKey::RequestedRegion),
    ("aws:SecureTransport", RequestKey::SecureTransport),
    ("aws:SourceAccount", RequestKey::SourceAccount),
    ("aws:SourceIdentity", RequestKey::SourceIdentity),
    ("aws:TokenIssueTime", RequestKey::TokenIssueTime),
    ("aws:userid", RequestKey::UserId),
    ("aws:username", RequestKey::UserName),
    ("aws:ViaAWSService", RequestKey::ViaAwsService),
];

const SESSION: &str = "sessionContext";

impl RequestKey {
    /// The case of a key means nothing.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        let same = |(known, _): &&(&str, Self)| known.eq_ignore_ascii_case(name);
        NAMES.iter().find(same).map(|(_, key)| *key)
    }

    /// `None` where the record does not tell.
    pub(super) fn value(self, event: &Event) -> Option<Cow<'_, str>> {
        // What a service did by itself was no request.
        if event.event_type().as_deref() == Some("AwsServiceEvent") {
            return None;
        }
        let session = |name| event.text_at(&["userIdentity", SESSION, name]);
        let attribute = |name| event.text_at(&["userIdentity", SESSION, "attributes", name]);
        let value = match self {
            Self::CurrentTime => Some(event.time().to_string().into()),
            Self::EpochTime => Some(event.time().seconds().to_string().into()),
            Self::FederatedProvider => event.text_at(&[
                "userIdentity",
                SESSION,
                "webIdFederationData",
                "federatedProvider",
            ]),
            Self::MultiFactorAuthPresent => attribute("mfaAuthenticated"),
            Self::TokenIssueTime => attribute("creationDate"),
            Self::SourceIdentity => session("sourceIdentity"),
            Self::RequestedRegion => Some(event.region()),
            Self::SecureTransport => {
                event.text_at(&["tlsDetails", "tlsVersion"]).map(|_| "true".into())
            }
            Self::PrincipalAccount
            | Self::PrincipalArn
            | Self::PrincipalIsAwsService
            | Self::PrincipalServiceName
            | Self::PrincipalType
            | Self::SourceAccount
            | Self::UserId
            | Self::UserName
            | Self::ViaAwsService => Caller::of(event)?.value(self, event),
        };
        value.filter(|value| !value.is_empty())
    }
}

/// Who signed a request. Nobody did where users of other identity providers ask for a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Caller {
    Root,
    User,
    Role,
    FederatedUser,
    /// Somebody of another account, of whom a record tells little.
    Account,
    Service,
}

impl Caller {
    fn of(event: &Event) -> Option<Self> {
        Some(match &*event.user_type()? {
            "Root" => Self::Root,
            "IAMUser" => Self::User,
            "AssumedRole" => Self::Role,
            "FederatedUser" => Self::FederatedUser,
            "AWSAccount" => Self::Account,
            "AWSService" => Self::Service,
            _ => return None,
        })
    }

    fn value(self, key: RequestKey, event: &Event) -> Option<Cow<'_, str>> {
        let is_service = self == Self::Service;
        match key {
            RequestKey::PrincipalAccount if !is_service => {
                event.user_account().map(|account| account.to_string().into())
            }
            RequestKey::PrincipalArn => self.arn(event),
            RequestKey::PrincipalIsAwsService => Some(flag(is_service)),
            RequestKey::PrincipalServiceName if is_service => {
                event.invoked_by().filter(|name| name.ends_with(".amazonaws.com"))
            }
            RequestKey::PrincipalType => self.kind().map(Cow::Borrowed),
            RequestKey::SourceAccount if is_service => {
                event.text_at(&["userIdentity", "inScopeOf", "sourceAccount"])
            }
            RequestKey::UserId if !is_service => event.principal_id(),
            RequestKey::UserName if self == Self::User => event.username(),
            RequestKey::ViaAwsService => self.is_by_way_of_service(event).map(flag),
            _ => None,
        }
    }

    /// Of a session the role, not the session.
    fn arn(self, event: &Event) -> Option<Cow<'_, str>> {
        match self {
            Self::Role => event.issuer_arn(),
            Self::Root | Self::User | Self::FederatedUser => event.user_arn(),
            Self::Account | Self::Service => None,
        }
    }

    fn kind(self) -> Option<&'static str> {
        match self {
            Self::Root => Some("Account"),
            Self::User => Some("User"),
            Self::Role => Some("AssumedRole"),
            Self::FederatedUser => Some("FederatedUser"),
            Self::Account | Self::Service => None,
        }
    }

    /// Whether a service passed on the caller's own request. A service that uses a role which was
    /// made for it does not, and a record tells only service-linked roles from the caller's.
    fn is_by_way_of_service(self, event: &Event) -> Option<bool> {
        if self == Self::Service || event.invoked_by().is_none() {
            return Some(false);
        }
        match self {
            Self::Root | Self::User | Self::FederatedUser => Some(true),
            Self::Role => {
                let linked = event.issuer_arn()?.contains(":role/aws-service-role/");
                linked.then_some(false)
            }
            Self::Account | Self::Service => None,
        }
    }
}

fn flag(value: bool) -> Cow<'static, str> {
    if value { "true".into() } else { "false".into() }
}
