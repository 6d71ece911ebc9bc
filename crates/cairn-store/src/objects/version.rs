use cairn_core::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row, SqliteConnection};

use super::bucket::{parsed, written};
use super::{Bucket, Change, Index};
use crate::StoreError;

/// One version of an object, or a delete marker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Versions of a key are ordered by it: the newest has the greatest.
    pub id: i64,
    pub key: String,
    /// `null` where the bucket had no versioning.
    pub version: String,
    pub marker: bool,
    /// Since when another version is the current one; `None` for the current one.
    pub noncurrent: Option<Timestamp>,
    pub size: u64,
    /// Without quotes.
    pub etag: String,
    pub modified: Timestamp,
    pub lock: Lock,
    pub tags: Vec<(String, String)>,
    /// JSON, read only by who wrote it.
    pub detail: String,
    pub files: Vec<File>,
}

/// What keeps a version from being deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lock {
    pub retention: Option<(LockMode, Timestamp)>,
    pub hold: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockMode {
    Governance,
    Compliance,
}

impl LockMode {
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "GOVERNANCE" => Some(Self::Governance),
            "COMPLIANCE" => Some(Self::Compliance),
            _ => None,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Governance => "GOVERNANCE",
            Self::Compliance => "COMPLIANCE",
        }
    }
}

/// A file with a piece of an object's bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    pub id: String,
    /// Bytes of the object, which are fewer than those on disk.
    pub size: u64,
}

/// A version to add.
#[derive(Debug, Clone)]
pub struct NewVersion<'a> {
    pub key: &'a str,
    pub version: &'a str,
    pub marker: bool,
    pub size: u64,
    pub etag: &'a str,
    pub modified: Timestamp,
    pub lock: Lock,
    pub tags: &'a [(String, String)],
    pub detail: String,
    pub files: &'a [File],
}

const SELECT: &str = "SELECT id, key, version, marker, noncurrent, size, etag, modified, mode, \
                      retained, hold, tags, detail, files FROM version";

impl Index {
    /// The current version; a delete marker is one.
    pub async fn current(&self, bucket: i64, key: &str) -> Result<Option<Version>, StoreError> {
        current(&mut *self.reader().await?, bucket, key).await
    }

    pub async fn version(
        &self,
        bucket: i64,
        key: &str,
        version: &str,
    ) -> Result<Option<Version>, StoreError> {
        named(&mut *self.reader().await?, bucket, key, version).await
    }

    /// Current objects with `from <= key`, and `key < to` where there is a `to`, in the order of
    /// the bytes of their keys.
    pub async fn list(
        &self,
        bucket: i64,
        from: &[u8],
        to: Option<&[u8]>,
        limit: u32,
    ) -> Result<Vec<Version>, StoreError> {
        let query = format!(
            "{SELECT} WHERE bucket = ?1 AND noncurrent IS NULL AND marker = 0 AND key >= ?2 \
             AND (?3 IS NULL OR key < ?3) ORDER BY key LIMIT ?4"
        );
        let query = sqlx::query(AssertSqlSafe(query)).bind(bucket).bind(from).bind(to).bind(limit);
        let rows = query.fetch_all(&mut *self.reader().await?).await?;
        rows.iter().map(read).collect()
    }

    /// Versions and delete markers in the order of their keys, the newest of a key first: those of
    /// `from` that are older than `before`, then those of later keys below `to`.
    pub async fn list_versions(
        &self,
        bucket: i64,
        from: (&[u8], i64),
        to: Option<&[u8]>,
        limit: u32,
    ) -> Result<Vec<Version>, StoreError> {
        let query = format!(
            "{SELECT} WHERE bucket = ?1 AND key >= ?2 AND (key > ?2 OR id < ?3) \
             AND (?4 IS NULL OR key < ?4) ORDER BY key, id DESC LIMIT ?5"
        );
        let query = sqlx::query(AssertSqlSafe(query));
        let query = query.bind(bucket).bind(from.0).bind(from.1).bind(to).bind(limit);
        let rows = query.fetch_all(&mut *self.reader().await?).await?;
        rows.iter().map(read).collect()
    }
}

impl Change {
    pub async fn current(&mut self, bucket: i64, key: &str) -> Result<Option<Version>, StoreError> {
        current(self.connection(), bucket, key).await
    }

    pub async fn version(
        &mut self,
        bucket: i64,
        key: &str,
        version: &str,
    ) -> Result<Option<Version>, StoreError> {
        named(self.connection(), bucket, key, version).await
    }

