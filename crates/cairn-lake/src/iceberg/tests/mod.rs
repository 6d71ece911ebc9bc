mod disk;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Field as ArrowField, Schema as ArrowSchema, TimeUnit};
use cairn_core::{SeededEntropy, Timestamp};
use cairn_journal::{Disk, FileDisk};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use tempfile::TempDir;

use self::disk::Mortal;
use super::*;

const STORE: &str = "11111111-2222-4333-8444-555555555555";
const DAY: i32 = 20_561;
const MICROS_OF_DAY: i64 = 86_400_000_000;

fn field(id: i32, name: &str, of: DataType) -> ArrowField {
    let id = HashMap::from([("PARQUET:field_id".to_owned(), id.to_string())]);
    ArrowField::new(name, of, true).with_metadata(id)
}

/// The bare minimum, and every kind of nesting.
fn arrow() -> ArrowSchema {
    let pair =
        vec![field(8, "k", DataType::Utf8).with_nullable(false), field(9, "v", DataType::Utf8)];
    let entries = ArrowField::new("key_value", DataType::Struct(pair.into()), false);
    let inner = vec![
        field(5, "arn", DataType::Utf8),
        field(6, "list", DataType::List(Arc::new(field(7, "item", DataType::Int64)))),
    ];
    ArrowSchema::new(vec![
        field(1, "eventtime", DataType::Timestamp(TimeUnit::Microsecond, None)),
        field(2, "eventname", DataType::Utf8View),
        field(3, "_seq", DataType::Int64),
        field(4, "useridentity", DataType::Struct(inner.into())),
        field(10, "requestparameters", DataType::Map(Arc::new(entries), false)),
        field(11, "readonly", DataType::Boolean),
        field(12, "average", DataType::Float64),
    ])
}

fn schema() -> Schema {
    Schema::from_arrow(&arrow()).unwrap()
}

struct House {
    _dir: TempDir,
    disk: Arc<dyn Disk>,
    home: Home,
    entropy: SeededEntropy,
}

impl House {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let disk: Arc<dyn Disk> = Arc::new(FileDisk::open(dir.path()).unwrap());
        let home = Home::new(disk.clone());
        Self { _dir: dir, disk, home, entropy: SeededEntropy::new(7) }
    }

    fn table(&self) -> Table {
        let schema = schema();
        let properties = BTreeMap::from([("owner".to_owned(), "cairn".to_owned())]);
        let new = NewTable { store: STORE, schema: &schema, properties };
        Table::create(&self.home, new, at(0), &self.entropy).unwrap().table
    }

    /// A data file that is there, with nothing in it.
    fn file(&self, name: &str, day: i32) -> DataFile {
        let folder = self.home.day(STORE, day).unwrap();
        folder.create(name, 1).unwrap();
        folder.sync_dir().unwrap();
        described(name, day)
    }

    fn append(&self, table: &Table, name: &str, day: i32, seconds: i64) -> Table {
        let change = Change { added: vec![self.file(name, day)], ..Change::default() };
        table.commit(change, at(seconds), &self.entropy).unwrap().table
    }

    fn reload(&self, table: &Table) -> Table {
        Table::load(&self.home, &table.location().to_string()).unwrap()
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_776_000_000 + seconds)
}

fn described(name: &str, day: i32) -> DataFile {
    let time = |of: i32| Value::Timestamp(i64::from(of) * MICROS_OF_DAY).encode();
    DataFile {
        location: Location::data(STORE, day, name),
        day,
        rows: 10,
        bytes: 1,
        column_sizes: vec![(1, 5), (2, 6)],
        value_counts: vec![(1, 10), (2, 10)],
        null_value_counts: vec![(1, 0), (2, 3)],
        lower_bounds: vec![(1, time(day)), (2, Value::Text("a".to_owned()).encode())],
        upper_bounds: vec![(1, time(day + 1))],
        split_offsets: vec![4],
        sorted: true,
    }
}

fn names(table: &Table) -> BTreeSet<String> {
    table.files().map(|file| file.location.name().to_owned()).collect()
}

fn only(table: &Table, name: &str) -> BTreeSet<Location> {
    let found = table.files().filter(|file| file.location.name() == name);
    found.map(|file| file.location.clone()).collect()
}

