//! Writes a table into a directory, for readers to be tried on: appends of five days, a
//! replacement of a day's files by one, a deletion of a day, an expiry.
//!
//! `cargo run -p cairn-lake --example write_table -- DIRECTORY` prints the metadata's location.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Int64Array, ListBuilder, MapBuilder, MapFieldNames, RecordBatch,
    StringArray, StringBuilder, StructArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Field, Fields, Schema as ArrowSchema, TimeUnit};
use cairn_core::{SystemEntropy, Timestamp};
use cairn_journal::{Disk, FileDisk};
use cairn_lake::iceberg::{Change, DataFile, Expiry, Home, Location, NewTable, Schema, Table};
use parquet::arrow::ArrowWriter;

const STORE: &str = "11111111-2222-4333-8444-555555555555";
const FIRST_DAY: i32 = 20_561;
const HOUR: i64 = 3_600_000_000;

fn field(id: i32, name: &str, of: DataType, nullable: bool) -> Field {
    let id = HashMap::from([("PARQUET:field_id".to_owned(), id.to_string())]);
    Field::new(name, of, nullable).with_metadata(id)
}

fn schema() -> Arc<ArrowSchema> {
    let identity: Fields =
        vec![field(6, "type", DataType::Utf8, true), field(7, "arn", DataType::Utf8, true)].into();
    let pair: Fields =
        vec![field(8, "key", DataType::Utf8, false), field(9, "value", DataType::Utf8, true)]
            .into();
    let entries = Arc::new(Field::new("key_value", DataType::Struct(pair), false));
    let element = Arc::new(field(10, "element", DataType::Utf8, true));
    Arc::new(ArrowSchema::new(vec![
        field(1, "eventtime", DataType::Timestamp(TimeUnit::Microsecond, None), true),
        field(2, "eventname", DataType::Utf8, true),
        field(3, "useridentity", DataType::Struct(identity), true),
        field(4, "requestparameters", DataType::Map(entries, false), true),
        field(5, "resources", DataType::List(element), true),
        field(11, "readonly", DataType::Boolean, true),
        field(12, "_seq", DataType::Int64, true),
    ]))
}

fn batch(day: i32, first: i64, rows: i64) -> RecordBatch {
    let schema = schema();
    let numbers = || first..first + rows;
    let times = numbers().map(|n| i64::from(day) * 24 * HOUR + n % 24 * HOUR);
    let names = numbers().map(|n| Some(["ConsoleLogin", "GetObject"][n as usize % 2]));
    let DataType::Struct(identity) = schema.field(2).data_type().clone() else { unreachable!() };
    let arns: StringArray = numbers()
        .map(|n| (n % 3 > 0).then(|| format!("arn:aws:iam::111122223333:user/{n}")))
        .collect();
    let types: StringArray = numbers().map(|_| Some("IAMUser")).collect();
    let identity = StructArray::new(identity, vec![Arc::new(types), Arc::new(arns)], None);
    let DataType::Map(entries, _) = schema.field(3).data_type() else { unreachable!() };
    let DataType::Struct(pair) = entries.data_type() else { unreachable!() };
    let fields = MapFieldNames {
        entry: "key_value".to_owned(),
        key: "key".to_owned(),
        value: "value".to_owned(),
    };
    let mut map = MapBuilder::new(Some(fields), StringBuilder::new(), StringBuilder::new())
        .with_keys_field(pair[0].clone())
        .with_values_field(pair[1].clone());
    let DataType::List(element) = schema.field(4).data_type() else { unreachable!() };
    let mut list = ListBuilder::new(StringBuilder::new()).with_field(element.clone());
    for n in numbers() {
        map.keys().append_value("bucketName");
        map.values().append_value(format!("bucket-{}", n % 7));
        map.append(n % 5 > 0).unwrap();
        list.values().append_value(format!("r{n}"));
        list.append(true);
    }
    let columns: Vec<ArrayRef> = vec![
        Arc::new(TimestampMicrosecondArray::from_iter_values(times)),
        Arc::new(names.collect::<StringArray>()),
        Arc::new(identity),
        Arc::new(map.finish()),
        Arc::new(list.finish()),
        Arc::new(BooleanArray::from_iter(numbers().map(|n| Some(n % 2 == 1)))),
        Arc::new(Int64Array::from_iter_values(numbers())),
    ];
    RecordBatch::try_new(schema, columns).unwrap()
}

fn write(home: &Home, day: i32, batch: &RecordBatch) -> DataFile {
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(batch).unwrap();
    let footer = writer.close().unwrap();
    let name = format!("{}.parquet", cairn_core::event_id(&SystemEntropy));
    let folder = home.day(STORE, day).unwrap();
    let file = folder.create(&name, 0).unwrap();
    file.write_all_at(&bytes, 0).unwrap();
    file.sync().unwrap();
    folder.sync_dir().unwrap();
    let schema = Schema::from_arrow(&batch.schema()).unwrap();
    let location = Location::data(STORE, day, &name);
    DataFile::describe(location, day, bytes.len() as u64, &footer, &schema)
}

fn main() {
    let path = std::env::args().nth(1).expect("a directory");
    let home = Home::new(Arc::new(FileDisk::open(path.as_ref()).unwrap()) as Arc<dyn Disk>);
    let entropy = SystemEntropy;
    let now = Timestamp::from_millis(1_776_000_000_000);
    let columns = Schema::from_arrow(&schema()).unwrap();
    let new = NewTable { store: STORE, schema: &columns, properties: BTreeMap::new() };
    let mut table: Table = Table::create(&home, new, now, &entropy).unwrap().table;
    for round in 0..20 {
        let day = FIRST_DAY + round % 5;
        let added = vec![write(&home, day, &batch(day, i64::from(round) * 1000, 1000))];
        let summary = BTreeMap::from([("cairn.seq".to_owned(), round.to_string())]);
        let change = Change { added, summary, ..Change::default() };
        table = table.commit(change, now, &entropy).unwrap().table;
    }
    let of_day = |table: &Table, day| -> BTreeSet<Location> {
        table.files().filter(|file| file.day == day).map(|file| file.location.clone()).collect()
    };
    let day = FIRST_DAY + 1;
    let batches: Vec<RecordBatch> =
        (0..4).map(|round| batch(day, (round * 5 + 1) * 1000, 1000)).collect();
    let whole = arrow::compute::concat_batches(&schema(), &batches).unwrap();
    let change = Change {
        added: vec![write(&home, day, &whole)],
        removed: of_day(&table, day),
        ..Change::default()
    };
    table = table.commit(change, now, &entropy).unwrap().table;
    let removed = of_day(&table, FIRST_DAY + 4);
    table = table.commit(Change { removed, ..Change::default() }, now, &entropy).unwrap().table;
    let expiry = Expiry { before: Timestamp::from_millis(i64::MAX), keep: 2 };
    let expired = table.expire(expiry, now, &entropy).unwrap().unwrap();
    home.remove(&expired.unreferenced).unwrap();
    assert_eq!(expired.table.orphans().unwrap().len(), 2);
    println!("{}", expired.table.location());
}
