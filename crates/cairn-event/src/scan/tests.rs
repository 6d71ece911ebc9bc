use proptest::prelude::{Strategy, any, prop_assert_eq, proptest};
use serde_json::value::RawValue;

use super::*;

/// Reads `bytes` as one JSON text.
fn check(bytes: &[u8]) -> Result<(), Flaw> {
    let end = skip_space(bytes, skip_value(bytes, skip_space(bytes, 0), 0)?);
    if end == bytes.len() { check_utf8(bytes) } else { Err(unexpected(bytes, end)) }
}

#[track_caller]
fn refused(text: &[u8], reason: Reason, at: usize) {
    assert_eq!(check(text), Err(Flaw { reason, at }), "{:?}", String::from_utf8_lossy(text));
}

#[test]
fn every_form_of_value_is_read() {
    let texts = [
        "null",
        "true",
        "false",
        "0",
        "-0",
        "-0.0e-00",
        "1e400",
        "12.50E+3",
        "\"\"",
        "[]",
        "{}",
        " [ ] ",
        "\t{\r\n}",
        "[[],{},[{}]]",
        "{\"\":{\"\":[0,1]}}",
        "{\"a\":1,\"a\":2}",
        r#""\"\\\/\b\f\n\r\t\u0000\uD834\uDd1e""#,
        r#""\ud800""#,
        r#""\udfff\ud800""#,
        "\"\u{7f}é€𝄞\u{2028}\"",
        "[1 ,\n2\t, 3 ]",
        "{ \"a\" : [ true , null ] , \"b\" : \"c\" }",
    ];
    for text in texts {
        assert_eq!(check(text.as_bytes()), Ok(()), "{text}");
    }
}

#[test]
fn long_numbers_are_text() {
    let digits = "7".repeat(10_000);
    for text in [digits.clone(), format!("-{digits}.{digits}e{digits}")] {
        assert_eq!(check(text.as_bytes()), Ok(()));
    }
}

#[test]
fn values_that_end_too_early_are_truncated() {
    let texts = [
        "",
        " ",
        "[",
        "[1",
        "[1,",
        "{",
        "{\"",
        "{\"a",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":1,",
        "\"",
        "\"\\",
        "\"\\u",
        "\"\\u12",
        "t",
        "tru",
        "nul",
        "-",
        "1.",
        "1e",
        "1e+",
        "[[]",
        "{\"a\":[",
    ];
    for text in texts {
        refused(text.as_bytes(), Reason::Truncated, text.len());
    }
}

#[test]
fn numbers_follow_the_grammar() {
    for (text, at) in
        [("01", 1), ("-01", 2), ("00", 1), ("1.x", 2), ("1.e1", 2), ("1e+x", 3), ("-x", 1)]
    {
        refused(text.as_bytes(), Reason::BadNumber, at);
    }
    for (text, at) in
        [("+1", 0), (".5", 0), ("0x1", 1), ("1-", 1), ("1.5.2", 3), ("NaN", 0), ("1_0", 1)]
    {
        refused(text.as_bytes(), Reason::UnexpectedByte, at);
    }
}

#[test]
fn structure_follows_the_grammar() {
    let texts: [(&[u8], usize); 25] = [
        (b"[1,]", 3),
        (b"[,1]", 1),
        (b"[1,,2]", 3),
        (b"[1 2]", 3),
        (b"[1}", 2),
        (b"[}", 1),
        (b"]", 0),
        (b"{\"a\":1,}", 7),
        (b"{,}", 1),
        (b"{\"a\" 1}", 5),
        (b"{\"a\":}", 5),
        (b"{a:1}", 1),
        (b"{1:1}", 1),
        (b"{\"a\":1]", 6),
        (b"{'a':1}", 1),
        (b"{]", 1),
        (b"tRue", 1),
        (b"nulL", 3),
        (b"True", 0),
        (b"[1]x", 3),
        (b"\"a\"\"b\"", 3),
        (b"/**/1", 0),
        (b"\x00", 0),
        (b"[\x0c]", 1),
        (b"\xef\xbb\xbf1", 0),
    ];
    for (text, at) in texts {
        refused(text, Reason::UnexpectedByte, at);
    }
}