#[test]
fn a_table_reads_back_as_it_was_written() {
    let house = House::new();
    let table = house.table();
    assert_eq!(house.reload(&table).metadata(), table.metadata());
    assert_eq!(house.reload(&table).schema, table.schema);
    let table = house.append(&table, "a", DAY, 1);
    let table = house.append(&table, "b", DAY + 1, 2);
    let read = house.reload(&table);
    assert_eq!(read.metadata(), table.metadata());
    assert!(read.entries().eq(table.entries()));
    assert_eq!(names(&read), BTreeSet::from(["a".to_owned(), "b".to_owned()]));
    let file = read.files().find(|file| file.location.name() == "a").unwrap();
    assert_eq!(*file, described("a", DAY));
    assert_eq!(file.lower(2, &Type::String), Some(Value::Text("a".to_owned())));
    assert_eq!(file.upper(2, &Type::String), None);
    assert_eq!(file.nulls(2), Some(3));
    assert_eq!(read.metadata().properties["owner"], "cairn");
}

#[test]
fn a_schema_without_ids_or_with_a_foreign_type_or_without_time_is_refused() {
    let bare = ArrowSchema::new(vec![ArrowField::new("a", DataType::Utf8, true)]);
    let error = Schema::from_arrow(&bare).unwrap_err();
    assert!(matches!(error, TableError::FieldId { column } if column == "a"));
    let millis = DataType::Timestamp(TimeUnit::Millisecond, None);
    let inner = DataType::Struct(vec![field(2, "t", millis)].into());
    let error = Schema::from_arrow(&ArrowSchema::new(vec![field(1, "s", inner)])).unwrap_err();
    assert!(matches!(error, TableError::Type { column, .. } if column == "s.t"));
    let house = House::new();
    let schema =
        Schema::from_arrow(&ArrowSchema::new(vec![field(1, "a", DataType::Utf8)])).unwrap();
    let new = NewTable { store: STORE, schema: &schema, properties: BTreeMap::new() };
    let refused = Table::create(&house.home, new, at(0), &house.entropy);
    assert!(matches!(refused, Err(TableError::Partition { .. })));
}

#[test]
fn a_replacement_leaves_old_snapshots_as_they_were() {
    let house = House::new();
    let mut table = house.table();
    for (second, name) in (1..).zip(["a", "b", "c"]) {
        table = house.append(&table, name, DAY, second);
    }
    let before = table.location().clone();
    let removed = only(&table, "a").into_iter().chain(only(&table, "b")).collect();
    let change = Change { added: vec![house.file("ab", DAY)], removed, ..Change::default() };
    let pending = table.commit(change, at(4), &house.entropy).unwrap();
    assert!(pending.unreferenced.is_empty());
    let after = house.reload(&pending.table);
    assert_eq!(names(&after), BTreeSet::from(["ab".to_owned(), "c".to_owned()]));
    let summary = &after.metadata().current_snapshot().unwrap().summary;
    for (key, value) in [
        ("operation", "replace"),
        ("added-data-files", "1"),
        ("added-records", "10"),
        ("deleted-data-files", "2"),
        ("deleted-records", "20"),
        ("total-data-files", "2"),
        ("total-records", "20"),
        ("changed-partition-count", "1"),
    ] {
        assert_eq!(summary[key], value, "{key}");
    }
    let old = Table::load(&house.home, &before.to_string()).unwrap();
    assert_eq!(names(&old).len(), 3);
    // What stays keeps the change that it came with.
    let kept = after.entries().find(|entry| entry.file.location.name() == "c").unwrap();
    assert_eq!(kept.sequence, 3);
    assert_eq!(kept.snapshot, old.metadata().current_snapshot_id.unwrap());
}

#[test]
fn a_change_that_does_not_fit_the_table_is_refused() {
    let house = House::new();
    let table = house.append(&house.table(), "a", DAY, 1);
    let commit = |change| table.commit(change, at(2), &house.entropy).err();
    assert!(matches!(commit(Change::default()), Some(TableError::Empty)));
    let gone = BTreeSet::from([Location::data(STORE, DAY, "z")]);
    let change = Change { removed: gone, ..Change::default() };
    assert!(matches!(commit(change), Some(TableError::Gone { .. })));
    for added in [vec![described("a", DAY)], vec![described("x", DAY); 2]] {
        let change = Change { added, ..Change::default() };
        assert!(matches!(commit(change), Some(TableError::Twice { .. })));
    }
}

