"""Watching, counting, configuring and building everything else."""

import datetime
import json

from . import ACCOUNT, ROLE, script

WHEN = datetime.datetime(2023, 11, 14, 22, 13, 20, tzinfo=datetime.timezone.utc)
LATER = datetime.datetime(2023, 11, 15, 1, 2, 3, tzinfo=datetime.timezone.utc)
TEMPLATE = json.dumps({
    "AWSTemplateFormatVersion": "2010-09-09",
    "Parameters": {"Name": {"Type": "String", "Default": "x"}},
    "Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "from-cfn"}}},
})


def metrics(call):
    call("PutMetricData", Namespace="App", MetricData=[{
        "MetricName": "latency", "Value": 12.5, "Unit": "Milliseconds", "Timestamp": WHEN,
        "Dimensions": [{"Name": "host", "Value": "wéb-1"}]}])
    call("ListMetrics", Namespace="App", Dimensions=[{"Name": "host"}])
    call("GetMetricStatistics", Namespace="App", MetricName="latency", StartTime=WHEN,
         EndTime=LATER, Period=60, Statistics=["Average", "Maximum"])
    call("GetMetricData", StartTime=WHEN, EndTime=LATER, MetricDataQueries=[{
        "Id": "a", "ReturnData": True, "MetricStat": {
            "Metric": {"Namespace": "App", "MetricName": "latency"}, "Period": 60,
            "Stat": "Sum"}}])
    call("PutMetricAlarm", AlarmName="hot", Namespace="App", MetricName="latency", Period=60,
         EvaluationPeriods=1, Threshold=99.5, ComparisonOperator="GreaterThanThreshold",
         Statistic="Average", ActionsEnabled=True)
    call("DescribeAlarms", AlarmNames=["hot"], MaxRecords=5)
    call("SetAlarmState", AlarmName="hot", StateValue="ALARM", StateReason="test")
    call("PutDashboard", DashboardName="board", DashboardBody='{"widgets":[]}')
    call("GetDashboard", DashboardName="board")
    call("ListDashboards")
    call("TagResource", ResourceARN=f"arn:aws:cloudwatch:eu-central-1:{ACCOUNT}:alarm:hot",
         Tags=[{"Key": "k", "Value": "v"}])
    call("DeleteAlarms", AlarmNames=["hot"])
    call("GetDashboard", DashboardName="absent")


@script("cloudwatch", "smithy-rpc-v2-cbor", quick=True)
def cloudwatch_cbor(call):
    metrics(call)


@script("cloudwatch", "json")
def cloudwatch_json(call):
    metrics(call)


@script("cloudwatch", "query")
def cloudwatch_query(call):
    metrics(call)


@script("logs")
def logs(call):
    group = {"logGroupName": "/app/web"}
    stream = {**group, "logStreamName": "host-1"}
    call("CreateLogGroup", **group, tags={"team": "audit"})
    call("CreateLogStream", **stream)
    call("DescribeLogGroups", logGroupNamePrefix="/app", limit=5)
    call("DescribeLogStreams", **group, orderBy="LastEventTime", descending=True)
    call("PutLogEvents", **stream, logEvents=[{"timestamp": 1700000000000, "message": "hällo"}])
    call("GetLogEvents", **stream, startFromHead=True, limit=10)
    call("FilterLogEvents", **group, filterPattern="ERROR", startTime=1700000000000)
    call("PutRetentionPolicy", **group, retentionInDays=7)
    call("PutMetricFilter", **group, filterName="f", filterPattern="ERROR", metricTransformations=[
        {"metricName": "errors", "metricNamespace": "App", "metricValue": "1",
         "defaultValue": 0.0}])
    call("DescribeMetricFilters", **group)
    call("PutSubscriptionFilter", **group, filterName="s", filterPattern="",
         destinationArn=f"arn:aws:lambda:eu-central-1:{ACCOUNT}:function:absent")
    query = call("StartQuery", **group, startTime=1700000000, endTime=1700003600,
                 queryString="fields @message | limit 5")
    call("GetQueryResults", queryId=query.get("queryId", "absent"))
    call("PutResourcePolicy", policyName="p", policyDocument="{}")
    call("ListTagsLogGroup", **group)
    call("DeleteLogStream", **stream)
    call("DeleteLogGroup", **group)
    call("GetLogEvents", logGroupName="absent", logStreamName="x")


