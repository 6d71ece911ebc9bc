//! What a question names.

use std::net::IpAddr;

use cairn_core::{Arn, Region, Timestamp};

use super::rank::Index;
use super::slots::Slots;
use super::words::{is_silent, plain};
use super::{services, span};

/// Codes of errors that do not end in `Exception`.
const ERRORS: [&str; 9] = [
    "AccessDenied",
    "UnauthorizedOperation",
    "Throttling",
    "RequestLimitExceeded",
    "SlowDown",
    "ExpiredToken",
    "InvalidClientTokenId",
    "SignatureDoesNotMatch",
    "VpceAccessDenied",
];

/// Regions by the names of their places.
const PLACES: [(&str, &str); 18] = [
    ("n virginia", "us-east-1"),
    ("ohio", "us-east-2"),
    ("n california", "us-west-1"),
    ("oregon", "us-west-2"),
    ("ireland", "eu-west-1"),
    ("london", "eu-west-2"),
    ("paris", "eu-west-3"),
    ("frankfurt", "eu-central-1"),
    ("zurich", "eu-central-2"),
    ("stockholm", "eu-north-1"),
    ("milan", "eu-south-1"),
    ("tokyo", "ap-northeast-1"),
    ("seoul", "ap-northeast-2"),
    ("singapore", "ap-southeast-1"),
    ("sydney", "ap-southeast-2"),
    ("mumbai", "ap-south-1"),
    ("sao paulo", "sa-east-1"),
    ("montreal", "ca-central-1"),
];

/// Reads a question: what it names, and what it says besides.
pub(super) fn read(question: &str, now: Timestamp) -> (Slots, String) {
    let mut slots = Slots::default();
    let words: Vec<&str> = question.split_whitespace().map(trimmed).collect();
    let lower: Vec<String> = words.iter().map(|word| word.to_ascii_lowercase()).collect();
    let literals: Vec<bool> = words.iter().map(|word| literal(word, &mut slots)).collect();
    for (at, word) in lower.iter().enumerate() {
        after(word, &words[at + 1..], &lower[at + 1..], &mut slots);
        limit(word, &lower[at + 1..], &mut slots);
    }
    phrases(&plain(question), &mut slots);
    let mut of_time = 0..0;
    if let Some((found, range)) = span::find(&lower, now) {
        (slots.from, slots.until) = (found.from, found.until);
        of_time = range;
    }
    let says = |at: &usize| {
        let introduces = literals.get(at + 1) == Some(&true)
            && ["account", "region", "event"].contains(&&*lower[*at]);
        !literals[*at] && !introduces && !of_time.contains(at)
    };
    let rest: Vec<&str> = (0..words.len()).filter(says).map(|at| words[at]).collect();
    (slots, rest.join(" "))
}

/// A word without the marks around it.
fn trimmed(word: &str) -> &str {
    let word = word.trim_matches(|char: char| "\"'`,;?!()<>".contains(char));
    word.trim_end_matches(['.', ':']).trim_end_matches("'s")
}

/// Puts a word that tells by its form what it is; gives whether it says nothing besides.
fn literal(word: &str, slots: &mut Slots) -> bool {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if let Some(arn) = Arn::parse(word) {
        let is_somebody = matches!(arn.service, "iam" | "sts");
        slots.put(if is_somebody { "principal" } else { "resource" }, word);
    } else if word.parse::<IpAddr>().is_ok() {
        slots.put("ip", word);
    } else if word.len() == 12 && digits(word) {
        slots.put("account", word);
    } else if word.len() >= 16 && (word.starts_with("AKIA") || word.starts_with("ASIA")) {
        slots.put("key", word);
    } else if crate::event_data_store::is_id(word) {
        slots.put("event", word);
    } else if word.strip_prefix("i-").is_some_and(is_hex) {
        slots.put("instance", word);
    } else if let Some(rest) = word.strip_prefix("s3://") {
        slots.put("bucket", rest.split('/').next().unwrap_or_default());
    } else if word.contains('@') && word.contains('.') {
        slots.put("user", word);
    } else if is_region(word) {
        slots.put("region", word);
    } else {
        if word.ends_with(".amazonaws.com") {
            slots.put("service", word.to_ascii_lowercase());
        } else if is_camel(word) {
            let is_error = word.ends_with("Exception") || ERRORS.contains(&word);
            slots.put(if is_error { "error" } else { "action" }, word);
        }
        return false;
    }
    true
}

