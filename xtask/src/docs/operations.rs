//! `docs/reference/operations.md`: what each operation of CloudTrail's API gets as an answer here.

use std::collections::BTreeSet;

use crate::codegen::{Model, is_reading, read_model};
use crate::output::{Failure, Output};
use crate::tree;

const PAGE: &str = "docs/reference/operations.md";

/// The table of handlers. A line `on::<LookupEvents>(…)` or `changes::<AddTags>(…)` in it is what
/// makes an operation served.
const TABLE: &str = "crates/cairn-control/src/table.rs";

pub(crate) fn page() -> Result<Output, Failure> {
    let table = std::fs::read_to_string(tree::root().join(TABLE)).unwrap_or_default();
    let model = read_model()?;
    let served = served(&table);
    if let Some(stranger) = served.iter().find(|name| !model.operations.contains_key(**name)) {
        return Err(Failure::new(format!("{TABLE}: {stranger} is no operation of the model")));
    }
    Ok(Output { path: PAGE, text: text(&model, &served) })
}

/// The operations that the table names.
fn served(table: &str) -> BTreeSet<&str> {
    let code = table.lines().filter(|line| !line.trim_start().starts_with("//"));
    let mentions = code.flat_map(|line| {
        let of = move |word| line.match_indices(word).map(move |at| (line, at.0));
        of("on::<").chain(of("changes::<"))
    });
    let calls = mentions.filter(|(line, at)| !line[..*at].ends_with(is_in_word));
    let names = calls.filter_map(|(line, at)| line[at..].split(['<', '>']).nth(1));
    names.map(|name| name.rsplit("::").next().unwrap_or(name)).collect()
}

fn is_in_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn text(model: &Model, served: &BTreeSet<&str>) -> String {
    let mut text = format!(
        "<!-- Written by `cargo xtask docs`: do not edit. -->\n\
         # Operations\n\n\
         CloudTrail's API has {} operations; Cairn serves {}. Every other one is answered with \
         HTTP 400\n`UnsupportedOperationException` and a message that names it, after its \
         signature was verified.\n\n\
         | operation | changes state | answer |\n|---|---|---|\n",
        model.operations.len(),
        served.len()
    );
    for name in model.operations.keys() {
        let changes = if is_reading(name) { "no" } else { "yes" };
        let answer = if served.contains(name.as_str()) { "served" } else { "unsupported" };
        text.push_str(&format!("| {name} | {changes} | {answer} |\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::served;

    #[test]
    fn served_operations_are_those_with_a_handler() {
        let table = "//! on::<Nothing>\non::<LookupEvents>(lookup),\n  // on::<GetTrail>(old)\n\
                     on::<operations::ListTags>(tags), function::<GetTrail>(no)\n\
                     on::<AddTags>(add),\nchanges::<operations::StopLogging>()";
        let expected = ["AddTags", "ListTags", "LookupEvents", "StopLogging"];
        assert_eq!(Vec::from_iter(served(table)), expected);
    }
}
