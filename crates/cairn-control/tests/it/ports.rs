//! Buckets, keys and topics in memory.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use cairn_core::AccountId;
use cairn_ports::{
    Abilities, Actor, Answer, BucketInfo, Buckets, DataKey, EncryptionContext, KeyInfo, KeyState,
    Keys, Meta, Object, Page, PortError, PortErrorKind, Ports, Put, Stored, TopicInfo, Topics,
};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::kit::{OWN, id};

/// What the services know; a test changes it as it likes.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) buckets: Mutex<BTreeMap<String, Bucket>>,
    pub(crate) topics: Mutex<BTreeMap<String, TopicInfo>>,
    pub(crate) keys: Mutex<BTreeMap<String, Key>>,
    /// What happens while a bucket's policy is being read, once.
    pub(crate) meanwhile: Mutex<Option<Meanwhile>>,
}

type Meanwhile = Pin<Box<dyn Future<Output = ()> + Send>>;

#[derive(Clone)]
pub(crate) struct Bucket {
    pub(crate) info: Result<BucketInfo, PortError>,
    pub(crate) policy: Result<Option<String>, PortError>,
    pub(crate) abilities: Abilities,
    pub(crate) objects: Vec<String>,
}

#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) info: KeyInfo,
    pub(crate) usable: Result<(), PortError>,
}

impl World {
    pub(crate) fn ports(self: &Arc<Self>) -> Ports {
        Ports { buckets: self.clone(), keys: self.clone(), topics: self.clone() }
    }

    /// A bucket in eu-central-1 whose policy is the one of the documentation.
    pub(crate) fn bucket(&self, name: &str, prefix: &str) {
        let info = BucketInfo {
            name: name.to_owned(),
            region: "eu-central-1".to_owned(),
            owner: Some(id(OWN)),
            requester_pays: false,
        };
        let bucket = Bucket {
            info: Ok(info),
            policy: Ok(Some(bucket_policy(name, prefix).to_string())),
            abilities: Abilities { conditional_put: true, versioning: true, object_lock: false },
            objects: Vec::new(),
        };
        self.buckets.lock().unwrap().insert(name.to_owned(), bucket);
    }

    pub(crate) fn change(&self, name: &str, change: impl FnOnce(&mut Bucket)) {
        change(self.buckets.lock().unwrap().get_mut(name).unwrap());
    }

    pub(crate) fn objects(&self, name: &str) -> Vec<String> {
        self.buckets.lock().unwrap()[name].objects.clone()
    }

    /// A topic whose policy lets CloudTrail publish.
    pub(crate) fn topic(&self, name: &str) -> String {
        let arn = format!("arn:aws:sns:eu-central-1:{OWN}:{name}");
        let policy = json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow",
            "Principal": { "Service": "cloudtrail.amazonaws.com" },
            "Action": "SNS:Publish",
            "Resource": arn,
        }]});
        let info = TopicInfo { arn: arn.clone(), policy: Some(policy.to_string()) };
        self.topics.lock().unwrap().insert(arn.clone(), info);
        arn
    }

    pub(crate) fn key(&self, name: &str) -> String {
        let arn = format!("arn:aws:kms:eu-central-1:{OWN}:key/{name}");
        let info = KeyInfo {
            arn: arn.clone(),
            account: id(OWN),
            region: "eu-central-1".to_owned(),
            state: KeyState::Enabled,
            symmetric: true,
        };
        self.keys.lock().unwrap().insert(name.to_owned(), Key { info, usable: Ok(()) });
        arn
    }
}

pub(crate) fn bucket_policy(bucket: &str, prefix: &str) -> Value {
    let cloudtrail = json!({ "Service": "cloudtrail.amazonaws.com" });
    json!({ "Version": "2012-10-17", "Statement": [
        {
            "Sid": "AWSCloudTrailAclCheck20150319",
            "Effect": "Allow",
            "Principal": cloudtrail,
            "Action": "s3:GetBucketAcl",
            "Resource": format!("arn:aws:s3:::{bucket}"),
        },
        {
            "Sid": "AWSCloudTrailWrite20150319",
            "Effect": "Allow",
            "Principal": cloudtrail,
            "Action": "s3:PutObject",
            "Resource": format!("arn:aws:s3:::{bucket}/{prefix}AWSLogs/{OWN}/*"),
            "Condition": { "StringEquals": { "s3:x-amz-acl": "bucket-owner-full-control" } },
        },
    ]})
}

