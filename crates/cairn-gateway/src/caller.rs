//! From a credential to the caller and the `userIdentity` that its calls are recorded with.

use cairn_core::AccountId;
use cairn_event::{Identity, SessionAttributes, SessionContext, SessionIssuer};
use cairn_store::session::{Holder, Session};
use cairn_store::{Credential, Principal};

/// Cairn's users and roles have no other path.
const PATH: &str = "/";

/// Who calls, as the signature proved it.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The credential's account: the only source of a record's account.
    pub account: AccountId,
    /// What the record shows as `userIdentity`.
    pub identity: Identity,
    pub arn: String,
    /// `AIDA…`, `AROA…:session`, or the account id for Root.
    pub user_id: String,
    /// Whose key signed; `None` for the credentials of a session.
    pub principal: Option<Principal>,
    pub is_root: bool,
    /// May administer the identities of the own account.
    pub admin: bool,
    /// May act for other accounts: an administrator of the first account.
    pub operator: bool,
}

impl Caller {
    /// The holder of a long-lived key.
    pub(crate) fn of_key(credential: &Credential) -> Self {
        let principal = &credential.principal;
        let identity = of_principal(credential.account, principal);
        let identity = identity.with_access_key(&credential.access_key_id);
        Self {
            principal: Some(principal.clone()),
            ..Self::new(credential.account, identity, principal.is_admin())
        }
    }

    /// The holder of a session.
    pub(crate) fn of_session(session: &Session) -> Self {
        let attributes =
            SessionAttributes { creation_date: session.issued, mfa_authenticated: session.mfa };
        let mut identity = match &session.holder {
            Holder::Role { name, id, session_name, .. } => {
                let role = SessionIssuer::role(session.account, id, PATH, name);
                Identity::assumed_role(role, session_name, attributes)
            }
            Holder::Principal(principal) => Identity {
                session_context: Some(SessionContext {
                    attributes: Some(attributes),
                    ..SessionContext::default()
                }),
                ..of_principal(session.account, principal)
            },
        };
        if let Some(context) = &mut identity.session_context {
            context.source_identity.clone_from(&session.source_identity);
        }
        let identity = identity.with_access_key(&session.access_key_id);
        Self::new(session.account, identity, session.holder.is_admin())
    }

    fn new(account: AccountId, identity: Identity, admin: bool) -> Self {
        let is_root = identity.kind == Some(cairn_event::IdentityType::Root);
        let arn = identity.arn.clone().unwrap_or_default();
        let user_id = identity.principal_id.clone().unwrap_or_default();
        Self { account, identity, arn, user_id, principal: None, is_root, admin, operator: false }
    }
}

fn of_principal(account: AccountId, principal: &Principal) -> Identity {
    match principal {
        Principal::Root => Identity::root(account),
        Principal::User { name, id, .. } => Identity::iam_user(account, id, PATH, name),
    }
}
