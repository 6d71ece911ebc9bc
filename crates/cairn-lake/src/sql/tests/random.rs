//! Statements that nobody would write: each is planned, or refused, and nothing else.

use super::fixture::{NOW, Stores, new_session};
use super::{A, B, stores};
use crate::sql::{MAX_CHAIN, MAX_CHARACTERS, Session, parse, plan, stores as ids};

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }
}

/// What a statement of the deepest kind takes, in code that is not optimized.
const STACK_BYTES: usize = 8 << 20;

const COLUMNS: &[&str] = &[
    "eventName",
    "eventTime",
    "userIdentity",
    "userIdentity.arn",
    "readOnly",
    "resources",
    "requestParameters",
    "requestParameters.bucketName",
    "responseElements.x.y",
    "eventJson",
    "userIdentity.sessionContext.sessionIssuer.userName",
    "a.eventID",
    "b.tlsDetails.tlsVersion",
    "resources[1].arn",
    "t.r.type",
    "x",
    "_seq",
    "\"EventName\"",
    "eventContext.tagContext",
];

const LITERALS: &[&str] = &[
    "'x'",
    "''",
    "'2026-01-01'",
    "'2026-01-01T00:00:00Z'",
    "1",
    "-1",
    "0",
    "1.5",
    "1e308",
    "9223372036854775807",
    "99999999999999999999",
    "NULL",
    "true",
    "false",
    "DATE '2026-01-01'",
    "TIMESTAMP '2026-01-01 00:00:00'",
    "TIME '09:05'",
    "INTERVAL '1' DAY",
    "ARRAY[1, 2]",
    "ARRAY[]",
    "X'00'",
    "current_timestamp",
    "DATE 'never'",
    "INTERVAL 'x' HOUR",
    "U&'\\00e9'",
    "'\u{1F600}'",
];

const FUNCTIONS: &[&str] = &[
    "count",
    "sum",
    "max",
    "lower",
    "cardinality",
    "element_at",
    "date_trunc",
    "coalesce",
    "concat",
    "transform",
    "any_match",
    "reduce",
    "if",
    "try",
    "row_number",
    "nosuch",
    "array_agg",
    "substr",
    "map_keys",
    "date",
    "split_part",
    "regexp_like",
    "count_if",
    "contains",
    "row",
    "nullif",
];

const OPERATORS: &[&str] =
    &["=", "<>", "<", ">=", "+", "-", "*", "/", "%", "||", "AND", "OR", "IS DISTINCT FROM", "LIKE"];

const TYPES: &[&str] = &[
    "varchar",
    "bigint",
    "double",
    "date",
    "timestamp(3)",
    "time",
    "boolean",
    "array(varchar)",
    "json",
    "map(varchar, varchar)",
    "decimal(10, 2)",
    "row(a varchar)",
    "varchar(3)",
    "nosuch(1",
    "",
];

fn expression(dice: &mut Dice, depth: usize) -> String {
    if depth == 0 {
        let from = if dice.below(2) == 0 { COLUMNS } else { LITERALS };
        return dice.one(from).to_owned();
    }
    let inner = |dice: &mut Dice| expression(dice, depth - 1);
    match dice.below(16) {
        0..=2 => {
            let (left, right) = (inner(dice), inner(dice));
            format!("{left} {} {right}", dice.one(OPERATORS))
        }
        3..=5 => {
            let count = dice.below(4);
            let args: Vec<String> = (0..count).map(|_| inner(dice)).collect();
            format!("{}({})", dice.one(FUNCTIONS), args.join(", "))
        }
        6 => format!("CAST({} AS {})", inner(dice), dice.one(TYPES)),
        7 => format!("CASE WHEN {} THEN {} ELSE {} END", inner(dice), inner(dice), inner(dice)),
        8 => format!("{} IN ({}, {})", inner(dice), inner(dice), inner(dice)),
        9 => format!("{} BETWEEN {} AND {}", inner(dice), inner(dice), inner(dice)),
        10 => format!("{}({}, x -> {})", dice.one(FUNCTIONS), inner(dice), inner(dice)),
        11 => format!("NOT ({}) IS NULL", inner(dice)),
        12 => format!("({}).{}", inner(dice), dice.one(&["arn", "x", "type"])),
        13 => format!("({})", select(dice, depth - 1)),
        14 => format!("{} IN ({})", inner(dice), select(dice, depth - 1)),
        _ => format!("EXISTS ({})", select(dice, depth - 1)),
    }
}