impl Buckets for World {
    fn bucket<'a>(&'a self, bucket: &'a str) -> Answer<'a, BucketInfo> {
        let missing = || Err(PortError::missing("NoSuchBucket", "there is none"));
        let known = self.buckets.lock().unwrap();
        let found = known.get(bucket).map_or_else(missing, |bucket| bucket.info.clone());
        Box::pin(async { found })
    }

    fn policy<'a>(&'a self, bucket: &'a str) -> Answer<'a, Option<String>> {
        let found = self.buckets.lock().unwrap()[bucket].policy.clone();
        let meanwhile = self.meanwhile.lock().unwrap().take();
        Box::pin(async {
            if let Some(meanwhile) = meanwhile {
                meanwhile.await;
            }
            found
        })
    }

    fn put<'a>(&'a self, put: Put<'a>) -> Answer<'a, Stored> {
        self.change(put.bucket, |bucket| bucket.objects.push(put.key.to_owned()));
        Box::pin(async { Ok(Stored { etag: "etag".to_owned(), version: None }) })
    }

    fn get<'a>(
        &'a self,
        _actor: &'a Actor,
        _bucket: &'a str,
        _key: &'a str,
        _version: Option<&'a str>,
    ) -> Answer<'a, Object> {
        never()
    }

    fn head<'a>(&'a self, _actor: &'a Actor, _bucket: &'a str, _key: &'a str) -> Answer<'a, Meta> {
        never()
    }

    fn list<'a>(
        &'a self,
        _actor: &'a Actor,
        _bucket: &'a str,
        _prefix: &'a str,
        _after: Option<&'a str>,
        _limit: u32,
    ) -> Answer<'a, Page> {
        never()
    }

    fn abilities<'a>(&'a self, bucket: &'a str) -> Answer<'a, Abilities> {
        let found = self.buckets.lock().unwrap()[bucket].abilities;
        Box::pin(async move { Ok(found) })
    }
}

impl Topics for World {
    fn topic<'a>(
        &'a self,
        account: AccountId,
        region: &'a str,
        name: &'a str,
    ) -> Answer<'a, TopicInfo> {
        let arn = if name.starts_with("arn:") {
            name.to_owned()
        } else {
            format!("arn:aws:sns:{region}:{account}:{name}")
        };
        let found = self.topics.lock().unwrap().get(&arn).cloned();
        let found = found.ok_or_else(|| PortError::missing("NotFound", "there is none"));
        Box::pin(async { found })
    }

    fn publish<'a>(
        &'a self,
        _actor: &'a Actor,
        _topic_arn: &'a str,
        _subject: Option<&'a str>,
        _message: &'a str,
    ) -> Answer<'a, String> {
        never()
    }
}

impl Keys for World {
    fn describe<'a>(
        &'a self,
        _account: AccountId,
        _region: &'a str,
        id: &'a str,
    ) -> Answer<'a, KeyInfo> {
        let name = id.rsplit('/').next().unwrap();
        let found = self.keys.lock().unwrap().get(name).map(|key| key.info.clone());
        let missing = || PortError::missing("NotFoundException", "there is none");
        let found = found.ok_or_else(missing);
        Box::pin(async { found })
    }

    fn policy<'a>(&'a self, _key_arn: &'a str) -> Answer<'a, String> {
        never()
    }

    fn generate_data_key<'a>(
        &'a self,
        actor: &'a Actor,
        key_arn: &'a str,
        context: &'a EncryptionContext,
    ) -> Answer<'a, DataKey> {
        let name = key_arn.rsplit('/').next().unwrap();
        let usable = self.keys.lock().unwrap()[name].usable.clone();
        let Actor::Service { source_arn, .. } = actor else { panic!("not for a trail: {actor:?}") };
        assert_eq!(context.get("aws:cloudtrail:arn"), Some(source_arn));
        let key_arn = key_arn.to_owned();
        Box::pin(async move {
            usable?;
            let plaintext = Zeroizing::new(vec![0; 32]);
            Ok(DataKey { key_arn, plaintext, sealed: vec![1] })
        })
    }

    fn decrypt<'a>(
        &'a self,
        _actor: &'a Actor,
        _sealed: &'a [u8],
        _context: &'a EncryptionContext,
    ) -> Answer<'a, Zeroizing<Vec<u8>>> {
        never()
    }
}

fn never<'a, T>() -> Answer<'a, T> {
    Box::pin(async { Err(PortError::new(PortErrorKind::Invalid, "Never", "nobody asks this")) })
}
