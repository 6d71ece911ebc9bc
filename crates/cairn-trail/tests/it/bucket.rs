//! Buckets and topics in memory, which fail as they are told to.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use cairn_core::{AccountId, Clock, ManualClock, SeededEntropy};
use cairn_ports::{
    Abilities, Actor, Answer, BucketInfo, Buckets, Condition, Encryption, Meta, Object, Page,
    PortError, PortErrorKind, Put, Stored, TopicInfo, Topics,
};

/// What goes wrong with a put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    Before,
    /// It was stored, and nobody heard of it.
    After,
    Conflict,
    Denied,
}

#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) object: Object,
    pub(crate) actor: Actor,
    pub(crate) kms: Option<String>,
    pub(crate) encoding: Option<String>,
    pub(crate) acl: Option<String>,
}

pub(crate) type Place = (String, String);

#[derive(Default)]
struct State {
    objects: BTreeMap<Place, Kept>,
    /// Buckets that are not there.
    gone: Vec<String>,
    /// Trouble that comes next, one for each put.
    troubles: Vec<Trouble>,
    /// Of a hundred puts so many go wrong.
    percent: u64,
    /// Nobody may read.
    write_only: bool,
    messages: Vec<(String, String)>,
    deaf: bool,
}

pub(crate) struct Remote {
    state: Mutex<State>,
    random: SeededEntropy,
    clock: Arc<ManualClock>,
    /// Puts that replaced an object by another: never allowed.
    pub(crate) overwritten: AtomicU64,
    pub(crate) puts: AtomicU64,
    /// Operations until everything fails, as it does when the process ends.
    pub(crate) fuse: Arc<Fuse>,
}

/// Lets so many operations pass, and none after.
#[derive(Default)]
pub(crate) struct Fuse {
    left: Mutex<Option<u64>>,
    blown: Mutex<bool>,
}

impl Fuse {
    pub(crate) fn set(&self, left: Option<u64>) {
        *self.left.lock().unwrap() = left;
        *self.blown.lock().unwrap() = false;
    }

    pub(crate) fn is_blown(&self) -> bool {
        *self.blown.lock().unwrap()
    }

    /// False when the operation must not happen.
    pub(crate) fn pass(&self) -> bool {
        let mut left = self.left.lock().unwrap();
        match &mut *left {
            None => true,
            Some(0) => {
                *self.blown.lock().unwrap() = true;
                false
            }
            Some(left) => {
                *left -= 1;
                true
            }
        }
    }
}

