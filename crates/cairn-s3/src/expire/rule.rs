use std::time::Duration;

use cairn_core::Timestamp;
use cairn_store::objects::{Bucket, Version};

use crate::fault::Fault;
use crate::setting;
use crate::xml::Element;

const DAY: i64 = 86_400;
/// The most rules of a bucket.
const RULES: usize = 1000;

const ACTIONS: &[&str] = &[
    "AbortIncompleteMultipartUpload",
    "Expiration",
    "NoncurrentVersionExpiration",
    "NoncurrentVersionTransition",
    "Transition",
];

/// One enabled rule.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Rule {
    prefix: String,
    tags: Vec<(String, String)>,
    larger_than: Option<u64>,
    smaller_than: Option<u64>,
    days: Option<u32>,
    date: Option<Timestamp>,
    pub(super) lone_markers: bool,
    noncurrent_days: Option<u32>,
    newer: usize,
    abort_days: Option<u32>,
}

pub(super) fn rules(bucket: &Bucket) -> Vec<Rule> {
    let root = setting::tree(bucket, setting::LIFECYCLE);
    let rules = root.iter().flat_map(|root| root.all("Rule"));
    rules.filter(|rule| rule.text_of("Status") == Some("Enabled")).map(read).collect()
}

fn read(element: &Element) -> Rule {
    let number = |parent: Option<&Element>, name: &str| {
        parent.and_then(|parent| parent.text_of(name)).and_then(|text| text.parse().ok())
    };
    let filter = element.child("Filter");
    let filter = filter.and_then(|filter| filter.child("And")).or(filter);
    let prefix = filter.and_then(|filter| filter.child("Prefix")).or(element.child("Prefix"));
    let tags = filter.into_iter().flat_map(|filter| filter.all("Tag"));
    let text = |tag: &Element, name| tag.child(name).map_or_else(String::new, |t| t.text.clone());
    let expiration = element.child("Expiration");
    let date = expiration.and_then(|expiration| expiration.text_of("Date"));
    let noncurrent = element.child("NoncurrentVersionExpiration");
    let abort = element.child("AbortIncompleteMultipartUpload");
    Rule {
        prefix: prefix.map_or_else(String::new, |prefix| prefix.text.clone()),
        tags: tags.map(|tag| (text(tag, "Key"), text(tag, "Value"))).collect(),
        larger_than: number(filter, "ObjectSizeGreaterThan"),
        smaller_than: number(filter, "ObjectSizeLessThan"),
        days: number(expiration, "Days").map(|days| days as u32),
        date: date.and_then(Timestamp::parse),
        lone_markers: expiration.and_then(|e| e.text_of("ExpiredObjectDeleteMarker"))
            == Some("true"),
        noncurrent_days: number(noncurrent, "NoncurrentDays").map(|days| days as u32),
        newer: number(noncurrent, "NewerNoncurrentVersions").unwrap_or(0) as usize,
        abort_days: number(abort, "DaysAfterInitiation").map(|days| days as u32),
    }
}

impl Rule {
    /// Whether the rule is for the version. Markers have neither tags nor a size.
    pub(super) fn covers(&self, version: &Version) -> bool {
        version.key.starts_with(&self.prefix)
            && self.tags.iter().all(|tag| version.tags.contains(tag))
            && self.larger_than.is_none_or(|size| !version.marker && version.size > size)
            && self.smaller_than.is_none_or(|size| !version.marker && version.size < size)
    }

    /// Whether the current version has had its time.
    pub(super) fn expires(&self, version: &Version, now: Timestamp) -> bool {
        self.days.is_some_and(|days| due(version.modified, days) <= now)
            || self.date.is_some_and(|date| date <= now)
    }

    /// Whether a version that is not current has had its time; `newer` of its key are newer and
    /// not current either.
    pub(super) fn expires_noncurrent(
        &self,
        since: Timestamp,
        newer: usize,
        now: Timestamp,
    ) -> bool {
        self.noncurrent_days.is_some_and(|days| due(since, days) <= now) && newer >= self.newer
    }

    pub(super) fn aborts(&self, key: &str, created: Timestamp, now: Timestamp) -> bool {
        key.starts_with(&self.prefix)
            && self.abort_days.is_some_and(|days| due(created, days) <= now)
    }
}

/// The midnight after so many days.
fn due(from: Timestamp, days: u32) -> Timestamp {
    let end = from.saturating_add(Duration::from_secs(u64::from(days) * DAY as u64)).seconds();
    Timestamp::from_seconds((end + DAY - 1).div_euclid(DAY) * DAY)
}

/// Checks a configuration, and gives ids to rules that have none.
pub(crate) fn complete(root: &mut Element) -> Result<(), Fault> {
    if root.children.is_empty() || root.children.iter().any(|child| child.name != "Rule") {
        return Err(Fault::malformed_xml());
    }
    if root.children.len() > RULES {
        return Err(Fault::malformed_xml());
    }
    let mut ids: Vec<String> = Vec::new();
    for (at, rule) in root.children.iter_mut().enumerate() {
        check(rule)?;
        let id = match rule.text_of("ID").filter(|id| !id.is_empty()) {
            Some(id) => id.to_owned(),
            None => {
                let text = format!("rule-{}", at + 1);
                let id = Element { name: "ID".to_owned(), text, ..Element::default() };
                rule.children.retain(|child| child.name != "ID");
                rule.children.insert(0, id.clone());
                id.text
            }
        };
        if id.chars().count() > 255 {
            let text = "ID length should not exceed allowed limit of 255";
            return Err(Fault::invalid_argument(text, "ID", &id));
        }
        if ids.contains(&id) {
            let text = "Rule ID must be unique. Found same ID for more than one rule";
            return Err(Fault::invalid_argument(text, "ID", &id));
        }
        ids.push(id);
    }
    Ok(())
}

