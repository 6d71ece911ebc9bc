//! Putting events from outside.

use bytes::Bytes;
use cairn_control::{AuditEvents, Sender};
use cairn_event::{Category, Event};
use cairn_ports::Actor;
use http::{Method, Request, Response};
use serde_json::{Value, json};

use crate::kit::{HOME, House, OTHER, OWN, id};

/// SHA-256 of nothing, in base64.
const OF_NOTHING: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

const KIB: usize = 1024;

struct Door {
    events: AuditEvents,
    channel: String,
    store: String,
}

impl Door {
    async fn open(house: &House) -> Self {
        let store = house.event_data_store("outside", Some("ActivityAuditLog")).await;
        let input = json!({ "Name": "main", "Source": "Custom", "Destinations": to(&[&store]) });
        let made = house.call("CreateChannel", input).await.unwrap();
        let channel = made["ChannelArn"].as_str().unwrap().to_owned();
        let services = &house.services;
        let (state, journal) = (services.store.clone(), services.journal.clone());
        let events = AuditEvents::new(state, journal, services.clock.clone());
        Self { events, channel, store }
    }

    async fn put(&self, events: &[Value]) -> Value {
        let (status, body) = self.put_as(OWN, true, "", events).await;
        assert_eq!(status, 200, "{body}");
        body
    }

    /// The code of the error.
    async fn refused(&self, account: &str, admin: bool, more: &str, events: &[Value]) -> String {
        let response = self.send(account, admin, &self.query(more), events).await;
        assert_eq!(response.status(), 400);
        response.headers()["x-amzn-errortype"].to_str().unwrap().to_owned()
    }

    async fn put_as(
        &self,
        account: &str,
        admin: bool,
        more: &str,
        events: &[Value],
    ) -> (u16, Value) {
        let response = self.send(account, admin, &self.query(more), events).await;
        (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap())
    }

    fn query(&self, more: &str) -> String {
        format!("channelArn={}{more}", self.channel)
    }

    async fn send(
        &self,
        account: &str,
        admin: bool,
        query: &str,
        events: &[Value],
    ) -> Response<Bytes> {
        let arn = format!("arn:aws:iam::{account}:user/chief");
        let actor = Actor::Principal { account: id(account), arn, admin };
        let sender = Sender {
            actor: &actor,
            region: HOME,
            request_id: "r-1",
            address: "192.0.2.7".parse().unwrap(),
            secure: true,
        };
        let body = json!({ "auditEvents": events }).to_string();
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("/PutAuditEvents?{query}"))
            .body(Bytes::from(body))
            .unwrap();
        self.events.answer(sender, &request).await
    }
}

fn to(stores: &[&str]) -> Value {
    let to = |store: &&str| json!({ "Type": "EVENT_DATA_STORE", "Location": store });
    stores.iter().map(to).collect()
}

async fn resize(house: &House, store: &str, size: &str) {
    let input = json!({ "EventDataStore": store, "MaxEventSize": size });
    let put = house.call("PutEventConfiguration", input).await.unwrap();
    assert_eq!(put["MaxEventSize"], size);
}

fn long(bytes: usize) -> Value {
    json!({ "text": "x".repeat(bytes) })
}

fn data() -> Value {
    json!({
        "version": "1", "userIdentity": { "type": "User", "principalId": "eve" },
        "eventSource": "doors.example.com", "eventName": "OpenDoor",
        "eventTime": "2023-11-14T22:00:00Z", "UID": "u-1", "recipientAccountId": OWN,
    })
}

fn audit(id: &str, data: &Value) -> Value {
    json!({ "id": id, "eventData": data.to_string() })
}

fn with(member: &str, value: Value) -> Value {
    let mut changed = data();
    changed[member] = value;
    changed
}

