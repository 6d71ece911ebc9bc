use std::collections::BTreeMap;

use cairn_core::{AccountId, Timestamp};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::{Change, Index};
use crate::StoreError;

/// The settings of a bucket by their names, in the form that their owner gave them.
pub type Settings = BTreeMap<String, String>;

/// A bucket. Names are unique over all accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    pub id: i64,
    pub name: String,
    pub owner: AccountId,
    pub region: String,
    pub created: Timestamp,
    pub settings: Settings,
}

const COLUMNS: &str = "SELECT id, name, owner, region, created, settings FROM bucket";

impl Index {
    pub async fn bucket(&self, name: &str) -> Result<Option<Bucket>, StoreError> {
        find(&mut *self.reader().await?, name).await
    }

    /// The buckets of an account from `after` on, exclusive, in the order of their names.
    pub async fn buckets(
        &self,
        owner: AccountId,
        prefix: &str,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Bucket>, StoreError> {
        let query = "SELECT id, name, owner, region, created, settings FROM bucket \
                     WHERE owner = ?1 AND name > ?2 AND substr(name, 1, length(?3)) = ?3 \
                     ORDER BY name LIMIT ?4";
        let rows = sqlx::query(query)
            .bind(owner.as_u64() as i64)
            .bind(after)
            .bind(prefix)
            .bind(limit)
            .fetch_all(&mut *self.reader().await?)
            .await?;
        rows.iter().map(read).collect()
    }

    /// Every bucket, for work that goes over all of them.
    pub async fn all_buckets(&self) -> Result<Vec<Bucket>, StoreError> {
        let query = sqlx::query(sqlx::AssertSqlSafe(format!("{COLUMNS} ORDER BY id")));
        let rows = query.fetch_all(&mut *self.reader().await?).await?;
        rows.iter().map(read).collect()
    }
}

impl Change {
    pub async fn bucket(&mut self, name: &str) -> Result<Option<Bucket>, StoreError> {
        find(self.connection(), name).await
    }

    /// `false` where the name is taken.
    pub async fn create_bucket(
        &mut self,
        name: &str,
        owner: AccountId,
        region: &str,
        created: Timestamp,
        settings: &Settings,
    ) -> Result<bool, StoreError> {
        let insert = "INSERT INTO bucket (name, owner, region, created, settings) \
                      VALUES (?, ?, ?, ?, ?) ON CONFLICT (name) DO NOTHING";
        let done = sqlx::query(insert)
            .bind(name)
            .bind(owner.as_u64() as i64)
            .bind(region)
            .bind(created.millis())
            .bind(written(settings))
            .execute(self.connection())
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Sets one setting, or takes it away.
    pub async fn set(
        &mut self,
        bucket: &mut Bucket,
        name: &str,
        value: Option<String>,
    ) -> Result<(), StoreError> {
        match value {
            Some(value) => bucket.settings.insert(name.to_owned(), value),
            None => bucket.settings.remove(name),
        };
        sqlx::query("UPDATE bucket SET settings = ? WHERE id = ?")
            .bind(written(&bucket.settings))
            .bind(bucket.id)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// `false` where versions are left in it. Uploads that nobody completed go with the bucket.
    pub async fn delete_bucket(&mut self, bucket: &Bucket) -> Result<bool, StoreError> {
        let left: bool =
            sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM version WHERE bucket = ?)")
                .bind(bucket.id)
                .fetch_one(self.connection())
                .await?;
        if left {
            return Ok(false);
        }
        let uploads: Vec<String> = sqlx::query_scalar("SELECT id FROM upload WHERE bucket = ?")
            .bind(bucket.id)
            .fetch_all(self.connection())
            .await?;
        for upload in uploads {
            self.drop_upload(&upload).await?;
        }
        sqlx::query("DELETE FROM bucket WHERE id = ?")
            .bind(bucket.id)
            .execute(self.connection())
            .await?;
        Ok(true)
    }
}

async fn find(connection: &mut SqliteConnection, name: &str) -> Result<Option<Bucket>, StoreError> {
    let query = sqlx::query(sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE name = ?")));
    let row = query.bind(name).fetch_optional(connection).await?;
    row.as_ref().map(read).transpose()
}

fn read(row: &SqliteRow) -> Result<Bucket, StoreError> {
    let owner: i64 = row.try_get("owner")?;
    let settings: String = row.try_get("settings")?;
    Ok(Bucket {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        owner: AccountId::new(owner as u64)
            .ok_or_else(|| StoreError::corrupt(format!("a bucket has the owner {owner}")))?,
        region: row.try_get("region")?,
        created: Timestamp::from_millis(row.try_get("created")?),
        settings: parsed(&settings)?,
    })
}

pub(super) fn written<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("strings and numbers always have a JSON form")
}

pub(super) fn parsed<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text)
        .map_err(|error| StoreError::corrupt(format!("a column of the index: {error}")))
}
