"""Machines, containers, functions, and what spreads load over them."""

import io
import json
import zipfile

from . import ACCOUNT, ROLE, script

# What a repository forgets.
RULES = json.dumps({"rules": [{
    "rulePriority": 1, "description": "keep ten", "action": {"type": "expire"},
    "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 10},
}]})


def archive():
    """A deployment package of one function; the same bytes every time."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as files:
        entry = zipfile.ZipInfo("app.py", (2026, 1, 1, 0, 0, 0))
        files.writestr(entry, "def handler(event, context):\n    return event\n")
    return packed.getvalue()


@script("ec2", quick=True)
def ec2_instances(call):
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "wéb & co"},
                                                  {"Key": "stage", "Value": "test"}]}]
    made = call("RunInstances", ImageId="ami-12c6146b", MinCount=1, MaxCount=2,
                InstanceType="t3.micro", TagSpecifications=tags, UserData="#!/bin/sh\necho secret",
                BlockDeviceMappings=[{"DeviceName": "/dev/sda1", "Ebs": {
                    "VolumeSize": 8, "DeleteOnTermination": True, "VolumeType": "gp3"}}],
                Monitoring={"Enabled": True}, Placement={"AvailabilityZone": "eu-central-1a"})
    ids = [each["InstanceId"] for each in made["Instances"]]
    call("DescribeInstances", InstanceIds=ids)
    call("DescribeInstances", Filters=[{"Name": "instance-state-name",
                                        "Values": ["running", "pending"]}])
    call("DescribeInstanceStatus", InstanceIds=ids[:1], IncludeAllInstances=True)
    call("StopInstances", InstanceIds=ids[:1], Force=True)
    call("StartInstances", InstanceIds=ids[:1])
    call("RebootInstances", InstanceIds=ids)
    call("ModifyInstanceAttribute", InstanceId=ids[0], DisableApiTermination={"Value": False})
    call("DescribeInstanceAttribute", InstanceId=ids[0], Attribute="instanceType")
    call("CreateTags", Resources=ids, Tags=[{"Key": "team", "Value": "audit"}])
    call("DescribeTags", Filters=[{"Name": "resource-id", "Values": ids}])
    call("DeleteTags", Resources=ids, Tags=[{"Key": "team"}])
    call("CreateImage", InstanceId=ids[0], Name="golden", NoReboot=True)
    call("TerminateInstances", InstanceIds=ids)
    call("DescribeInstances", InstanceIds=["i-00000000000000000"])


@script("ec2")
def ec2_networks(call):
    vpc = call("CreateVpc", CidrBlock="10.1.0.0/16", TagSpecifications=[
        {"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": "main"}]}])["Vpc"]["VpcId"]
    call("DescribeVpcs", VpcIds=[vpc])
    call("ModifyVpcAttribute", VpcId=vpc, EnableDnsHostnames={"Value": True})
    call("DescribeVpcAttribute", VpcId=vpc, Attribute="enableDnsSupport")
    subnet = call("CreateSubnet", VpcId=vpc, CidrBlock="10.1.1.0/24")["Subnet"]["SubnetId"]
    call("DescribeSubnets", SubnetIds=[subnet])
    gate = call("CreateInternetGateway")["InternetGateway"]["InternetGatewayId"]
    call("AttachInternetGateway", InternetGatewayId=gate, VpcId=vpc)
    call("DescribeInternetGateways", InternetGatewayIds=[gate])
    table = call("CreateRouteTable", VpcId=vpc)["RouteTable"]["RouteTableId"]
    call("CreateRoute", RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gate)
    joined = call("AssociateRouteTable", RouteTableId=table, SubnetId=subnet)
    call("DescribeRouteTables", Filters=[{"Name": "vpc-id", "Values": [vpc]}])
    call("DisassociateRouteTable", AssociationId=joined["AssociationId"])
    call("DeleteRoute", RouteTableId=table, DestinationCidrBlock="0.0.0.0/0")
    group = call("CreateSecurityGroup", GroupName="web", Description="web", VpcId=vpc)["GroupId"]
    web = [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443,
            "IpRanges": [{"CidrIp": "198.51.100.0/24", "Description": "office"}],
            "Ipv6Ranges": [{"CidrIpv6": "2001:db8::/32"}]}]
    call("AuthorizeSecurityGroupIngress", GroupId=group, IpPermissions=web)
    call("AuthorizeSecurityGroupEgress", GroupId=group, IpPermissions=[
        {"IpProtocol": "udp", "FromPort": 53, "ToPort": 53,
         "UserIdGroupPairs": [{"GroupId": group}]}])
    call("RevokeSecurityGroupIngress", GroupId=group, IpPermissions=web)
    call("DescribeSecurityGroups", GroupIds=[group])
    call("CreateNetworkInterface", SubnetId=subnet, Groups=[group], Description="second",
         PrivateIpAddresses=[{"PrivateIpAddress": "10.1.1.20", "Primary": True}])
    call("DescribeNetworkInterfaces", Filters=[{"Name": "subnet-id", "Values": [subnet]}])
    call("CreateNetworkAcl", VpcId=vpc)
    call("DescribeNetworkAcls", Filters=[{"Name": "vpc-id", "Values": [vpc]}])
    call("DetachInternetGateway", InternetGatewayId=gate, VpcId=vpc)
    call("DeleteInternetGateway", InternetGatewayId=gate)
    call("DeleteSecurityGroup", GroupId=group)
    call("DeleteRouteTable", RouteTableId=table)
    call("DeleteVpc", VpcId="vpc-00000000000000000")


@script("ec2")
def ec2_more(call):
    address = call("AllocateAddress", Domain="vpc")["AllocationId"]
    call("DescribeAddresses", AllocationIds=[address])
    call("ReleaseAddress", AllocationId=address)
    volume = call("CreateVolume", AvailabilityZone="eu-central-1a", Size=10, VolumeType="gp3",
                  Encrypted=True)["VolumeId"]
    call("DescribeVolumes", VolumeIds=[volume])
    shot = call("CreateSnapshot", VolumeId=volume, Description="before")["SnapshotId"]
    call("DescribeSnapshots", SnapshotIds=[shot], OwnerIds=["self"])
    call("ModifySnapshotAttribute", SnapshotId=shot, Attribute="createVolumePermission",
         CreateVolumePermission={"Add": [{"UserId": "111122223333"}]})
    call("DeleteSnapshot", SnapshotId=shot)
    call("DeleteVolume", VolumeId=volume)
    call("CreateKeyPair", KeyName="laptop", KeyType="rsa")
    call("ImportKeyPair", KeyName="other", PublicKeyMaterial=(
        b"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQC7 test@example"))
    call("DescribeKeyPairs", KeyNames=["laptop"])
    call("DeleteKeyPair", KeyName="laptop")
    call("DescribeImages", Owners=["amazon"], ImageIds=["ami-12c6146b"])
    call("DescribeRegions", RegionNames=["eu-central-1"], AllRegions=True)
    call("DescribeAvailabilityZones", ZoneNames=["eu-central-1a"])
    call("DescribeAccountAttributes", AttributeNames=["default-vpc"])
    call("CreateLaunchTemplate", LaunchTemplateName="small", LaunchTemplateData={
        "ImageId": "ami-12c6146b", "InstanceType": "t3.micro"})
    call("DescribeLaunchTemplates", LaunchTemplateNames=["small"])
    call("DescribeLaunchTemplateVersions", LaunchTemplateName="small", Versions=["1"])
    call("CreateFlowLogs", ResourceIds=["vpc-0123456789abcdef0"], ResourceType="VPC",
         TrafficType="REJECT", LogGroupName="flows", DeliverLogsPermissionArn=ROLE)
    call("DescribeFlowLogs", Filters=[{"Name": "traffic-type", "Values": ["REJECT"]}])
    call("CreateNatGateway", SubnetId="subnet-00000000000000000", ConnectivityType="private")
    call("DescribeNatGateways", MaxResults=5)
    call("DescribeVpcEndpoints", MaxResults=5)
    call("DescribeInstanceTypes", InstanceTypes=["t3.micro"])
    call("DescribeVpnConnections")
    call("DescribeCustomerGateways", CustomerGatewayIds=["cgw-00000000"])


@script("autoscaling")
def autoscaling(call):
    call("CreateLaunchConfiguration", LaunchConfigurationName="lc", ImageId="ami-12c6146b",
         InstanceType="t3.micro", UserData="IyEvYmluL3No")
    group = {"AutoScalingGroupName": "asg"}
    call("CreateAutoScalingGroup", **group, LaunchConfigurationName="lc", MinSize=0, MaxSize=2,
         DesiredCapacity=0, AvailabilityZones=["eu-central-1a", "eu-central-1b"],
         Tags=[{"Key": "k", "Value": "v", "PropagateAtLaunch": True}])
    call("DescribeAutoScalingGroups", AutoScalingGroupNames=["asg"], MaxRecords=10)
    call("UpdateAutoScalingGroup", **group, MaxSize=3)
    call("SetDesiredCapacity", **group, DesiredCapacity=1, HonorCooldown=False)
    call("PutScalingPolicy", **group, PolicyName="p", PolicyType="TargetTrackingScaling",
         TargetTrackingConfiguration={"TargetValue": 50.5, "PredefinedMetricSpecification": {
             "PredefinedMetricType": "ASGAverageCPUUtilization"}})
    call("DescribePolicies", **group)
    call("PutScheduledUpdateGroupAction", **group, ScheduledActionName="night",
         Recurrence="0 2 * * *", MinSize=0)
    call("SuspendProcesses", **group, ScalingProcesses=["Launch"])
    call("DeleteAutoScalingGroup", **group, ForceDelete=True)


@script("elb")
def elb(call):
    listener = {"Protocol": "HTTP", "LoadBalancerPort": 80, "InstanceProtocol": "HTTP",
                "InstancePort": 8080}
    call("CreateLoadBalancer", LoadBalancerName="old", Listeners=[listener],
         AvailabilityZones=["eu-central-1a"], Tags=[{"Key": "k", "Value": "v"}])
    call("DescribeLoadBalancers", LoadBalancerNames=["old"])
    call("ConfigureHealthCheck", LoadBalancerName="old", HealthCheck={
        "Target": "HTTP:80/", "Interval": 30, "Timeout": 5, "UnhealthyThreshold": 2,
        "HealthyThreshold": 3})
    call("ModifyLoadBalancerAttributes", LoadBalancerName="old",
         LoadBalancerAttributes={"CrossZoneLoadBalancing": {"Enabled": True}})
    call("DescribeTags", LoadBalancerNames=["old"])
    call("DeleteLoadBalancer", LoadBalancerName="old")
    call("DescribeLoadBalancers", LoadBalancerNames=["absent"])


@script("elbv2")
def elbv2(call):
    group = call("CreateTargetGroup", Name="tg", Protocol="HTTP", Port=80, TargetType="ip",
                 VpcId="vpc-0123456789abcdef0", Matcher={"HttpCode": "200-299"})
    call("DescribeTargetGroups", Names=["tg"])
    call("DescribeLoadBalancers", PageSize=10)
    call("CreateLoadBalancer", Name="front", Subnets=["subnet-00000000000000000"],
         Scheme="internal", Type="application")
    arn = group["TargetGroups"][0]["TargetGroupArn"] if "TargetGroups" in group else (
        f"arn:aws:elasticloadbalancing:eu-central-1:{ACCOUNT}:targetgroup/tg/0123456789abcdef")
    call("ModifyTargetGroupAttributes", TargetGroupArn=arn, Attributes=[
        {"Key": "deregistration_delay.timeout_seconds", "Value": "60"}])
    call("RegisterTargets", TargetGroupArn=arn, Targets=[{"Id": "10.0.0.5", "Port": 8080}])
    call("DescribeTargetHealth", TargetGroupArn=arn)
    call("AddTags", ResourceArns=[arn], Tags=[{"Key": "k", "Value": "v"}])
    call("DescribeTags", ResourceArns=[arn])
    call("DescribeSSLPolicies", Names=["ELBSecurityPolicy-2016-08"])
    call("DeleteTargetGroup", TargetGroupArn=arn)


@script("elasticbeanstalk")
def elasticbeanstalk(call):
    call("CreateApplication", ApplicationName="shop", Description="a shop",
         Tags=[{"Key": "k", "Value": "v"}])
    call("DescribeApplications", ApplicationNames=["shop"])
    call("CreateEnvironment", ApplicationName="shop", EnvironmentName="shop-prod",
         OptionSettings=[{"Namespace": "aws:autoscaling:asg", "OptionName": "MinSize",
                          "Value": "1"}])
    call("DescribeEnvironments", ApplicationName="shop", IncludeDeleted=False)
    call("ListAvailableSolutionStacks")


@script("lambda", quick=True)
def functions(call):
    name = {"FunctionName": "greet"}
    call("CreateFunction", **name, Runtime="python3.12", Role=ROLE, Handler="app.handler",
         Code={"ZipFile": archive()}, Environment={"Variables": {"TOKEN": "s3cret"}},
         Tags={"team": "audit"}, Timeout=5)
    call("GetFunction", **name)
    call("GetFunctionConfiguration", **name)
    call("ListFunctions", MaxItems=5)
    call("UpdateFunctionConfiguration", **name, MemorySize=256,
         Environment={"Variables": {"TOKEN": "other"}})
    call("UpdateFunctionCode", **name, ZipFile=archive(), Publish=True)
    call("PublishVersion", **name, Description="first")
    call("ListVersionsByFunction", **name)
    call("CreateAlias", **name, Name="live", FunctionVersion="1")
    call("GetAlias", **name, Name="live")
    call("AddPermission", **name, StatementId="s3", Action="lambda:InvokeFunction",
         Principal="s3.amazonaws.com", SourceArn="arn:aws:s3:::fid-bucket")
    call("GetPolicy", **name)
    call("RemovePermission", **name, StatementId="s3")
    call("Invoke", **name, InvocationType="RequestResponse", Payload=b'{"who": "world"}')
    call("PutFunctionConcurrency", **name, ReservedConcurrentExecutions=2)
    call("TagResource", Tags={"a": "b"},
         Resource=f"arn:aws:lambda:eu-central-1:{ACCOUNT}:function:greet")
    call("PublishLayerVersion", LayerName="lib", Content={"ZipFile": archive()},
         CompatibleRuntimes=["python3.12"])
    call("ListLayers")
    call("CreateEventSourceMapping", **name, BatchSize=5,
         EventSourceArn=f"arn:aws:sqs:eu-central-1:{ACCOUNT}:absent")
    call("ListEventSourceMappings", **name)
    call("CreateFunctionUrlConfig", **name, AuthType="AWS_IAM",
         Cors={"AllowOrigins": ["https://example.com"], "MaxAge": 5})
    call("DeleteFunction", **name)
    call("GetFunction", FunctionName="absent")


@script("ecs")
def ecs(call):
    call("CreateCluster", clusterName="dock", tags=[{"key": "k", "value": "v"}],
         settings=[{"name": "containerInsights", "value": "enabled"}])
    call("DescribeClusters", clusters=["dock"], include=["TAGS"])
    call("RegisterTaskDefinition", family="web", containerDefinitions=[{
        "name": "web", "image": "nginx", "memory": 128, "essential": True,
        "environment": [{"name": "KEY", "value": "v"}],
        "portMappings": [{"containerPort": 80, "hostPort": 8080}]}])
    call("DescribeTaskDefinition", taskDefinition="web")
    call("ListTaskDefinitions", familyPrefix="web")
    call("CreateService", cluster="dock", serviceName="front", taskDefinition="web",
         desiredCount=0, deploymentConfiguration={"maximumPercent": 200})
    call("UpdateService", cluster="dock", service="front", desiredCount=1)
    call("DescribeServices", cluster="dock", services=["front"])
    call("RunTask", cluster="dock", taskDefinition="web", count=1, launchType="FARGATE",
         overrides={"containerOverrides": [{"name": "web", "command": ["echo", "hi"]}]},
         networkConfiguration={"awsvpcConfiguration": {"subnets": ["subnet-12345678"]}})
    call("ListTasks", cluster="dock", desiredStatus="RUNNING")
    call("DeleteService", cluster="dock", service="front", force=True)
    call("DescribeClusters", clusters=["absent"])
    call("DeleteCluster", cluster="dock")


@script("ecr")
def ecr(call):
    call("CreateRepository", repositoryName="app", imageTagMutability="IMMUTABLE",
         imageScanningConfiguration={"scanOnPush": True}, tags=[{"Key": "k", "Value": "v"}])
    call("DescribeRepositories", repositoryNames=["app"])
    call("GetAuthorizationToken")
    call("PutImage", repositoryName="app", imageTag="1", imageManifest="{}")
    call("BatchGetImage", repositoryName="app", imageIds=[{"imageTag": "1"}])
    call("ListImages", repositoryName="app", filter={"tagStatus": "TAGGED"})
    call("PutLifecyclePolicy", repositoryName="app", lifecyclePolicyText=RULES)
    call("GetLifecyclePolicy", repositoryName="app")
    call("DeleteRepository", repositoryName="app", force=True)
    call("DescribeRepositories", repositoryNames=["absent"])


@script("eks")
def eks(call):
    call("CreateCluster", name="kube", roleArn=ROLE, version="1.29", tags={"k": "v"},
         resourcesVpcConfig={"subnetIds": ["subnet-1", "subnet-2"],
                             "endpointPublicAccess": True})
    call("DescribeCluster", name="kube")
    call("ListClusters", maxResults=5)
    call("CreateNodegroup", clusterName="kube", nodegroupName="ng", subnets=["subnet-1"],
         nodeRole=ROLE, scalingConfig={"minSize": 1, "maxSize": 2, "desiredSize": 1},
         labels={"disk": "ssd"})
    call("DescribeNodegroup", clusterName="kube", nodegroupName="ng")
    call("ListNodegroups", clusterName="kube")
    call("DeleteNodegroup", clusterName="kube", nodegroupName="ng")
    call("DeleteCluster", name="kube")
    call("DescribeCluster", name="absent")


@script("batch")
def batch(call):
    call("CreateComputeEnvironment", computeEnvironmentName="ce", type="UNMANAGED",
         state="ENABLED", serviceRole=ROLE)
    call("DescribeComputeEnvironments", computeEnvironments=["ce"])
    call("RegisterJobDefinition", jobDefinitionName="jd", type="container", containerProperties={
        "image": "busybox", "vcpus": 1, "memory": 128, "command": ["sleep", "1"]},
        parameters={"a": "1"})
    call("DescribeJobDefinitions", status="ACTIVE", maxResults=5)
    call("CreateJobQueue", jobQueueName="jq", priority=1, state="ENABLED",
         computeEnvironmentOrder=[{"order": 1, "computeEnvironment": "ce"}])
    call("DescribeJobQueues")
    call("ListJobs", jobQueue="jq", jobStatus="RUNNING")
    call("UpdateComputeEnvironment", computeEnvironment="ce", state="DISABLED")


@script("application-autoscaling")
def application_autoscaling(call):
    target = {"ServiceNamespace": "dynamodb", "ResourceId": "table/music",
              "ScalableDimension": "dynamodb:table:ReadCapacityUnits"}
    call("RegisterScalableTarget", **target, MinCapacity=1, MaxCapacity=5)
    call("DescribeScalableTargets", ServiceNamespace="dynamodb")
    call("PutScalingPolicy", **target, PolicyName="p", PolicyType="TargetTrackingScaling",
         TargetTrackingScalingPolicyConfiguration={"TargetValue": 70.0})
    call("DescribeScalingPolicies", ServiceNamespace="dynamodb")
    call("DeregisterScalableTarget", **target)


@script("emr-serverless")
def emr_serverless(call):
    made = call("CreateApplication", name="spark", releaseLabel="emr-6.6.0", type="SPARK",
                tags={"k": "v"})
    call("GetApplication", applicationId=made["applicationId"])
    call("ListApplications", maxResults=5)
    call("DeleteApplication", applicationId=made["applicationId"])


@script("ebs")
def ebs(call):
    made = call("StartSnapshot", VolumeSize=1, Description="direct",
                Tags=[{"Key": "k", "Value": "v"}])
    call("ListSnapshotBlocks", SnapshotId=made["SnapshotId"])
    call("CompleteSnapshot", SnapshotId=made["SnapshotId"], ChangedBlocksCount=0)


@script("ec2-instance-connect")
def instance_connect(call):
    call("SendSSHPublicKey", InstanceId="i-0123456789abcdef0", InstanceOSUser="ec2-user",
         SSHPublicKey="ssh-rsa " + "A" * 300, AvailabilityZone="eu-central-1a")
