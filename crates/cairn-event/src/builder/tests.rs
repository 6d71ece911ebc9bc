use cairn_core::{AccountId, Timestamp, limits};

use super::{Action, EventBuilder, EventResource, EventType, TlsDetails};
use crate::{
    Category, Event, HIDDEN, Identity, Json, Reason, Resource, SessionAttributes, SessionIssuer,
};

const ID: &str = "5f0e9d3c-8b7a-4e6d-9c5b-4a3f2e1d0c9b";

fn account() -> AccountId {
    "111122223333".parse().unwrap()
}

fn action(name: &'static str, source: &'static str) -> Action<'static> {
    let time = Timestamp::from_millis(1_772_357_417_999);
    Action { id: ID, time, source, name, region: "us-east-1" }
}

fn alice() -> Identity {
    Identity::iam_user(account(), "AIDAEXAMPLEEXAMPLE23", "/", "alice").with_access_key("AKIA2")
}

fn ops() -> Identity {
    let role = SessionIssuer::role(account(), "AROAEXAMPLEEXAMPLE23", "/", "ops");
    let creation_date = Timestamp::from_seconds(1_772_355_600);
    let attributes = SessionAttributes { creation_date, mfa_authenticated: false };
    Identity::assumed_role(role, "alice", attributes).with_access_key("ASIA2")
}

fn pretty(event: &Event) -> String {
    // Through our own tree: another would sort the members.
    serde_json::to_string_pretty(&Json::parse(event.raw()).unwrap()).unwrap()
}

#[test]
fn a_call_of_root() {
    let built = EventBuilder::new(
        action("LookupEvents", "cloudtrail.amazonaws.com"),
        &Identity::root(account()),
    )
    .source_ip("198.51.100.7")
    .user_agent("aws-cli/2.31.0")
    .request_parameters(Json::map([("maxResults", 50_i64)]))
    .request_id("0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d")
    .read_only(true)
    .recipient(account())
    .build()
    .unwrap();
    assert!(built.cuts.is_empty());
    assert_eq!(built.event.username().as_deref(), Some("root"));
    insta::assert_snapshot!(pretty(&built.event));
}

#[test]
fn a_refused_call_of_a_user() {
    let built = EventBuilder::new(action("DeleteTrail", "cloudtrail.amazonaws.com"), &alice())
        .source_ip("2001:db8::7")
        .error("AccessDenied", Some("User is not authorized to perform: cloudtrail:DeleteTrail"))
        .read_only(false)
        .recipient(account())
        .api_version("2013-11-01")
        .build()
        .unwrap();
    insta::assert_snapshot!(pretty(&built.event));
}

#[test]
fn a_call_of_an_assumed_role_with_everything() {
    let resource = EventResource {
        account: account(),
        kind: Some("AWS::S3::Bucket".to_owned()),
        arn: "arn:aws:s3:::invoices".to_owned(),
    };
    let untyped =
        EventResource { account: account(), kind: None, arn: "arn:aws:s3:::logs".to_owned() };
    let tls = TlsDetails {
        tls_version: Some("TLSv1.3".to_owned()),
        cipher_suite: Some("TLS_AES_128_GCM_SHA256".to_owned()),
        client_provided_host_header: Some("s3.us-east-1.amazonaws.com".to_owned()),
        key_exchange: Some("X25519MLKEM768".to_owned()),
    };
    let built = EventBuilder::new(action("GetObject", "s3.amazonaws.com"), &ops())
        .from_console()
        .tls(&tls)
        .category(Category::Data)
        .vpc_endpoint("vpce-1", account())
        .shared_event_id("shared")
        .recipient(account())
        .resource(resource)
        .resource(untyped)
        .read_only(true)
        .service_event_details(Json::map([("keyId", "k")]))
        .additional_event_data(Json::map([("bytesTransferredOut", 243_i64)]))
        .response_elements(Json::map([("x-amz-version-id", "3")]))
        .request_parameters(Json::map([("bucketName", "invoices"), ("key", "a \"b\"\n\u{1}é")]))
        .user_agent("[S3Console/0.4]")
        .source_ip("198.51.100.7")
        .build()
        .unwrap();
    assert_eq!(built.event.category(), Category::Data);
    assert_eq!(built.event.username().as_deref(), Some("alice"));
    let first =
        Resource { kind: Some("AWS::S3::Bucket".into()), name: "arn:aws:s3:::invoices".into() };
    assert_eq!(built.event.resources()[0], first);
    insta::assert_snapshot!(pretty(&built.event));
}

#[test]
fn an_event_of_a_service() {
    let identity = Identity::aws_service("cloudtrail.amazonaws.com");
    let built = EventBuilder::new(action("RotateKey", "kms.amazonaws.com"), &identity)
        .event_type(EventType::AwsServiceEvent)
        .source_ip("cloudtrail.amazonaws.com")
        .user_agent("cloudtrail.amazonaws.com")
        .build()
        .unwrap();
    insta::assert_snapshot!(pretty(&built.event));
}

#[test]
fn secrets_do_not_reach_the_record() {
    let secret = || Json::map([("secretAccessKey", "s3cr3t"), ("dbPasswordHash", "s3cr3t")]);
    let built = EventBuilder::new(action("CreateAccessKey", "iam.amazonaws.com"), &alice())
        .request_parameters(secret())
        .response_elements(secret())
        .additional_event_data(secret())
        .service_event_details(secret())
        .build()
        .unwrap();
    let text = String::from_utf8(built.event.raw().to_vec()).unwrap();
    assert_eq!((text.matches("s3cr3t").count(), text.matches(HIDDEN).count()), (0, 8));
}

#[test]
fn what_is_cut_is_handed_back() {
    let large = Json::map([("document", "x".repeat(limits::PARAMETERS_BYTES))]);
    let built = EventBuilder::new(action("PutRolePolicy", "iam.amazonaws.com"), &alice())
        .request_parameters(large.clone())
        .user_agent(&"a".repeat(3000))
        .build()
        .unwrap();
    let names: Vec<_> = built.cuts.iter().map(|cut| cut.member).collect();
    assert_eq!(names, ["requestParameters", "userAgent"]);
    assert_eq!(Json::parse(&built.cuts[0].whole), Ok(large));
    assert_eq!(built.event.user_agent().map(|agent| agent.len()), Some(limits::SHORT_TEXT_BYTES));
}

#[test]
fn what_cannot_be_a_record_is_refused() {
    let flaw = |action: Action<'_>| EventBuilder::new(action, &alice()).build().unwrap_err().reason;
    let good = action("GetUser", "iam.amazonaws.com");
    assert_eq!(flaw(Action { id: "", ..good }), Reason::MissingEventId);
    assert_eq!(flaw(Action { id: &"x".repeat(129), ..good }), Reason::BadEventId);
    assert_eq!(flaw(Action { name: "", ..good }), Reason::MissingEventName);
    let name = "x".repeat(limits::RECORD_BYTES);
    assert_eq!(flaw(Action { name: &name, ..good }), Reason::TooLarge);
}