#[tokio::test]
async fn an_event_is_stored_as_a_record_of_its_own_category() {
    let house = House::open().await;
    let door = Door::open(&house).await;
    let answer = door.put(&[audit("a-1", &data())]).await;
    let event_id = answer["successful"][0]["eventID"].as_str().unwrap();
    let expected = json!({ "successful": [{ "id": "a-1", "eventID": event_id }], "failed": [] });
    assert_eq!(answer, expected);
    let text = house.records().pop().unwrap();
    let expected = json!({
        "eventVersion": "1.0", "eventCategory": "ActivityAuditLog", "eventType": "ActivityLog",
        "eventID": event_id, "eventTime": "2023-11-14T22:00:00Z", "awsRegion": HOME,
        "recipientAccountId": OWN,
        "metadata": { "ingestionTime": "2023-11-14T22:13:20Z", "channelARN": door.channel },
        "eventData": data(),
    });
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), expected);
    let event = Event::parse(Bytes::from(text)).unwrap();
    assert_eq!(event.category(), Category::ActivityAuditLog);
    assert_eq!(&*event.name(), "OpenDoor");
    let got = house.call("GetChannel", json!({ "Channel": door.channel })).await.unwrap();
    let status = json!({
        "LatestIngestionAttemptEventID": event_id, "LatestIngestionSuccessEventID": event_id,
        "LatestIngestionAttemptTime": 1_700_000_000, "LatestIngestionSuccessTime": 1_700_000_000,
    });
    assert_eq!(got["IngestionStatus"], status);
}

#[tokio::test]
async fn an_event_that_is_put_twice_is_stored_once() {
    let house = House::open().await;
    let door = Door::open(&house).await;
    let first = door.put(&[audit("a-1", &data())]).await;
    let records = house.records().len();
    house.clock.advance(std::time::Duration::from_secs(90));
    let second = door.put(&[audit("a-1", &data()), audit("a-2", &data())]).await;
    assert_eq!(second["successful"][0], first["successful"][0]);
    assert_ne!(second["successful"][1]["eventID"], first["successful"][0]["eventID"]);
    assert_eq!(house.records().len(), records + 1);
    let twice = [audit("a-3", &data()), audit("a-3", &data())];
    assert_eq!(door.refused(OWN, true, "", &twice).await, "DuplicatedAuditEventId");
    assert_eq!(house.records().len(), records + 1);
}

#[tokio::test]
async fn each_event_is_refused_for_itself() {
    let house = House::open().await;
    let door = Door::open(&house).await;
    let bare = |member: &str| {
        let mut changed = data();
        changed.as_object_mut().unwrap().remove(member);
        changed
    };
    let big = "x".repeat(100 * 1024);
    let cases = [
        (bare("version"), "FieldNotFound"),
        (bare("userIdentity"), "FieldNotFound"),
        (bare("UID"), "FieldNotFound"),
        (bare("recipientAccountId"), "FieldNotFound"),
        (with("userIdentity", json!({ "type": "User" })), "FieldNotFound"),
        (with("userIdentity", json!("eve")), "InvalidData"),
        (
            with("userIdentity", json!({ "type": "t".repeat(129), "principalId": "p" })),
            "FieldTooLong",
        ),
        (with("version", json!("v".repeat(257))), "FieldTooLong"),
        (with("eventName", json!(7)), "InvalidData"),
        (with("eventTime", json!("yesterday")), "InvalidData"),
        (with("eventTime", json!("2026-11-20T10:00:00.123Z")), "InvalidData"),
        (with("recipientAccountId", json!("arn:aws:iam::111122223333:root")), "InvalidRecipient"),
        (with("eventTime", json!("2023-02-30T00:00:00Z")), "InvalidData"),
        (with("eventSource", json!("my doors")), "InvalidEventSource"),
        (with("sourceIPAddress", json!("home")), "InvalidData"),
        (with("recipientAccountId", json!(OTHER)), "InvalidRecipient"),
        (with("requestParameters", json!("door 7")), "InvalidData"),
        (with("requestParameters", json!({ "door": big })), "FieldTooLong"),
        (with("additionalEventData", json!({ "a": "x".repeat(28 * 1024) })), "FieldTooLong"),
        (with("errorMessage", json!("e".repeat(257))), "FieldTooLong"),
    ];
    let records = house.records().len();
    for (data, code) in cases {
        let answer = door.put(&[audit("bad", &data)]).await;
        assert_eq!(answer["failed"][0]["errorCode"], code, "{answer}");
        assert_eq!(answer["successful"], json!([]));
    }
    let list = json!({ "id": "bad", "eventData": "[]" });
    let sum = json!({ "id": "sum", "eventData": data().to_string(),
                      "eventDataChecksum": OF_NOTHING });
    let answer = door.put(&[list, audit("good", &data()), sum]).await;
    assert_eq!(answer["failed"][0]["errorCode"], "InvalidData");
    assert_eq!(answer["failed"][1]["errorCode"], "InvalidChecksum");
    assert_eq!(answer["successful"][0]["id"], "good");
    assert_eq!(house.records().len(), records + 1);
    let got = house.call("GetChannel", json!({ "Channel": door.channel })).await.unwrap();
    assert_eq!(got["IngestionStatus"]["LatestIngestionErrorCode"], "InvalidChecksum");
    let short = with("eventTime", json!("2023-11-14T22:00:00"));
    assert_eq!(door.put(&[audit("short", &short)]).await["failed"], json!([]));
}

