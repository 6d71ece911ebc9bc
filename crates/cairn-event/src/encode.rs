//! Writes records: the canonical order of members, and what is cut where a record grows too large.

use std::ops::Range;

use aws_lc_rs::digest::{SHA256, digest};
use bytes::Bytes;
use cairn_core::limits;
use serde::Serialize;

/// The members of a record that Cairn writes, in the order in which it writes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Member {
    EventVersion,
    UserIdentity,
    EventTime,
    EventSource,
    EventName,
    AwsRegion,
    SourceIpAddress,
    UserAgent,
    ErrorCode,
    ErrorMessage,
    RequestParameters,
    ResponseElements,
    AdditionalEventData,
    RequestId,
    EventId,
    ReadOnly,
    Resources,
    EventType,
    ApiVersion,
    ManagementEvent,
    RecipientAccountId,
    SharedEventId,
    VpcEndpointId,
    VpcEndpointAccountId,
    ServiceEventDetails,
    EventCategory,
    TlsDetails,
    SessionCredentialFromConsole,
}

impl Member {
    const ALL: [(Member, &'static str); 28] = [
        (Self::EventVersion, "eventVersion"),
        (Self::UserIdentity, "userIdentity"),
        (Self::EventTime, "eventTime"),
        (Self::EventSource, "eventSource"),
        (Self::EventName, "eventName"),
        (Self::AwsRegion, "awsRegion"),
        (Self::SourceIpAddress, "sourceIPAddress"),
        (Self::UserAgent, "userAgent"),
        (Self::ErrorCode, "errorCode"),
        (Self::ErrorMessage, "errorMessage"),
        (Self::RequestParameters, "requestParameters"),
        (Self::ResponseElements, "responseElements"),
        (Self::AdditionalEventData, "additionalEventData"),
        (Self::RequestId, "requestID"),
        (Self::EventId, "eventID"),
        (Self::ReadOnly, "readOnly"),
        (Self::Resources, "resources"),
        (Self::EventType, "eventType"),
        (Self::ApiVersion, "apiVersion"),
        (Self::ManagementEvent, "managementEvent"),
        (Self::RecipientAccountId, "recipientAccountId"),
        (Self::SharedEventId, "sharedEventID"),
        (Self::VpcEndpointId, "vpcEndpointId"),
        (Self::VpcEndpointAccountId, "vpcEndpointAccountId"),
        (Self::ServiceEventDetails, "serviceEventDetails"),
        (Self::EventCategory, "eventCategory"),
        (Self::TlsDetails, "tlsDetails"),
        (Self::SessionCredentialFromConsole, "sessionCredentialFromConsole"),
    ];

    /// The order in which members give way until the record fits.
    const CUT_ORDER: [Member; 8] = [
        Self::RequestId,
        Self::AdditionalEventData,
        Self::ServiceEventDetails,
        Self::UserAgent,
        Self::ErrorCode,
        Self::ResponseElements,
        Self::RequestParameters,
        Self::ErrorMessage,
    ];

    pub(crate) fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// How many bytes of JSON the member may have; above this it is omitted as a whole.
    fn limit(self) -> Option<usize> {
        match self {
            Self::RequestParameters | Self::ResponseElements | Self::ServiceEventDetails => {
                Some(limits::PARAMETERS_BYTES)
            }
            Self::AdditionalEventData => Some(limits::ADDITIONAL_DATA_BYTES),
            _ => None,
        }
    }
}

/// A member that the record could not hold whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// The member's name, for example `requestParameters`.
    pub member: &'static str,
    /// SHA-256 of `whole`; the record names it where the member was an object.
    pub sha256: [u8; 32],
    /// The member's value before the cut, as JSON.
    pub whole: Bytes,
}

/// Most records fit, so that they are written without growing.
const USUAL_BYTES: usize = 2048;

/// The members of one record, each written already.
#[derive(Debug, Clone)]
pub(crate) struct Members {
    /// One behind the other, in the order in which they were set.
    written: Vec<u8>,
    /// Where each is; empty where it is not set, for no JSON is.
    places: [Range<usize>; Member::ALL.len()],
    cuts: Vec<Cut>,
}

