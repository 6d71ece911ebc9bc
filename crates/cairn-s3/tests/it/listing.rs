//! Listings against a model: a sorted set, looked at as S3 describes.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::kit::House;

/// What the pages of a listing give together.
fn model(keys: &BTreeSet<String>, prefix: &str, delimiter: &str, after: &str) -> Vec<String> {
    let mut entries: Vec<String> = Vec::new();
    for key in keys.iter().filter(|key| key.starts_with(prefix) && key.as_str() > after) {
        let rest = &key[prefix.len()..];
        let entry = match rest.find(delimiter).filter(|_| !delimiter.is_empty()) {
            Some(at) => key[..prefix.len() + at + delimiter.len()].to_owned(),
            None => key.clone(),
        };
        // A page that ended with a prefix has told all that is below it.
        if entry != after && entries.last() != Some(&entry) {
            entries.push(entry);
        }
    }
    entries
}

/// Walks over all pages.
async fn walk(house: &House, query: &str, version: u8) -> Vec<String> {
    let (mut entries, mut next) = (Vec::new(), String::new());
    loop {
        let page = house.ask("GET", &format!("/one?{query}{next}")).await.fine();
        let mut found: Vec<String> = page.elements("Key");
        let groups = page
            .text()
            .split("<CommonPrefixes>")
            .skip(1)
            .map(|part| {
                let inner = part.split_once("<Prefix>").unwrap().1;
                inner.split_once("</Prefix>").unwrap().0.to_owned()
            })
            .collect::<Vec<_>>();
        found.extend(groups);
        found.sort();
        let last = found.last().cloned();
        entries.extend(found);
        if page.element("IsTruncated") == "false" {
            return entries;
        }
        next = match version {
            1 => format!("&marker={}", last.unwrap()),
            _ => format!("&continuation-token={}", page.element("NextContinuationToken")),
        };
    }
}

#[tokio::test]
async fn listings_are_those_of_a_sorted_set() {
    let house = House::new().await;
    house.bucket("one").await;
    let mut runner = TestRunner::deterministic();
    let key = "[a-c/.-]{1,5}";
    let mut keys = BTreeSet::new();
    for _ in 0..60 {
        let key = key.new_tree(&mut runner).unwrap().current();
        if key.split('/').any(|segment| segment == "." || segment == "..") {
            continue;
        }
        house.put(&format!("/one/{key}"), "").await;
        keys.insert(key);
    }
    let prefixes = prop_oneof![Just(String::new()), "[a-c]", "[a-c]/", "[a-c/]{2}"];
    let delimiters = prop_oneof![Just(""), Just("/"), Just("a"), Just("-.")];
    let queries = (prefixes, delimiters, prop_oneof![Just(String::new()), key], 1..9u32);
    for _ in 0..120 {
        let (prefix, delimiter, after, most) = queries.new_tree(&mut runner).unwrap().current();
        let expected = model(&keys, &prefix, delimiter, &after);
        let shape = format!("prefix={prefix}&delimiter={delimiter}&max-keys={most}");
        let pages = format!("list-type=2&{shape}&start-after={after}");
        assert_eq!(walk(&house, &pages, 2).await, expected, "{pages}");
        if after.is_empty() {
            assert_eq!(walk(&house, &shape, 1).await, expected, "{shape}");
        }
    }
}

#[tokio::test]
async fn names_are_escaped_where_a_client_asks() {
    let house = House::new().await;
    house.bucket("one").await;
    house.put("/one/a%20%3C%26%0A/%C3%BC", "").await;
    let plain = house.ask("GET", "/one?list-type=2").await.fine();
    assert_eq!(plain.element("Key"), "a &lt;&amp;\n/\u{fc}");
    let escaped = house.ask("GET", "/one?list-type=2&encoding-type=url").await.fine();
    assert_eq!(escaped.element("Key"), "a+%3C%26%0A/%C3%BC");
    assert_eq!(house.ask("GET", "/one?encoding-type=x").await.code(), "InvalidArgument");
    assert_eq!(house.ask("GET", "/one?max-keys=-1").await.code(), "InvalidArgument");
    assert_eq!(house.ask("GET", "/one?max-keys=0").await.fine().element("IsTruncated"), "false");
}
