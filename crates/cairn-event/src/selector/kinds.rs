//! The types of resources that have data events.

use cairn_core::Arn;

/// Whether a selector may name the type as `resources.type`.
pub fn is_data_kind(kind: &str) -> bool {
    service_of(kind).is_some()
}

/// Whether the text is a whole ARN of a resource of this type.
pub(super) fn is_arn_of(kind: &str, text: &str) -> bool {
    let (Some(service), Some(arn)) = (service_of(kind), Arn::parse(text)) else { return false };
    let of_service = service.is_empty() || service == arn.service;
    of_service && arn.resource.starts_with(resource_of(kind))
}

/// The service in the ARNs of the type; empty where it is not known.
fn service_of(kind: &str) -> Option<&'static str> {
    let at = KINDS.binary_search_by(|(name, _)| name.cmp(&kind)).ok()?;
    Some(KINDS[at].1)
}

/// What the resource in the ARNs of the type begins with.
fn resource_of(kind: &str) -> &'static str {
    match kind {
        "AWS::DynamoDB::Table" | "AWS::DynamoDB::Stream" => "table/",
        "AWS::Lambda::Function" => "function:",
        "AWS::CloudTrail::Channel" => "channel/",
        "AWS::S3::AccessPoint" | "AWS::S3ObjectLambda::AccessPoint" => "accesspoint",
        "AWS::EC2::Snapshot" => "snapshot/",
        _ => "",
    }
}