impl Remote {
    pub(crate) fn new(clock: Arc<ManualClock>, seed: u64) -> Self {
        Self {
            state: Mutex::default(),
            random: SeededEntropy::new(seed),
            clock,
            overwritten: AtomicU64::new(0),
            puts: AtomicU64::new(0),
            fuse: Arc::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(crate) fn objects(&self) -> BTreeMap<Place, Kept> {
        self.lock().objects.clone()
    }

    pub(crate) fn remove(&self, bucket: &str, key: &str) {
        self.lock().objects.remove(&(bucket.to_owned(), key.to_owned()));
    }

    /// Puts somebody else's bytes.
    pub(crate) fn plant(&self, bucket: &str, key: &str, bytes: &'static [u8]) {
        let kept = Kept {
            object: Object { meta: self.meta(bytes, &[]), bytes: bytes.into() },
            actor: Actor::Anonymous,
            kms: None,
            encoding: None,
            acl: None,
        };
        self.lock().objects.insert((bucket.to_owned(), key.to_owned()), kept);
    }

    pub(crate) fn take_away(&self, bucket: &str) {
        let mut state = self.lock();
        state.gone.push(bucket.to_owned());
        state.objects.retain(|(of, _), _| of != bucket);
    }

    pub(crate) fn give_back(&self, bucket: &str) {
        self.lock().gone.retain(|gone| gone != bucket);
    }

    pub(crate) fn trouble(&self, troubles: &[Trouble]) {
        self.lock().troubles = troubles.iter().rev().copied().collect();
    }

    pub(crate) fn fail_percent(&self, percent: u64) {
        self.lock().percent = percent;
    }

    pub(crate) fn write_only(&self, write_only: bool) {
        self.lock().write_only = write_only;
    }

    pub(crate) fn messages(&self) -> Vec<(String, String)> {
        self.lock().messages.clone()
    }

    pub(crate) fn deaf(&self, deaf: bool) {
        self.lock().deaf = deaf;
    }

    fn meta(&self, bytes: &[u8], metadata: &[(String, String)]) -> Meta {
        Meta {
            size: bytes.len() as u64,
            etag: format!("{:08x}", bytes.len()),
            version: None,
            modified: self.clock.now(),
            metadata: metadata.to_vec(),
            checksum_sha256: None,
        }
    }

    fn next_trouble(&self) -> Option<Trouble> {
        let mut state = self.lock();
        if let Some(trouble) = state.troubles.pop() {
            return Some(trouble);
        }
        let all = [Trouble::Before, Trouble::After, Trouble::Conflict, Trouble::Denied];
        let hit = state.percent > 0 && self.random.below(100) < state.percent;
        hit.then(|| all[self.random.below(4) as usize])
    }

    fn there(&self, bucket: &str) -> Result<(), PortError> {
        if !self.fuse.pass() {
            return Err(PortError::unavailable("the process is gone"));
        }
        if self.lock().gone.iter().any(|gone| gone == bucket) {
            return Err(PortError::missing("NoSuchBucket", "The specified bucket does not exist"));
        }
        Ok(())
    }

    fn store(&self, put: &Put<'_>) -> Result<Stored, PortError> {
        self.there(put.bucket)?;
        self.puts.fetch_add(1, Ordering::Relaxed);
        let trouble = self.next_trouble();
        match trouble {
            Some(Trouble::Before) => return Err(PortError::unavailable("reset")),
            Some(Trouble::Conflict) => {
                return Err(PortError::new(PortErrorKind::Conflict, "OperationAborted", "busy"));
            }
            Some(Trouble::Denied) => return Err(PortError::denied("Access Denied")),
            Some(Trouble::After) | None => {}
        }
        let place = (put.bucket.to_owned(), put.key.to_owned());
        let mut state = self.lock();
        if let Some(old) = state.objects.get(&place) {
            if put.condition == Condition::Absent {
                let text = "At least one of the pre-conditions you specified did not hold";
                return Err(PortError::new(PortErrorKind::Exists, "PreconditionFailed", text));
            }
            if old.object.bytes != put.bytes {
                self.overwritten.fetch_add(1, Ordering::Relaxed);
            }
        }
        let meta = self.meta(&put.bytes, put.metadata);
        let stored = Stored { etag: meta.etag.clone(), version: None };
        let kms = match put.encryption {
            Encryption::Bucket => None,
            Encryption::Kms { key_arn, .. } => Some(key_arn.to_owned()),
        };
        let kept = Kept {
            object: Object { meta, bytes: put.bytes.clone() },
            actor: put.actor.clone(),
            kms,
            encoding: put.content_encoding.map(str::to_owned),
            acl: put.acl.map(str::to_owned),
        };
        state.objects.insert(place, kept);
        if trouble == Some(Trouble::After) || !self.fuse.pass() {
            return Err(PortError::unavailable("timeout"));
        }
        Ok(stored)
    }

    fn find(&self, bucket: &str, key: &str) -> Result<Object, PortError> {
        self.there(bucket)?;
        let state = self.lock();
        if state.write_only {
            return Err(PortError::denied("Access Denied"));
        }
        let kept = state.objects.get(&(bucket.to_owned(), key.to_owned()));
        let missing = || PortError::missing("NoSuchKey", "The specified key does not exist.");
        Ok(kept.ok_or_else(missing)?.object.clone())
    }
}

fn ready<'a, T: Send + 'a>(value: Result<T, PortError>) -> Answer<'a, T> {
    Box::pin(std::future::ready(value))
}

impl Buckets for Remote {
    fn bucket<'a>(&'a self, bucket: &'a str) -> Answer<'a, BucketInfo> {
        let name = bucket.to_owned();
        let region = "us-east-1".to_owned();
        ready(Ok(BucketInfo { name, region, owner: None, requester_pays: false }))
    }

    fn policy<'a>(&'a self, _: &'a str) -> Answer<'a, Option<String>> {
        ready(Ok(None))
    }

    fn put<'a>(&'a self, put: Put<'a>) -> Answer<'a, Stored> {
        ready(self.store(&put))
    }

    fn get<'a>(
        &'a self,
        _: &'a Actor,
        bucket: &'a str,
        key: &'a str,
        _: Option<&'a str>,
    ) -> Answer<'a, Object> {
        ready(self.find(bucket, key))
    }

    fn head<'a>(&'a self, _: &'a Actor, bucket: &'a str, key: &'a str) -> Answer<'a, Meta> {
        ready(self.find(bucket, key).map(|object| object.meta))
    }

    fn list<'a>(
        &'a self,
        _: &'a Actor,
        _: &'a str,
        _: &'a str,
        _: Option<&'a str>,
        _: u32,
    ) -> Answer<'a, Page> {
        ready(Ok(Page { objects: Vec::new(), more: false }))
    }

    fn abilities<'a>(&'a self, _: &'a str) -> Answer<'a, Abilities> {
        ready(Ok(Abilities::default()))
    }
}

impl Topics for Remote {
    fn topic<'a>(&'a self, _: AccountId, _: &'a str, name: &'a str) -> Answer<'a, TopicInfo> {
        ready(Ok(TopicInfo { arn: name.to_owned(), policy: None }))
    }

    fn publish<'a>(
        &'a self,
        _: &'a Actor,
        topic_arn: &'a str,
        subject: Option<&'a str>,
        message: &'a str,
    ) -> Answer<'a, String> {
        assert_eq!(subject, None);
        let mut state = self.lock();
        if state.deaf || !self.fuse.pass() {
            return ready(Err(PortError::new(
                PortErrorKind::Denied,
                "AuthorizationError",
                "no permission",
            )));
        }
        state.messages.push((topic_arn.to_owned(), message.to_owned()));
        ready(Ok("id".to_owned()))
    }
}
