//! What a request asks for, read by rules of this file's own: the oracle that says whether a
//! mutant is a different request or the same one spelled differently.

use std::collections::BTreeMap;

use cairn_wire::sigv4::PathStyle;

use crate::request::{Request, Vector};

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Meaning {
    method: String,
    path: Vec<String>,
    query: Vec<(Vec<u8>, Vec<u8>)>,
    /// The signed headers, and whatever a server reads as part of the call.
    headers: BTreeMap<String, Vec<String>>,
    authorization: Vec<String>,
    body: Vec<u8>,
}

impl Meaning {
    /// `watched` are the headers that the original request signed, in lower case.
    pub(crate) fn of(vector: &Vector, request: &Request, watched: &[String]) -> Self {
        let mut headers: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut authorization = Vec::new();
        for (name, value) in &request.headers {
            let name = name.to_ascii_lowercase();
            if name == "authorization" {
                authorization.extend(value.split(',').map(|part| part.trim().to_owned()));
            } else if watched.contains(&name) || name.starts_with("x-amz-") {
                let words: Vec<&str> = value.split_whitespace().collect();
                headers.entry(name).or_default().push(words.join(" "));
            }
        }
        if let Some((first, rest)) = authorization.split_first().map(|(a, b)| (a.clone(), b)) {
            // The algorithm leads the list; the parts behind it are in no order.
            let (algorithm, part) = first.split_once(' ').unwrap_or((&first, ""));
            let mut parts = [&[part.trim().to_owned()], rest].concat();
            parts.sort();
            parts.insert(0, algorithm.to_owned());
            authorization = parts;
        }
        Self {
            method: request.method.clone(),
            path: path(vector, &request.path),
            query: query(request.query.as_deref().unwrap_or_default()),
            headers,
            authorization,
            body: request.body.clone(),
        }
    }
}

pub(crate) fn signed_names(request: &Request) -> Vec<String> {
    let listed = |text: &str, end: char| {
        let start = text.find("SignedHeaders=")? + "SignedHeaders=".len();
        let list = text[start..].split(end).next()?.replace("%3B", ";");
        Some(list.split(';').map(str::to_owned).collect::<Vec<_>>())
    };
    let authorization = request.headers.iter().find(|(name, _)| name == "Authorization");
    match authorization {
        Some((_, text)) => listed(text, ',').unwrap(),
        None => listed(request.query.as_deref().unwrap(), '&').unwrap(),
    }
}

fn path(vector: &Vector, text: &str) -> Vec<String> {
    if vector.dialect().path == PathStyle::Raw {
        let segments = text.split('/').map(|segment| bytes(segment, false));
        return segments.map(|segment| format!("{segment:?}")).collect();
    }
    let mut segments: Vec<String> = Vec::new();
    for segment in text.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            _ => segments.push(segment.to_owned()),
        }
    }
    if text.ends_with('/') && !segments.is_empty() {
        segments.push(String::new());
    }
    segments
}

fn query(text: &str) -> Vec<(Vec<u8>, Vec<u8>)> {
    let pieces = text.split('&').filter(|piece| !piece.is_empty());
    let mut pairs: Vec<_> = pieces
        .map(|piece| piece.split_once('=').unwrap_or((piece, "")))
        .map(|(name, value)| (bytes(name, true), bytes(value, true)))
        .collect();
    pairs.sort();
    pairs
}

/// What the escapes stand for; a malformed one stands for nothing else.
fn bytes(text: &str, plus_is_space: bool) -> Vec<u8> {
    let mut found = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let digits = std::str::from_utf8(tail.get(..2).unwrap_or_default()).unwrap_or_default();
        match (first, u8::from_str_radix(digits, 16)) {
            (b'%', Ok(byte)) if digits.bytes().all(|digit| digit.is_ascii_hexdigit()) => {
                found.push(byte);
                rest = &tail[2..];
            }
            (b'%', _) => return [b"malformed: ", text.as_bytes()].concat(),
            (b'+', _) if plus_is_space => {
                found.push(b' ');
                rest = tail;
            }
            _ => {
                found.push(*first);
                rest = tail;
            }
        }
    }
    found
}
