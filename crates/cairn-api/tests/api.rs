//! What the façade promises: operations, decoding, messages, errors.

use cairn_api::errors::LookupEventsError;
use cairn_api::operations::{
    AddTags, CreateTrail, DescribeTrails, ListInsightsData, LookupEvents, StartQuery,
};
use cairn_api::shapes::{
    Event, GetTrailStatusResponse, LookupAttributeKey, LookupEventsRequest, LookupEventsResponse,
    PublicKey,
};
use cairn_api::{
    Blob, EpochSeconds, Message, OPERATIONS, Operation, OperationError, Rejection, decode,
    is_operation, is_read_only,
};
use cairn_core::Timestamp;
use insta::assert_snapshot;
use serde_json::json;

fn lookup(body: &str) -> LookupEventsRequest {
    decode::<LookupEvents>(body.as_bytes()).expect("a valid request")
}

/// Code and message of the answer to a bad request, broken into short lines.
fn refusal<O: Operation>(body: &str) -> String {
    let rejection = decode::<O>(body.as_bytes()).expect_err("a bad request");
    let mut message = rejection.to_string();
    let breaks = [
        (" Value", "\nValue"),
        (" failed to satisfy", "\n  failed to satisfy"),
        ("constraint: [", "constraint:\n  ["),
        (", Member", ",\n  Member"),
        ("pattern: ", "pattern:\n  "),
    ];
    for (before, after) in breaks {
        message = message.replace(before, after);
    }
    format!("{}\n{message}", rejection.code())
}

#[test]
fn all_operations_are_there_and_sorted() {
    assert_eq!(OPERATIONS.len(), 60);
    assert!(OPERATIONS.is_sorted());
    assert!(OPERATIONS.iter().all(|name| is_operation(name)));
    assert!(!is_operation("lookupEvents"));
    assert!(!is_operation("PutAuditEvents"));
}

#[test]
fn operations_know_whether_they_read() {
    assert_eq!(LookupEvents::NAME, "LookupEvents");
    const { assert!(LookupEvents::READ_ONLY) };
    const { assert!(DescribeTrails::READ_ONLY) };
    const { assert!(!CreateTrail::READ_ONLY) };
    const { assert!(!StartQuery::READ_ONLY) };
    assert_eq!(is_read_only("GetTrail"), Some(true));
    assert_eq!(is_read_only("UpdateTrail"), Some(false));
    assert_eq!(is_read_only("PutAuditEvents"), None);
}

#[test]
fn a_full_request_is_read() {
    let request = lookup(
        r#"{"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "RunInstances"}],
            "StartTime": 1714554000, "EndTime": 1714554000.25, "MaxResults": 7,
            "NextToken": "abcd", "EventCategory": "insight", "Colour": "blue"}"#,
    );
    let attributes = request.lookup_attributes.expect("given");
    assert_eq!(attributes[0].attribute_key, LookupAttributeKey::EventName);
    assert_eq!(attributes[0].attribute_value, "RunInstances");
    let start = request.start_time.expect("given").timestamp();
    assert_eq!(start.to_string(), "2024-05-01T09:00:00Z");
    assert_eq!(request.end_time.expect("given").timestamp().millis(), 1_714_554_000_250);
    assert_eq!(request.max_results, Some(7));
    assert_eq!(request.event_category.expect("given").as_str(), "insight");
}