/// In order: the type and the service of its ARNs.
const KINDS: &[(&str, &str)] = &[
    ("AWS::AIDevOps::AgentSpace", ""),
    ("AWS::AIDevOps::Association", ""),
    ("AWS::AIDevOps::OperatorAppTeam", ""),
    ("AWS::AIDevOps::PipelineMetadata", ""),
    ("AWS::AIDevOps::Service", ""),
    ("AWS::AIOps::InvestigationGroup", ""),
    ("AWS::AppConfig::Configuration", "appconfig"),
    ("AWS::AppSync::GraphQLApi", "appsync"),
    ("AWS::B2BI::Transformer", "b2bi"),
    ("AWS::Backup::SearchJob", ""),
    ("AWS::Bedrock::AdvancedOptimizePromptJob", "bedrock"),
    ("AWS::Bedrock::AgentAlias", "bedrock"),
    ("AWS::Bedrock::AsyncInvoke", "bedrock"),
    ("AWS::Bedrock::AutomatedReasoningPolicy", "bedrock"),
    ("AWS::Bedrock::AutomatedReasoningPolicyVersion", "bedrock"),
    ("AWS::Bedrock::Blueprint", "bedrock"),
    ("AWS::Bedrock::DataAutomationInvocation", "bedrock"),
    ("AWS::Bedrock::DataAutomationProfile", "bedrock"),
    ("AWS::Bedrock::DataAutomationProject", "bedrock"),
    ("AWS::Bedrock::FlowAlias", "bedrock"),
    ("AWS::Bedrock::FlowExecution", "bedrock"),
    ("AWS::Bedrock::Guardrail", "bedrock"),
    ("AWS::Bedrock::InlineAgent", "bedrock"),
    ("AWS::Bedrock::KnowledgeBase", "bedrock"),
    ("AWS::Bedrock::Model", "bedrock"),
    ("AWS::Bedrock::PromptVersion", "bedrock"),
    ("AWS::Bedrock::Session", "bedrock"),
    ("AWS::Bedrock::Tool", "bedrock"),
    ("AWS::BedrockAgentCore::APIKeyCredentialProvider", "bedrock-agentcore"),
    ("AWS::BedrockAgentCore::Browser", "bedrock-agentcore"),
    ("AWS::BedrockAgentCore::BrowserCustom", "bedrock-agentcore"),
    ("AWS::BedrockAgentCore::CodeInterpreter", "bedrock-agentcore"),
    ("AWS::BedrockAgentCore::CodeInterpreterCustom", "bedrock-agentcore"),
    ("AWS::BedrockAgentCore::Evaluator", "bedrock-agentcore"),
    ("AWS::BedrockAgentCore::Gateway", "bedrock-agentcore"),
    ("AWS::BedrockAgentCore::Memory", "bedrock-agentcore"),
    ("AWS::BedrockAgentCore::OAuth2CredentialProvider", "bedrock-agentcore"),
    ("AWS::BedrockAgentCore::Runtime", "bedrock-agentcore"),
    ("AWS::BedrockAgentCore::RuntimeEndpoint", "bedrock-agentcore"),
    ("AWS::BedrockAgentCore::TokenVault", "bedrock-agentcore"),
    ("AWS::BedrockAgentCore::WorkloadIdentity", "bedrock-agentcore"),
    ("AWS::BedrockAgentCore::WorkloadIdentityDirectory", "bedrock-agentcore"),
    ("AWS::Cassandra::Stream", "cassandra"),
    ("AWS::Cassandra::Table", "cassandra"),
    ("AWS::CloudFront::KeyValueStore", "cloudfront"),
    ("AWS::CloudOptimization::Profile", ""),
    ("AWS::CloudOptimization::Recommendation", ""),
    ("AWS::CloudTrail::Channel", "cloudtrail"),
    ("AWS::CloudWatch::Metric", ""),
    ("AWS::CodeGuruProfiler::ProfilingGroup", "codeguru-profiler"),
    ("AWS::CodeWhisperer::Customization", "codewhisperer"),
    ("AWS::CodeWhisperer::Profile", "codewhisperer"),
    ("AWS::Cognito::IdentityPool", "cognito-identity"),
    ("AWS::DSQL::Cluster", "dsql"),
    ("AWS::DataExchange::Asset", "dataexchange"),
    ("AWS::Deadline::Fleet", "deadline"),
    ("AWS::Deadline::Job", "deadline"),
    ("AWS::Deadline::Queue", "deadline"),
    ("AWS::Deadline::Worker", "deadline"),
    ("AWS::DynamoDB::Stream", "dynamodb"),
    ("AWS::DynamoDB::Table", "dynamodb"),
    ("AWS::EC2::InstanceConnectEndpoint", "ec2"),
    ("AWS::EC2::Snapshot", "ec2"),
    ("AWS::ECS::ContainerInstance", "ecs"),
    ("AWS::EKS::Dashboard", ""),
    ("AWS::EMRWAL::Workspace", "emrwal"),
    ("AWS::FSx::Volume", ""),
    ("AWS::FinSpace::Environment", "finspace"),
    ("AWS::GameLiftStreams::Application", ""),
    ("AWS::GameLiftStreams::StreamGroup", ""),
    ("AWS::GeoMaps::Provider", ""),
    ("AWS::GeoPlaces::Provider", ""),
    ("AWS::GeoRoutes::Provider", ""),
    ("AWS::Glue::Table", "glue"),
    ("AWS::GreengrassV2::ComponentVersion", "greengrass"),
    ("AWS::GreengrassV2::Deployment", "greengrass"),
    ("AWS::GuardDuty::Detector", "guardduty"),
    ("AWS::GuardDuty::MalwareScan", "guardduty"),
    ("AWS::IoT::Certificate", "iot"),
    ("AWS::IoT::Thing", "iot"),
    ("AWS::IoTSiteWise::Asset", "iotsitewise"),
    ("AWS::IoTSiteWise::TimeSeries", "iotsitewise"),
    ("AWS::IoTTwinMaker::Entity", "iottwinmaker"),
    ("AWS::IoTTwinMaker::Workspace", "iottwinmaker"),
    ("AWS::KendraRanking::ExecutionPlan", ""),
    ("AWS::Kinesis::Stream", "kinesis"),
    ("AWS::Kinesis::StreamConsumer", "kinesis"),
    ("AWS::KinesisFirehose::DeliveryStream", "firehose"),
    ("AWS::KinesisVideo::SignalingChannel", "kinesisvideo"),
    ("AWS::KinesisVideo::Stream", "kinesisvideo"),
    ("AWS::Lambda::Function", "lambda"),
    ("AWS::MWAA::Environment", ""),
    ("AWS::MachineLearning::MlModel", "machinelearning"),
    ("AWS::ManagedBlockchain::Network", "managedblockchain"),
    ("AWS::ManagedBlockchain::Node", "managedblockchain"),
    ("AWS::ManagedBlockchainQuery::QueryAPI", ""),
    ("AWS::MedicalImaging::Datastore", "medical-imaging"),
    ("AWS::MedicalImaging::Imageset", "medical-imaging"),
    ("AWS::NeptuneGraph::Graph", "neptune-graph"),
    ("AWS::NetworkFlowMonitor::Monitor", ""),
    ("AWS::NetworkFlowMonitor::Scope", ""),
    ("AWS::NovaAct::WorkflowDefinition", ""),
    ("AWS::NovaAct::WorkflowRun", ""),
    ("AWS::One::UKey", ""),
    ("AWS::One::User", ""),
    ("AWS::PCAConnectorAD::Connector", ""),
    ("AWS::PCAConnectorSCEP::Connector", ""),
    ("AWS::PaymentCryptography::Alias", "payment-cryptography"),
    ("AWS::PaymentCryptography::Key", "payment-cryptography"),
    ("AWS::Pinpoint::App", "mobiletargeting"),
    ("AWS::QApps::QApp", "qapps"),
    ("AWS::QApps::QAppSession", "qapps"),
    ("AWS::QBusiness::Application", "qbusiness"),
    ("AWS::QBusiness::DataSource", "qbusiness"),
    ("AWS::QBusiness::Index", "qbusiness"),
    ("AWS::QBusiness::Integration", "qbusiness"),
    ("AWS::QBusiness::WebExperience", "qbusiness"),
    ("AWS::QDeveloper::Integration", ""),
    ("AWS::QuickSight::Flow", ""),
    ("AWS::QuickSight::FlowSession", ""),
    ("AWS::Quicksight::ActionConnector", ""),
    ("AWS::RDS::DBCluster", "rds"),
    ("AWS::RUM::AppMonitor", "rum"),
    ("AWS::Redshift::Cluster", "redshift"),
    ("AWS::S3::AccessPoint", "s3"),
    ("AWS::S3::Object", "s3"),
    ("AWS::S3Express::Object", "s3express"),
    ("AWS::S3ObjectLambda::AccessPoint", "s3-object-lambda"),
    ("AWS::S3Outposts::Object", "s3-outposts"),
    ("AWS::S3Tables::Table", "s3tables"),
    ("AWS::S3Tables::TableBucket", "s3tables"),
    ("AWS::S3Vectors::Index", "s3vectors"),
    ("AWS::S3Vectors::VectorBucket", "s3vectors"),
    ("AWS::SCN::Instance", ""),
    ("AWS::SDB::Domain", "sdb"),
    ("AWS::SES::ConfigurationSet", "ses"),
    ("AWS::SES::EmailIdentity", "ses"),
    ("AWS::SES::Template", "ses"),
    ("AWS::SMSVoice::Message", "sms-voice"),
    ("AWS::SMSVoice::OriginationIdentity", "sms-voice"),
    ("AWS::SNS::PlatformEndpoint", "sns"),
    ("AWS::SNS::Topic", "sns"),
    ("AWS::SQS::Queue", "sqs"),
    ("AWS::SSM::ExecutionPreview", ""),
    ("AWS::SSM::ManagedNode", ""),
    ("AWS::SSMMessages::ControlChannel", "ssmmessages"),
    ("AWS::SWF::Domain", "swf"),
    ("AWS::SageMaker::Endpoint", "sagemaker"),
    ("AWS::SageMaker::ExperimentTrialComponent", "sagemaker"),
    ("AWS::SageMaker::FeatureGroup", "sagemaker"),
    ("AWS::SageMaker::MlflowTrackingServer", "sagemaker"),
    ("AWS::ServiceDiscovery::Namespace", "servicediscovery"),
    ("AWS::ServiceDiscovery::Service", "servicediscovery"),
    ("AWS::Signer::SigningJob", "signer"),
    ("AWS::Signer::SigningProfile", "signer"),
    ("AWS::SitewiseAssistant::Conversation", ""),
    ("AWS::SocialMessaging::PhoneNumberId", "social-messaging"),
    ("AWS::SocialMessaging::WabaId", "social-messaging"),
    ("AWS::StepFunctions::Activity", "states"),
    ("AWS::StepFunctions::StateMachine", "states"),
    ("AWS::SupportAccess::Tenant", ""),
    ("AWS::SupportAccess::TrustingAccount", ""),
    ("AWS::SupportAccess::TrustingRole", ""),
    ("AWS::ThinClient::Device", "thinclient"),
    ("AWS::ThinClient::Environment", "thinclient"),
    ("AWS::Timestream::Database", "timestream"),
    ("AWS::Timestream::RegionalEndpoint", "timestream"),
    ("AWS::Timestream::Table", "timestream"),
    ("AWS::Transform::AgentInstance", ""),
    ("AWS::TransformCustom::Campaign", ""),
    ("AWS::TransformCustom::Conversation", ""),
    ("AWS::TransformCustom::KnowledgeItem", ""),
    ("AWS::TransformCustom::Package", ""),
    ("AWS::VerifiedPermissions::PolicyStore", "verifiedpermissions"),
    ("AWS::XRay::Trace", "xray"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_in_order() {
        assert!(KINDS.is_sorted());
        assert!(
            is_data_kind("AWS::S3::Object") && is_data_kind("AWS::Quicksight::ActionConnector")
        );
        assert!(!is_data_kind("AWS::S3::Bucket") && !is_data_kind(""));
    }

    #[test]
    fn arns_belong_to_a_type() {
        assert!(is_arn_of("AWS::S3::Object", "arn:aws:s3:::logs/a"));
        assert!(!is_arn_of("AWS::S3::Object", "arn:aws:sqs:eu-west-1:111122223333:q"));
        let table = "arn:aws:dynamodb:eu-west-1:111122223333:table/t";
        assert!(is_arn_of("AWS::DynamoDB::Table", table));
        assert!(!is_arn_of("AWS::DynamoDB::Table", "arn:aws:dynamodb:eu-west-1:111122223333:t"));
        assert!(!is_arn_of("AWS::Bucket", table) && !is_arn_of("AWS::DynamoDB::Table", "table/t"));
    }
}
