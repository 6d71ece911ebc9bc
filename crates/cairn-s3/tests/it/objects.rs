//! Objects: what was put comes back, whole or in part, or not at all.

use std::sync::atomic::Ordering::Relaxed;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::kit::{Asked, House, KEY};

/// More than one batch of frames, and no whole number of them.
fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 31 % 253) as u8).collect()
}

#[tokio::test]
async fn an_object_comes_back_as_it_was_put() {
    let house = House::new().await;
    house.bucket("one").await;
    let put = Asked::new("PUT", "/one/a%20b/%C3%BC+c")
        .header("content-type", "text/plain")
        .header("content-encoding", "aws-chunked,gzip")
        .header("x-amz-meta-name", "value")
        .header("x-amz-acl", "bucket-owner-full-control")
        .body("hello");
    let put = put.of(&house).await.fine();
    assert_eq!(put.header("etag"), "\"5d41402abc4b2a76b9719d911017c592\"");
    assert_eq!(put.header("x-amz-server-side-encryption"), "AES256");
    let got = house.ask("GET", "/one/a%20b/%C3%BC+c").await.fine();
    assert_eq!(&got.body[..], b"hello");
    assert_eq!(got.header("content-encoding"), "gzip");
    assert_eq!(got.header("x-amz-meta-name"), "value");
    let head = house.ask("HEAD", "/one/a%20b/%C3%BC+c").await.fine();
    assert_eq!((head.header("content-length"), head.body.len()), ("5", 0));
    let none = house.ask("HEAD", "/one/nothing").await;
    assert_eq!((none.status.as_u16(), none.body.len()), (404, 0));
}

#[tokio::test]
async fn a_host_can_name_the_bucket() {
    let house = House::new().await;
    house.bucket("one").await;
    house.put("/one/key", "x").await;
    let got = Asked::new("GET", "/key").header("host", "one.s3.test:9000").of(&house).await.fine();
    assert_eq!(&got.body[..], b"x");
}

#[tokio::test]
async fn nothing_of_an_object_can_be_read_on_disk() {
    let house = House::new().await;
    house.bucket("one").await;
    let secret = b"a text that is easily found again".repeat(100);
    house.put("/one/key", secret.clone()).await;
    for shard in std::fs::read_dir(house.dir.path().join("objects/data")).unwrap() {
        for file in std::fs::read_dir(shard.unwrap().path()).unwrap() {
            let found = std::fs::read(file.unwrap().path()).unwrap();
            assert_eq!(found.len(), secret.len() + 16);
            assert!(!found.windows(20).any(|window| window == &secret[..20]));
        }
    }
}

#[tokio::test]
async fn every_range_is_that_part_of_the_whole() {
    let house = House::new().await;
    house.bucket("one").await;
    let whole = bytes(700_001);
    house.put("/one/key", whole.clone()).await;
    let mut ranges = vec![(0, 0), (65_535, 65_536), (65_536, 131_071), (524_287, 700_000)];
    let strategy = (0..whole.len(), 0..whole.len());
    let mut runner = TestRunner::deterministic();
    for _ in 0..40 {
        let (one, other) = strategy.new_tree(&mut runner).unwrap().current();
        ranges.push((one.min(other), one.max(other)));
    }
    for (from, to) in ranges {
        let range = format!("bytes={from}-{to}");
        let got = Asked::new("GET", "/one/key").header("range", &range).of(&house).await.fine();
        assert_eq!(got.status.as_u16(), 206);
        assert_eq!(got.header("content-range"), format!("bytes {from}-{to}/{}", whole.len()));
        assert!(got.body[..] == whole[from..=to], "{range}");
    }
    let none = Asked::new("GET", "/one/key").header("range", "bytes=700001-").of(&house).await;
    assert_eq!((none.status.as_u16(), none.code().as_str()), (416, "InvalidRange"));
}

