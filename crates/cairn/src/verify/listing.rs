//! What S3 answers to ListObjectVersions and ListObjectsV2.

use cairn_core::Timestamp;
use cairn_proof::verify::Object;
use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::Event;

/// One page.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) objects: Vec<Object>,
    /// What the next page begins behind; none after the last.
    pub(super) next: Option<Next>,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Next {
    /// Percent-encoded, as it came.
    pub(super) key: String,
    pub(super) version: Option<String>,
    pub(super) token: Option<String>,
}

/// One `Version`, `DeleteMarker` or `Contents`.
#[derive(Default)]
struct Entry {
    key: String,
    version: Option<String>,
    latest: bool,
    marker: bool,
    bytes: u64,
    modified: Option<Timestamp>,
}

/// Reads a page that was asked for with `encoding-type=url`.
pub(super) fn parse(xml: &str, bucket: &str) -> Result<Page, String> {
    let mut reader = Reader::from_str(xml);
    let (mut page, mut next) = (Page::default(), Next::default());
    let (mut path, mut text) = (Vec::<String>::new(), String::new());
    let mut entry = Entry::default();
    let mut truncated = false;
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(tag) => {
                let name = tag.local_name().as_ref().to_owned();
                if is_entry(&name) {
                    let marker = name == "DeleteMarker";
                    entry = Entry { marker, latest: name == "Contents", ..Entry::default() };
                }
                path.push(name);
                text.clear();
            }
            Event::Text(part) => text.push_str(&part),
            Event::GeneralRef(part) => {
                let character = part.resolve_char_ref().map_err(|error| error.to_string())?;
                match (character, resolve_predefined_entity(&part)) {
                    (Some(character), _) => text.push(character),
                    (None, Some(known)) => text.push_str(known),
                    (None, None) => return Err(format!("unknown entity '{}'", &*part)),
                }
            }
            Event::End(_) => {
                let name = path.pop().unwrap_or_default();
                let parent = path.last().map_or("", String::as_str);
                if is_entry(&name) {
                    page.objects.push(std::mem::take(&mut entry).object(bucket)?);
                } else if is_entry(parent) {
                    entry.member(&name, &text)?;
                } else if path.len() == 1 {
                    truncated |= name == "IsTruncated" && text == "true";
                    next.member(&name, &text);
                }
                text.clear();
            }
            Event::Eof => break,
            _ => {}
        }
    }
    if !path.is_empty() {
        return Err("it ends in the middle".to_owned());
    }
    page.next = truncated.then_some(next);
    Ok(page)
}

fn is_entry(name: &str) -> bool {
    matches!(name, "Version" | "DeleteMarker" | "Contents")
}

impl Entry {
    fn member(&mut self, name: &str, text: &str) -> Result<(), String> {
        match name {
            "Key" => self.key = decoded(text)?,
            "VersionId" => self.version = Some(text.to_owned()),
            "IsLatest" => self.latest = text == "true",
            "Size" => self.bytes = text.parse().map_err(|_| format!("a size of '{text}'"))?,
            "LastModified" => self.modified = Timestamp::parse(text),
            _ => {}
        }
        Ok(())
    }

    fn object(self, bucket: &str) -> Result<Object, String> {
        if self.key.is_empty() {
            return Err("an object without a key".to_owned());
        }
        // What was stored before a bucket had versions is had without naming one.
        let unnamed = self.version.as_deref() == Some("null") && self.latest;
        Ok(Object {
            bucket: bucket.to_owned(),
            key: self.key,
            version: self.version.filter(|_| !unnamed),
            latest: self.latest,
            marker: self.marker,
            bytes: self.bytes,
            modified: self.modified,
        })
    }
}

impl Next {
    fn member(&mut self, name: &str, text: &str) {
        match name {
            "NextKeyMarker" => text.clone_into(&mut self.key),
            "NextVersionIdMarker" => self.version = Some(text.to_owned()),
            "NextContinuationToken" => self.token = Some(text.to_owned()),
            _ => {}
        }
    }
}

/// A percent-encoded key; some stores write a space as a plus.
fn decoded(text: &str) -> Result<String, String> {
    let wrong = || format!("a key of '{text}'");
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        match first {
            b'%' => {
                let (digits, behind) = rest.split_at_checked(2).ok_or_else(wrong)?;
                let digits = std::str::from_utf8(digits).map_err(|_| wrong())?;
                bytes.push(u8::from_str_radix(digits, 16).map_err(|_| wrong())?);
                rest = behind;
            }
            b'+' => bytes.push(b' '),
            other => bytes.push(*other),
        }
    }
    String::from_utf8(bytes).map_err(|_| wrong())
}

/// Percent-encodes all but letters, digits, `-._~` and, in paths, `/`.
pub(crate) fn encoded(text: &str, path: bool) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for byte in text.bytes() {
        let plain = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if plain || (path && byte == b'/') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_versions_is_read() {
        let xml = "<?xml version=\"1.0\"?><ListVersionsResult xmlns=\"http://s3/\">\
            <Name>logs</Name><IsTruncated>true</IsTruncated><EncodingType>url</EncodingType>\
            <NextKeyMarker>a%2Fb</NextKeyMarker><NextVersionIdMarker>v1</NextVersionIdMarker>\
            <Version><Key>a%2Fb%20c</Key><VersionId>v1</VersionId><IsLatest>false</IsLatest>\
            <ETag>&quot;x&quot;</ETag><Size>12</Size>\
            <LastModified>2026-03-01T00:00:00.000Z</LastModified>\
            <Owner><ID>o</ID></Owner></Version>\
            <DeleteMarker><Key>a%2Fb%20c</Key><VersionId>v2</VersionId><IsLatest>true</IsLatest>\
            </DeleteMarker><Version><Key>d</Key><VersionId>null</VersionId>\
            <IsLatest>true</IsLatest></Version></ListVersionsResult>";
        let page = parse(xml, "logs").unwrap();
        let seen: Vec<_> = page.objects.iter().map(|o| (&*o.key, o.latest, o.marker)).collect();
        assert_eq!(seen, [("a/b c", false, false), ("a/b c", true, true), ("d", true, false)]);
        assert_eq!(page.objects[0].version.as_deref(), Some("v1"));
        assert_eq!(page.objects[0].bytes, 12);
        assert_eq!(page.objects[2].version, None);
        let next = page.next.unwrap();
        assert_eq!((&*next.key, next.version.as_deref()), ("a%2Fb", Some("v1")));
    }

    #[test]
    fn what_is_no_listing_is_refused() {
        for xml in ["<a><Version></Version></a>", "<a><Version><Key>%4</Key></Version></a>", "<a>"]
        {
            assert!(parse(xml, "logs").is_err(), "{xml}");
        }
    }

    #[test]
    fn keys_are_encoded_as_s3_wants_them() {
        assert_eq!(encoded("a/b c+\u{e9}", true), "a/b%20c%2B%C3%A9");
        assert_eq!(encoded("a/b", false), "a%2Fb");
    }
}
