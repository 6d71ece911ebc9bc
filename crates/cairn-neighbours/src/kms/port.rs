//! KMS as the other services see it.

use cairn_core::{AccountId, ErrorKind};
use cairn_ports::{
    Actor, Answer, DataKey, EncryptionContext, KeyInfo, KeyState, Keys, PortError, PortErrorKind,
};
use cairn_store::kms_key;
use cairn_wire::Fault;
use zeroize::Zeroizing;

use super::ask::Ask;
use super::blob;
use super::target::{self, By};
use super::{Kms, data_key, encrypt, fault, managed};

/// KMS for a service that asks for whoever asked it: policies see `kms:ViaService`.
#[derive(Clone)]
pub struct Via {
    kms: Kms,
    service: Option<&'static str>,
}

impl Kms {
    /// For CloudTrail and others that ask for themselves.
    pub fn keys(&self) -> Via {
        Via { kms: self.clone(), service: None }
    }

    /// For a service that asks for its callers: `s3`.
    pub fn keys_via(&self, service: &'static str) -> Via {
        Via { kms: self.clone(), service: Some(service) }
    }
}

impl Keys for Via {
    fn describe<'a>(
        &'a self,
        account: AccountId,
        region: &'a str,
        id: &'a str,
    ) -> Answer<'a, KeyInfo> {
        Box::pin(async move {
            // An ARN says where to look; nothing is hidden from the services beside KMS.
            let (account, region) = place_of(id).unwrap_or((account, region));
            let ask = Ask { region, ..self.ask(&Actor::Anonymous, account) };
            managed::prepare(&self.kms, &ask, id).await.map_err(port_error)?;
            let key =
                target::find(&self.kms, &ask, id, By::KeyOrAlias).await.map_err(port_error)?;
            let state = match (key.deletion, key.enabled) {
                (Some(_), _) => KeyState::PendingDeletion,
                (None, true) => KeyState::Enabled,
                (None, false) => KeyState::Disabled,
            };
            Ok(KeyInfo {
                arn: key.arn(),
                account: key.account,
                region: key.region,
                state,
                symmetric: true,
            })
        })
    }

    fn policy<'a>(&'a self, key_arn: &'a str) -> Answer<'a, String> {
        Box::pin(async move { Ok(self.by_arn(key_arn).await?.policy) })
    }

    fn generate_data_key<'a>(
        &'a self,
        actor: &'a Actor,
        key_arn: &'a str,
        context: &'a EncryptionContext,
    ) -> Answer<'a, DataKey> {
        Box::pin(async move {
            let key = self.by_arn(key_arn).await?;
            let region = key.region.clone();
            let account = actor.account().ok_or_else(|| port_error(fault::anonymous()))?;
            let ask =
                Ask { region: &region, operation: "GenerateDataKey", ..self.ask(actor, account) };
            let made = data_key::for_key(&self.kms, &ask, key, context, (32, None)).await;
            let made = made.map_err(port_error)?;
            Ok(DataKey { key_arn: made.key.arn(), plaintext: made.plain, sealed: made.sealed })
        })
    }

    fn decrypt<'a>(
        &'a self,
        actor: &'a Actor,
        sealed: &'a [u8],
        context: &'a EncryptionContext,
    ) -> Answer<'a, Zeroizing<Vec<u8>>> {
        Box::pin(async move {
            let head = blob::head(sealed).ok_or_else(fault::invalid_ciphertext);
            let id = head.map_err(port_error)?.key_id;
            let key = kms_key::get(&self.kms.store, &id).await.map_err(fault::store);
            let key = key.map_err(port_error)?;
            let key = key.ok_or_else(|| port_error(fault::no_key(&format!("key/{id}"))))?;
            let account = actor.account().ok_or_else(|| port_error(fault::anonymous()))?;
            let ask = Ask { region: &key.region, operation: "Decrypt", ..self.ask(actor, account) };
            let opened =
                encrypt::open(&self.kms, &ask, sealed, None, ("kms:Decrypt", context)).await;
            Ok(opened.map_err(port_error)?.plain)
        })
    }
}

impl Via {
    fn ask<'a>(&'a self, actor: &'a Actor, account: AccountId) -> Ask<'a> {
        Ask { actor, account, region: "", operation: "DescribeKey", body: b"", via: self.service }
    }

    async fn by_arn(&self, arn: &str) -> Result<cairn_store::KmsKey, PortError> {
        let missing = || port_error(fault::no_key(arn));
        let id = arn.rsplit_once(":key/").ok_or_else(missing)?.1;
        let key = kms_key::get(&self.kms.store, id).await.map_err(fault::store);
        let key = key.map_err(port_error)?;
        key.filter(|key| key.arn() == arn).ok_or_else(missing)
    }
}

/// Where an ARN says that it is.
fn place_of(id: &str) -> Option<(AccountId, &str)> {
    let mut parts = id.strip_prefix("arn:")?.splitn(5, ':');
    let region = parts.nth(2)?;
    Some((parts.next()?.parse().ok()?, region))
}

/// A refusal as a port tells it.
fn port_error(fault: Fault) -> PortError {
    let kind = match (fault.kind, &*fault.code) {
        (ErrorKind::NotFound, _) => PortErrorKind::Missing,
        (ErrorKind::Denied, _) | (_, "DisabledException" | "KMSInvalidStateException") => {
            PortErrorKind::Denied
        }
        (ErrorKind::Invalid | ErrorKind::Conflict, _) => PortErrorKind::Invalid,
        (
            ErrorKind::Throttled | ErrorKind::Unavailable | ErrorKind::Data | ErrorKind::Internal,
            _,
        ) => PortErrorKind::Unavailable,
    };
    PortError::new(kind, fault.code.into_owned(), fault.message)
}
