//! Makes the records of calls that Cairn itself saw.

use cairn_core::{AccountId, Timestamp};
use serde::Serialize;

use crate::encode::{Cut, Member, Members};
use crate::{Category, Event, Flaw, Identity, Json, Redactor};

/// The `eventVersion` of the records that Cairn makes.
pub const EVENT_VERSION: &str = "1.11";

/// What every record says.
#[derive(Debug, Clone, Copy)]
pub struct Action<'a> {
    /// `eventID`: 1 to `limits::EVENT_ID_BYTES` bytes.
    pub id: &'a str,
    /// When the request was completed.
    pub time: Timestamp,
    /// The service, for example `sts.amazonaws.com`.
    pub source: &'a str,
    /// The operation.
    pub name: &'a str,
    /// The Region that the request went to.
    pub region: &'a str,
}

/// `eventType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub enum EventType {
    AwsApiCall,
    AwsServiceEvent,
    AwsConsoleAction,
    AwsConsoleSignIn,
    AwsCloudTrailInsight,
    AwsVpceEvent,
    AwsAggregatedEvent,
}

/// An element of `resources`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventResource {
    /// The account that owns the resource.
    pub account: AccountId,
    /// For example `AWS::IAM::User`.
    pub kind: Option<String>,
    pub arn: String,
}

/// `tlsDetails`, as far as they are known.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TlsDetails {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cipher_suite: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_provided_host_header: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_exchange: Option<String>,
}

/// A finished record.
#[derive(Debug, Clone)]
pub struct Built {
    pub event: Event,
    /// The members that the record could not hold whole, to be kept elsewhere.
    pub cuts: Vec<Cut>,
}

/// Makes one record, with its members in canonical order.
///
/// A management event of type `AwsApiCall` unless told otherwise. `requestParameters` and
/// `responseElements` are always written, `null` where there is nothing to say; other members are
/// left out. Parameter trees pass a [`Redactor`] for unknown shapes; what is known to be secret
/// beyond that, the caller hides before.
///
/// Sizes: `userAgent`, `errorCode`, `errorMessage` and `requestID` are truncated; an object above
/// its limit is replaced by a mark with its size and SHA-256; a record above `limits::RECORD_BYTES`
/// gives up `requestID`, `additionalEventData`, `serviceEventDetails`, `userAgent`, `errorCode`,
/// `responseElements`, `requestParameters`, `errorMessage`, in this order, until it fits.
#[derive(Debug)]
pub struct EventBuilder {
    /// Large, and the builder is moved at each step.
    members: Box<Members>,
    resources: Vec<EventResource>,
    redactor: Redactor,
}

impl EventBuilder {
    pub fn new(action: Action<'_>, identity: &Identity) -> Self {
        let mut members = Box::new(Members::new());
        members.set(Member::EventVersion, Some(&EVENT_VERSION));
        members.set(Member::UserIdentity, Some(identity));
        members.set(Member::EventTime, Some(&action.time.to_string()));
        members.set(Member::EventSource, Some(&action.source));
        members.set(Member::EventName, Some(&action.name));
        members.set(Member::AwsRegion, Some(&action.region));
        members.set(Member::EventId, Some(&action.id));
        members.set(Member::RequestParameters, Some(&Json::Null));
        members.set(Member::ResponseElements, Some(&Json::Null));
        Self { members, resources: Vec::new(), redactor: Redactor::unknown() }
            .event_type(EventType::AwsApiCall)
            .category(Category::Management)
    }

    /// Whether the trees that follow had their secrets hidden by their shapes already: then only
    /// names that are a secret everywhere are hidden, not those that merely sound like one.
    pub fn shaped(mut self, shaped: bool) -> Self {
        if shaped {
            self.redactor = Redactor::known(&[]);
        }
        self
    }

    /// `sourceIPAddress`: the client's address, or the service that called.
    pub fn source_ip(self, address: &str) -> Self {
        self.with(Member::SourceIpAddress, &address)
    }

    /// `userAgent`, truncated.
    pub fn user_agent(self, agent: &str) -> Self {
        self.with_short(Member::UserAgent, agent)
    }

    /// `errorCode` and `errorMessage`, truncated.
    pub fn error(self, code: &str, message: Option<&str>) -> Self {
        let this = self.with_short(Member::ErrorCode, code);
        match message {
            Some(message) => this.with_short(Member::ErrorMessage, message),
            None => this,
        }
    }

