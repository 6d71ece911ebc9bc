//! Which operations are data events, and the `resources.type` by which trails select them. All
//! others are management events.

/// An operation of the service, or all of them.
const ALL: &[&str] = &["*"];

pub(super) fn resource_type(service: &str, operation: &str) -> Option<&'static str> {
    let of_service = TYPES.iter().filter(|(name, _, _)| *name == service);
    let mut fits = of_service
        .filter(|(_, _, operations)| operations == &ALL || operations.contains(&operation));
    fits.next().map(|(_, kind, _)| *kind)
}

const S3_OBJECT: &[&str] = &[
    "AbortMultipartUpload",
    "CompleteMultipartUpload",
    "CopyObject",
    "CreateMultipartUpload",
    "DeleteObject",
    "DeleteObjectAnnotation",
    "DeleteObjectTagging",
    "DeleteObjects",
    "GetObject",
    "GetObjectAcl",
    "GetObjectAnnotation",
    "GetObjectAttributes",
    "GetObjectLegalHold",
    "GetObjectRetention",
    "GetObjectTagging",
    "GetObjectTorrent",
    "HeadBucket",
    "HeadObject",
    "ListObjectAnnotations",
    "ListObjectVersions",
    "ListObjects",
    "ListObjectsV2",
    "ListParts",
    "PostObject",
    "PreflightRequest",
    "PutObject",
    "PutObjectAcl",
    "PutObjectAnnotation",
    "PutObjectLegalHold",
    "PutObjectRetention",
    "PutObjectTagging",
    "RenameObject",
    "RestoreObject",
    "SelectObjectContent",
    "UpdateObjectEncryption",
    "UploadPart",
    "UploadPartCopy",
];

const DYNAMODB_TABLE: &[&str] = &[
    "BatchExecuteStatement",
    "BatchGetItem",
    "BatchWriteItem",
    "DeleteItem",
    "ExecuteStatement",
    "ExecuteTransaction",
    "GetItem",
    "PutItem",
    "Query",
    "Scan",
    "SearchVectors",
    "TransactGetItems",
    "TransactWriteItems",
    "UpdateItem",
];

const SQS_QUEUE: &[&str] = &[
    "ChangeMessageVisibility",
    "ChangeMessageVisibilityBatch",
    "DeleteMessage",
    "DeleteMessageBatch",
    "ReceiveMessage",
    "SendMessage",
    "SendMessageBatch",
];

const EBS_SNAPSHOT: &[&str] = &[
    "CompleteSnapshot",
    "GetSnapshotBlock",
    "ListChangedBlocks",
    "ListSnapshotBlocks",
    "PutSnapshotBlock",
    "StartSnapshot",
];

const IDENTITY_POOL: &[&str] = &[
    "GetCredentialsForIdentity",
    "GetId",
    "GetOpenIdToken",
    "GetOpenIdTokenForDeveloperIdentity",
    "UnlinkIdentity",
];

const RDS_CLUSTER: &[&str] = &[
    "BatchExecuteStatement",
    "BeginTransaction",
    "CommitTransaction",
    "ExecuteSql",
    "ExecuteStatement",
    "RollbackTransaction",
];

const SIMPLEDB_DOMAIN: &[&str] = &[
    "BatchDeleteAttributes",
    "BatchPutAttributes",
    "DeleteAttributes",
    "GetAttributes",
    "PutAttributes",
    "Select",
];

const VIDEO_STREAM: &[&str] = &[
    "GetClip",
    "GetDASHStreamingSessionURL",
    "GetHLSStreamingSessionURL",
    "GetImages",
    "GetMedia",
    "GetMediaForFragmentList",
    "ListFragments",
];

const ASSET_VALUES: &[&str] = &[
    "BatchGetAssetPropertyAggregates",
    "BatchGetAssetPropertyValue",
    "BatchGetAssetPropertyValueHistory",
    "BatchPutAssetPropertyValue",
    "GetAssetPropertyAggregates",
    "GetAssetPropertyValue",
    "GetAssetPropertyValueHistory",
    "GetInterpolatedAssetPropertyValues",
];

const WORKFLOW_TASKS: &[&str] = &[
    "PollForActivityTask",
    "PollForDecisionTask",
    "RecordActivityTaskHeartbeat",
    "RespondActivityTaskCanceled",
    "RespondActivityTaskCompleted",
    "RespondActivityTaskFailed",
    "RespondDecisionTaskCompleted",
];

