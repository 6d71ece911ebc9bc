//! The services that record network activity.

/// Whether the `eventSource` is of a service whose network activity can be selected.
pub(super) fn has_network_activity(source: &str) -> bool {
    let name = source.strip_suffix(".amazonaws.com");
    name.is_some_and(|name| SERVICES.binary_search(&name).is_ok())
}

/// In order.
const SERVICES: &[&str] = &[
    "aco-automation",
    "appconfig",
    "application-signals",
    "appmesh",
    "athena",
    "b2bi",
    "backup-gateway",
    "bcm-data-exports",
    "bcm-pricing-calculator",
    "bedrock",
    "bedrock-agentcore",
    "billing",
    "cassandra",
    "ce",
    "cloudcontrolapi",
    "cloudformation",
    "cloudhsm",
    "cloudoptimization",
    "cloudtrail",
    "codedeploy",
    "comprehend",
    "comprehendmedical",
    "config",
    "ds",
    "dynamodb",
    "ec2",
    "ecs",
    "elasticfilesystem",
    "elasticloadbalancing",
    "events",
    "firehose",
    "frauddetector",
    "freetier",
    "fsx",
    "glue",
    "healthlake",
    "invoicing",
    "iot",
    "iotfleetwise",
    "iotsecuredtunneling",
    "kms",
    "lakeformation",
    "lambda",
    "license-manager",
    "lookoutequipment",
    "lookoutvision",
    "monitoring",
    "nova-act",
    "personalize",
    "qbusiness",
    "rds",
    "rekognition",
    "rolesanywhere",
    "s3",
    "sagemaker",
    "scheduler",
    "secretsmanager",
    "servicediscovery",
    "sns",
    "sqs",
    "ssm",
    "ssm-contacts",
    "storagegateway",
    "swf",
    "textract",
    "transcribe",
    "transcribestreaming",
    "transform",
    "transform-agents",
    "transform-custom",
    "translate",
    "user-subscriptions",
    "verifiedpermissions",
    "voiceid",
    "workmail",
    "workmailmessageflow",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_in_order() {
        assert!(SERVICES.is_sorted());
        assert!(has_network_activity("kms.amazonaws.com"));
        assert!(!has_network_activity("kms"));
        assert!(!has_network_activity("iam.amazonaws.com"));
    }
}
