//! The log group and the role to write to it with.

use cairn_store::TrailSettings;

use crate::refusal::{Refusal, Why};

/// There are no log groups, so each that is named is one that does not exist.
pub(super) fn check(settings: &TrailSettings) -> Result<(), Refusal> {
    match (&settings.log_group_arn, &settings.log_role_arn) {
        (None, None) => Ok(()),
        (Some(_), None) => {
            let text = "You must specify a role ARN as well as a log group.";
            Err(Refusal::new(Why::InvalidCloudWatchLogsRoleArn, text))
        }
        (None, Some(_)) => {
            let text = "You must specify a log group as well as a role ARN.";
            Err(Refusal::new(Why::InvalidCloudWatchLogsLogGroupArn, text))
        }
        (Some(_), Some(_)) => {
            let text = "CloudTrail cannot validate the specified log group ARN.";
            Err(Refusal::new(Why::InvalidCloudWatchLogsLogGroupArn, text))
        }
    }
}