#[tokio::test]
async fn a_changed_file_is_never_given_out() {
    let house = House::new().await;
    house.bucket("one").await;
    house.put("/one/key", bytes(100_000)).await;
    let shard = std::fs::read_dir(house.dir.path().join("objects/data")).unwrap().next().unwrap();
    let file = std::fs::read_dir(shard.unwrap().path()).unwrap().next().unwrap().unwrap().path();
    let mut found = std::fs::read(&file).unwrap();
    found[70_000] ^= 1;
    write(&file, &found);
    assert_eq!(house.ask("GET", "/one/key").await.code(), "InternalError");
    let range = Asked::new("GET", "/one/key").header("range", "bytes=0-10").of(&house).await;
    assert_eq!(range.fine().body.len(), 11, "the first frame is as it was");
}

#[expect(clippy::disallowed_methods, reason = "the test plays the broken disk")]
fn write(path: &std::path::Path, bytes: &[u8]) {
    std::fs::write(path, bytes).unwrap();
}

#[tokio::test]
async fn of_many_conditional_puts_one_wins() {
    let house = House::new().await;
    house.bucket("one").await;
    let mut won = Vec::new();
    let mut set = tokio::task::JoinSet::new();
    let local = tokio::task::LocalSet::new();
    let house = std::rc::Rc::new(house);
    local
        .run_until(async {
            for number in 0..20 {
                let house = house.clone();
                set.spawn_local(async move {
                    let put = Asked::new("PUT", "/one/key").header("if-none-match", "*");
                    (number, put.body(format!("{number}")).of(&house).await)
                });
            }
            while let Some(done) = set.join_next().await {
                let (number, answer) = done.unwrap();
                if answer.status.is_success() {
                    won.push(number);
                } else {
                    assert_eq!(answer.code(), "PreconditionFailed");
                }
            }
        })
        .await;
    assert_eq!(won.len(), 1);
    let got = house.ask("GET", "/one/key").await.fine();
    assert_eq!(got.text(), won[0].to_string());
    assert_eq!(house.files(), 1, "the losers leave nothing");
}

