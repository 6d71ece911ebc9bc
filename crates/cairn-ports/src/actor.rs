use cairn_core::AccountId;

/// Service principals that act through the ports.
pub const CLOUDTRAIL: &str = "cloudtrail.amazonaws.com";
pub const S3: &str = "s3.amazonaws.com";
pub const SNS: &str = "sns.amazonaws.com";

/// Who asks: what `Principal` and the keys `aws:Source…` of a policy are held against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A service that acts for a resource of an account.
    Service {
        /// `cloudtrail.amazonaws.com`.
        principal: &'static str,
        /// `aws:SourceArn`.
        source_arn: String,
        /// `aws:SourceAccount`.
        source_account: AccountId,
    },
    /// Somebody with credentials.
    Principal {
        account: AccountId,
        arn: String,
        /// Whether identity policies let them do everything within the account.
        admin: bool,
    },
    Anonymous,
}

impl Actor {
    /// CloudTrail, for a trail.
    pub fn trail(arn: &str, account: AccountId) -> Self {
        Self::Service { principal: CLOUDTRAIL, source_arn: arn.to_owned(), source_account: account }
    }

    /// The account that the actor belongs to or acts for.
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Self::Service { source_account, .. } => Some(*source_account),
            Self::Principal { account, .. } => Some(*account),
            Self::Anonymous => None,
        }
    }
}
