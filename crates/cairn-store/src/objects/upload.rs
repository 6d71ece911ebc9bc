use cairn_core::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::bucket::{parsed, written};
use super::{Bucket, Change, File, Index, version};
use crate::StoreError;

/// A multipart upload that is neither completed nor aborted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    pub id: String,
    pub key: String,
    pub created: Timestamp,
    /// JSON, read only by who wrote it.
    pub detail: String,
}

/// One part of an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub number: u32,
    pub size: u64,
    /// Without quotes.
    pub etag: String,
    pub modified: Timestamp,
    /// JSON, read only by who wrote it.
    pub detail: String,
    pub file: File,
}

impl Index {
    pub async fn upload(&self, bucket: i64, id: &str) -> Result<Option<Upload>, StoreError> {
        find(&mut *self.reader().await?, bucket, id).await
    }

    /// Uploads after `(key, id)` with keys from `from` and below `to`, in the order of keys and
    /// ids.
    pub async fn uploads(
        &self,
        bucket: i64,
        from: &[u8],
        after: (&[u8], &str),
        to: Option<&[u8]>,
        limit: u32,
    ) -> Result<Vec<Upload>, StoreError> {
        let query = "SELECT id, key, created, detail FROM upload WHERE bucket = ?1 AND key >= ?2 \
                     AND (key, id) > (?3, ?4) AND (?5 IS NULL OR key < ?5) \
                     ORDER BY key, id LIMIT ?6";
        let rows = sqlx::query(query)
            .bind(bucket)
            .bind(from)
            .bind(after.0)
            .bind(after.1)
            .bind(to)
            .bind(limit)
            .fetch_all(&mut *self.reader().await?)
            .await?;
        rows.iter().map(read).collect()
    }

    /// The parts with numbers above `after`.
    pub async fn parts(
        &self,
        upload: &str,
        after: u32,
        limit: u32,
    ) -> Result<Vec<Part>, StoreError> {
        parts(&mut *self.reader().await?, upload, after, limit).await
    }
}

impl Change {
    pub async fn create_upload(
        &mut self,
        bucket: &Bucket,
        upload: &Upload,
    ) -> Result<(), StoreError> {
        let insert = "INSERT INTO upload (id, bucket, key, created, detail) VALUES (?, ?, ?, ?, ?)";
        sqlx::query(insert)
            .bind(&upload.id)
            .bind(bucket.id)
            .bind(upload.key.as_bytes())
            .bind(upload.created.millis())
            .bind(&upload.detail)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    pub async fn upload(&mut self, bucket: i64, id: &str) -> Result<Option<Upload>, StoreError> {
        find(self.connection(), bucket, id).await
    }

    pub async fn parts(&mut self, upload: &str) -> Result<Vec<Part>, StoreError> {
        parts(self.connection(), upload, 0, u32::MAX).await
    }

    /// Adds a part; one of the same number is replaced.
    pub async fn add_part(&mut self, upload: &str, part: &Part) -> Result<(), StoreError> {
        let old: Option<String> =
            sqlx::query_scalar("DELETE FROM part WHERE upload = ? AND number = ? RETURNING file")
                .bind(upload)
                .bind(part.number)
                .fetch_optional(self.connection())
                .await?;
        if let Some(old) = old {
            self.forget_file(&parsed::<File>(&old)?.id).await?;
        }
        let insert = "INSERT INTO part (upload, number, size, etag, modified, detail, file) \
                      VALUES (?, ?, ?, ?, ?, ?, ?)";
        sqlx::query(insert)
            .bind(upload)
            .bind(part.number)
            .bind(part.size as i64)
            .bind(&part.etag)
            .bind(part.modified.millis())
            .bind(&part.detail)
            .bind(written(&part.file))
            .execute(self.connection())
            .await?;
        if part.file.size > 0 { self.name_file(&part.file.id).await } else { Ok(()) }
    }

    /// Takes an upload away with the files of all its parts. A completed upload's files are named
    /// again by the version that is made of them.
    pub async fn drop_upload(&mut self, upload: &str) -> Result<(), StoreError> {
        let files: Vec<String> =
            sqlx::query_scalar("DELETE FROM part WHERE upload = ? RETURNING file")
                .bind(upload)
                .fetch_all(self.connection())
                .await?;
        for file in files {
            self.forget_file(&parsed::<File>(&file)?.id).await?;
        }
        sqlx::query("DELETE FROM upload WHERE id = ?")
            .bind(upload)
            .execute(self.connection())
            .await?;
        Ok(())
    }
}

async fn find(
    connection: &mut SqliteConnection,
    bucket: i64,
    id: &str,
) -> Result<Option<Upload>, StoreError> {
    let query = "SELECT id, key, created, detail FROM upload WHERE bucket = ? AND id = ?";
    let row = sqlx::query(query).bind(bucket).bind(id).fetch_optional(connection).await?;
    row.as_ref().map(read).transpose()
}

async fn parts(
    connection: &mut SqliteConnection,
    upload: &str,
    after: u32,
    limit: u32,
) -> Result<Vec<Part>, StoreError> {
    let query = "SELECT number, size, etag, modified, detail, file FROM part \
                 WHERE upload = ? AND number > ? ORDER BY number LIMIT ?";
    let rows =
        sqlx::query(query).bind(upload).bind(after).bind(limit).fetch_all(connection).await?;
    let read = |row: &SqliteRow| {
        Ok(Part {
            number: row.try_get("number")?,
            size: row.try_get::<i64, _>("size")? as u64,
            etag: row.try_get("etag")?,
            modified: Timestamp::from_millis(row.try_get("modified")?),
            detail: row.try_get("detail")?,
            file: parsed(row.try_get("file")?)?,
        })
    };
    rows.iter().map(read).collect()
}

fn read(row: &SqliteRow) -> Result<Upload, StoreError> {
    Ok(Upload {
        id: row.try_get("id")?,
        key: version::key(row)?,
        created: Timestamp::from_millis(row.try_get("created")?),
        detail: row.try_get("detail")?,
    })
}
