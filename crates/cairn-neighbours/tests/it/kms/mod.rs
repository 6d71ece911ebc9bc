//! KMS over a real store, with a clock that moves when told to.

mod access;
mod aliases;
mod grants;
mod keys;
mod port;
mod rotation;
mod texts;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use cairn_core::{Clock, ManualClock, SeededEntropy};
use cairn_neighbours::kms::Kms;
use cairn_ports::Actor;
use cairn_store::{Parts, Store, account};
use http::Request;
use serde_json::{Value, json};

use crate::kit::{NOW, OTHER, OWN, id};

pub(super) const REGION: &str = "eu-central-1";
pub(super) const DAY: Duration = Duration::from_hours(24);

pub(super) struct Rig {
    dir: tempfile::TempDir,
    pub(super) kms: Kms,
    pub(super) clock: Arc<ManualClock>,
    store: Store,
}

impl Rig {
    /// With the accounts [`OWN`] and [`OTHER`].
    pub(super) async fn open() -> Self {
        let rig = Self::open_in(tempfile::tempdir().unwrap(), 7).await;
        let mut txn = rig.store.begin().await.unwrap();
        account::create(&mut txn, Some(id(OWN)), "own").await.unwrap();
        account::create(&mut txn, Some(id(OTHER)), "other").await.unwrap();
        txn.commit().await.unwrap();
        rig
    }

    /// The same state, read by another process.
    pub(super) async fn restart(self) -> Self {
        self.store.close().await;
        let Self { dir, clock, .. } = self;
        let again = Self::open_in(dir, 8).await;
        again.clock.set(clock.now());
        again
    }

    async fn open_in(dir: tempfile::TempDir, seed: u64) -> Self {
        let clock = Arc::new(ManualClock::new(NOW));
        let entropy = Arc::new(SeededEntropy::new(seed));
        let parts = Parts { clock: clock.clone(), entropy: entropy.clone() };
        let store = Store::open_dir(dir.path(), parts).await.unwrap();
        Self { dir, kms: Kms::new(store.clone(), clock.clone(), entropy), clock, store }
    }

    /// An administrator's call in [`REGION`]: what it gives.
    pub(super) async fn ok(&self, operation: &str, input: Value) -> Value {
        self.ask(&admin(OWN), REGION, operation, &input).await.unwrap()
    }

    /// An administrator's call in [`REGION`]: code and message of the refusal.
    pub(super) async fn refused(&self, operation: &str, input: Value) -> (String, String) {
        self.ask(&admin(OWN), REGION, operation, &input).await.unwrap_err()
    }

    pub(super) async fn ask(
        &self,
        actor: &Actor,
        region: &str,
        operation: &str,
        input: &Value,
    ) -> Result<Value, (String, String)> {
        let request = Request::post("/")
            .header("x-amz-target", format!("TrentService.{operation}"))
            .header("content-type", "application/x-amz-json-1.1")
            .body(Bytes::from(input.to_string()))
            .unwrap();
        let answer = self.kms.answer(actor, region, "a-request", &request).await;
        assert_eq!(answer.headers()["content-type"], "application/x-amz-json-1.1");
        assert_eq!(answer.headers()["x-amzn-requestid"], "a-request");
        let body: Value = serde_json::from_slice(answer.body()).unwrap();
        if answer.status() == 200 {
            return Ok(body);
        }
        assert!(answer.status() == 400 || answer.status() == 412, "{answer:?}");
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        Err((text("__type"), text("message")))
    }

    /// The id of a new key.
    pub(super) async fn key(&self) -> String {
        let made = self.ok("CreateKey", json!({})).await;
        made["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned()
    }

    /// The id of a new key that has these statements besides the usual one.
    pub(super) async fn key_with(&self, statements: &[Value]) -> String {
        let policy = policy(OWN, statements);
        let made = self.ok("CreateKey", json!({ "Policy": policy })).await;
        made["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned()
    }

    pub(super) async fn encrypt(&self, key: &str, context: &Value) -> String {
        let input = json!({
            "KeyId": key, "Plaintext": STANDARD.encode("a text"), "EncryptionContext": context,
        });
        self.ok("Encrypt", input).await["CiphertextBlob"].as_str().unwrap().to_owned()
    }
}

pub(super) fn admin(account: &str) -> Actor {
    principal(account, "user/chief", true)
}

pub(super) fn reader(account: &str) -> Actor {
    principal(account, "user/reader", false)
}

pub(super) fn principal(account: &str, name: &str, admin: bool) -> Actor {
    Actor::Principal { account: id(account), arn: format!("arn:aws:iam::{account}:{name}"), admin }
}

/// The usual statement for the account, and more.
pub(super) fn policy(account: &str, statements: &[Value]) -> String {
    let root = json!({
        "Effect": "Allow", "Principal": { "AWS": format!("arn:aws:iam::{account}:root") },
        "Action": "kms:*", "Resource": "*",
    });
    let all: Vec<Value> = [root].into_iter().chain(statements.iter().cloned()).collect();
    json!({ "Version": "2012-10-17", "Statement": all }).to_string()
}

pub(super) fn key_arn(id: &str) -> String {
    format!("arn:aws:kms:{REGION}:{OWN}:key/{id}")
}

pub(super) fn context(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

pub(super) fn code(refusal: &(String, String)) -> &str {
    &refusal.0
}