fn check(rule: &Element) -> Result<(), Fault> {
    let invalid = |text: &'static str| Err(Fault::new(400, "InvalidArgument", text));
    if !matches!(rule.text_of("Status"), Some("Enabled" | "Disabled")) {
        return Err(Fault::malformed_xml());
    }
    if rule.child("Filter").is_some() == rule.child("Prefix").is_some() {
        return Err(Fault::malformed_xml());
    }
    if !rule.children.iter().any(|child| ACTIONS.contains(&child.name.as_str())) {
        let text = "At least one action needs to be specified in a rule";
        return Err(Fault::invalid_request(text));
    }
    if let Some(expiration) = rule.child("Expiration") {
        if expiration.children.len() != 1 {
            return Err(Fault::malformed_xml());
        }
        check_number(
            expiration,
            "Days",
            "'Days' for Expiration action must be a positive integer",
        )?;
        if let Some(date) = expiration.text_of("Date") {
            let at = Timestamp::parse(date).ok_or_else(Fault::malformed_xml)?;
            if at.millis() % (DAY * 1000) != 0 {
                return invalid("'Date' must be at midnight GMT");
            }
        }
    }
    if let Some(noncurrent) = rule.child("NoncurrentVersionExpiration") {
        let text = "'NoncurrentDays' for NoncurrentVersionExpiration action must be a positive \
                    integer";
        if noncurrent.child("NoncurrentDays").is_none() {
            return Err(Fault::malformed_xml());
        }
        check_number(noncurrent, "NoncurrentDays", text)?;
        let text = "'NewerNoncurrentVersions' for NoncurrentVersionExpiration action must be a \
                    positive integer";
        check_number(noncurrent, "NewerNoncurrentVersions", text)?;
    }
    if let Some(abort) = rule.child("AbortIncompleteMultipartUpload") {
        let text = "'DaysAfterInitiation' for AbortIncompleteMultipartUpload action must be a \
                    positive integer";
        if abort.child("DaysAfterInitiation").is_none() {
            return Err(Fault::malformed_xml());
        }
        check_number(abort, "DaysAfterInitiation", text)?;
        let filter = rule.child("Filter");
        let filter = filter.and_then(|filter| filter.child("And")).or(filter);
        if filter.is_some_and(|filter| filter.child("Tag").is_some()) {
            let text = "AbortIncompleteMultipartUpload cannot be specified with Tags.";
            return Err(Fault::invalid_request(text));
        }
    }
    Ok(())
}

fn check_number(parent: &Element, name: &str, text: &'static str) -> Result<(), Fault> {
    match parent.text_of(name).map(str::parse::<i32>) {
        None => Ok(()),
        Some(Ok(number)) if number > 0 => Ok(()),
        Some(Ok(_)) => Err(Fault::new(400, "InvalidArgument", text)),
        Some(Err(_)) => Err(Fault::malformed_xml()),
    }
}

#[cfg(test)]
mod tests {
    use cairn_core::Timestamp;

    use super::{complete, due};
    use crate::xml::Element;

    #[test]
    fn rules_count_from_midnight() {
        let at = |text| Timestamp::parse(text).unwrap();
        assert_eq!(due(at("2026-01-01T10:00:00Z"), 1), at("2026-01-03T00:00:00Z"));
        assert_eq!(due(at("2026-01-01T00:00:00Z"), 1), at("2026-01-02T00:00:00Z"));
    }

    #[test]
    fn rules_are_checked() {
        let whole = |rule: &str| {
            let text = format!("<LifecycleConfiguration>{rule}</LifecycleConfiguration>");
            let mut root = Element::parse(text.as_bytes()).unwrap();
            complete(&mut root).map(|()| root).map_err(|fault| fault.code.into_owned())
        };
        let fine = "<Rule><Filter/><Status>Enabled</Status><Expiration><Days>1</Days></Expiration>\
                    </Rule>";
        assert_eq!(whole(fine).unwrap().children[0].text_of("ID"), Some("rule-1"));
        for (bad, code) in [
            (String::new(), "MalformedXML"),
            (fine.replace("Enabled", "On"), "MalformedXML"),
            (fine.replace("<Filter/>", ""), "MalformedXML"),
            (fine.replace(">1<", ">0<"), "InvalidArgument"),
            (fine.replace(">1<", ">x<"), "MalformedXML"),
            (fine.replace("Expiration", "Nothing"), "InvalidRequest"),
            (fine.replace("<Filter/>", "<ID>a</ID><Filter/>").repeat(2), "InvalidArgument"),
        ] {
            assert_eq!(whole(&bad), Err(code.to_owned()), "{bad}");
        }
    }
}
