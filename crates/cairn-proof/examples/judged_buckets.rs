//! Writes buckets that verifiers are asked about: the tests' bucket as it was written and once more
//! for every attack, or one of many files.
//!
//! ```text
//! cargo run -p cairn-proof --example judged_buckets -- attacked DIR
//! cargo run --release -p cairn-proof --example judged_buckets -- hours N FILES FEWEST MOST FILE
//! ```
//!
//! A document has the objects, what the judged server would say of its trail and its keys, the key
//! that is pinned, and what a verifier has to find. `tests/kit/judged.py` serves it.

#![expect(clippy::disallowed_methods, reason = "what is written need not outlive a crash")]
#![expect(clippy::unwrap_used, reason = "as in the tests whose modules these are")]

#[path = "../tests/verify/attacks.rs"]
mod attacks;
#[expect(dead_code, reason = "the tests do more with it")]
#[path = "../tests/verify/kit.rs"]
mod kit;

use std::ops::RangeInclusive;
use std::path::Path;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cairn_core::{Entropy, Region, SeededEntropy, Timestamp};
use cairn_proof::verify::Verdict;
use cairn_proof::{Key, KeyWindow, fingerprint};
use serde_json::{Value, json};

use attacks::ATTACKS;
use kit::{BUCKET, HOUR, TRAIL, Version, World, account, at, straight, window};

const EVENTS: [(&str, &str); 6] = [
    ("GetObject", "s3.amazonaws.com"),
    ("PutObject", "s3.amazonaws.com"),
    ("AssumeRole", "sts.amazonaws.com"),
    ("Decrypt", "kms.amazonaws.com"),
    ("DescribeInstances", "ec2.amazonaws.com"),
    ("GetSecretValue", "secretsmanager.amazonaws.com"),
];
const REGIONS: [&str; 2] = ["us-east-1", "eu-west-1"];
/// From when a log file or a digest is due to when it is stored.
const LATE: Duration = Duration::from_mins(1);

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["attacked", dir] => attacked(dir),
        ["hours", hours, files, fewest, most, path] => {
            let number = |text: &str| text.parse().expect("a number");
            let world = hours_of(number(hours), number(files), number(fewest)..=number(most));
            let document = document("nothing", &world, &expected(Verdict::Ok, "", ""));
            std::fs::write(path, document.to_string()).unwrap();
        }
        _ => panic!("it is told what to write, and where"),
    }
}

/// A day has 24 hours at most, for the key's sake. A file of `fewest` records is as likely as one
/// of ten times as many: most are small, as they are in practice.
fn hours_of(hours: u64, files: u64, records: RangeInclusive<u64>) -> World {
    let mut world = World::empty(7);
    let dice = SeededEntropy::new(4);
    let spread = (*records.end() as f64 / *records.start() as f64).ln();
    let mut number = 0;
    for _ in 0..hours {
        let mut listed = Vec::new();
        for file in 0..files {
            let share = dice.below(1_000_001) as f64 / 1e6;
            let count = (*records.start() as f64 * (spread * share).exp()).round() as u64;
            let oldest = world.home.end.saturating_add(HOUR / 12 * (file * 12 / files) as u32);
            let newest = oldest.saturating_add(Duration::from_secs(count - 1).min(HOUR / 13));
            let time = |at: u64| oldest.saturating_add(Duration::from_secs(at)).min(newest);
            let of_file: Vec<Vec<u8>> =
                (0..count).map(|at| usual(number + at, time(at), &dice)).collect();
            number += count;
            listed.push(world.home.records(&mut world.bucket, &of_file, oldest, newest));
        }
        world.home.period(&world.keys, &mut world.bucket, listed, &straight);
    }
    world
}

