//! The event: a record's bytes and its head.

use std::borrow::Cow;

use bytes::Bytes;
use cairn_core::{AccountId, Timestamp, limits};
use memchr::memmem;

use crate::field::Field;
use crate::head::{self, Head, Stop};
use crate::resource::{self, ListedResource, Resource};
use crate::scan;
use crate::text::decode;
use crate::{Flaw, Reason};

/// A valid record: exactly the bytes that were given, and what every reader needs to know of them.
///
/// Cloning shares the bytes. Texts are decoded when asked for and borrow from the bytes unless the
/// record wrote them with escapes. A member that is absent, or not a string, is `None`.
#[derive(Debug, Clone)]
pub struct Event {
    raw: Bytes,
    head: Head,
}

/// Where a record belongs: its `eventCategory`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Category {
    Management,
    Data,
    Insight,
    NetworkActivity,
    /// Events from outside of AWS, which say in `eventData` what others say themselves.
    ActivityAuditLog,
    /// How a resource is, as AWS Config saw it.
    ConfigurationItem,
    /// What Audit Manager collected for an audit.
    Evidence,
    /// Any other text, for example `Aggregated`.
    Other,
}

impl Category {
    pub(crate) fn of(text: &str) -> Self {
        match text {
            "Management" => Self::Management,
            "Data" => Self::Data,
            "Insight" => Self::Insight,
            "NetworkActivity" => Self::NetworkActivity,
            "ActivityAuditLog" => Self::ActivityAuditLog,
            "ConfigurationItem" => Self::ConfigurationItem,
            "Evidence" => Self::Evidence,
            _ => Self::Other,
        }
    }

    /// The text of `eventCategory`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Management => "Management",
            Self::Data => "Data",
            Self::Insight => "Insight",
            Self::NetworkActivity => "NetworkActivity",
            Self::ActivityAuditLog => "ActivityAuditLog",
            Self::ConfigurationItem => "ConfigurationItem",
            Self::Evidence => "Evidence",
            Self::Other => "Other",
        }
    }

    /// Whether its records tell of an action, and so must have an `eventName` and an
    /// `eventSource`. The others tell how something is; only event data stores have them.
    pub const fn names_action(self) -> bool {
        match self {
            Self::Management
            | Self::Data
            | Self::Insight
            | Self::NetworkActivity
            | Self::ActivityAuditLog
            | Self::Other => true,
            Self::ConfigurationItem | Self::Evidence => false,
        }
    }
}

impl Event {
    /// Reads one record of at most `limits::RECORD_BYTES`, which white space may surround.
    ///
    /// One pass over the bytes; nothing is copied and nothing is allocated.
    pub fn parse(raw: Bytes) -> Result<Self, Flaw> {
        Self::parse_within(raw, limits::RECORD_BYTES)
    }

    /// As [`Event::parse`], of a record that may have so many bytes, 4 GiB at the most: for
    /// what only event data stores take, and for what was stored.
    pub fn parse_within(raw: Bytes, most: usize) -> Result<Self, Flaw> {
        if raw.len() > most {
            return Err(Flaw::new(Reason::TooLarge, most));
        }
        let head = parse_head(&raw).map_err(|flaw| flaw.in_encoding_of(&raw))?;
        Ok(Self { raw, head })
    }

    /// The same event over other memory that holds the same bytes, so that the buffer which it came
    /// in can be let go.
    pub fn moved_to(self, raw: Bytes) -> Self {
        assert_eq!(raw.len(), self.raw.len(), "an event moves to a copy of its own bytes");
        debug_assert_eq!(raw, self.raw);
        Self { raw, ..self }
    }

    /// Joins the bytes of a record with the head that was found when they were cut out.
    pub(crate) fn from_parts(raw: Bytes, head: Head) -> Self {
        Self { raw, head }
    }

    /// The record as it was given, byte for byte.
    pub fn raw(&self) -> &Bytes {
        &self.raw
    }

