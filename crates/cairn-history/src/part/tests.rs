use std::sync::Arc;

use bytes::Bytes;
use cairn_core::{AccountId, Seq, Timestamp};
use cairn_event::{Category, Event};
use cairn_journal::{Disk, FileDisk};
use proptest::prelude::*;

use super::*;
use crate::cache::Cache;
use crate::catalogue::Selection;
use crate::lookup::{Plan, Query};
use crate::memtable::Memtable;
use crate::newest::Newest;
use crate::place::{Place, Window};
use crate::{Attribute, HistoryError};

/// One event of the model: its day and second, and small numbers for its values.
#[derive(Debug, Clone)]
struct Fact {
    time: i64,
    account: u64,
    region: u8,
    name: u8,
    user: u8,
}

const FIRST_DAY: i64 = 20_000;

fn fact() -> impl Strategy<Value = Fact> {
    let values = (0..3i64, 0..40i64, 1..3u64, 0..2u8, 0..4u8, 0..30u8);
    values.prop_map(|(day, second, account, region, name, user)| Fact {
        time: (FIRST_DAY + day) * 86_400 + second,
        account,
        region,
        name,
        user,
    })
}

fn event(fact: &Fact, seq: u64) -> Event {
    let Fact { time, region, name, user, .. } = fact;
    let time = Timestamp::from_seconds(*time);
    let text = format!(
        r#"{{"eventVersion":"1.11","userIdentity":{{"type":"IAMUser","userName":"u{user}"}},
        "eventTime":"{time}","eventSource":"s3.amazonaws.com","eventName":"N{name}",
        "awsRegion":"r-{region}","eventID":"e-{seq}","readOnly":true,"eventCategory":"Management",
        "resources":[{{"type":"T","ARN":"a{name}"}},{{"type":"T","ARN":"b{user}"}}]}}"#
    );
    Event::parse(Bytes::from(text)).unwrap()
}

fn account(number: u64) -> AccountId {
    AccountId::new(number).unwrap()
}

struct Bench {
    dir: tempfile::TempDir,
    disk: Arc<dyn Disk>,
    cache: Arc<Cache>,
}

impl Bench {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let disk = Arc::new(FileDisk::open(dir.path()).unwrap());
        Self { dir, disk, cache: Arc::new(Cache::new(64)) }
    }

    fn open(&self, header: &Header) -> Arc<Part> {
        Arc::new(Part::open(&self.disk, &self.cache, header.id, header.tail_crc).unwrap())
    }
}

fn table(facts: &[Fact], first: u64) -> Memtable {
    let mut table = Memtable::new(Seq(first));
    for (fact, seq) in facts.iter().zip(first..) {
        table.add(Seq(seq), account(fact.account), Some(&event(fact, seq)), i64::MIN);
    }
    table
}

/// What the index should give for a question, by looking at every fact.
fn expected(
    facts: &[Fact],
    window: Window,
    wanted: usize,
    of: impl Fn(&Fact) -> bool,
) -> Vec<Place> {
    let places = facts.iter().zip(1..).filter(|(fact, _)| of(fact));
    let mut places: Vec<Place> = places.map(|(fact, seq)| Place { time: fact.time, seq }).collect();
    places.retain(|place| window.holds(*place));
    places.sort_unstable_by(|one, other| other.cmp(one));
    places.truncate(wanted);
    places
}

#[derive(Debug, Clone)]
struct Question {
    account: u64,
    region: Option<u8>,
    name: Option<u8>,
    user: Option<u8>,
    /// Asks for the type that every event has twice.
    kind: bool,
    since: i64,
    before: Place,
    wanted: usize,
}

fn question() -> impl Strategy<Value = Question> {
    let time = || (0..3i64, 0..40i64).prop_map(|(day, at)| (FIRST_DAY + day) * 86_400 + at);
    let values = (1..3u64, prop::option::of(0..2u8), prop::option::of(0..4u8));
    let rest = (prop::option::of(0..30u8), any::<bool>(), time(), time(), 0..400u64, 1..30usize);
    (values, rest).prop_map(|((account, region, name), (user, kind, since, time, seq, wanted))| {
        Question { account, region, name, user, kind, since, before: Place { time, seq }, wanted }
    })
}

