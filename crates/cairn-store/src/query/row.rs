//! How a query lies in its row.

use cairn_core::Timestamp;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{DeliveryStatus, Query, QueryStatus, Statistics};
use crate::{StoreError, account};

impl QueryStatus {
    /// As CloudTrail spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "QUEUED",
            Self::Running => "RUNNING",
            Self::Finished => "FINISHED",
            Self::Failed => "FAILED",
            Self::Cancelled => "CANCELLED",
            Self::TimedOut => "TIMED_OUT",
        }
    }

    /// From CloudTrail's spelling.
    pub fn parse(text: &str) -> Option<Self> {
        let all = [
            Self::Queued,
            Self::Running,
            Self::Finished,
            Self::Failed,
            Self::Cancelled,
            Self::TimedOut,
        ];
        all.into_iter().find(|status| status.as_str() == text)
    }
}

impl DeliveryStatus {
    /// As CloudTrail spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Success => "SUCCESS",
            Self::Failed => "FAILED",
            Self::FailedSigningFile => "FAILED_SIGNING_FILE",
            Self::ResourceNotFound => "RESOURCE_NOT_FOUND",
            Self::AccessDenied => "ACCESS_DENIED",
            Self::AccessDeniedSigningFile => "ACCESS_DENIED_SIGNING_FILE",
            Self::Cancelled => "CANCELLED",
            Self::Unknown => "UNKNOWN",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let all = [
            Self::Pending,
            Self::Success,
            Self::Failed,
            Self::FailedSigningFile,
            Self::ResourceNotFound,
            Self::AccessDenied,
            Self::AccessDeniedSigningFile,
            Self::Cancelled,
            Self::Unknown,
        ];
        all.into_iter().find(|status| status.as_str() == text)
    }
}

/// A list as a column holds it.
pub(super) fn encoded(list: &[String]) -> String {
    serde_json::Value::from(list.to_vec()).to_string()
}

pub(super) fn from_rows(rows: &[SqliteRow]) -> Result<Vec<Query>, StoreError> {
    rows.iter().map(from_row).collect()
}

pub(super) fn from_row(row: &SqliteRow) -> Result<Query, StoreError> {
    let broken = |what: &str| StoreError::corrupt(format!("a query has a broken {what}"));
    let list = |column: &str| -> Result<Vec<String>, StoreError> {
        serde_json::from_str(row.try_get(column)?).map_err(|_| broken(column))
    };
    let number = |column: &str| -> Result<u64, StoreError> {
        let number: i64 = row.try_get(column)?;
        u64::try_from(number).map_err(|_| broken(column))
    };
    let time = |column: &str| -> Result<Option<Timestamp>, StoreError> {
        let millis: Option<i64> = row.try_get(column)?;
        Ok(millis.map(Timestamp::from_millis))
    };
    let region: &str = row.try_get("region")?;
    let delivery: Option<&str> = row.try_get("delivery")?;
    let delivery = delivery.map(|text| DeliveryStatus::parse(text).ok_or(broken("delivery")));
    Ok(Query {
        id: row.try_get("id")?,
        account: account::id_from(row.try_get("account")?)?,
        region: region.parse().map_err(|_| broken("Region"))?,
        owner: account::id_from(row.try_get("owner")?)?,
        stores: list("stores")?,
        statement: row.try_get("statement")?,
        alias: row.try_get("alias")?,
        refresh: row.try_get("refresh")?,
        prompt: row.try_get("prompt")?,
        status: QueryStatus::parse(row.try_get("status")?).ok_or(broken("status"))?,
        error: row.try_get("error")?,
        delivery_uri: row.try_get("delivery_uri")?,
        delivery: delivery.transpose()?,
        labels: list("labels")?,
        statistics: Statistics {
            rows: number("rows")?,
            matched: number("matched")?,
            scanned: number("scanned")?,
            bytes: number("bytes")?,
            millis: number("millis")?,
        },
        created: Timestamp::from_millis(row.try_get("created")?),
        started: time("started")?,
        finished: time("finished")?,
        resumed: number("resumed")?,
    })
}
