use cairn_store::objects::{Bucket, Version};

use crate::fault::Fault;
use crate::s3::S3;

/// Rows that are asked for at once where keys are rolled up: most of them may stand for one entry.
const ROWS: u32 = 256;

/// An object, or the keys that begin alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Entry {
    Object(Box<Version>),
    Prefix(String),
}

impl Entry {
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Object(object) => &object.key,
            Self::Prefix(prefix) => prefix,
        }
    }
}

#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) entries: Vec<Entry>,
    /// Whether there are more after the last of these.
    pub(crate) more: bool,
}

/// The entries after `after`, which is a key, or a prefix of a page before.
pub(crate) async fn page(
    s3: &S3,
    bucket: &Bucket,
    prefix: &str,
    delimiter: Option<&str>,
    after: Option<&str>,
    most: u32,
) -> Result<Page, Fault> {
    let mut page = Page { entries: Vec::new(), more: false };
    if most == 0 {
        return Ok(page);
    }
    let to = successor(prefix.as_bytes());
    let start = after.map(|after| start(after, prefix, delimiter)).unwrap_or_default();
    let mut from = start.max(prefix.as_bytes().to_vec());
    loop {
        let rows = if delimiter.is_some() { ROWS } else { most - page.entries.len() as u32 + 1 };
        let found = s3.index().list(bucket.id, &from, to.as_deref(), rows).await?;
        let end = found.len() < rows as usize;
        for object in found {
            from = beyond(&object.key, prefix, delimiter);
            let entry = match rolled_up(&object.key, prefix, delimiter) {
                Some(group) => Entry::Prefix(group.to_owned()),
                None => Entry::Object(Box::new(object)),
            };
            if page.entries.last() == Some(&entry) {
                continue;
            }
            if page.entries.len() == most as usize {
                page.more = true;
                return Ok(page);
            }
            page.entries.push(entry);
        }
        if end {
            return Ok(page);
        }
    }
}

/// The beginning that stands for a key: up to the first delimiter behind the prefix.
pub(crate) fn rolled_up<'a>(
    key: &'a str,
    prefix: &str,
    delimiter: Option<&str>,
) -> Option<&'a str> {
    let delimiter = delimiter?;
    let rest = key.strip_prefix(prefix)?;
    let at = rest.find(delimiter)?;
    Some(&key[..prefix.len() + at + delimiter.len()])
}

/// The first key of a page after `after`: the rest of a prefix that a page before ended with is
/// not told again, but a key within one does not hide those beside it.
pub(super) fn start(after: &str, prefix: &str, delimiter: Option<&str>) -> Vec<u8> {
    match rolled_up(after, prefix, delimiter) {
        Some(group) if group == after => beyond(after, prefix, delimiter),
        _ => [after.as_bytes(), &[0]].concat(),
    }
}

/// The first key that is after the entry of a key.
pub(super) fn beyond(key: &str, prefix: &str, delimiter: Option<&str>) -> Vec<u8> {
    rolled_up(key, prefix, delimiter)
        .and_then(|group| successor(group.as_bytes()))
        .unwrap_or_else(|| [key.as_bytes(), &[0]].concat())
}

/// The first byte string after all that begin with `prefix`; `None` where there is none.
pub(crate) fn successor(prefix: &[u8]) -> Option<Vec<u8>> {
    let end = prefix.iter().rposition(|byte| *byte != u8::MAX)?;
    let mut next = prefix[..=end].to_vec();
    next[end] += 1;
    Some(next)
}

#[cfg(test)]
mod tests {
    use super::{rolled_up, successor};

    #[test]
    fn keys_are_rolled_up_behind_the_prefix() {
        assert_eq!(rolled_up("a/b/c", "", Some("/")), Some("a/"));
        assert_eq!(rolled_up("a/b/c", "a/", Some("/")), Some("a/b/"));
        assert_eq!(rolled_up("a/b", "a/", Some("/")), None);
        assert_eq!(rolled_up("a/", "a/", Some("/")), None);
        assert_eq!(rolled_up("a/b", "", None), None);
    }

    #[test]
    fn the_successor_is_after_all_with_the_prefix() {
        assert_eq!(successor(b"a/"), Some(b"a0".to_vec()));
        assert_eq!(successor(b"a\xff\xff"), Some(b"b".to_vec()));
        assert_eq!(successor(b""), None);
        assert_eq!(successor(b"\xff"), None);
    }
}