#[test]
fn expiry_gives_exactly_the_files_that_nothing_names_any_more() {
    let house = House::new();
    let mut table = house.table();
    for (second, name) in (1..).zip(["a", "b", "c"]) {
        table = house.append(&table, name, DAY + second as i32, second);
    }
    let change = Change { removed: only(&table, "a"), ..Change::default() };
    table = table.commit(change, at(10), &house.entropy).unwrap().table;
    let old = |before, most| Expiry { before: at(before), most, reading: at(11) };
    assert!(table.expire(old(2, 4), at(11), &house.entropy).unwrap().is_none());
    // What held until 10 was made at 3.
    let young = table.expire(old(10, 4), at(11), &house.entropy).unwrap().unwrap();
    assert_eq!(young.table.metadata().snapshots.len(), 2);
    assert!(young.unreferenced.iter().all(|file| file.name() != "a"), "a snapshot has it still");
    house.home.remove(&young.unreferenced).unwrap();
    let old = young.table.expire(old(100, 4), at(12), &house.entropy).unwrap().unwrap();
    assert!(old.unreferenced.iter().any(|file| file.name() == "a"));
    house.home.remove(&old.unreferenced).unwrap();
    let table = house.reload(&old.table);
    assert_eq!(names(&table), BTreeSet::from(["b".to_owned(), "c".to_owned()]));
    assert_eq!(table.metadata().snapshots.len(), 1);
    assert_eq!(table.metadata().snapshot_log.len(), 1);
    assert_eq!(table.orphans().unwrap(), []);
    let data = house.home.list(STORE).unwrap();
    let data: Vec<&str> =
        data.iter().filter(|file| file.path().contains("/data/")).map(Location::name).collect();
    assert_eq!(data, ["b", "c"]);
    // The folder of a's day went with it.
    let days = house.disk.open_child("tables").unwrap().open_child(STORE).unwrap();
    assert_eq!(days.open_child("data").unwrap().folders().unwrap().len(), 2);
}

#[test]
fn snapshots_stay_few_however_young_they_are() {
    let house = House::new();
    let mut table = house.table();
    for second in 0..5 {
        table = house.append(&table, &format!("{second}"), DAY, second);
    }
    let snapshots = &table.metadata().snapshots;
    for (most, kept) in [(3, 3), (1, 1), (0, 1)] {
        let expiry = Expiry { before: at(0), most, reading: at(9) };
        let expired = table.expire(expiry, at(9), &house.entropy).unwrap().unwrap();
        assert_eq!(expired.table.metadata().snapshots, snapshots[5 - kept..], "{most}");
    }
    // Whoever began to read at 2 may be at what held until 3.
    let expiry = Expiry { before: at(0), most: 1, reading: at(2) };
    let expired = table.expire(expiry, at(9), &house.entropy).unwrap().unwrap();
    assert_eq!(expired.table.metadata().snapshots, snapshots[1..]);
}

#[test]
fn manifests_stay_few_and_nothing_is_lost_in_them() {
    let house = House::new();
    let mut table = house.table();
    let mut written = 0;
    for index in 0..80_i64 {
        let change =
            Change { added: vec![described(&format!("f{index}"), DAY)], ..Change::default() };
        let pending = table.commit(change, at(index), &house.entropy).unwrap();
        written += pending.table.manifests.iter().map(|one| one.entries.len()).sum::<usize>();
        table = pending.table;
        let expiry = Expiry { before: at(index), most: usize::MAX, reading: at(index) };
        if let Some(expired) = table.expire(expiry, at(index), &house.entropy).unwrap() {
            house.home.remove(&expired.unreferenced).unwrap();
            house.home.remove(&pending.unreferenced).unwrap();
            table = expired.table;
        }
        assert!(table.manifests.len() <= 7 * 2 + 1, "{} manifests", table.manifests.len());
    }
    assert!(written > 0);
    let read = house.reload(&table);
    assert_eq!(read.files().count(), 80);
    let sequences: BTreeSet<i64> = read.entries().map(|entry| entry.sequence).collect();
    assert_eq!(sequences.len(), 80);
    assert_eq!(read.orphans().unwrap(), []);
    let files = house.home.list(STORE).unwrap();
    assert!(files.len() < 45, "{} files of metadata", files.len());
}

