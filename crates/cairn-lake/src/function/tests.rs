//! Trino's documented answers, one a line: `call -> text`, or `call !> refusal`.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch};
use datafusion::prelude::SessionContext;
use futures_util::FutureExt;
use proptest::prelude::{ProptestConfig, any, prop, proptest};

use super::{Found, find, register, told};
use crate::render;

const SCALAR: &[&str] = &[
    include_str!("tests/element.txt"),
    include_str!("tests/json.txt"),
    include_str!("tests/time.txt"),
    include_str!("tests/text.txt"),
    include_str!("tests/array.txt"),
    include_str!("tests/math.txt"),
    include_str!("tests/convert.txt"),
];
const AGGREGATE: &str = include_str!("tests/aggregate.txt");

fn context() -> SessionContext {
    let mut context = SessionContext::new();
    register(&mut context).unwrap();
    let rows: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
    let batch = RecordBatch::try_from_iter([("i", rows)]).unwrap();
    context.register_batch("three", batch).unwrap();
    context
}

/// What a statement's first column gives, row by row.
fn answer(context: &SessionContext, sql: &str) -> Result<Vec<Option<String>>, String> {
    let run = async {
        let frame = context.sql(sql).await?;
        frame.collect().await
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let batches = runtime.block_on(run.boxed()).map_err(|error| error.to_string())?;
    let texts = |batch: &RecordBatch| {
        let rows = 0..batch.num_rows();
        rows.map(|row| render::value(batch.column(0), row)).collect::<Vec<_>>()
    };
    Ok(batches.iter().flat_map(texts).collect())
}

/// The statement with the engine's names in place of Trino's.
fn engine(sql: &str) -> String {
    let mut text = String::new();
    let mut rest = sql;
    while let Some(at) = rest.find(|next: char| next.is_ascii_lowercase() || next == '\'') {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(inside) = rest.strip_prefix('\'') {
            let end = inside.find('\'').unwrap() + 2;
            text.push_str(&rest[..end]);
            rest = &rest[end..];
            continue;
        }
        let word = |next: char| next.is_ascii_alphanumeric() || next == '_';
        let end = rest.find(|next| !word(next)).unwrap_or(rest.len());
        let (name, behind) = rest.split_at(end);
        let mut written = name.to_owned();
        if let Some(inside) = behind.strip_prefix('(')
            && let Some(Found { name, .. }) = find(name, arguments(inside).len(), false)
        {
            written = name;
        }
        text.push_str(&written);
        rest = behind;
    }
    text + rest
}

/// The arguments of a call whose parenthesis has been passed.
fn arguments(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut depth, mut begin, mut quoted) = (0, 0, false);
    for (at, next) in text.char_indices() {
        match next {
            '\'' => quoted = !quoted,
            '(' | '[' if !quoted => depth += 1,
            ')' | ']' if !quoted && depth > 0 => depth -= 1,
            ')' if !quoted => {
                found.push(text[begin..at].trim());
                break;
            }
            ',' if !quoted && depth == 0 => {
                found.push(text[begin..at].trim());
                begin = at + 1;
            }
            _ => {}
        }
    }
    found.retain(|argument| !argument.is_empty());
    found
}

/// A case: a call, what is expected, and whether that is a refusal.
fn cases(text: &'static str) -> Vec<(&'static str, &'static str, bool)> {
    let of = |line: &'static str| {
        line.split_once(" -> ")
            .map(|(call, text)| (call, text, false))
            .or_else(|| line.split_once(" !> ").map(|(call, text)| (call, text, true)))
            .unwrap_or_else(|| panic!("no case: {line}"))
    };
    text.lines().filter(|line| !line.is_empty()).map(of).collect()
}

fn wrong(given: &Result<Vec<Option<String>>, String>, expected: &str, refused: bool) -> bool {
    match given {
        Err(error) => !refused || !error.contains(expected),
        Ok(rows) if refused => !rows.is_empty() || expected.is_empty(),
        Ok(rows) => {
            let shown = if expected == "EMPTY" { "" } else { expected };
            let expected = (expected != "NULL").then(|| shown.to_owned());
            rows.is_empty() || rows.iter().any(|row| *row != expected)
        }
    }
}

