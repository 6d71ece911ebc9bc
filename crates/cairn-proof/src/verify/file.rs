//! One log file.

use cairn_core::Timestamp;
use twox_hash::XxHash3_128;

use super::fault::{Fault, Finding, What};
use super::inventory::{Current, Name, Source, Stored};
use super::period::{Listed, other_versions};
use crate::gzip::{GzipForm, gunzip};
use crate::hash::Sha256;
use crate::scan::{Seen, records};

/// The most of one log file, as text, where no proof says how much it is.
const MOST_BYTES: usize = 1 << 30;

/// Looks at one log file.
pub struct FileJob {
    pub(super) listed: Listed,
    pub(super) stored: Option<Stored>,
    /// Ids are compared within one stream: a trail, an account, a Region and a folder.
    pub(super) stream: u64,
}

/// What one log file says, and what is wrong with it.
#[derive(Default)]
pub struct FileFound {
    pub(super) name: Name,
    pub(super) findings: Vec<Finding>,
    pub(super) read: bool,
    pub(super) text_bytes: u64,
    pub(super) stored_bytes: u64,
    pub(super) records: u64,
    /// The hash of each record's stream and id.
    pub(super) ids: Vec<u128>,
}

impl FileJob {
    pub fn run(&self, source: &dyn Source) -> FileFound {
        let mut found = FileFound { name: self.listed.name.clone(), ..FileFound::default() };
        let (bucket, key) = &self.listed.name;
        let here = self.stored.as_ref().filter(|stored| stored.current != Current::None);
        let Some(stored) = here else {
            found.complain(Fault::Missing { what: What::Log });
            return found;
        };
        match source.fetch(bucket, key, stored.current.version()) {
            Ok(Some(fetched)) => self.check(&fetched.bytes, &mut found),
            Ok(None) => found.complain(Fault::Missing { what: What::Log }),
            Err(error) => found.complain(Fault::Fetch(error.0)),
        }
        if let Some(more) = &self.listed.more {
            let others = other_versions(source, &self.listed.name, stored, &more.gzip_sha256);
            found.findings.extend(others);
        }
        found
    }

    fn check(&self, bytes: &[u8], found: &mut FileFound) {
        found.stored_bytes = bytes.len() as u64;
        let (form, limit) = match &self.listed.more {
            Some(more) => (GzipForm::Cairn, more.bytes as usize),
            None => (GzipForm::Any, MOST_BYTES),
        };
        let text = match gunzip(bytes, limit, form) {
            Ok(text) => text,
            Err(error) => return found.complain(Fault::Gzip(error)),
        };
        found.read = true;
        found.text_bytes = text.len() as u64;
        if let Some(more) = &self.listed.more
            && more.bytes != text.len() as u64
        {
            let (stated, actual) = (more.bytes, text.len() as u64);
            return found.complain(Fault::FileSize { stated, found: actual });
        }
        if Sha256::of(&text) != self.listed.sha256 {
            return found.complain(Fault::FileText);
        }
        if let Some(more) = &self.listed.more
            && (more.gzip_sha256 != Sha256::of(bytes) || more.gzip_bytes != bytes.len() as u64)
        {
            found.complain(Fault::FileBytes);
        }
        self.scan(&text, found);
    }

    /// The text is what was signed; now it is compared with what was said about it.
    fn scan(&self, text: &[u8], found: &mut FileFound) {
        let mut times = Times::default();
        let (ids, stream) = (&mut found.ids, self.stream);
        let proven = self.listed.more.is_some();
        let scanned = records(text, |seen| {
            times.see(&seen);
            if let (true, Some(id)) = (proven, seen.id) {
                ids.push(XxHash3_128::oneshot_with_seed(stream, id));
            }
        });
        match scanned {
            Ok(count) => found.records = count,
            Err(unreadable) => return found.complain_at(unreadable.at, Fault::NotRecords),
        }
        if let Some(more) = &self.listed.more
            && more.records != found.records
        {
            found.complain(Fault::Records { stated: more.records, found: found.records });
        }
        self.compare_times(&times, found);
    }

    fn compare_times(&self, times: &Times<'_>, found: &mut FileFound) {
        let (Some(oldest), Some(newest)) = (self.listed.oldest, self.listed.newest) else {
            return;
        };
        for text in [times.oldest, times.newest].into_iter().flatten() {
            let time = parse(text);
            if time.is_none_or(|time| whole(time) < oldest || whole(time) > newest) {
                let text = String::from_utf8_lossy(text).into_owned();
                return found.complain(Fault::EventTime { found: text, oldest, newest });
            }
        }
        let least = times.oldest.and_then(parse).map(whole);
        let most = times.newest.and_then(parse).map(whole);
        if self.listed.more.is_some() && (least, most) != (Some(oldest), Some(newest)) {
            found.complain(Fault::Range { oldest, newest });
        }
    }
}

/// The first and the last time of a file. Times that all have AWS's own form are in the order of
/// their texts; any other is compared by what it means.
#[derive(Default)]
struct Times<'a> {
    oldest: Option<&'a [u8]>,
    newest: Option<&'a [u8]>,
}

impl<'a> Times<'a> {
    fn see(&mut self, seen: &Seen<'a>) {
        let Some(time) = seen.time else { return };
        if self.oldest.is_none_or(|oldest| before(time, oldest)) {
            self.oldest = Some(time);
        }
        if self.newest.is_none_or(|newest| before(newest, time)) {
            self.newest = Some(time);
        }
    }
}

fn before(one: &[u8], other: &[u8]) -> bool {
    const PLAIN: usize = 20;
    if one.len() == PLAIN && other.len() == PLAIN {
        return one < other;
    }
    parse(one) < parse(other)
}

fn parse(text: &[u8]) -> Option<Timestamp> {
    Timestamp::parse(std::str::from_utf8(text).ok()?)
}

/// Digests and proofs have whole seconds.
fn whole(time: Timestamp) -> Timestamp {
    Timestamp::from_seconds(time.seconds())
}

impl FileFound {
    fn complain(&mut self, fault: Fault) {
        self.findings.push(Finding::of(&self.name, fault));
    }

    fn complain_at(&mut self, at: usize, fault: Fault) {
        let finding = Finding { offset: Some(at as u64), ..Finding::of(&self.name, fault) };
        self.findings.push(finding);
    }
}
