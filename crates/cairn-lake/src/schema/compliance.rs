//! Configuration items and the evidence of audits.

use super::{Kind, Member};

pub(super) const CONFIGURATION_ITEMS: &[Member] = &[
    Member::text(1, "eventVersion"),
    Member::text(2, "eventCategory"),
    Member::text(3, "eventType"),
    Member::text(4, "eventID"),
    Member::new(5, "eventTime", Kind::Time),
    Member::text(6, "awsRegion"),
    Member::text(7, "recipientAccountId"),
    Member::map(8, "addendum"),
    Member::new(11, "eventData", Kind::Struct(ITEM)),
];

const ITEM: &[Member] = &[
    Member::text(12, "configurationItemVersion"),
    Member::text(13, "configurationItemCaptureTime"),
    Member::text(14, "configurationItemStatus"),
    Member::text(15, "configurationItemStateId"),
    Member::text(16, "accountId"),
    Member::text(17, "resourceType"),
    Member::text(18, "resourceId"),
    Member::text(19, "resourceName"),
    Member::text(20, "arn"),
    Member::text(21, "awsRegion"),
    Member::text(22, "availabilityZone"),
    Member::text(23, "resourceCreationTime"),
    Member::map(24, "configuration"),
    Member::map(27, "supplementaryConfiguration"),
    Member::new(30, "relatedEvents", Kind::Json),
    Member::new(31, "relationships", Kind::List(RELATIONSHIP)),
    Member::map(37, "tags"),
];

const RELATIONSHIP: &[Member] = &[
    Member::text(33, "name"),
    Member::text(34, "resourceType"),
    Member::text(35, "resourceId"),
    Member::text(36, "resourceName"),
];

pub(super) const EVIDENCE: &[Member] = &[
    Member::text(1, "eventVersion"),
    Member::text(2, "eventCategory"),
    Member::text(3, "eventType"),
    Member::text(4, "eventID"),
    Member::new(5, "eventTime", Kind::Time),
    Member::text(6, "awsRegion"),
    Member::text(7, "recipientAccountId"),
    Member::map(8, "addendum"),
    Member::new(11, "eventData", Kind::Struct(FINDING)),
];

const FINDING: &[Member] = &[
    Member::map(12, "attributes"),
    Member::text(15, "awsAccountId"),
    Member::text(16, "awsOrganization"),
    Member::text(17, "complianceCheck"),
    Member::text(18, "dataSource"),
    Member::text(19, "eventName"),
    Member::text(20, "eventSource"),
    Member::text(21, "evidenceAwsAccountId"),
    Member::text(22, "evidenceByType"),
    Member::text(23, "iamId"),
    Member::text(24, "evidenceId"),
    Member::new(25, "time", Kind::Time),
    Member::text(26, "assessmentId"),
    Member::text(27, "controlSetId"),
    Member::text(28, "controlId"),
    Member::text(29, "controlName"),
    Member::text(30, "controlDomainName"),
    Member::text(31, "frameworkName"),
    Member::text(32, "frameworkId"),
    Member::text(33, "service"),
    Member::text(34, "serviceCategory"),
    Member::text(35, "resourceArn"),
    Member::text(36, "resourceType"),
    Member::text(37, "evidenceFolderId"),
    Member::text(38, "description"),
    Member::text(39, "manualEvidenceS3ResourcePath"),
    Member::text(40, "evidenceFolderName"),
    Member::text(41, "resourceComplianceCheck"),
];
