//! Object Lock: what keeps versions from being deleted, and who may take it away.

use std::time::Duration;

use cairn_core::Timestamp;
use cairn_store::objects::{Bucket, Change, Lock, LockMode, Version};

use crate::Body;
use crate::access::{admit, admit_action};
use crate::ask::{self, Ask};
use crate::fault::Fault;
use crate::object::{bucket_in, find, settle};
use crate::s3::{Reply, S3, document, ok};
use crate::setting::{self, Versioning, versioning};
use crate::xml::{Element, Writer, time};

const DAY: Duration = Duration::from_hours(24);
/// The longest default retention.
const DAYS: u64 = 36_500;
const YEARS: u64 = 100;

/// Whether the version may go. Governance gives way to who may bypass it, compliance and a legal
/// hold to nobody.
pub(crate) fn check_delete(version: &Version, now: Timestamp, bypass: bool) -> Result<(), Fault> {
    if version.lock.hold {
        return Err(Fault::locked());
    }
    match version.lock.retention {
        Some((_, until)) if until <= now => Ok(()),
        Some((LockMode::Governance, _)) if bypass => Ok(()),
        Some(_) => Err(Fault::locked()),
        None => Ok(()),
    }
}

/// Whether anything holds the version now.
pub(crate) fn holds(version: &Version, now: Timestamp) -> bool {
    check_delete(version, now, false).is_err()
}

fn is_enabled(bucket: &Bucket) -> bool {
    bucket.settings.contains_key(setting::LOCK)
}

/// The lock of an object that says nothing itself.
pub(crate) fn default_lock(bucket: &Bucket, now: Timestamp) -> Lock {
    let retention = || {
        let root = setting::tree(bucket, setting::LOCK)?;
        let default = root.child("Rule")?.child("DefaultRetention")?.clone();
        let mode = LockMode::parse(default.text_of("Mode")?)?;
        let number = |name: &str| default.text_of(name)?.parse::<u32>().ok();
        let days = number("Days").or_else(|| number("Years").map(|years| years * 365))?;
        Some((mode, now.saturating_add(DAY * days)))
    };
    Lock { retention: retention(), hold: false }
}

/// The lock that headers of a request give a new object; `None` where they say nothing.
pub(crate) fn of_request(
    ask: &Ask,
    bucket: &Bucket,
    now: Timestamp,
) -> Result<Option<Lock>, Fault> {
    let mode = ask.header("x-amz-object-lock-mode");
    let until = ask.header("x-amz-object-lock-retain-until-date");
    let hold = ask.header("x-amz-object-lock-legal-hold");
    if mode.is_none() && until.is_none() && hold.is_none() {
        return Ok(None);
    }
    check_enabled(bucket)?;
    let retention = match (mode, until) {
        (Some(mode), Some(until)) => {
            admit_action(ask, bucket, "s3:PutObjectRetention", &ask.key)?;
            Some(parse_retention(mode, until, now)?)
        }
        (None, None) => None,
        _ => {
            let text = "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both \
                        be supplied";
            let name = "x-amz-object-lock-retain-until-date";
            return Err(Fault::invalid_argument(text, name, until.unwrap_or_default()));
        }
    };
    let hold = match hold {
        None | Some("OFF") => false,
        Some("ON") => {
            admit_action(ask, bucket, "s3:PutObjectLegalHold", &ask.key)?;
            true
        }
        Some(other) => {
            let name = "x-amz-object-lock-legal-hold";
            return Err(Fault::invalid_argument(
                "Legal Hold must be either of 'ON' or 'OFF'",
                name,
                other,
            ));
        }
    };
    Ok(Some(Lock { retention, hold }))
}

fn parse_retention(
    mode: &str,
    until: &str,
    now: Timestamp,
) -> Result<(LockMode, Timestamp), Fault> {
    let known = LockMode::parse(mode).ok_or_else(|| {
        Fault::invalid_argument("Unknown wormMode directive.", "x-amz-object-lock-mode", mode)
    })?;
    let at = Timestamp::parse(until).ok_or_else(|| {
        let text = "The retain until date must be provided in ISO 8601 format";
        Fault::invalid_argument(text, "x-amz-object-lock-retain-until-date", until)
    })?;
    check_future(at, now)?;
    Ok((known, at))
}

fn check_future(until: Timestamp, now: Timestamp) -> Result<(), Fault> {
    if until > now {
        return Ok(());
    }
    let name = "x-amz-object-lock-retain-until-date";
    Err(Fault::invalid_argument("The retain until date must be in the future!", name, &time(until)))
}

