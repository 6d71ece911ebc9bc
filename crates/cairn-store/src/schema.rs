//! The schema, and how an older file becomes a newer one. Only forward.

use sqlx::{Connection, SqliteConnection};

use crate::StoreError;

/// In order; each ends by setting `user_version` to its own number. Never edited once released.
const MIGRATIONS: [&str; 14] = [
    include_str!("../migrations/0001_identities.sql"),
    include_str!("../migrations/0002_lessons.sql"),
    include_str!("../migrations/0003_trails.sql"),
    include_str!("../migrations/0004_keys.sql"),
    include_str!("../migrations/0005_messages.sql"),
    include_str!("../migrations/0006_delivery.sql"),
    include_str!("../migrations/0007_event_data_stores.sql"),
    include_str!("../migrations/0008_channels.sql"),
    include_str!("../migrations/0009_queries.sql"),
    include_str!("../migrations/0010_imports.sql"),
    include_str!("../migrations/0011_tables.sql"),
    include_str!("../migrations/0012_resource_tags.sql"),
    include_str!("../migrations/0013_query_resumed.sql"),
    include_str!("../migrations/0014_import_verdicts.sql"),
];

const KNOWN: i64 = MIGRATIONS.len() as i64;

/// Brings the file up to the schema that this version knows, one transaction for each step.
pub(crate) async fn migrate(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let found = version(connection).await?;
    if found > KNOWN {
        return Err(StoreError::Newer { found, known: KNOWN });
    }
    if found < 0 {
        return Err(StoreError::corrupt(format!("it has schema {found}")));
    }
    for migration in &MIGRATIONS[found as usize..] {
        let mut step = connection.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::raw_sql(*migration).execute(&mut *step).await?;
        step.commit().await?;
    }
    Ok(())
}

async fn version(connection: &mut SqliteConnection) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar("PRAGMA user_version").fetch_one(connection).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_step_sets_its_own_number_and_the_last_is_the_known_one() {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        for (index, migration) in MIGRATIONS.iter().enumerate() {
            sqlx::raw_sql(*migration).execute(&mut connection).await.unwrap();
            assert_eq!(version(&mut connection).await.unwrap(), index as i64 + 1);
        }
        migrate(&mut connection).await.unwrap();
        assert_eq!(version(&mut connection).await.unwrap(), KNOWN);
    }

    #[tokio::test]
    async fn a_newer_schema_is_refused() {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        sqlx::raw_sql("PRAGMA user_version = 99").execute(&mut connection).await.unwrap();
        let error = migrate(&mut connection).await.unwrap_err();
        assert!(matches!(error, StoreError::Newer { found: 99, known: KNOWN }));
    }
}
