"""Tables, databases, warehouses, catalogs and streams."""

import datetime
import json

from . import ACCOUNT, ROLE, script

WHEN = datetime.datetime(2023, 11, 14, 22, 13, 20, tzinfo=datetime.timezone.utc)


@script("dynamodb", quick=True)
def dynamodb(call):
    table = {"TableName": "music"}
    made = call("CreateTable", **table, BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": "artist", "AttributeType": "S"},
                                      {"AttributeName": "song", "AttributeType": "S"}],
                KeySchema=[{"AttributeName": "artist", "KeyType": "HASH"},
                           {"AttributeName": "song", "KeyType": "RANGE"}],
                StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
                Tags=[{"Key": "team", "Value": "audit"}])
    key = {"artist": {"S": "Björk"}, "song": {"S": "Jóga"}}
    call("DescribeTable", **table)
    call("ListTables", Limit=5)
    call("PutItem", **table, Item={**key, "year": {"N": "1997"}, "cover": {"B": b"\x00\x01"},
                                   "tags": {"SS": ["a", "b"]}, "deep": {"M": {"x": {"L": []}}}})
    call("GetItem", **table, Key=key, ConsistentRead=True)
    call("UpdateItem", **table, Key=key, UpdateExpression="SET #y = :y",
         ExpressionAttributeNames={"#y": "year"}, ExpressionAttributeValues={":y": {"N": "1998"}})
    call("Query", **table, KeyConditionExpression="artist = :a", Limit=3,
         ExpressionAttributeValues={":a": {"S": "Björk"}})
    call("Scan", **table, FilterExpression="attribute_exists(artist)")
    call("BatchWriteItem", RequestItems={"music": [
        {"PutRequest": {"Item": {"artist": {"S": "Z"}, "song": {"S": "1"}}}}]})
    call("BatchGetItem", RequestItems={"music": {"Keys": [key]}})
    call("TransactWriteItems", TransactItems=[{"Put": {
        **table, "Item": {"artist": {"S": "Q"}, "song": {"S": "2"}}}}])
    call("TransactGetItems", TransactItems=[{"Get": {**table, "Key": key}}])
    call("ExecuteStatement", Statement="SELECT * FROM music WHERE artist = 'Z'")
    call("DeleteItem", **table, Key=key, ReturnValues="ALL_OLD")
    call("UpdateTimeToLive", **table,
         TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"})
    call("DescribeTimeToLive", **table)
    call("DescribeContinuousBackups", **table)
    arn = made["TableDescription"]["TableArn"]
    call("TagResource", ResourceArn=arn, Tags=[{"Key": "k", "Value": "v"}])
    call("ListTagsOfResource", ResourceArn=arn)
    call("CreateBackup", **table, BackupName="music-1")
    call("ListBackups", **table, TimeRangeLowerBound=WHEN)
    call("GetItem", TableName="absent", Key=key)


@script("dynamodbstreams")
def dynamodbstreams(call):
    arn = f"arn:aws:dynamodb:eu-central-1:{ACCOUNT}:table/music/stream/2026-01-01T00:00:00.000"
    call("ListStreams", TableName="music", Limit=2)
    call("DescribeStream", StreamArn=arn)


@script("rds")
def rds(call):
    one = {"DBInstanceIdentifier": "orders"}
    call("CreateDBInstance", **one, DBInstanceClass="db.t3.micro", Engine="postgres",
         AllocatedStorage=20, MasterUsername="master", MasterUserPassword="correct-horse",
         EnableCloudwatchLogsExports=["postgresql"], Tags=[{"Key": "team", "Value": "audit"}])
    call("DescribeDBInstances", **one, Filters=[{"Name": "engine", "Values": ["postgres"]}])
    call("ModifyDBInstance", **one, AllocatedStorage=30, ApplyImmediately=True)
    call("CreateDBSnapshot", **one, DBSnapshotIdentifier="orders-1")
    call("DescribeDBSnapshots", **one)
    call("StopDBInstance", **one)
    call("StartDBInstance", **one)
    call("DescribeDBInstances", DBInstanceIdentifier="absent")
    call("CreateDBSubnetGroup", DBSubnetGroupName="nets", DBSubnetGroupDescription="two",
         SubnetIds=["subnet-12345678"])
    call("CreateDBParameterGroup", DBParameterGroupName="pg", DBParameterGroupFamily="postgres16",
         Description="ours")
    call("ModifyDBParameterGroup", DBParameterGroupName="pg", Parameters=[
        {"ParameterName": "work_mem", "ParameterValue": "4096", "ApplyMethod": "immediate"}])
    call("DescribeDBParameterGroups", DBParameterGroupName="pg")
    call("DescribeOrderableDBInstanceOptions", Engine="postgres", MaxRecords=20)
    call("CreateDBCluster", DBClusterIdentifier="flock", Engine="aurora-mysql",
         MasterUsername="root", MasterUserPassword="hidden-too")
    call("DescribeDBClusters", DBClusterIdentifier="flock")
    call("AddTagsToResource", ResourceName=f"arn:aws:rds:eu-central-1:{ACCOUNT}:db:orders",
         Tags=[{"Key": "a", "Value": "b"}])
    call("ListTagsForResource", ResourceName=f"arn:aws:rds:eu-central-1:{ACCOUNT}:db:orders")
    call("DeleteDBCluster", DBClusterIdentifier="flock", SkipFinalSnapshot=True)
    call("DeleteDBInstance", **one, SkipFinalSnapshot=True)


@script("rds-data")
def rdsdata(call):
    call("ExecuteStatement", resourceArn=f"arn:aws:rds:eu-central-1:{ACCOUNT}:cluster:flock",
         secretArn=f"arn:aws:secretsmanager:eu-central-1:{ACCOUNT}:secret:x", database="d",
         sql="SELECT :id", parameters=[{"name": "id", "value": {"longValue": 3}}])


@script("redshift")
def redshift(call):
    one = {"ClusterIdentifier": "lake"}
    call("CreateCluster", **one, NodeType="dc2.large", MasterUsername="master",
         MasterUserPassword="Secret123", ClusterType="single-node",
         Tags=[{"Key": "k", "Value": "v"}])
    call("DescribeClusters", **one)
    call("ModifyCluster", **one, AutomatedSnapshotRetentionPeriod=5)
    call("CreateClusterSnapshot", **one, SnapshotIdentifier="lake-1")
    call("DescribeClusterSnapshots", **one)
    call("CreateClusterParameterGroup", ParameterGroupName="pg",
         ParameterGroupFamily="redshift-1.0", Description="ours")
    call("DescribeTags", ResourceType="cluster")
    call("GetClusterCredentials", **one, DbUser="alice", AutoCreate=True, DurationSeconds=900)
    call("DeleteCluster", **one, SkipFinalClusterSnapshot=True)
    call("DescribeClusters", ClusterIdentifier="absent")


@script("redshift-data")
def redshiftdata(call):
    made = call("ExecuteStatement", ClusterIdentifier="lake", Database="d", DbUser="alice",
                Sql="SELECT 1", Parameters=[{"name": "a", "value": "1"}])
    call("DescribeStatement", Id=made["Id"])
    call("GetStatementResult", Id=made["Id"])
    call("CancelStatement", Id=made["Id"])


@script("elasticache")
def elasticache(call):
    call("CreateCacheCluster", CacheClusterId="fast", Engine="redis", NumCacheNodes=1,
         CacheNodeType="cache.t3.micro", Tags=[{"Key": "k", "Value": "v"}],
         AuthToken="sixteen-characters-long")
    call("DescribeCacheClusters", CacheClusterId="fast", ShowCacheNodeInfo=True)
    call("CreateUser", UserId="reader", UserName="reader", Engine="redis",
         AccessString="on ~app::* -@all +@read", Passwords=["a-password-of-16-chars"])
    call("DescribeUsers", UserId="reader")
    call("CreateCacheSubnetGroup", CacheSubnetGroupName="nets", SubnetIds=["subnet-12345678"],
         CacheSubnetGroupDescription="two")
    call("DeleteUser", UserId="reader")
    call("DeleteCacheCluster", CacheClusterId="fast")


@script("athena")
def athena(call):
    call("CreateWorkGroup", Name="wg", Description="ours", Configuration={
        "ResultConfiguration": {"OutputLocation": "s3://fid-bucket/out/"}})
    call("GetWorkGroup", WorkGroup="wg")
    call("ListWorkGroups", MaxResults=3)
    run = call("StartQueryExecution", QueryString="SELECT 'ä' FROM t", WorkGroup="wg",
               QueryExecutionContext={"Database": "db"},
               ResultConfiguration={"OutputLocation": "s3://fid-bucket/out/"})
    call("GetQueryExecution", QueryExecutionId=run["QueryExecutionId"])
    call("GetQueryResults", QueryExecutionId=run["QueryExecutionId"])
    call("ListQueryExecutions", WorkGroup="wg")
    call("StopQueryExecution", QueryExecutionId=run["QueryExecutionId"])
    named = call("CreateNamedQuery", Name="n", Database="db", QueryString="SELECT 1")
    call("GetNamedQuery", NamedQueryId=named["NamedQueryId"])
    call("CreateDataCatalog", Name="cat", Type="GLUE", Description="d",
         Parameters={"catalog-id": ACCOUNT}, Tags=[{"Key": "a", "Value": "b"}])
    call("GetDataCatalog", Name="cat")


@script("glue")
def glue(call):
    call("CreateDatabase", DatabaseInput={"Name": "db", "Description": "d",
                                          "Parameters": {"Owner": "x"}})
    call("GetDatabase", Name="db")
    call("GetDatabases", MaxResults=3)
    columns = [{"Name": "id", "Type": "int"}, {"Name": "day", "Type": "date"}]
    table = {"Name": "t", "StorageDescriptor": {"Columns": columns, "Location": "s3://b/t",
                                                "SerdeInfo": {"Name": "s"}},
             "PartitionKeys": [{"Name": "y", "Type": "string"}], "TableType": "EXTERNAL_TABLE",
             "LastAccessTime": WHEN}
    call("CreateTable", DatabaseName="db", TableInput=table)
    call("GetTable", DatabaseName="db", Name="t")
    call("GetTables", DatabaseName="db")
    call("CreatePartition", DatabaseName="db", TableName="t",
         PartitionInput={"Values": ["2026"], "StorageDescriptor": {"Columns": columns}})
    call("GetPartitions", DatabaseName="db", TableName="t", Expression="y='2026'")
    call("BatchGetPartition", DatabaseName="db", TableName="t",
         PartitionsToGet=[{"Values": ["2026"]}])
    call("CreateJob", Name="j", Role=ROLE, Command={"Name": "glueetl", "ScriptLocation": "s3://s"},
         DefaultArguments={"--TempDir": "s3://t"})
    call("GetJob", JobName="j")
    call("StartJobRun", JobName="j", Arguments={"--day": "1"})
    call("CreateCrawler", Name="c", Role=ROLE, DatabaseName="db",
         Targets={"S3Targets": [{"Path": "s3://b", "Exclusions": ["x"]}]})
    call("StartCrawler", Name="c")
    call("CreateConnection", ConnectionInput={
        "Name": "conn", "ConnectionType": "JDBC",
        "ConnectionProperties": {"USERNAME": "u", "PASSWORD": "p"}})
    call("DeleteTable", DatabaseName="db", Name="t")
    call("GetTable", DatabaseName="db", Name="absent")


@script("kinesis")
def kinesis(call):
    stream = {"StreamName": "clicks"}
    call("CreateStream", **stream, ShardCount=1)
    call("DescribeStream", **stream, Limit=5)
    call("DescribeStreamSummary", **stream)
    call("ListStreams", Limit=3)
    call("PutRecord", **stream, Data=b"\xff\x00 data", PartitionKey="k")
    call("PutRecords", **stream, Records=[{"Data": b"one", "PartitionKey": "a"},
                                          {"Data": b"two", "PartitionKey": "b"}])
    call("ListShards", **stream)
    start = call("GetShardIterator", **stream, ShardId="shardId-000000000000",
                 ShardIteratorType="AT_TIMESTAMP", Timestamp=WHEN)
    call("GetRecords", ShardIterator=start["ShardIterator"], Limit=2)
    call("AddTagsToStream", **stream, Tags={"team": "audit", "Größe": "1"})
    call("ListTagsForStream", **stream)
    call("IncreaseStreamRetentionPeriod", **stream, RetentionPeriodHours=48)
    call("DeleteStream", **stream)
    call("DescribeStream", StreamName="absent")


@script("firehose")
def firehose(call):
    pipe = {"DeliveryStreamName": "hose"}
    call("CreateDeliveryStream", **pipe, ExtendedS3DestinationConfiguration={
        "RoleARN": ROLE, "BucketARN": "arn:aws:s3:::fid-bucket", "Prefix": "p/",
        "BufferingHints": {"SizeInMBs": 5, "IntervalInSeconds": 60}})
    call("DescribeDeliveryStream", **pipe)
    call("ListDeliveryStreams", Limit=2)
    call("PutRecord", **pipe, Record={"Data": b"line\n"})
    call("PutRecordBatch", **pipe, Records=[{"Data": b"a"}, {"Data": b"b"}])
    call("TagDeliveryStream", **pipe, Tags=[{"Key": "k", "Value": "v"}])
    call("DeleteDeliveryStream", **pipe)


@script("opensearch")
def opensearch(call):
    call("CreateDomain", DomainName="find", EngineVersion="OpenSearch_2.5",
         ClusterConfig={"InstanceType": "t3.small.search", "InstanceCount": 1},
         AdvancedSecurityOptions={"Enabled": True, "MasterUserOptions": {
             "MasterUserName": "m", "MasterUserPassword": "Passw0rd!"}},
         TagList=[{"Key": "k", "Value": "v"}])
    call("DescribeDomain", DomainName="find")
    call("ListDomainNames", EngineType="OpenSearch")
    call("UpdateDomainConfig", DomainName="find", EBSOptions={"EBSEnabled": True, "VolumeSize": 10})
    call("DescribeDomainConfig", DomainName="find")
    call("DeleteDomain", DomainName="find")


@script("es")
def es(call):
    call("CreateElasticsearchDomain", DomainName="old", ElasticsearchVersion="7.10",
         ElasticsearchClusterConfig={"InstanceCount": 1})
    call("DescribeElasticsearchDomain", DomainName="old")
    call("ListDomainNames")
    call("DeleteElasticsearchDomain", DomainName="old")


@script("timestream-write")
def timestream(call):
    call("CreateDatabase", DatabaseName="ts", Tags=[{"Key": "k", "Value": "v"}])
    call("CreateTable", DatabaseName="ts", TableName="t", RetentionProperties={
        "MemoryStoreRetentionPeriodInHours": 24, "MagneticStoreRetentionPeriodInDays": 7})
    call("WriteRecords", DatabaseName="ts", TableName="t", Records=[{
        "Dimensions": [{"Name": "host", "Value": "a"}], "MeasureName": "cpu",
        "MeasureValue": "1.5", "Time": "1700000000000"}])
    call("DescribeTable", DatabaseName="ts", TableName="t")
    call("ListTables", DatabaseName="ts", MaxResults=5)
    call("DeleteTable", DatabaseName="ts", TableName="t")


@script("lakeformation")
def lakeformation(call):
    call("RegisterResource", ResourceArn="arn:aws:s3:::fid-bucket", RoleArn=ROLE)
    call("ListResources", MaxResults=5)
    call("GrantPermissions", Principal={"DataLakePrincipalIdentifier": ROLE},
         Resource={"Database": {"Name": "db"}}, Permissions=["ALL"])
    call("GetDataLakeSettings")
    call("DeregisterResource", ResourceArn="arn:aws:s3:::fid-bucket")


@script("dax")
def dax(call):
    call("CreateCluster", ClusterName="daxy", NodeType="dax.t3.small", ReplicationFactor=1,
         IamRoleArn=ROLE)
    call("DescribeClusters", ClusterNames=["daxy"])
    call("DeleteCluster", ClusterName="daxy")


@script("memorydb")
def memorydb(call):
    call("CreateUser", UserName="u", AuthenticationMode={
        "Type": "password", "Passwords": ["0123456789abcdef"]}, AccessString="on ~* +@all")
    call("DescribeClusters", MaxResults=3)
    call("DescribeSubnetGroups")


@script("quicksight")
def quicksight(call):
    call("CreateDataSet", AwsAccountId=ACCOUNT, DataSetId="ds", Name="sales",
         PhysicalTableMap={}, ImportMode="SPICE")
    call("RegisterUser", AwsAccountId=ACCOUNT, Namespace="default", IdentityType="QUICKSIGHT",
         Email="a@example.com", UserRole="READER", UserName="alice")
    call("DescribeUser", AwsAccountId=ACCOUNT, Namespace="default", UserName="alice")
    call("ListUsers", AwsAccountId=ACCOUNT, Namespace="default")


@script("emr")
def emr(call):
    made = call("RunJobFlow", Name="flow", LogUri="s3://fid-bucket/l", ReleaseLabel="emr-6.0.0",
                Instances={"InstanceCount": 1, "MasterInstanceType": "m5.xlarge",
                           "KeepJobFlowAliveWhenNoSteps": True},
                JobFlowRole="r", ServiceRole="s", Tags=[{"Key": "k", "Value": "v"}])
    flow = made["JobFlowId"]
    call("DescribeCluster", ClusterId=flow)
    call("ListClusters", CreatedAfter=WHEN, ClusterStates=["STARTING", "RUNNING", "WAITING"])
    call("AddJobFlowSteps", JobFlowId=flow, Steps=[{"Name": "s", "HadoopJarStep": {
        "Jar": "command-runner.jar", "Args": ["spark-submit", "x.py"]}}])
    call("ListSteps", ClusterId=flow)
    call("TerminateJobFlows", JobFlowIds=[flow])


@script("sagemaker")
def sagemaker(call):
    call("CreateModel", ModelName="m", ExecutionRoleArn=ROLE, PrimaryContainer={
        "Image": "image", "Environment": {"A": "1"}}, Tags=[{"Key": "k", "Value": "v"}])
    call("DescribeModel", ModelName="m")
    call("ListModels", CreationTimeAfter=WHEN, MaxResults=3)
    call("CreateEndpointConfig", EndpointConfigName="e", ProductionVariants=[{
        "VariantName": "v", "ModelName": "m", "InitialInstanceCount": 1,
        "InstanceType": "ml.t2.medium", "InitialVariantWeight": 0.5}])
    call("CreateEndpoint", EndpointName="ep", EndpointConfigName="e")
    call("DescribeEndpoint", EndpointName="ep")
    call("Search", Resource="TrainingJob", MaxResults=2)
    call("DeleteModel", ModelName="m")


@script("comprehend")
def comprehend(call):
    call("DetectSentiment", Text="What a fine day", LanguageCode="en")
    call("ListEntityRecognizers", Filter={"SubmitTimeAfter": WHEN})


@script("rekognition")
def rekognition(call):
    call("DetectText", Image={"Bytes": b"\x89PNG not really"})
    call("StartFaceSearch", Video={"S3Object": {"Bucket": "fid-bucket", "Name": "v.mp4"}},
         CollectionId="faces")


@script("personalize")
def personalize(call):
    schema = json.dumps({"type": "record", "name": "i", "fields": []})
    made = call("CreateSchema", name="s", schema=schema)
    call("DescribeSchema", schemaArn=made["schemaArn"])
    call("ListSchemas", maxResults=3)
    call("DeleteSchema", schemaArn=made["schemaArn"])