impl Question {
    fn plan(&self) -> Plan {
        let mut attributes = Vec::new();
        attributes.extend(self.name.map(|name| (Attribute::EventName, format!("N{name}"))));
        attributes.extend(self.user.map(|user| (Attribute::ResourceName, format!("b{user}"))));
        attributes.extend(self.kind.then(|| (Attribute::ResourceType, "T".to_owned())));
        let selection = Selection {
            account: account(self.account),
            region: self.region.map(|region| format!("r-{region}").parse().unwrap()),
            category: Some(Category::Management),
        };
        Plan::new(&selection, &Query { attributes, ..Query::default() })
    }

    fn window(&self) -> Window {
        Window { since: self.since, before: self.before }
    }

    fn holds(&self, fact: &Fact) -> bool {
        fact.account == self.account
            && self.region.is_none_or(|region| region == fact.region)
            && self.name.is_none_or(|name| name == fact.name)
            && self.user.is_none_or(|user| user == fact.user)
    }

    fn ask(&self, facts: &[Fact], search: impl FnOnce(&Plan, &Window, &mut Newest)) {
        let mut newest = Newest::new(self.wanted);
        search(&self.plan(), &self.window(), &mut newest);
        let expected = expected(facts, self.window(), self.wanted, |fact| self.holds(fact));
        assert_eq!(newest.into_places(), expected, "{self:?}");
    }
}

