use arrow::array::Int32Array;
use arrow::util::display::array_value_to_string;
use proptest::prelude::*;

use super::*;

const TIME: &str = r#""eventTime":"2026-04-18T07:05:09Z""#;

fn rows(kind: TableSchema, records: &[&str]) -> RecordBatch {
    let mut rows = Rows::new(kind);
    for (seq, record) in records.iter().enumerate() {
        rows.push(Some(seq as i64), record.as_bytes()).expect(record);
    }
    rows.finish()
}

/// The value at a path, as text; nothing where it is null.
fn cell(batch: &RecordBatch, path: &str, row: usize) -> Option<String> {
    let path: Vec<&str> = path.split('.').collect();
    let array = leaf(&batch.schema(), batch.columns(), &path).expect("the column is there");
    array.is_valid(row).then(|| array_value_to_string(&array, row).unwrap())
}

fn texts(kind: TableSchema, batch: &RecordBatch) -> Vec<String> {
    event_json(kind, batch).unwrap().iter().map(|text| text.unwrap().to_owned()).collect()
}

fn stored(batch: &RecordBatch) -> usize {
    batch.num_rows() - batch.column_by_name(EVENT_JSON).unwrap().null_count()
}

const LAUNCH: &str = include_str!("tests/run_instances.json").trim_ascii_end();

#[test]
fn members_go_into_their_columns() {
    let batch = rows(TableSchema::Events, &[LAUNCH]);
    for (path, expected) in [
        ("_seq", "0"),
        ("eventversion", "1.08"),
        ("useridentity.type", "AssumedRole"),
        ("_useridentity_type", "AssumedRole"),
        ("_useridentity_accesskeyid", "ASIAEXAMPLE"),
        ("useridentity.sessioncontext.sessionissuer.arn", "arn:aws:iam::111122223333:role/Admin"),
        ("_sessionissuer_arn", "arn:aws:iam::111122223333:role/Admin"),
        ("_sessionissuer_username", "Admin"),
        ("_session_mfaauthenticated", "true"),
        ("useridentity.sessioncontext.attributes.creationdate", "2026-04-18T06:00:00"),
        ("useridentity.sessioncontext.webidfederationdata", "{federatedprovider: , attributes: }"),
        ("eventtime", "2026-04-18T07:05:09"),
        ("sourceipaddress", "198.51.100.7"),
        (
            "requestparameters",
            "{instanceType: t3.micro, minCount: 1, weight: 243.0, dryRun: false, none: , \
             instancesSet: {\"items\":[{\"imageId\":\"ami-1\"}]}}",
        ),
        ("readonly", "false"),
        ("managementevent", "true"),
        (
            "resources",
            "[{accountid: 111122223333, type: AWS::EC2::Instance, arn: arn:aws:ec2:x, arnprefix: \
             }, {accountid: , type: , arn: , arnprefix: arn:aws:s3:::b/}]",
        ),
        ("tlsdetails.tlsversion", "TLSv1.3"),
    ] {
        assert_eq!(cell(&batch, path, 0).as_deref(), Some(expected), "{path}");
    }
    for path in ["responseelements", "errorcode", "useridentity.onbehalfof", "eventcontext"] {
        assert_eq!(cell(&batch, path, 0), None, "{path}");
    }
    assert_eq!(texts(TableSchema::Events, &batch), [LAUNCH]);
    assert_eq!(stored(&batch), 0);
}

#[test]
fn records_that_differ_in_values_have_one_shape() {
    let other = LAUNCH.replace("t3.micro", "m7g.large").replace("07:05:09", "08:00:00");
    let batch = rows(TableSchema::Events, &[LAUNCH, &other]);
    assert_eq!(cell(&batch, SHAPE, 0), cell(&batch, SHAPE, 1));
    assert_eq!(texts(TableSchema::Events, &batch), [LAUNCH, &other]);
}

#[test]
fn values_of_other_types_are_null_and_kept_in_the_text() {
    let record = concat!(
        r#"{"userIdentity":"none","requestParameters":[1],"responseElements":"x","#,
        r#""userAgent":["a"],"resources":[{"ARN":"a"},"b"],"readOnly":"true","#,
        r#""managementEvent":1,"eventName":7,"tlsDetails":{"tlsVersion":null},"#,
        r#""eventTime":"2026-04-18T07:05:09Z"}"#,
    );
    let batch = rows(TableSchema::Events, &[record]);
    for path in ["useridentity", "requestparameters", "responseelements", "useragent", "resources"]
    {
        assert_eq!(cell(&batch, path, 0), None, "{path}");
    }
    assert_eq!(cell(&batch, "readonly", 0).as_deref(), Some("true"));
    assert_eq!(cell(&batch, "managementevent", 0), None);
    assert_eq!(cell(&batch, "eventname", 0), None);
    assert_eq!(
        cell(&batch, "tlsdetails", 0).as_deref(),
        Some("{tlsversion: , ciphersuite: , clientprovidedhostheader: }")
    );
    assert_eq!(texts(TableSchema::Events, &batch), [record]);
    assert_eq!(stored(&batch), 0);
}

