use bytes::Bytes;
use cairn_core::{Timestamp, limits};

use crate::{Category, Event, Flaw, Reason};

const MINIMAL: &str = concat!(
    r#"{"eventID":"e1","eventTime":"2026-03-01T09:30:00Z","eventName":"GetUser","#,
    r#""eventSource":"iam.amazonaws.com","awsRegion":"us-east-1"}"#,
);

fn parse(text: impl Into<Vec<u8>>) -> Result<Event, Flaw> {
    Event::parse(Bytes::from(text.into()))
}

/// The minimal record with more members behind the others.
fn with(members: &str) -> Result<Event, Flaw> {
    parse(format!("{},{members}}}", &MINIMAL[..MINIMAL.len() - 1]))
}

#[track_caller]
fn refused(result: Result<Event, Flaw>, reason: Reason) -> usize {
    let flaw = result.expect_err("the record is refused");
    assert_eq!(flaw.reason, reason);
    flaw.at
}

#[test]
fn five_members_make_a_record() {
    let event = parse(MINIMAL).unwrap();
    assert_eq!(event.id(), "e1");
    assert_eq!(event.time(), Timestamp::from_seconds(1_772_357_400));
    assert_eq!(event.name(), "GetUser");
    assert_eq!(event.source(), "iam.amazonaws.com");
    assert_eq!(event.region(), "us-east-1");
    assert_eq!(event.raw(), MINIMAL.as_bytes());
}

#[test]
fn each_of_the_five_is_required_as_a_text_with_content() {
    let required = [
        ("eventID", Reason::MissingEventId),
        ("eventTime", Reason::MissingEventTime),
        ("eventName", Reason::MissingEventName),
        ("eventSource", Reason::MissingEventSource),
        ("awsRegion", Reason::MissingAwsRegion),
    ];
    for (name, reason) in required {
        refused(parse(MINIMAL.replace(name, "other")), reason);
        for value in ["", "null", "7", "[\"a\"]", "{\"a\":1}"] {
            let value = if value.is_empty() { "\"\"" } else { value };
            let start = MINIMAL.find(name).unwrap() + name.len() + 2;
            let end = start + MINIMAL[start..].find([',', '}']).unwrap();
            let text = [&MINIMAL[..start], value, &MINIMAL[end..]].concat();
            refused(parse(text), reason);
        }
    }
}

#[test]
fn event_ids_are_bounded_and_exact() {
    let id = |id: &str| parse(MINIMAL.replace("\"e1\"", &format!("\"{id}\"")));
    assert!(id(&"x".repeat(limits::EVENT_ID_BYTES)).is_ok());
    refused(id(&"x".repeat(limits::EVENT_ID_BYTES + 1)), Reason::BadEventId);
    // What counts is the text, not how it is written.
    assert_eq!(id(&r"\u0078".repeat(limits::EVENT_ID_BYTES)).unwrap().id().len(), 128);
    assert_eq!(refused(id(r"a\ud800"), Reason::BadEventId), 12);
}

#[test]
fn event_times_are_instants() {
    let time = |time: &str| parse(MINIMAL.replace("2026-03-01T09:30:00Z", time));
    let with_offset = time("2026-03-01T10:30:00.5+01:00").unwrap();
    assert_eq!(with_offset.time().millis(), 1_772_357_400_500);
    for bad in
        ["2026-03-01", "yesterday", "1772357400", "1969-12-31T23:59:59Z", "2026-02-30T00:00:00Z"]
    {
        refused(time(bad), Reason::BadEventTime);
    }
}

#[test]
fn a_member_that_the_head_reads_is_there_once() {
    let identity = |members: &str| with(&format!("\"userIdentity\":{{{members}}}"));
    refused(with("\"eventID\":\"e2\""), Reason::DuplicateKey);
    refused(with("\"eventID\":\"e1\""), Reason::DuplicateKey);
    refused(with("\"readOnly\":true,\"readOnly\":false"), Reason::DuplicateKey);
    refused(with("\"userIdentity\":{},\"userIdentity\":null"), Reason::DuplicateKey);
    refused(identity("\"arn\":\"a\",\"arn\":\"b\""), Reason::DuplicateKey);
    let issuer = "\"sessionContext\":{\"sessionIssuer\":{\"arn\":\"a\",\"arn\":\"b\"}}";
    refused(identity(issuer), Reason::DuplicateKey);
    refused(with("\"resources\":[{\"ARN\":\"a\",\"ARN\":\"b\"}]"), Reason::DuplicateKey);
    assert!(with("\"resources\":[{\"ARN\":\"a\"},{\"ARN\":\"b\"}]").is_ok());
}