const MAIL: &[&str] = &[
    "SendBulkEmail",
    "SendBulkTemplatedEmail",
    "SendCustomVerificationEmail",
    "SendEmail",
    "SendRawEmail",
    "SendTemplatedEmail",
];

const TRACES: &[&str] = &[
    "BatchGetTraces",
    "GetServiceGraph",
    "GetTimeSeriesServiceStatistics",
    "GetTraceGraph",
    "GetTraceSummaries",
    "PutTraceSegments",
];

const AUTHORISATION: &[&str] =
    &["BatchIsAuthorized", "BatchIsAuthorizedWithToken", "IsAuthorized", "IsAuthorizedWithToken"];

const GRAPH: &[&str] =
    &["CancelQuery", "ExecuteQuery", "GetGraphSummary", "GetQuery", "ListQueries"];

const VECTORS: &[&str] =
    &["DeleteVectors", "GetVectors", "ListVectors", "PutVectors", "QueryVectors"];

const CHAT: &[&str] =
    &["Chat", "ChatSync", "DeleteConversation", "ListConversations", "ListMessages", "PutFeedback"];

const SHADOWS: &[&str] =
    &["DeleteThingShadow", "GetThingShadow", "ListNamedShadowsForThing", "UpdateThingShadow"];

const KINESIS_STREAM: &[&str] = &["GetRecords", "GetShardIterator", "PutRecord", "PutRecords"];

