//! The worker that brings results to S3.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cairn_core::Timestamp;
use cairn_ports::{Actor, Condition, Encryption, PortError, PortErrorKind, Put};
use cairn_proof::Sha256;
use cairn_proof::result_sign::{self, ResultSign};
use cairn_store::query::{self, DeliveryStatus, Query};
use cairn_store::{StoreError, event_data_store};
use cairn_task::{Backoff, OnError, OnStop, Tick, Worker, WorkerError, WorkerSpec};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::results::{Cells, Reader};
use crate::LakeError;
use crate::render::csv_field;
use crate::shared::Shared;

const ACL: &str = "bucket-owner-full-control";
const LEVEL: Compression = Compression::new(6);
/// Rows, or bytes of their texts, read from a result at a time.
const ROWS: usize = 1000;
const BYTES: usize = 16 << 20;

/// Delivers results, one after the other.
pub struct Deliverer {
    shared: Arc<Shared>,
}

/// What went wrong, as DescribeQuery tells it.
enum Refusal {
    /// With what the bucket said of a file of rows.
    File(PortError),
    /// With what it said of the sign file.
    Sign(PortError),
    Lake(LakeError),
}

impl<E: Into<LakeError>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self::Lake(error.into())
    }
}

impl Deliverer {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    pub fn spec() -> WorkerSpec {
        WorkerSpec {
            name: "lake-deliver".into(),
            cadence: Duration::from_secs(5),
            on_error: OnError::Retry { backoff: Backoff::default() },
            on_stop: OnStop::Abandon,
        }
    }

    /// Delivers what waits.
    ///
    /// # Errors
    /// The store's, or the lake's own; a bucket that refuses is no error of the worker.
    pub async fn step(&mut self) -> Result<(), LakeError> {
        let mut failed = None;
        for query in query::deliveries(&self.shared.store).await? {
            let status = match self.deliver(&query).await {
                Ok(()) => DeliveryStatus::Success,
                Err(Refusal::File(error) | Refusal::Sign(error)) if may_pass(&error) => continue,
                Err(Refusal::File(error)) => told(&query, &error, false),
                Err(Refusal::Sign(error)) => told(&query, &error, true),
                Err(Refusal::Lake(LakeError::Damaged { .. })) => DeliveryStatus::Failed,
                // One result must not keep the others from being delivered.
                Err(Refusal::Lake(error)) => {
                    failed = failed.or(Some(error));
                    continue;
                }
            };
            let mut txn = self.shared.store.begin().await?;
            query::delivered(&mut txn, &query.id, status).await?;
            txn.commit().await?;
        }
        failed.map_or(Ok(()), Err)
    }

    async fn deliver(&self, query: &Query) -> Result<(), Refusal> {
        let reader = Reader::open(&*self.shared.results, &query.id)?;
        let gone = || LakeError::Damaged { what: query.id.clone(), why: "it is gone".to_owned() };
        let mut rows = Rows { reader: reader.ok_or_else(gone)?, next: 0 };
        let place = self.place(query).await?;
        let mut hashes = Vec::new();
        loop {
            let (limit, read) = (self.shared.settings.delivery_bytes, rows);
            let work = move || part(read, limit);
            let (back, bytes) = cairn_task::blocking("lake-deliver", work).await?;
            rows = back;
            hashes.push(Sha256::of(&bytes));
            let name = result_sign::file_name(hashes.len());
            self.put(&place, &name, bytes, "text/csv", Some("gzip"))
                .await
                .map_err(Refusal::File)?;
            if rows.next >= rows.reader.rows {
                break;
            }
        }
        let completed = query.finished.unwrap_or(query.created);
        let key = self.shared.keys.key(&query.region, completed).await;
        let key = key.map_err(|error| LakeError::Keys(error.to_string()))?;
        let sign = ResultSign { region: &query.region, completed, files: &hashes };
        let sign = result_sign::render(sign, &key);
        let sign = sign.map_err(|error| LakeError::Keys(error.to_string()))?;
        let put = self.put(&place, result_sign::SIGN_FILE, sign.into(), "application/json", None);
        put.await.map_err(Refusal::Sign)
    }

