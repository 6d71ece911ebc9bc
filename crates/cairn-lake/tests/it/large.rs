//! Records of a mebibyte: whole in memory, in files, and in files that are made of those.

use std::collections::BTreeSet;

use bytes::Bytes;
use cairn_core::{Timestamp, limits};
use cairn_event::Event;
use cairn_journal::Draft;
use cairn_store::EventDataStore;

use crate::kit::{DAY, House, NOW, OWNER, owner, small};

const CHANNEL: &str = "11111111-2222-4333-8444-555555555555";

/// An event from outside of so many bytes, whose long member is in one of the places where rows
/// keep it in another way.
fn outside(id: &str, number: usize, bytes: usize) -> Event {
    let time = Timestamp::from_seconds(NOW - DAY + (number % 50) as i64);
    let place = match number % 4 {
        0 => r#""requestParameters":{"a":"1","text":"LONG"}"#,
        1 => r#""additionalEventData":{"deep":{"list":[1,"LONG",{}]}}"#,
        2 => r#""somethingElse":"LONG""#,
        _ => r#""responseElements": { "spaced" : "LONG" }"#,
    };
    let arn = format!("arn:aws:cloudtrail:us-east-1:{OWNER}:channel/{CHANNEL}");
    let name = ["Open", "Close", "Lock"][number % 3];
    let frame = [
        r#"{"eventVersion":"1.0","eventCategory":"ActivityAuditLog","eventType":"ActivityLog","#
            .to_owned(),
        format!(r#""eventID":"{id}","eventTime":"{time}","awsRegion":"us-east-1","#),
        format!(r#""recipientAccountId":"{OWNER}","#),
        format!(r#""metadata":{{"ingestionTime":"{time}","channelARN":"{arn}"}},"#),
        r#""eventData":{"version":"1","userIdentity":{"type":"User","principalId":"eve"},"#
            .to_owned(),
        format!(r#""eventSource":"doors","eventName":"{name}","eventTime":"{time}","#),
        format!(r#""UID":"{number}",{place}}}}}"#),
    ]
    .concat();
    let letter = |at: usize| char::from(b'a' + (at.wrapping_mul(2_654_435_761) >> 24) as u8 % 26);
    let room = bytes.saturating_sub(frame.len() - "LONG".len());
    let long: String = (number..number + room).map(letter).collect();
    Event::parse_within(Bytes::from(frame.replace("LONG", &long)), bytes.max(1024)).unwrap()
}

async fn texts(house: &mut House, store: &EventDataStore) -> BTreeSet<String> {
    let rows = house.rows(store, "SELECT eventJson FROM $EDS").await;
    rows.into_iter().filter_map(|mut row| row.remove(0).1).collect()
}

async fn check(house: &mut House, store: &EventDataStore, put: &BTreeSet<String>) {
    assert!(texts(house, store).await == *put, "texts differ");
    let bytes: usize = put.iter().map(String::len).sum();
    let statement =
        "SELECT count(*), sum(length(eventJson)) FROM $EDS WHERE eventData.version = '1'";
    let row = house.rows(store, statement).await.remove(0);
    let numbers: Vec<_> = row.into_iter().filter_map(|(_, text)| text).collect();
    assert_eq!(numbers, [put.len().to_string(), bytes.to_string()]);
    let statement = "SELECT sum(length(concat(eventJson, upper(eventJson)))) FROM $EDS";
    let sum = house.rows(store, statement).await.remove(0).remove(0).1;
    assert_eq!(sum, Some((2 * bytes).to_string()));
    let statement = "SELECT eventJson FROM $EDS WHERE eventData.eventName = 'Lock' \
                     ORDER BY eventTime DESC LIMIT 3";
    for row in house.rows(store, statement).await {
        assert!(put.contains(row[0].1.as_deref().unwrap()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn large_records_are_whole_wherever_they_are() {
    let mut house = House::with(small()).await;
    let store = house.create_outside(vec![CHANNEL.to_owned()]).await;
    let mut put = BTreeSet::new();
    for round in 0..3 {
        let mut drafts = Vec::new();
        for number in round * 60..(round + 1) * 60 {
            let bytes = if number % 60 < 12 { limits::LARGE_RECORD_BYTES - number } else { 0 };
            let event = outside(&house.id(), number, bytes);
            put.insert(String::from_utf8(event.raw().to_vec()).unwrap());
            drafts.push(Draft::event(owner(), event));
        }
        house.append(drafts);
        if round == 0 {
            house.settle().await;
            check(&mut house, &store, &put).await;
        }
        house.flush().await;
    }
    assert_eq!(house.data_files().len(), 3);
    check(&mut house, &store, &put).await;
    house.restart().await;
    house.settle().await;
    let before: BTreeSet<_> = house.data_files().into_iter().collect();
    house.tend().await.unwrap();
    assert_eq!(house.data_files().iter().filter(|file| !before.contains(*file)).count(), 1);
    check(&mut house, &store, &put).await;
}
