//! Records that are looked for as soon as they are acknowledged.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use cairn_core::{Clock, SystemClock};

/// Their operation, which no other record has.
pub(crate) const EVENT_NAME: &str = "MarkVisible";
/// Ids in one statement, which may have 10,000 characters.
const ASKED: usize = 200;

/// Markers that were acknowledged, and how long each took to be seen.
#[derive(Debug, Default)]
pub(crate) struct Markers {
    waiting: Mutex<Vec<(String, Duration)>>,
}

impl Markers {
    pub(crate) fn acknowledged(&self, id: String, at: Duration) {
        self.lock().push((id, at));
    }

    /// A statement that finds those that wait; nothing if none does.
    pub(crate) fn question(&self, store: &str) -> Option<String> {
        let waiting = self.lock();
        let ids: Vec<_> = waiting.iter().take(ASKED).map(|(id, _)| format!("'{id}'")).collect();
        (!ids.is_empty()).then(|| {
            format!(
                "SELECT eventID FROM {store} WHERE eventName = '{EVENT_NAME}' AND eventID IN ({})",
                ids.join(", ")
            )
        })
    }

    /// Takes out those that were seen; gives the time that each had been waiting.
    pub(crate) fn seen(&self, ids: &[String], now: Duration) -> Vec<Duration> {
        let mut times = Vec::new();
        self.lock().retain(|(id, at)| {
            let found = ids.contains(id);
            if found {
                times.push(now.saturating_sub(*at));
            }
            !found
        });
        times
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<(String, Duration)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A record with this id, of now.
pub(crate) fn record(id: &str, clock: &SystemClock) -> String {
    format!(
        "{{\"eventVersion\":\"1.11\",\"userIdentity\":{{\"type\":\"AWSAccount\",\"accountId\":\
         \"111122223333\"}},\"eventTime\":\"{}\",\"eventSource\":\"bench.amazonaws.com\",\
         \"eventName\":\"{EVENT_NAME}\",\"awsRegion\":\"us-east-1\",\"sourceIPAddress\":\
         \"192.0.2.1\",\"userAgent\":\"bench\",\"requestParameters\":null,\"responseElements\":\
         null,\"eventID\":\"{id}\",\"readOnly\":false,\"eventType\":\"AwsApiCall\",\
         \"managementEvent\":true,\"recipientAccountId\":\"111122223333\",\"eventCategory\":\
         \"Management\"}}",
        cairn_core::Timestamp::from_seconds(clock.now().seconds())
    )
}