#[tokio::test]
async fn what_is_claimed_is_checked() {
    let house = House::new().await;
    house.bucket("one").await;
    for (header, value, code) in [
        ("content-md5", "AAAAAAAAAAAAAAAAAAAAAA==", "BadDigest"),
        ("content-md5", "short", "InvalidDigest"),
        ("x-amz-checksum-crc32", "AAAAAA==", "BadDigest"),
        ("x-amz-checksum-crc32c", "AAAAAA==", "BadDigest"),
        ("x-amz-checksum-crc64nvme", "AAAAAAAAAAA=", "BadDigest"),
        ("x-amz-checksum-sha1", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=", "BadDigest"),
        ("x-amz-checksum-crc32", "no", "InvalidRequest"),
        (
            "x-amz-content-sha256",
            "0000000000000000000000000000000000000000000000000000000000000000",
            "XAmzContentSHA256Mismatch",
        ),
    ] {
        let put = Asked::new("PUT", "/one/key").header(header, value).body("x").of(&house).await;
        assert_eq!(put.code(), code, "{header}");
    }
    assert_eq!(house.files(), 0);
    let put = Asked::new("PUT", "/one/key").header("x-amz-checksum-crc32", "jNwWgw==").body("x");
    put.of(&house).await.fine();
    let head = Asked::new("HEAD", "/one/key").header("x-amz-checksum-mode", "ENABLED");
    assert_eq!(head.of(&house).await.header("x-amz-checksum-crc32"), "jNwWgw==");
}

#[tokio::test]
async fn a_key_opens_what_it_sealed_while_it_is_enabled() {
    let house = House::new().await;
    house.bucket("one").await;
    let put = Asked::new("PUT", "/one/key")
        .header("x-amz-server-side-encryption", "aws:kms")
        .header("x-amz-server-side-encryption-aws-kms-key-id", KEY)
        .header("x-amz-server-side-encryption-context", "eyJhIjoiYiJ9")
        .body(bytes(200_000));
    let put = put.of(&house).await.fine();
    assert_eq!(put.header("x-amz-server-side-encryption-aws-kms-key-id"), KEY);
    let context = house.neighbours.contexts().remove(0);
    assert_eq!(context["a"], "b");
    assert_eq!(context["aws:s3:arn"], "arn:aws:s3:::one/key");
    let got = house.ask("GET", "/one/key").await.fine();
    assert!(got.body[..] == bytes(200_000)[..]);
    assert_eq!(got.header("x-amz-server-side-encryption"), "aws:kms");
    house.neighbours.key_disabled.store(true, Relaxed);
    assert_eq!(house.ask("GET", "/one/key").await.code(), "KMS.DisabledException");
    let copy = Asked::new("PUT", "/one/copy").header("x-amz-copy-source", "one/key");
    assert_eq!(copy.of(&house).await.code(), "KMS.DisabledException");
}

#[tokio::test]
async fn a_bucket_can_name_the_key() {
    let house = House::new().await;
    house.bucket("one").await;
    let text = format!(
        "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>\
         <SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>{KEY}</KMSMasterKeyID>\
         </ApplyServerSideEncryptionByDefault><BucketKeyEnabled>true</BucketKeyEnabled></Rule>\
         </ServerSideEncryptionConfiguration>"
    );
    Asked::new("PUT", "/one?encryption").body(text).of(&house).await.fine();
    let put = house.put("/one/key", "x").await;
    assert_eq!(put.header("x-amz-server-side-encryption-aws-kms-key-id"), KEY);
    assert_eq!(put.header("x-amz-server-side-encryption-bucket-key-enabled"), "true");
    assert_eq!(house.neighbours.contexts()[0]["aws:s3:arn"], "arn:aws:s3:::one");
    assert_eq!(house.ask("GET", "/one/key").await.fine().text(), "x");
}

#[tokio::test]
async fn an_object_comes_together_from_its_parts() {
    let house = House::new().await;
    house.bucket("one").await;
    let begun = house.ask("POST", "/one/key?uploads").await.fine();
    let id = begun.element("UploadId");
    let (first, second) = (bytes(5 << 20), bytes(70_000));
    let mut etags = Vec::new();
    for (number, part) in [(1, &first), (2, &second), (3, &second)] {
        let path = format!("/one/key?partNumber={number}&uploadId={id}");
        etags.push(house.put(&path, part.clone()).await.header("etag").to_owned());
    }
    assert_eq!(house.ask("GET", "/one/key").await.code(), "NoSuchKey");
    let complete = |numbers: &[usize]| {
        let parts = numbers.iter().map(|number| {
            let etag = &etags[number - 1];
            format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>")
        });
        let parts = parts.collect::<Vec<_>>().concat();
        Asked::new("POST", &format!("/one/key?uploadId={id}"))
            .body(format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>"))
    };
    assert_eq!(complete(&[2, 1]).of(&house).await.code(), "InvalidPartOrder");
    assert_eq!(complete(&[1, 2, 3]).of(&house).await.code(), "EntityTooSmall");
    let done = complete(&[1, 2]).of(&house).await.fine();
    assert!(done.element("ETag").ends_with("-2&quot;"));
    assert_eq!(complete(&[1, 2]).of(&house).await.code(), "NoSuchUpload");
    let whole = [first, second].concat();
    assert!(house.ask("GET", "/one/key").await.fine().body[..] == whole[..]);
    assert_eq!(house.files(), 2, "the part that was left out is gone");
    let middle = Asked::new("GET", "/one/key").header("range", "bytes=5242870-5242890");
    assert!(middle.of(&house).await.fine().body[..] == whole[5_242_870..=5_242_890]);
    let part = house.ask("GET", "/one/key?partNumber=2").await.fine();
    assert_eq!((part.body.len(), part.header("x-amz-mp-parts-count")), (70_000, "2"));
}

#[tokio::test]
async fn a_bucket_with_something_in_it_stays() {
    let house = House::new().await;
    house.bucket("one").await;
    house.put("/one/key", "x").await;
    assert_eq!(house.ask("DELETE", "/one").await.code(), "BucketNotEmpty");
    house.ask("DELETE", "/one/key").await.fine();
    house.ask("DELETE", "/one").await.fine();
    assert_eq!(house.ask("GET", "/one/key").await.code(), "NoSuchBucket");
    assert_eq!(house.files(), 0);
}
