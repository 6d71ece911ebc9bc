//! What a policy is asked about.

use cairn_core::AccountId;

use crate::Context;

/// One action on one resource.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    pub principal: Principal<'a>,
    /// As policies write it: `s3:PutObject`.
    pub action: &'a str,
    /// An ARN.
    pub resource: &'a str,
    pub context: &'a Context,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Principal<'a> {
    /// Nobody signed the request.
    Anonymous,
    /// A service, as in `cloudtrail.amazonaws.com`.
    Service(&'a str),
    /// Somebody of an account: a user, the session of a role, the root user.
    Identity {
        account: AccountId,
        arn: &'a str,
        /// What S3 calls the account; `None` where nobody gave it such a name.
        canonical_user: Option<&'a str>,
    },
}