/// A record of the usual size, with what a compressor finds in real ones: much that comes again,
/// and ids that do not.
fn usual(number: u64, time: Timestamp, dice: &SeededEntropy) -> Vec<u8> {
    let (event, source) = EVENTS[dice.below(EVENTS.len() as u64) as usize];
    let (role, worker) = (dice.below(40), format!("worker-{}", dice.below(200)));
    let mut id = [0; 16];
    dice.fill(&mut id);
    id[..8].copy_from_slice(&number.to_be_bytes());
    let id = uuid(&id);
    let mut other = [0; 16];
    dice.fill(&mut other);
    let request = uuid(&other);
    let key = hex::encode(other);
    let record = json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": format!("AROA{role:016}:{worker}"),
            "arn": format!("arn:aws:sts::111122223333:assumed-role/service-{role}/{worker}"),
            "accountId": "111122223333",
            "accessKeyId": format!("ASIA{:016X}", dice.below(1 << 40)),
            "sessionContext": {
                "sessionIssuer": {
                    "type": "Role",
                    "principalId": format!("AROA{role:016}"),
                    "arn": format!("arn:aws:iam::111122223333:role/service-{role}"),
                    "accountId": "111122223333",
                    "userName": format!("service-{role}"),
                },
                "attributes": {"creationDate": "2026-03-01T00:00:00Z", "mfaAuthenticated": "false"},
            },
        },
        "eventTime": time.to_string(),
        "eventSource": source,
        "eventName": event,
        "awsRegion": "us-east-1",
        "sourceIPAddress": format!("10.{}.{}.{}", dice.below(4), dice.below(256), dice.below(256)),
        "userAgent": "aws-sdk-go-v2/1.30.3 os/linux lang/go#1.22.5 md/GOOS#linux md/GOARCH#amd64",
        "requestParameters": {
            "bucketName": format!("data-{}", dice.below(30)),
            "Host": "s3.us-east-1.amazonaws.com",
            "key": format!("year=2026/month=03/day=01/part-{key}.parquet"),
        },
        "responseElements": null,
        "additionalEventData": {
            "SignatureVersion": "SigV4",
            "CipherSuite": "TLS_AES_128_GCM_SHA256",
            "bytesTransferredIn": 0,
            "AuthenticationMethod": "AuthHeader",
            "x-amz-id-2": base64_of(&other, &id),
            "bytesTransferredOut": dice.below(1 << 22),
        },
        "requestID": request,
        "eventID": id,
        "readOnly": true,
        "resources": [
            {"type": "AWS::S3::Object", "ARN": format!("arn:aws:s3:::data/part-{key}.parquet")},
            {"accountId": "111122223333", "type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::data"},
        ],
        "eventType": "AwsApiCall",
        "managementEvent": false,
        "recipientAccountId": "111122223333",
        "eventCategory": "Data",
        "tlsDetails": {
            "tlsVersion": "TLSv1.3",
            "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": "data.s3.us-east-1.amazonaws.com",
        },
    });
    record.to_string().into_bytes()
}

fn uuid(bytes: &[u8; 16]) -> String {
    let text = hex::encode(bytes);
    let parts = [&text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..]];
    parts.join("-")
}

fn base64_of(bytes: &[u8], more: &str) -> String {
    STANDARD.encode([bytes, more.as_bytes()].concat())
}

fn attacked(dir: &str) {
    std::fs::create_dir_all(dir).unwrap();
    let honest = World::new();
    write(dir, 0, &document("nothing", &honest, &expected(Verdict::Ok, "", "")));
    for (at, (name, attack, verdict, code, place)) in ATTACKS.iter().enumerate() {
        let mut world = World::new();
        attack(&mut world);
        let wanted = expected(*verdict, code, &place(&world));
        write(dir, at + 1, &document(name, &world, &wanted));
    }
}

fn write(dir: &str, number: usize, document: &Value) {
    let path = Path::new(dir).join(format!("{number:02}.json"));
    std::fs::write(path, document.to_string()).unwrap();
}

fn expected(verdict: Verdict, code: &str, key: &str) -> Value {
    json!({"verdict": verdict.as_str(), "code": code, "key": key})
}

fn document(attack: &str, world: &World, expected: &Value) -> Value {
    let objects: Vec<Value> = world
        .bucket
        .objects
        .iter()
        .flat_map(|(key, versions)| versions.iter().map(move |version| object(key, version)))
        .collect();
    let keys = world.others.as_ref().unwrap_or(&world.keys);
    let public = |region: &&str| {
        let region: Region = region.parse().unwrap();
        (region.as_str().to_owned(), public_key(&window(keys, &region)))
    };
    let public: serde_json::Map<String, Value> = REGIONS.iter().map(public).collect();
    json!({
        "attack": attack,
        "expected": expected,
        "trail": format!("arn:aws:cloudtrail:us-east-1:{}:trail/{TRAIL}", account()),
        "bucket": BUCKET,
        "start": "2026-03-01T00:00:00Z",
        "end": world.home.end.to_string(),
        "pinned": world.keys.root.verifier().to_string(),
        "publicKeys": public,
        "objects": objects,
    })
}

fn object(key: &str, version: &Version) -> Value {
    json!({
        "key": key,
        "body": STANDARD.encode(&version.bytes),
        "metadata": version.metadata,
        "deleteMarker": version.marker,
        "modified": stored(key).to_string(),
    })
}

/// When a store would say that it was stored. What was planted was planted then, too.
fn stored(key: &str) -> Timestamp {
    let due = match Key::parse(key) {
        Key::Log(key) => key.time,
        Key::Digest(key) => key.end,
        Key::Proof(key) => key.0.end,
        _ => at("2026-03-01T02:30:00Z"),
    };
    due.saturating_add(LATE)
}

fn public_key(window: &KeyWindow) -> Value {
    json!({
        "Value": STANDARD.encode(&window.public),
        "Fingerprint": fingerprint(&window.public),
        "ValidityStartTime": window.not_before.seconds(),
        "ValidityEndTime": window.not_after.seconds(),
    })
}
