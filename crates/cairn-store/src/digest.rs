//! Digests of trails, and the chains that they form.

use cairn_core::{AccountId, Timestamp};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use crate::{Store, StoreError, Txn, account};

/// Which chain: one for each trail, account and source Region, and another for backfill.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChainId {
    pub trail: String,
    pub account: AccountId,
    pub region: String,
    pub backfill: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    pub id: ChainId,
    /// Why it starts: the name of the operation.
    pub reason: String,
    pub started: Timestamp,
    /// Why it ended; `None` while it goes on.
    pub ended: Option<String>,
    /// Whether it has no digest since its start.
    pub fresh: bool,
    /// The end of its last digest's period; the start while it is fresh.
    pub until: Timestamp,
    /// Digests that it has, over all its starts.
    pub position: u64,
    /// The last acctSeq that its digests answer for.
    pub covered: u64,
    /// Its last digest, also of an earlier start.
    pub previous: Option<i64>,
}

/// A digest with its proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDigest {
    /// 0 before it is stored.
    pub id: i64,
    pub chain: ChainId,
    pub period: (Timestamp, Timestamp),
    pub bucket: String,
    pub key: String,
    /// Of the text.
    pub sha256: [u8; 32],
    /// Hexadecimal.
    pub signature: String,
    pub proof_key: String,
    pub proof_sha256: [u8; 32],
    /// User metadata of the digest's object: `name=value` lines.
    pub metadata: Vec<(String, String)>,
    /// The stored bytes; gone once they cannot be asked for again.
    pub body: Option<Vec<u8>>,
    pub proof: Option<Vec<u8>>,
    pub delivered: Option<Timestamp>,
    /// Whether it was ever in its bucket.
    pub seen: bool,
    /// What the chain was before.
    pub before: Before,
}

/// A chain before a digest was cut, for taking the digest back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Before {
    pub fresh: bool,
    pub covered: u64,
    pub previous: Option<i64>,
}

const COLUMNS: &str = "id, trail, account, region, backfill, period_start, period_end, bucket, \
                       key, sha256, signature, proof_key, proof_sha256, metadata, body, proof, \
                       delivered, seen, was_fresh, was_covered, was_previous";

/// All chains of a trail, those that ended as well.
pub async fn chains(store: &Store, trail: &str) -> Result<Vec<Chain>, StoreError> {
    let rows = "SELECT trail, account, region, backfill, reason, started, ended, fresh, until, \
                position, covered, previous FROM chain WHERE trail = ? \
                ORDER BY account, region, backfill";
    let rows = sqlx::query(rows).bind(trail).fetch_all(&mut *store.reader().await?).await?;
    rows.iter().map(chain_from_row).collect()
}

/// Stores a chain, in place of what was known of it.
pub async fn put_chain(txn: &mut Txn, chain: &Chain) -> Result<(), StoreError> {
    let upsert = "INSERT OR REPLACE INTO chain (trail, account, region, backfill, reason, \
                  started, ended, fresh, until, position, covered, previous) \
                  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    sqlx::query(upsert)
        .bind(&chain.id.trail)
        .bind(chain.id.account.as_u64() as i64)
        .bind(&chain.id.region)
        .bind(chain.id.backfill)
        .bind(&chain.reason)
        .bind(chain.started.millis())
        .bind(&chain.ended)
        .bind(chain.fresh)
        .bind(chain.until.millis())
        .bind(chain.position as i64)
        .bind(chain.covered as i64)
        .bind(chain.previous)
        .execute(txn.connection())
        .await?;
    Ok(())
}

/// Stores a digest that is on its way.
pub async fn put(txn: &mut Txn, digest: &StoredDigest) -> Result<i64, StoreError> {
    let insert = "INSERT INTO digest (trail, account, region, backfill, period_start, period_end, \
                  bucket, key, sha256, signature, proof_key, proof_sha256, metadata, body, proof, \
                  was_fresh, was_covered, was_previous) \
                  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id";
    let metadata: Vec<String> =
        digest.metadata.iter().map(|(name, value)| format!("{name}={value}")).collect();
    Ok(sqlx::query_scalar(insert)
        .bind(&digest.chain.trail)
        .bind(digest.chain.account.as_u64() as i64)
        .bind(&digest.chain.region)
        .bind(digest.chain.backfill)
        .bind(digest.period.0.millis())
        .bind(digest.period.1.millis())
        .bind(&digest.bucket)
        .bind(&digest.key)
        .bind(&digest.sha256[..])
        .bind(&digest.signature)
        .bind(&digest.proof_key)
        .bind(&digest.proof_sha256[..])
        .bind(metadata.join("\n"))
        .bind(&digest.body)
        .bind(&digest.proof)
        .bind(digest.before.fresh)
        .bind(digest.before.covered as i64)
        .bind(digest.before.previous)
        .fetch_one(txn.connection())
        .await?)
}

