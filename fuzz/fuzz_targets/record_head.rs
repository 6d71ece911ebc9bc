//! Any bytes as a record: parsing never panics, accepts only what another reader accepts, and every
//! accessor of an accepted record works.

#![no_main]

use bytes::Bytes;
use cairn_core::limits;
use cairn_event::{Event, Json, Reason};
use libfuzzer_sys::fuzz_target;
use serde_json::value::RawValue;

fuzz_target!(|data: &[u8]| {
    let other = serde_json::from_slice::<&RawValue>(data).is_ok();
    let most = data.len().max(limits::LARGE_RECORD_BYTES);
    match Event::parse_within(Bytes::copy_from_slice(data), most) {
        Ok(event) => {
            assert!(other);
            assert_eq!(event.raw(), data);
            read(&event);
        }
        Err(flaw) => assert!(flaw.at <= data.len()),
    }
    match Json::parse(data) {
        Ok(json) => {
            assert!(other);
            let written = serde_json::to_vec(&json).expect("a tree can be written");
            assert_eq!(Json::parse(&written).as_ref(), Ok(&json));
        }
        // The only bound that the other reader does not have.
        Err(flaw) => assert!(!other || flaw.reason == Reason::TooDeep, "{flaw:?}"),
    }
});

fn read(event: &Event) {
    assert!((1..=128).contains(&event.id().len()));
    assert!(!event.name().is_empty() && !event.source().is_empty() && !event.region().is_empty());
    event.username();
    event.access_key_id();
    event.recipient_account();
    event.user_account();
    event.issuer_arn();
    event.error_message();
    for resource in event.resources() {
        assert!(!resource.name.is_empty());
    }
    let (raw, most) = (event.raw().clone(), event.raw().len());
    let again = Event::parse_within(raw, most).expect("an accepted record is accepted again");
    assert_eq!(again.username(), event.username());
}
