use std::collections::BTreeMap;

use cairn_core::AccountId;
use zeroize::Zeroizing;

use crate::{Actor, Answer};

/// Names and values that a data key is bound to.
pub type EncryptionContext = BTreeMap<String, String>;

/// Keys that encrypt other keys: KMS.
pub trait Keys: Send + Sync + 'static {
    /// `id` is a key id, key ARN, alias name (`alias/…`) or alias ARN; the first and the third are
    /// looked for in the account and the Region.
    ///
    /// # Errors
    /// `Missing` with `NotFoundException`.
    fn describe<'a>(
        &'a self,
        account: AccountId,
        region: &'a str,
        id: &'a str,
    ) -> Answer<'a, KeyInfo>;

    /// The key policy's text.
    fn policy<'a>(&'a self, key_arn: &'a str) -> Answer<'a, String>;

    /// A new data key of 32 bytes.
    ///
    /// # Errors
    /// `Denied` with `AccessDeniedException` where the key policy says no, with
    /// `DisabledException` or `KMSInvalidStateException` where the key cannot be used.
    fn generate_data_key<'a>(
        &'a self,
        actor: &'a Actor,
        key_arn: &'a str,
        context: &'a EncryptionContext,
    ) -> Answer<'a, DataKey>;

    /// Opens what [`Keys::generate_data_key`] sealed, in the same context.
    fn decrypt<'a>(
        &'a self,
        actor: &'a Actor,
        sealed: &'a [u8],
        context: &'a EncryptionContext,
    ) -> Answer<'a, Zeroizing<Vec<u8>>>;
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyInfo {
    pub arn: String,
    pub account: AccountId,
    pub region: String,
    pub state: KeyState,
    /// Whether it is a symmetric key for encrypting.
    pub symmetric: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    Enabled,
    Disabled,
    PendingDeletion,
}

/// A data key, open and sealed.
#[derive(Debug, Clone)]
pub struct DataKey {
    pub key_arn: String,
    pub plaintext: Zeroizing<Vec<u8>>,
    pub sealed: Vec<u8>,
}