#[tokio::test]
async fn a_channel_is_for_its_owner_and_for_whom_its_policy_names() {
    let house = House::open().await;
    let door = Door::open(&house).await;
    let events = [audit("a-1", &data())];
    let insufficient = "ChannelInsufficientPermission";
    assert_eq!(door.refused(OTHER, true, "", &events).await, insufficient);
    assert_eq!(door.refused(OWN, false, "", &events).await, insufficient);
    let allow = |effect: &str, account: &str, condition: Value| {
        json!({ "Effect": effect, "Principal": { "AWS": account }, "Resource": door.channel,
                "Action": "cloudtrail-data:PutAuditEvents", "Condition": condition })
    };
    let put = async |statement: Value| {
        let policy = json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string();
        let input = json!({ "ResourceArn": door.channel, "ResourcePolicy": policy });
        house.call("PutResourcePolicy", input).await.unwrap();
    };
    let with_id = json!({ "StringEquals": { "cloudtrail:ExternalId": "secret-1" } });
    put(allow("Allow", OTHER, with_id)).await;
    assert_eq!(door.refused(OTHER, true, "", &events).await, insufficient);
    assert_eq!(door.refused(OTHER, true, "&externalId=other", &events).await, insufficient);
    let id = "&externalId=secret-1";
    assert_eq!(door.refused(OTHER, false, id, &events).await, insufficient);
    assert_eq!(door.put_as(OTHER, true, id, &events).await.0, 200);
    assert_eq!(door.put_as(OWN, true, "", &events).await.0, 200);
    put(allow("Deny", OWN, json!({}))).await;
    assert_eq!(door.refused(OWN, true, "", &events).await, insufficient);
}

#[tokio::test]
async fn what_is_no_call_for_a_channel_is_refused() {
    let house = House::open().await;
    let door = Door::open(&house).await;
    let events = [audit("a-1", &data())];
    let code = async |query: &str, events: &[Value]| {
        let response = door.send(OWN, true, query, events).await;
        response.headers()["x-amzn-errortype"].to_str().unwrap().to_owned()
    };
    let absent = format!("channelArn={}0000", &door.channel[..door.channel.len() - 4]);
    assert_eq!(code(&absent, &events).await, "ChannelNotFound");
    assert_eq!(code("channelArn=main", &events).await, "InvalidChannelARN");
    assert_eq!(code("", &events).await, "ValidationException");
    let query = door.query("");
    assert_eq!(code(&query, &[]).await, "ValidationException");
    let many: Vec<Value> = (0..101).map(|at| audit(&format!("a-{at}"), &data())).collect();
    assert_eq!(code(&query, &many).await, "ValidationException");
    assert_eq!(code(&query, &[audit("a b", &data())]).await, "ValidationException");
    assert_eq!(code(&query, &[json!({ "id": "a" })]).await, "SerializationException");
    assert_eq!(code(&door.query("&externalId=x"), &events).await, "ValidationException");
    assert_eq!(door.put(&many[..100]).await["successful"].as_array().unwrap().len(), 100);
}

