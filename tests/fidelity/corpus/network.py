"""Names, edges, doors and meshes."""

import datetime
import json

from . import ACCOUNT, ROLE, script

NONE = "00000000-0000-0000-0000-000000000000"


@script("route53", quick=True)
def route53(call):
    made = call("CreateHostedZone", Name="example.com.", CallerReference="ref-1",
                HostedZoneConfig={"Comment": "öffentlich", "PrivateZone": False})
    zone = made["HostedZone"]["Id"].rpartition("/")[2]
    call("GetHostedZone", Id=zone)
    call("ListHostedZones", MaxItems="5")
    call("ChangeResourceRecordSets", HostedZoneId=zone, ChangeBatch={
        "Comment": "two", "Changes": [
            {"Action": "UPSERT", "ResourceRecordSet": {
                "Name": "www.example.com.", "Type": "A", "TTL": 60,
                "ResourceRecords": [{"Value": "192.0.2.1"}, {"Value": "192.0.2.2"}]}},
            {"Action": "CREATE", "ResourceRecordSet": {
                "Name": "txt.example.com.", "Type": "TXT", "TTL": 300,
                "ResourceRecords": [{"Value": '"a & <b>"'}]}}]})
    call("ListResourceRecordSets", HostedZoneId=zone, StartRecordName="www", StartRecordType="A")
    call("CreateHealthCheck", CallerReference="hc-1", HealthCheckConfig={
        "IPAddress": "192.0.2.1", "Port": 80, "Type": "HTTP", "ResourcePath": "/",
        "RequestInterval": 30, "FailureThreshold": 3})
    call("ListHealthChecks", MaxItems="5")
    call("ChangeTagsForResource", ResourceType="hostedzone", ResourceId=zone,
         AddTags=[{"Key": "k", "Value": "v"}])
    call("ListTagsForResource", ResourceType="hostedzone", ResourceId=zone)
    call("GetHostedZoneCount")
    call("ListHostedZonesByName", DNSName="example.com")
    call("DeleteHostedZone", Id="ZABSENT")


@script("cloudfront")
def cloudfront(call):
    config = {
        "CallerReference": "ref-1", "Comment": "site", "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [{
            "Id": "o1", "DomainName": "fid-bucket.s3.amazonaws.com",
            "S3OriginConfig": {"OriginAccessIdentity": ""}}]},
        "DefaultCacheBehavior": {
            "TargetOriginId": "o1", "ViewerProtocolPolicy": "allow-all", "MinTTL": 10,
            "TrustedSigners": {"Enabled": False, "Quantity": 0},
            "ForwardedValues": {"QueryString": True, "Cookies": {"Forward": "none"}}},
    }
    made = call("CreateDistribution", DistributionConfig=config)
    one = made["Distribution"]["Id"]
    call("GetDistribution", Id=one)
    call("GetDistributionConfig", Id=one)
    call("ListDistributions", MaxItems="5")
    call("CreateInvalidation", DistributionId=one, InvalidationBatch={
        "Paths": {"Quantity": 2, "Items": ["/a*", "/b"]}, "CallerReference": "i-1"})
    call("ListInvalidations", DistributionId=one)
    call("TagResource", Resource=made["Distribution"]["ARN"],
         Tags={"Items": [{"Key": "k", "Value": "v"}]})
    call("ListTagsForResource", Resource=made["Distribution"]["ARN"])
    call("CreateOriginAccessControl", OriginAccessControlConfig={
        "Name": "oac", "SigningProtocol": "sigv4", "SigningBehavior": "always",
        "OriginAccessControlOriginType": "s3"})
    call("DeleteDistribution", Id=one, IfMatch="not-the-tag")
    call("GetDistribution", Id="EABSENT")


