//! Arrows go down: a crate imports only from floors below its own.

use super::Complaint;
use super::crates::Crate;

/// The floor of what stands outside the house (tools, simulation, benches): it may import from
/// every floor, and nothing in the house imports it.
const OUTSIDE: u64 = 9;

/// An arrow that does not go down, and why it may stay.
pub(super) struct Exception {
    from: &'static str,
    to: &'static str,
    #[expect(dead_code, reason = "written for the reader of the table")]
    reason: &'static str,
}

/// All exceptions there are: none.
pub(super) const EXCEPTIONS: &[Exception] = &[];

pub(super) fn check(crates: &[Crate], exceptions: &[Exception]) -> Vec<Complaint> {
    let mut found = Vec::new();
    for member in crates {
        let Some(floor) = member.floor else {
            let text = "no `[package.metadata.cairn] floor`: say on which floor the crate stands";
            found.push(Complaint::new(&member.manifest, 1, text));
            continue;
        };
        let imported = crates.iter().filter(|other| member.dependencies().any(|d| d == other.name));
        for other in imported {
            let below = other.floor.is_some_and(|below| below < floor);
            let excepted = exceptions.iter().any(|e| e.from == member.name && e.to == other.name);
            if floor != OUTSIDE && !below && !excepted {
                let text = format!(
                    "{} (floor {floor}) imports {} (floor {}): arrows go down only; let a floor \
                     above join the two",
                    member.name,
                    other.name,
                    other.floor.map_or("unknown".to_owned(), |floor| floor.to_string())
                );
                found.push(Complaint::new(&member.manifest, 1, text));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Crate, Exception, check};

    fn house() -> Vec<Crate> {
        vec![
            Crate::invented("core", 0, &[]),
            Crate::invented("journal", 2, &["core", "tokio"]),
            Crate::invented("store", 2, &["core", "journal"]),
            Crate::invented("event", 1, &["core", "store"]),
            Crate::invented("bench", 9, &["core", "store"]),
            Crate::invented("server", 5, &["bench"]),
        ]
    }

    #[test]
    fn arrows_sideways_up_and_out_are_found() {
        let found: Vec<String> = check(&house(), &[]).iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found[0].contains("store (floor 2) imports journal (floor 2)"));
        assert!(found[1].contains("event (floor 1) imports store (floor 2)"));
        assert!(found[2].contains("server (floor 5) imports bench (floor 9)"));
    }

    #[test]
    fn an_exception_covers_one_arrow() {
        let exception = Exception { from: "store", to: "journal", reason: "a test" };
        assert_eq!(check(&house(), &[exception]).len(), 2);
    }

    #[test]
    fn a_crate_without_a_floor_is_found() {
        let mut crates = house();
        crates[0].floor = None;
        let found = check(&crates[..1], &[]);
        assert!(found[0].text.starts_with("no `[package.metadata.cairn] floor`"));
    }
}