fn check_enabled(bucket: &Bucket) -> Result<(), Fault> {
    if is_enabled(bucket) {
        return Ok(());
    }
    Err(Fault::invalid_request("Bucket is missing Object Lock Configuration"))
}

/// Whether a document can be a bucket's lock configuration.
pub(crate) fn check_default(root: &Element) -> Result<(), Fault> {
    if root.text_of("ObjectLockEnabled") != Some("Enabled") {
        return Err(Fault::malformed_xml());
    }
    let Some(rule) = root.child("Rule") else { return Ok(()) };
    let default = rule.child("DefaultRetention").ok_or_else(Fault::malformed_xml)?;
    if default.text_of("Mode").and_then(LockMode::parse).is_none() {
        return Err(Fault::malformed_xml());
    }
    let (given, most) = match (default.text_of("Days"), default.text_of("Years")) {
        (Some(days), None) => (days, DAYS),
        (None, Some(years)) => (years, YEARS),
        _ => return Err(Fault::malformed_xml()),
    };
    let number: i64 = given.parse().map_err(|_| Fault::malformed_xml())?;
    if number <= 0 {
        let text = "Default retention period must be a positive integer value";
        return Err(Fault::new(400, "InvalidArgument", text));
    }
    if number as u64 > most {
        let text = "Default retention period too large";
        return Err(Fault::new(400, "InvalidArgument", text));
    }
    Ok(())
}

/// Whether the bucket can have a lock configuration.
pub(crate) fn check_change(bucket: &Bucket) -> Result<(), Fault> {
    if versioning(bucket) == Versioning::Enabled {
        return Ok(());
    }
    let text = "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration";
    Err(Fault::new(409, "InvalidBucketState", text))
}

pub(crate) async fn get_retention(s3: &S3, ask: &Ask) -> Result<Reply, Fault> {
    let bucket = s3.bucket(&ask.bucket).await?;
    admit(ask, &bucket)?;
    check_enabled(&bucket)?;
    let object = find(s3, ask, &bucket).await?;
    let (mode, until) = object.lock.retention.ok_or_else(unconfigured)?;
    Ok(document(Writer::document("Retention", |w| {
        w.leaf("Mode", mode.as_str());
        w.leaf("RetainUntilDate", time(until));
    })))
}

pub(crate) async fn get_hold(s3: &S3, ask: &Ask) -> Result<Reply, Fault> {
    let bucket = s3.bucket(&ask.bucket).await?;
    admit(ask, &bucket)?;
    check_enabled(&bucket)?;
    let object = find(s3, ask, &bucket).await?;
    let status = if object.lock.hold { "ON" } else { "OFF" };
    Ok(document(Writer::document("LegalHold", |w| w.leaf("Status", status))))
}

fn unconfigured() -> Fault {
    let text = "The specified object does not have a ObjectLock configuration";
    Fault::new(404, "NoSuchObjectLockConfiguration", text)
}

pub(crate) async fn put_retention(s3: &S3, ask: &Ask, body: Body) -> Result<Reply, Fault> {
    let bucket = s3.bucket(&ask.bucket).await?;
    admit(ask, &bucket)?;
    check_enabled(&bucket)?;
    let text = ask::document(ask, body).await?;
    let root = Element::parse(&text).filter(|root| root.name == "Retention");
    let root = root.ok_or_else(Fault::malformed_xml)?;
    let wanted = match (root.text_of("Mode"), root.text_of("RetainUntilDate")) {
        (Some(mode), Some(until)) => {
            let mode = LockMode::parse(mode).ok_or_else(Fault::malformed_xml)?;
            Some((mode, Timestamp::parse(until).ok_or_else(Fault::malformed_xml)?))
        }
        (None, None) => None,
        _ => return Err(Fault::malformed_xml()),
    };
    let now = s3.parts().clock.now();
    if let Some((_, until)) = wanted {
        check_future(until, now)?;
    }
    let bypass = ask.is_set("x-amz-bypass-governance-retention")
        && admit_action(ask, &bucket, "s3:BypassGovernanceRetention", &ask.key).is_ok();
    let (mut change, object) = locked_object(s3, ask, &bucket).await?;
    check_retention(&object, wanted, now, bypass)?;
    change.set_lock(&object, Lock { retention: wanted, ..object.lock }).await?;
    settle(s3, change, None, false).await?;
    Ok(ok())
}

