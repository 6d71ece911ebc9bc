//! How much of others' code a crate, and the whole, may rest on.

use std::collections::BTreeSet;

use super::Complaint;
use super::crates::Crate;

/// Direct third-party dependencies of the shipped code of one crate.
const PER_CRATE: usize = 15;
/// The same for the crates that join everything, or fence what no other may have.
const PER_JOINER: usize = 25;
const JOINERS: &[&str] = &["cairn", "cairn-server", "cairn-lake"];
/// Direct third-party dependencies of all members together, tests included.
const WHOLE: usize = 100;

pub(super) fn check(crates: &[Crate]) -> Vec<Complaint> {
    let own: BTreeSet<&str> = crates.iter().map(|member| member.name.as_str()).collect();
    let mut found = Vec::new();
    let mut whole = BTreeSet::new();
    for member in crates {
        let foreign = member.normal.iter().filter(|name| !own.contains(name.as_str())).count();
        let most = if JOINERS.contains(&member.name.as_str()) { PER_JOINER } else { PER_CRATE };
        if foreign > most {
            let text = format!("{foreign} third-party dependencies, {most} at most: drop some");
            found.push(Complaint::new(&member.manifest, 1, text));
        }
        whole.extend(member.dependencies().filter(|name| !own.contains(name)));
    }
    if whole.len() > WHOLE {
        let text = format!("{} third-party dependencies, {WHOLE} at most: drop some", whole.len());
        found.push(Complaint::new("Cargo.toml", 1, text));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Crate, check};

    #[test]
    fn a_crate_with_too_many_dependencies_is_found() {
        let names: Vec<String> = (0..16).map(|number| format!("foreign-{number}")).collect();
        let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
        let greedy = Crate::invented("greedy", 1, &names);
        let server = Crate::invented("cairn-server", 5, &names);
        names[0] = "greedy";
        let modest = Crate::invented("modest", 2, &names);
        let found = check(&[greedy, server, modest]);
        assert_eq!(found.len(), 1);
        assert!(found[0].to_string().starts_with("crates/greedy/Cargo.toml:1: 16 third-party"));
    }

    #[test]
    fn a_workspace_with_too_many_dependencies_is_found() {
        let member = |number: usize| {
            let names: Vec<String> = (0..13).map(|at| format!("foreign-{number}-{at}")).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            Crate::invented(&format!("member-{number}"), 1, &names)
        };
        let crates: Vec<Crate> = (0..8).map(member).collect();
        assert!(check(&crates[..7]).is_empty());
        assert_eq!(check(&crates)[0].path, "Cargo.toml");
    }
}