#[test]
fn escaped_texts_are_decoded_and_written_as_they_were() {
    let record = concat!(
        r#"{"userAgent":"a\u003db","errorMessage":"caf\u00e9 \ud83d\ude00","#,
        r#""eventName":"a\/b","requestParameters":{"q":"x \u0026\u003c y","#,
        r#""\"k\"":"\ud800","n":"\n"},"eventTime":"2026-04-18T07:05:09Z"}"#,
    );
    let batch = rows(TableSchema::Events, &[record]);
    assert_eq!(cell(&batch, "useragent", 0).as_deref(), Some("a=b"));
    assert_eq!(cell(&batch, "errormessage", 0).as_deref(), Some("café 😀"));
    assert_eq!(cell(&batch, "eventname", 0).as_deref(), Some("a/b"));
    assert_eq!(
        cell(&batch, "requestparameters", 0).as_deref(),
        Some("{q: x &< y, \"k\": \u{fffd}, n: \n}")
    );
    assert_eq!(texts(TableSchema::Events, &batch), [record]);
    assert_eq!(stored(&batch), 0);
}

#[test]
fn of_a_member_that_is_there_twice_the_last_counts() {
    let record = concat!(
        r#"{"eventName":"A","requestParameters":{"a":1,"b":2,"a":3},"#,
        r#""resources":[{"ARN":"x"}],"eventName":"B","#,
        r#""resources":[{"ARN":"y"},{"type":"t"}],"userIdentity":{"type":"a","#,
        r#""arn":"b"},"userIdentity":{"type":"c"},"#,
        r#""eventTime":"2026-04-18T07:05:09Z"}"#,
    );
    let batch = rows(TableSchema::Events, &[LAUNCH, record, LAUNCH]);
    assert_eq!(cell(&batch, "eventname", 1).as_deref(), Some("B"));
    assert_eq!(cell(&batch, "requestparameters", 1).as_deref(), Some("{a: 3, b: 2}"));
    assert_eq!(
        cell(&batch, "resources", 1).as_deref(),
        Some(
            "[{accountid: , type: , arn: y, arnprefix: }, {accountid: , type: t, arn: , \
             arnprefix: }]"
        )
    );
    assert_eq!(cell(&batch, "_useridentity_type", 1).as_deref(), Some("c"));
    assert_eq!(cell(&batch, "_useridentity_arn", 1), None);
    assert_eq!(texts(TableSchema::Events, &batch), [LAUNCH, record, LAUNCH]);
    assert_eq!(stored(&batch), 1);
}

