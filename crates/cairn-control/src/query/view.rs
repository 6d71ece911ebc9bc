//! A query, as clients see it.

use cairn_api::shapes::{
    DeliveryStatus as ShownDelivery, QueryStatistics, QueryStatisticsForDescribeQuery,
    QueryStatus as ShownStatus,
};
use cairn_core::AccountId;
use cairn_store::Query;
use cairn_store::query::{DeliveryStatus, QueryStatus, Statistics};

use crate::Services;

pub(super) fn status(status: QueryStatus) -> ShownStatus {
    ShownStatus::from(status.as_str().to_owned())
}

pub(super) fn delivery(status: DeliveryStatus) -> ShownDelivery {
    ShownDelivery::from(status.as_str().to_owned())
}

/// Shown where it is another account.
pub(super) fn owner(query: &Query) -> Option<String> {
    let foreign: Option<AccountId> = (query.owner != query.account).then_some(query.owner);
    foreign.map(|account| account.to_string())
}

/// What the query has done so far, be it still running.
pub(super) fn statistics(services: &Services, query: &Query) -> Statistics {
    if query.status.is_end() {
        return query.statistics;
    }
    match services.lake.progress(&query.id) {
        Some(progress) => Statistics {
            rows: 0,
            matched: progress.matched,
            scanned: progress.scanned,
            bytes: progress.bytes,
            millis: progress.millis,
        },
        None => query.statistics,
    }
}

pub(super) fn described(query: &Query, done: Statistics) -> QueryStatisticsForDescribeQuery {
    QueryStatisticsForDescribeQuery {
        bytes_scanned: Some(clamped(done.bytes)),
        creation_time: Some(query.created.into()),
        events_matched: Some(clamped(done.matched)),
        events_scanned: Some(clamped(done.scanned)),
        execution_time_in_millis: Some(i32::try_from(done.millis).unwrap_or(i32::MAX)),
    }
}

/// `count` rows are in this page.
pub(super) fn paged(done: Statistics, count: usize) -> QueryStatistics {
    QueryStatistics {
        bytes_scanned: Some(clamped(done.bytes)),
        results_count: Some(i32::try_from(count).unwrap_or(i32::MAX)),
        total_results_count: Some(i32::try_from(done.rows).unwrap_or(i32::MAX)),
    }
}

fn clamped(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
