use bytes::Bytes;
use cairn_core::{AccountId, Region, Timestamp};
use cairn_event::Event;
use cairn_ports::lake::TableSchema;
use cairn_store::LakeDocument;
use serde_json::{Value, json};

use super::{CONTEXT_BYTES, ContextKeys, Tags};
use crate::row::{Rows, event_json};

const ALL: [&str; 22] = [
    "aws:FederatedProvider",
    "aws:TokenIssueTime",
    "aws:MultiFactorAuthAge",
    "aws:MultiFactorAuthPresent",
    "aws:SourceIdentity",
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalIsAWSService",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:PrincipalServiceName",
    "aws:PrincipalServiceNamesList",
    "aws:PrincipalType",
    "aws:userid",
    "aws:username",
    "aws:RequestedRegion",
    "aws:SecureTransport",
    "aws:ViaAWSService",
    "aws:CurrentTime",
    "aws:EpochTime",
    "aws:SourceAccount",
    "aws:SourceOrgID",
];

fn document(selectors: &Value) -> LakeDocument {
    let configuration = json!({ "MaxEventSize": "Large", "ContextKeySelectors": selectors });
    LakeDocument {
        reason: "PutEventConfiguration".to_owned(),
        store: "s".to_owned(),
        account: AccountId::new(111_122_223_333).unwrap().to_string(),
        arn: "a".to_owned(),
        home_region: "us-east-1".parse::<Region>().unwrap().to_string(),
        schema: "Events".to_owned(),
        multi_region: true,
        ingesting: true,
        dropped: false,
        selectors: None,
        channels: Vec::new(),
        retention_days: 30,
        event_configuration: Some(configuration.to_string()),
    }
}

fn keys(names: &[&str]) -> ContextKeys {
    let selectors = json!([{ "Type": "RequestContext", "Equals": names }]);
    ContextKeys::of(&document(&selectors)).unwrap().unwrap()
}

fn event(members: &str) -> Event {
    let head = r#""eventTime":"2026-03-01T09:30:00Z","eventName":"n","awsRegion":"eu-west-1""#;
    let source = r#""eventSource":"s3.amazonaws.com","eventID":"e""#;
    Event::parse(Bytes::from(format!("{{{head},{source}{members}}}"))).unwrap()
}

fn added(keys: &ContextKeys, event: &Event) -> Option<Vec<u8>> {
    keys.added(event, Tags::default().seen(AccountId::new(1).unwrap(), Timestamp::EPOCH))
}

/// The request context that an event gets.
fn request(keys: &ContextKeys, event: &Event) -> Value {
    let added: Value = serde_json::from_slice(&added(keys, event).unwrap()).unwrap();
    added["eventContext"]["requestContext"].clone()
}

fn all(identity: &Value) -> Value {
    let mut found = request(&keys(&ALL), &event(&format!(",\"userIdentity\":{identity}")));
    // What the record says beside its caller.
    let members = found.as_object_mut().unwrap();
    assert_eq!(members.remove("aws:CurrentTime"), Some(json!("2026-03-01T09:30:00Z")));
    assert_eq!(members.remove("aws:EpochTime"), Some(json!("1772357400")));
    assert_eq!(members.remove("aws:RequestedRegion"), Some(json!("eu-west-1")));
    found
}

#[test]
fn a_session_of_a_role_has_the_role_and_its_session() {
    let role = json!({
        "type": "AssumedRole", "principalId": "AROA1:alice", "accountId": "111122223333",
        "arn": "arn:aws:sts::111122223333:assumed-role/deploy/alice",
        "sessionContext": {
            "sessionIssuer": { "type": "Role", "arn": "arn:aws:iam::111122223333:role/ci/deploy" },
            "webIdFederationData": { "federatedProvider": "arn:aws:iam::1:oidc-provider/x" },
            "attributes": { "creationDate": "2026-03-01T09:00:00Z", "mfaAuthenticated": "false" },
            "sourceIdentity": "alice@example.com",
        },
    });
    let mut expected = json!({
        "aws:FederatedProvider": "arn:aws:iam::1:oidc-provider/x",
        "aws:TokenIssueTime": "2026-03-01T09:00:00Z",
        "aws:MultiFactorAuthPresent": "false",
        "aws:SourceIdentity": "alice@example.com",
        "aws:PrincipalAccount": "111122223333",
        "aws:PrincipalArn": "arn:aws:iam::111122223333:role/ci/deploy",
        "aws:PrincipalIsAWSService": "false",
        "aws:PrincipalType": "AssumedRole",
        "aws:userid": "AROA1:alice",
        "aws:ViaAWSService": "false",
    });
    assert_eq!(all(&role), expected);
    // Whether a service passed the call on, or used a role of its own, is not told.
    let mut through = role;
    through["invokedBy"] = json!("cloudformation.amazonaws.com");
    expected.as_object_mut().unwrap().remove("aws:ViaAWSService");
    assert_eq!(all(&through), expected);
    let linked = "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/x";
    through["sessionContext"]["sessionIssuer"]["arn"] = json!(linked);
    assert_eq!(all(&through)["aws:ViaAWSService"], "false");
}