#[test]
fn white_space_is_kept_in_the_text_and_left_out_of_values() {
    let record =
        format!("{{ {TIME} , \"requestParameters\" : {{\"a\":[1, {{\"b\" : \"c d\"}}]}} }}\n");
    let batch = rows(TableSchema::Events, &[record.as_str()]);
    assert_eq!(cell(&batch, "requestparameters", 0).as_deref(), Some(r#"{a: [1,{"b":"c d"}]}"#));
    assert_eq!(texts(TableSchema::Events, &batch), [record]);
    assert_eq!(stored(&batch), 1);
}

#[test]
fn what_is_no_row_leaves_none() {
    let cut = &LAUNCH[..LAUNCH.len() - 30];
    let in_list = &LAUNCH[..LAUNCH.find("ARNPrefix").unwrap()];
    let mut rows = Rows::new(TableSchema::Events);
    rows.push(Some(1), LAUNCH.as_bytes()).unwrap();
    let full = format!("{LAUNCH} x");
    for bad in ["", "[]", "7", "{}", r#"{"eventTime":"then"}"#, cut, in_list, &full, "\u{feff}{}"] {
        rows.push(Some(2), bad.as_bytes()).expect_err(bad);
    }
    rows.push(Some(2), b"{\"eventTime\":\"2026-04-18T07:05:09Z\",\"a\":\"\xff\"}").unwrap_err();
    let deep = format!("{{{TIME},\"a\":{}", "[".repeat(100_000));
    rows.push(Some(2), deep.as_bytes()).unwrap_err();
    rows.push(None, LAUNCH.as_bytes()).unwrap();
    assert_eq!(rows.len(), 2);
    let batch = rows.finish();
    assert_eq!(texts(TableSchema::Events, &batch), [LAUNCH, LAUNCH]);
    assert_eq!(cell(&batch, "_seq", 1), None);
    assert!(rows.is_empty());
    assert_eq!(rows.finish().num_rows(), 0);
}

#[test]
fn times_keep_their_writing() {
    let records: Vec<String> = [
        "2026-04-18T07:05:09Z",
        "2026-04-18T07:05:09.042Z",
        "2026-04-18T07:05:09.1Z",
        "2026-04-18T09:05:09+02:00",
    ]
    .iter()
    .map(|time| format!("{{\"eventTime\":\"{time}\"}}"))
    .collect();
    let records: Vec<&str> = records.iter().map(String::as_str).collect();
    let batch = rows(TableSchema::Events, &records);
    assert_eq!(texts(TableSchema::Events, &batch), records);
    assert_eq!(stored(&batch), 0);
    assert_eq!(cell(&batch, "eventtime", 3).as_deref(), Some("2026-04-18T07:05:09"));
}

const INSIGHT: &str = include_str!("tests/insight.json").trim_ascii_end();

#[test]
fn insights_are_flat_however_they_are_written() {
    let flat = include_str!("tests/flat_insight.json").trim_ascii_end();
    let batch = rows(TableSchema::Insights, &[INSIGHT, flat]);
    for (path, row, expected) in [
        ("insightstate", 0, "End"),
        ("insighteventname", 0, "PutObject"),
        ("insighterrorcode", 0, "InvalidRequest"),
        ("insightcontext.baselineaverage", 0, "0.0"),
        ("insightcontext.insightaverage", 0, "1.2"),
        ("insightcontext.baselineduration", 0, "11092"),
        (
            "insightcontext.attributions",
            0,
            "[{attribute: userAgent, insightvalue: , insightaverage: , baselinevalue: , \
             baselineaverage: , insight: [{value: null, average: 0.6}], baseline: []}]",
        ),
        ("insightstate", 1, "Start"),
        ("insightsource", 1, "arn"),
        ("insightcontext.baselineaverage", 1, "1.5"),
        ("insightcontext.insightduration", 1, "3"),
    ] {
        assert_eq!(cell(&batch, path, row).as_deref(), Some(expected), "{path}");
    }
    assert_eq!(texts(TableSchema::Insights, &batch), [INSIGHT, flat]);
    assert_eq!(stored(&batch), 0);
}

#[test]
fn the_other_kinds_have_their_columns() {
    let item = include_str!("tests/item.json").trim_ascii_end();
    let batch = rows(TableSchema::ConfigurationItems, &[item]);
    assert_eq!(cell(&batch, "eventdata.resourceid", 0).as_deref(), Some("i-1"));
    assert_eq!(
        cell(&batch, "eventdata.configuration", 0).as_deref(),
        Some("{state: {\"code\":16}}")
    );
    assert_eq!(cell(&batch, "eventdata.relatedevents", 0).as_deref(), Some("[\"a\",\"b\"]"));
    assert_eq!(texts(TableSchema::ConfigurationItems, &batch), [item]);

    let evidence = include_str!("tests/evidence.json").trim_ascii_end();
    let batch = rows(TableSchema::Evidence, &[evidence]);
    assert_eq!(cell(&batch, "eventdata.time", 0).as_deref(), Some("2026-04-18T07:00:00"));
    assert_eq!(texts(TableSchema::Evidence, &batch), [evidence]);

    let activity = include_str!("tests/activity.json").trim_ascii_end();
    let batch = rows(TableSchema::Activity, &[activity]);
    assert_eq!(cell(&batch, "eventdata.useridentity.details", 0).as_deref(), Some("{k: v}"));
    assert_eq!(cell(&batch, "_eventdata_uid", 0).as_deref(), Some("u-1"));
    assert_eq!(cell(&batch, "eventdata.additionaleventdata", 0).as_deref(), Some("{}"));
    assert_eq!(texts(TableSchema::Activity, &batch), [activity]);
    assert_eq!(stored(&batch), 0);
}

#[test]
fn a_shape_of_other_rows_is_refused() {
    let batch = rows(TableSchema::Events, &[LAUNCH, r#"{"eventTime":"2026-04-18T07:05:00Z"}"#]);
    let mut columns = batch.columns().to_vec();
    let shape = batch.schema().index_of(SHAPE).unwrap();
    columns[shape] =
        arrow::compute::take(&columns[shape], &Int32Array::from(vec![0, 0]), None).unwrap();
    let batch = RecordBatch::try_new(batch.schema(), columns).unwrap();
    event_json(TableSchema::Events, &batch).unwrap_err();
    event_json(TableSchema::Events, &batch.project(&[0]).unwrap()).unwrap_err();
}

#[test]
fn checksums_are_those_of_the_text() {
    let batch = rows(TableSchema::Events, &[r#"{"eventTime":"2026-04-18T07:05:00Z"}"#]);
    let sums = checksums(&event_json(TableSchema::Events, &batch).unwrap());
    assert_eq!(sums.value(0).len(), 64);
    assert_eq!(
        sums.value(0),
        cairn_proof::Sha256::of(br#"{"eventTime":"2026-04-18T07:05:00Z"}"#).to_string()
    );
}

/// Texts between quotes, in many ways of writing.
fn quoted() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-zA-Z0-9:/._ -]{0,12}",
        1 => prop_oneof![
            Just("\\u003d"), Just("\\u003D"), Just("="), Just("\\/"), Just("\\\""), Just("\\\\"),
            Just("\\n"), Just("\\u000a"), Just("é"), Just("\\u00e9"), Just("😀"),
            Just("\\ud83d\\ude00"), Just("\\ud800"), Just("\u{2028}"), Just("\\u2028"), Just("€"),
            Just("\\u0000"), Just("\u{7f}"),
        ].prop_map(str::to_owned),
    ];
    proptest::collection::vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

fn value(names: Vec<&'static str>) -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        3 => quoted().prop_map(|text| format!("\"{text}\"")),
        1 => prop_oneof![
            Just("null"), Just("true"), Just("false"), Just("0"), Just("-0.0"), Just("243.0"),
            Just("1e400"), Just("12345678901234567890"), Just("\"true\""), Just("7"), Just("1.5"),
            Just("\"2026-04-18T07:05:09Z\""), Just("\"2026-04-18T07:05:09.001Z\""),
        ].prop_map(str::to_owned),
    ];
    leaf.prop_recursive(5, 48, 6, move |inner| {
        let name = prop_oneof![
            6 => proptest::sample::select(names.clone()).prop_map(str::to_owned),
            1 => quoted(),
        ];
        let space = || prop_oneof![60 => Just(""), 1 => Just(" "), 1 => Just("\n\t")];
        let member = (name, space(), inner.clone())
            .prop_map(|(name, space, value)| format!("\"{name}\":{space}{value}"));
        prop_oneof![
            3 => (space(), proptest::collection::vec(member, 0..8))
                .prop_map(|(space, members)| format!("{{{}{space}}}", members.join(","))),
            1 => (space(), proptest::collection::vec(inner, 0..4))
                .prop_map(|(space, values)| format!("[{space}{}]", values.join(","))),
        ]
    })
}

fn names(kind: TableSchema) -> Vec<&'static str> {
    fn add(members: &'static [schema::Member], names: &mut Vec<&'static str>) {
        for member in members {
            names.push(member.json);
            if let schema::Kind::Struct(inner) | schema::Kind::List(inner) = member.kind {
                add(inner, names);
            }
        }
    }
    let mut names = vec!["insightDetails", "statistics", "average", "state", "other"];
    add(schema::members(kind), &mut names);
    names
}

fn records() -> impl Strategy<Value = (TableSchema, Vec<String>)> {
    let kinds = [
        TableSchema::Events,
        TableSchema::Events,
        TableSchema::Insights,
        TableSchema::ConfigurationItems,
        TableSchema::Evidence,
        TableSchema::Activity,
    ];
    proptest::sample::select(kinds.to_vec()).prop_flat_map(|kind| {
        let names = names(kind);
        let top = schema::members(kind).iter().map(|member| member.json).collect::<Vec<_>>();
        let member = (proptest::sample::select(top), value(names))
            .prop_map(|(name, value)| format!("\"{name}\":{value}"));
        let record = proptest::collection::vec(member, 0..12).prop_map(|members| {
            format!("{{{}{}{TIME}}}", members.join(","), if members.is_empty() { "" } else { "," })
        });
        (Just(kind), proptest::collection::vec(record, 1..6))
    })
}

proptest! {
    #[test]
    fn the_text_of_any_record_comes_back((kind, records) in records()) {
        let mut rows = Rows::new(kind);
        for record in &records {
            rows.push(None, record.as_bytes()).unwrap();
        }
        let batch = rows.finish();
        prop_assert_eq!(batch.schema(), schema::stored(kind));
        prop_assert_eq!(texts(kind, &batch), records);
    }

    #[test]
    fn any_bytes_are_a_row_or_an_error(
        bytes in proptest::collection::vec(any::<u8>(), 0..64),
        at in 0..LAUNCH.len(),
    ) {
        let mut broken = LAUNCH.as_bytes()[..at].to_vec();
        broken.extend_from_slice(&bytes);
        broken.extend_from_slice(&LAUNCH.as_bytes()[at..]);
        let mut rows = Rows::new(TableSchema::Events);
        let mut expected = Vec::new();
        for record in [LAUNCH.as_bytes(), &broken, LAUNCH.as_bytes()] {
            if rows.push(None, record).is_ok() {
                expected.push(String::from_utf8(record.to_vec()).unwrap());
            }
        }
        let batch = rows.finish();
        prop_assert_eq!(texts(TableSchema::Events, &batch), expected);
    }
}
