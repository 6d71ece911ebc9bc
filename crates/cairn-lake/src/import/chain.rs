//! Whether the digests of a chain follow each other, and what they cover between them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use cairn_core::{Region, Timestamp};
use cairn_proof::{DigestKey, Key};
use cairn_store::import::{DigestState, ImportDigest, PreviousDigest};

/// Most digests that are named of one gap.
pub(super) const NAMED: usize = 10_000;

/// What is between the digests of one folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Judgement {
    pub(super) breaks: Vec<Break>,
    pub(super) coverage: Coverage,
}

/// Where a chain is not whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Break {
    /// A digest that others name, or that the hours between others ask for.
    Missing {
        key: String,
        /// What it has to cover; the start is not known where nothing is before it.
        start: Option<Timestamp>,
        end: Timestamp,
    },
    /// It is not what the digest after it says.
    Altered { key: String, period: (Timestamp, Timestamp), by: String },
    /// It says another thing of the digest before it than that one is, and only that one is signed.
    Forged { key: String, period: (Timestamp, Timestamp), of: String },
    /// A chain that starts anew: digests cannot say whether there was more before it.
    Restart { key: String, before: Timestamp, start: Timestamp },
}

/// For which times digests say what there is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Coverage {
    /// Disjoint, in order.
    spans: Vec<(Timestamp, Timestamp)>,
    /// Times within spans for which a digest of another chain is missing.
    gaps: Vec<(Timestamp, Timestamp)>,
}

/// How late a file may come after its time and be named by the digest of that time.
const BEFORE: Duration = Duration::from_mins(10);
const AFTER: Duration = Duration::from_hours(2);

impl Coverage {
    /// Whether a log file of this time would be named if a trail had delivered it. Near the ends of
    /// what is covered it may be named by a digest that is not there.
    pub(super) fn is_whole_at(&self, time: Timestamp) -> bool {
        let (start, end) = (time.saturating_sub(BEFORE), time.saturating_add(AFTER));
        let within = |span: &(Timestamp, Timestamp)| span.0 <= start && end <= span.1;
        let meets = |gap: &(Timestamp, Timestamp)| gap.0 < end && start < gap.1;
        self.spans.iter().any(within) && !self.gaps.iter().any(meets)
    }

    fn add(&mut self, span: (Timestamp, Timestamp)) {
        self.spans.push(span);
        self.spans.sort_unstable();
        let mut merged: Vec<(Timestamp, Timestamp)> = Vec::with_capacity(self.spans.len());
        for span in &self.spans {
            match merged.last_mut() {
                Some(last) if span.0 <= last.1 => last.1 = last.1.max(span.1),
                _ => merged.push(*span),
            }
        }
        self.spans = merged;
    }
}

/// Whose digests follow each other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct ChainId {
    trail: String,
    home: Region,
    backfill: bool,
}

/// A digest that may be believed so far.
#[derive(Debug, Clone)]
struct Link<'a> {
    key: DigestKey,
    digest: &'a ImportDigest,
    period: (Timestamp, Timestamp),
}

/// Judges all digests of one account and Region. Those that are not believed already are passed
/// over: what is wrong with them was said.
pub(super) fn judge(digests: &[ImportDigest]) -> Judgement {
    let mut chains: BTreeMap<ChainId, Vec<Link<'_>>> = BTreeMap::new();
    let refused = digests.iter().filter(|digest| !is_believed(digest));
    let refused: HashSet<&str> = refused.map(|digest| digest.key.as_str()).collect();
    for digest in digests.iter().filter(|digest| is_believed(digest)) {
        let Key::Digest(key) = Key::parse(&digest.key) else { continue };
        let Some(period) = digest.period else { continue };
        let DigestKey { trail, home, backfill, .. } = key.clone();
        let id = ChainId { trail, home, backfill };
        chains.entry(id).or_default().push(Link { key, digest, period });
    }
    let mut judgement = Judgement::default();
    for (id, mut links) in chains {
        links.sort_by_key(|link| link.period.1);
        let chain = Chain { refused: &refused, usual: usual(&links), backfill: id.backfill };
        chain.judge(&links, &mut judgement);
    }
    judgement
}

