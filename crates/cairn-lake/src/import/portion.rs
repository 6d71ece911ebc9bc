//! Files between the bucket and the table: what was fetched, and the note that goes with it.

use cairn_core::Timestamp;
use cairn_event::Event;
use cairn_ports::{Listed, PortError};
use cairn_store::Import;
use cairn_store::import::{FailureStatus, Fault, FileDone, Note, Verdict};

use super::fault::{LARGE_LOG, TAMPERED_LOG, UNLISTED_LOG, fault, last, may_pass, refused, remark};
use super::logfile::{self, Holding, Named, STORED_BYTES};
use super::worker::Work;

/// Text whose events are put into the table at once, and files of it.
const PORTION_BYTES: u64 = 32 * 1024 * 1024;
const PORTION_FILES: usize = 1000;

/// A file that is to be brought.
pub(super) struct Waiting {
    pub(super) object: Listed,
    pub(super) name: String,
    pub(super) attempts: u32,
    /// The table has it: it is only compared with what a digest that turned up later says.
    pub(super) known: bool,
}

/// What became of asking for a file.
pub(super) enum Fetched {
    Held(Holding),
    Bad(Fault),
    Later(PortError),
}

/// Some files, before the table has them.
pub(super) struct Portion {
    pub(super) events: Vec<Event>,
    pub(super) note: Note,
    pub(super) failed: bool,
    pub(super) later: Option<(String, PortError)>,
}

impl Waiting {
    pub(super) fn new(object: Listed, name: String, known: bool) -> Self {
        Self { object, name, attempts: 0, known }
    }
}

impl Portion {
    pub(super) fn of(import: &Import, folder: &str) -> Self {
        let (import, run) = (import.number, import.run);
        let note = Note { import, run, prefix: folder.to_owned(), ..Note::default() };
        Self { events: Vec::new(), note, failed: false, later: None }
    }

    pub(super) fn has_room(&self) -> bool {
        let files = self.note.files.len() + self.note.judged.len() + self.note.faults.len();
        self.note.counts.bytes < PORTION_BYTES && files < PORTION_FILES
    }

    /// `told` is where a file lies that no digest names although one ought to.
    pub(super) fn add(
        &mut self,
        waiting: Waiting,
        holding: Holding,
        named: Option<Named>,
        told: Option<&String>,
    ) {
        let counts = &mut self.note.counts;
        let events = holding.events.len() as u64;
        counts.files += 1;
        counts.events += events;
        counts.expired += holding.expired;
        counts.other += holding.other;
        counts.bytes += holding.bytes;
        let mut verdict = Verdict::Nothing;
        if let Some(location) = told {
            counts.unlisted += 1;
            verdict = Verdict::Unlisted;
            self.note.faults.push(unlisted(location.clone()));
        }
        if let Some(named) = named {
            verdict = Verdict::Compared;
            self.count(named);
        }
        let Listed { size, etag, .. } = waiting.object;
        self.note.files.push(FileDone { name: waiting.name, size, etag, events, verdict });
        self.events.extend(holding.events);
        self.note.faults.extend(holding.fault);
    }

    /// What was brought before is what a digest says.
    pub(super) fn confirm(&mut self, waiting: Waiting, named: Option<Named>) {
        if let Some(named) = named {
            self.count(named);
        }
        self.note.judged.push((waiting.name, Verdict::Compared));
    }

    /// What was brought before could not be compared, or is not what a digest says. Then no retry
    /// mends it: its events are in the table.
    pub(super) fn deny(&mut self, waiting: Waiting, found: Fault) {
        if found.error_type != TAMPERED_LOG {
            return self.complain(found);
        }
        let text = "its content is not what the digest says, and its events were imported before \
                    that digest was read: they are in the event data store";
        self.complain(last(found.location, TAMPERED_LOG, text));
        self.note.judged.push((waiting.name, Verdict::Compared));
    }

    fn count(&mut self, named: Named) {
        if named.signed {
            self.note.counts.proven += 1;
        } else {
            self.note.counts.matched += 1;
        }
    }

    pub(super) fn complain(&mut self, fault: Fault) {
        self.failed |= fault.status == FailureStatus::Failed;
        self.note.faults.push(fault);
    }
}

/// What is there and nobody vouches for.
pub(super) fn unlisted(location: String) -> Fault {
    let text = "no digest names this log file, although digests cover its time; its events were \
                imported";
    remark(location, UNLISTED_LOG, text)
}

/// Asks for a file and takes it apart.
pub(super) async fn fetch(
    work: &Work<'_>,
    waiting: &Waiting,
    named: Option<Named>,
    since: Timestamp,
) -> Fetched {
    let Listed { key, size, .. } = &waiting.object;
    let location = work.location(key);
    let long = || {
        let text = format!("it is longer than {STORED_BYTES} bytes");
        Fetched::Bad(fault(location.clone(), LARGE_LOG, text))
    };
    if *size > STORED_BYTES {
        return long();
    }
    let bucket = &work.import.source.bucket;
    let bytes = match work.parts.buckets.get(&work.actor, bucket, key, None).await {
        Ok(object) if object.bytes.len() as u64 > STORED_BYTES => return long(),
        Ok(object) => object.bytes,
        Err(error) if may_pass(&error) => return Fetched::Later(error),
        Err(error) => return Fetched::Bad(refused(location, &error)),
    };
    let _place = work.decoders.acquire().await;
    let read = cairn_task::blocking("import-read", move || {
        logfile::read(&location, &bytes, named.as_ref(), since)
    });
    match read.await {
        Ok(holding) => Fetched::Held(holding),
        Err(fault) => Fetched::Bad(fault),
    }
}