#[test]
fn absent_null_and_empty_mean_the_same() {
    let empty = LookupEventsRequest::default();
    assert_eq!(lookup(""), empty);
    assert_eq!(lookup("{}"), empty);
    assert_eq!(lookup(r#"{"MaxResults": null, "StartTime": null}"#), empty);
}

#[test]
fn times_beyond_what_a_record_can_write_become_the_nearest() {
    let far = lookup(r#"{"StartTime": -5, "EndTime": 1e300}"#);
    assert_eq!(far.start_time.expect("given").timestamp(), Timestamp::EPOCH);
    assert_eq!(far.end_time.expect("given").timestamp(), Timestamp::MAX);
}

#[test]
fn unknown_enumeration_values_are_kept() {
    let request = lookup(
        r#"{"EventCategory": "management",
            "LookupAttributes": [{"AttributeKey": "Colour", "AttributeValue": "blue"}]}"#,
    );
    let attribute = &request.lookup_attributes.expect("given")[0];
    assert_eq!(attribute.attribute_key, LookupAttributeKey::Other("Colour".to_owned()));
    assert_eq!(request.event_category.expect("given").as_str(), "management");
}

#[test]
fn members_in_lower_case_are_read_too() {
    let request =
        decode::<DescribeTrails>(br#"{"trailNameList": ["a"], "includeShadowTrails": false}"#);
    let request = request.expect("a valid request");
    assert_eq!(request.trail_name_list, Some(vec!["a".to_owned()]));
    assert_eq!(request.include_shadow_trails, Some(false));
}

#[test]
fn the_message_is_one_line() {
    let rejection = decode::<LookupEvents>(br#"{"MaxResults": 51}"#).expect_err("too many");
    assert_eq!(rejection.code(), "ValidationException");
    let expected = "1 validation error detected: Value '51' at 'maxResults' failed to satisfy \
                    constraint: Member must have value less than or equal to 50";
    assert_eq!(rejection.to_string(), expected);
}

#[test]
fn numbers_out_of_range() {
    assert_snapshot!(
        refusal::<LookupEvents>(r#"{"MaxResults": 51}"#),
        @"
        ValidationException
        1 validation error detected:
        Value '51' at 'maxResults'
          failed to satisfy constraint: Member must have value less than or equal to 50
        "
    );
    assert_snapshot!(
        refusal::<LookupEvents>(r#"{"MaxResults": 0}"#),
        @"
        ValidationException
        1 validation error detected:
        Value '0' at 'maxResults'
          failed to satisfy constraint: Member must have value greater than or equal to 1
        "
    );
    assert_eq!(lookup(r#"{"MaxResults": 50}"#).max_results, Some(50));
    assert_eq!(lookup(r#"{"MaxResults": 1}"#).max_results, Some(1));
}

#[test]
fn several_violations_are_listed_together() {
    assert_snapshot!(
        refusal::<LookupEvents>(
            r#"{"LookupAttributes": [{"AttributeKey": "EventId", "AttributeValue": "x"},
                {"AttributeKey": "EventId", "AttributeValue": ""}, {"AttributeKey": "EventId"}],
                "MaxResults": 99}"#
        ),
        @"
        ValidationException
        3 validation errors detected:
        Value '' at 'lookupAttributes.2.member.attributeValue'
          failed to satisfy constraint: Member must have length greater than or equal to 1;
        Value null at 'lookupAttributes.3.member.attributeValue'
          failed to satisfy constraint: Member must not be null;
        Value '99' at 'maxResults'
          failed to satisfy constraint: Member must have value less than or equal to 50
        "
    );
}

#[test]
fn required_members_and_lists() {
    assert_snapshot!(
        refusal::<AddTags>(r#"{"ResourceId": null, "TagsList": [{"Value": "v"}]}"#),
        @"
        ValidationException
        2 validation errors detected:
        Value null at 'resourceId'
          failed to satisfy constraint: Member must not be null;
        Value null at 'tagsList.1.member.key'
          failed to satisfy constraint: Member must not be null
        "
    );
}

#[test]
fn patterns_hold_for_the_whole_string() {
    assert_snapshot!(
        refusal::<ListInsightsData>(
            r#"{"InsightSource": "arn aws", "DataType": "InsightsEvents",
                "Dimensions": {"EventId": ""}}"#
        ),
        @r"
        ValidationException
        2 validation errors detected:
        Value '{EventId=}' at 'dimensions'
          failed to satisfy constraint: Map value must satisfy constraint:
          [Member must have length less than or equal to 2000,
          Member must have length greater than or equal to 1];
        Value 'arn aws' at 'insightSource'
          failed to satisfy constraint: Member must satisfy regular expression pattern:
          ^[a-zA-Z0-9._/\-:]+$
        "
    );
    assert_snapshot!(
        refusal::<StartQuery>(r#"{"QueryParameters": ["ok", ""]}"#),
        @"
        ValidationException
        1 validation error detected:
        Value '[ok, ]' at 'queryParameters'
          failed to satisfy constraint: Member must satisfy constraint:
          [Member must have length less than or equal to 1024,
          Member must have length greater than or equal to 1,
          Member must satisfy regular expression pattern:
          .*]
        "
    );
}

#[test]
fn lengths_count_characters_not_bytes() {
    let body = |value: &str| {
        json!({"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": value}]})
            .to_string()
    };
    lookup(&body(&"\u{e9}".repeat(2000)));
    assert!(decode::<LookupEvents>(body(&"e".repeat(2001)).as_bytes()).is_err());
}

#[test]
fn an_answer_to_a_bad_request_stays_small() {
    let bad = json!({"AttributeKey": "EventName", "AttributeValue": "e".repeat(2001)});
    let body = json!({"LookupAttributes": vec![bad; 400]}).to_string();
    let rejection = decode::<LookupEvents>(body.as_bytes()).expect_err("all too long");
    let Rejection::Invalid(invalid) = &rejection else { panic!("{rejection}") };
    assert_eq!(invalid.violations().len(), 10);
    assert!(rejection.to_string().len() < 5000);
}

#[test]
fn bodies_that_are_no_request() {
    assert_snapshot!(
        refusal::<LookupEvents>("{"),
        @"
        SerializationException
        the request body is not JSON: EOF while parsing an object at line 1 column 1
        "
    );
    assert_snapshot!(
        refusal::<LookupEvents>("[]"),
        @"
        SerializationException
        the request body must be a JSON object
        "
    );
    assert_snapshot!(
        refusal::<LookupEvents>(r#"{"LookupAttributes": [["EventId", "x"]]}"#),
        @"
        SerializationException
        'lookupAttributes.1.member' must be a JSON object
        "
    );
    assert_snapshot!(
        refusal::<LookupEvents>(r#"{"MaxResults": "5"}"#),
        @r#"
        SerializationException
        a member has the wrong type: invalid type: string "5", expected i32
        "#
    );
    assert_snapshot!(
        refusal::<LookupEvents>(r#"{"MaxResults": 5000000000}"#),
        @"
        ValidationException
        1 validation error detected:
        Value '5000000000' at 'maxResults'
          failed to satisfy constraint: Member must have value less than or equal to 50
        "
    );
}

#[test]
fn answers_have_the_names_of_the_service() {
    let event = Event {
        event_id: Some("e-1".to_owned()),
        event_time: Some(EpochSeconds::from(Timestamp::from_seconds(1_714_554_000))),
        read_only: Some("true".to_owned()),
        resources: Some(Vec::new()),
        ..Event::default()
    };
    let response = LookupEventsResponse { events: Some(vec![event]), next_token: None };
    let text = serde_json::to_string(&response).expect("serialises");
    let event = r#"{"EventId":"e-1","EventTime":1714554000,"ReadOnly":"true","Resources":[]}"#;
    assert_eq!(text, format!(r#"{{"Events":[{event}]}}"#));
}

#[test]
fn fractions_and_blobs_on_the_wire() {
    let status = GetTrailStatusResponse {
        start_logging_time: Some(EpochSeconds(1_454_022_144.869)),
        ..GetTrailStatusResponse::default()
    };
    let text = serde_json::to_string(&status).expect("serialises");
    assert_eq!(text, r#"{"StartLoggingTime":1454022144.869}"#);
    let key = PublicKey { value: Some(Blob(b"\x00\xff!".to_vec())), ..PublicKey::default() };
    assert_eq!(serde_json::to_string(&key).expect("serialises"), r#"{"Value":"AP8h"}"#);
    let blob: Blob = serde_json::from_str(r#""AP8h""#).expect("base64");
    assert_eq!(blob, Blob(b"\x00\xff!".to_vec()));
    assert!(serde_json::from_str::<Blob>(r#""AP8""#).is_err());
}

#[test]
fn errors_have_codes_statuses_and_two_messages() {
    let refused = LookupEventsError::InvalidTimeRange(Message::from("start is after end"));
    assert_eq!(refused.code(), "InvalidTimeRangeException");
    assert_eq!((refused.status(), refused.message()), (400, "start is after end"));

    let unavailable = LookupEventsError::Unavailable(Message::from("starting, retry in a second"));
    assert_eq!((unavailable.code(), unavailable.status()), ("ServiceUnavailable", 503));
    assert_eq!(unavailable.message(), "starting, retry in a second");

    let internal = LookupEventsError::Internal(Message::from("segment 7 is damaged".to_owned()));
    assert_eq!((internal.code(), internal.status()), ("InternalFailure", 500));
    assert!(!internal.message().contains("segment"));
    assert_eq!(internal.to_string(), "InternalFailure: segment 7 is damaged");
}
