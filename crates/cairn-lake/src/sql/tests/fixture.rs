//! Tables in memory out of JSON, and what a statement gives over them.

use std::sync::Arc;
use std::time::Duration;

use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Float64Array, Int32Array, Int64Array, ListArray, MapArray,
    RecordBatch, StringArray, StructArray, TimestampMicrosecondArray,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema, TimeUnit};
use cairn_core::{SystemClock, Timestamp};
use datafusion::catalog::TableProvider;
use datafusion::datasource::MemTable;
use datafusion::execution::TaskContext;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::physical_plan::collect;
use datafusion::prelude::SessionConfig;
use serde_json::Value;

use crate::engine::runnable;
use crate::query::Gauge;
use crate::render::Rows;
use crate::sql::{Session, Tables, parse, plan, session};

/// 2026-04-20T12:00:00Z.
pub(in crate::sql) const NOW: Timestamp = Timestamp::from_seconds(1_776_686_400);

pub(in crate::sql) struct Stores(pub(in crate::sql) Vec<(String, Arc<dyn TableProvider>)>);

impl Tables for Stores {
    fn table(&self, id: &str) -> Option<Arc<dyn TableProvider>> {
        self.0.iter().find(|(known, _)| known == id).map(|(_, table)| Arc::clone(table))
    }
}

pub(in crate::sql) struct Answer {
    pub(in crate::sql) labels: Vec<String>,
    pub(in crate::sql) rows: Vec<Vec<Option<String>>>,
}

impl Answer {
    /// A row is a line, its values between bars.
    pub(in crate::sql) fn lines(&self) -> Vec<String> {
        let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "NULL".into());
        self.rows.iter().map(|row| row.iter().map(text).collect::<Vec<_>>().join(" | ")).collect()
    }
}

/// What a record has in flat columns besides.
pub(in crate::sql) fn with_copies(mut record: Value) -> Value {
    record["_useridentity_arn"] = record["userIdentity"]["arn"].clone();
    record["_responseelements_consolelogin"] = record["responseElements"]["ConsoleLogin"].clone();
    record
}

pub(in crate::sql) fn new_session() -> Session {
    let config = SessionConfig::new().with_target_partitions(1);
    session(config, Arc::new(RuntimeEnv::default())).unwrap()
}

/// The plan of a statement as it runs, as text.
pub(in crate::sql) fn optimized(sql: &str, stores: &Stores) -> String {
    let session = new_session();
    let planned = plan(&session, &parse(sql).unwrap(), stores, NOW).unwrap();
    session.state.optimize(&planned.plan).unwrap().display_indent().to_string()
}

pub(in crate::sql) async fn run(sql: &str, stores: &Stores) -> Result<Answer, String> {
    within(usize::MAX, sql, stores).await
}

/// Runs a statement whose calls may make so many bytes each.
pub(in crate::sql) async fn within(
    bytes: usize,
    sql: &str,
    stores: &Stores,
) -> Result<Answer, String> {
    let session = new_session();
    let statement = parse(sql).map_err(|refused| refused.to_string())?;
    let planned = plan(&session, &statement, stores, NOW).map_err(|refused| refused.to_string())?;
    let gauge = Gauge::new(Arc::new(SystemClock::default()), Duration::MAX);
    let physical = runnable(session, &planned.plan, bytes, &gauge.term).await;
    let (session, physical) =
        physical.map_err(|error| format!("physical: {}", error.strip_backtrace()))?;
    gauge.watch(Arc::clone(&physical));
    let left = Arc::downgrade(&physical);
    let context = Arc::new(TaskContext::from(&session));
    drop(session);
    let batches = collect(physical, context).await;
    drop(gauge);
    // Tasks of the plan end a moment after it.
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert!(left.upgrade().is_none(), "the plan of a query that is over is held by itself: {sql}");
    let batches = batches.map_err(|error| format!("running: {}", error.strip_backtrace()))?;
    let mut rows = Vec::new();
    for batch in &batches {
        let texts = Rows::new(batch);
        rows.extend((0..texts.len()).map(|row| texts.row(row)));
    }
    Ok(Answer { labels: planned.labels, rows })
}

