use bytes::Bytes;
use proptest::prelude::{Just, Strategy, any, prop_assert_eq, prop_oneof, proptest};
use serde_json::Value;

use crate::{Category, Event, Reason};

fn event(members: &str) -> Event {
    let what = r#""eventID":"e","eventTime":"2026-03-01T09:30:00Z","eventName":"n""#;
    let origin = r#""eventSource":"s","awsRegion":"r""#;
    Event::parse(Bytes::from(format!("{{{what},{origin},{members}}}"))).unwrap()
}

fn username(identity: &str) -> Option<String> {
    event(&format!("\"userIdentity\":{identity}")).username().map(Into::into)
}

#[test]
fn usernames_are_those_of_lookup_events() {
    let cases = [
        (r#"{"type":"Root","userName":"alias"}"#, Some("root")),
        (r#"{"type":"IAMUser","userName":"alice"}"#, Some("alice")),
        (r#"{"type":"IAMUser","userName":""}"#, None),
        (r#"{"type":"AssumedRole","principalId":"AROA1:bob@x:y"}"#, Some("bob@x:y")),
        (r#"{"type":"AssumedRole","principalId":"AROA1:b\u006fb"}"#, Some("bob")),
        (r#"{"type":"AssumedRole","principalId":"AROA1:"}"#, None),
        (
            r#"{"type":"AssumedRole","principalId":"A","arn":"arn:aws:sts::1:assumed-role/r/s"}"#,
            Some("s"),
        ),
        (r#"{"type":"AssumedRole","arn":"arn:aws:sts::1:assumed-role/r"}"#, None),
        (r#"{"type":"FederatedUser","principalId":"111122223333:carol"}"#, None),
        (r#"{"type":"AWSService","invokedBy":"ec2.amazonaws.com"}"#, None),
        (r#"{"type":"WebIdentityUser","userName":"u"}"#, Some("u")),
        (r#"{"accountId":"111122223333"}"#, None),
        ("null", None),
        ("\"alice\"", None),
    ];
    for (identity, expected) in cases {
        assert_eq!(username(identity).as_deref(), expected, "{identity}");
    }
}

#[test]
fn empty_access_keys_and_foreign_accounts_are_none() {
    let parsed = event(
        r#""userIdentity":{"accessKeyId":"","accountId":"12"},"recipientAccountId":"111122223333""#,
    );
    assert_eq!(parsed.access_key_id(), None);
    assert_eq!(parsed.user_account(), None);
    assert_eq!(parsed.recipient_account().unwrap().to_string(), "111122223333");
    assert_eq!(event("\"recipientAccountId\":111122223333").recipient_account(), None);
}

#[test]
fn clones_share_the_bytes() {
    let parsed = event("\"x\":1");
    assert_eq!(parsed.clone().raw().as_ptr(), parsed.raw().as_ptr());
    assert_eq!(parsed.clone(), parsed);
}

/// A text as a record may write it: plain, or with escapes that need not be.
fn text() -> impl Strategy<Value = String> {
    let plain = any::<String>().prop_map(|text| Value::from(text).to_string());
    let escaped = proptest::collection::vec(any::<u16>(), 0..20)
        .prop_filter("no surrogates", |units| {
            units.iter().all(|unit| !(0xd800..0xe000).contains(unit))
        })
        .prop_map(|units| {
            let escapes: Vec<_> = units.iter().map(|unit| format!("\\u{unit:04x}")).collect();
            format!("\"{}\"", escapes.concat())
        });
    prop_oneof![3 => plain, 1 => escaped]
}

/// Any value, often no text at all.
fn value() -> impl Strategy<Value = String> {
    let other = [
        "null",
        "true",
        "-1.5e3",
        "[]",
        "{\"arn\":\"inner\",\"eventID\":[{}]}",
        "[{\"type\":\"x\"},1]",
    ];
    prop_oneof![3 => text(), 1 => proptest::sample::select(other.to_vec()).prop_map(str::to_owned)]
}

/// Members in any order; each name at most once.
fn members(names: &'static [&'static str]) -> impl Strategy<Value = Vec<String>> {
    let each: Vec<_> = names.iter().map(|name| (any::<bool>(), Just(*name), value())).collect();
    each.prop_map(|members| {
        let written = |(there, name, value): (bool, &str, String)| {
            there.then(|| format!("\"{name}\" :\n{value}"))
        };
        members.into_iter().filter_map(written).collect()
    })
    .prop_shuffle()
}

const TOP: &[&str] = &[
    "sourceIPAddress",
    "userAgent",
    "errorCode",
    "errorMessage",
    "requestParameters",
    "requestID",
    "eventType",
    "sharedEventID",
    "apiVersion",
    "tlsDetails",
    "resources",
    "unknown",
];
const IDENTITY: &[&str] = &[
    "type",
    "principalId",
    "arn",
    "accountId",
    "accessKeyId",
    "userName",
    "invokedBy",
    "credentialId",
];

proptest! {
    #[test]
    fn accessors_agree_with_another_reader(
        top in members(TOP),
        identity in members(IDENTITY),
        issuer in members(&["type", "arn", "userName"]),
        place in any::<proptest::sample::Index>(),
    ) {
        let issuer = format!("\"sessionIssuer\":{{{}}}", issuer.join(","));
        let session = format!("\"sessionContext\":{{\"attributes\":{{}},{issuer}}}");
        let mut identity = identity;
        identity.insert(place.index(identity.len() + 1), session);
        let mut top = top;
        let identity = format!("\"userIdentity\":{{{}}}", identity.join(" , "));
        top.insert(place.index(top.len() + 1), identity);

        let parsed = event(&top.join(","));
        let other: Value = serde_json::from_slice(parsed.raw()).unwrap();
        let top = |name: &str| other[name].as_str().map(str::to_owned);
        let user = |name: &str| other["userIdentity"][name].as_str().map(str::to_owned);
        prop_assert_eq!(parsed.source_ip().map(String::from), top("sourceIPAddress"));
        prop_assert_eq!(parsed.user_agent().map(String::from), top("userAgent"));
        prop_assert_eq!(parsed.error_code().map(String::from), top("errorCode"));
        prop_assert_eq!(parsed.error_message().map(String::from), top("errorMessage"));
        prop_assert_eq!(parsed.request_id().map(String::from), top("requestID"));
        prop_assert_eq!(parsed.event_type().map(String::from), top("eventType"));
        prop_assert_eq!(parsed.shared_event_id().map(String::from), top("sharedEventID"));
        prop_assert_eq!(parsed.user_type().map(String::from), user("type"));
        prop_assert_eq!(parsed.user_arn().map(String::from), user("arn"));
        prop_assert_eq!(parsed.principal_id().map(String::from), user("principalId"));
        prop_assert_eq!(parsed.invoked_by().map(String::from), user("invokedBy"));
        let key = user("accessKeyId").filter(|key| !key.is_empty());
        prop_assert_eq!(parsed.access_key_id().map(String::from), key);
        let issuer = other["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"].as_str();
        prop_assert_eq!(parsed.issuer_arn().map(String::from), issuer.map(str::to_owned));
        let parameters = parsed.request_parameters();
        let parameters = parameters.map(|bytes| serde_json::from_slice(bytes).unwrap());
        prop_assert_eq!(parameters, other.get("requestParameters").cloned());
    }
}

#[test]
fn an_event_from_outside_says_in_its_data_what_others_say_themselves() {
    let data = r#"{"version":"1","userIdentity":{"type":"User","principalId":"eve@example.com",
        "details":{"type":"x"}},"eventName":"OpenDoor","eventSource":"doors.example.com",
        "sourceIPAddress":"192.0.2.9","userAgent":"key","errorCode":"Stuck",
        "errorMessage":"it is stuck","requestParameters":{"door":"7"}}"#;
    let outside = |category: &str, data: &str| {
        let head = r#""eventID":"e","eventTime":"2026-03-01T09:30:00Z","awsRegion":"r""#;
        let text = format!("{{{head},\"eventData\":{data},\"eventCategory\":\"{category}\"}}");
        Event::parse(Bytes::from(text))
    };
    let event = outside("ActivityAuditLog", data).unwrap();
    assert_eq!(event.category(), Category::ActivityAuditLog);
    assert_eq!((&*event.name(), &*event.source()), ("OpenDoor", "doors.example.com"));
    assert_eq!(event.username().as_deref(), Some("eve@example.com"));
    assert_eq!(event.user_type().as_deref(), Some("User"));
    assert_eq!(event.source_ip().as_deref(), Some("192.0.2.9"));
    assert_eq!(event.user_agent().as_deref(), Some("key"));
    assert_eq!(event.error_code().as_deref(), Some("Stuck"));
    assert_eq!(event.request_parameters(), Some(&br#"{"door":"7"}"#[..]));
    // Other records say it themselves.
    assert_eq!(outside("Management", data).unwrap_err().reason, Reason::MissingEventName);
    let nameless = outside("ActivityAuditLog", r#"{"eventSource":"s"}"#).unwrap_err();
    assert_eq!(nameless.reason, Reason::MissingEventName);
    let twice = r#"{"eventName":"a","eventName":"b","eventSource":"s"}"#;
    let twice = outside("ActivityAuditLog", twice).unwrap_err();
    assert_eq!(twice.reason, Reason::DuplicateKey);
}

#[test]
fn texts_are_found_at_their_paths() {
    let event = event(
        r#""tlsDetails":{"tlsVersion":"TLSv1.3","n":7,"\u0061":{"b":"\u00e9"},"a":{"b":"last"}},
        "userAgent":"x","list":["y"]"#,
    );
    let at = |path: &[&str]| event.text_at(path).map(String::from);
    assert_eq!(at(&["tlsDetails", "tlsVersion"]).as_deref(), Some("TLSv1.3"));
    assert_eq!(at(&["tlsDetails", "a", "b"]).as_deref(), Some("last"));
    assert_eq!(at(&["userAgent"]).as_deref(), Some("x"));
    let none: [&[&str]; 6] = [
        &[],
        &["tlsDetails"],
        &["tlsDetails", "n"],
        &["tlsDetails", "tlsVersion", "more"],
        &["list", "y"],
        &["absent", "tlsVersion"],
    ];
    for path in none {
        assert_eq!(at(path), None, "{path:?}");
    }
}
