//! Log files of trails: on their way to a bucket, or there.

use cairn_core::{AccountId, Seq, Timestamp};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use crate::{Store, StoreError, Txn, account};

mod reach;

pub use reach::{advance, cover, covered, cursors, reached};

/// A log file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFile {
    /// 0 before it is stored.
    pub id: i64,
    pub trail: String,
    /// Whose events it holds.
    pub account: AccountId,
    /// Where they happened.
    pub region: String,
    /// `CloudTrail`, `CloudTrail-Insight`, `CloudTrail-NetworkActivity`.
    pub folder: String,
    pub bucket: String,
    pub key: String,
    /// The places in the journal that its window covers.
    pub seqs: (Seq, Seq),
    /// The places in the account's own order of its first and its last record.
    pub acct_seqs: (u64, u64),
    pub records: u64,
    /// Of the text.
    pub bytes: u64,
    pub sha256: [u8; 32],
    /// Of the stored bytes.
    pub gzip_bytes: u64,
    pub gzip_sha256: [u8; 32],
    /// `eventTime` of its oldest and its newest record.
    pub times: (Timestamp, Timestamp),
    /// The end of its window.
    pub closed: Timestamp,
    /// The file of the spool that holds the bytes, and where in it.
    pub pack: String,
    pub extents: Vec<(u64, u64)>,
    /// How much text was compressed at a time.
    pub block_bytes: u64,
    /// Of deflate.
    pub level: u32,
    pub delivered: Option<Timestamp>,
    pub etag: Option<String>,
    pub version: Option<String>,
    pub notice: Notice,
    pub listing: Listing,
}

/// Whether somebody is told of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    Nobody = 0,
    Due = 1,
    Sent = 2,
}

/// Whether a digest names a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listing {
    Due,
    /// It was made while log file validation was off.
    Never,
    In(i64),
}

const COLUMNS: &str = "id, trail, account, region, folder, bucket, key, first_seq, last_seq, \
                       first_acct_seq, last_acct_seq, records, bytes, sha256, gzip_bytes, \
                       gzip_sha256, oldest, newest, closed, pack, extents, block_bytes, level, \
                       delivered, etag, version, notice, digest";

/// Stores a file that is on its way.
pub async fn put(txn: &mut Txn, file: &LogFile) -> Result<i64, StoreError> {
    let insert = "INSERT INTO delivery (trail, account, region, folder, bucket, key, first_seq, \
                  last_seq, first_acct_seq, last_acct_seq, records, bytes, sha256, gzip_bytes, \
                  gzip_sha256, oldest, newest, closed, pack, extents, block_bytes, level, notice, \
                  digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, \
                  ?, ?, ?) \
                  RETURNING id";
    let extents: Vec<String> =
        file.extents.iter().map(|(offset, length)| format!("{offset}:{length}")).collect();
    Ok(sqlx::query_scalar(insert)
        .bind(&file.trail)
        .bind(file.account.as_u64() as i64)
        .bind(&file.region)
        .bind(&file.folder)
        .bind(&file.bucket)
        .bind(&file.key)
        .bind(file.seqs.0.0 as i64)
        .bind(file.seqs.1.0 as i64)
        .bind(file.acct_seqs.0 as i64)
        .bind(file.acct_seqs.1 as i64)
        .bind(file.records as i64)
        .bind(file.bytes as i64)
        .bind(&file.sha256[..])
        .bind(file.gzip_bytes as i64)
        .bind(&file.gzip_sha256[..])
        .bind(file.times.0.millis())
        .bind(file.times.1.millis())
        .bind(file.closed.millis())
        .bind(&file.pack)
        .bind(extents.join(","))
        .bind(file.block_bytes as i64)
        .bind(i64::from(file.level))
        .bind(file.notice as i64)
        .bind(listing_column(file.listing))
        .fetch_one(txn.connection())
        .await?)
}

/// Files of a trail that are on their way, oldest first, with ids above `after`.
pub async fn waiting(
    store: &Store,
    trail: &str,
    after: i64,
    limit: usize,
) -> Result<Vec<LogFile>, StoreError> {
    let rows = format!(
        "SELECT {COLUMNS} FROM delivery WHERE delivered IS NULL AND trail = ? AND id > ? \
         ORDER BY id LIMIT ?"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(rows))
        .bind(trail)
        .bind(after)
        .bind(limit as i64)
        .fetch_all(&mut *store.reader().await?)
        .await?;
    rows.iter().map(from_row).collect()
}

/// What a trail has on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backlog {
    pub trail: String,
    pub files: u64,
    /// The end of the oldest file's window.
    pub oldest: Timestamp,
}

/// The trails that have files on their way.
pub async fn backlogs(store: &Store) -> Result<Vec<Backlog>, StoreError> {
    let rows = "SELECT trail, count(*), min(closed) FROM delivery WHERE delivered IS NULL \
                GROUP BY trail";
    let rows: Vec<(String, i64, i64)> =
        sqlx::query_as(rows).fetch_all(&mut *store.reader().await?).await?;
    let backlog = |(trail, files, oldest): (String, i64, i64)| Backlog {
        trail,
        files: files as u64,
        oldest: Timestamp::from_millis(oldest),
    };
    Ok(rows.into_iter().map(backlog).collect())
}

