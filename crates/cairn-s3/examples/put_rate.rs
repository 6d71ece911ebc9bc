//! How many small objects a second become durable, and how fast a large one goes in and out:
//! `cargo run --release -p cairn-s3 --example put_rate -- [DIRECTORY]`.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement ends where it fails")]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cairn_core::{AccountId, Clock, SystemClock, SystemEntropy};
use cairn_ports::{
    Actor, Answer, Attributes, DataKey, EncryptionContext, KeyInfo, Keys, PortError, Queues,
    TopicInfo, Topics,
};
use cairn_s3::{Body, Parts, S3};
use cairn_store::objects::Index;
use http::Request;
use http_body_util::{BodyExt, Full};
use zeroize::Zeroizing;

const SMALL: usize = 4096;
const LARGE: usize = 256 << 20;

#[tokio::main]
async fn main() {
    let given = std::env::args().nth(1).map(PathBuf::from);
    let kept = tempfile::tempdir().unwrap();
    let dir = given.unwrap_or_else(|| kept.path().to_owned());
    let clock = Arc::new(SystemClock::default());
    let parts = Parts {
        clock: clock.clone(),
        entropy: Arc::new(SystemEntropy),
        keys: Arc::new(Nobody),
        topics: Arc::new(Nobody),
        queues: Arc::new(Nobody),
        region: "us-east-1".to_owned(),
        domains: Vec::new(),
        master: Zeroizing::new([7; 32]),
        templates: Vec::new(),
    };
    let index = Index::open(&dir.join("objects.sqlite")).await.unwrap();
    let s3 = S3::open(&dir.join("objects"), index, parts).await.unwrap();
    ask(&s3, "PUT", "/rate", Bytes::new()).await;
    for clients in [1, 4, 16, 64] {
        let each = 600 / clients;
        let took = puts(&s3, &*clock, clients, each).await;
        let rate = (clients * each) as f64 / took.as_secs_f64();
        println!("{clients} clients: {rate:.0} objects of {SMALL} bytes a second");
    }
    let whole = Bytes::from(vec![0x5a; LARGE]);
    let start = clock.elapsed();
    ask(&s3, "PUT", "/rate/large", whole).await;
    let put = clock.elapsed().saturating_sub(start);
    let got = ask(&s3, "GET", "/rate/large", Bytes::new()).await;
    let get = clock.elapsed().saturating_sub(start + put);
    assert_eq!(got, LARGE);
    let mib = |took: Duration| (LARGE >> 20) as f64 / took.as_secs_f64();
    println!("one large object: {:.0} MiB/s in, {:.0} MiB/s out", mib(put), mib(get));
}

async fn puts(s3: &S3, clock: &dyn Clock, clients: usize, each: usize) -> Duration {
    let start = clock.elapsed();
    let mut tasks = tokio::task::JoinSet::new();
    for client in 0..clients {
        let s3 = s3.clone();
        tasks.spawn(async move {
            for number in 0..each {
                let path = format!("/rate/{clients}/{client}/{number}");
                ask(&s3, "PUT", &path, Bytes::from(vec![1; SMALL])).await;
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    clock.elapsed().saturating_sub(start)
}

/// Gives the length of the answer.
async fn ask(s3: &S3, method: &str, path: &str, bytes: Bytes) -> usize {
    let account: AccountId = "111122223333".parse().unwrap();
    let arn = format!("arn:aws:iam::{account}:root");
    let body: Body = Full::new(bytes).map_err(|never| match never {}).boxed_unsync();
    let request = Request::builder().method(method).uri(path).body(body).unwrap();
    let response = s3.serve(request, Actor::Principal { account, arn, admin: true }, "1").await;
    assert!(response.status().is_success(), "{}", response.status());
    let mut body = response.into_body();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        length += frame.unwrap().data_ref().map_or(0, Bytes::len);
    }
    length
}

/// A neighbour that is never asked.
struct Nobody;

fn never<'a, T: Send + 'a>() -> Answer<'a, T> {
    Box::pin(async { Err(PortError::unavailable("nobody is there")) })
}

impl Keys for Nobody {
    fn describe<'a>(&'a self, _: AccountId, _: &'a str, _: &'a str) -> Answer<'a, KeyInfo> {
        never()
    }

    fn policy<'a>(&'a self, _: &'a str) -> Answer<'a, String> {
        never()
    }

    fn generate_data_key<'a>(
        &'a self,
        _: &'a Actor,
        _: &'a str,
        _: &'a EncryptionContext,
    ) -> Answer<'a, DataKey> {
        never()
    }

    fn decrypt<'a>(
        &'a self,
        _: &'a Actor,
        _: &'a [u8],
        _: &'a EncryptionContext,
    ) -> Answer<'a, Zeroizing<Vec<u8>>> {
        never()
    }
}

impl Topics for Nobody {
    fn topic<'a>(&'a self, _: AccountId, _: &'a str, _: &'a str) -> Answer<'a, TopicInfo> {
        never()
    }

    fn publish<'a>(
        &'a self,
        _: &'a Actor,
        _: &'a str,
        _: Option<&'a str>,
        _: &'a str,
    ) -> Answer<'a, String> {
        never()
    }
}

impl Queues for Nobody {
    fn send<'a>(
        &'a self,
        _: &'a Actor,
        _: &'a str,
        _: &'a str,
        _: &'a Attributes,
    ) -> Answer<'a, String> {
        never()
    }
}
