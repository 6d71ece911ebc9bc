//! Which queries of the library fit a text: BM25 over their words.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use super::library::{Sample, samples};
use super::words::terms;

/// How soon more of one word says nothing more.
const SATURATION: f64 = 1.2;
/// How much longer descriptions are held against.
const LENGTH: f64 = 0.4;
/// How much a word counts by where it stands.
const NAME: f64 = 3.0;
const ASKED: f64 = 2.0;
const TAG: f64 = 2.0;
const ABOUT: f64 = 1.0;

/// The library's words.
pub(crate) struct Index {
    entries: Vec<Entry>,
    /// In how many queries a word stands.
    found_in: HashMap<String, usize>,
    mean: f64,
}

struct Entry {
    sample: &'static Sample,
    weights: HashMap<String, f64>,
    length: f64,
}

/// A query and how well it fits: 1 if every word of the text stands in it, and often.
#[derive(Clone, Copy)]
pub(crate) struct Ranked {
    pub(crate) sample: &'static Sample,
    pub(crate) relevance: f64,
}

impl Index {
    pub(crate) fn library() -> &'static Self {
        static INDEX: OnceLock<Index> = OnceLock::new();
        INDEX.get_or_init(Self::new)
    }

    fn new() -> Self {
        let entries: Vec<Entry> = samples().iter().map(Entry::of).collect();
        let mut found_in = HashMap::new();
        for term in entries.iter().flat_map(|entry| entry.weights.keys()) {
            *found_in.entry(term.clone()).or_insert(0) += 1;
        }
        let total: f64 = entries.iter().map(|entry| entry.length).sum();
        let mean = total / entries.len().max(1) as f64;
        Self { entries, found_in, mean }
    }

    /// Every query that shares a word with the text, the best first; equals in the order of the
    /// library.
    pub(crate) fn search(&self, text: &str) -> Vec<Ranked> {
        let asked: HashSet<String> = terms(text).into_iter().collect();
        let ideal: f64 = asked.iter().map(|term| self.rarity(term)).sum();
        let rank = |entry: &Entry| {
            let score: f64 = asked.iter().map(|term| self.score(entry, term)).sum();
            Ranked { sample: entry.sample, relevance: score / ideal.max(f64::MIN_POSITIVE) }
        };
        let mut ranked: Vec<Ranked> = self.entries.iter().map(rank).collect();
        ranked.retain(|ranked| ranked.relevance > 0.0);
        ranked.sort_by(|a, b| b.relevance.total_cmp(&a.relevance));
        ranked
    }

    /// Whether the word is one of the library's, so that it hardly names somebody.
    pub(crate) fn knows(&self, word: &str) -> bool {
        terms(word).iter().all(|term| self.found_in.contains_key(term))
    }

    /// Between 0 and the word's rarity.
    fn score(&self, entry: &Entry, term: &str) -> f64 {
        let Some(weight) = entry.weights.get(term) else { return 0.0 };
        let damped = SATURATION * (1.0 - LENGTH + LENGTH * entry.length / self.mean);
        self.rarity(term) * weight / (weight + damped)
    }

    fn rarity(&self, term: &str) -> f64 {
        let (count, found) = (self.entries.len() as f64, self.found_in.get(term));
        let found = found.map_or(0.0, |found| *found as f64);
        ((count - found + 0.5) / (found + 0.5) + 1.0).ln()
    }
}

impl Entry {
    fn of(sample: &'static Sample) -> Self {
        let mut weights: HashMap<String, f64> = HashMap::new();
        let mut add = |text: &str, weight: f64| {
            for term in terms(text) {
                *weights.entry(term).or_insert(0.0) += weight;
            }
        };
        add(sample.name, NAME);
        add(sample.about, ABOUT);
        for tag in &sample.tags {
            add(tag, TAG);
        }
        for asked in &sample.asks {
            add(asked, ASKED);
        }
        for (_, value) in &sample.covers {
            add(value.trim_end_matches(".amazonaws.com"), TAG);
        }
        let length = weights.values().sum();
        Self { sample, weights, length }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(text: &str) -> &'static str {
        Index::library().search(text).first().map_or("", |ranked| ranked.sample.name)
    }

    #[test]
    fn what_people_ask_for_is_found_first() {
        let cases = [
            ("failed console logins", "Failed console sign-ins"),
            ("root login", "Sign-ins of the root user"),
            ("login without mfa", "Console sign-ins without MFA"),
            ("top errors", "Top errors"),
            ("access denied", "Denied calls"),
            ("security group open to the world", "Security groups that were opened to the world"),
            ("who deleted s3 objects", "Deleted S3 objects"),
            ("public bucket", "Changes of bucket policies and public access"),
            ("launched ec2 instances", "Instances that were launched"),
            ("kms key deletion", "KMS keys that were disabled or deleted"),
            ("assumed roles", "Roles that were assumed"),
            ("calls per service", "Events per service"),
            ("throttled requests", "Throttled calls"),
            ("new access keys", "Access keys that were created or deleted"),
            ("logging stopped", "Changes of CloudTrail"),
            ("tls", "Calls with an old TLS version"),
            ("lambda invocations", "Invocations of Lambda functions"),
            ("cross account access", "Roles assumed from other accounts"),
            ("who read secrets", "Secrets that were read"),
            ("dns changes", "Changes of DNS records"),
        ];
        let wrong: Vec<_> = cases
            .iter()
            .filter(|(text, name)| first(text) != *name)
            .map(|(text, _)| (text, first(text)))
            .collect();
        assert!(wrong.is_empty(), "{wrong:?}");
    }

    #[test]
    fn relevance_is_between_nothing_and_one_and_falls() {
        let ranked = Index::library().search("failed console sign-ins of a user");
        assert!(ranked.len() > 10);
        assert!(ranked.windows(2).all(|pair| pair[0].relevance >= pair[1].relevance));
        assert!(ranked.iter().all(|ranked| 0.0 < ranked.relevance && ranked.relevance <= 1.0));
        assert!(Index::library().search("zebra stripes").is_empty());
        let half = Index::library().search("failed console sign-ins zebra")[0].relevance;
        let whole = Index::library().search("failed console sign-ins")[0].relevance;
        assert!(half < whole);
    }
}