#[test]
fn functions_answer_as_documented() {
    let context = context();
    let mut failed = Vec::new();
    let mut count = 0;
    for (call, expected, refused) in SCALAR.iter().flat_map(|text| cases(text)) {
        count += 1;
        let given = answer(&context, &format!("SELECT {}", engine(call)));
        if wrong(&given, expected, refused) {
            failed.push(format!("{call}\n  expected {expected}\n  given    {given:?}"));
        }
    }
    assert!(failed.is_empty(), "{} of {count} cases:\n{}", failed.len(), failed.join("\n"));
    assert!(count > 300, "{count}");
}

/// The same calls with arguments that are columns: nothing is worked out before there are rows.
#[test]
fn columns_are_answered_as_constants_are() {
    let context = context();
    let mut failed = Vec::new();
    for (call, expected, refused) in SCALAR.iter().flat_map(|text| cases(text)) {
        let (name, inside) = call.split_once('(').unwrap();
        let arguments = arguments(inside);
        // Types hang on zones and on marks of JSON, which a column of a CASE does not have.
        let fixed = matches!(name, "from_unixtime" | "typeof" | "to_iso8601");
        let nested = call.contains("_timezone") || name == "cast_json" || call.contains("(json");
        if fixed || nested || arguments.is_empty() || expected.starts_with("Unexpected") {
            continue;
        }
        let columns: Vec<String> = arguments
            .iter()
            .enumerate()
            .map(|(at, argument)| match (name, at) {
                ("cast", 1) => (*argument).to_owned(),
                _ => format!("CASE WHEN i > 0 THEN {argument} END"),
            })
            .collect();
        let sql = format!("SELECT {name}({}) FROM three", columns.join(", "));
        let given = answer(&context, &engine(&sql));
        if wrong(&given, expected, refused) {
            failed.push(format!("{call}\n  expected {expected}\n  given    {given:?}"));
        }
    }
    assert!(failed.is_empty(), "{} cases:\n{}", failed.len(), failed.join("\n"));
}

#[test]
fn aggregates_answer_as_documented() {
    let context = context();
    let mut failed = Vec::new();
    for (call, expected, refused) in cases(AGGREGATE) {
        let given = answer(&context, &format!("SELECT {}", engine(call)));
        if wrong(&given, expected, refused) {
            failed.push(format!("{call}\n  expected {expected}\n  given    {given:?}"));
        }
    }
    assert!(failed.is_empty(), "{} cases:\n{}", failed.len(), failed.join("\n"));
}

#[test]
fn every_name_leads_to_a_function_of_the_engine() {
    let context = context();
    let state = context.state();
    let mut names: Vec<&str> = super::scalars().map(|function| function.name).collect();
    names.extend(super::stock::STOCK.iter().map(|(name, ..)| *name));
    names.extend(
        super::aggregate::AGGREGATES.iter().flat_map(|family| family.iter()).map(|one| one.name),
    );
    for name in names {
        for arguments in [1, 2] {
            let found = find(name, arguments, false).unwrap_or_else(|| panic!("{name}"));
            let known = match found.kind {
                super::Kind::Scalar => state.scalar_functions().contains_key(&found.name),
                super::Kind::Aggregate => state.aggregate_functions().contains_key(&found.name),
                super::Kind::Window => state.window_functions().contains_key(&found.name),
            };
            assert!(known, "{name}: {found:?}");
        }
    }
    assert_eq!(find("no_such_function", 1, false), None);
}

#[test]
fn a_refusal_is_told_in_the_words_of_trino() {
    let context = context();
    let error = answer(&context, "SELECT lake_element_at('a', 1)").unwrap_err();
    assert_eq!(
        told(&error),
        "Unexpected parameters (varchar, bigint) for function element_at. Expected: \
         element_at(map(K, V), K) K, V, element_at(array(E), bigint) E"
    );
}

#[test]
fn inside_of_try_only_the_rows_at_fault_are_null() {
    let context = context();
    let sql = "SELECT lake_try_date(CASE WHEN i = 2 THEN 'x' ELSE '2020-01-01' END) FROM three";
    let day = || Some("2020-01-01".to_owned());
    assert_eq!(answer(&context, sql).unwrap(), [day(), None, day()]);
}

