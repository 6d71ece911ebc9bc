//! KMS: keys of accounts, which encrypt the keys that encrypt what others keep.
//!
//! A key belongs to one account and one Region. What it encrypts is opened by nobody but itself, in
//! the context that it was encrypted in. Who may use a key is said by its policy and its grants.

mod access;
mod alias;
mod ask;
mod blob;
mod check;
mod create;
mod data_key;
mod describe;
mod due;
mod encrypt;
mod fault;
mod grant;
mod managed;
mod page;
mod policy;
mod port;
mod rotation;
mod state;
mod tag;
mod target;

use std::sync::Arc;

use bytes::Bytes;
use cairn_core::{Clock, Entropy, Timestamp};
use cairn_ports::Actor;
use cairn_store::{Store, Txn};
use cairn_wire::Fault;
use cairn_wire::aws_json::{self, Version};
use http::{Request, Response};
use serde_json::Value;

use self::ask::Ask;
pub use self::due::Due;
pub use self::port::Via;

/// Operations of KMS that Cairn does not serve: keys that are not symmetric, key stores of other
/// makers, imported material, keys of many Regions.
const UNSERVED: [&str; 20] = [
    "ConnectCustomKeyStore",
    "CreateCustomKeyStore",
    "DeleteCustomKeyStore",
    "DeleteImportedKeyMaterial",
    "DeriveSharedSecret",
    "DescribeCustomKeyStores",
    "DisconnectCustomKeyStore",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateMac",
    "GetParametersForImport",
    "GetPublicKey",
    "ImportKeyMaterial",
    "ReplicateKey",
    "Sign",
    "UpdateCustomKeyStore",
    "UpdatePrimaryRegion",
    "Verify",
    "VerifyMac",
    "GetKeyLastUsage",
];

/// The embedded KMS. A clone is the same one.
#[derive(Clone)]
pub struct Kms {
    store: Store,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl Kms {
    /// `entropy` makes keys and nonces: the system's, outside of tests.
    pub fn new(store: Store, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self { store, clock, entropy }
    }

    /// Answers one call whose signature was verified. What it changes is durable when it returns.
    pub async fn answer(
        &self,
        actor: &Actor,
        region: &str,
        request_id: &str,
        request: &Request<Bytes>,
    ) -> Response<Bytes> {
        match self.output(actor, region, request).await {
            Ok(output) => aws_json::response(Version::V1_1, request_id, &output),
            Err(fault) => aws_json::fault_response(Version::V1_1, request_id, &fault),
        }
    }

    async fn output(
        &self,
        actor: &Actor,
        region: &str,
        request: &Request<Bytes>,
    ) -> Result<Value, Fault> {
        let target = aws_json::target(request.headers());
        let target = target.filter(|target| target.service_prefix == "TrentService");
        let operation = target.ok_or_else(|| Fault::unknown_operation(""))?.operation;
        let account = actor.account().ok_or_else(fault::anonymous)?;
        let body = request.body();
        let ask = Ask { actor, account, region, operation, body, via: None };
        if let Some(answer) = self.of_keys(&ask).await {
            return answer;
        }
        self.of_texts(&ask).await
    }

    /// Operations about keys themselves; `None` for another.
    async fn of_keys(&self, ask: &Ask<'_>) -> Option<Result<Value, Fault>> {
        Some(match ask.operation {
            "CreateKey" => create::create(self, ask).await,
            "DescribeKey" => describe::describe(self, ask).await,
            "ListKeys" => describe::list(self, ask).await,
            "UpdateKeyDescription" => describe::update(self, ask).await,
            "GetKeyPolicy" => policy::get(self, ask).await,
            "PutKeyPolicy" => policy::put(self, ask).await,
            "ListKeyPolicies" => policy::list(self, ask).await,
            "EnableKey" => state::enable(self, ask).await,
            "DisableKey" => state::disable(self, ask).await,
            "ScheduleKeyDeletion" => state::schedule_deletion(self, ask).await,
            "CancelKeyDeletion" => state::cancel_deletion(self, ask).await,
            "EnableKeyRotation" => rotation::enable(self, ask).await,
            "DisableKeyRotation" => rotation::disable(self, ask).await,
            "GetKeyRotationStatus" => rotation::status(self, ask).await,
            "RotateKeyOnDemand" => rotation::on_demand(self, ask).await,
            "ListKeyRotations" => rotation::list(self, ask).await,
            "CreateAlias" => alias::create(self, ask).await,
            "UpdateAlias" => alias::update(self, ask).await,
            "DeleteAlias" => alias::delete(self, ask).await,
            "ListAliases" => alias::list(self, ask).await,
            "TagResource" => tag::tag(self, ask).await,
            "UntagResource" => tag::untag(self, ask).await,
            "ListResourceTags" => tag::list(self, ask).await,
            _ => return None,
        })
    }

    /// Operations that use keys, and grants of that use.
    async fn of_texts(&self, ask: &Ask<'_>) -> Result<Value, Fault> {
        match ask.operation {
            "Encrypt" => encrypt::encrypt(self, ask).await,
            "Decrypt" => encrypt::decrypt(self, ask).await,
            "ReEncrypt" => encrypt::re_encrypt(self, ask).await,
            "GenerateDataKey" => data_key::generate(self, ask).await,
            "GenerateDataKeyWithoutPlaintext" => data_key::without_plaintext(self, ask).await,
            "GenerateRandom" => data_key::random(self, ask),
            "CreateGrant" => grant::create(self, ask).await,
            "ListGrants" => grant::list(self, ask).await,
            "ListRetirableGrants" => grant::retirable(self, ask).await,
            "RevokeGrant" => grant::revoke(self, ask).await,
            "RetireGrant" => grant::retire(self, ask).await,
            other if UNSERVED.contains(&other) => Err(Fault::unsupported_operation(other)),
            other => Err(Fault::unknown_operation(other)),
        }
    }

    async fn begin(&self) -> Result<Txn, Fault> {
        self.store.begin().await.map_err(fault::store)
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
