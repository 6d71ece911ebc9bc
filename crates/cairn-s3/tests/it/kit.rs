//! A service in a directory of its own, neighbours that do as they are told, and requests.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use cairn_core::{AccountId, Entropy, ManualClock, SystemEntropy, Timestamp};
use cairn_ports::{
    Actor, Answer, Attributes, DataKey, EncryptionContext, KeyInfo, KeyState, Keys, PortError,
    PortErrorKind, Queues, TopicInfo, Topics,
};
use cairn_s3::{Body, Parts, S3};
use cairn_store::objects::Index;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use zeroize::Zeroizing;

pub(crate) const OWNER: &str = "111122223333";
pub(crate) const OTHER: &str = "444455556666";
pub(crate) const QUEUE: &str = "arn:aws:sqs:us-east-1:111122223333:news";
pub(crate) const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/one";

/// Keys, topics and queues in memory.
#[derive(Default)]
pub(crate) struct Neighbours {
    pub(crate) key_disabled: AtomicBool,
    pub(crate) queue_down: AtomicBool,
    pub(crate) sent: Mutex<Vec<String>>,
    sealed: Mutex<BTreeMap<Vec<u8>, Sealed>>,
}

/// A data key and the context that opens it.
type Sealed = (Vec<u8>, EncryptionContext);

impl Neighbours {
    fn check(&self) -> Result<(), PortError> {
        if self.key_disabled.load(Relaxed) {
            let code = "DisabledException";
            return Err(PortError::new(PortErrorKind::Denied, code, "the key is disabled"));
        }
        Ok(())
    }

    pub(crate) fn contexts(&self) -> Vec<EncryptionContext> {
        self.sealed.lock().unwrap().values().map(|(_, context)| context.clone()).collect()
    }
}

impl Keys for Neighbours {
    fn describe<'a>(
        &'a self,
        account: AccountId,
        region: &'a str,
        id: &'a str,
    ) -> Answer<'a, KeyInfo> {
        Box::pin(async move {
            if id == "unknown" {
                return Err(PortError::missing("NotFoundException", "no such key"));
            }
            let arn = format!("arn:aws:kms:{region}:{account}:key/{}", id.replace('/', "-"));
            let region = region.to_owned();
            Ok(KeyInfo { arn, account, region, state: KeyState::Enabled, symmetric: true })
        })
    }

    fn policy<'a>(&'a self, _: &'a str) -> Answer<'a, String> {
        Box::pin(async { Ok("{}".to_owned()) })
    }

    fn generate_data_key<'a>(
        &'a self,
        _: &'a Actor,
        key_arn: &'a str,
        context: &'a EncryptionContext,
    ) -> Answer<'a, DataKey> {
        Box::pin(async move {
            self.check()?;
            let mut bytes = [0; 48];
            SystemEntropy.fill(&mut bytes);
            let (plain, sealed) = bytes.split_at(32);
            let kept = (plain.to_vec(), context.clone());
            self.sealed.lock().unwrap().insert(sealed.to_vec(), kept);
            let plaintext = Zeroizing::new(plain.to_vec());
            Ok(DataKey { key_arn: key_arn.to_owned(), plaintext, sealed: sealed.to_vec() })
        })
    }

    fn decrypt<'a>(
        &'a self,
        _: &'a Actor,
        sealed: &'a [u8],
        context: &'a EncryptionContext,
    ) -> Answer<'a, Zeroizing<Vec<u8>>> {
        Box::pin(async move {
            self.check()?;
            match self.sealed.lock().unwrap().get(sealed) {
                Some((plain, found)) if found == context => Ok(Zeroizing::new(plain.clone())),
                _ => Err(PortError::invalid("InvalidCiphertextException", "")),
            }
        })
    }
}

impl Topics for Neighbours {
    fn topic<'a>(&'a self, _: AccountId, _: &'a str, _: &'a str) -> Answer<'a, TopicInfo> {
        Box::pin(async { Err(PortError::missing("NotFound", "no such topic")) })
    }

    fn publish<'a>(
        &'a self,
        _: &'a Actor,
        _: &'a str,
        _: Option<&'a str>,
        _: &'a str,
    ) -> Answer<'a, String> {
        Box::pin(async { Err(PortError::missing("NotFound", "no such topic")) })
    }
}

impl Queues for Neighbours {
    fn send<'a>(
        &'a self,
        _: &'a Actor,
        queue: &'a str,
        body: &'a str,
        _: &'a Attributes,
    ) -> Answer<'a, String> {
        Box::pin(async move {
            if queue != QUEUE {
                return Err(PortError::missing("QueueDoesNotExist", "no such queue"));
            }
            if self.queue_down.load(Relaxed) {
                return Err(PortError::unavailable("the queue is down"));
            }
            self.sent.lock().unwrap().push(body.to_owned());
            Ok("id".to_owned())
        })
    }
}

