//! Keys taken apart, from their end.

use cairn_core::{Region, Timestamp};

use super::{DIGESTS, DigestKey, Key, LogKey, LogKind, PROOFS, Place, ProofKey};

/// The parts of a key, before the file name is read.
struct Parts<'a> {
    place: Place,
    folder: &'a str,
    file: &'a str,
}

pub(super) fn parse(key: &str) -> Key {
    if key.ends_with('/') {
        return Key::Folder;
    }
    let found = parts(key).and_then(|parts| read(&parts)).filter(|found| text(found) == key);
    match found {
        Some(found) => found,
        None if in_a_folder(key) => Key::Stray,
        None => Key::Other,
    }
}

fn text(key: &Key) -> String {
    match key {
        Key::Log(key) => key.to_string(),
        Key::Digest(key) => key.to_string(),
        Key::Proof(key) => key.to_string(),
        Key::Folder | Key::Stray | Key::Other => String::new(),
    }
}

/// Whether a folder that digests vouch for is on the way, whatever else the key is. Results of
/// queries and other services' files lie beside those folders.
fn in_a_folder(key: &str) -> bool {
    let behind = key.strip_prefix("AWSLogs/").or_else(|| Some(key.split_once("/AWSLogs/")?.1));
    let known = |part: &str| {
        let log = LogKind::ALL.iter().any(|kind| kind.folder() == part);
        log || part == DIGESTS || part == PROOFS
    };
    behind.is_some_and(|behind| behind.split('/').any(known))
}

fn parts(key: &str) -> Option<Parts<'_>> {
    let mut from_end = key.rsplitn(8, '/');
    let file = from_end.next()?;
    let _date = (from_end.next()?, from_end.next()?, from_end.next()?);
    let region = from_end.next()?.parse().ok()?;
    let folder = from_end.next()?;
    let account = from_end.next()?.parse().ok()?;
    let (prefix, organization) = root(from_end.next()?)?;
    Some(Parts { place: Place { prefix, organization, account, region }, folder, file })
}

/// `[PREFIX/]AWSLogs[/O-ID]`.
fn root(text: &str) -> Option<(Option<String>, Option<String>)> {
    let (head, organization) = match text.rsplit_once('/') {
        Some((head, last)) if last.starts_with("o-") => (head, Some(last.to_owned())),
        _ => (text, None),
    };
    let prefix = match head.strip_suffix("AWSLogs")? {
        "" => None,
        rest => Some(rest.strip_suffix('/')?.to_owned()),
    };
    Some((prefix, organization))
}

fn read(parts: &Parts<'_>) -> Option<Key> {
    let Place { account, region, .. } = &parts.place;
    let own = format!("{account}_{}_{region}_", parts.folder);
    let rest = parts.file.strip_prefix(&own)?;
    match parts.folder {
        DIGESTS => {
            let key = period(parts, rest.strip_suffix(".json.gz")?)?;
            Some(Key::Digest(key))
        }
        PROOFS => {
            let key = period(parts, rest.strip_suffix(".json")?)?;
            Some(Key::Proof(ProofKey(key)))
        }
        folder => {
            let kind = LogKind::ALL.into_iter().find(|kind| kind.folder() == folder)?;
            log(parts, kind, rest.strip_suffix(".json.gz")?)
        }
    }
}

fn log(parts: &Parts<'_>, kind: LogKind, rest: &str) -> Option<Key> {
    let (minute, unique) = rest.split_once('_')?;
    let minute = minute.strip_suffix('Z')?;
    let time = Timestamp::parse_basic(&format!("{minute}00Z"))?;
    if unique.len() != 16 || !unique.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    Some(Key::Log(LogKey { place: parts.place.clone(), kind, time, unique: unique.to_owned() }))
}

fn period(parts: &Parts<'_>, rest: &str) -> Option<DigestKey> {
    let (rest, backfill) = match rest.strip_suffix("_backfill") {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    let (rest, end) = rest.rsplit_once('_')?;
    let (trail, home) = rest.rsplit_once('_')?;
    let home: Region = home.parse().ok()?;
    let end = Timestamp::parse_basic(end)?;
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if trail.is_empty() || !trail.bytes().all(legal) {
        return None;
    }
    let place = parts.place.clone();
    Some(DigestKey { place, trail: trail.to_owned(), home, end, backfill })
}
