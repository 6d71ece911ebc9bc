use bytes::Bytes;
use cairn_core::limits;
use proptest::collection::vec;
use proptest::prelude::{Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::sample::select;

use super::{Piece, split};
use crate::{Event, Reason};

const ORIGIN: &str = r#""eventSource":"s","awsRegion":"r""#;

fn record(id: &str) -> String {
    format!(r#"{{"eventID":"{id}","eventTime":"2026-03-01T09:30:00Z","eventName":"n",{ORIGIN}}}"#)
}

/// Ids of events, and reason and text of what is flawed.
fn pieces(body: &str) -> Vec<String> {
    let show = |piece| match piece {
        Piece::Event(event) => event.id().into_owned(),
        Piece::Flawed { bytes, flaw } => {
            format!("{}@{} {}", flaw.reason.code(), flaw.at, String::from_utf8_lossy(&bytes))
        }
    };
    split(&Bytes::from(body.to_owned()), usize::MAX).map(show).collect()
}

#[test]
fn every_form_of_body_is_cut() {
    let (a, b, c) = (record("a"), record("b"), record("c"));
    let three = ["a", "b", "c"];
    let bodies = [
        format!("{{\"Records\":[{a},{b},{c}]}}"),
        format!(" {{ \"Records\" : [\n  {a} ,\n  {b} ,\n  {c}\n]\n}}\n"),
        format!(
            "{{\"eventVersion\":\"1\",\"x\":{{\"Records\":[1]}},\"Records\":[{a},{b},{c}],\"y\":2}}"
        ),
        format!("{{\"Records\":[{a}],\"Records\":[{b},{c}]}}"),
        format!("{{\"Records\":[]}}{{\"Records\":[{a}]}}\n{b}[{c}]"),
        format!("[{a},{b},{c}]"),
        format!("[{a}]\n[]\n[{b},{c}]"),
        format!("{a}\n{b}\r\n\n{c}\n"),
        format!("{a}{b} \t{c}"),
        format!("\u{feff}{a}\n{b}\n{c}").replace(",\"", ",\n  \""),
    ];
    for body in bodies {
        assert_eq!(pieces(&body), three, "{body}");
    }
    for empty in ["", " \n", "\u{feff}", "[]", "{\"Records\":[ ]}\n"] {
        assert_eq!(pieces(empty), [""; 0], "{empty:?}");
    }
}

#[test]
fn events_are_slices_of_the_body() {
    let body = Bytes::from(format!("[{},\n {}]", record("a"), record("b")));
    for piece in split(&body, usize::MAX) {
        let Piece::Event(event) = piece else { panic!("{piece:?}") };
        assert_eq!(Event::parse(event.raw().clone()).unwrap().id(), event.id());
        let offset = event.raw().as_ptr() as usize - body.as_ptr() as usize;
        assert_eq!(event.raw(), &body[offset..offset + event.raw().len()]);
    }
}

#[test]
fn a_record_without_meaning_does_not_stop_the_others() {
    let (a, b) = (record("a"), record("b"));
    let twice = a.replace("\"awsRegion\"", "\"eventID\":\"z\",\"awsRegion\"");
    let large = format!("{{\"x\":\"{}\"}}", "y".repeat(limits::RECORD_BYTES));
    let cases = [
        ("{}".to_owned(), "MissingEventId@0"),
        (twice, "DuplicateKey@85"),
        (large, "TooLarge@262144"),
        ("[1,[2]]".to_owned(), "NotAnObject@0"),
        ("\"text\"".to_owned(), "NotAnObject@0"),
        (format!("{{\"Records\":[{a}]}}"), "MissingEventId@0"),
    ];
    for (odd, flaw) in cases {
        for body in [format!("[{a},{odd},{b}]"), format!("{{\"Records\":[{a}, {odd}\n,{b}]}}")] {
            assert_eq!(pieces(&body), ["a", &format!("{flaw} {odd}"), "b"]);
        }
    }
}

#[test]
fn a_broken_line_ends_before_the_next_that_opens() {
    let (a, b) = (record("a"), record("b"));
    let half = &a[..40];
    let cases = [
        (format!("{a}\n{half}\n{b}\n"), vec!["a", "ControlCharacter@40", "b"]),
        (format!("{a}\n{{\"x\":\n{b}\n{a}"), vec!["a", "UnexpectedByte@5", "b", "a"]),
        (format!("{a}\nERROR out of memory\n{b}"), vec!["a", "UnexpectedByte@0", "b"]),
        (format!("{a} garbage\n\n \n{b}"), vec!["a", "UnexpectedByte@0", "b"]),
        (format!("{a}\n12\n{b}"), vec!["a", "NotAnObject@0", "b"]),
        (format!("{{\"x\": 01,\n \"y\": {a}\n}}\n{b}"), vec!["BadNumber@7", "b"]),
        (format!("{a}\n{half}"), vec!["a", "Truncated@40"]),
    ];
    for (body, expected) in cases {
        let found = pieces(&body);
        let heads: Vec<_> = found.iter().map(|piece| piece.split(' ').next().unwrap()).collect();
        assert_eq!(heads, expected, "{body}");
    }
}

#[test]
fn a_broken_envelope_keeps_the_rest_as_one_piece() {
    let (a, b) = (record("a"), record("b"));
    let cases = [
        (
            format!("{{\"Records\":[{a},{{\"x\":01}},\n{b}]}}\n"),
            format!("BadNumber@6 {{\"x\":01}},\n{b}]}}"),
        ),
        (format!("{{\"Records\":[{a} {b}]}}"), format!("UnexpectedByte@0 {b}]}}")),
        (format!("{{\"Records\":[{a}}}"), "UnexpectedByte@0 }".to_owned()),
        (format!("{{\"Records\":[{a},]}}"), "UnexpectedByte@0 ]}".to_owned()),
        (format!("{{\"Records\":[{a}] {b}"), format!("UnexpectedByte@0 {b}")),
        (format!("{{\"Records\":[{a}],}}"), "UnexpectedByte@1 ,}".to_owned()),
        (format!("{{\"Records\":[{a}],\"x\":tru}}"), "UnexpectedByte@8 ,\"x\":tru}".to_owned()),
        (format!("{{\"Records\":[{a}"), "Truncated@0 ".to_owned()),
        (format!("[{a},"), "Truncated@1 ,".to_owned()),
        (format!("[{a},{}", &b[..20]), format!("Truncated@20 {}", &b[..20])),
    ];
    for (body, rest) in cases {
        assert_eq!(pieces(&body), ["a", &rest], "{body}");
    }
}

#[test]
fn an_envelope_cannot_hide_a_record() {
    let a = record("a");
    let inside = &record("b")[1..];
    let behind = pieces(&format!("{{\"Records\":[{a}],\"note\":1,{inside}"));
    assert_eq!(behind[..2], ["a".to_owned(), "StrayMember@0 \"eventID\":\"b\"".to_owned()]);
    assert_eq!(behind.len(), 6);
    let before = format!("{},\"Records\":[{a}]}}", &record("b")[..record("b").len() - 1]);
    assert_eq!(pieces(&before), ["b"]);
}

#[test]
fn what_is_over_the_limit_is_one_piece() {
    let body = format!("[{},{} , {}]\n", record("a"), record("b"), record("c"));
    let limited = |limit| split(&Bytes::from(body.clone()), limit).collect::<Vec<_>>();
    assert!(limited(3).iter().all(|piece| matches!(piece, Piece::Event(_))));
    let cut = limited(1);
    let Piece::Flawed { bytes, flaw } = &cut[1] else { panic!("{cut:?}") };
    assert_eq!((cut.len(), flaw.reason), (2, Reason::TooManyRecords));
    assert_eq!(bytes, &format!(",{} , {}]", record("b"), record("c")));
    assert_eq!(limited(0).len(), 1);
    assert!(split(&Bytes::from_static(b" [ ] "), 0).next().is_none());
}

#[test]
fn hostile_bodies_cost_linear_time_and_no_stack() {
    let deep = "[".repeat(1_000_000);
    assert_eq!(pieces(&deep).len(), 1);
    // Each line opens an object that never ends. Without a budget every line would be a piece, and
    // the lines behind it would be scanned a hundred times over.
    let line = format!("{{\"{}\":\n", "x".repeat(1000));
    let found = pieces(&line.repeat(2000)).len();
    assert!(found < 100, "{found} pieces");
}

/// Bodies of records, broken records, brackets and noise.
fn bodies() -> impl Strategy<Value = Vec<u8>> {
    let parts = [
        record("a"),
        record("b").replace(',', ",\n"),
        record("c")[..50].to_owned(),
        "{}".to_owned(),
        "{\"Records\":[".to_owned(),
        "]}".to_owned(),
        "[".to_owned(),
        "]".to_owned(),
        "{".to_owned(),
        "}".to_owned(),
        ",".to_owned(),
        "\n".to_owned(),
        " ".to_owned(),
        "12".to_owned(),
        "\"x\"".to_owned(),
        "\"Records\":[".to_owned(),
        ":".to_owned(),
        "\\".to_owned(),
        "\u{c}".to_owned(),
        "é".to_owned(),
    ];
    let noise = vec(any::<u8>(), 0..3);
    let known = select(parts.to_vec()).prop_map(String::into_bytes);
    vec(prop_oneof![12 => known, 1 => noise], 0..16).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(2000))]

    /// Pieces follow one another, and between them stand only white space and envelopes.
    #[test]
    fn every_byte_is_in_one_piece(body in bodies(), limit in 0..12_usize) {
        let body = Bytes::from(body);
        let mut at = 0;
        let mut between = Vec::new();
        for piece in split(&body, limit) {
            let bytes = match &piece {
                Piece::Event(event) => event.raw(),
                Piece::Flawed { bytes, flaw } => {
                    prop_assert!(flaw.at <= bytes.len());
                    bytes
                }
            };
            if bytes.is_empty() {
                continue;
            }
            let start = bytes.as_ptr() as usize - body.as_ptr() as usize;
            prop_assert!(start >= at, "{piece:?} overlaps");
            between.extend_from_slice(&body[at..start]);
            at = start + bytes.len();
        }
        between.extend_from_slice(&body[at..]);
        let between = String::from_utf8(between).unwrap().replace("\"Records\"", "");
        prop_assert!(between.chars().all(|c| "{}[],: \n\r\t".contains(c)), "{between:?}");
    }

    /// Each record on a line of its own is found, whatever stands on the lines around it.
    #[test]
    fn lines_do_not_harm_one_another(lines in vec((any::<bool>(), 1..60_usize), 0..20)) {
        let mut body = String::new();
        let mut expected = Vec::new();
        for (number, (whole, length)) in lines.into_iter().enumerate() {
            let id = format!("e{number}");
            let line = record(&id);
            if whole {
                body.push_str(&line);
                expected.push(id);
            } else {
                body.push_str(&line[..length]);
            }
            body.push('\n');
        }
        let events = split(&Bytes::from(body), usize::MAX).filter_map(|piece| match piece {
            Piece::Event(event) => Some(event.id().into_owned()),
            Piece::Flawed { .. } => None,
        });
        prop_assert_eq!(events.collect::<Vec<_>>(), expected);
    }
}