fn select(dice: &mut Dice, depth: usize) -> String {
    let items: Vec<String> = (0..=dice.below(3))
        .map(|_| match dice.below(6) {
            0 => "*".to_owned(),
            1 => "a.*".to_owned(),
            2 => format!("{} AS x", expression(dice, depth)),
            _ => expression(dice, depth),
        })
        .collect();
    let from = match dice.below(9) {
        0 => String::new(),
        1 => format!(" FROM ({}) AS a", select(dice, depth.saturating_sub(1))),
        2 => format!(" FROM {A} a CROSS JOIN UNNEST({}) AS t(r)", expression(dice, depth.min(1))),
        3 => format!(" FROM {A} a LEFT JOIN {B} b ON {}", expression(dice, depth)),
        4 => format!(" FROM {A} a, UNNEST(resources) WITH ORDINALITY AS t(r, x)"),
        5 => format!(" FROM {A} a JOIN {B} b USING (eventID)"),
        6 => " FROM (VALUES (1, 'a')) AS a(x, y)".to_owned(),
        _ => format!(" FROM {A} AS a"),
    };
    let mut text = format!("SELECT {}{}{from}", dice.one(&["", "DISTINCT "]), items.join(", "));
    if dice.below(2) == 0 {
        text.push_str(&format!(" WHERE {}", expression(dice, depth)));
    }
    if dice.below(4) == 0 {
        text.push_str(&format!(
            " GROUP BY {}",
            dice.one(&["1", "eventName", "ROLLUP (x)", "2, 1"])
        ));
    }
    if dice.below(6) == 0 {
        text.push_str(&format!(" HAVING {}", expression(dice, depth.min(1))));
    }
    if dice.below(4) == 0 {
        text.push_str(&format!(" ORDER BY {} DESC", dice.one(&["1", "x", "eventName", "nope"])));
    }
    if dice.below(6) == 0 {
        text.push_str(&format!(
            " {}",
            dice.one(&["LIMIT 1", "OFFSET 1", "LIMIT x", "FETCH FIRST ROW ONLY"])
        ));
    }
    if dice.below(10) == 0 {
        text =
            format!("{text} {} {}", dice.one(&["UNION", "EXCEPT", "UNION ALL"]), select(dice, 0));
    }
    text
}

/// A statement that means something, with pieces of it lost, doubled or exchanged.
fn broken(dice: &mut Dice, statements: &[String]) -> String {
    let mut words: Vec<&str> =
        statements[dice.below(statements.len())].split_inclusive(' ').collect();
    for _ in 0..=dice.below(3) {
        let (a, b) = (dice.below(words.len()), dice.below(words.len()));
        match dice.below(4) {
            0 if words.len() > 1 => drop(words.remove(a)),
            1 => words.insert(a, words[b]),
            2 => words.swap(a, b),
            _ => {
                words[a] =
                    dice.one(&["(", ")", ",", "'", "\"", "$", ";", "--", "/*", "->", "\u{0}"]);
            }
        }
    }
    words.concat()
}

fn try_one(session: &Session, stores: &Stores, sql: &str) -> bool {
    let (known, parsed) = (ids(sql), parse(sql));
    assert_eq!(known.is_ok(), parsed.is_ok(), "{sql}");
    let planned = parsed.and_then(|statement| plan(session, &statement, stores, NOW));
    match planned {
        Ok(planned) => {
            assert_eq!(planned.labels.len(), planned.plan.schema().fields().len(), "{sql}");
            true
        }
        Err(refused) => {
            let text = refused.to_string();
            assert!(!text.is_empty() && text.len() < 4_000, "{sql}: {text}");
            assert!(!text.contains("Internal error"), "{sql}: {text}");
            false
        }
    }
}

/// `CAIRN_LAKE_STATEMENTS` asks for more statements.
fn count() -> usize {
    let asked = std::env::var("CAIRN_LAKE_STATEMENTS").ok();
    asked.and_then(|text| text.parse().ok()).unwrap_or(1_000)
}

/// With `CAIRN_LAKE_TELL` the last line told is the statement that overflowed the stack.
fn tell(sql: &str) {
    if std::env::var_os("CAIRN_LAKE_TELL").is_some() {
        eprintln!("{}", sql.chars().take(300).collect::<String>());
    }
}

fn try_all(statements: impl Iterator<Item = String>) -> usize {
    let (session, stores) = (new_session(), stores());
    let mut planned = 0;
    for sql in statements {
        tell(&sql);
        let tried = std::panic::AssertUnwindSafe(|| try_one(&session, &stores, &sql));
        let was = std::panic::catch_unwind(tried);
        assert!(was.is_ok(), "the statement that panicked: {sql}");
        planned += usize::from(was.unwrap_or_default());
    }
    planned
}

/// Engines run on threads that are made for them, with more than a test's two megabytes of stack.
fn with_stack(body: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
    thread.spawn(body).unwrap().join().unwrap();
}

