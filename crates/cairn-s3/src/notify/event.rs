use cairn_core::Timestamp;
use cairn_ports::Actor;
use cairn_store::objects::{Bucket, NewVersion};
use serde::Serialize;

use crate::ask::{Ask, escape};
use crate::s3::{S3, canonical_user, host_id};
use crate::setting::{Versioning, versioning};

#[derive(Serialize)]
struct Records<'a> {
    #[serde(rename = "Records")]
    records: [Record<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Record<'a> {
    event_version: &'a str,
    event_source: &'a str,
    aws_region: &'a str,
    event_time: String,
    event_name: &'a str,
    user_identity: Principal,
    request_parameters: RequestParameters,
    response_elements: ResponseElements<'a>,
    s3: Entity<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Principal {
    principal_id: String,
}

#[derive(Serialize)]
struct RequestParameters {
    #[serde(rename = "sourceIPAddress")]
    source: String,
}

#[derive(Serialize)]
struct ResponseElements<'a> {
    #[serde(rename = "x-amz-request-id")]
    request_id: &'a str,
    #[serde(rename = "x-amz-id-2")]
    host_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entity<'a> {
    s3_schema_version: &'a str,
    configuration_id: &'a str,
    bucket: BucketEntity<'a>,
    object: ObjectEntity<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BucketEntity<'a> {
    name: &'a str,
    owner_identity: Principal,
    arn: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ObjectEntity<'a> {
    key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    e_tag: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_id: Option<&'a str>,
    sequencer: String,
}

/// The message of one event.
pub(super) fn record(
    s3: &S3,
    ask: &Ask,
    bucket: &Bucket,
    configuration: &str,
    name: &str,
    version: &NewVersion<'_>,
) -> String {
    let created = name.starts_with("ObjectCreated");
    let versioned = versioning(bucket) != Versioning::Never && version.version != "null";
    let record = Record {
        event_version: "2.1",
        event_source: "aws:s3",
        aws_region: &bucket.region,
        event_time: precise(s3.parts().clock.now()),
        event_name: name,
        user_identity: Principal { principal_id: principal(&ask.actor) },
        request_parameters: RequestParameters {
            source: ask.peer.map_or_else(service_address, |peer| peer.address.to_string()),
        },
        response_elements: ResponseElements {
            request_id: &ask.request_id,
            host_id: host_id(&ask.request_id),
        },
        s3: Entity {
            s3_schema_version: "1.0",
            configuration_id: configuration,
            bucket: BucketEntity {
                name: &bucket.name,
                owner_identity: Principal { principal_id: canonical_user(bucket.owner) },
                arn: format!("arn:aws:s3:::{}", bucket.name),
            },
            object: ObjectEntity {
                key: escape(version.key),
                size: created.then_some(version.size),
                e_tag: Some(version.etag).filter(|etag| !etag.is_empty()),
                version_id: versioned.then_some(version.version),
                sequencer: s3.sequencer(),
            },
        },
    };
    json(&Records { records: [record] })
}

fn principal(actor: &Actor) -> String {
    match actor {
        Actor::Principal { arn, .. } => format!("AWS:{arn}"),
        Actor::Service { principal, .. } => format!("AWS:{principal}"),
        Actor::Anonymous => "Anonymous".to_owned(),
    }
}

/// Where a service inside the process comes from.
fn service_address() -> String {
    "127.0.0.1".to_owned()
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Test<'a> {
    service: &'a str,
    event: &'a str,
    time: String,
    bucket: &'a str,
    request_id: &'a str,
    host_id: String,
}

/// The message that tries a new target.
pub(super) fn test(s3: &S3, ask: &Ask, bucket: &Bucket) -> String {
    json(&Test {
        service: "Amazon S3",
        event: "s3:TestEvent",
        time: precise(s3.parts().clock.now()),
        bucket: &bucket.name,
        request_id: &ask.request_id,
        host_id: host_id(&ask.request_id),
    })
}

fn precise(at: Timestamp) -> String {
    let seconds = at.to_string();
    format!("{}.{:03}Z", seconds.trim_end_matches('Z'), at.millis().rem_euclid(1000))
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("strings and numbers always have a JSON form")
}
