//! Which objects of a bucket an import is about.

use std::time::Duration;

use cairn_core::Timestamp;
use cairn_proof::{DigestKey, Key};
use cairn_store::Import;

const DIGESTS: &str = "CloudTrail-Digest";
const PROOFS: &str = "CloudTrail-Proof";
/// The folder that is read unless another is named.
const LOGS: &str = "CloudTrail";

/// How long after its time a log file may still be delivered and named by a digest.
const LATE: Duration = Duration::from_hours(7 * 24);

/// What an import asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scope {
    /// Empty, or with a slash at its end.
    prefix: String,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
}

/// What an object is to an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found<'a> {
    /// A log file, or what lies where log files do.
    Log {
        /// With its slash; empty for a file of no folder.
        folder: &'a str,
        name: &'a str,
    },
    Digest(DigestKey),
    Nothing,
}

impl Scope {
    pub(super) fn of(import: &Import) -> Self {
        let prefix = import.source.prefix.clone();
        Self { prefix, start: import.start, end: import.end }
    }

    /// What keys of log files begin with.
    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    pub(super) fn find<'a>(&self, key: &'a str) -> Found<'a> {
        if let Key::Digest(digest) = Key::parse(key) {
            return if self.reads(&digest) { Found::Digest(digest) } else { Found::Nothing };
        }
        if key.ends_with('/') || !key.starts_with(&self.prefix) || !self.chooses(key) {
            return Found::Nothing;
        }
        if !self.spans(key) {
            return Found::Nothing;
        }
        let name = key.rfind('/').map_or(0, |slash| slash + 1);
        let (folder, name) = key.split_at(name);
        Found::Log { folder, name }
    }

    /// Where digests lie that a listing of the prefix does not meet.
    pub(super) fn digests_elsewhere(&self) -> Option<String> {
        let (account, folder, behind) = service(&self.prefix)?;
        if folder == DIGESTS || folder == PROOFS {
            return None;
        }
        let region = behind.split_once('/').map(|(region, _)| format!("{region}/"));
        Some(format!("{account}{DIGESTS}/{}", region.unwrap_or_default()))
    }

    /// Whether what a digest of this period says is asked for.
    pub(super) fn concerns(&self, start: Timestamp, end: Timestamp) -> bool {
        self.start.is_none_or(|first| end > first) && self.end.is_none_or(|last| start < last)
    }

    /// Files of the range may be named by digests that are later than they.
    fn reads(&self, digest: &DigestKey) -> bool {
        self.start.is_none_or(|start| digest.end >= start)
            && self.end.is_none_or(|end| digest.end <= end.saturating_add(LATE))
    }

    /// Without a folder that is named, only `CloudTrail` and what is in it.
    fn chooses(&self, key: &str) -> bool {
        match service(key) {
            Some((_, LOGS, _)) => true,
            Some((_, DIGESTS | PROOFS, _)) => false,
            Some((account, folder, _)) => self.prefix.len() > account.len() + folder.len(),
            None if self.prefix.is_empty() => {
                key.rsplit_once('/').is_some_and(|(way, _)| way.split('/').any(|part| part == LOGS))
            }
            None => true,
        }
    }

    /// Whether the date of a key is within the range. A key without a date is in no range.
    fn spans(&self, key: &str) -> bool {
        if self.start.is_none() && self.end.is_none() {
            return true;
        }
        let Some((first, last)) = dates(key) else { return false };
        self.start.is_none_or(|start| last >= start) && self.end.is_none_or(|end| first <= end)
    }
}

/// Where the digests lie that vouch for a folder of log files.
pub(super) fn digests_of(folder: &str) -> Option<String> {
    let (account, _, behind) = service(folder)?;
    let (region, _) = behind.split_once('/')?;
    Some(format!("{account}{DIGESTS}/{region}/"))
}

/// `[…/]AWSLogs/[O-ID/]ACCOUNT/`, the folder behind it and what follows that.
fn service(key: &str) -> Option<(&str, &str, &str)> {
    let root = match key.strip_prefix("AWSLogs/") {
        Some(_) => "AWSLogs/".len(),
        None => key.find("/AWSLogs/")? + "/AWSLogs/".len(),
    };
    let mut at = root;
    let mut next = || {
        let part = key[at..].split_once('/')?.0;
        at += part.len() + 1;
        Some(part)
    };
    let mut account = next()?;
    if account.starts_with("o-") {
        account = next()?;
    }
    if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let folder = next()?;
    Some((&key[..at - folder.len() - 1], folder, &key[at..]))
}