    /// `eventID`: 1 to `limits::EVENT_ID_BYTES` bytes.
    pub fn id(&self) -> Cow<'_, str> {
        self.required(Field::EventId)
    }

    /// `eventTime`.
    pub fn time(&self) -> Timestamp {
        self.head.time
    }

    /// `eventName`; of an Insights event, the action it is about. Of an event from outside, what
    /// `eventData` says, here and below. Empty where the category names no action.
    pub fn name(&self) -> Cow<'_, str> {
        self.required(Field::EventName)
    }

    /// `eventSource`, for example `s3.amazonaws.com`. Empty where the category names no action.
    pub fn source(&self) -> Cow<'_, str> {
        self.required(Field::EventSource)
    }

    /// `awsRegion`.
    pub fn region(&self) -> Cow<'_, str> {
        self.required(Field::AwsRegion)
    }

    /// `eventCategory`. A record without one is a data event where `managementEvent` is false, an
    /// Insights event where it has `insightDetails`, else a management event.
    pub fn category(&self) -> Category {
        self.head.category
    }

    /// `readOnly`.
    pub fn read_only(&self) -> Option<bool> {
        self.head.read_only
    }

    /// `eventType`, for example `AwsApiCall`.
    pub fn event_type(&self) -> Option<Cow<'_, str>> {
        self.optional(Field::EventType)
    }

    /// `sourceIPAddress`: an address, or the name of the service that called.
    pub fn source_ip(&self) -> Option<Cow<'_, str>> {
        self.optional(Field::SourceIpAddress)
    }

    /// `userAgent`.
    pub fn user_agent(&self) -> Option<Cow<'_, str>> {
        self.optional(Field::UserAgent)
    }

    /// `errorCode`.
    pub fn error_code(&self) -> Option<Cow<'_, str>> {
        self.optional(Field::ErrorCode)
    }

    /// `errorMessage`.
    pub fn error_message(&self) -> Option<Cow<'_, str>> {
        self.optional(Field::ErrorMessage)
    }

    /// `requestID`.
    pub fn request_id(&self) -> Option<Cow<'_, str>> {
        self.optional(Field::RequestId)
    }

    /// `sharedEventID`.
    pub fn shared_event_id(&self) -> Option<Cow<'_, str>> {
        self.optional(Field::SharedEventId)
    }

    /// `recipientAccountId`: the account whose log this record is for.
    pub fn recipient_account(&self) -> Option<AccountId> {
        self.optional(Field::RecipientAccountId)?.parse().ok()
    }

    /// `userIdentity.type`, for example `AssumedRole`.
    pub fn user_type(&self) -> Option<Cow<'_, str>> {
        self.optional(Field::IdentityType)
    }

    /// `userIdentity.arn`.
    pub fn user_arn(&self) -> Option<Cow<'_, str>> {
        self.optional(Field::Arn)
    }

    /// `userIdentity.principalId`.
    pub fn principal_id(&self) -> Option<Cow<'_, str>> {
        self.optional(Field::PrincipalId)
    }

    /// `userIdentity.accountId`: the account of the caller.
    pub fn user_account(&self) -> Option<AccountId> {
        self.optional(Field::AccountId)?.parse().ok()
    }

    /// `userIdentity.invokedBy`: the service that made the call for the caller.
    pub fn invoked_by(&self) -> Option<Cow<'_, str>> {
        self.optional(Field::InvokedBy)
    }

    /// `userIdentity.sessionContext.sessionIssuer.arn`: the role behind a session.
    pub fn issuer_arn(&self) -> Option<Cow<'_, str>> {
        self.optional(Field::IssuerArn)
    }

    /// `userIdentity.accessKeyId`, unless it is empty.
    pub fn access_key_id(&self) -> Option<Cow<'_, str>> {
        self.optional(Field::AccessKeyId).filter(|id| !id.is_empty())
    }

    /// The user as LookupEvents names it: `root` for the root user, else `userIdentity.userName`,
    /// else the session name of an assumed role, from its `principalId` or its ARN.
    pub fn username(&self) -> Option<Cow<'_, str>> {
        let kind = self.optional(Field::IdentityType);
        if kind.as_deref() == Some("Root") {
            return Some(Cow::Borrowed("root"));
        }
        let name = self.optional(Field::UserName).filter(|name| !name.is_empty());
        if name.is_some() || kind.as_deref() != Some("AssumedRole") {
            return name;
        }
        let of_principal = self.optional(Field::PrincipalId).and_then(|id| behind(id, ':', 1));
        of_principal.or_else(|| behind(self.optional(Field::Arn)?, '/', 2))
    }

    /// The resources that the record names: those of `resources`, then those that well-known
    /// members of `requestParameters` name. Empty when there are none.
    pub fn resources(&self) -> Vec<Resource<'_>> {
        let mut found = Vec::new();
        if let Some(listed) = self.head.written(&self.raw, Field::Resources) {
            resource::listed(listed, &mut found);
        }
        if let Some(parameters) = self.head.written(&self.raw, Field::RequestParameters) {
            resource::named(&self.source(), parameters, &mut found);
        }
        found
    }

    /// The elements of `resources`, one after the other, nothing else.
    pub(crate) fn each_listed_resource<'e>(&'e self, found: impl FnMut(ListedResource<'e>)) {
        if let Some(listed) = self.head.written(&self.raw, Field::Resources) {
            resource::each_listed(listed, found);
        }
    }

    /// The value of a member that the head does not keep, as written. Of several with one name the
    /// last counts.
    pub fn member(&self, name: &str) -> Option<&[u8]> {
        let raw = &self.raw[..];
        // Most records do not have the member, and the name can only be hidden by escapes.
        let maybe = memmem::find(raw, name.as_bytes()).or_else(|| memmem::find(raw, b"\\u00"));
        maybe?;
        member_of(&raw[scan::skip_space(raw, 0)..], name)
    }

    /// The same of a member that is a text; `None` where it is none.
    pub(crate) fn text_member(&self, name: &str) -> Option<Cow<'_, str>> {
        text(self.member(name)?)
    }

    /// The text at a path of members, for example `["tlsDetails", "tlsVersion"]`; `None` where
    /// there is none.
    pub fn text_at(&self, path: &[&str]) -> Option<Cow<'_, str>> {
        let (first, inner) = path.split_first()?;
        let found =
            inner.iter().try_fold(self.member(first)?, |value, name| member_of(value, name));
        text(found?)
    }

    /// `requestParameters` as written, `null` included.
    pub fn request_parameters(&self) -> Option<&[u8]> {
        self.head.written(&self.raw, Field::RequestParameters)
    }

    fn optional(&self, field: Field) -> Option<Cow<'_, str>> {
        self.head.written(&self.raw, field).map(decode)
    }

    fn required(&self, field: Field) -> Cow<'_, str> {
        decode(self.head.written(&self.raw, field).unwrap_or_default())
    }
}