#[test]
fn every_kind_of_caller_has_what_its_record_tells() {
    let cases = [
        (
            json!({ "type": "IAMUser", "principalId": "AIDA1", "accountId": "111122223333",
                    "arn": "arn:aws:iam::111122223333:user/a", "userName": "a",
                    "invokedBy": "athena.amazonaws.com" }),
            json!({ "aws:PrincipalAccount": "111122223333",
                    "aws:PrincipalArn": "arn:aws:iam::111122223333:user/a",
                    "aws:PrincipalIsAWSService": "false", "aws:PrincipalType": "User",
                    "aws:userid": "AIDA1", "aws:username": "a", "aws:ViaAWSService": "true" }),
        ),
        (
            json!({ "type": "Root", "principalId": "111122223333", "accountId": "111122223333",
                    "arn": "arn:aws:iam::111122223333:root" }),
            json!({ "aws:PrincipalAccount": "111122223333",
                    "aws:PrincipalArn": "arn:aws:iam::111122223333:root",
                    "aws:PrincipalIsAWSService": "false", "aws:PrincipalType": "Account",
                    "aws:userid": "111122223333", "aws:ViaAWSService": "false" }),
        ),
        (
            json!({ "type": "AWSAccount", "principalId": "AIDA2", "accountId": "444455556666" }),
            json!({ "aws:PrincipalAccount": "444455556666", "aws:PrincipalIsAWSService": "false",
                    "aws:userid": "AIDA2", "aws:ViaAWSService": "false" }),
        ),
        (
            json!({ "type": "AWSService", "invokedBy": "config.amazonaws.com",
                    "inScopeOf": { "sourceAccount": "111122223333" } }),
            json!({ "aws:PrincipalIsAWSService": "true", "aws:ViaAWSService": "false",
                    "aws:PrincipalServiceName": "config.amazonaws.com",
                    "aws:SourceAccount": "111122223333" }),
        ),
        (json!({ "type": "SAMLUser", "principalId": "x", "userName": "a" }), json!({})),
        (json!({ "accountId": "111122223333", "invokedBy": "AWS Internal" }), json!({})),
        (json!("nobody"), json!({})),
    ];
    for (identity, expected) in cases {
        assert_eq!(all(&identity), expected, "{identity}");
    }
}

#[test]
fn bytes_stay_but_for_the_context() {
    let keys = keys(&["aws:requestedregion", "aws:SecureTransport"]);
    let context = concat!(
        r#","eventContext":{"requestContext":{"aws:requestedregion":"eu-west-1","#,
        r#""aws:SecureTransport":"true"},"tagContext":{}}}"#,
    );
    let tls = event(r#","tlsDetails":{"tlsVersion":"TLSv1.3"}"#);
    let text = String::from_utf8(added(&keys, &tls).unwrap()).unwrap();
    let same = std::str::from_utf8(tls.raw()).unwrap().strip_suffix('}').unwrap();
    assert_eq!(text, format!("{same}{context}"));
    // The row says the same, and its text is rendered.
    let mut rows = Rows::new(TableSchema::Events);
    rows.push(Some(1), text.as_bytes()).unwrap();
    let batch = rows.finish();
    assert_eq!(event_json(TableSchema::Events, &batch).unwrap().value(0), text);
    assert_eq!(batch.column_by_name("eventjson").unwrap().null_count(), 1);
    // White space stays as well, and what has to be escaped is.
    let spaced = format!("\n{} }}\n", same.replace("eu-", "e\\\""));
    let spaced = Event::parse(Bytes::from(spaced)).unwrap();
    let text = added(&keys, &spaced).unwrap();
    assert!(text.starts_with(b"\n{\"eventTime\"") && text.ends_with(b"{}}}\n"));
    assert_eq!(request(&keys, &spaced)["aws:requestedregion"], "e\"west-1");
}

#[test]
fn events_that_get_no_context_stay_as_they_are() {
    let keys = keys(&ALL);
    for members in [
        r#","eventCategory":"NetworkActivity""#,
        r#","eventCategory":"Insight""#,
        r#","eventContext":{}"#,
    ] {
        assert_eq!(added(&keys, &event(members)), None, "{members}");
    }
    let context = |members: &str| {
        let text = added(&keys, &event(members)).unwrap();
        serde_json::from_slice::<Value>(&text).unwrap()["eventContext"].clone()
    };
    assert_eq!(context(r#","addendum":{"reason":"DELIVERY_DELAY"}"#), json!({}));
    assert_ne!(
        context(r#","addendum":{"reason":"UPDATED_DATA"},"eventCategory":"Data""#),
        json!({})
    );
    let service = r#","eventType":"AwsServiceEvent""#;
    assert_eq!(context(service), json!({ "requestContext": {}, "tagContext": {} }));
    let long = "x".repeat(CONTEXT_BYTES);
    let long = format!(r#","userIdentity":{{"type":"Root","arn":"{long}"}}"#);
    assert_eq!(context(&long), json!({}));
}

#[test]
fn selectors_make_keys_and_none_make_none() {
    assert_eq!(ContextKeys::of(&document(&json!([]))).unwrap(), None);
    let mut plain = document(&json!([]));
    plain.event_configuration = None;
    assert_eq!(ContextKeys::of(&plain).unwrap(), None);
    plain.event_configuration = Some("{".to_owned());
    assert!(ContextKeys::of(&plain).is_err());
    let tags = json!([{ "Type": "TagContext", "Equals": ["team"] }]);
    let tags = ContextKeys::of(&document(&tags)).unwrap().unwrap();
    assert_eq!(request(&tags, &event("")), json!({}));
}