pub async fn get(store: &Store, id: i64) -> Result<Option<StoredDigest>, StoreError> {
    let row = format!("SELECT {COLUMNS} FROM digest WHERE id = ?");
    let row = sqlx::query(sqlx::AssertSqlSafe(row)).bind(id);
    let row = row.fetch_optional(&mut *store.reader().await?).await?;
    row.as_ref().map(from_row).transpose()
}

/// Digests of a trail that are on their way, oldest first, with ids above `after`.
pub async fn waiting(
    store: &Store,
    trail: &str,
    after: i64,
    limit: usize,
) -> Result<Vec<StoredDigest>, StoreError> {
    let rows = format!(
        "SELECT {COLUMNS} FROM digest WHERE delivered IS NULL AND trail = ? AND id > ? \
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

/// Trails that have digests on their way.
pub async fn waiting_trails(store: &Store) -> Result<Vec<String>, StoreError> {
    let rows = "SELECT DISTINCT trail FROM digest WHERE delivered IS NULL";
    Ok(sqlx::query_scalar(rows).fetch_all(&mut *store.reader().await?).await?)
}

/// The newest digest of a chain, for the proofs of the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newest {
    pub chain: ChainId,
    /// Its place in the chain, from 0.
    pub position: u64,
    pub end: Timestamp,
    pub proof_sha256: [u8; 32],
}

/// The newest digest of each chain of a trail, backfill left out.
pub async fn heads(store: &Store, trail: &str) -> Result<Vec<Newest>, StoreError> {
    let rows = "SELECT chain.trail, chain.account, chain.region, chain.backfill, position, \
                period_end, proof_sha256 FROM chain JOIN digest ON digest.id = chain.previous \
                WHERE chain.trail = ? AND chain.backfill = 0 ORDER BY chain.account, chain.region";
    let rows = sqlx::query(rows).bind(trail).fetch_all(&mut *store.reader().await?).await?;
    let newest = |row: &SqliteRow| {
        let position = row.try_get::<i64, _>("position")? as u64;
        Ok(Newest {
            chain: chain_id(row)?,
            position: position.saturating_sub(1),
            end: Timestamp::from_millis(row.try_get("period_end")?),
            proof_sha256: hash(row, "proof_sha256")?,
        })
    };
    rows.iter().map(newest).collect()
}

/// Takes back a digest that nobody has seen, and what the trail's chains have after it: what they
/// name is named by others then.
pub async fn take_back(txn: &mut Txn, digest: &StoredDigest) -> Result<(), StoreError> {
    let rows = format!(
        "SELECT {COLUMNS} FROM digest WHERE trail = ? AND id >= ? AND seen = 0 ORDER BY id DESC"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(rows))
        .bind(&digest.chain.trail)
        .bind(digest.id)
        .fetch_all(txn.connection())
        .await?;
    // The newest first: each step gives a chain what it was before.
    for row in &rows {
        let StoredDigest { id, chain, period, before, .. } = from_row(row)?;
        let Before { fresh, covered, previous } = before;
        sqlx::query("UPDATE delivery SET digest = NULL WHERE digest = ?")
            .bind(id)
            .execute(txn.connection())
            .await?;
        let update = "UPDATE chain SET ended = NULL, fresh = ?, until = ?, covered = ?, \
                      previous = ?, position = position - 1 \
                      WHERE trail = ? AND account = ? AND region = ? AND backfill = ?";
        sqlx::query(update)
            .bind(fresh)
            .bind(period.0.millis())
            .bind(covered as i64)
            .bind(previous)
            .bind(&chain.trail)
            .bind(chain.account.as_u64() as i64)
            .bind(&chain.region)
            .bind(chain.backfill)
            .execute(txn.connection())
            .await?;
        sqlx::query("DELETE FROM digest WHERE id = ?").bind(id).execute(txn.connection()).await?;
    }
    Ok(())
}

/// Something of the digest may be in a bucket: it is never taken back from here on.
pub async fn see(txn: &mut Txn, id: i64) -> Result<(), StoreError> {
    sqlx::query("UPDATE digest SET seen = 1 WHERE id = ?")
        .bind(id)
        .execute(txn.connection())
        .await?;
    Ok(())
}

/// Both objects are in the bucket.
pub async fn delivered(txn: &mut Txn, id: i64, at: Timestamp) -> Result<(), StoreError> {
    sqlx::query("UPDATE digest SET delivered = ?, seen = 1 WHERE id = ?")
        .bind(at.millis())
        .bind(id)
        .execute(txn.connection())
        .await?;
    Ok(())
}

/// The digests of a trail whose periods ended within a span are to be delivered again; how many.
pub async fn again(
    txn: &mut Txn,
    trail: &str,
    span: (Timestamp, Timestamp),
) -> Result<u64, StoreError> {
    let update = "UPDATE digest SET delivered = NULL WHERE trail = ? AND body IS NOT NULL \
                  AND period_end BETWEEN ? AND ?";
    Ok(sqlx::query(update)
        .bind(trail)
        .bind(span.0.millis())
        .bind(span.1.millis())
        .execute(txn.connection())
        .await?
        .rows_affected())
}

/// Forgets digests that were delivered before an instant, but for what the next ones of their
/// chains are made with.
pub async fn forget(txn: &mut Txn, before: Timestamp) -> Result<u64, StoreError> {
    let delete = "DELETE FROM digest WHERE delivered < ? \
                  AND id NOT IN (SELECT previous FROM chain WHERE previous IS NOT NULL)";
    let deleted = sqlx::query(delete).bind(before.millis()).execute(txn.connection()).await?;
    let update = "UPDATE digest SET body = NULL, proof = NULL \
                  WHERE delivered < ? AND body IS NOT NULL";
    sqlx::query(update).bind(before.millis()).execute(txn.connection()).await?;
    Ok(deleted.rows_affected())
}

/// The period of a chain's digest that covers an instant.
pub async fn period_at(
    store: &Store,
    chain: &ChainId,
    at: Timestamp,
) -> Result<Option<(Timestamp, Timestamp)>, StoreError> {
    let row = "SELECT period_start, period_end FROM digest WHERE trail = ? AND account = ? \
               AND region = ? AND backfill = ? AND period_start <= ? AND period_end >= ? \
               ORDER BY period_end LIMIT 1";
    let found: Option<(i64, i64)> = sqlx::query_as(row)
        .bind(&chain.trail)
        .bind(chain.account.as_u64() as i64)
        .bind(&chain.region)
        .bind(chain.backfill)
        .bind(at.millis())
        .bind(at.millis())
        .fetch_optional(&mut *store.reader().await?)
        .await?;
    Ok(found.map(|(start, end)| (Timestamp::from_millis(start), Timestamp::from_millis(end))))
}

fn chain_from_row(row: &SqliteRow) -> Result<Chain, StoreError> {
    Ok(Chain {
        id: chain_id(row)?,
        reason: row.try_get("reason")?,
        started: Timestamp::from_millis(row.try_get("started")?),
        ended: row.try_get("ended")?,
        fresh: row.try_get("fresh")?,
        until: Timestamp::from_millis(row.try_get("until")?),
        position: row.try_get::<i64, _>("position")? as u64,
        covered: row.try_get::<i64, _>("covered")? as u64,
        previous: row.try_get("previous")?,
    })
}

fn chain_id(row: &SqliteRow) -> Result<ChainId, StoreError> {
    Ok(ChainId {
        trail: row.try_get("trail")?,
        account: account::id_from(row.try_get("account")?)?,
        region: row.try_get("region")?,
        backfill: row.try_get("backfill")?,
    })
}

fn from_row(row: &SqliteRow) -> Result<StoredDigest, StoreError> {
    let time = |name: &str| row.try_get::<i64, _>(name).map(Timestamp::from_millis);
    let metadata: String = row.try_get("metadata")?;
    let pair = |line: &str| {
        let (name, value) = line.split_once('=')?;
        Some((name.to_owned(), value.to_owned()))
    };
    Ok(StoredDigest {
        id: row.try_get("id")?,
        chain: chain_id(row)?,
        period: (time("period_start")?, time("period_end")?),
        bucket: row.try_get("bucket")?,
        key: row.try_get("key")?,
        sha256: hash(row, "sha256")?,
        signature: row.try_get("signature")?,
        proof_key: row.try_get("proof_key")?,
        proof_sha256: hash(row, "proof_sha256")?,
        metadata: metadata.lines().filter_map(pair).collect(),
        body: row.try_get("body")?,
        proof: row.try_get("proof")?,
        delivered: row.try_get::<Option<i64>, _>("delivered")?.map(Timestamp::from_millis),
        seen: row.try_get("seen")?,
        before: Before {
            fresh: row.try_get("was_fresh")?,
            covered: row.try_get::<i64, _>("was_covered")? as u64,
            previous: row.try_get("was_previous")?,
        },
    })
}

fn hash(row: &SqliteRow, name: &str) -> Result<[u8; 32], StoreError> {
    let bytes: Vec<u8> = row.try_get(name)?;
    bytes.try_into().map_err(|_| StoreError::corrupt(format!("the {name} of a digest")))
}