    async fn place(&self, query: &Query) -> Result<Place, LakeError> {
        let uri = query.delivery_uri.as_deref().unwrap_or_default();
        let path = uri.strip_prefix("s3://").unwrap_or(uri);
        let (bucket, prefix) = path.split_once('/').unwrap_or((path, ""));
        let prefix = prefix.trim_end_matches('/');
        let slash = if prefix.is_empty() { "" } else { "/" };
        let day = day(query.finished.unwrap_or(query.created));
        let (account, id) = (query.account, &query.id);
        let arn = match event_data_store::get(&self.shared.store, query.owner, query.store()).await
        {
            Ok(store) => store.arn(),
            Err(StoreError::NotFound { .. }) => {
                event_data_store::arn(query.owner, &query.region, query.store())
            }
            Err(error) => return Err(error.into()),
        };
        Ok(Place {
            actor: Actor::trail(&arn, account),
            bucket: bucket.to_owned(),
            folder: format!("{prefix}{slash}AWSLogs/{account}/CloudTrail-Lake/Query/{day}/{id}"),
        })
    }

    async fn put(
        &self,
        place: &Place,
        name: &str,
        bytes: Bytes,
        content_type: &str,
        content_encoding: Option<&str>,
    ) -> Result<(), PortError> {
        let key = format!("{}/{name}", place.folder);
        let sha256 = *Sha256::of(&bytes).as_bytes();
        let put = Put {
            actor: &place.actor,
            bucket: &place.bucket,
            key: &key,
            bytes,
            content_type,
            content_encoding,
            metadata: &[],
            acl: Some(ACL),
            encryption: Encryption::Bucket,
            // A retry writes the same bytes again.
            condition: Condition::None,
            sha256,
        };
        self.shared.buckets.put(put).await.map(drop)
    }
}

struct Place {
    actor: Actor,
    bucket: String,
    folder: String,
}

struct Rows {
    reader: Reader,
    next: u64,
}

/// One file: a header, then rows until it has enough. Every result has one, if only of a header.
fn part(mut rows: Rows, limit: u64) -> Result<(Rows, Bytes), LakeError> {
    let mut out = GzEncoder::new(Vec::new(), LEVEL);
    let header: Cells = rows.reader.labels.iter().cloned().map(Some).collect();
    let mut written = line(&mut out, &header)?;
    while rows.next < rows.reader.rows && written < limit {
        let some = rows.reader.rows(rows.next, ROWS, BYTES)?;
        for row in &some {
            written += line(&mut out, row)?;
        }
        rows.next += some.len() as u64;
    }
    Ok((rows, out.finish()?.into()))
}

fn line(out: &mut impl Write, row: &Cells) -> Result<u64, LakeError> {
    let mut text = String::new();
    for (at, cell) in row.iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        if let Some(cell) = cell {
            csv_field(cell, &mut text);
        }
    }
    text.push('\n');
    out.write_all(text.as_bytes())?;
    Ok(text.len() as u64)
}

/// `2026/04/18`.
fn day(at: Timestamp) -> String {
    at.to_string().chars().take(10).map(|c| if c == '-' { '/' } else { c }).collect()
}

/// Whether the bucket may take later what it does not take now.
fn may_pass(error: &PortError) -> bool {
    matches!(error.kind, PortErrorKind::Unavailable | PortErrorKind::Conflict)
}

fn told(query: &Query, error: &PortError, sign: bool) -> DeliveryStatus {
    tracing::warn!(query = query.id, %error, sign, "a result cannot be delivered");
    match (error.kind, sign) {
        (PortErrorKind::Missing, _) => DeliveryStatus::ResourceNotFound,
        (PortErrorKind::Denied, false) => DeliveryStatus::AccessDenied,
        (PortErrorKind::Denied, true) => DeliveryStatus::AccessDeniedSigningFile,
        (_, false) => DeliveryStatus::Failed,
        (_, true) => DeliveryStatus::FailedSigningFile,
    }
}

impl Worker for Deliverer {
    async fn tick(&mut self) -> Result<Tick, WorkerError> {
        match self.step().await {
            Ok(()) => Ok(Tick::Idle),
            Err(error) => Err(WorkerError::caused("failed to deliver results of queries", error)),
        }
    }

    async fn wait(&mut self) {
        self.shared.answered.woken().await;
    }
}
