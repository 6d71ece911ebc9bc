"""Queues, topics, mail, events and things."""

import datetime
import json

from . import ACCOUNT, ALLOW, ROLE, script

WHEN = datetime.datetime(2023, 11, 14, 22, 13, 20, tzinfo=datetime.timezone.utc)


@script("sqs")
def sqs(call):
    made = call("CreateQueue", QueueName="jobs", Attributes={"VisibilityTimeout": "30"},
                tags={"team": "audit"})
    queue = {"QueueUrl": made["QueueUrl"]}
    call("GetQueueUrl", QueueName="jobs")
    call("ListQueues", QueueNamePrefix="jo")
    call("SetQueueAttributes", **queue, Attributes={"DelaySeconds": "0"})
    call("GetQueueAttributes", **queue, AttributeNames=["All"])
    call("SendMessage", **queue, MessageBody="grüße", MessageAttributes={
        "kind": {"DataType": "String", "StringValue": "x"},
        "raw": {"DataType": "Binary", "BinaryValue": b"\x01\x02"}})
    call("SendMessageBatch", **queue, Entries=[{"Id": "1", "MessageBody": "a"},
                                               {"Id": "2", "MessageBody": "b"}])
    got = call("ReceiveMessage", **queue, MaxNumberOfMessages=1, WaitTimeSeconds=0,
               MessageAttributeNames=["All"])
    handle = got["Messages"][0]["ReceiptHandle"]
    call("ChangeMessageVisibility", **queue, ReceiptHandle=handle, VisibilityTimeout=10)
    call("DeleteMessage", **queue, ReceiptHandle=handle)
    call("TagQueue", **queue, Tags={"a": "b"})
    call("ListQueueTags", **queue)
    call("PurgeQueue", **queue)
    call("DeleteQueue", **queue)
    call("GetQueueUrl", QueueName="absent")


@script("sns", quick=True)
def sns(call):
    topic = call("CreateTopic", Name="alarms", Attributes={"DisplayName": "Alarms"},
                 Tags=[{"Key": "k", "Value": "v"}])["TopicArn"]
    topic = {"TopicArn": topic}
    call("ListTopics")
    call("GetTopicAttributes", **topic)
    call("SetTopicAttributes", **topic, AttributeName="DisplayName", AttributeValue="Älarme")
    made = call("Subscribe", **topic, Protocol="email", ReturnSubscriptionArn=True,
                Endpoint="oncall@example.com", Attributes={"FilterPolicy": '{"a": ["b"]}'})
    call("ListSubscriptionsByTopic", **topic)
    call("Publish", **topic, Message="on fire", Subject="now", MessageAttributes={
        "level": {"DataType": "String", "StringValue": "high"},
        "raw": {"DataType": "Binary", "BinaryValue": b"\xfe"}})
    call("PublishBatch", **topic, PublishBatchRequestEntries=[{"Id": "1", "Message": "m"}])
    call("Unsubscribe", SubscriptionArn=made["SubscriptionArn"])
    call("TagResource", ResourceArn=topic["TopicArn"], Tags=[{"Key": "a", "Value": "b"}])
    call("ListTagsForResource", ResourceArn=topic["TopicArn"])
    call("DeleteTopic", **topic)
    call("GetTopicAttributes", TopicArn=f"arn:aws:sns:eu-central-1:{ACCOUNT}:absent")


@script("ses")
def ses(call):
    call("VerifyEmailIdentity", EmailAddress="a@example.com")
    call("ListIdentities", IdentityType="EmailAddress", MaxItems=5)
    call("SendEmail", Source="a@example.com", Destination={"ToAddresses": ["b@example.com"]},
         Message={"Subject": {"Data": "Grüße"}, "Body": {"Text": {"Data": "text"}}})
    call("SendRawEmail", Source="a@example.com", Destinations=["b@example.com"],
         RawMessage={"Data": b"Subject: x\n\nbody"})
    call("GetSendQuota")
    call("CreateTemplate", Template={"TemplateName": "t", "SubjectPart": "{{s}}",
                                     "TextPart": "x"})
    call("GetTemplate", TemplateName="t")
    call("GetIdentityVerificationAttributes", Identities=["a@example.com"])
    call("CreateConfigurationSet", ConfigurationSet={"Name": "cs"})
    call("GetTemplate", TemplateName="absent")


