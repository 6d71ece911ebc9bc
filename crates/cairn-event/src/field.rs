//! The members that the head reads, and how their names lead to them.

/// A member that the head reads. Those before [`Field::PLACED`] have their place kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Field {
    EventId,
    EventTime,
    EventName,
    EventSource,
    AwsRegion,
    SourceIpAddress,
    UserAgent,
    ErrorCode,
    ErrorMessage,
    RequestParameters,
    RequestId,
    Resources,
    EventType,
    RecipientAccountId,
    SharedEventId,
    IdentityType,
    PrincipalId,
    Arn,
    AccountId,
    AccessKeyId,
    UserName,
    InvokedBy,
    IssuerArn,

    ReadOnly,
    ManagementEvent,
    EventCategory,
    UserIdentity,
    SessionContext,
    SessionIssuer,
    InsightDetails,
    InsightName,
    InsightSource,
    ResourceArn,
    ResourceArnPrefix,
    ResourceType,
    EventData,
    OutsideName,
    OutsideSource,
    OutsideIpAddress,
    OutsideAgent,
    OutsideErrorCode,
    OutsideErrorMessage,
    OutsideParameters,
    OutsideIdentityType,
    OutsidePrincipal,
    OutsideIdentity,
}

impl Field {
    /// How many fields have their place kept.
    pub(crate) const PLACED: usize = Field::IssuerArn as usize + 1;

    /// The fields of events from outside whose places are noted, and what each stands for.
    pub(crate) const OUTSIDE: [(Self, Self); 10] = [
        (Self::OutsideName, Self::EventName),
        (Self::OutsideSource, Self::EventSource),
        (Self::OutsideIpAddress, Self::SourceIpAddress),
        (Self::OutsideAgent, Self::UserAgent),
        (Self::OutsideErrorCode, Self::ErrorCode),
        (Self::OutsideErrorMessage, Self::ErrorMessage),
        (Self::OutsideParameters, Self::RequestParameters),
        (Self::OutsideIdentityType, Self::IdentityType),
        (Self::OutsidePrincipal, Self::PrincipalId),
        // The one name that somebody outside has.
        (Self::OutsidePrincipal, Self::UserName),
    ];
    /// How many fields of events from outside have their place noted.
    pub(crate) const NOTED: usize = Self::OutsideIdentity as usize - Self::OutsideName as usize;

    /// The place of a field of an event from outside among those that are noted.
    pub(crate) const fn outside(self) -> usize {
        self as usize - Self::OutsideName as usize
    }

    /// This field's bit in a set of fields.
    pub(crate) const fn bit(self) -> u64 {
        1 << self as u8
    }

    /// A member of the record itself.
    #[inline(always)]
    pub(crate) fn of_record(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"eventID" => Self::EventId,
            b"eventTime" => Self::EventTime,
            b"eventName" => Self::EventName,
            b"eventSource" => Self::EventSource,
            b"awsRegion" => Self::AwsRegion,
            b"sourceIPAddress" => Self::SourceIpAddress,
            b"userAgent" => Self::UserAgent,
            b"errorCode" => Self::ErrorCode,
            b"errorMessage" => Self::ErrorMessage,
            b"requestParameters" => Self::RequestParameters,
            b"requestID" => Self::RequestId,
            b"resources" => Self::Resources,
            b"eventType" => Self::EventType,
            b"recipientAccountId" => Self::RecipientAccountId,
            b"sharedEventID" => Self::SharedEventId,
            b"readOnly" => Self::ReadOnly,
            b"managementEvent" => Self::ManagementEvent,
            b"eventCategory" => Self::EventCategory,
            b"userIdentity" => Self::UserIdentity,
            b"insightDetails" => Self::InsightDetails,
            b"eventData" => Self::EventData,
            _ => return None,
        })
    }

    /// A member of `userIdentity`.
    #[inline(always)]
    pub(crate) fn of_identity(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"type" => Self::IdentityType,
            b"principalId" => Self::PrincipalId,
            b"arn" => Self::Arn,
            b"accountId" => Self::AccountId,
            b"accessKeyId" => Self::AccessKeyId,
            b"userName" => Self::UserName,
            b"sessionContext" => Self::SessionContext,
            b"invokedBy" => Self::InvokedBy,
            _ => return None,
        })
    }

    /// A member of `userIdentity.sessionContext`.
    #[inline(always)]
    pub(crate) fn of_session(name: &[u8]) -> Option<Self> {
        (name == b"sessionIssuer").then_some(Self::SessionIssuer)
    }

    /// A member of `userIdentity.sessionContext.sessionIssuer`.
    #[inline(always)]
    pub(crate) fn of_issuer(name: &[u8]) -> Option<Self> {
        (name == b"arn").then_some(Self::IssuerArn)
    }

    /// A member of `insightDetails`, which is where Insights events have these two.
    #[inline(always)]
    pub(crate) fn of_insight(name: &[u8]) -> Option<Self> {
        match name {
            b"eventName" => Some(Self::InsightName),
            b"eventSource" => Some(Self::InsightSource),
            _ => None,
        }
    }

    /// A member of `eventData`, which is where events from outside have what others have above.
    #[inline(always)]
    pub(crate) fn of_event_data(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"eventName" => Self::OutsideName,
            b"eventSource" => Self::OutsideSource,
            b"sourceIPAddress" => Self::OutsideIpAddress,
            b"userAgent" => Self::OutsideAgent,
            b"errorCode" => Self::OutsideErrorCode,
            b"errorMessage" => Self::OutsideErrorMessage,
            b"requestParameters" => Self::OutsideParameters,
            b"userIdentity" => Self::OutsideIdentity,
            _ => return None,
        })
    }

    /// A member of `eventData.userIdentity`.
    #[inline(always)]
    pub(crate) fn of_outside_identity(name: &[u8]) -> Option<Self> {
        match name {
            b"type" => Some(Self::OutsideIdentityType),
            b"principalId" => Some(Self::OutsidePrincipal),
            _ => None,
        }
    }

    /// A member of one of the `resources`.
    #[inline(always)]
    pub(crate) fn of_resource(name: &[u8]) -> Option<Self> {
        match name {
            b"ARN" => Some(Self::ResourceArn),
            b"ARNPrefix" => Some(Self::ResourceArnPrefix),
            b"type" => Some(Self::ResourceType),
            _ => None,
        }
    }
}
