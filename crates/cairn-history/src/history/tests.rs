use bytes::Bytes;
use cairn_core::{ManualClock, SeededEntropy, Timestamp};
use cairn_event::Event;
use cairn_journal::{Draft, FileDisk, Parts};

use super::*;
use crate::{Attribute, Query};

const NOW: i64 = 1_760_000_000;

/// An index that lists a record where it does not belong, as a collision of keys would.
struct Misled {
    _dir: tempfile::TempDir,
    history: History,
    event: Event,
}

fn account(number: u64) -> AccountId {
    AccountId::new(number).unwrap()
}

impl Misled {
    /// The record of `owner` that lies in the journal.
    fn new(owner: AccountId) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let disk = |name: &str| Arc::new(FileDisk::open(&dir.path().join(name)).unwrap());
        let clock = Arc::new(ManualClock::new(Timestamp::from_seconds(NOW)));
        let parts = Parts { clock: clock.clone(), entropy: Arc::new(SeededEntropy::new(1)) };
        let settings = cairn_journal::Settings { reserve_bytes: 0, ..Default::default() };
        let (journal, mut writer, _) = Journal::open(disk("journal"), parts, settings).unwrap();
        let history =
            History::open(disk("history"), journal.clone(), clock, Settings::default()).unwrap();
        let event = event("us-east-1", "Alice", NOW - 60);
        let mut ticket = journal.submit(vec![Draft::event(owner, event.clone())]).unwrap();
        while ticket.try_take().is_none() {
            writer.step().unwrap();
        }
        Self { _dir: dir, history, event }
    }

    /// Lists the record as if it were `account`'s and had these values.
    fn list(&self, account: AccountId, as_if: &Event) {
        self.history.shared.view().live.write().add(Seq(1), account, Some(as_if), 0);
    }

    fn found(&self, account: AccountId, user: &str) -> usize {
        let attributes = vec![(Attribute::Username, user.to_owned())];
        let query = Query { attributes, ..Query::default() };
        let region = "us-east-1".parse().unwrap();
        self.history.scope(account, Some(&region)).lookup(&query).unwrap().records.len()
    }
}

fn event(region: &str, user: &str, time: i64) -> Event {
    let time = Timestamp::from_seconds(time);
    let text = format!(
        r#"{{"eventVersion":"1.11","userIdentity":{{"type":"IAMUser","userName":"{user}"}},
        "eventTime":"{time}","eventSource":"s3.amazonaws.com","eventName":"ListBuckets",
        "awsRegion":"{region}","eventID":"one","eventCategory":"Management"}}"#
    );
    Event::parse(Bytes::from(text)).unwrap()
}

#[test]
fn a_colliding_key_shows_nothing_of_another_account() {
    let misled = Misled::new(account(2));
    misled.list(account(1), &misled.event);
    assert_eq!(misled.found(account(1), "Alice"), 0);
    misled.list(account(2), &misled.event);
    assert_eq!(misled.found(account(2), "Alice"), 1);
}

#[test]
fn a_colliding_key_shows_nothing_that_was_not_asked_for() {
    for wrong in [
        event("us-east-1", "Bob", NOW - 60),
        event("eu-west-1", "Alice", NOW - 60),
        event("us-east-1", "Alice", NOW - 61),
    ] {
        let misled = Misled::new(account(1));
        misled.list(account(1), &wrong);
        let truth = usize::from(wrong.time() != misled.event.time());
        assert_eq!(misled.found(account(1), "Bob"), 0);
        assert_eq!(misled.found(account(1), "Alice"), truth);
    }
}