    /// `requestParameters`, redacted.
    pub fn request_parameters(self, parameters: Json) -> Self {
        self.with_object(Member::RequestParameters, parameters)
    }

    /// `responseElements`, redacted.
    pub fn response_elements(self, elements: Json) -> Self {
        self.with_object(Member::ResponseElements, elements)
    }

    /// `additionalEventData`, redacted.
    pub fn additional_event_data(self, data: Json) -> Self {
        self.with_object(Member::AdditionalEventData, data)
    }

    /// `serviceEventDetails`, redacted.
    pub fn service_event_details(self, details: Json) -> Self {
        self.with_object(Member::ServiceEventDetails, details)
    }

    /// `requestID`, truncated.
    pub fn request_id(self, id: &str) -> Self {
        self.with_short(Member::RequestId, id)
    }

    /// `readOnly`.
    pub fn read_only(self, value: bool) -> Self {
        self.with(Member::ReadOnly, &value)
    }

    /// Adds an element to `resources`.
    pub fn resource(mut self, resource: EventResource) -> Self {
        self.resources.push(resource);
        self
    }

    /// `eventType`.
    pub fn event_type(self, value: EventType) -> Self {
        self.with(Member::EventType, &value)
    }

    /// `apiVersion`, for example `2012-08-10`.
    pub fn api_version(self, version: &str) -> Self {
        self.with(Member::ApiVersion, &version)
    }

    /// `eventCategory`, and the `managementEvent` that goes with it.
    pub fn category(mut self, category: Category) -> Self {
        let management = match category {
            Category::Management => Some(true),
            Category::Data => Some(false),
            Category::Insight
            | Category::NetworkActivity
            | Category::ActivityAuditLog
            | Category::ConfigurationItem
            | Category::Evidence
            | Category::Other => None,
        };
        self.members.set(Member::ManagementEvent, management.as_ref());
        self.with(Member::EventCategory, &category.as_str())
    }

    /// `recipientAccountId`: the account whose log this record is for.
    pub fn recipient(self, account: AccountId) -> Self {
        self.with(Member::RecipientAccountId, &account.to_string())
    }

    /// `sharedEventID`: the same for all records of an action that several accounts get.
    pub fn shared_event_id(self, id: &str) -> Self {
        self.with(Member::SharedEventId, &id)
    }

    /// `vpcEndpointId` and its owner.
    pub fn vpc_endpoint(self, id: &str, owner: AccountId) -> Self {
        self.with(Member::VpcEndpointId, &id).with(Member::VpcEndpointAccountId, &owner.to_string())
    }

    /// `tlsDetails`.
    pub fn tls(self, details: &TlsDetails) -> Self {
        self.with(Member::TlsDetails, details)
    }

    /// `sessionCredentialFromConsole`, which is written only where it is true.
    pub fn from_console(self) -> Self {
        self.with(Member::SessionCredentialFromConsole, &"true")
    }

    /// Writes the record. Fails where the id is no event id, another required text is empty, or the
    /// members that are never cut are too large by themselves.
    pub fn build(mut self) -> Result<Built, Flaw> {
        if !self.resources.is_empty() {
            let list: Vec<_> = self.resources.iter().map(Element::from).collect();
            self.members.set(Member::Resources, Some(&list));
        }
        let (raw, cuts) = self.members.render();
        Ok(Built { event: Event::parse(raw)?, cuts })
    }

    fn with(mut self, member: Member, value: &impl Serialize) -> Self {
        self.members.set(member, Some(value));
        self
    }

    fn with_short(mut self, member: Member, text: &str) -> Self {
        self.members.set_short(member, text);
        self
    }

    fn with_object(mut self, member: Member, mut value: Json) -> Self {
        self.redactor.redact(&mut value);
        self.members.set_object(member, &value, value.depth());
        self
    }
}

/// An element of `resources` as it is written.
#[derive(Serialize)]
struct Element<'a> {
    #[serde(rename = "accountId")]
    account: String,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'a str>,
    #[serde(rename = "ARN")]
    arn: &'a str,
}

impl<'a> From<&'a EventResource> for Element<'a> {
    fn from(resource: &'a EventResource) -> Self {
        Self {
            account: resource.account.to_string(),
            kind: resource.kind.as_deref(),
            arn: &resource.arn,
        }
    }
}

#[cfg(test)]
mod tests;