#[tokio::test]
async fn an_event_is_as_large_as_every_destination_takes() {
    let house = House::open().await;
    let door = Door::open(&house).await;
    let large = with("requestParameters", long(900 * KIB));
    let refused = async |id: &str| {
        let records = house.records().len();
        let answer = door.put(&[audit(id, &large), audit(&format!("{id}-small"), &data())]).await;
        assert_eq!(answer["failed"][0]["errorCode"], "FieldTooLong", "{answer}");
        let text = answer["failed"][0]["errorMessage"].as_str().unwrap();
        assert!(text.contains("may have 102400") && text.contains("MaxEventSize"), "{text}");
        assert_eq!(answer["successful"][0]["id"], format!("{id}-small"));
        assert_eq!(house.records().len(), records + 1);
    };
    let taken = async |id: &str| {
        let answer = door.put(&[audit(id, &large)]).await;
        assert_eq!(answer["failed"], json!([]));
        let event_id = answer["successful"][0]["eventID"].clone();
        let text = house.records().pop().unwrap();
        assert!(text.contains(&large.to_string()));
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap()["eventID"], event_id);
    };
    refused("at-first").await;
    resize(&house, &door.store, "Large").await;
    taken("large").await;
    let other = house.event_data_store("other", Some("ActivityAuditLog")).await;
    let both = json!({ "Channel": door.channel, "Destinations": to(&[&door.store, &other]) });
    house.call("UpdateChannel", both).await.unwrap();
    refused("one-of-two").await;
    resize(&house, &other, "Large").await;
    taken("both").await;
    resize(&house, &door.store, "Standard").await;
    refused("no-more").await;
}

#[tokio::test]
async fn what_makes_an_event_too_large_is_told_with_what_to_do() {
    let house = House::open().await;
    let door = Door::open(&house).await;
    let mut whole = with("requestParameters", long(99 * KIB));
    whole["responseElements"] = long(99 * KIB);
    whole["userIdentity"]["details"] = long(99 * KIB);
    let cases = [
        (with("requestParameters", long(120 * KIB)), "requestParameters has 122891 bytes"),
        (with("responseElements", long(120 * KIB)), "responseElements has 122891 bytes"),
        (with("additionalEventData", long(28 * KIB)), "additionalEventData has 28683 bytes"),
        (whole, "the event has "),
    ];
    for (data, start) in &cases {
        let answer = door.put(&[audit("standard", data)]).await;
        let failed = &answer["failed"][0];
        assert_eq!(failed["errorCode"], "FieldTooLong");
        let text = failed["errorMessage"].as_str().unwrap();
        assert!(text.starts_with(start) && text.contains("feeds to Large"), "{text}");
        assert!(text.len() <= 1000);
    }
    resize(&house, &door.store, "Large").await;
    for (at, (data, _)) in cases.iter().enumerate() {
        let answer = door.put(&[audit(&format!("large-{at}"), data)]).await;
        assert_eq!(answer["failed"], json!([]));
    }
    // Texts are bounded whatever the event may be.
    let text = with("errorMessage", json!("e".repeat(257)));
    let answer = door.put(&[audit("text", &text)]).await;
    assert_eq!(answer["failed"][0]["errorCode"], "FieldTooLong");
}

#[tokio::test]
async fn the_members_of_its_record_count_as_the_events_bytes() {
    let house = House::open().await;
    let door = Door::open(&house).await;
    let of_body = |bytes: usize| {
        let empty = json!({ "auditEvents": [audit("edge", &with("requestParameters", long(0)))] });
        let room = bytes - empty.to_string().len();
        audit("edge", &with("requestParameters", long(room)))
    };
    resize(&house, &door.store, "Large").await;
    // The call has no byte too many, its record has.
    let answer = door.put(&[of_body(KIB * KIB)]).await;
    assert_eq!(answer["failed"][0]["errorCode"], "FieldTooLong", "{answer}");
    let text = answer["failed"][0]["errorMessage"].as_str().unwrap();
    assert!(text.ends_with("and may have 1048576: shorten it"), "{text}");
    let has: usize = text.split(' ').find_map(|word| word.parse().ok()).unwrap();
    let fits = KIB * KIB - (has - KIB * KIB);
    assert_eq!(door.put(&[of_body(fits + 1)]).await["failed"].as_array().unwrap().len(), 1);
    assert_eq!(door.put(&[of_body(fits)]).await["failed"], json!([]));
    assert_eq!(house.records().pop().unwrap().len(), KIB * KIB);
}