fn is_believed(digest: &ImportDigest) -> bool {
    matches!(digest.state, DigestState::Signed | DigestState::Unsigned)
}

/// The length that most periods have.
fn usual(links: &[Link<'_>]) -> Duration {
    let mut lengths: BTreeMap<Duration, u64> = BTreeMap::new();
    for link in links {
        *lengths.entry(link.period.1.since(link.period.0)).or_default() += 1;
    }
    let most = lengths.into_iter().max_by_key(|(_, count)| *count);
    let hour = Duration::from_hours(1);
    most.map_or(hour, |(length, _)| length).max(Duration::from_secs(1))
}

struct Chain<'a> {
    refused: &'a HashSet<&'a str>,
    usual: Duration,
    backfill: bool,
}

impl Chain<'_> {
    fn judge(&self, links: &[Link<'_>], judgement: &mut Judgement) {
        let places: HashMap<&str, usize> =
            links.iter().enumerate().map(|(at, link)| (link.digest.key.as_str(), at)).collect();
        for (at, link) in links.iter().enumerate() {
            let before = at.checked_sub(1).map(|at| &links[at]);
            let previous = link.digest.previous.as_ref().filter(|previous| previous.here);
            let found = match (before, previous) {
                (None, None) => None,
                (Some(before), None) => self.restart(before, link),
                // As a rule it is the one before in time, too.
                (_, Some(previous)) => match places.get(previous.key.as_str()) {
                    Some(named) => compare(&links[*named], link, previous),
                    None => {
                        self.gap(before, link, judgement);
                        judgement.breaks.extend(self.missing(before, link, previous));
                        None
                    }
                },
            };
            if !self.backfill {
                judgement.coverage.add(link.period);
            }
            judgement.breaks.extend(found);
        }
    }

    fn restart(&self, before: &Link<'_>, link: &Link<'_>) -> Option<Break> {
        let (key, start) = (link.digest.key.clone(), link.period.0);
        let restart = Break::Restart { key, before: before.period.1, start };
        (!self.backfill).then_some(restart)
    }

    fn gap(&self, before: Option<&Link<'_>>, link: &Link<'_>, judgement: &mut Judgement) {
        if !self.backfill {
            let from = before.map_or(Timestamp::EPOCH, |before| before.period.1);
            judgement.coverage.gaps.push((from, link.period.0));
        }
    }

    /// The digests between two: the last of them is named, and periods that follow each other say
    /// where those before it have to be.
    fn missing(
        &self,
        before: Option<&Link<'_>>,
        link: &Link<'_>,
        previous: &PreviousDigest,
    ) -> Vec<Break> {
        let key = previous.key.clone();
        let end = match Key::parse(&key) {
            Key::Digest(key) => key.end,
            _ => link.period.0,
        };
        let from = before.map(|before| before.period.1);
        let mut found: Vec<Break> = Vec::new();
        let mut start = from.filter(|_| !self.backfill);
        while let Some(from) = start {
            let next = from.saturating_add(self.usual);
            if next >= end || found.len() >= NAMED {
                break;
            }
            let due = DigestKey { end: next, ..link.key.clone() }.to_string();
            found.push(Break::Missing { key: due, start: Some(from), end: next });
            start = Some(next);
        }
        found.push(Break::Missing { key, start, end });
        // What is there and not believed is complained of already.
        found.retain(|found| match found {
            Break::Missing { key, .. } => !self.refused.contains(key.as_str()),
            _ => true,
        });
        found
    }
}

/// Whether the digest before is what the one after it says.
fn compare(before: &Link<'_>, link: &Link<'_>, previous: &PreviousDigest) -> Option<Break> {
    let hash = before.digest.sha256.is_none_or(|sha256| sha256 == previous.sha256);
    let signed = before.digest.signature.as_ref();
    if hash && signed.is_none_or(|signature| *signature == previous.signature) {
        return None;
    }
    let (one, other) = (before.digest, link.digest);
    if one.state == DigestState::Signed && other.state != DigestState::Signed {
        let (key, of) = (other.key.clone(), one.key.clone());
        return Some(Break::Forged { key, period: link.period, of });
    }
    let (key, by) = (one.key.clone(), other.key.clone());
    Some(Break::Altered { key, period: before.period, by })
}

#[cfg(test)]
mod tests;
