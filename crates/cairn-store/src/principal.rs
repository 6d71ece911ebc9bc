//! Who holds a key.

use cairn_core::AccountId;
use serde::{Deserialize, Serialize};

use crate::{Secret, User};

/// A long-lived access key as a request presents it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    pub access_key_id: String,
    pub secret: Secret,
    pub account: AccountId,
    pub principal: Principal,
    /// An inactive key signs nothing.
    pub active: bool,
}

/// Who holds a long-lived access key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Principal {
    Root,
    User {
        name: String,
        /// `AIDA…`
        id: String,
        arn: String,
        admin: bool,
    },
}

impl Principal {
    /// Whether the holder may do everything within the account.
    pub fn is_admin(&self) -> bool {
        match self {
            Self::Root => true,
            Self::User { admin, .. } => *admin,
        }
    }
}

impl From<User> for Principal {
    fn from(user: User) -> Self {
        let arn = user.arn();
        Self::User { name: user.name, id: user.id, arn, admin: user.admin }
    }
}