/// The instants that a key may be about: that of a log file, or the day in its folders.
fn dates(key: &str) -> Option<(Timestamp, Timestamp)> {
    if let Key::Log(log) = Key::parse(key) {
        return Some((log.time, log.time));
    }
    let parts: Vec<&str> = key.split('/').collect();
    let (_, folders) = parts.split_last()?;
    let day = |parts: &[&str]| {
        let [year, month, day] = parts else { return None };
        if (year.len(), month.len(), day.len()) != (4, 2, 2) {
            return None;
        }
        Timestamp::parse_basic(&format!("{year}{month}{day}T000000Z"))
    };
    let first = folders.windows(3).rev().find_map(day)?;
    Some((first, first.saturating_add(Duration::from_hours(24))))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/20/\
                       111122223333_CloudTrail_eu-west-1_20261120T1005Z_ABCDEFGHIJKLMNOP.json.gz";
    const DIGEST: &str = "AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2026/11/20/\
                          111122223333_CloudTrail-Digest_eu-west-1_main_eu-west-1_\
                          20261120T110000Z.json.gz";

    fn scope(prefix: &str) -> Scope {
        Scope { prefix: prefix.to_owned(), start: None, end: None }
    }

    fn is_log(scope: &Scope, key: &str) -> bool {
        matches!(scope.find(key), Found::Log { .. })
    }

    #[test]
    fn only_the_usual_folder_is_read_unless_another_is_named() {
        let insights = LOG.replace("/CloudTrail/", "/CloudTrail-Insight/");
        let config = "AWSLogs/111122223333/Config/eu-west-1/2026/11/20/x.json.gz";
        for prefix in ["", "AWSLogs/", "AWSLogs/111122223333/"] {
            assert!(is_log(&scope(prefix), LOG), "{prefix}");
            assert!(!is_log(&scope(prefix), &insights), "{prefix}");
            assert!(!is_log(&scope(prefix), config), "{prefix}");
        }
        assert!(is_log(&scope("AWSLogs/111122223333/CloudTrail-Insight/"), &insights));
        assert!(is_log(&scope("AWSLogs/111122223333/Config/"), config));
        let organization = LOG.replace("AWSLogs/", "p/AWSLogs/o-abc/");
        assert!(is_log(&scope("p/"), &organization));
        assert!(!is_log(&scope("q/"), &organization));
    }

    #[test]
    fn files_in_no_layout_are_read_where_their_folder_is_named() {
        assert!(!is_log(&scope(""), "logs/2026/x.json.gz"));
        assert!(is_log(&scope("logs/"), "logs/2026/x.json.gz"));
        assert!(is_log(&scope(""), "copies/CloudTrail/x.json.gz"));
        assert!(!is_log(&scope("logs/"), "logs/2026/"));
        let found = scope("logs/").find("logs/2026/x.json.gz");
        assert_eq!(found, Found::Log { folder: "logs/2026/", name: "x.json.gz" });
    }

    #[test]
    fn a_range_is_held_against_the_dates_of_names() {
        let at = |text| Timestamp::parse(text);
        let range = |start, end| Scope { start: at(start), end: at(end), ..scope("") };
        let within = range("2026-11-20T10:00:00Z", "2026-11-20T11:00:00Z");
        assert!(is_log(&within, LOG));
        assert!(!is_log(&range("2026-11-20T10:06:00Z", "2026-11-20T11:00:00Z"), LOG));
        assert!(!is_log(&range("2026-11-19T10:00:00Z", "2026-11-20T10:00:00Z"), LOG));
        let named = Scope { prefix: "logs/".to_owned(), ..within.clone() };
        assert!(is_log(&named, "logs/2026/11/20/x.json.gz"));
        assert!(!is_log(&named, "logs/2026/11/21/x.json.gz"));
        assert!(!is_log(&named, "logs/x.json.gz"));
        assert!(matches!(within.find(DIGEST), Found::Digest(_)));
        let later = range("2026-11-20T11:00:01Z", "2026-11-20T12:00:00Z");
        assert_eq!(later.find(DIGEST), Found::Nothing);
    }

    #[test]
    fn digests_are_looked_for_beside_the_folder_that_is_named() {
        let beside = |prefix: &str| scope(prefix).digests_elsewhere();
        let digests = "AWSLogs/111122223333/CloudTrail-Digest/";
        assert_eq!(beside("AWSLogs/111122223333/CloudTrail/").as_deref(), Some(digests));
        let region = beside("p/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/");
        assert_eq!(region, Some(format!("p/{digests}eu-west-1/")));
        for all in ["", "AWSLogs/", "AWSLogs/111122223333/", "logs/"] {
            assert_eq!(beside(all), None, "{all}");
        }
    }
}
