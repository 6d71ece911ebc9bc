//! Insights events, flat as event data stores keep them.

use super::{Kind, Member};

pub(super) const MEMBERS: &[Member] = &[
    Member::text(1, "eventVersion"),
    Member::text(2, "eventCategory"),
    Member::text(3, "eventType"),
    Member::text(4, "eventID"),
    Member::new(5, "eventTime", Kind::Time),
    Member::text(6, "awsRegion"),
    Member::text(7, "recipientAccountId"),
    Member::text(8, "sharedEventID"),
    Member::map(9, "addendum"),
    Member::text(12, "insightSource"),
    Member::text(13, "insightState"),
    Member::text(14, "insightEventSource"),
    Member::text(15, "insightEventName"),
    Member::text(16, "insightErrorCode"),
    Member::text(17, "insightType"),
    Member::new(18, "insightContext", Kind::Struct(CONTEXT)),
];

const CONTEXT: &[Member] = &[
    Member::new(19, "baselineAverage", Kind::Number),
    Member::new(20, "insightAverage", Kind::Number),
    Member::new(21, "baselineDuration", Kind::Whole),
    Member::new(22, "insightDuration", Kind::Whole),
    Member::new(23, "attributions", Kind::List(ATTRIBUTION)),
];

const ATTRIBUTION: &[Member] = &[
    Member::text(25, "attribute"),
    Member::text(26, "insightValue"),
    Member::new(27, "insightAverage", Kind::Number),
    Member::text(28, "baselineValue"),
    Member::new(29, "baselineAverage", Kind::Number),
    Member::new(30, "insight", Kind::List(INSIGHT_SHARE)),
    Member::new(34, "baseline", Kind::List(BASELINE_SHARE)),
];

const INSIGHT_SHARE: &[Member] =
    &[Member::text(32, "value"), Member::new(33, "average", Kind::Number)];

const BASELINE_SHARE: &[Member] =
    &[Member::text(36, "value"), Member::new(37, "average", Kind::Number)];
