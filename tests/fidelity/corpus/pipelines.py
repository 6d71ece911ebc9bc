"""Source, builds, deployments and migrations."""

import datetime

from . import ACCOUNT, ROLE, script

WHEN = datetime.datetime(2023, 11, 14, 22, 13, 20, tzinfo=datetime.timezone.utc)


@script("codecommit")
def codecommit(call):
    call("CreateRepository", repositoryName="src", repositoryDescription="Quelltext für uns")
    call("GetRepository", repositoryName="src")
    call("DeleteRepository", repositoryName="src")
    call("GetRepository", repositoryName="absent")


@script("codebuild")
def codebuild(call):
    call("CreateProject", name="build", source={"type": "S3", "location": "b/p.zip"},
         artifacts={"type": "NO_ARTIFACTS"}, serviceRole=ROLE, environment={
             "type": "LINUX_CONTAINER", "image": "i", "computeType": "BUILD_GENERAL1_SMALL",
             "environmentVariables": [{"name": "A", "value": "b", "type": "PLAINTEXT"}]})
    call("ListProjects", sortBy="NAME")
    call("BatchGetProjects", names=["build"])
    made = call("StartBuild", projectName="build", sourceVersion="main")
    call("BatchGetBuilds", ids=[made["build"]["id"]])
    call("StopBuild", id=made["build"]["id"])
    call("DeleteProject", name="build")


@script("codepipeline")
def codepipeline(call):
    stages = [
        {"name": "Source", "actions": [{
            "name": "S", "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "S3",
                                          "version": "1"},
            "configuration": {"S3Bucket": "b", "S3ObjectKey": "k"},
            "outputArtifacts": [{"name": "app"}]}]},
        {"name": "Beta", "actions": [{
            "name": "D", "actionTypeId": {"category": "Deploy", "owner": "AWS",
                                          "provider": "CodeDeploy", "version": "1"},
            "inputArtifacts": [{"name": "app"}]}]},
    ]
    call("CreatePipeline", pipeline={
        "name": "pipe", "roleArn": ROLE, "artifactStore": {"type": "S3", "location": "fid-bucket"},
        "stages": stages, "version": 1}, tags=[{"key": "k", "value": "v"}])
    call("GetPipeline", name="pipe")
    call("ListPipelines", maxResults=5)
    call("DeletePipeline", name="pipe")
    call("GetPipeline", name="absent")


@script("codedeploy")
def codedeploy(call):
    call("CreateApplication", applicationName="dep", computePlatform="Server",
         tags=[{"Key": "k", "Value": "v"}])
    call("GetApplication", applicationName="dep")
    call("ListApplications")
    call("CreateDeploymentGroup", applicationName="dep", deploymentGroupName="g",
         serviceRoleArn=ROLE, ec2TagFilters=[{"Key": "a", "Value": "b", "Type": "KEY_AND_VALUE"}])
    call("ListDeployments", applicationName="dep", createTimeRange={"start": WHEN})


@script("dms")
def dms(call):
    call("CreateEndpoint", EndpointIdentifier="src", EndpointType="source", EngineName="mysql",
         Username="u", Password="p4ss", ServerName="db.example.com", Port=3306)
    call("DescribeEndpoints", Filters=[{"Name": "endpoint-id", "Values": ["src"]}])
    call("DescribeReplicationTasks", MaxRecords=20)


@script("datapipeline", region="us-east-1")
def datapipeline(call):
    made = call("CreatePipeline", name="dp", uniqueId="u1", tags=[{"key": "k", "value": "v"}])
    call("PutPipelineDefinition", pipelineId=made["pipelineId"], pipelineObjects=[{
        "id": "Default", "name": "Default", "fields": [{"key": "type", "stringValue": "x"}]}])
    call("DescribePipelines", pipelineIds=[made["pipelineId"]])
    call("ListPipelines")
    call("DeletePipeline", pipelineId=made["pipelineId"])


@script("databrew")
def databrew(call):
    call("CreateRecipe", Name="rec", Description="d", Tags={"k": "v"}, Steps=[{
        "Action": {"Operation": "REMOVE_COMBINED", "Parameters": {"a": "b"}}}])
    call("DescribeRecipe", Name="rec")
    call("ListRecipes", MaxResults=5)


@script("mediastore-data")
def mediastore_data(call):
    call("PutObject", Path="note", Body=b"content", ContentType="text/plain")
    call("GetObject", Path="note")
    call("ListItems", MaxResults=5)
    call("DeleteObject", Path="note")


@script("kinesisanalyticsv2")
def kinesisanalytics(call):
    call("CreateApplication", ApplicationName="flink", RuntimeEnvironment="FLINK-1_15",
         ServiceExecutionRole=ROLE, Tags=[{"Key": "k", "Value": "v"}])
    call("DescribeApplication", ApplicationName="flink", IncludeAdditionalDetails=True)
    call("ListApplications", Limit=5)


@script("kinesisvideo")
def kinesisvideo(call):
    call("CreateStream", StreamName="cam", DataRetentionInHours=1, Tags={"k": "v"})
    call("DescribeStream", StreamName="cam")
    call("ListStreams", MaxResults=5)
    call("GetDataEndpoint", StreamName="cam", APIName="GET_MEDIA")


@script("managedblockchain", region="us-east-1")
def managedblockchain(call):
    call("ListNetworks", MaxResults=5)
    call("GetNetwork", NetworkId="n-ABSENT")


@script("lexv2-models")
def lex(call):
    call("CreateBot", botName="bot", roleArn=ROLE, idleSessionTTLInSeconds=300,
         dataPrivacy={"childDirected": False}, botTags={"k": "v"})
    call("ListBots", maxResults=5)


@script("servicecatalog-appregistry")
def appregistry(call):
    call("CreateApplication", name="app", description="d", clientToken="t1", tags={"k": "v"})
    call("ListApplications")


@script("meteringmarketplace")
def metering(call):
    call("BatchMeterUsage", ProductCode="p", UsageRecords=[{
        "Timestamp": WHEN, "CustomerIdentifier": "c", "Dimension": "d", "Quantity": 1}])


@script("textract")
def textract(call):
    call("StartDocumentTextDetection", DocumentLocation={
        "S3Object": {"Bucket": "fid-bucket", "Name": "doc.pdf"}})
    call("GetDocumentTextDetection", JobId="absent")


@script("bedrock")
def bedrock(call):
    call("ListCustomModels", maxResults=5, creationTimeAfter=WHEN)
    call("GetModelInvocationLoggingConfiguration")


@script("s3tables", region="us-east-1")
def s3tables(call):
    made = call("CreateTableBucket", name="tables-fid")
    call("ListTableBuckets", prefix="tab", maxBuckets=5)
    call("CreateNamespace", tableBucketARN=made["arn"], namespace=["ns"])
    call("CreateTable", tableBucketARN=made["arn"], namespace="ns", name="t", format="ICEBERG")
    call("DeleteTableBucket", tableBucketARN=made["arn"])


@script("opensearchserverless")
def opensearchserverless(call):
    call("CreateSecurityPolicy", name="sec", type="encryption", clientToken="t1", policy=(
        '{"Rules":[{"ResourceType":"collection","Resource":["collection/c"]}],'
        '"AWSOwnedKey":true}'))
    call("ListCollections", maxResults=5)


@script("resiliencehub")
def resiliencehub(call):
    call("CreateApp", name="res", clientToken="t1",
         awsApplicationArn=f"arn:aws:servicecatalog:eu-central-1:{ACCOUNT}:/applications/a")
    call("ListApps", maxResults=5)