fn is_hex(text: &str) -> bool {
    text.len() >= 8 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Two letters, words, a digit; whether there is such a Region is not for here.
fn is_region(word: &str) -> bool {
    let parts: Vec<&str> = word.split('-').collect();
    let ends =
        parts.last().is_some_and(|last| last.len() == 1 && last.as_bytes()[0].is_ascii_digit());
    parts.len() >= 3 && parts[0].len() == 2 && ends && word.parse::<Region>().is_ok()
}

/// The name of an operation: at least two words, each with a capital.
fn is_camel(word: &str) -> bool {
    let inner_capital = word.bytes().skip(1).any(|byte| byte.is_ascii_uppercase());
    let small = word.bytes().filter(u8::is_ascii_lowercase).count();
    word.len() >= 6
        && word.starts_with(|first: char| first.is_ascii_uppercase())
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && inner_capital
        && small >= 3
        && !services::SPELLED.contains(&word)
        && word != "AdministratorAccess"
}

/// Names that stand behind the word that says what they name.
fn after(word: &str, rest: &[&str], lower: &[String], slots: &mut Slots) {
    let slot = match word.trim_end_matches('s') {
        "user" | "username" | "by" | "did" | "principal" => "user",
        "role" => "role",
        "bucket" => "bucket",
        "stack" => "stack",
        "tag" => "tag",
        "value" => "value",
        _ => return,
    };
    let fill = ["named", "called", "name", "with", "the", "of", "is", "user", "role", "has", "iam"];
    let skipped = lower.iter().take_while(|word| fill.contains(&&***word)).count();
    let Some(name) = rest.get(skipped).filter(|name| is_name(name, slot)) else { return };
    if slot == "user" && *name == "root" {
        slots.put("user", "root");
    } else if slots.value(slot).is_none() {
        slots.put(slot, *name);
    }
}

/// A word that is no word of the library, no word that says nothing, and no number.
fn is_name(word: &str, slot: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    let quiet =
        ["used", "using", "across", "last", "past", "today", "yesterday", "during", "since"];
    let named_freely = matches!(slot, "tag" | "value" | "stack");
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.+=,@/:".contains(&byte);
    !word.is_empty()
        && word.bytes().all(legal)
        && !is_silent(&lower)
        && !quiet.contains(&&*lower)
        && !word.bytes().all(|byte| byte.is_ascii_digit())
        && !is_camel(word)
        && (named_freely || !Index::library().knows(word))
        && !(named_freely
            && ["and", "values", "value", "changes", "was", "were"].contains(&&*lower))
        && services::named(&plain(word)).is_empty()
}

/// `top 10`, `first 5`, `10 most`.
fn limit(word: &str, rest: &[String], slots: &mut Slots) {
    let number = |text: &str| text.parse::<u32>().ok().filter(|number| (1..=1000).contains(number));
    let next = rest.first().map(String::as_str);
    let unit = rest.get(1).map_or("", |unit| unit.trim_end_matches('s'));
    let is_time = ["minute", "min", "hour", "hr", "day", "week", "month", "year"].contains(&unit);
    let found = match (word, next) {
        ("top" | "first" | "limit" | "latest" | "newest" | "last", Some(next)) if !is_time => {
            number(next)
        }
        (count, Some("most" | "busiest" | "largest" | "newest" | "latest")) => number(count),
        _ => None,
    };
    if let Some(found) = found.filter(|_| slots.value("limit").is_none()) {
        slots.put("limit", found.to_string());
    }
}

/// What whole phrases name; `text` has plain words.
fn phrases(text: &str, slots: &mut Slots) {
    let has = |phrase: &str| format!(" {text} ").contains(&format!(" {phrase} "));
    for source in services::named(text) {
        slots.put("service", source);
    }
    for (place, region) in PLACES {
        if has(place) {
            slots.put("region", region);
        }
    }
    if has("root") {
        slots.put("user", "root");
    }
    let writes = has("write events") || has("write event") || has("write calls") || has("writes");
    let reads = has("read events") || has("read only") || has("readonly") || has("reads");
    match (reads, writes) {
        (true, false) => slots.put("access", "read"),
        (false, true) if !has("read") => slots.put("access", "write"),
        _ => {}
    }
    let periods = [
        ("minute", ["per minute", "by minute", "each minute"]),
        ("hour", ["per hour", "by hour", "hourly"]),
        ("week", ["per week", "by week", "weekly"]),
        ("month", ["per month", "by month", "monthly"]),
    ];
    for (period, phrases) in periods {
        if phrases.iter().any(|phrase| has(phrase)) {
            slots.put("period", period);
        }
    }
    // `The operator is a principal tag.`
    if let Some((before, _)) =
        text.split_once(" is a principal tag").or(text.split_once(" is a tag"))
        && let Some(name) = before.rsplit(' ').next()
    {
        slots.values.retain(|(slot, _)| *slot != "tag");
        slots.put("tag", name);
    }
}
