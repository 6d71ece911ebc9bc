//! Writes records: the canonical order of members, and what is cut where a record grows too large.

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

/// The members of one record, each written already.
#[derive(Debug)]
pub(crate) struct Members {
    written: [Option<Vec<u8>>; Member::ALL.len()],
    cuts: Vec<Cut>,
}

impl Members {
    pub(crate) fn new() -> Self {
        Self { written: [const { None }; Member::ALL.len()], cuts: Vec::new() }
    }

    /// Sets a member, or clears it with `None`.
    pub(crate) fn set(&mut self, member: Member, value: Option<&impl Serialize>) {
        self.written[member as usize] = value.map(write);
    }

    /// Sets a short text, truncated to `limits::SHORT_TEXT_BYTES` between two characters.
    pub(crate) fn set_short(&mut self, member: Member, text: &str) {
        let kept = &text[..text.floor_char_boundary(limits::SHORT_TEXT_BYTES)];
        if kept.len() < text.len() {
            self.note_cut(member, write(&text));
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
        for ((_, name), value) in Member::ALL.iter().zip(&self.written) {
            let Some(value) = value else { continue };
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
        let members = Member::ALL.iter().zip(&self.written);
        let sizes =
            members.filter_map(|((_, name), value)| Some(name.len() + value.as_ref()?.len()));
        sizes.map(|size| size + 4).sum::<usize>() + 1
    }

    fn size(&self, member: Member) -> usize {
        self.written[member as usize].as_ref().map_or(0, Vec::len)
    }

    /// Cuts a member. An object leaves a mark that says what was there; a text leaves nothing.
    fn omit(&mut self, member: Member, why: &str) {
        let Some(whole) = self.written[member as usize].take() else { return };
        let is_object = member.limit().is_some();
        let size = whole.len();
        if self.cuts.iter().any(|cut| cut.member == member.name()) {
            // Its mark, or the start of its text, is there already.
            self.written[member as usize] = is_object.then_some(whole);
            return;
        }
        let sha256 = self.note_cut(member, whole);
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

fn write(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("values of records have text keys and numbers that are JSON")
}

#[cfg(test)]
mod tests;