#[test]
fn groups_are_the_same_in_one_part_and_in_many() {
    let mut context = SessionContext::new_with_config(
        datafusion::prelude::SessionConfig::new().with_target_partitions(4).with_batch_size(3),
    );
    register(&mut context).unwrap();
    let sql = "SELECT k, lake_max_by(v, v), lake_min(v, 2), lake_map_agg(v, k), lake_histogram(k), \
               lake_approx_percentile(v, 0.5), lake_count_if(v > 20), lake_arbitrary(k), \
               lake_geometric_mean(v), lake_kurtosis(v), lake_max_by(v, v, 3), \
               lake_multimap_agg(k, 1) \
               FROM (SELECT value % 3 AS k, value AS v FROM generate_series(1, 40)) \
               GROUP BY k ORDER BY k";
    let run = async { context.sql(sql).await?.collect().await };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let batches = runtime.block_on(run.boxed()).unwrap();
    let rows: Vec<Vec<String>> = batches
        .iter()
        .flat_map(|batch| {
            let rows = render::Rows::new(batch);
            (0..rows.len()).map(|row| rows.row(row)).collect::<Vec<_>>()
        })
        .map(|row| row.into_iter().flatten().collect())
        .collect();
    assert_eq!(rows.len(), 3);
    let of = |at: usize| rows.iter().map(|row| row[at].as_str()).collect::<Vec<_>>();
    assert_eq!(of(1), ["39", "40", "38"]);
    assert_eq!(of(2), ["[3, 6]", "[1, 4]", "[2, 5]"]);
    assert_eq!(of(4), ["{0=13}", "{1=14}", "{2=13}"]);
    assert_eq!(of(5), ["21", "22", "20"]);
    assert_eq!(of(6), ["7", "7", "6"]);
    assert_eq!(of(7), ["0", "1", "2"]);
    assert_eq!(of(10), ["[39, 36, 33]", "[40, 37, 34]", "[38, 35, 32]"]);
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn an_element_is_the_same_as_a_slice_of_one(
        items in prop::collection::vec(any::<i32>(), 1..8),
        at in -10_i64..10,
    ) {
        let list: Vec<String> = items.iter().map(ToString::to_string).collect();
        let list = list.join(", ");
        let sql = format!(
            "SELECT lake_element_at(ARRAY[{list}], {at}), lake_slice(ARRAY[{list}], {at}, 1)"
        );
        if at == 0 {
            proptest::prop_assert!(answer(&context(), &sql).is_err());
            return Ok(());
        }
        let item = answer(&context(), &format!("SELECT lake_element_at(ARRAY[{list}], {at})"));
        let slice = answer(&context(), &format!("SELECT lake_slice(ARRAY[{list}], {at}, 1)"));
        let item = item.unwrap().remove(0).unwrap_or_default();
        proptest::prop_assert_eq!(Some(format!("[{item}]")), slice.unwrap().remove(0));
    }

    #[test]
    fn what_is_split_can_be_joined(text in "[a-c,'.]{0,12}") {
        let text = literal(&text);
        let sql = format!("SELECT lake_array_join(lake_split({text}, ','), ',') = {text}");
        proptest::prop_assert_eq!(answer(&context(), &sql).unwrap(), [Some("true".to_owned())]);
    }

    #[test]
    fn what_is_encoded_can_be_decoded(text in "\\PC{0,12}") {
        let text = literal(&text);
        let sql = format!("SELECT lake_url_decode(lake_url_encode({text})) = {text}");
        proptest::prop_assert_eq!(answer(&context(), &sql).unwrap(), [Some("true".to_owned())]);
    }

    #[test]
    fn no_path_into_json_panics(text in "[\\PC\"{}:,\\[\\]0-9tfn\\\\]{0,40}", path in "[$.\\[\\]\"a-c0-9]{0,12}") {
        let _ = super::json::extracted(&text, &path);
    }

    #[test]
    fn no_function_of_texts_panics(
        first in "[\\PC\"{}\\[\\]:,.$%+\\-0-9a-zA-Z\\\\]{0,24}",
        second in "[\\PC$.\\[\\]\"'*%yMdHZ0-9\\\\()]{0,10}",
        number in any::<i64>(),
        which in any::<prop::sample::Index>(),
    ) {
        let context = context();
        let (first, second) = (literal(&first), literal(&second));
        let functions: Vec<_> = super::scalars().collect();
        let name = which.get(&functions).name;
        for arguments in [
            first.clone(),
            format!("{first}, {second}"),
            format!("{first}, {number}"),
            format!("{first}, {second}, {}", number % 7),
            format!("{first}, {second}, {second}"),
            format!("{number}"),
            format!("{number}, {}", number % 40),
            format!("TIMESTAMP '2020-02-29 12:00:00', {first}"),
            format!("{second}, {number}, DATE '2020-02-29'"),
            format!("ARRAY[{first}, {second}], {number}"),
        ] {
            // What matters is that there is an answer at all.
            let _ = answer(&context, &format!("SELECT lake_{name}({arguments})"));
        }
    }
}
