//! What a new catalog has that the old one has not, and the other way round.

use std::collections::BTreeMap;

use cairn_catalog::Catalog;

use super::show;

/// The most operations that are written out; the rest is counted.
const SHOWN: usize = 200;

pub(super) fn text(old: Option<&Catalog>, new: &Catalog) -> String {
    let before = old.map(show::lines).unwrap_or_default();
    let after = show::lines(new);
    let mut report = Vec::new();
    let removed = before.keys().filter(|key| !after.contains_key(*key)).map(|key| (key, "-"));
    let added = after.keys().filter(|key| !before.contains_key(*key)).map(|key| (key, "+"));
    let mut whole: BTreeMap<&str, (&str, usize)> = BTreeMap::new();
    for ((service, operation), sign) in removed.chain(added) {
        let other = if sign == "-" { &after } else { &before };
        if !other.contains_key(&(service.clone(), String::new())) {
            let counted = whole.entry(service).or_insert((sign, 0));
            counted.1 += usize::from(!operation.is_empty());
        } else {
            report.push(format!("{sign} {service} {operation}"));
        }
    }
    for (key, line) in &after {
        if let Some(old) = before.get(key).filter(|old| *old != line) {
            report.push(format!("~ {} {}: {}", key.0, key.1, words(old, line)));
        }
    }
    report.sort();
    let hidden = report.len().saturating_sub(SHOWN);
    report.truncate(SHOWN);
    if hidden > 0 {
        report.push(format!("and {hidden} more: compare `cargo xtask catalog --show` of both"));
    }
    for (service, (sign, operations)) in whole {
        report.push(format!("{sign} {service} with {operations} operations"));
    }
    let operations = after.keys().filter(|(_, operation)| !operation.is_empty()).count();
    let versions = match old.map(Catalog::version).filter(|old| *old != new.version()) {
        Some(old) => format!("{old} -> {}", new.version()),
        None => new.version().to_owned(),
    };
    let services = new.services().count();
    report.push(format!("models {versions}: {services} services, {operations} operations"));
    report.join("\n")
}

/// The words of two lines that are not in both.
fn words(old: &str, new: &str) -> String {
    let split = |line: &str| -> Vec<String> {
        line.split([' ', '(', ')']).filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    let (old, new) = (split(old), split(new));
    let gone = old.iter().filter(|word| !new.contains(word)).map(|word| format!("-{word}"));
    let come = new.iter().filter(|word| !old.contains(word)).map(|word| format!("+{word}"));
    let changed: Vec<String> = gone.chain(come).collect();
    if changed.is_empty() { "the order of its members".to_owned() } else { changed.join(" ") }
}
