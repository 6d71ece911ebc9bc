//! Management, data and network activity events.

use super::{Key, Kind, Member};

pub(super) const MEMBERS: &[Member] = &[
    Member::text(1, "eventVersion"),
    Member::new(2, "userIdentity", Kind::Struct(IDENTITY)),
    Member::new(3, "eventTime", Kind::Time),
    Member::text(4, "eventSource"),
    Member::text(5, "eventName"),
    Member::text(6, "awsRegion"),
    Member::text(7, "sourceIPAddress"),
    Member::text(8, "userAgent"),
    Member::text(9, "errorCode"),
    Member::text(10, "errorMessage"),
    Member::map(11, "requestParameters"),
    Member::map(14, "responseElements"),
    Member::map(17, "additionalEventData"),
    Member::text(20, "requestID"),
    Member::text(21, "eventID"),
    Member::new(22, "readOnly", Kind::Flag),
    Member::new(23, "resources", Kind::List(RESOURCE)),
    Member::text(29, "eventType"),
    Member::text(30, "apiVersion"),
    Member::new(31, "managementEvent", Kind::Flag),
    Member::text(32, "recipientAccountId"),
    Member::text(33, "sharedEventID"),
    Member::text(34, "annotation"),
    Member::text(35, "vpcEndpointId"),
    Member::text(36, "vpcEndpointAccountId"),
    Member::map(37, "serviceEventDetails"),
    Member::map(40, "addendum"),
    Member::map(43, "edgeDeviceDetails"),
    Member::map(46, "insightDetails"),
    Member::text(49, "eventCategory"),
    Member::new(50, "tlsDetails", Kind::Struct(TLS)),
    Member::text(54, "sessionCredentialFromConsole"),
    Member::new(55, "eventContext", Kind::Struct(CONTEXT)),
];

const IDENTITY: &[Member] = &[
    Member::text(70, "type"),
    Member::text(71, "principalId"),
    Member::text(72, "arn"),
    Member::text(73, "accountId"),
    Member::text(74, "accessKeyId"),
    Member::text(75, "userName"),
    Member::new(76, "sessionContext", Kind::Struct(SESSION)),
    Member::new(77, "onBehalfOf", Kind::Struct(ON_BEHALF_OF)),
    Member::new(78, "inScopeOf", Kind::Struct(IN_SCOPE_OF)),
    Member::text(79, "invokedBy"),
    Member::text(80, "identityProvider"),
];

const SESSION: &[Member] = &[
    Member::new(81, "attributes", Kind::Struct(SESSION_ATTRIBUTES)),
    Member::new(82, "sessionIssuer", Kind::Struct(ISSUER)),
    Member::new(83, "webIdFederationData", Kind::Struct(FEDERATION)),
    Member::text(84, "sourceIdentity"),
    Member::text(85, "ec2RoleDelivery"),
    Member::text(86, "ec2IssuedInVpc"),
];

const SESSION_ATTRIBUTES: &[Member] =
    &[Member::new(87, "creationDate", Kind::Time), Member::text(88, "mfaAuthenticated")];

const ISSUER: &[Member] = &[
    Member::text(89, "type"),
    Member::text(90, "principalId"),
    Member::text(91, "arn"),
    Member::text(92, "accountId"),
    Member::text(93, "userName"),
];

const FEDERATION: &[Member] =
    &[Member::text(94, "federatedProvider"), Member::map(95, "attributes")];

const ON_BEHALF_OF: &[Member] = &[Member::text(98, "userId"), Member::text(99, "identityStoreArn")];

const IN_SCOPE_OF: &[Member] = &[
    Member::text(100, "sourceArn"),
    Member::text(101, "sourceAccount"),
    Member::text(102, "issuerType"),
    Member::text(103, "credentialsIssuedTo"),
];

const RESOURCE: &[Member] = &[
    Member::text(25, "accountId"),
    Member::text(26, "type"),
    Member::text(27, "ARN"),
    Member::text(28, "ARNPrefix"),
];

const TLS: &[Member] = &[
    Member::text(51, "tlsVersion"),
    Member::text(52, "cipherSuite"),
    Member::text(53, "clientProvidedHostHeader"),
];

const CONTEXT: &[Member] =
    &[Member::map(56, "requestContext"), Member::new(59, "tagContext", Kind::Struct(TAG_CONTEXT))];

const TAG_CONTEXT: &[Member] =
    &[Member::map(60, "principalTags"), Member::new(63, "resourceTags", Kind::List(RESOURCE_TAGS))];

const RESOURCE_TAGS: &[Member] = &[Member::text(65, "arn"), Member::map(66, "tags")];

/// What questions about who did something look at.
pub(super) const PROMOTED: &[(&[&str], &str)] = &[
    (&["useridentity", "type"], "_useridentity_type"),
    (&["useridentity", "principalid"], "_useridentity_principalid"),
    (&["useridentity", "arn"], "_useridentity_arn"),
    (&["useridentity", "accountid"], "_useridentity_accountid"),
    (&["useridentity", "accesskeyid"], "_useridentity_accesskeyid"),
    (&["useridentity", "username"], "_useridentity_username"),
    (&["useridentity", "invokedby"], "_useridentity_invokedby"),
    (
        &["useridentity", "sessioncontext", "attributes", "mfaauthenticated"],
        "_session_mfaauthenticated",
    ),
    (&["useridentity", "sessioncontext", "sessionissuer", "arn"], "_sessionissuer_arn"),
    (&["useridentity", "sessioncontext", "sessionissuer", "username"], "_sessionissuer_username"),
];

/// What questions about something that was done look for in the parameters. Values that are as many
/// as events, such as the keys of objects, would be stored twice for little.
pub(super) const KEYS: &[Key] = &[
    key(1, "requestparameters", "bucketName", "_requestparameters_bucketname"),
    key(2, "requestparameters", "instanceType", "_requestparameters_instancetype"),
    key(3, "requestparameters", "roleArn", "_requestparameters_rolearn"),
    key(4, "requestparameters", "roleName", "_requestparameters_rolename"),
    key(5, "requestparameters", "userName", "_requestparameters_username"),
    key(6, "requestparameters", "policyArn", "_requestparameters_policyarn"),
    key(7, "requestparameters", "groupId", "_requestparameters_groupid"),
    key(8, "requestparameters", "functionName", "_requestparameters_functionname"),
    key(9, "requestparameters", "keyId", "_requestparameters_keyid"),
    key(10, "requestparameters", "secretId", "_requestparameters_secretid"),
    key(11, "responseelements", "ConsoleLogin", "_responseelements_consolelogin"),
    key(12, "additionaleventdata", "MFAUsed", "_additionaleventdata_mfaused"),
];

const fn key(id: u8, map: &'static str, name: &'static str, column: &'static str) -> Key {
    Key { id, map, name, column }
}