/// Two events are equal when their bytes are.
impl PartialEq for Event {
    fn eq(&self, other: &Self) -> bool {
        self.raw == other.raw
    }
}

impl Eq for Event {}

fn parse_head(raw: &[u8]) -> Result<Head, Flaw> {
    let open = scan::skip_space(raw, 0);
    if scan::peek(raw, open) != b'{' {
        scan::skip_value(raw, open, 0)?;
        scan::check_utf8(raw)?;
        return Err(Flaw::new(Reason::NotAnObject, open));
    }
    let scanned = head::scan(raw, open, false).map_err(Stop::into_flaw)?;
    let trailing = scan::skip_space(raw, scanned.end);
    if trailing != raw.len() {
        return Err(Flaw::new(Reason::TrailingBytes, trailing));
    }
    scanned.head
}

/// The last member of this name in an object of a record; `None` in any other value.
fn member_of<'a>(object: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let mut value = None;
    if scan::peek(object, 0) == b'{' {
        // The bytes were validated, so the walk cannot fail.
        let _ = scan::object(object, 0, |key, at| {
            let end = scan::skip_value(object, at, 1)?;
            if *decode(&object[key.start..key.end]) == *name {
                value = Some(&object[at..end]);
            }
            Ok::<usize, Flaw>(end)
        });
    }
    value
}

fn text(written: &[u8]) -> Option<Cow<'_, str>> {
    Some(decode(written.strip_prefix(b"\"")?.strip_suffix(b"\"")?))
}

/// What stands behind the first `count` separators: a session name stands behind the colon of
/// `principalId`, and behind the role in the ARN.
fn behind(text: Cow<'_, str>, separator: char, count: usize) -> Option<Cow<'_, str>> {
    let part = |text: &str| {
        let (at, _) = text.match_indices(separator).nth(count - 1)?;
        (at + 1 < text.len()).then_some(at + 1)
    };
    let at = part(&text)?;
    Some(match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[at..]),
        Cow::Owned(mut text) => Cow::Owned(text.split_off(at)),
    })
}

#[cfg(test)]
mod tests;