impl Members {
    pub(crate) fn new() -> Self {
        Self {
            written: Vec::with_capacity(USUAL_BYTES),
            places: [const { 0..0 }; Member::ALL.len()],
            cuts: Vec::new(),
        }
    }

    /// Sets a member, or clears it with `None`.
    pub(crate) fn set(&mut self, member: Member, value: Option<&impl Serialize>) {
        let start = self.written.len();
        if let Some(value) = value {
            write(&mut self.written, value);
        }
        self.places[member as usize] = start..self.written.len();
    }

    /// Sets a short text, truncated to `limits::SHORT_TEXT_BYTES` between two characters.
    pub(crate) fn set_short(&mut self, member: Member, text: &str) {
        let kept = &text[..text.floor_char_boundary(limits::SHORT_TEXT_BYTES)];
        if kept.len() < text.len() {
            let mut whole = Vec::new();
            write(&mut whole, &text);
            self.note_cut(member, whole);
        }
        self.set(member, Some(&kept));
    }

    /// Sets an object of any size and depth; one that the record cannot hold is omitted.
    pub(crate) fn set_object(&mut self, member: Member, value: &impl Serialize, depth: usize) {
        self.set(member, Some(value));
        let size = self.size(member);
        // The record itself is one level.
        if depth >= limits::JSON_DEPTH {
            self.omit(member, "deep");
        } else if member.limit().is_some_and(|limit| size > limit) {
            self.omit(member, "large");
        }
    }

    /// The record, and what was cut from it. May still be too large where members that are never
    /// cut are.
    pub(crate) fn render(mut self) -> (Bytes, Vec<Cut>) {
        for member in Member::CUT_ORDER {
            if self.total() <= limits::RECORD_BYTES {
                break;
            }
            self.omit(member, "large");
        }
        let mut record = Vec::with_capacity(self.total());
        for (member, name) in Member::ALL {
            let value = self.value(member);
            if value.is_empty() {
                continue;
            }
            record.push(if record.is_empty() { b'{' } else { b',' });
            record.push(b'"');
            record.extend_from_slice(name.as_bytes());
            record.extend_from_slice(b"\":");
            record.extend_from_slice(value);
        }
        record.push(b'}');
        (record.into(), self.cuts)
    }

    /// The bytes that the record will have: each member brings quotes, colon and comma or brace.
    fn total(&self) -> usize {
        let set = Member::ALL.iter().filter(|(member, _)| self.size(*member) > 0);
        set.map(|(member, name)| name.len() + self.size(*member) + 4).sum::<usize>() + 1
    }

    fn size(&self, member: Member) -> usize {
        self.places[member as usize].len()
    }

    fn value(&self, member: Member) -> &[u8] {
        let place = self.places[member as usize].clone();
        self.written.get(place).unwrap_or_default()
    }

    /// Cuts a member. An object leaves a mark that says what was there; a text leaves nothing.
    fn omit(&mut self, member: Member, why: &str) {
        let size = self.size(member);
        let is_object = member.limit().is_some();
        if size == 0 {
            return;
        }
        if self.cuts.iter().any(|cut| cut.member == member.name()) {
            // Its mark, or the start of its text, is there already.
            if !is_object {
                self.places[member as usize] = 0..0;
            }
            return;
        }
        let sha256 = self.note_cut(member, self.value(member).to_vec());
        let mark = Omission {
            omitted: true,
            reason: format!("{} too {why}", member.name()),
            original_size: size,
            sha256: hex::encode(sha256),
        };
        self.set(member, is_object.then_some(&mark));
    }

    fn note_cut(&mut self, member: Member, whole: Vec<u8>) -> [u8; 32] {
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(digest(&SHA256, &whole).as_ref());
        self.cuts.push(Cut { member: member.name(), sha256, whole: whole.into() });
        sha256
    }
}

/// What stands in a record where an object was too large for it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Omission {
    omitted: bool,
    reason: String,
    original_size: usize,
    sha256: String,
}

fn write(into: &mut Vec<u8>, value: &impl Serialize) {
    serde_json::to_writer(into, value)
        .expect("values of records have text keys and numbers that are JSON");
}

#[cfg(test)]
mod tests;
