//! A store from its row.

use cairn_core::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::{Billing, EventDataStore, Schema, Status, StoreSettings};
use crate::{StoreError, account};

pub(super) fn from_row(row: &SqliteRow) -> Result<EventDataStore, StoreError> {
    let time = |column| -> Result<Option<Timestamp>, StoreError> {
        let millis: Option<i64> = row.try_get(column)?;
        Ok(millis.map(Timestamp::from_millis))
    };
    let broken = |what: &str, text: &str| {
        StoreError::corrupt(format!("an event data store has the {what} {text:?}"))
    };
    let region: &str = row.try_get("home_region")?;
    let schema: &str = row.try_get("schema")?;
    let billing: &str = row.try_get("billing")?;
    let days: i64 = row.try_get("retention_days")?;
    let unmet: Option<&str> = row.try_get("unmet")?;
    let (ingesting, deleted): (bool, _) = (row.try_get("ingesting")?, time("deleted")?);
    Ok(EventDataStore {
        id: row.try_get("id")?,
        account: account::id_from(row.try_get("account")?)?,
        home_region: region.parse().map_err(|_| broken("Region", region))?,
        settings: StoreSettings {
            name: row.try_get("name")?,
            selectors: row.try_get("selectors")?,
            multi_region: row.try_get("multi_region")?,
            organization: row.try_get("organization")?,
            retention_days: u32::try_from(days)
                .map_err(|_| broken("retention", &days.to_string()))?,
            billing: Billing::from_name(billing).ok_or_else(|| broken("billing mode", billing))?,
            termination_protection: row.try_get("termination_protection")?,
            kms_key_arn: row.try_get("kms_key_arn")?,
        },
        schema: Schema::from_name(schema).ok_or_else(|| broken("schema", schema))?,
        ingesting,
        status: Status::of(ingesting, deleted.is_some(), unmet.unwrap_or_default()),
        federation_role: row.try_get("federation_role")?,
        insights: row.try_get("insights")?,
        insights_destination: row.try_get("insights_destination")?,
        event_configuration: row.try_get("event_configuration")?,
        created: Timestamp::from_millis(row.try_get("created")?),
        updated: Timestamp::from_millis(row.try_get("updated")?),
        deleted,
        dropped: time("dropped")?,
    })
}
