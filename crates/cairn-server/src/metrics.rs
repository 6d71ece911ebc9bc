//! Numbers for Prometheus: counted where things happen, joined with the stores' own figures at
//! each scrape. Labels are bounded: an operation that Cairn does not know counts as `other`.

use std::fmt::Write;
use std::sync::Mutex;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// Upper bounds of the request durations, in seconds.
const SECONDS: [f64; 12] = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0];

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Labels {
    service: String,
    operation: String,
    code: String,
}

/// What the server counts itself.
pub(crate) struct Metrics {
    registry: Mutex<Registry>,
    requests: Family<Labels, Counter>,
    seconds: Family<Operation, Histogram>,
    ingested: Family<Outcome, Counter>,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Operation {
    service: String,
    operation: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Outcome {
    result: String,
}

/// One figure that is read at scrape time.
pub(crate) struct Gauge {
    pub(crate) name: &'static str,
    pub(crate) help: &'static str,
    pub(crate) value: u64,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("cairn");
        let requests = Family::<Labels, Counter>::default();
        registry.register("requests", "Answered requests", requests.clone());
        let seconds =
            Family::<Operation, Histogram>::new_with_constructor(|| Histogram::new(SECONDS));
        registry.register_with_unit(
            "request_duration",
            "Time from a request's head to its answer",
            Unit::Seconds,
            seconds.clone(),
        );
        let ingested = Family::<Outcome, Counter>::default();
        registry.register("ingested_records", "Records sent to the ingest door", ingested.clone());
        Self { registry: Mutex::new(registry), requests, seconds, ingested }
    }

    pub(crate) fn request(&self, service: &str, operation: &str, code: &str, took: Duration) {
        let (service, operation) = (service.to_owned(), operation.to_owned());
        let labels = Labels {
            service: service.clone(),
            operation: operation.clone(),
            code: code.to_owned(),
        };
        self.requests.get_or_create(&labels).inc();
        self.seconds.get_or_create(&Operation { service, operation }).observe(took.as_secs_f64());
    }

    pub(crate) fn ingested(&self, result: &'static str, count: u64) {
        if count > 0 {
            self.ingested.get_or_create(&Outcome { result: result.to_owned() }).inc_by(count);
        }
    }

    /// The page of `GET /metrics`, in OpenMetrics text.
    pub(crate) fn page(&self, gauges: &[Gauge]) -> String {
        let mut page = String::new();
        let registry = self.registry.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // Writing to a String does not fail.
        let _ = encode(&mut page, &registry);
        let end = page.trim_end().trim_end_matches("# EOF").len();
        page.truncate(end);
        for Gauge { name, help, value } in gauges {
            let _ = write!(
                page,
                "# HELP cairn_{name} {help}.\n# TYPE cairn_{name} gauge\ncairn_{name} {value}\n"
            );
        }
        page.push_str("# EOF\n");
        page
    }
}