/// The end of the newest window that left a file.
pub async fn latest(store: &Store) -> Result<Option<Timestamp>, StoreError> {
    let latest: Option<i64> = sqlx::query_scalar("SELECT max(closed) FROM delivery")
        .fetch_one(&mut *store.reader().await?)
        .await?;
    Ok(latest.map(Timestamp::from_millis))
}

/// The file is in its bucket.
pub async fn delivered(
    txn: &mut Txn,
    id: i64,
    at: Timestamp,
    etag: &str,
    version: Option<&str>,
) -> Result<(), StoreError> {
    let update = "UPDATE delivery SET delivered = ?, etag = ?, version = ? WHERE id = ?";
    sqlx::query(update)
        .bind(at.millis())
        .bind(etag)
        .bind(version)
        .bind(id)
        .execute(txn.connection())
        .await?;
    Ok(())
}

/// The file is to be delivered again; its bytes wait in `pack`.
pub async fn again(
    txn: &mut Txn,
    id: i64,
    pack: &str,
    extent: (u64, u64),
) -> Result<(), StoreError> {
    sqlx::query("UPDATE delivery SET delivered = NULL, pack = ?, extents = ? WHERE id = ?")
        .bind(pack)
        .bind(format!("{}:{}", extent.0, extent.1))
        .bind(id)
        .execute(txn.connection())
        .await?;
    Ok(())
}

/// Forgets files that were delivered before an instant and that a digest names, if one has to.
/// Whoever was not told of them by then is not told any more.
pub async fn forget(txn: &mut Txn, before: Timestamp) -> Result<u64, StoreError> {
    let delete = "DELETE FROM delivery WHERE delivered < ? AND digest IS NOT NULL";
    Ok(sqlx::query(delete).bind(before.millis()).execute(txn.connection()).await?.rows_affected())
}

/// Whether nothing of a trail is on its way, nothing can be delivered again, and every chain ended.
pub async fn is_done(store: &Store, trail: &str) -> Result<bool, StoreError> {
    let row = "SELECT NOT EXISTS (SELECT 1 FROM delivery WHERE trail = ?1) \
               AND NOT EXISTS (SELECT 1 FROM digest WHERE trail = ?1 AND body IS NOT NULL) \
               AND NOT EXISTS (SELECT 1 FROM chain WHERE trail = ?1 AND backfill = 0 \
                               AND ended IS NULL)";
    Ok(sqlx::query_scalar(row).bind(trail).fetch_one(&mut *store.reader().await?).await?)
}

/// Forgets all that was noted of a trail's deliveries.
pub async fn forget_trail(txn: &mut Txn, trail: &str) -> Result<(), StoreError> {
    let deletes = [
        "DELETE FROM delivery WHERE trail = ?",
        "DELETE FROM trail_cursor WHERE trail = ?",
        "DELETE FROM digest WHERE trail = ?",
        "DELETE FROM chain WHERE trail = ?",
    ];
    for delete in deletes {
        sqlx::query(delete).bind(trail).execute(txn.connection()).await?;
    }
    Ok(())
}

/// Sends a file that is on its way somewhere else.
pub async fn retarget(txn: &mut Txn, id: i64, bucket: &str, key: &str) -> Result<(), StoreError> {
    sqlx::query("UPDATE delivery SET bucket = ?, key = ? WHERE id = ? AND delivered IS NULL")
        .bind(bucket)
        .bind(key)
        .bind(id)
        .execute(txn.connection())
        .await?;
    Ok(())
}

/// Delivered files of a trail that somebody has to be told of, oldest first.
pub async fn unsaid(
    store: &Store,
    trail: &str,
    after: i64,
    limit: usize,
) -> Result<Vec<LogFile>, StoreError> {
    let rows = format!(
        "SELECT {COLUMNS} FROM delivery WHERE notice = 1 AND delivered IS NOT NULL AND trail = ? \
         AND id > ? ORDER BY id LIMIT ?"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(rows))
        .bind(trail)
        .bind(after)
        .bind(limit as i64)
        .fetch_all(&mut *store.reader().await?)
        .await?;
    rows.iter().map(from_row).collect()
}

/// Trails with such files.
pub async fn unsaid_trails(store: &Store) -> Result<Vec<String>, StoreError> {
    let rows = "SELECT DISTINCT trail FROM delivery WHERE notice = 1 AND delivered IS NOT NULL";
    Ok(sqlx::query_scalar(rows).fetch_all(&mut *store.reader().await?).await?)
}

/// Sets who was told; [`Notice::Due`] brings a file's notice again.
pub async fn say(txn: &mut Txn, ids: &[i64], notice: Notice) -> Result<(), StoreError> {
    for id in ids {
        sqlx::query("UPDATE delivery SET notice = ? WHERE id = ?")
            .bind(notice as i64)
            .bind(id)
            .execute(txn.connection())
            .await?;
    }
    Ok(())
}