@script("sesv2")
def sesv2(call):
    call("CreateEmailIdentity", EmailIdentity="example.org", Tags=[{"Key": "k", "Value": "v"}])
    call("GetEmailIdentity", EmailIdentity="example.org")
    call("ListEmailIdentities")
    call("SendEmail", FromEmailAddress="a@example.org",
         Destination={"ToAddresses": ["b@example.com"]},
         Content={"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}})
    call("CreateContactList", ContactListName="list", Topics=[{
        "TopicName": "t", "DisplayName": "T", "DefaultSubscriptionStatus": "OPT_IN"}])
    call("CreateContact", ContactListName="list", EmailAddress="c@example.com")
    call("GetContact", ContactListName="list", EmailAddress="c@example.com")
    call("ListContactLists")
    call("DeleteContactList", ContactListName="list")
    call("DeleteEmailIdentity", EmailIdentity="example.org")


@script("events")
def events(call):
    call("PutRule", Name="hourly", ScheduleExpression="rate(1 hour)", State="ENABLED")
    call("DescribeRule", Name="hourly")
    call("ListRules", NamePrefix="h", Limit=5)
    call("PutEvents", Entries=[{"Time": WHEN, "Source": "app", "DetailType": "order",
                                "Detail": '{"id":1}', "Resources": ["r"]}])
    call("PutTargets", Rule="hourly", Targets=[{
        "Id": "1", "Arn": f"arn:aws:sqs:eu-central-1:{ACCOUNT}:jobs", "Input": '{"a":1}'}])
    call("ListTargetsByRule", Rule="hourly")
    call("CreateEventBus", Name="bus", Tags=[{"Key": "k", "Value": "v"}])
    call("DescribeEventBus", Name="bus")
    call("CreateArchive", ArchiveName="a", RetentionDays=1,
         EventSourceArn=f"arn:aws:events:eu-central-1:{ACCOUNT}:event-bus/bus")
    call("TestEventPattern", EventPattern='{"source":["app"]}',
         Event='{"source":"app","detail-type":"x","id":"1","account":"1","time":"",'
               '"region":"","resources":[],"detail":{}}')
    call("RemoveTargets", Rule="hourly", Ids=["1"])
    call("DisableRule", Name="hourly")
    call("DeleteRule", Name="hourly")
    call("CreateConnection", Name="conn", AuthorizationType="BASIC", AuthParameters={
        "BasicAuthParameters": {"Username": "u", "Password": "p4ss"}})
    call("DescribeRule", Name="absent")


@script("scheduler")
def scheduler(call):
    call("CreateScheduleGroup", Name="g", Tags=[{"Key": "k", "Value": "v"}])
    call("CreateSchedule", Name="s", GroupName="g", ScheduleExpression="rate(5 minutes)",
         FlexibleTimeWindow={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5}, StartDate=WHEN,
         Target={"Arn": f"arn:aws:sqs:eu-central-1:{ACCOUNT}:jobs", "RoleArn": ROLE,
                 "Input": "{}"})
    call("GetSchedule", Name="s", GroupName="g")
    call("ListSchedules", GroupName="g", MaxResults=5)
    call("ListScheduleGroups")
    call("DeleteSchedule", Name="s", GroupName="g")
    call("GetSchedule", Name="absent")


@script("pipes")
def pipes(call):
    call("CreatePipe", Name="p", Source=f"arn:aws:sqs:eu-central-1:{ACCOUNT}:jobs", RoleArn=ROLE,
         Target=f"arn:aws:sqs:eu-central-1:{ACCOUNT}:other",
         SourceParameters={"SqsQueueParameters": {"BatchSize": 1}}, Tags={"k": "v"})
    call("DescribePipe", Name="p")
    call("ListPipes", NamePrefix="p", Limit=5)
    call("DeletePipe", Name="p")


@script("stepfunctions")
def stepfunctions(call):
    definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})
    made = call("CreateStateMachine", name="flow", definition=definition, roleArn=ROLE,
                tags=[{"key": "k", "value": "v"}])
    machine = {"stateMachineArn": made["stateMachineArn"]}
    call("DescribeStateMachine", **machine)
    call("ListStateMachines", maxResults=5)
    run = call("StartExecution", **machine, name="run-1", input='{"secret": 1}')
    call("DescribeExecution", executionArn=run["executionArn"])
    call("ListExecutions", **machine, statusFilter="RUNNING")
    call("GetExecutionHistory", executionArn=run["executionArn"], reverseOrder=True)
    call("StopExecution", executionArn=run["executionArn"], cause="enough", error="E")
    call("UpdateStateMachine", **machine, definition=definition)
    call("TagResource", resourceArn=made["stateMachineArn"], tags=[{"key": "a", "value": "b"}])
    call("CreateActivity", name="act")
    call("DeleteStateMachine", **machine)
    call("DescribeStateMachine",
         stateMachineArn=f"arn:aws:states:eu-central-1:{ACCOUNT}:stateMachine:absent")


@script("swf")
def swf(call):
    call("RegisterDomain", name="dom", workflowExecutionRetentionPeriodInDays="5")
    call("DescribeDomain", name="dom")
    call("ListDomains", registrationStatus="REGISTERED")
    call("RegisterActivityType", domain="dom", name="a", version="1")
    call("ListActivityTypes", domain="dom", registrationStatus="REGISTERED")
    call("RegisterWorkflowType", domain="dom", name="w", version="1")
    call("DeprecateDomain", name="dom")