@script("cloudformation")
def cloudformation(call):
    stack = {"StackName": "base"}
    call("CreateStack", **stack, TemplateBody=TEMPLATE, Capabilities=["CAPABILITY_IAM"],
         Parameters=[{"ParameterKey": "Name", "ParameterValue": "ünder"}],
         Tags=[{"Key": "k", "Value": "v"}], TimeoutInMinutes=5)
    call("DescribeStacks", **stack)
    call("ListStacks", StackStatusFilter=["CREATE_COMPLETE", "DELETE_COMPLETE"])
    call("DescribeStackResources", **stack)
    call("ListStackResources", **stack)
    call("DescribeStackEvents", **stack)
    call("GetTemplate", **stack)
    call("UpdateStack", **stack, TemplateBody=TEMPLATE.replace("from-cfn", "from-cfn-2"),
         Parameters=[{"ParameterKey": "Name", "UsePreviousValue": True}])
    call("CreateChangeSet", **stack, ChangeSetName="cs", TemplateBody=TEMPLATE,
         ChangeSetType="UPDATE", Parameters=[])
    call("ListChangeSets", **stack)
    call("ListExports")
    call("CreateStackSet", StackSetName="set", TemplateBody=TEMPLATE)
    call("DescribeStackSet", StackSetName="set")
    call("DeleteStack", **stack)
    call("DescribeStacks", StackName="absent")


@script("config")
def config(call):
    call("PutConfigurationRecorder", ConfigurationRecorder={
        "name": "rec", "roleARN": ROLE, "recordingGroup": {
            "allSupported": False, "resourceTypes": ["AWS::EC2::Volume"]}})
    call("DescribeConfigurationRecorders", ConfigurationRecorderNames=["rec"])
    call("PutDeliveryChannel", DeliveryChannel={
        "name": "chan", "s3BucketName": "fid-bucket", "configSnapshotDeliveryProperties": {
            "deliveryFrequency": "TwentyFour_Hours"}})
    call("StartConfigurationRecorder", ConfigurationRecorderName="rec")
    call("DescribeConfigurationRecorderStatus")
    call("PutConfigRule", ConfigRule={"ConfigRuleName": "rule", "Source": {
        "Owner": "AWS", "SourceIdentifier": "S3_BUCKET_VERSIONING_ENABLED"},
        "Scope": {"ComplianceResourceTypes": ["AWS::S3::Bucket"]}})
    call("DescribeConfigRules", ConfigRuleNames=["rule"])
    call("ListDiscoveredResources", resourceType="AWS::S3::Bucket", limit=5)
    call("DescribeConfigRules", ConfigRuleNames=["absent"])
    call("StopConfigurationRecorder", ConfigurationRecorderName="rec")


@script("xray")
def xray(call):
    call("PutTraceSegments", TraceSegmentDocuments=[json.dumps({
        "name": "web", "id": "70de5b6f19ff9a0a", "trace_id": "1-581cf771-a006649127e371903a2de979",
        "start_time": 1478293361.271, "end_time": 1478293361.449})])
    call("GetTraceSummaries", StartTime=WHEN, EndTime=LATER, Sampling=True)
    call("BatchGetTraces", TraceIds=["1-581cf771-a006649127e371903a2de979"])
    call("GetServiceGraph", StartTime=WHEN, EndTime=LATER)
    call("PutTelemetryRecords", TelemetryRecords=[{"Timestamp": WHEN,
                                                   "SegmentsReceivedCount": 1}])


@script("resource-groups")
def resource_groups(call):
    query = {"Type": "TAG_FILTERS_1_0", "Query": json.dumps({
        "ResourceTypeFilters": ["AWS::AllSupported"],
        "TagFilters": [{"Key": "k", "Values": ["v"]}]})}
    call("CreateGroup", Name="grp", Description="d", ResourceQuery=query, Tags={"k": "v"})
    call("GetGroup", GroupName="grp")
    call("ListGroups", MaxResults=5)
    call("UpdateGroup", GroupName="grp", Description="new")
    call("DeleteGroup", GroupName="grp")


@script("resourcegroupstaggingapi")
def tagging(call):
    call("GetResources", TagFilters=[{"Key": "team", "Values": ["audit"]}],
         ResourceTypeFilters=["sqs"], ResourcesPerPage=5)
    call("GetTagKeys")
    call("GetTagValues", Key="team")