#[test]
fn random_statements_are_planned_or_refused() {
    with_stack(|| {
        let mut dice = Dice(0x2545_f491_4f6c_dd1d);
        let statements = (0..count()).map(|_| {
            let depth = dice.below(4);
            select(&mut dice, depth)
        });
        assert!(try_all(statements) > 10);
    });
}

#[test]
fn broken_statements_are_planned_or_refused() {
    with_stack(|| {
        let cases = super::statements();
        let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
        assert!(try_all((0..count()).map(|_| broken(&mut dice, &cases))) > 10);
    });
}

#[test]
fn bounds_hold() {
    with_stack(try_bounds);
}

fn try_bounds() {
    let many = |piece: &str, with: &str| {
        let count = (MAX_CHARACTERS - 100) / (piece.len() + with.len());
        vec![piece; count.max(1)].join(with)
    };
    let around = |before: &str, after: &str| {
        let count = (MAX_CHARACTERS - 200) / (before.len() + after.len());
        format!("{}1{}", before.repeat(count), after.repeat(count))
    };
    let texts = [
        format!("SELECT {}", many("1", "+")),
        format!("SELECT {}", many("1", "=")),
        format!("SELECT {}", many("true", " AND ")),
        format!("SELECT {}", many("true", " OR NOT ")),
        format!("SELECT {}", many("'a'", "||")),
        format!("SELECT {}", around("(", ")")),
        format!("SELECT {}", around("-", "")),
        format!("SELECT {}", around("NOT ", "")),
        format!("SELECT {}", around("lower(", ")")),
        format!("SELECT {}", around("CASE WHEN true THEN ", " END")),
        format!("SELECT {}", around("ARRAY[", "]")),
        format!("SELECT {}", around("(SELECT ", ")")),
        format!("SELECT 1 FROM {}", around("(SELECT 1 FROM (SELECT ", "))")),
        format!("SELECT CAST(1 AS {}varchar{})", "array(".repeat(1400), ")".repeat(200)),
        format!("SELECT 1 {}", many("", "IS NULL ")),
        format!("SELECT 1 {}", many("", "BETWEEN 1 AND 2 ")),
        format!("SELECT 1 {}", many("", "LIKE 'a' ")),
        format!("SELECT a{}", many("", ".a")),
        format!("SELECT a{}", many("", "[1]")),
        format!("SELECT {}", many("1", ", ")),
        format!("SELECT 1 IN ({})", many("1", ", ")),
        format!("SELECT 1 FROM {}", many(A, ", ")),
        format!("SELECT 1 FROM {A} {}", many("", "CROSS JOIN UNNEST(resources) ")),
        many("SELECT 1", " UNION "),
        many("(SELECT 1)", " UNION ALL "),
        format!("WITH {} SELECT 1", many("a AS (SELECT 1)", ", ")),
        format!("SELECT {}", "x -> ".repeat(1900)),
        format!("SELECT transform({}", "a, x -> transform(".repeat(500)),
        "SELECT '".to_owned() + &"a".repeat(MAX_CHARACTERS),
        "(".repeat(MAX_CHARACTERS),
        "\u{0}".repeat(100),
        String::new(),
        ";".to_owned(),
        "SELECT".to_owned(),
    ];
    try_all(texts.into_iter());
    let nested = |(before, after): &(&str, &str), count: usize| {
        format!("SELECT {}1{} FROM {A} a", before.repeat(count), after.repeat(count))
    };
    let forms = [
        ("(1 + ", ")"),
        ("lower(", ")"),
        ("coalesce(NULL, ", ")"),
        ("CASE WHEN readOnly THEN ", " END"),
        ("(SELECT max(", ") FROM (VALUES (1)) AS t(x))"),
        ("transform(ARRAY[1], x -> ", ")"),
        ("NOT readOnly = (1 = ", ")"),
        ("1 IN (1, ", ")"),
        ("if(readOnly, ", ")"),
        ("CAST(", " AS varchar)"),
        ("1 + ", ""),
        ("'a' || ", " || 'b'"),
    ];
    let deepest: Vec<String> = forms
        .iter()
        .flat_map(|form| [12, 20, 23, MAX_CHAIN].map(|count| nested(form, count)))
        .collect();
    let session = new_session();
    for sql in deepest {
        tell(&sql);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        if let Ok(planned) = parse(&sql).and_then(|parsed| plan(&session, &parsed, &stores(), NOW))
        {
            let _ = runtime.block_on(session.state.create_physical_plan(&planned.plan));
        }
    }
    let long = format!("SELECT '{}'", "a".repeat(MAX_CHARACTERS));
    assert!(parse(&long).is_err());
}
