use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use cairn_core::{AccountId, ManualClock, SeededEntropy, Seq, Timestamp};
use cairn_event::Event;
use cairn_journal::{
    AppendError, Disk, Draft, FileDisk, Journal, OpenError, Outcome, Parts, Record, Recovery,
    Settings, Step, Writer,
};

pub(crate) fn account(number: u64) -> AccountId {
    AccountId::new(111_122_223_000 + number).unwrap()
}

/// An event with this id; `note` makes its bytes differ.
pub(crate) fn event(id: &str, note: &str) -> Event {
    let fixed = concat!(
        r#""eventVersion":"1.11","eventTime":"2024-05-01T10:00:00Z","#,
        r#""eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"us-east-1""#,
    );
    let own = format!(r#""eventID":"{id}","requestParameters":{{"note":"{note}"}}"#);
    let text = format!("{{{fixed},{own}}}");
    Event::parse(Bytes::from(text)).unwrap()
}

/// An event of so many bytes, which hardly pack.
pub(crate) fn large_event(id: &str, bytes: usize) -> Event {
    let letter = |n: u32| char::from(b'a' + (n.wrapping_mul(2_654_435_761) >> 24) as u8 % 26);
    let room = bytes - event(id, "").raw().len();
    let note: String = (0..room as u32).map(letter).collect();
    let frame = String::from_utf8(event(id, "NOTE").raw().to_vec()).unwrap();
    Event::parse_within(frame.replace("NOTE", &note).into(), bytes).unwrap()
}

pub(crate) fn draft(id: &str) -> Draft {
    Draft::event(account(1), event(id, "plain"))
}

/// Small enough that a few dozen records fill a segment.
pub(crate) fn small() -> Settings {
    Settings {
        segment_bytes: 8 * 1024,
        block_bytes: 4096,
        queue_bytes: 1024 * 1024,
        reserve_bytes: 0,
        ..Settings::default()
    }
}

/// Nothing from memory: every read goes to the disk.
pub(crate) fn uncached() -> Settings {
    Settings { recent_bytes: 0, cache_bytes: 0, ..small() }
}

/// A journal whose writer is driven by hand.
pub(crate) struct Rig {
    pub(crate) journal: Journal,
    pub(crate) writer: Writer,
    pub(crate) recovery: Recovery,
    pub(crate) clock: Arc<ManualClock>,
}

impl Rig {
    pub(crate) fn open(path: &Path, settings: Settings) -> Result<Self, OpenError> {
        Self::on(Arc::new(FileDisk::open(path).unwrap()), settings)
    }

    pub(crate) fn on(disk: Arc<dyn Disk>, settings: Settings) -> Result<Self, OpenError> {
        let clock = Arc::new(ManualClock::new(Timestamp::from_seconds(1_700_000_000)));
        let entropy = Arc::new(SeededEntropy::new(7));
        let parts = Parts { clock: clock.clone(), entropy };
        let (journal, writer, recovery) = Journal::open(disk, parts, settings)?;
        Ok(Self { journal, writer, recovery, clock })
    }

    /// Submits and steps until the answer is there.
    pub(crate) fn append(&mut self, drafts: Vec<Draft>) -> Result<Vec<Outcome>, AppendError> {
        let mut ticket = self.journal.submit(drafts)?;
        for _ in 0..10_000 {
            if let Some(answer) = ticket.try_take() {
                return answer;
            }
            if self.writer.step().is_err() {
                return ticket.try_take().expect("a poisoned writer answers everyone");
            }
        }
        panic!("the writer never answered");
    }

    pub(crate) fn store(&mut self, id: &str) -> Seq {
        match self.append(vec![draft(id)]).unwrap()[..] {
            [Outcome::Stored { seq, .. }] => seq,
            ref other => panic!("not stored: {other:?}"),
        }
    }

    /// Stops in order: the segment gets its footer.
    pub(crate) fn stop(mut self) {
        self.journal.stop();
        while self.writer.step().unwrap() != Step::Stopped {}
    }

    pub(crate) fn all(&self) -> Vec<Record> {
        let mut reader = self.journal.reader(Seq(1));
        let mut all = Vec::new();
        while let Some(records) = reader.next(7).unwrap() {
            all.extend(records.iter().cloned());
        }
        all
    }

    pub(crate) fn ids(&self) -> Vec<String> {
        self.all().iter().filter_map(|r| r.event().map(|e| e.id().into_owned())).collect()
    }
}

/// Files of the journal, by relative path, with their bytes.
pub(crate) fn files(path: &Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for directory in [path.to_owned(), path.join("segments"), path.join("ids")] {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                found.push((path.clone(), std::fs::read(path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// Overwrites a file, sealed ones too.
#[expect(clippy::disallowed_methods, reason = "tests damage files behind the journal's back")]
pub(crate) fn overwrite(path: &Path, bytes: &[u8]) {
    _ = std::fs::remove_file(path);
    std::fs::write(path, bytes).unwrap();
}

pub(crate) fn segment(path: &Path, number: u64) -> std::path::PathBuf {
    path.join(format!("segments/{number:012}.seg"))
}

/// A directory in memory where there is one: for tests that open a journal thousands of times.
pub(crate) fn scratch() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}