@script("apigateway")
def apigateway(call):
    api = call("CreateRestApi", name="shop", description="a shop", binaryMediaTypes=["image/png"],
               endpointConfiguration={"types": ["REGIONAL"]}, tags={"k": "v"})["id"]
    api = {"restApiId": api}
    call("GetRestApi", **api)
    call("GetRestApis", limit=5)
    root = call("GetResources", **api)["items"][0]["id"]
    made = call("CreateResource", **api, parentId=root, pathPart="items")["id"]
    method = {**api, "resourceId": made, "httpMethod": "GET"}
    call("PutMethod", **method, authorizationType="NONE",
         requestParameters={"method.request.querystring.q": True})
    call("GetMethod", **method)
    call("PutIntegration", **method, type="MOCK", requestTemplates={"application/json": "{}"})
    call("PutMethodResponse", **method, statusCode="200")
    call("PutIntegrationResponse", **method, statusCode="200")
    call("CreateDeployment", **api, stageName="prod", variables={"a": "1"})
    call("GetStages", **api)
    call("UpdateStage", **api, stageName="prod", patchOperations=[
        {"op": "replace", "path": "/description", "value": "now"}])
    call("CreateApiKey", name="key", enabled=True, value="01234567890123456789")
    call("GetApiKeys", includeValues=True)
    call("CreateUsagePlan", name="plan", throttle={"burstLimit": 5, "rateLimit": 1.5})
    call("GetUsagePlans")
    call("CreateAuthorizer", **api, name="auth", type="TOKEN", identitySource="method.x",
         authorizerUri="arn:aws:apigateway:eu-central-1:lambda:path/f")
    call("ImportRestApi", failOnWarnings=True, body=json.dumps({
        "openapi": "3.0.1", "paths": {},
        "info": {"title": "t", "version": "1", "description": "d"}}).encode())
    call("DeleteRestApi", **api)
    call("GetRestApi", restApiId="absent")


@script("apigatewayv2")
def apigatewayv2(call):
    api = call("CreateApi", Name="http", ProtocolType="HTTP", Tags={"k": "v"}, CorsConfiguration={
        "AllowOrigins": ["https://example.com"], "MaxAge": 10})["ApiId"]
    call("GetApi", ApiId=api)
    call("GetApis")
    part = call("CreateIntegration", ApiId=api, IntegrationType="HTTP_PROXY",
                IntegrationMethod="GET", IntegrationUri="https://example.com",
                PayloadFormatVersion="1.0")["IntegrationId"]
    call("GetIntegration", ApiId=api, IntegrationId=part)
    call("CreateRoute", ApiId=api, RouteKey="GET /x", Target=f"integrations/{part}")
    call("GetRoutes", ApiId=api)
    call("CreateStage", ApiId=api, StageName="dev", AutoDeploy=True)
    call("UpdateApi", ApiId=api, Description="new")
    call("DeleteApi", ApiId=api)
    call("GetApi", ApiId="absent")


@script("appsync")
def appsync(call):
    api = call("CreateGraphqlApi", name="graph", authenticationType="API_KEY",
               tags={"k": "v"})["graphqlApi"]["apiId"]
    call("GetGraphqlApi", apiId=api)
    call("ListGraphqlApis")
    call("CreateApiKey", apiId=api, description="d", expires=1900000000)
    call("ListApiKeys", apiId=api)
    call("StartSchemaCreation", apiId=api, definition=b"type Query { a: String }")
    call("GetSchemaCreationStatus", apiId=api)
    call("DeleteGraphqlApi", apiId=api)


@script("servicediscovery")
def servicediscovery(call):
    call("CreateHttpNamespace", Name="ns", Description="d", Tags=[{"Key": "k", "Value": "v"}])
    found = call("ListNamespaces", MaxResults=5)["Namespaces"][0]["Id"]
    call("GetNamespace", Id=found)
    made = call("CreateService", Name="svc", NamespaceId=found)["Service"]["Id"]
    call("RegisterInstance", ServiceId=made, InstanceId="i1",
         Attributes={"AWS_INSTANCE_IPV4": "192.0.2.9"})
    call("ListServices")
    call("DeleteNamespace", Id=found)