@script("service-quotas")
def service_quotas(call):
    call("ListAWSDefaultServiceQuotas", ServiceCode="vpc")
    call("GetServiceQuota", ServiceCode="vpc", QuotaCode="L-2AFB9258")


@script("budgets")
def budgets(call):
    call("CreateBudget", AccountId=ACCOUNT, Budget={
        "BudgetName": "b", "BudgetLimit": {"Amount": "10", "Unit": "USD"},
        "TimeUnit": "MONTHLY", "BudgetType": "COST",
        "TimePeriod": {"Start": WHEN, "End": LATER}})
    call("DescribeBudget", AccountId=ACCOUNT, BudgetName="b")
    call("DescribeBudgets", AccountId=ACCOUNT, MaxResults=5)
    call("DeleteBudget", AccountId=ACCOUNT, BudgetName="b")


@script("ce")
def cost(call):
    call("CreateCostCategoryDefinition", Name="cat", RuleVersion="CostCategoryExpression.v1",
         Rules=[{"Value": "v", "Rule": {"Dimensions": {"Key": "SERVICE", "Values": ["EC2"]}}}])
    call("GetCostAndUsage", TimePeriod={"Start": "2026-01-01", "End": "2026-01-02"},
         Granularity="DAILY", Metrics=["UnblendedCost"])


@script("support", region="us-east-1")
def support(call):
    made = call("CreateCase", subject="s", communicationBody="help", severityCode="low",
                ccEmailAddresses=["a@example.com"])
    call("DescribeCases", caseIdList=[made["caseId"]], includeResolvedCases=True)
    call("ResolveCase", caseId=made["caseId"])
    call("DescribeTrustedAdvisorChecks", language="en")


@script("appconfig")
def appconfig(call):
    app = call("CreateApplication", Name="app", Description="d", Tags={"k": "v"})["Id"]
    call("GetApplication", ApplicationId=app)
    made = call("CreateConfigurationProfile", ApplicationId=app, Name="prof",
                LocationUri="hosted")
    call("GetConfigurationProfile", ApplicationId=app, ConfigurationProfileId=made["Id"])
    call("CreateHostedConfigurationVersion", ApplicationId=app, ContentType="application/json",
         ConfigurationProfileId=made["Id"], Content=b'{"flag": true}', Description="first")
    call("ListConfigurationProfiles", ApplicationId=app)
    call("DeleteApplication", ApplicationId=app)


@script("synthetics")
def synthetics(call):
    call("DescribeCanaries", MaxResults=5)
    call("CreateCanary", Name="canary", ExecutionRoleArn=ROLE, RuntimeVersion="syn-python-1.0",
         Code={"S3Bucket": "b", "S3Key": "k", "Handler": "h.handler"},
         ArtifactS3Location="s3://fid-bucket/c", Schedule={"Expression": "rate(5 minutes)"})
    call("GetCanary", Name="canary")


@script("servicecatalog")
def servicecatalog(call):
    made = call("CreatePortfolio", DisplayName="p", ProviderName="us", IdempotencyToken="t",
                Tags=[{"Key": "k", "Value": "v"}])
    call("DescribePortfolio", Id=made["PortfolioDetail"]["Id"])
    call("ListPortfolios", PageSize=5)


@script("amp")
def amp(call):
    made = call("CreateWorkspace", alias="prom", clientToken="t1", tags={"k": "v"})
    call("DescribeWorkspace", workspaceId=made["workspaceId"])
    call("ListWorkspaces", alias="pr", maxResults=5)
    call("CreateRuleGroupsNamespace", workspaceId=made["workspaceId"], name="rules",
         data=b"groups: []")
    call("DeleteWorkspace", workspaceId=made["workspaceId"])


@script("fis")
def fis(call):
    call("CreateExperimentTemplate", clientToken="t", description="d", roleArn=ROLE,
         stopConditions=[{"source": "none"}], actions={}, tags={"k": "v"})
    call("ListExperimentTemplates", maxResults=5)


@script("workspaces")
def workspaces(call):
    call("DescribeWorkspaceDirectories", Limit=5)
    call("DescribeWorkspaces", WorkspaceIds=["ws-0123456789"])