/// A table of records; members are found by their name in lower case.
pub(in crate::sql) fn table(schema: Vec<Field>, records: &[Value]) -> Arc<dyn TableProvider> {
    let schema = Arc::new(Schema::new(schema));
    let lowered: Vec<Value> = records.iter().map(lowered).collect();
    let columns: Vec<ArrayRef> = schema
        .fields()
        .iter()
        .map(|field| {
            let values: Vec<Option<&Value>> =
                lowered.iter().map(|record| record.get(field.name())).collect();
            array(field.data_type(), &values)
        })
        .collect();
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns).unwrap();
    Arc::new(MemTable::try_new(schema, vec![vec![batch]]).unwrap())
}

fn lowered(record: &Value) -> Value {
    let Value::Object(members) = record else { return record.clone() };
    members.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect()
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn micros(value: &Value) -> Option<i64> {
    let time: jiff::Timestamp = value.as_str()?.parse().ok()?;
    Some(time.as_microsecond())
}

fn known<'a>(values: &[Option<&'a Value>]) -> Vec<Option<&'a Value>> {
    values.iter().map(|value| value.filter(|value| !value.is_null())).collect()
}

fn array(of: &DataType, values: &[Option<&Value>]) -> ArrayRef {
    let values = known(values);
    let given = values.iter().copied();
    match of {
        DataType::Utf8 => Arc::new(given.map(|v| v.map(text)).collect::<StringArray>()),
        DataType::Boolean => {
            Arc::new(given.map(|v| v.and_then(Value::as_bool)).collect::<BooleanArray>())
        }
        DataType::Int64 => {
            Arc::new(given.map(|v| v.and_then(Value::as_i64)).collect::<Int64Array>())
        }
        DataType::Int32 => Arc::new(
            given.map(|v| v.and_then(Value::as_i64).map(|v| v as i32)).collect::<Int32Array>(),
        ),
        DataType::Float64 => {
            Arc::new(given.map(|v| v.and_then(Value::as_f64)).collect::<Float64Array>())
        }
        DataType::Binary => {
            Arc::new(given.map(|v| v.map(|v| text(v).into_bytes())).collect::<BinaryArray>())
        }
        DataType::Timestamp(TimeUnit::Microsecond, None) => {
            Arc::new(given.map(|v| v.and_then(micros)).collect::<TimestampMicrosecondArray>())
        }
        DataType::Struct(fields) => Arc::new(row(fields, &values)),
        DataType::List(item) => Arc::new(list(item, &values)),
        DataType::Map(entries, _) => Arc::new(map(entries, &values)),
        other => panic!("no builder for {other}"),
    }
}

fn row(fields: &Fields, values: &[Option<&Value>]) -> StructArray {
    let lowered: Vec<Option<Value>> = values.iter().map(|value| value.map(lowered)).collect();
    let columns = fields.iter().map(|field| {
        let inner: Vec<Option<&Value>> =
            lowered.iter().map(|value| value.as_ref().and_then(|v| v.get(field.name()))).collect();
        array(field.data_type(), &inner)
    });
    let nulls = values.iter().map(Option::is_some).collect::<NullBuffer>();
    StructArray::try_new(fields.clone(), columns.collect(), Some(nulls)).unwrap()
}

fn list(item: &FieldRef, values: &[Option<&Value>]) -> ListArray {
    let lists: Vec<Option<&Vec<Value>>> =
        values.iter().map(|value| value.and_then(Value::as_array)).collect();
    let lengths = lists.iter().map(|list| list.map_or(0, Vec::len));
    let offsets = OffsetBuffer::from_lengths(lengths);
    let inner: Vec<Option<&Value>> =
        lists.iter().flatten().flat_map(|l| l.iter()).map(Some).collect();
    let nulls = lists.iter().map(Option::is_some).collect::<NullBuffer>();
    ListArray::try_new(Arc::clone(item), offsets, array(item.data_type(), &inner), Some(nulls))
        .unwrap()
}