/// Files of a chain that no digest names yet, in the order of delivery; those on their way last.
pub async fn unlisted(
    store: &Store,
    trail: &str,
    account: AccountId,
    region: &str,
) -> Result<Vec<LogFile>, StoreError> {
    let rows = format!(
        "SELECT {COLUMNS} FROM delivery WHERE digest IS NULL AND trail = ? AND account = ? \
         AND region = ? ORDER BY delivered IS NULL, delivered, id"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(rows))
        .bind(trail)
        .bind(account.as_u64() as i64)
        .bind(region)
        .fetch_all(&mut *store.reader().await?)
        .await?;
    rows.iter().map(from_row).collect()
}

/// Accounts and Regions that have files of a trail which no digest names yet.
pub async fn unlisted_streams(
    store: &Store,
    trail: &str,
) -> Result<Vec<(AccountId, String)>, StoreError> {
    let rows = "SELECT DISTINCT account, region FROM delivery WHERE digest IS NULL AND trail = ?";
    let rows: Vec<(i64, String)> =
        sqlx::query_as(rows).bind(trail).fetch_all(&mut *store.reader().await?).await?;
    rows.into_iter().map(|(id, region)| Ok((account::id_from(id)?, region))).collect()
}

pub async fn list_in(txn: &mut Txn, ids: &[i64], listing: Listing) -> Result<(), StoreError> {
    for id in ids {
        sqlx::query("UPDATE delivery SET digest = ? WHERE id = ?")
            .bind(listing_column(listing))
            .bind(id)
            .execute(txn.connection())
            .await?;
    }
    Ok(())
}

/// Files of a trail whose windows ended within a span, both ends included, with ids above `after`.
pub async fn of_windows(
    store: &Store,
    trail: &str,
    span: (Timestamp, Timestamp),
    after: i64,
    limit: usize,
) -> Result<Vec<LogFile>, StoreError> {
    let rows = format!(
        "SELECT {COLUMNS} FROM delivery WHERE trail = ? AND closed BETWEEN ? AND ? AND id > ? \
         ORDER BY id LIMIT ?"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(rows))
        .bind(trail)
        .bind(span.0.millis())
        .bind(span.1.millis())
        .bind(after)
        .bind(limit as i64)
        .fetch_all(&mut *store.reader().await?)
        .await?;
    rows.iter().map(from_row).collect()
}

/// Packs that still hold bytes of files on their way.
pub async fn packs(store: &Store) -> Result<Vec<String>, StoreError> {
    let rows = "SELECT DISTINCT pack FROM delivery WHERE delivered IS NULL";
    Ok(sqlx::query_scalar(rows).fetch_all(&mut *store.reader().await?).await?)
}

fn listing_column(listing: Listing) -> Option<i64> {
    match listing {
        Listing::Due => None,
        Listing::Never => Some(0),
        Listing::In(digest) => Some(digest),
    }
}

fn from_row(row: &SqliteRow) -> Result<LogFile, StoreError> {
    let number = |name: &str| row.try_get::<i64, _>(name);
    let text = |name: &str| row.try_get::<String, _>(name);
    let time = |name: &str| number(name).map(Timestamp::from_millis);
    let hash = |name: &str| -> Result<[u8; 32], StoreError> {
        let bytes: Vec<u8> = row.try_get(name)?;
        bytes.try_into().map_err(|_| StoreError::corrupt(format!("the {name} of a log file")))
    };
    let extents = text("extents")?;
    let extents = extents.split(',').map(|pair| {
        let (offset, length) = pair.split_once(':')?;
        Some((offset.parse().ok()?, length.parse().ok()?))
    });
    let extents: Option<Vec<_>> = extents.collect();
    Ok(LogFile {
        id: number("id")?,
        trail: text("trail")?,
        account: account::id_from(number("account")?)?,
        region: text("region")?,
        folder: text("folder")?,
        bucket: text("bucket")?,
        key: text("key")?,
        seqs: (Seq(number("first_seq")? as u64), Seq(number("last_seq")? as u64)),
        acct_seqs: (number("first_acct_seq")? as u64, number("last_acct_seq")? as u64),
        records: number("records")? as u64,
        bytes: number("bytes")? as u64,
        sha256: hash("sha256")?,
        gzip_bytes: number("gzip_bytes")? as u64,
        gzip_sha256: hash("gzip_sha256")?,
        times: (time("oldest")?, time("newest")?),
        closed: time("closed")?,
        pack: text("pack")?,
        extents: extents.ok_or_else(|| StoreError::corrupt("the extents of a log file"))?,
        block_bytes: number("block_bytes")? as u64,
        level: number("level")? as u32,
        delivered: row.try_get::<Option<i64>, _>("delivered")?.map(Timestamp::from_millis),
        etag: row.try_get("etag")?,
        version: row.try_get("version")?,
        notice: match number("notice")? {
            0 => Notice::Nobody,
            1 => Notice::Due,
            _ => Notice::Sent,
        },
        listing: match row.try_get::<Option<i64>, _>("digest")? {
            None => Listing::Due,
            Some(0) => Listing::Never,
            Some(digest) => Listing::In(digest),
        },
    })
}