@script("route53resolver")
def route53resolver(call):
    call("CreateResolverRule", CreatorRequestId="r1", Name="rule", RuleType="FORWARD",
         DomainName="corp.example.com", TargetIps=[{"Ip": "192.0.2.53", "Port": 53}])
    call("ListResolverRules", MaxResults=5)
    call("ListResolverEndpoints", Filters=[{"Name": "Name", "Values": ["x"]}])
    call("GetResolverRule", ResolverRuleId="rslvr-rr-absent")


@script("route53domains")
def route53domains(call):
    call("ListDomains", MaxItems=5)
    call("ListOperations", SubmittedSince=datetime.datetime(2023, 1, 1))


@script("appmesh")
def appmesh(call):
    call("CreateMesh", meshName="mesh", spec={"egressFilter": {"type": "ALLOW_ALL"}},
         tags=[{"key": "k", "value": "v"}])
    call("DescribeMesh", meshName="mesh")
    call("ListMeshes", limit=5)
    call("CreateVirtualRouter", meshName="mesh", virtualRouterName="r", spec={
        "listeners": [{"portMapping": {"port": 80, "protocol": "http"}}]})
    call("DeleteMesh", meshName="mesh")


@script("network-firewall")
def network_firewall(call):
    call("CreateFirewall", FirewallName="wall", VpcId="vpc-0123456789abcdef0",
         FirewallPolicyArn=f"arn:aws:network-firewall:eu-central-1:{ACCOUNT}:firewall-policy/p",
         SubnetMappings=[{"SubnetId": "subnet-12345678"}])
    call("DescribeFirewall", FirewallName="wall")
    call("ListFirewalls", MaxResults=5)


@script("networkmanager")
def networkmanager(call):
    made = call("CreateGlobalNetwork", Description="all", Tags=[{"Key": "k", "Value": "v"}])
    network = made["GlobalNetwork"]["GlobalNetworkId"]
    call("CreateSite", GlobalNetworkId=network, Location={"Address": "Straße 1"})
    call("DescribeGlobalNetworks", GlobalNetworkIds=[network])
    call("GetSites", GlobalNetworkId=network)


@script("directconnect", region="us-east-1")
def directconnect(call):
    made = call("CreateConnection", location="EqDC2", bandwidth="1Gbps", connectionName="line")
    call("DescribeConnections", connectionId=made["connectionId"])
    call("DeleteConnection", connectionId=made["connectionId"])


@script("transfer")
def transfer(call):
    made = call("CreateServer", Protocols=["SFTP"], IdentityProviderType="SERVICE_MANAGED",
                Tags=[{"Key": "k", "Value": "v"}])
    call("DescribeServer", ServerId=made["ServerId"])
    call("CreateUser", ServerId=made["ServerId"], UserName="carl", Role=ROLE,
         SshPublicKeyBody="ssh-rsa AAAA")
    call("DeleteServer", ServerId=made["ServerId"])


@script("vpc-lattice")
def vpc_lattice(call):
    call("CreateService", name="lat", authType="NONE", tags={"k": "v"})
    call("ListServices", maxResults=5)
    call("CreateServiceNetwork", name="lat-net")


@script("mediaconnect")
def mediaconnect(call):
    call("CreateFlow", Name="flow", Source={"Name": "s", "Protocol": "rtp", "IngestPort": 5000,
                                            "WhitelistCidr": "192.0.2.0/24"})
    call("ListFlows", MaxResults=5)


@script("medialive")
def medialive(call):
    call("CreateInput", Name="in", Type="URL_PULL", Sources=[{
        "Url": "https://example.com/x.m3u8", "Username": "u", "PasswordParam": "p"}])
    call("ListInputs", MaxResults=5)
    call("ListChannels")


@script("mediapackage")
def mediapackage(call):
    call("CreateChannel", Id="chan", Description="d", Tags={"k": "v"})
    call("DescribeChannel", Id="chan")
    call("ListChannels", MaxResults=5)
    call("DeleteChannel", Id="chan")


@script("mediastore")
def mediastore(call):
    call("CreateContainer", ContainerName="cont", Tags=[{"Key": "k", "Value": "v"}])
    call("DescribeContainer", ContainerName="cont")
    call("ListContainers", MaxResults=5)
    call("DeleteContainer", ContainerName="cont")
