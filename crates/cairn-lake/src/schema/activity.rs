//! Events from outside of AWS.

use super::{Kind, Member};

pub(super) const MEMBERS: &[Member] = &[
    Member::text(1, "eventVersion"),
    Member::text(2, "eventCategory"),
    Member::text(3, "eventType"),
    Member::text(4, "eventID"),
    Member::new(5, "eventTime", Kind::Time),
    Member::text(6, "awsRegion"),
    Member::text(7, "recipientAccountId"),
    Member::new(8, "addendum", Kind::Struct(ADDENDUM)),
    Member::new(9, "metadata", Kind::Struct(METADATA)),
    Member::new(10, "eventData", Kind::Struct(DATA)),
];

const ADDENDUM: &[Member] = &[
    Member::text(11, "reason"),
    Member::text(12, "updatedFields"),
    Member::text(13, "originalUID"),
    Member::text(14, "originalEventID"),
];

const METADATA: &[Member] = &[Member::text(15, "ingestionTime"), Member::text(16, "channelARN")];

const DATA: &[Member] = &[
    Member::text(17, "version"),
    Member::new(18, "userIdentity", Kind::Struct(IDENTITY)),
    Member::text(19, "userAgent"),
    Member::text(20, "eventSource"),
    Member::text(21, "eventName"),
    Member::text(22, "eventTime"),
    Member::text(23, "UID"),
    Member::map(24, "requestParameters"),
    Member::map(27, "responseElements"),
    Member::text(30, "errorCode"),
    Member::text(31, "errorMessage"),
    Member::text(32, "sourceIPAddress"),
    Member::text(33, "recipientAccountId"),
    Member::map(34, "additionalEventData"),
];

const IDENTITY: &[Member] =
    &[Member::text(37, "type"), Member::text(38, "principalId"), Member::map(39, "details")];

pub(super) const PROMOTED: &[(&[&str], &str)] = &[
    (&["eventdata", "eventname"], "_eventdata_eventname"),
    (&["eventdata", "uid"], "_eventdata_uid"),
    (&["eventdata", "useridentity", "principalid"], "_eventdata_principalid"),
];