    /// Adds a version as the current one. One of the same name, which only `null` can be, is
    /// replaced.
    pub async fn add(&mut self, bucket: &Bucket, new: &NewVersion<'_>) -> Result<(), StoreError> {
        let same = self.version(bucket.id, new.key, new.version).await?;
        if let Some(same) = same {
            self.remove_row(&same).await?;
        }
        let demote = "UPDATE version SET noncurrent = ? \
                      WHERE bucket = ? AND key = ? AND noncurrent IS NULL";
        sqlx::query(demote)
            .bind(new.modified.millis())
            .bind(bucket.id)
            .bind(new.key.as_bytes())
            .execute(self.connection())
            .await?;
        let insert = "INSERT INTO version (bucket, key, version, marker, size, etag, modified, \
                      mode, retained, hold, tags, detail, files) \
                      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
        sqlx::query(insert)
            .bind(bucket.id)
            .bind(new.key.as_bytes())
            .bind(new.version)
            .bind(new.marker)
            .bind(new.size as i64)
            .bind(new.etag)
            .bind(new.modified.millis())
            .bind(new.lock.retention.map(|(mode, _)| mode.as_str()))
            .bind(new.lock.retention.map(|(_, until)| until.millis()))
            .bind(new.lock.hold)
            .bind(written(&new.tags))
            .bind(&new.detail)
            .bind(written(&new.files))
            .execute(self.connection())
            .await?;
        for file in new.files {
            self.name_file(&file.id).await?;
        }
        Ok(())
    }

    /// Removes one version for good; the next older becomes the current one.
    pub async fn remove(&mut self, bucket: i64, version: &Version) -> Result<(), StoreError> {
        self.remove_row(version).await?;
        if version.noncurrent.is_none() {
            let promote = "UPDATE version SET noncurrent = NULL WHERE id = \
                           (SELECT max(id) FROM version WHERE bucket = ? AND key = ?)";
            sqlx::query(promote)
                .bind(bucket)
                .bind(version.key.as_bytes())
                .execute(self.connection())
                .await?;
        }
        Ok(())
    }

    pub async fn set_tags(
        &mut self,
        version: &Version,
        tags: &[(String, String)],
    ) -> Result<(), StoreError> {
        sqlx::query("UPDATE version SET tags = ? WHERE id = ?")
            .bind(written(&tags))
            .bind(version.id)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    pub async fn set_detail(&mut self, version: &Version, detail: &str) -> Result<(), StoreError> {
        sqlx::query("UPDATE version SET detail = ? WHERE id = ?")
            .bind(detail)
            .bind(version.id)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    pub async fn set_lock(&mut self, version: &Version, lock: Lock) -> Result<(), StoreError> {
        sqlx::query("UPDATE version SET mode = ?, retained = ?, hold = ? WHERE id = ?")
            .bind(lock.retention.map(|(mode, _)| mode.as_str()))
            .bind(lock.retention.map(|(_, until)| until.millis()))
            .bind(lock.hold)
            .bind(version.id)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    async fn remove_row(&mut self, version: &Version) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM version WHERE id = ?")
            .bind(version.id)
            .execute(self.connection())
            .await?;
        for file in &version.files {
            self.forget_file(&file.id).await?;
        }
        Ok(())
    }
}

async fn current(
    connection: &mut SqliteConnection,
    bucket: i64,
    key: &str,
) -> Result<Option<Version>, StoreError> {
    let query = format!("{SELECT} WHERE bucket = ? AND key = ? AND noncurrent IS NULL");
    let query = sqlx::query(AssertSqlSafe(query)).bind(bucket).bind(key.as_bytes());
    query.fetch_optional(connection).await?.as_ref().map(read).transpose()
}

async fn named(
    connection: &mut SqliteConnection,
    bucket: i64,
    key: &str,
    version: &str,
) -> Result<Option<Version>, StoreError> {
    let query = format!("{SELECT} WHERE bucket = ? AND key = ? AND version = ?");
    let query = sqlx::query(AssertSqlSafe(query)).bind(bucket).bind(key.as_bytes()).bind(version);
    query.fetch_optional(connection).await?.as_ref().map(read).transpose()
}

fn read(row: &SqliteRow) -> Result<Version, StoreError> {
    let mode: Option<&str> = row.try_get("mode")?;
    let mode = mode.map(|text| {
        LockMode::parse(text)
            .ok_or_else(|| StoreError::corrupt(format!("a version has the lock mode {text:?}")))
    });
    let retained: Option<i64> = row.try_get("retained")?;
    let lock = Lock {
        retention: mode.transpose()?.zip(retained.map(Timestamp::from_millis)),
        hold: row.try_get("hold")?,
    };
    let noncurrent: Option<i64> = row.try_get("noncurrent")?;
    Ok(Version {
        id: row.try_get("id")?,
        key: key(row)?,
        version: row.try_get("version")?,
        marker: row.try_get("marker")?,
        noncurrent: noncurrent.map(Timestamp::from_millis),
        size: row.try_get::<i64, _>("size")? as u64,
        etag: row.try_get("etag")?,
        modified: Timestamp::from_millis(row.try_get("modified")?),
        lock,
        tags: parsed(row.try_get("tags")?)?,
        detail: row.try_get("detail")?,
        files: parsed(row.try_get("files")?)?,
    })
}

pub(super) fn key(row: &SqliteRow) -> Result<String, StoreError> {
    String::from_utf8(row.try_get("key")?).map_err(|_| StoreError::corrupt("a key is no UTF-8"))
}