/// Service, `resources.type`, operations.
const TYPES: &[(&str, &str, &[&str])] = &[
    ("appconfigdata", "AWS::AppConfig::Configuration", ALL),
    ("bedrock-agent-runtime", "AWS::Bedrock::AgentAlias", &["InvokeAgent"]),
    ("bedrock-agent-runtime", "AWS::Bedrock::FlowAlias", &["InvokeFlow"]),
    ("bedrock-agent-runtime", "AWS::Bedrock::InlineAgent", &["InvokeInlineAgent"]),
    (
        "bedrock-agent-runtime",
        "AWS::Bedrock::KnowledgeBase",
        &["Retrieve", "RetrieveAndGenerate", "RetrieveAndGenerateStream"],
    ),
    ("bedrock-runtime", "AWS::Bedrock::Guardrail", &["ApplyGuardrail"]),
    ("bedrock-runtime", "AWS::Bedrock::Model", &["InvokeModelWithBidirectionalStream"]),
    (
        "bedrock-runtime",
        "AWS::Bedrock::AsyncInvoke",
        &["GetAsyncInvoke", "ListAsyncInvokes", "StartAsyncInvoke"],
    ),
    ("cloudfront-keyvaluestore", "AWS::CloudFront::KeyValueStore", ALL),
    ("cloudtrail-data", "AWS::CloudTrail::Channel", ALL),
    (
        "cloudwatch",
        "AWS::CloudWatch::Metric",
        &["GetMetricData", "GetMetricWidgetImage", "PutMetricData"],
    ),
    (
        "codeguruprofiler",
        "AWS::CodeGuruProfiler::ProfilingGroup",
        &["ConfigureAgent", "PostAgentProfile"],
    ),
    ("cognito-identity", "AWS::Cognito::IdentityPool", IDENTITY_POOL),
    ("dataexchange", "AWS::DataExchange::Asset", &["SendApiAsset"]),
    ("dynamodb", "AWS::DynamoDB::Table", DYNAMODB_TABLE),
    ("dynamodbstreams", "AWS::DynamoDB::Stream", &["GetRecords", "GetShardIterator"]),
    ("ebs", "AWS::EC2::Snapshot", EBS_SNAPSHOT),
    ("firehose", "AWS::KinesisFirehose::DeliveryStream", &["PutRecord", "PutRecordBatch"]),
    ("geo-maps", "AWS::GeoMaps::Provider", ALL),
    ("geo-places", "AWS::GeoPlaces::Provider", ALL),
    ("geo-routes", "AWS::GeoRoutes::Provider", ALL),
    ("iot-data", "AWS::IoT::Thing", SHADOWS),
    ("iotsitewise", "AWS::IoTSiteWise::Asset", ASSET_VALUES),
    ("kendra-ranking", "AWS::KendraRanking::ExecutionPlan", &["Rescore"]),
    ("keyspacesstreams", "AWS::Cassandra::Stream", ALL),
    ("kinesis", "AWS::Kinesis::Stream", KINESIS_STREAM),
    ("kinesis", "AWS::Kinesis::StreamConsumer", &["SubscribeToShard"]),
    ("kinesis-video-archived-media", "AWS::KinesisVideo::Stream", VIDEO_STREAM),
    ("kinesis-video-media", "AWS::KinesisVideo::Stream", VIDEO_STREAM),
    ("kinesis-video-webrtc-storage", "AWS::KinesisVideo::SignalingChannel", ALL),
    ("lambda", "AWS::Lambda::Function", &["Invoke", "InvokeAsync", "InvokeWithResponseStream"]),
    ("machinelearning", "AWS::MachineLearning::MlModel", &["Predict"]),
    ("managedblockchain-query", "AWS::ManagedBlockchainQuery::QueryAPI", ALL),
    ("neptune-graph", "AWS::NeptuneGraph::Graph", GRAPH),
    ("payment-cryptography-data", "AWS::PaymentCryptography::Key", ALL),
    ("pinpoint-sms-voice-v2", "AWS::SMSVoice::Message", &["PutMessageFeedback"]),
    (
        "pinpoint-sms-voice-v2",
        "AWS::SMSVoice::OriginationIdentity",
        &["SendMediaMessage", "SendTextMessage", "SendVoiceMessage"],
    ),
    ("qbusiness", "AWS::QBusiness::Application", CHAT),
    (
        "qbusiness",
        "AWS::QBusiness::Index",
        &["BatchDeleteDocument", "BatchPutDocument", "ListDocuments"],
    ),
    ("rds-data", "AWS::RDS::DBCluster", RDS_CLUSTER),
    ("rum", "AWS::RUM::AppMonitor", &["PutRumEvents"]),
    ("s3", "AWS::S3::Object", S3_OBJECT),
    ("s3", "AWS::S3Express::Object", &["CreateSession"]),
    ("s3", "AWS::S3ObjectLambda::AccessPoint", &["WriteGetObjectResponse"]),
    ("s3vectors", "AWS::S3Vectors::Index", VECTORS),
    (
        "sagemaker-featurestore-runtime",
        "AWS::SageMaker::FeatureGroup",
        &["BatchGetRecord", "DeleteRecord", "GetRecord", "PutRecord"],
    ),
    ("sagemaker-metrics", "AWS::SageMaker::ExperimentTrialComponent", &["BatchPutMetrics"]),
    ("sagemaker-runtime", "AWS::SageMaker::Endpoint", ALL),
    ("sdb", "AWS::SDB::Domain", SIMPLEDB_DOMAIN),
    (
        "servicediscovery",
        "AWS::ServiceDiscovery::Service",
        &["DiscoverInstances", "DiscoverInstancesRevision"],
    ),
    ("ses", "AWS::SES::EmailIdentity", MAIL),
    ("sesv2", "AWS::SES::EmailIdentity", MAIL),
    ("sns", "AWS::SNS::Topic", &["Publish", "PublishBatch"]),
    ("socialmessaging", "AWS::SocialMessaging::PhoneNumberId", &["SendWhatsAppMessage"]),
    ("sqs", "AWS::SQS::Queue", SQS_QUEUE),
    (
        "stepfunctions",
        "AWS::StepFunctions::Activity",
        &["GetActivityTask", "SendTaskFailure", "SendTaskHeartbeat", "SendTaskSuccess"],
    ),
    ("swf", "AWS::SWF::Domain", WORKFLOW_TASKS),
    ("timestream-query", "AWS::Timestream::Table", &["Query"]),
    ("timestream-write", "AWS::Timestream::Table", &["WriteRecords"]),
    ("verifiedpermissions", "AWS::VerifiedPermissions::PolicyStore", AUTHORISATION),
    ("xray", "AWS::XRay::Trace", TRACES),
];

/// The names of the tables that no model knows: spelled wrong, or gone.
pub(super) fn unknown(knows: impl Fn(&str, &str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for (service, _, operations) in TYPES {
        let operations = operations.iter().filter(|operation| **operation != "*");
        // Two services share the lists of mail and video; each has a part of them.
        let shared = matches!(*service, "ses" | "sesv2") || service.starts_with("kinesis-video");
        let missing = operations.filter(|operation| !shared && !knows(service, operation));
        found.extend(missing.map(|operation| format!("{service} {operation}")));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::resource_type;

    #[test]
    fn an_operation_has_one_type_or_none() {
        assert_eq!(resource_type("s3", "GetObject"), Some("AWS::S3::Object"));
        assert_eq!(resource_type("s3", "GetBucketAcl"), None);
        assert_eq!(resource_type("appconfigdata", "Any"), Some("AWS::AppConfig::Configuration"));
        assert_eq!(resource_type("bedrock-runtime", "InvokeModel"), None);
    }
}