/// Retention may always become longer. Anything else needs the right to bypass governance, and
/// compliance does not give way before its end.
fn check_retention(
    object: &Version,
    wanted: Option<(LockMode, Timestamp)>,
    now: Timestamp,
    bypass: bool,
) -> Result<(), Fault> {
    let Some((mode, until)) = object.lock.retention.filter(|(_, until)| *until > now) else {
        return Ok(());
    };
    let extends = wanted.is_some_and(|(to, end)| to == mode && end >= until);
    if extends || (mode == LockMode::Governance && bypass) {
        return Ok(());
    }
    Err(Fault::locked())
}

pub(crate) async fn put_hold(s3: &S3, ask: &Ask, body: Body) -> Result<Reply, Fault> {
    let bucket = s3.bucket(&ask.bucket).await?;
    admit(ask, &bucket)?;
    check_enabled(&bucket)?;
    let text = ask::document(ask, body).await?;
    let root = Element::parse(&text).filter(|root| root.name == "LegalHold");
    let hold = match root.as_ref().and_then(|root| root.text_of("Status")) {
        Some("ON") => true,
        Some("OFF") => false,
        _ => return Err(Fault::malformed_xml()),
    };
    let (mut change, object) = locked_object(s3, ask, &bucket).await?;
    change.set_lock(&object, Lock { hold, ..object.lock }).await?;
    settle(s3, change, None, false).await?;
    Ok(ok())
}

/// The version as it is in the change that alters its lock.
async fn locked_object(s3: &S3, ask: &Ask, bucket: &Bucket) -> Result<(Change, Version), Fault> {
    let object = find(s3, ask, bucket).await?;
    let mut change = s3.index().begin().await?;
    let bucket = bucket_in(&mut change, &bucket.name).await?;
    let object = change.version(bucket.id, &object.key, &object.version).await?;
    let object = object.ok_or_else(|| Fault::no_such_key(&ask.key))?;
    Ok((change, object))
}

#[cfg(test)]
mod tests {
    use cairn_core::Timestamp;
    use cairn_store::objects::{Lock, LockMode, Version};

    use super::{check_delete, check_retention};

    const NOW: Timestamp = Timestamp::from_seconds(1000);
    const LATER: Timestamp = Timestamp::from_seconds(2000);
    const LAST: Timestamp = Timestamp::from_seconds(3000);

    fn version(retention: Option<(LockMode, Timestamp)>, hold: bool) -> Version {
        Version {
            id: 1,
            key: "k".to_owned(),
            version: "v".to_owned(),
            marker: false,
            noncurrent: None,
            size: 0,
            etag: String::new(),
            modified: Timestamp::EPOCH,
            lock: Lock { retention, hold },
            tags: Vec::new(),
            detail: String::new(),
            files: Vec::new(),
        }
    }

    #[test]
    fn what_may_be_deleted() {
        use LockMode::{Compliance, Governance};
        for (retention, hold, bypass, fine) in [
            (None, false, false, true),
            (None, true, true, false),
            (Some((Governance, LATER)), false, false, false),
            (Some((Governance, LATER)), false, true, true),
            (Some((Governance, LATER)), true, true, false),
            (Some((Compliance, LATER)), false, true, false),
            (Some((Compliance, NOW)), false, false, true),
        ] {
            let found = check_delete(&version(retention, hold), NOW, bypass).is_ok();
            assert_eq!(found, fine, "{retention:?} {hold} {bypass}");
        }
    }

    #[test]
    fn how_retention_may_change() {
        use LockMode::{Compliance, Governance};
        for (from, to, bypass, fine) in [
            (None, Some((Compliance, LATER)), false, true),
            (Some((Governance, LATER)), Some((Governance, LAST)), false, true),
            (Some((Governance, LAST)), Some((Governance, LATER)), false, false),
            (Some((Governance, LAST)), Some((Governance, LATER)), true, true),
            (Some((Governance, LATER)), Some((Compliance, LAST)), false, false),
            (Some((Governance, LATER)), Some((Compliance, LAST)), true, true),
            (Some((Governance, LATER)), None, false, false),
            (Some((Governance, LATER)), None, true, true),
            (Some((Compliance, LATER)), Some((Compliance, LAST)), false, true),
            (Some((Compliance, LAST)), Some((Compliance, LATER)), true, false),
            (Some((Compliance, LATER)), Some((Governance, LAST)), true, false),
            (Some((Compliance, LATER)), None, true, false),
            (Some((Compliance, NOW)), None, false, true),
        ] {
            let found = check_retention(&version(from, false), to, NOW, bypass).is_ok();
            assert_eq!(found, fine, "{from:?} {to:?} {bypass}");
        }
    }
}
