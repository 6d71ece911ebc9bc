//! The built-in queries: one file for each group, read once.
//!
//! A query begins with lines of `-- member: text`; then comes its SQL, with places for what a
//! question names ([`Template`]).

use std::sync::OnceLock;

use super::template::Template;

const FILES: [&str; 11] = [
    include_str!("library/activity.sql"),
    include_str!("library/compute.sql"),
    include_str!("library/errors.sql"),
    include_str!("library/identity.sql"),
    include_str!("library/insights.sql"),
    include_str!("library/lake.sql"),
    include_str!("library/network.sql"),
    include_str!("library/resources.sql"),
    include_str!("library/s3.sql"),
    include_str!("library/security.sql"),
    include_str!("library/sign_in.sql"),
];

/// One query of the library.
#[derive(Debug)]
pub(crate) struct Sample {
    /// Unique.
    pub(crate) name: &'static str,
    /// One or two sentences.
    pub(crate) about: &'static str,
    pub(crate) tags: Vec<&'static str>,
    /// Other words that people ask for it with.
    pub(crate) asks: Vec<&'static str>,
    /// What its conditions say already: `("service", "s3.amazonaws.com")`.
    pub(crate) covers: Vec<(&'static str, &'static str)>,
    /// Whether it is for an event data store of Insights events instead of events.
    pub(crate) insights: bool,
    pub(crate) template: Template,
}

/// All queries of the library, in the order of their files.
pub(crate) fn samples() -> &'static [Sample] {
    static SAMPLES: OnceLock<Vec<Sample>> = OnceLock::new();
    SAMPLES.get_or_init(|| FILES.iter().flat_map(|file| split(file)).collect())
}

/// The query of this name.
pub(crate) fn named(name: &str) -> Option<&'static Sample> {
    samples().iter().find(|sample| sample.name == name)
}

fn split(file: &'static str) -> impl Iterator<Item = Sample> {
    const BEGIN: &str = "-- name: ";
    file.match_indices(BEGIN).map(|(from, _)| {
        let rest = &file[from..];
        let to = rest[BEGIN.len()..].find(BEGIN).map_or(rest.len(), |at| at + BEGIN.len());
        parse(&rest[..to])
    })
}

fn parse(text: &'static str) -> Sample {
    let mut sample = Sample {
        name: "",
        about: "",
        tags: Vec::new(),
        asks: Vec::new(),
        covers: Vec::new(),
        insights: false,
        template: Template::parse(""),
    };
    let mut rest = text;
    while let Some((member, value, after)) = member(rest) {
        let list = |separator| value.split(separator).map(str::trim).collect();
        match member {
            "name" => sample.name = value,
            "about" => sample.about = value,
            "tags" => sample.tags = list(','),
            "asks" => sample.asks = list(';'),
            "covers" => {
                sample.covers =
                    value.split(',').filter_map(|pair| pair.trim().split_once('=')).collect();
            }
            "store" => sample.insights = value == "insights",
            _ => break,
        }
        rest = after;
    }
    sample.template = Template::parse(rest.trim());
    sample
}

/// The name and the value of a leading member, and what comes behind its line.
fn member(text: &str) -> Option<(&str, &str, &str)> {
    let (line, rest) = text.strip_prefix("-- ")?.split_once('\n')?;
    let (name, value) = line.split_once(": ")?;
    Some((name, value.trim(), rest))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_query_is_whole_and_has_its_own_name() {
        assert!(samples().len() >= 100, "{}", samples().len());
        let names: BTreeSet<&str> = samples().iter().map(|sample| sample.name).collect();
        assert_eq!(names.len(), samples().len());
        for sample in samples() {
            let name = sample.name;
            assert!(sample.about.ends_with('.') && !sample.tags.is_empty(), "{name}");
            assert!(!sample.asks.is_empty(), "{name}");
            let sql = sample.template.shown();
            assert!(sql.starts_with("SELECT") || sql.starts_with("WITH"), "{name}");
            assert!(sql.contains("FROM $EDS_ID"), "{name}");
            assert!(!sql.contains(['{', '}', ';', '?']), "{name}: {sql}");
            assert!(sql.is_ascii() && sql.len() < 2000, "{name}");
            for (what, _) in &sample.covers {
                let known = ["service", "action", "error", "access", "user"];
                assert!(known.contains(what), "{name}: {what}");
            }
        }
    }
}