fn merged(bench: &Bench, parts: &[Arc<Part>], split: Split) -> Vec<Arc<Part>> {
    let ids = std::cell::Cell::new(1_000);
    let mut merge = Merge::new(parts, split, i64::MIN).unwrap();
    let id = || ids.replace(ids.get() + 1);
    while merge.step(17, &*bench.disk, id).unwrap() {}
    merge.finish().unwrap().iter().map(|header| bench.open(header)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn table_part_and_merged_parts_answer_alike(
        facts in prop::collection::vec(fact(), 1..300),
        cuts in prop::collection::vec(0..300usize, 0..4),
        questions in prop::collection::vec(question(), 20),
    ) {
        let bench = Bench::new();
        let whole = table(&facts, 1);
        let part = bench.open(&seal(&whole, &*bench.disk, 1).unwrap());
        let mut bounds: Vec<usize> = cuts.into_iter().map(|cut| cut % facts.len()).collect();
        bounds.extend([0, facts.len()]);
        bounds.sort_unstable();
        bounds.dedup();
        let sealed: Vec<Arc<Part>> = bounds
            .windows(2)
            .map(|pair| {
                let piece = table(&facts[pair[0]..pair[1]], pair[0] as u64 + 1);
                bench.open(&seal(&piece, &*bench.disk, pair[0] as u64 + 2).unwrap())
            })
            .collect();
        let by_day = merged(&bench, &sealed, Split::ByDay { last: FIRST_DAY + 1 });
        prop_assert!(by_day.len() <= 2);
        let rows = by_day.iter().map(|part| part.header.rows);
        prop_assert_eq!(rows.sum::<u32>(), facts.len() as u32);
        let cells = by_day.iter().flat_map(|part| part.catalogue().entries());
        prop_assert_eq!(cells.map(|(_, rows)| rows).sum::<u32>(), facts.len() as u32);
        for question in questions {
            question.ask(&facts, |plan, window, newest| {
                whole.search(plan, window, newest).unwrap();
            });
            question.ask(&facts, |plan, window, newest| {
                part.search(plan, window, newest).unwrap();
            });
            for parts in [&sealed, &by_day] {
                question.ask(&facts, |plan, window, newest| {
                    for part in parts {
                        part.search(plan, window, newest).unwrap();
                    }
                });
            }
        }
    }
}

fn some_facts(count: i64) -> Vec<Fact> {
    let fact = |at: i64| Fact {
        time: FIRST_DAY * 86_400 + at * 7 % 1_000,
        account: 1 + at as u64 % 2,
        region: (at % 2) as u8,
        name: (at % 5) as u8,
        user: (at % 97) as u8,
    };
    (0..count).map(fact).collect()
}

/// Reads everything that a part can give.
fn read_whole(bench: &Bench, header: &Header) -> Result<Vec<(u64, Vec<u32>)>, HistoryError> {
    let part = Part::open(&bench.disk, &bench.cache, header.id, header.tail_crc)?;
    let mut scan = scan::Scan::new(&part)?;
    let mut seen = Vec::new();
    for rank in 0..part.header.rows {
        let place = scan.row(&part, rank)?.unwrap();
        seen.push((place.seq, vec![place.time as u32]));
    }
    for at in 0..part.header.keys {
        let entry = scan.key(&part, at)?.unwrap();
        let mut ranks = Vec::new();
        scan.ranks(&part, entry, |rank| ranks.push(rank))?;
        seen.push((entry.key, ranks));
    }
    Ok(seen)
}

#[test]
fn every_flipped_bit_is_named_or_without_effect() {
    let bench = Bench::new();
    let header = seal(&table(&some_facts(5_000), 1), &*bench.disk, 1).unwrap();
    let truth = read_whole(&bench, &header).unwrap();
    let path = bench.dir.path().join(file_name(1));
    let bytes = std::fs::read(&path).unwrap();
    let (mut found, mut harmless) = (0, 0);
    // A prime step visits every part of the file and every bit of a byte.
    for bit in (0..bytes.len() * 8).step_by(4_999) {
        let mut bent = bytes.clone();
        bent[bit / 8] ^= 1 << (bit % 8);
        overwrite(&path, &bent);
        match read_whole(&bench, &header) {
            Err(HistoryError::Damaged(damage)) => {
                assert_eq!(damage.file, file_name(1));
                found += 1;
            }
            Err(error) => panic!("bit {bit}: {error}"),
            Ok(same) => {
                assert!(same == truth, "bit {bit} changed the answer");
                harmless += 1;
            }
        }
    }
    // Only the room behind the header is not covered by a checksum: nothing ever reads it.
    assert!(found > 400 && harmless <= PAGE * 8 / 4_999 + 1, "{found}, {harmless}");
}

#[test]
fn a_lookup_names_the_damaged_page() {
    let bench = Bench::new();
    let facts = some_facts(5_000);
    let header = seal(&table(&facts, 1), &*bench.disk, 1).unwrap();
    let path = bench.dir.path().join(file_name(1));
    let mut bytes = std::fs::read(&path).unwrap();
    // The second page of rows: the first is the header's.
    bytes[2 * PAGE + 5] ^= 1;
    overwrite(&path, &bytes);
    let part = bench.open(&header);
    let before = Place { time: i64::MAX, seq: 0 };
    let window = Window { since: i64::MIN, before };
    let selection = Selection { account: account(1), region: None, category: None };
    let plan = Plan::new(&selection, &Query::default());
    let error = part.search(&plan, &window, &mut Newest::new(5_000)).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("0000000001.part") && text.contains("page 2"), "{text}");
}

#[test]
fn a_tail_beyond_the_file_is_missing() {
    let bench = Bench::new();
    let mut header = seal(&table(&some_facts(10), 1), &*bench.disk, 1).unwrap();
    let path = bench.dir.path().join(file_name(1));
    let mut bytes = std::fs::read(&path).unwrap();
    header.tail_bytes = u32::MAX;
    bytes[..format::HEADER_BYTES].copy_from_slice(&header.encode());
    overwrite(&path, &bytes);
    let opened = Part::open(&bench.disk, &bench.cache, header.id, header.tail_crc);
    let Err(HistoryError::Damaged(damage)) = opened else { panic!("the part was opened") };
    assert_eq!(damage.what, crate::Fault::Missing);
}

#[expect(clippy::disallowed_methods, reason = "the test damages a file behind the index's back")]
fn overwrite(path: &std::path::Path, bytes: &[u8]) {
    std::fs::write(path, bytes).unwrap();
}