#[test]
fn strings_hold_no_bare_control_characters_at_any_offset() {
    for before in 0..40 {
        for byte in [0, 1, b'\n', 0x1f] {
            for after in [0, 3, 20] {
                let mut text = vec![b'"'];
                text.resize(1 + before, b'x');
                text.push(byte);
                text.resize(text.len() + after, b'y');
                text.push(b'"');
                refused(&text, Reason::ControlCharacter, 1 + before);
            }
        }
    }
}

#[test]
fn escapes_are_only_those_of_json() {
    for (text, at) in [
        (r#""\x41""#, 2),
        (r#""\u12G4""#, 5),
        (r#""\u 123""#, 3),
        (r#""\'""#, 2),
        (r#""\U0041""#, 2),
    ] {
        refused(text.as_bytes(), Reason::BadEscape, at);
    }
}

#[test]
fn nesting_is_bounded_and_needs_no_stack() {
    let nested = |depth: usize, open: &str, close: &str| {
        [open.repeat(depth), "0".to_owned(), close.repeat(depth)].concat().into_bytes()
    };
    for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]")] {
        let levels = open.matches(['[', '{']).count();
        let limit = limits::JSON_DEPTH / levels;
        assert_eq!(check(&nested(limit - 1, open, close)), Ok(()));
        assert_eq!(check(&nested(limit, open, close)), Ok(()));
        refused(&nested(limit + 1, open, close), Reason::TooDeep, limit * open.len());
        refused(&nested(1_000_000, open, close), Reason::TooDeep, limit * open.len());
    }
    // Siblings do not add up.
    let wide = format!("[{}0]", "[[]],".repeat(1000));
    assert_eq!(check(wide.as_bytes()), Ok(()));
}

#[test]
fn bytes_that_are_not_utf8_are_refused() {
    let texts: [&[u8]; 6] =
        [b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xe2\x82", b"\x80"];
    for text in texts {
        refused(&[b"[\"abc", text, b"\"]"].concat(), Reason::InvalidUtf8, 5);
    }
}

/// Texts near JSON: valid ones with a few bytes changed, and strings of its alphabet.
fn near_json() -> impl Strategy<Value = Vec<u8>> {
    let pieces = [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\"a\"",
        "\"key\":",
        "\\",
        "\\u00e9",
        "\\ud800",
        "0",
        "-1.5e3",
        "01",
        "true",
        "null",
        "fals",
        " ",
        "\n",
        "\u{1}",
        "é",
        "long text without an end in sight",
    ];
    let soup = proptest::collection::vec(proptest::sample::select(pieces.to_vec()), 0..24)
        .prop_map(|parts| parts.concat().into_bytes());
    let valid = proptest::collection::vec(
        proptest::sample::select(vec![
            "{\"a\":[1,2,{\"b\":null}]}",
            "\"text with \\\"quotes\\\" and \\u20ac and more than sixteen bytes\"",
            "[true,false,null,-0.5e-7]",
            "{\"\":{},\"x\":[],\"yyyyyyyyyyyy\":\"zzzzzzzzzzzzzzzz\"}",
        ]),
        1..4,
    )
    .prop_map(|parts| format!("[{}]", parts.join(", ")).into_bytes());
    let edits = proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..3);
    let edited = (valid, edits).prop_map(|(mut text, edits)| {
        for (index, byte) in edits {
            let at = index.index(text.len());
            text[at] = byte;
        }
        text
    });
    proptest::prop_oneof![soup, edited, proptest::collection::vec(any::<u8>(), 0..12)]
}

proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(4000))]

    /// An independent reader accepts the same texts. It wants UTF-8 as we do, keeps numbers as text
    /// as we do, and takes lone surrogates as we do, as long as it need not decode them.
    #[test]
    fn acceptance_is_that_of_another_reader(text in near_json()) {
        let other = serde_json::from_slice::<&RawValue>(&text).is_ok();
        prop_assert_eq!(check(&text).is_ok(), other, "{:?}", String::from_utf8_lossy(&text));
    }
}
