//! What records call a service, where that is not what it signs with.

/// `eventSource` is the name in the credential scope, but for these.
const EVENT_SOURCES: &[(&str, &str)] = &[
    ("apigatewaymanagementapi", "apigateway"),
    ("application-autoscaling", "autoscaling"),
    ("connectparticipant", "connect"),
    ("finspace-data", "finspace-api"),
    ("iot-jobs-data", "iot"),
    ("marketplace-agreement", "agreement-marketplace"),
    ("marketplace-catalog", "marketplacecatalog"),
    ("marketplace-deployment", "deployment-marketplace"),
    ("marketplace-discovery", "discovery-marketplace"),
    ("marketplace-entitlement", "entitlement-marketplace"),
    ("marketplace-reporting", "reporting-marketplace"),
    ("meteringmarketplace", "metering-marketplace"),
    ("mq", "amazonmq"),
    ("rds-data", "rdsdata"),
    ("servicecatalog-appregistry", "servicecatalog-appregistry"),
    ("sso", "sso"),
    ("sso-oidc", "sso"),
];

/// Services whose records carry us-east-1 wherever they were called.
pub(super) const GLOBAL: &[&str] =
    &["account", "cloudfront", "iam", "organizations", "route53", "shield", "support", "waf"];

/// Names of credential scopes that lead to a service beside its own.
const ALSO_SIGNED: &[(&str, &str)] = &[("s3", "s3express s3-object-lambda s3-outposts")];

/// Which service is meant first where several sign with one name and neither name nor host tell.
const RANKS: &[(&str, u8)] = &[
    ("apigateway", 0),
    ("apigatewayv2", 1),
    ("appconfig", 0),
    ("appconfigdata", 1),
    ("bedrock-runtime", 0),
    ("bedrock", 1),
    ("connect", 0),
    ("connectscheduling", 1),
    ("elbv2", 0),
    ("elb", 1),
    ("es", 1),
    ("opensearch", 0),
    ("events", 0),
    ("eventbridgev2", 1),
    ("lambda", 0),
    ("marketplace-catalog", 0),
    ("s3outposts", 0),
    ("sagemaker", 0),
    ("sagemaker-runtime", 1),
    ("sdb", 0),
    ("ses", 0),
    ("sesv2", 1),
    ("pinpoint-email", 2),
    ("pinpoint-sms-voice-v2", 0),
    ("qconnect", 0),
];

pub(super) fn event_source(service: &str, signing_name: &str) -> String {
    let found = EVENT_SOURCES.iter().find(|(name, _)| *name == service);
    format!("{}.amazonaws.com", found.map_or(signing_name, |(_, source)| source))
}

pub(super) fn also_signed(service: &str) -> &'static str {
    ALSO_SIGNED.iter().find(|(name, _)| *name == service).map_or("", |(_, names)| names)
}

pub(super) fn rank(service: &str, signing_name: &str, endpoint_prefix: &str) -> u8 {
    match RANKS.iter().find(|(name, _)| *name == service) {
        Some((_, rank)) => *rank,
        None if service == signing_name => 0,
        None if endpoint_prefix == signing_name => 2,
        None => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_named_as_it_signs_unless_the_table_knows_better() {
        assert_eq!(event_source("sesv2", "ses"), "ses.amazonaws.com");
        assert_eq!(event_source("mq", "mq"), "amazonmq.amazonaws.com");
    }

    #[test]
    fn the_service_that_is_named_as_it_signs_is_meant_first() {
        assert!(rank("s3", "s3", "s3") < rank("s3control", "s3", "s3-control"));
        assert!(rank("elbv2", "elb", "elb") < rank("elb", "elb", "elb"));
    }
}
