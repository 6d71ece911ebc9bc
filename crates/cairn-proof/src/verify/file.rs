//! One log file.

use cairn_core::Timestamp;
use twox_hash::XxHash3_128;

use super::fault::{Fault, Finding, What};
use super::inventory::{Current, Name, Source, Stored};
use super::period::{Listed, other_versions};
use crate::gzip::{GzipForm, gunzip, inflate};
use crate::hash::Sha256;
use crate::scan::{self, Guessed, records};

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
    /// Whether the ids were read and not guessed.
    pub(super) exact: bool,
}

impl FileJob {
    pub fn run(&self, source: &dyn Source) -> FileFound {
        self.look(source, false)
    }

    /// The same without guessing.
    pub(super) fn run_exactly(&self, source: &dyn Source) -> FileFound {
        self.look(source, true)
    }

    fn look(&self, source: &dyn Source, exact: bool) -> FileFound {
        let mut found = FileFound { name: self.listed.name.clone(), ..FileFound::default() };
        let (bucket, key) = &self.listed.name;
        let here = self.stored.as_ref().filter(|stored| stored.current != Current::None);
        let Some(stored) = here else {
            found.complain(Fault::Missing { what: What::Log });
            return found;
        };
        match source.fetch(bucket, key, stored.current.version()) {
            Ok(Some(fetched)) => self.check(&fetched.bytes, exact, &mut found),
            Ok(None) => found.complain(Fault::Missing { what: What::Log }),
            Err(error) => found.complain(Fault::Fetch(error.0)),
        }
        if let Some(more) = &self.listed.more {
            let others = other_versions(source, &self.listed.name, stored, &more.gzip_sha256);
            found.findings.extend(others);
        }
        found
    }

    fn check(&self, bytes: &[u8], exact: bool, found: &mut FileFound) {
        found.stored_bytes = bytes.len() as u64;
        let more = self.listed.more.as_ref();
        // Bytes that are proven need no checksum against accidents.
        let proven = more.is_some_and(|more| more.gzip_sha256 == Sha256::of(bytes));
        let text = match more {
            Some(more) if proven => inflate(bytes, more.bytes as usize, GzipForm::Cairn),
            Some(more) => gunzip(bytes, more.bytes as usize, GzipForm::Cairn),
            None => gunzip(bytes, MOST_BYTES, GzipForm::Any),
        };
        let text = match text {
            Ok(text) => text,
            Err(error) => return found.complain(Fault::Gzip(error)),
        };
        found.read = true;
        found.text_bytes = text.len() as u64;
        if let Some(more) = more
            && more.bytes != found.text_bytes
        {
            let (stated, found_bytes) = (more.bytes, found.text_bytes);
            return found.complain(Fault::FileSize { stated, found: found_bytes });
        }
        if Sha256::of(&text) != self.listed.sha256 {
            return found.complain(Fault::FileText);
        }
        let wrong_size = more.is_some_and(|more| more.gzip_bytes != found.stored_bytes);
        if more.is_some() && (!proven || wrong_size) {
            found.complain(Fault::FileBytes);
        }
        self.scan(&text, exact, found);
    }

    /// The text is what was signed; now it is compared with what was said about it.
    fn scan(&self, text: &[u8], exact: bool, found: &mut FileFound) {
        if !exact && self.guess(text, found) {
            return;
        }
        found.ids.clear();
        found.exact = true;
        let mut times = Times::default();
        let (ids, stream) = (&mut found.ids, self.stream);
        let proven = self.listed.more.is_some();
        let scanned = records(text, |seen| {
            if let Some(time) = seen.time {
                times.see(time);
            }
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
        if let Err(fault) = self.compare_times(&times) {
            found.complain(fault);
        }
    }

    /// The cheap way, which is right about files that nobody made to mislead it. False where there
    /// is anything to complain of.
    fn guess(&self, text: &[u8], found: &mut FileFound) -> bool {
        let Some(more) = &self.listed.more else { return false };
        let mut times = Times::default();
        let (ids, stream) = (&mut found.ids, self.stream);
        let even = scan::guess(text, more.records, |guessed| match guessed {
            Guessed::Id(id) => ids.push(XxHash3_128::oneshot_with_seed(stream, id)),
            Guessed::Time(time) => times.see(time),
        });
        found.records = more.records;
        even.is_some() && self.compare_times(&times).is_ok()
    }

    fn compare_times(&self, times: &Times<'_>) -> Result<(), Fault> {
        let (Some(oldest), Some(newest)) = (self.listed.oldest, self.listed.newest) else {
            return Ok(());
        };
        for text in [times.oldest, times.newest].into_iter().flatten() {
            let time = parse(text);
            if time.is_none_or(|time| whole(time) < oldest || whole(time) > newest) {
                let found = String::from_utf8_lossy(text).into_owned();
                return Err(Fault::EventTime { found, oldest, newest });
            }
        }
        let least = times.oldest.and_then(parse).map(whole);
        let most = times.newest.and_then(parse).map(whole);
        if self.listed.more.is_some() && (least, most) != (Some(oldest), Some(newest)) {
            return Err(Fault::Range { oldest, newest });
        }
        Ok(())
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
    fn see(&mut self, time: &'a [u8]) {
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