@script("mq")
def mq(call):
    made = call("CreateBroker", BrokerName="rabbit", EngineType="RABBITMQ", EngineVersion="3.8.6",
                HostInstanceType="mq.t3.micro", DeploymentMode="SINGLE_INSTANCE",
                AutoMinorVersionUpgrade=True, PubliclyAccessible=False, Tags={"k": "v"},
                Users=[{"Username": "admin", "Password": "adm1nadm1nadm1n"}])
    call("DescribeBroker", BrokerId=made["BrokerId"])
    call("ListBrokers", MaxResults=5)
    call("CreateUser", BrokerId=made["BrokerId"], Username="bob", Password="b0bb0bb0bb0b",
         ConsoleAccess=False)
    call("DeleteBroker", BrokerId=made["BrokerId"])
    call("DescribeBroker", BrokerId="b-absent")


@script("kafka")
def kafka(call):
    made = call("CreateCluster", ClusterName="log", KafkaVersion="3.5.1", NumberOfBrokerNodes=2,
                BrokerNodeGroupInfo={"ClientSubnets": ["subnet-1", "subnet-2"],
                                     "InstanceType": "kafka.t3.small"}, Tags={"k": "v"})
    call("DescribeCluster", ClusterArn=made["ClusterArn"])
    call("ListClusters", ClusterNameFilter="lo")
    call("ListClustersV2", MaxResults=5)
    call("DeleteCluster", ClusterArn=made["ClusterArn"])


@script("iot")
def iot(call):
    call("CreateThingType", thingTypeName="bulb", thingTypeProperties={
        "searchableAttributes": ["color"]})
    call("CreateThing", thingName="lamp", thingTypeName="bulb",
         attributePayload={"attributes": {"color": "rot"}})
    call("DescribeThing", thingName="lamp")
    call("ListThings", attributeName="color", attributeValue="rot", maxResults=5)
    made = call("CreateKeysAndCertificate", setAsActive=True)
    call("CreatePolicy", policyName="pol", policyDocument=ALLOW)
    call("AttachPolicy", policyName="pol", target=made["certificateArn"])
    call("ListAttachedPolicies", target=made["certificateArn"])
    call("AttachThingPrincipal", thingName="lamp", principal=made["certificateArn"])
    call("ListThingPrincipals", thingName="lamp")
    call("CreateThingGroup", thingGroupName="house")
    call("AddThingToThingGroup", thingGroupName="house", thingName="lamp")
    call("DescribeEndpoint", endpointType="iot:Data-ATS")
    call("CreateTopicRule", ruleName="r1", topicRulePayload={
        "sql": "SELECT * FROM 'a/b'", "actions": [], "description": "d"})
    call("DeleteThing", thingName="absent")


@script("iot-data")
def iot_data(call):
    call("UpdateThingShadow", thingName="lamp", payload=b'{"state":{"desired":{"on":true}}}')
    call("GetThingShadow", thingName="lamp")
    call("Publish", topic="a/b", qos=1, payload=b"hello")


@script("pinpoint")
def pinpoint(call):
    made = call("CreateApp", CreateApplicationRequest={"Name": "app", "tags": {"k": "v"}})
    app = {"ApplicationId": made["ApplicationResponse"]["Id"]}
    call("GetApp", **app)
    call("GetApps", PageSize="5")
    call("UpdateApplicationSettings", **app, WriteApplicationSettingsRequest={
        "CloudWatchMetricsEnabled": True})
    call("DeleteApp", **app)


@script("connect")
def connect(call):
    call("ListInstances", MaxResults=3)
    call("CreateInstance", IdentityManagementType="CONNECT_MANAGED", InstanceAlias="desk",
         InboundCallsEnabled=True, OutboundCallsEnabled=False)


@script("polly")
def polly(call):
    call("DescribeVoices", LanguageCode="de-DE")
    call("PutLexicon", Name="lex", Content="<lexicon/>")
    call("GetLexicon", Name="lex")
    call("SynthesizeSpeech", OutputFormat="mp3", Text="Guten Tag", VoiceId="Vicki",
         LexiconNames=["lex"])
    call("DeleteLexicon", Name="lex")


@script("transcribe")
def transcribe(call):
    call("StartTranscriptionJob", TranscriptionJobName="t", LanguageCode="de-DE",
         Media={"MediaFileUri": "s3://fid-bucket/a.mp3"})
    call("GetTranscriptionJob", TranscriptionJobName="t")
    call("ListTranscriptionJobs", Status="COMPLETED", MaxResults=3)


@script("greengrass")
def greengrass(call):
    made = call("CreateCoreDefinition", Name="core", InitialVersion={"Cores": []})
    call("ListCoreDefinitions")
    call("GetCoreDefinition", CoreDefinitionId=made["Id"])
    call("DeleteCoreDefinition", CoreDefinitionId=made["Id"])