#[test]
fn a_crash_at_any_step_of_a_commit_leaves_the_table_and_orphans() {
    let house = House::new();
    let table = house.append(&house.table(), "a", DAY, 1);
    let location = table.location().to_string();
    let before = house.home.list(STORE).unwrap();
    for step in 0.. {
        assert!(step < 100, "the commit does not end");
        let (disk, _) = Mortal::new(house.disk.clone(), Some(step));
        let mortal = Table::load(&Home::new(disk), &location).unwrap();
        let change = Change { added: vec![described("b", DAY)], ..Change::default() };
        let committed = mortal.commit(change, at(2), &house.entropy);
        // The process ends here: the catalog names what it named before.
        let table = Table::load(&house.home, &location).unwrap();
        assert_eq!(names(&table), BTreeSet::from(["a".to_owned()]));
        house.home.remove(&table.orphans().unwrap()).unwrap();
        assert_eq!(house.home.list(STORE).unwrap(), before, "step {step}");
        if committed.is_ok() {
            assert!(step > 6, "a commit has three files to write and sync");
            return;
        }
    }
}

#[test]
fn everything_of_a_commit_is_durable_when_it_returns() {
    let house = House::new();
    let (disk, state) = Mortal::new(house.disk.clone(), None);
    let home = Home::new(disk);
    let schema = schema();
    let new = NewTable { store: STORE, schema: &schema, properties: BTreeMap::new() };
    let table = Table::create(&home, new, at(0), &house.entropy).unwrap().table;
    assert_eq!(state.lock().unwrap().unsynced, BTreeSet::new());
    let change = Change { added: vec![described("a", DAY)], ..Change::default() };
    let table = table.commit(change, at(1), &house.entropy).unwrap().table;
    let change = Change { removed: only(&table, "a"), ..Change::default() };
    let table = table.commit(change, at(2), &house.entropy).unwrap().table;
    let expiry = Expiry { before: at(9), most: usize::MAX, reading: at(9) };
    _ = table.expire(expiry, at(3), &house.entropy).unwrap().unwrap();
    let state = state.lock().unwrap();
    assert_eq!(state.unsynced, BTreeSet::new());
    assert!(state.done > 20);
}

#[test]
fn metadata_files_that_are_named_no_more_are_given_to_be_removed() {
    let house = House::new();
    let mut table = house.table();
    let first = table.location().clone();
    for index in 0..30_i64 {
        let change =
            Change { added: vec![described(&format!("{index}"), DAY)], ..Change::default() };
        let pending = table.commit(change, at(index), &house.entropy).unwrap();
        match index {
            0..20 => assert!(pending.unreferenced.is_empty()),
            20 => assert_eq!(pending.unreferenced, std::slice::from_ref(&first)),
            _ => assert_eq!(pending.unreferenced.len(), 1),
        }
        house.home.remove(&pending.unreferenced).unwrap();
        table = pending.table;
    }
    assert_eq!(table.metadata().metadata_log.len(), 20);
    assert_eq!(house.reload(&table).orphans().unwrap(), []);
}

#[test]
fn time_that_goes_back_does_not_go_back_in_a_table() {
    let house = House::new();
    let table = house.append(&house.table(), "a", DAY, 100);
    let table = house.append(&table, "b", DAY, 50);
    let times: Vec<i64> =
        table.metadata().snapshots.iter().map(|snapshot| snapshot.timestamp_ms).collect();
    assert_eq!(times, [at(100).millis(), at(100).millis()]);
}

#[test]
fn new_columns_are_a_new_schema() {
    let house = House::new();
    let table = house.append(&house.table(), "a", DAY, 1);
    let mut fields = arrow().fields().to_vec();
    fields.push(Arc::new(field(20, "later", DataType::Utf8)));
    let wider = Schema::from_arrow(&ArrowSchema::new(fields)).unwrap();
    let change = Change { schema: Some(wider.clone()), ..Change::default() };
    let table = table.commit(change.clone(), at(2), &house.entropy).unwrap().table;
    assert!(matches!(table.commit(change, at(3), &house.entropy), Err(TableError::Empty)));
    let read = house.reload(&table);
    assert_eq!(*read.schema, wider);
    assert_eq!(read.metadata().schemas.len(), 2);
    assert_eq!(read.metadata().current_schema_id, 1);
    assert_eq!(read.metadata().last_column_id, 20);
    assert_eq!(read.metadata().snapshots.len(), 1);
    assert!(read.metadata().properties["schema.name-mapping.default"].contains("later"));
    assert_eq!(names(&read).len(), 1);
    let table = house.append(&table, "b", DAY, 4);
    assert_eq!(table.metadata().current_snapshot().unwrap().schema_id, 1);
}