pub(crate) struct House {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) neighbours: Arc<Neighbours>,
    pub(crate) s3: S3,
}

impl House {
    pub(crate) async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new(Timestamp::from_seconds(1_760_000_000)));
        let neighbours = Arc::new(Neighbours::default());
        let s3 = open(dir.path(), &clock, &neighbours).await;
        Self { dir, clock, neighbours, s3 }
    }

    /// The same directory in another process.
    pub(crate) async fn restart(&mut self) {
        self.s3 = open(self.dir.path(), &self.clock, &self.neighbours).await;
    }

    pub(crate) async fn ask(&self, method: &str, uri: &str) -> Answered {
        Asked::new(method, uri).of(self).await
    }

    /// A bucket, with versioning if its name begins with `v`, with a lock if with `l`.
    pub(crate) async fn bucket(&self, name: &str) {
        let mut asked = Asked::new("PUT", &format!("/{name}"));
        if name.starts_with('l') {
            asked = asked.header("x-amz-bucket-object-lock-enabled", "true");
        }
        asked.of(self).await.fine();
        if name.starts_with('v') {
            let text =
                "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
            Asked::new("PUT", &format!("/{name}?versioning")).body(text).of(self).await.fine();
        }
    }

    pub(crate) async fn put(&self, path: &str, bytes: impl Into<Bytes>) -> Answered {
        Asked::new("PUT", path).body(bytes).of(self).await.fine()
    }

    /// The files that objects lie in.
    pub(crate) fn files(&self) -> usize {
        let shards = std::fs::read_dir(self.dir.path().join("objects/data")).unwrap();
        shards.map(|shard| std::fs::read_dir(shard.unwrap().path()).unwrap().count()).sum()
    }
}

async fn open(dir: &Path, clock: &Arc<ManualClock>, neighbours: &Arc<Neighbours>) -> S3 {
    let index = Index::open(&dir.join("objects.sqlite")).await.unwrap();
    let parts = Parts {
        clock: clock.clone(),
        entropy: Arc::new(SystemEntropy),
        keys: neighbours.clone(),
        topics: neighbours.clone(),
        queues: neighbours.clone(),
        region: "us-east-1".to_owned(),
        domains: vec!["s3.test".to_owned()],
        master: Zeroizing::new([7; 32]),
        templates: vec![("policy/a.json".to_owned(), "{\"a\":1}".to_owned())],
    };
    S3::open(&dir.join("objects"), index, parts).await.unwrap()
}

pub(crate) fn admin(account: &str) -> Actor {
    let arn = format!("arn:aws:iam::{account}:user/admin");
    Actor::Principal { account: account.parse().unwrap(), arn, admin: true }
}

pub(crate) fn reader(account: &str) -> Actor {
    let arn = format!("arn:aws:iam::{account}:user/reader");
    Actor::Principal { account: account.parse().unwrap(), arn, admin: false }
}

/// A request that is being made.
pub(crate) struct Asked {
    request: http::request::Builder,
    actor: Actor,
    body: Bytes,
}

impl Asked {
    pub(crate) fn new(method: &str, uri: &str) -> Self {
        let request = Request::builder().method(method).uri(uri);
        Self { request, actor: admin(OWNER), body: Bytes::new() }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    pub(crate) fn by(mut self, actor: Actor) -> Self {
        self.actor = actor;
        self
    }

    pub(crate) fn body(mut self, bytes: impl Into<Bytes>) -> Self {
        self.body = bytes.into();
        self
    }

    pub(crate) async fn of(self, house: &House) -> Answered {
        let body: Body = Full::new(self.body).map_err(|never| match never {}).boxed_unsync();
        let request = self.request.body(body).unwrap();
        let response = house.s3.serve(request, self.actor, "0A1B2C3D4E5F6789").await;
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answered { status: parts.status, headers: parts.headers, body }
    }
}

#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answered {
    #[track_caller]
    pub(crate) fn fine(self) -> Self {
        assert!(self.status.is_success(), "{} {}", self.status, self.text());
        self
    }

    /// The code of the refusal.
    #[track_caller]
    pub(crate) fn code(&self) -> String {
        assert!(!self.status.is_success(), "it was done: {}", self.text());
        self.element("Code")
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The text of the first element of a name; empty where there is none.
    pub(crate) fn element(&self, name: &str) -> String {
        self.elements(name).into_iter().next().unwrap_or_default()
    }

    pub(crate) fn elements(&self, name: &str) -> Vec<String> {
        let text = self.text();
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        let parts = text.split(&open).skip(1);
        parts.filter_map(|part| Some(part.split_once(&close)?.0.to_owned())).collect()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}
