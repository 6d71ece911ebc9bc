//! The pages that need no signature: is it alive, can it take records, its figures.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use cairn_control::Services;
use cairn_neighbours::sns::CERTIFICATE_PATH;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::request::Parts as Head;
use http::{Method, Response, StatusCode};

use crate::metrics::{Gauge, Metrics};
use crate::proxy::{Book, Upstream};

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Answers `/healthz`, `/readyz`, `/metrics`, and the path of SNS's certificate.
pub(crate) struct Status {
    pub(crate) services: Arc<Services>,
    /// Free bytes below which records are refused.
    pub(crate) reserve: u64,
    pub(crate) upstreams: Vec<Arc<Upstream>>,
    pub(crate) book: Book,
    /// What messages of SNS are verified with, in PEM.
    pub(crate) certificate: String,
}

impl Status {
    /// `None` for every other path.
    pub(crate) fn answer(&self, head: &Head, metrics: &Metrics) -> Option<Response<Bytes>> {
        if head.method != Method::GET && head.method != Method::HEAD {
            return None;
        }
        match head.uri.path() {
            "/healthz" => Some(page(StatusCode::OK, "ok\n".to_owned())),
            "/readyz" => Some(self.ready()),
            CERTIFICATE_PATH => Some(page(StatusCode::OK, self.certificate.clone())),
            "/metrics" => {
                let mut page = page(StatusCode::OK, metrics.page(&self.gauges()));
                page.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(OPEN_METRICS));
                Some(page)
            }
            _ => None,
        }
    }

    fn ready(&self) -> Response<Bytes> {
        if self.services.stop.is_stopped() {
            return page(StatusCode::SERVICE_UNAVAILABLE, "stopping\n".to_owned());
        }
        let stats = self.services.journal.stats();
        if stats.poisoned {
            let text = "the journal's disk failed: restart the server\n";
            return page(StatusCode::SERVICE_UNAVAILABLE, text.to_owned());
        }
        if stats.free_bytes < self.reserve {
            let text = format!(
                "the disk is nearly full: {} bytes are free and {} are in reserve; free space\n",
                stats.free_bytes, self.reserve
            );
            return page(StatusCode::SERVICE_UNAVAILABLE, text);
        }
        page(StatusCode::OK, format!("ready\n{}", self.upstreams()))
    }

    /// One line for each upstream. One that is down does not make Cairn unready: its own services
    /// and the other upstreams go on.
    fn upstreams(&self) -> String {
        let line = |upstream: &Arc<Upstream>| {
            let state = if upstream.is_down() { "down" } else { "up" };
            let settings = &upstream.settings;
            format!("upstream {} {} {state}\n", settings.name, settings.url.authority)
        };
        self.upstreams.iter().map(line).collect()
    }

    fn gauges(&self) -> Vec<Gauge> {
        let journal = self.services.journal.stats();
        let history = self.services.history.stats();
        let gauge = |name, help, value| Gauge { name, help, value };
        let (open, waiting) = self.book.intents.stats();
        let down = self.upstreams.iter().filter(|upstream| upstream.is_down()).count();
        let failures = self.upstreams.iter().map(|one| one.failures.load(Ordering::Relaxed));
        let trails = self.services.trails.figures();
        let now = self.services.clock.now();
        let oldest = trails.oldest.map_or(0, |oldest| now.since(oldest).as_secs());
        vec![
            gauge("gateway_open_intents", "Forwarded calls whose outcome is open", open as u64),
            gauge("gateway_waiting_outcomes", "Outcomes the journal refused", waiting as u64),
            gauge("gateway_gap_calls", "Calls no record tells of yet", self.book.gaps.untold()),
            gauge("gateway_upstreams_down", "Upstreams that do not answer", down as u64),
            gauge("gateway_upstream_failures", "Calls that got no answer", failures.sum()),
            gauge("journal_durable_seq", "Last durable place in the journal", journal.durable.0),
            gauge("journal_queue_bytes", "Bytes that wait for the disk", journal.queue_bytes),
            gauge("journal_blocks", "Group commits since the start", journal.blocks),
            gauge("journal_written_bytes", "Bytes written since the start", journal.bytes),
            gauge("journal_records", "Records stored since the start", journal.records),
            gauge("journal_duplicates", "Records that were there already", journal.duplicates),
            gauge("journal_conflicts", "Records whose id was taken", journal.conflicts),
            gauge("journal_quarantined", "Pieces that are no valid record", journal.quarantined),
            gauge("journal_refused", "Records refused for want of disk space", journal.refused),
            gauge("journal_free_bytes", "Free bytes on the disk", journal.free_bytes),
            gauge("journal_segments", "Segment files", journal.segments),
            gauge(
                "journal_sync_max_micros",
                "Longest sync since the start",
                journal.sync_max.as_micros() as u64,
            ),
            gauge(
                "history_rows",
                "Records that event history indexes",
                history.part_rows + history.table_rows,
            ),
            gauge("history_parts", "Part files of event history", history.parts as u64),
            gauge("history_lag", "Durable records not indexed yet", history.lag),
            gauge("trail_waiting_files", "Log files on their way to buckets", trails.waiting),
            gauge("trail_oldest_seconds", "Age of the oldest log file on its way", oldest),
            gauge(
                "trail_delivered_files",
                "Log files that arrived since the start",
                trails.delivered,
            ),
            gauge("trail_failed_attempts", "Attempts that a bucket refused", trails.failed),
            gauge("trail_taken_keys", "Keys that another object had", trails.taken),
        ]
    }
}

fn page(status: StatusCode, text: String) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(text));
    *response.status_mut() = status;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, plain);
    response
}