#[test]
fn a_table_that_is_dropped_leaves_nothing() {
    let house = House::new();
    house.append(&house.table(), "a", DAY, 1);
    assert_eq!(house.home.tables().unwrap(), [STORE]);
    house.home.remove_table(STORE).unwrap();
    assert_eq!(house.home.tables().unwrap(), [""; 0]);
    house.home.remove_table(STORE).unwrap();
}

#[test]
fn damaged_files_are_told_and_do_not_end_the_process() {
    let house = House::new();
    let table = house.append(&house.table(), "a", DAY, 1);
    let location = table.location().to_string();
    let metadata: Vec<Location> = house.home.list(STORE).unwrap();
    for file in metadata.iter().filter(|file| file.path().contains("/metadata/")) {
        let bytes = house.home.read(file).unwrap();
        let first = table.metadata().metadata_log[0].metadata_file == file.to_string();
        for length in [0, 1, bytes.len() / 2, bytes.len() - 1] {
            house.home.remove(std::slice::from_ref(file)).unwrap();
            house.home.write(&[(file.clone(), bytes[..length].to_vec())]).unwrap();
            let loaded = Table::load(&house.home, &location);
            let told = matches!(loaded, Err(TableError::Damaged { .. }));
            assert!(told || first, "{length} bytes of {file}");
        }
        house.home.remove(std::slice::from_ref(file)).unwrap();
        house.home.write(&[(file.clone(), bytes)]).unwrap();
    }
    house.reload(&table);
}

#[test]
fn a_files_figures_are_those_of_its_footer() {
    let schema = Arc::new(ArrowSchema::new(vec![
        field(1, "eventtime", DataType::Timestamp(TimeUnit::Microsecond, None)),
        field(2, "eventname", DataType::Utf8),
        field(3, "_seq", DataType::Int64),
    ]));
    let long = format!("arn:aws:iam::{}", "x".repeat(200));
    let columns: Vec<ArrayRef> = vec![
        Arc::new(TimestampMicrosecondArray::from(vec![5, 3, 9, 4])),
        Arc::new(StringArray::from(vec![Some(&*long), None, Some("b"), None])),
        Arc::new(Int64Array::from(vec![None, None, None, None::<i64>])),
    ];
    let batch = RecordBatch::try_new(schema.clone(), columns).unwrap();
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(2)).build();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, schema.clone(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    let footer = writer.close().unwrap();
    let location = Location::data(STORE, DAY, "a");
    let columns = Schema::from_arrow(&schema).unwrap();
    let mut file = DataFile::describe(location, DAY, bytes.len() as u64, &footer, &columns);
    assert_eq!((file.rows, file.bytes), (4, bytes.len() as u64));
    assert_eq!(file.split_offsets.len(), 2);
    assert_eq!(file.split_offsets[0], 4);
    assert_eq!(file.value_counts, [(1, 4), (2, 4), (3, 4)]);
    assert_eq!(file.null_value_counts, [(1, 0), (2, 2), (3, 4)]);
    assert_eq!(file.lower(1, &Type::Timestamp), Some(Value::Timestamp(3)));
    assert_eq!(file.upper(1, &Type::Timestamp), Some(Value::Timestamp(9)));
    assert_eq!(file.lower(2, &Type::String), Some(Value::Text("arn:aws:iam::xxx".to_owned())));
    assert_eq!(file.upper(2, &Type::String), Some(Value::Text("b".to_owned())));
    assert_eq!(file.lower(3, &Type::Long), None);
    assert_eq!(file.column_sizes.len(), 3);
    file.copy_bounds([(4, 2), (5, 3), (6, 7)].into_iter());
    assert_eq!(file.null_value_counts, [(1, 0), (2, 2), (3, 4), (4, 2), (5, 4)]);
    for (id, same) in [(4, 2), (5, 3), (6, 7)] {
        assert_eq!(file.lower(id, &Type::String), file.lower(same, &Type::String));
        assert_eq!(file.upper(id, &Type::String), file.upper(same, &Type::String));
    }
}

#[test]
fn the_age_of_an_expiry_is_a_time_in_the_past() {
    let house = House::new();
    let mut table = house.table();
    for second in 0..5 {
        table = house.append(&table, &format!("{second}"), DAY, second * 60);
    }
    let now = at(4 * 60);
    let before = now.saturating_sub(Duration::from_mins(2));
    let expiry = Expiry { before, most: 100, reading: now };
    let expired = table.expire(expiry, now, &house.entropy).unwrap().unwrap();
    assert_eq!(expired.table.metadata().snapshots.len(), 4);
}