#[test]
fn an_escaped_name_is_the_same_name() {
    let at = refused(with(r#""event\u0049D":"e2""#), Reason::DuplicateKey);
    assert_eq!(at, MINIMAL.len() + 1);
    let event = parse(MINIMAL.replace("eventName", r"\u0065ventName")).unwrap();
    assert_eq!(event.name(), "GetUser");
}

#[test]
fn other_members_may_repeat_and_are_kept_verbatim() {
    let twice = r#""x":1,"x":2,"requestParameters":{"a":1,"a":2},"eventid":"other""#;
    let event = with(twice).unwrap();
    assert!(event.raw().ends_with(format!("{twice}}}").as_bytes()));
    assert_eq!(event.id(), "e1");
}

#[test]
fn names_count_only_at_their_place() {
    let event = with(
        r#""requestParameters":{"eventID":"p","userIdentity":{"arn":"p"}},
           "additionalEventData":{"eventName":"p","readOnly":true,"resources":[{"ARN":"p"}]},
           "userIdentity":{"sessionContext":{"arn":"p","attributes":{"arn":"p"}},"arn":"u"}"#,
    )
    .unwrap();
    assert_eq!((&*event.id(), &*event.name()), ("e1", "GetUser"));
    assert_eq!(event.user_arn().as_deref(), Some("u"));
    assert_eq!((event.read_only(), event.issuer_arn()), (None, None));
    assert!(event.resources().is_empty());
}

#[test]
fn sizes_are_inclusive() {
    let of_size = |size: usize| {
        let frame = ",\"x\":\"\"".len();
        with(&format!("\"x\":\"{}\"", "y".repeat(size - MINIMAL.len() - frame)))
    };
    for size in [limits::RECORD_BYTES - 1, limits::RECORD_BYTES] {
        assert_eq!(of_size(size).unwrap().raw().len(), size);
    }
    let at = refused(of_size(limits::RECORD_BYTES + 1), Reason::TooLarge);
    assert_eq!(at, limits::RECORD_BYTES);
}

#[test]
fn a_reader_may_take_longer_records() {
    let most = limits::LARGE_RECORD_BYTES;
    let frame = MINIMAL.len() + ",\"requestParameters\":\"\"".len();
    let of_size = |size: usize| {
        let long = format!("\"requestParameters\":\"{}\"", "y".repeat(size - frame));
        let text = format!("{},{long}}}", &MINIMAL[..MINIMAL.len() - 1]);
        Event::parse_within(Bytes::from(text), most)
    };
    let event = of_size(most).unwrap();
    assert_eq!((&*event.id(), event.raw().len()), ("e1", most));
    assert_eq!(event.request_parameters().unwrap().len(), most - frame + 2);
    assert_eq!(refused(of_size(most + 1), Reason::TooLarge), most);
    assert_eq!(refused(Event::parse(event.raw().clone()), Reason::TooLarge), limits::RECORD_BYTES);
}

#[test]
fn depth_counts_from_the_record() {
    let nested = |depth: usize| with(&format!("\"x\":{}{}", "[".repeat(depth), "]".repeat(depth)));
    assert!(nested(limits::JSON_DEPTH - 1).is_ok());
    refused(nested(limits::JSON_DEPTH), Reason::TooDeep);
    let parameters = |depth: usize| {
        let (open, close) = ("{\"a\":".repeat(depth), "}".repeat(depth));
        with(&format!("\"requestParameters\":{open}1{close}"))
    };
    assert!(parameters(limits::JSON_DEPTH - 1).is_ok());
    refused(parameters(limits::JSON_DEPTH), Reason::TooDeep);
}

#[test]
fn only_the_record_and_white_space_are_there() {
    let padded = format!(" \r\n\t{MINIMAL}\n ");
    assert_eq!(parse(padded.clone()).unwrap().raw(), padded.as_bytes());
    refused(parse(format!("{MINIMAL}{MINIMAL}")), Reason::TrailingBytes);
    refused(parse(format!("{MINIMAL}\0")), Reason::TrailingBytes);
    refused(parse(format!("\u{feff}{MINIMAL}")), Reason::UnexpectedByte);
    for other in ["[]", "null", "\"text\"", "12"] {
        refused(parse(other), Reason::NotAnObject);
    }
    refused(parse(format!("{{\"Records\":[{MINIMAL}]}}")), Reason::MissingEventId);
    refused(parse(""), Reason::Truncated);
}

#[test]
fn text_of_any_language_is_taken_and_broken_encoding_is_not() {
    let event = with(r#""userAgent":"日本語 😀 \u00e9\ud83d\ude00\u0000\ud800.""#).unwrap();
    assert_eq!(event.user_agent().as_deref(), Some("日本語 😀 é😀\0\u{fffd}."));
    let mut bytes = with(r#""x":"abc""#).unwrap().raw().to_vec();
    let at = bytes.len() - 3;
    bytes[at] = 0xc3;
    assert_eq!(refused(parse(bytes), Reason::InvalidUtf8), at);
    refused(parse(&b"{\"a\":1 \xff}"[..]), Reason::InvalidUtf8);
}

#[test]
fn categories() {
    let category = |members: &str| with(members).unwrap().category();
    assert_eq!(parse(MINIMAL).unwrap().category(), Category::Management);
    assert_eq!(category("\"managementEvent\":false"), Category::Data);
    assert_eq!(category("\"managementEvent\":true"), Category::Management);
    assert_eq!(category("\"eventCategory\":\"Data\",\"managementEvent\":true"), Category::Data);
    assert_eq!(category("\"eventCategory\":\"NetworkActivity\""), Category::NetworkActivity);
    assert_eq!(category("\"eventCategory\":\"Aggregated\""), Category::Other);
    assert_eq!(category("\"eventCategory\":null"), Category::Management);
}

#[test]
fn configuration_items_and_evidence_name_no_action() {
    let head = r#"{"eventID":"c","eventTime":"2026-03-01T09:30:00Z","awsRegion":"us-east-1""#;
    for category in [Category::ConfigurationItem, Category::Evidence] {
        let name = category.as_str();
        let data = r#""eventData":{"eventName":"inside","eventSource":"s3.amazonaws.com"}"#;
        let text = format!(r#"{head},{data},"eventCategory":"{name}"}}"#);
        let event = parse(text.clone()).unwrap();
        assert_eq!((event.category(), event.raw().as_ref()), (category, text.as_bytes()));
        assert_eq!((&*event.name(), &*event.source()), ("", ""));
        assert!(!category.names_action());
        refused(parse(text.replace(name, "Aggregated")), Reason::MissingEventName);
        refused(parse(text.replace("awsRegion", "region")), Reason::MissingAwsRegion);
        refused(parse(text.replace("eventID", "id")), Reason::MissingEventId);
    }
}

#[test]
fn an_insights_event_says_inside_what_it_is_about() {
    let insight = r#"{"eventID":"i","eventTime":"2026-03-01T09:30:00Z","awsRegion":"r",
        "insightDetails":{"state":"Start","eventSource":"ec2.amazonaws.com",
        "eventName":"RunInstances","insightContext":{}}}"#;
    let event = parse(insight).unwrap();
    assert_eq!(event.category(), Category::Insight);
    assert_eq!((&*event.source(), &*event.name()), ("ec2.amazonaws.com", "RunInstances"));
    let both = with(r#""insightDetails":{"eventName":"Other"}"#).unwrap();
    assert_eq!(both.name(), "GetUser");
}

#[test]
fn read_only_is_a_boolean_that_older_records_write_as_text() {
    let read_only = |value: &str| with(&format!("\"readOnly\":{value}")).unwrap().read_only();
    assert_eq!(read_only("true"), Some(true));
    assert_eq!(read_only("\"false\""), Some(false));
    assert_eq!(read_only("\"yes\""), None);
    assert_eq!(read_only("null"), None);
}
