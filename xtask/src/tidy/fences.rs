//! Which crates a dependency may be seen from.

use super::Complaint;
use super::crates::Crate;

/// A dependency that not everyone may have.
pub(super) struct Fence {
    dependency: &'static str,
    gate: Gate,
    reason: &'static str,
}

enum Gate {
    /// Only these may have it.
    Only(&'static [&'static str]),
    /// All may have it but these.
    Not(&'static [&'static str]),
}

const ENGINE: &str = "the query engine is built for one crate, and the rest does not wait for it";

pub(super) const FENCES: &[Fence] = &[
    Fence {
        dependency: "cairn-api",
        gate: Gate::Only(&["cairn-control", "cairn-server", "cairn"]),
        reason: "the floors below F4 speak domain types, not CloudTrail's shapes",
    },
    Fence {
        dependency: "cairn-wire",
        gate: Gate::Only(&[
            "cairn-gateway",
            "cairn-control",
            "cairn-neighbours",
            "cairn-ports",
            "cairn-s3",
            "cairn-server",
            "cairn",
            "cairn-bench",
        ]),
        reason: "only what meets a request, or makes one, knows how requests look",
    },
    Fence { dependency: "datafusion", gate: Gate::Only(&["cairn-lake"]), reason: ENGINE },
    Fence { dependency: "arrow", gate: Gate::Only(&["cairn-lake"]), reason: ENGINE },
    Fence { dependency: "parquet", gate: Gate::Only(&["cairn-lake"]), reason: ENGINE },
    Fence { dependency: "apache-avro", gate: Gate::Only(&["cairn-lake"]), reason: ENGINE },
    Fence { dependency: "object_store", gate: Gate::Only(&["cairn-lake"]), reason: ENGINE },
    Fence {
        dependency: "cairn-lake",
        gate: Gate::Only(&["cairn-server", "cairn", "cairn-bench"]),
        reason: "the floors below speak to the port in cairn-ports, and do not wait for the engine",
    },
    Fence { dependency: "clap", gate: Gate::Only(&["cairn"]), reason: COMMAND_LINE },
    Fence { dependency: "indicatif", gate: Gate::Only(&["cairn"]), reason: COMMAND_LINE },
    Fence { dependency: "comfy-table", gate: Gate::Only(&["cairn"]), reason: COMMAND_LINE },
    Fence {
        dependency: "sqlx",
        gate: Gate::Only(&["cairn-store"]),
        reason: "one crate knows that state lies in SQLite",
    },
    Fence {
        dependency: "hyper",
        gate: Gate::Only(&["cairn-server", "cairn", "cairn-bench"]),
        reason: "sockets are opened at the top; everything below takes and gives values",
    },
    Fence {
        dependency: "tokio",
        gate: Gate::Not(&["cairn-core", "cairn-event", "cairn-api", "cairn-wire"]),
        reason: "these are pure: a simulation and a fuzzer call them without a runtime",
    },
    Fence {
        dependency: "tracing-subscriber",
        gate: Gate::Only(&["cairn"]),
        reason: "the process decides where its log goes, a library does not",
    },
];

const COMMAND_LINE: &str = "the command line is the binary's; a library prints nothing";

pub(super) fn check(crates: &[Crate], fences: &[Fence]) -> Vec<Complaint> {
    let mut found = Vec::new();
    for member in crates {
        for dependency in member.dependencies() {
            for fence in fences.iter().filter(|fence| fence.dependency == dependency) {
                if !fence.lets(&member.name) {
                    let name = &member.name;
                    let text = format!("{name} may not depend on {dependency}: {}", fence.reason);
                    found.push(Complaint::new(&member.manifest, 1, text));
                }
            }
        }
    }
    found
}

impl Fence {
    fn lets(&self, name: &str) -> bool {
        match self.gate {
            Gate::Only(those) => those.contains(&name),
            Gate::Not(those) => !those.contains(&name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Crate, FENCES, check};

    #[test]
    fn a_dependency_beyond_its_fence_is_found() {
        let crates = [
            Crate::invented("cairn-journal", 2, &["sqlx", "tokio"]),
            Crate::invented("cairn-store", 2, &["sqlx", "tokio"]),
            Crate::invented("cairn-event", 1, &["tokio"]),
        ];
        let found: Vec<String> = check(&crates, FENCES).iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].contains("cairn-journal may not depend on sqlx: one crate knows"));
        assert!(found[1].contains("cairn-event may not depend on tokio: these are pure"));
    }
}