fn map(entries: &FieldRef, values: &[Option<&Value>]) -> MapArray {
    let maps: Vec<_> = values.iter().map(|value| value.and_then(Value::as_object)).collect();
    let offsets = OffsetBuffer::from_lengths(maps.iter().map(|map| map.map_or(0, |map| map.len())));
    let pairs = || maps.iter().flatten().flat_map(|map| map.iter());
    let keys: StringArray = pairs().map(|(key, _)| Some(key.clone())).collect();
    let inner: StringArray = pairs().map(|(_, v)| (!v.is_null()).then(|| text(v))).collect();
    let DataType::Struct(fields) = entries.data_type() else { panic!("a map without entries") };
    let entry = StructArray::new(fields.clone(), vec![Arc::new(keys), Arc::new(inner)], None);
    let nulls = maps.iter().map(Option::is_some).collect::<NullBuffer>();
    MapArray::try_new(Arc::clone(entries), offsets, entry, Some(nulls), false).unwrap()
}

fn string(name: &str) -> Field {
    Field::new(name, DataType::Utf8, true)
}

fn strings(names: &str) -> Vec<Field> {
    names.split_whitespace().map(string).collect()
}

fn struct_of(name: &str, fields: Vec<Field>) -> Field {
    Field::new(name, DataType::Struct(fields.into()), true)
}

fn map_of(name: &str) -> Field {
    let fields = Fields::from(vec![Field::new("key", DataType::Utf8, false), string("value")]);
    let entries = Field::new("key_value", DataType::Struct(fields), false);
    Field::new(name, DataType::Map(Arc::new(entries), false), true)
}

fn list_of(name: &str, fields: Vec<Field>) -> Field {
    let item = Field::new("element", DataType::Struct(fields.into()), true);
    Field::new(name, DataType::List(Arc::new(item)), true)
}

/// The columns of CloudTrail events, and two hidden ones.
pub(in crate::sql) fn events() -> Vec<Field> {
    let time =
        |name: &str| Field::new(name, DataType::Timestamp(TimeUnit::Microsecond, None), true);
    let flag = |name: &str| Field::new(name, DataType::Boolean, true);
    let issuer = struct_of("sessionissuer", strings("type principalid arn accountid username"));
    let federation =
        struct_of("webidfederationdata", vec![string("federatedprovider"), map_of("attributes")]);
    let attributes =
        struct_of("attributes", vec![time("creationdate"), string("mfaauthenticated")]);
    let mut session = vec![attributes, issuer, federation];
    session.extend(strings("sourceidentity ec2roledelivery ec2issuedinvpc"));
    let mut identity = strings("type principalid arn accountid accesskeyid username");
    identity.push(struct_of("sessioncontext", session));
    identity.push(struct_of("onbehalfof", strings("userid identitystorearn")));
    identity.push(struct_of(
        "inscopeof",
        strings("sourcearn sourceaccount issuertype credentialsissuedto"),
    ));
    identity.extend(strings("invokedby identityprovider"));
    let tags = list_of("resourcetags", vec![string("arn"), map_of("tags")]);
    let tag_context = struct_of("tagcontext", vec![map_of("principaltags"), tags]);
    let mut fields = vec![string("eventversion"), struct_of("useridentity", identity)];
    fields.push(time("eventtime"));
    fields.extend(strings(
        "eventsource eventname awsregion sourceipaddress useragent errorcode errormessage",
    ));
    fields.extend([
        map_of("requestparameters"),
        map_of("responseelements"),
        map_of("additionaleventdata"),
    ]);
    fields.extend(strings("requestid eventid"));
    fields.push(flag("readonly"));
    fields.push(list_of("resources", strings("accountid type arn arnprefix")));
    fields.extend(strings("eventtype apiversion"));
    fields.push(flag("managementevent"));
    fields.extend(strings("recipientaccountid sharedeventid annotation"));
    fields.extend(strings("vpcendpointid vpcendpointaccountid"));
    fields.extend([map_of("serviceeventdetails"), map_of("addendum")]);
    fields.extend([map_of("edgedevicedetails"), map_of("insightdetails")]);
    fields.push(string("eventcategory"));
    fields
        .push(struct_of("tlsdetails", strings("tlsversion ciphersuite clientprovidedhostheader")));
    fields.extend(strings("sessioncredentialfromconsole eventjson eventjsonchecksum"));
    fields.push(struct_of("eventcontext", vec![map_of("requestcontext"), tag_context]));
    fields.push(Field::new("_seq", DataType::Int64, true));
    fields.extend(strings("_useridentity_arn _responseelements_consolelogin"));
    fields
}
