"""Secrets in calls through the gateway: none of them is found in anything that Cairn keeps or says.

Session tokens are shown on purpose, as CloudTrail does, so none is planted in an answer of STS.
"""

import gzip
import json
import re

import boto3
import pytest
import zstandard
from botocore import UNSIGNED
from botocore.config import Config

from conftest import run, shell_env
from kit import server as servers
from kit import sigv4
from planting import Garden, Operation, unpacked
from kit.upstream import Upstream, response

# Service, operation and member of what clients send.
ASKED = """
acm ExportCertificate Passphrase
acm ImportCertificate PrivateKey
amplify CreateApp accessToken
amplify CreateApp basicAuthCredentials
amplify CreateApp oauthToken
amplify UpdateApp accessToken
amplify CreateBranch basicAuthCredentials
apigateway CreateApiKey value
appflow CreateConnectorProfile connectorProfileConfig.connectorProfileCredentials.Slack.clientSecret
appflow CreateConnectorProfile connectorProfileConfig.connectorProfileCredentials.Redshift.password
appstream CreateDirectoryConfig ServiceAccountCredentials.AccountPassword
cloudformation CreateStack Parameters[].ParameterValue
cloudformation UpdateStack Parameters[].ParameterValue
codebuild ImportSourceCredentials token
codepipeline PutWebhook webhook.authenticationConfiguration.SecretToken
cognito-identity GetCredentialsForIdentity Logins.provider
cognito-identity GetId Logins.provider
cognito-identity GetOpenIdToken Logins.provider
cognito-idp AdminCreateUser TemporaryPassword
cognito-idp AdminInitiateAuth AuthParameters.PASSWORD
cognito-idp AdminInitiateAuth AuthParameters.SECRET_HASH
cognito-idp AdminRespondToAuthChallenge ChallengeResponses.NEW_PASSWORD
cognito-idp AdminSetUserPassword Password
cognito-idp ChangePassword AccessToken
cognito-idp ChangePassword PreviousPassword
cognito-idp ChangePassword ProposedPassword
cognito-idp ConfirmForgotPassword Password
cognito-idp ConfirmForgotPassword SecretHash
cognito-idp CreateIdentityProvider ProviderDetails.client_secret
cognito-idp GetUser AccessToken
cognito-idp GlobalSignOut AccessToken
cognito-idp InitiateAuth AuthParameters.PASSWORD
cognito-idp InitiateAuth AuthParameters.REFRESH_TOKEN
cognito-idp RespondToAuthChallenge ChallengeResponses.NEW_PASSWORD
cognito-idp RevokeToken ClientSecret
cognito-idp RevokeToken Token
cognito-idp SignUp Password
cognito-idp SignUp SecretHash
connect CreateUser Password
datasync CreateLocationObjectStorage SecretKey
datasync CreateLocationSmb Password
directconnect CreateBGPPeer newBGPPeer.authKey
directconnect CreatePrivateVirtualInterface newPrivateVirtualInterface.authKey
dms CreateEndpoint MongoDbSettings.Password
dms CreateEndpoint Password
dms CreateEndpoint PostgreSQLSettings.Password
dms ImportCertificate CertificatePem
dms ModifyEndpoint Password
docdb CreateDBCluster MasterUserPassword
ds ConnectDirectory Password
ds CreateDirectory Password
ds CreateMicrosoftAD Password
ds CreateTrust TrustPassword
ds ResetUserPassword NewPassword
dynamodb PutItem Item.secret.S
dynamodb UpdateItem ExpressionAttributeValues.:secret.S
ec2 CreateLaunchTemplate LaunchTemplateData.UserData
ec2 CreateVerifiedAccessTrustProvider OidcOptions.ClientSecret
ec2 CreateVpnConnection Options.TunnelOptions[].PreSharedKey
ec2 ModifyInstanceAttribute UserData.Value
ec2 ModifyVpnTunnelOptions TunnelOptions.PreSharedKey
ec2 RequestSpotInstances LaunchSpecification.UserData
ec2 RunInstances UserData
elasticache CreateReplicationGroup AuthToken
elasticache CreateUser Passwords[]
elasticache ModifyReplicationGroup AuthToken
emr RunJobFlow KerberosAttributes.KdcAdminPassword
es CreateElasticsearchDomain AdvancedSecurityOptions.MasterUserOptions.MasterUserPassword
events CreateConnection AuthParameters.ApiKeyAuthParameters.ApiKeyValue
events CreateConnection AuthParameters.BasicAuthParameters.Password
events CreateConnection AuthParameters.OAuthParameters.ClientParameters.ClientSecret
events PutEvents Entries[].Detail
firehose CreateDeliveryStream HttpEndpointDestinationConfiguration.EndpointConfiguration.AccessKey
firehose CreateDeliveryStream RedshiftDestinationConfiguration.Password
firehose CreateDeliveryStream SplunkDestinationConfiguration.HECToken
firehose PutRecord Record.Data
fsx CreateFileSystem OntapConfiguration.FsxAdminPassword
fsx CreateFileSystem WindowsConfiguration.SelfManagedActiveDirectoryConfiguration.Password
glue CreateConnection ConnectionInput.ConnectionProperties.PASSWORD
iam ChangePassword NewPassword
iam ChangePassword OldPassword
iam CreateLoginProfile Password
iam CreateSAMLProvider AddPrivateKey
iam UpdateLoginProfile Password
iam UploadServerCertificate PrivateKey
kinesis PutRecord Data
kinesis PutRecords Records[].Data
kms CreateCustomKeyStore KeyStorePassword
kms Encrypt Plaintext
kms UpdateCustomKeyStore KeyStorePassword
lambda CreateFunction Code.ZipFile
lambda CreateFunction Environment.Variables.DATABASE_URL
lambda Invoke Payload
lambda PublishLayerVersion Content.ZipFile
lambda UpdateFunctionCode ZipFile
lambda UpdateFunctionConfiguration Environment.Variables.ANYTHING
lightsail CreateInstances userData
lightsail CreateRelationalDatabase masterUserPassword
lightsail UpdateRelationalDatabase masterUserPassword
managedblockchain CreateMember MemberConfiguration.FrameworkConfiguration.Fabric.AdminPassword
memorydb CreateUser AuthenticationMode.Passwords[]
mq CreateBroker Users[].Password
mq CreateUser Password
mq UpdateUser Password
neptune CreateDBCluster MasterUserPassword
opensearch CreateDomain AdvancedSecurityOptions.MasterUserOptions.MasterUserPassword
pinpoint UpdateApnsChannel APNSChannelRequest.PrivateKey
pinpoint UpdateBaiduChannel BaiduChannelRequest.SecretKey
pinpoint UpdateGcmChannel GCMChannelRequest.ApiKey
quicksight CreateDataSource Credentials.CredentialPair.Password
rds CreateDBCluster MasterUserPassword
rds CreateDBInstance MasterUserPassword
rds CreateDBInstance TdeCredentialPassword
rds ModifyDBCluster MasterUserPassword
rds ModifyDBInstance MasterUserPassword
rds RestoreDBClusterFromS3 MasterUserPassword
redshift CreateCluster MasterUserPassword
redshift ModifyCluster MasterUserPassword
redshift-serverless CreateNamespace adminUserPassword
route53domains TransferDomain AuthCode
s3 CopyObject CopySourceSSECustomerKey
s3 GetObject SSECustomerKey
s3 HeadObject SSECustomerKey
s3 PutObject Body
s3 PutObject SSECustomerKey
s3 UploadPart SSECustomerKey
secretsmanager CreateSecret SecretBinary
secretsmanager CreateSecret SecretString
secretsmanager PutSecretValue SecretBinary
secretsmanager PutSecretValue SecretString
secretsmanager UpdateSecret SecretString
sesv2 CreateEmailIdentity DkimSigningAttributes.DomainSigningPrivateKey
sesv2 SendEmail Content.Simple.Body.Text.Data
sns CreatePlatformApplication Attributes.PlatformCredential
sns Publish Message
sqs SendMessage MessageBody
sqs SendMessageBatch Entries[].MessageBody
sso GetRoleCredentials accessToken
sso-oidc CreateToken clientSecret
sso-oidc CreateToken refreshToken
stepfunctions SendTaskSuccess output
stepfunctions StartExecution input
storagegateway JoinDomain Password
storagegateway SetLocalConsolePassword LocalConsolePassword
storagegateway UpdateChapCredentials SecretToAuthenticateInitiator
sts AssumeRoleWithSAML SAMLAssertion
sts AssumeRoleWithWebIdentity WebIdentityToken
ssm PutParameter Value
ssm SendCommand Parameters.commands
transfer ImportCertificate PrivateKey
workdocs CreateUser Password
workmail CreateUser Password
workmail ResetPassword Password
"""

# Service, operation and member of what is answered.
TOLD = """
acm ExportCertificate PrivateKey
apigateway CreateApiKey value
apigateway GetApiKey value
apigateway GetApiKeys items[].value
codeartifact GetAuthorizationToken authorizationToken
cognito-identity GetCredentialsForIdentity Credentials.SecretKey
cognito-identity GetOpenIdToken Token
cognito-idp AdminInitiateAuth AuthenticationResult.IdToken
cognito-idp AssociateSoftwareToken SecretCode
cognito-idp CreateUserPoolClient UserPoolClient.ClientSecret
cognito-idp DescribeUserPoolClient UserPoolClient.ClientSecret
cognito-idp InitiateAuth AuthenticationResult.AccessToken
cognito-idp InitiateAuth AuthenticationResult.RefreshToken
directconnect CreatePrivateVirtualInterface authKey
ec2 CreateKeyPair KeyMaterial
ec2 CreateVpnConnection VpnConnection.CustomerGatewayConfiguration
ec2 CreateVpnConnection VpnConnection.Options.TunnelOptions[].PreSharedKey
ec2 DescribeInstanceAttribute UserData.Value
ec2 GetPasswordData PasswordData
ecr GetAuthorizationToken authorizationData[].authorizationToken
grafana CreateWorkspaceApiKey key
iam CreateAccessKey AccessKey.SecretAccessKey
iam CreateServiceSpecificCredential ServiceSpecificCredential.ServicePassword
iam CreateVirtualMFADevice VirtualMFADevice.Base32StringSeed
iam CreateVirtualMFADevice VirtualMFADevice.QRCodePNG
iam ResetServiceSpecificCredential ServiceSpecificCredential.ServicePassword
iot CreateKeysAndCertificate keyPair.PrivateKey
kms Decrypt Plaintext
kms GenerateDataKey Plaintext
kms GenerateDataKeyPair PrivateKeyPlaintext
kms GenerateRandom Plaintext
lambda CreateFunction Environment.Variables.DATABASE_URL
lambda GetFunction Configuration.Environment.Variables.DATABASE_URL
lambda Invoke Payload
lambda UpdateFunctionConfiguration Environment.Variables.ANYTHING
license-manager GetAccessToken AccessToken
lightsail CreateKeyPair privateKeyBase64
lightsail DownloadDefaultKeyPair privateKeyBase64
lightsail GetRelationalDatabaseMasterUserPassword masterUserPassword
mwaa CreateCliToken CliToken
mwaa CreateWebLoginToken WebToken
redshift GetClusterCredentials DbPassword
redshift-serverless GetCredentials dbPassword
route53domains RetrieveDomainAuthCode AuthCode
s3 CreateSession Credentials.SecretAccessKey
s3 GetObject Body
secretsmanager BatchGetSecretValue SecretValues[].SecretString
secretsmanager GetRandomPassword RandomPassword
secretsmanager GetSecretValue SecretBinary
secretsmanager GetSecretValue SecretString
sqs ReceiveMessage Messages[].Body
ssm CreateActivation ActivationCode
ssm GetParameter Parameter.Value
ssm GetParameterHistory Parameters[].Value
ssm GetParameters Parameters[].Value
ssm GetParametersByPath Parameters[].Value
ssm StartSession TokenValue
sso GetRoleCredentials roleCredentials.secretAccessKey
sso-oidc CreateToken accessToken
sso-oidc RegisterClient clientSecret
sts AssumeRole Credentials.SecretAccessKey
sts AssumeRoleWithSAML Credentials.SecretAccessKey
sts AssumeRoleWithWebIdentity Credentials.SecretAccessKey
sts GetFederationToken Credentials.SecretAccessKey
sts GetSessionToken Credentials.SecretAccessKey
"""

# Calls that nobody signs.
UNSIGNED_CALLS = ("sso", "sso-oidc")
JSON, FORM = "application/x-amz-json-1.1", "application/x-www-form-urlencoded"
CANARY = "canary-of-the-secrets-test"


class Sown:
    """A gateway through which everything has passed, and what was planted."""

    def __init__(self, home):
        self.garden = Garden()
        self.said = response()
        self.upstream = Upstream(lambda request, sock: self.said)
        url = self.upstream.url
        self.server = servers.Server(
            home / "data", args=["--upstream", f"*={url}", "--upstream", f"sts={url}"],
            env={"CAIRN_GATEWAY_DATA_EVENTS": "all", "CAIRN_LOG_LEVEL": "trace"},
        ).start()
        self.client = self.server.client()
        self.botos = {}
        self.calls = 0

    def boto(self, service):
        if service not in self.botos:
            signing = {"signature_version": UNSIGNED} if service in UNSIGNED_CALLS else {}
            self.botos[service] = boto3.client(
                service, endpoint_url=self.server.endpoint, region_name=self.server.region,
                aws_access_key_id=self.client.creds.access_key_id,
                aws_secret_access_key=self.client.creds.secret,
                config=Config(retries={"total_max_attempts": 1}, parameter_validation=False,
                              disable_request_compression=True, inject_host_prefix=False,
                              s3={"addressing_style": "path"}, **signing),
            )
        return self.botos[service]

    def ask(self, line):
        service, name, path = line.split()
        operation = Operation(self.boto(service), name)
        headers, body = operation.answer(None, None)
        self.said = response(200, body, headers)
        self._arrives(lambda: operation.call(path, self.garden.secret(f"{line} (asked)")), line)

    def tell(self, line):
        service, name, path = line.split()
        operation = Operation(self.boto(service), name)
        headers, body = operation.answer(path, self.garden.secret(f"{line} (told)"))
        self.said = response(200, body, headers)
        self._arrives(lambda: operation.call(None, None), line)

    def _arrives(self, call, line):
        before = len(self.upstream.seen)
        made = call()
        assert len(self.upstream.seen) == before + 1, (line, made)
        self.calls += 1

    def raw(self, label, method, target, headers, body="", creds=None, service="frobnicator", answer=b"{}"):
        """A request and an answer by hand; `@` is the secret, and so it is in the answer."""
        secret = self.garden.secret(label)
        put = lambda text: text.replace("@", secret)
        data = body.replace(b"@", secret.encode()) if isinstance(body, bytes) else put(body).encode()
        if "gzip" in headers.get("Content-Encoding", ""):
            data = gzip.compress(data)
        headers = {name: put(value) for name, value in headers.items()}
        self.said = response(200, answer.replace(b"@", secret.encode()))
        if service:
            self.client.with_creds(creds or self.client.creds).call(service, method, put(target), headers, data)
        else:
            self.client.send(method, put(target), {"Host": self.client.host, **headers}, data)
        self.calls += 1


def target(name):
    return {"Content-Type": JSON, "X-Amz-Target": name}


def nested(depth):
    return '{"a":' * depth + '{"password":"@"}' + "}" * depth


CBOR = b"\xbf\x68password\x78\x1e@\xff"
MULTIPART = '--b\r\nContent-Disposition: form-data; name="password"\r\n\r\n@\r\n--b--\r\n'
FORMS = {"Content-Type": FORM}

# What no model describes: method, target, headers, body, and the service it is signed for.
UNKNOWN = {
    "JSON password": ("POST", "/", target("Frob_1.Put"), '{"password":"@"}'),
    "JSON secret in a list": ("POST", "/", target("Frob_1.Put"), '{"x":[{"dbPasswords":["@"]}]}'),
    "JSON apiKey": ("POST", "/", target("Frob_1.Put"), '{"deep":{"apiKey":"@"}}'),
    "JSON client_secret": ("POST", "/", target("Frob_1.Put"), '{"client_secret":"@"}'),
    "JSON Authorization": ("POST", "/", target("Frob_1.Put"), '{"headers":{"Authorization":"Bearer @"}}'),
    "JSON private key": ("POST", "/", target("Frob_1.Put"),
                         '{"x":"-----BEGIN RSA PRIVATE KEY-----\\n@\\n-----END RSA PRIVATE KEY-----"}'),
    "JSON with an escaped name": ("POST", "/", target("Frob_1.Put"), '{"pass\\u0077ord":"@"}'),
    "JSON with a name twice": ("POST", "/", target("Frob_1.Put"), '{"password":"x","password":"@"}'),
    "JSON that is cut": ("POST", "/", target("Frob_1.Put"), '{"a":"b","password":"@'),
    "JSON with garbage behind": ("POST", "/", target("Frob_1.Put"), '{"a":"b"} @'),
    "JSON that nests deep": ("POST", "/", target("Frob_1.Put"), nested(5000)),
    "JSON that is a text": ("POST", "/", target("Frob_1.Put"), '"@"'),
    "JSON in gzip": ("POST", "/", {**target("Frob_1.Put"), "Content-Encoding": "gzip"}, '{"password":"@"}'),
    "JSON in an unknown coding": ("POST", "/", {**target("Frob_1.Put"), "Content-Encoding": "br"}, "@"),
    "JSON of an unknown operation": ("POST", "/", target("DynamoDB_20120810.PutSecret"),
                                     '{"password":"@"}', "dynamodb"),
    "JSON for a query service": ("POST", "/", {"Content-Type": JSON}, '{"MasterUserPassword":"@"}', "rds"),
    "a target that is a secret": ("POST", "/", target("Frob_1.Put password=@"), "{}"),
    "a query service's unknown operation": (
        "POST", "/", FORMS, "Action=PutFancy&Version=2014-10-31&FancyPassword=@&Secret.member.1=@", "rds"),
    "a query of an unknown service": ("POST", "/", FORMS, "Action=Put&Version=1&Password=@", "frob"),
    "a form with an encoded name": (
        "POST", "/", FORMS, "Action=CreateDBInstance&Version=2014-10-31&Master%55serPassword=@", "rds"),
    "a form in another case": (
        "POST", "/", FORMS, "Action=CreateDBInstance&Version=2014-10-31&masteruserpassword=@", "rds"),
    "a form without an action": ("POST", "/", FORMS, "Password=@", "iam"),
    "a form with a name twice": (
        "POST", "/", FORMS, "Action=CreateLoginProfile&Version=2010-05-08&Password=x&Password=@", "iam"),
    "a form in the query": (
        "GET", "/?Action=CreateLoginProfile&Version=2010-05-08&UserName=bob&Password=@", {}, "", "iam"),
    "a form in two places": ("POST", "/?Action=CreateLoginProfile&Version=2010-05-08", FORMS, "Password=@", "iam"),
    "XML": ("POST", "/2020-01-01/thing", {"Content-Type": "application/xml"}, "<T><Password>@</Password></T>"),
    "XML with an attribute": ("PUT", "/thing", {"Content-Type": "text/xml"}, '<T password="@"/>'),
    "XML that is no object of S3": ("PUT", "/bucket?frob", {"Content-Type": "application/xml"},
                                    "<T><SecretKey>@</SecretKey></T>", "s3"),
    "CBOR": ("POST", "/service/Frob/operation/Put",
             {"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}, CBOR),
    "plain bytes": ("PUT", "/blob/1", {"Content-Type": "application/octet-stream"}, b"\x00\xff@\x00"),
    "plain text": ("POST", "/v1/text", {"Content-Type": "text/plain"}, "@"),
    "no content type": ("POST", "/v1/text", {}, "@"),
    "multipart": ("POST", "/v1/form", {"Content-Type": "multipart/form-data; boundary=b"}, MULTIPART),
    "multipart to S3": ("POST", "/bucket", {"Content-Type": "multipart/form-data; boundary=b"}, MULTIPART, "s3"),
    "x-api-key": ("POST", "/v1/run", {"x-api-key": "@"}, "{}"),
    "cookie": ("POST", "/v1/run", {"Cookie": "session=@"}, "{}"),
    "vault token": ("POST", "/v1/run", {"X-Vault-Token": "@"}, "{}"),
    "proxy authorization": ("POST", "/v1/run", {"Proxy-Authorization": "Basic @"}, "{}"),
    "any header": ("POST", "/v1/run", {"X-Whatever": "@"}, "{}"),
    "customer key": ("PUT", "/bucket/key", {"x-amz-server-side-encryption-customer-key": "@"}, "x", "s3"),
    "query parameter access_token": ("GET", "/v1/run?access_token=@", {}),
    "query parameter api_key": ("GET", "/v1/run?api_key=@&x=y", {}),
    "query parameter password": ("GET", "/bucket?password=@", {}, "", "s3"),
    # Not signed by the method of AWS.
    "basic auth": ("POST", "/v1/run", {"Authorization": "Basic @"}, "{}", None),
    "bearer": ("POST", "/v1/run", {"Authorization": "Bearer @"}, "{}", None),
    "broken signature": ("POST", "/v1/run", {"Authorization": "AWS4-HMAC-SHA256 Credential=@"}, "{}", None),
    "version 2 signature": ("GET", "/bucket/key", {"Authorization": "AWS AKIAFOREIGN:@"}, "", None),
    "version 2 presigned": ("GET", "/bucket/key?AWSAccessKeyId=AKIAFOREIGN&Expires=1&Signature=@", {}, "", None),
    "presigned signature": (
        "GET", "/bucket/key?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAFOREIGN%2F20261121%2F"
        "us-east-1%2Fs3%2Faws4_request&X-Amz-Date=20261121T000000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host"
        "&X-Amz-Signature=@", {}, "", None),
    "presigned token": (
        "GET", "/bucket/key?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=ASIAFOREIGN%2F20261121%2F"
        "us-east-1%2Fs3%2Faws4_request&X-Amz-Date=20261121T000000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host"
        "&X-Amz-Security-Token=@&X-Amz-Signature=00", {}, "", None),
    "user info": ("GET", "http://user:@@host/bucket/key".replace("@@", "@%40"), {}, "", None),
}

# What no model describes, in answers.
UNKNOWN_TOLD = {
    "JSON": (target("Frob_1.Get"), b'{"clientSecret":"@","x":{"accessToken":"@"}}'),
    "XML": (FORMS, b"<R><Password>@</Password></R>"),
    "plain": ({"Content-Type": "text/plain"}, b"@"),
}


@pytest.fixture(scope="module")
def sown(tmp_path_factory):
    made = Sown(tmp_path_factory.mktemp("sown"))
    made.client.send("GET", "/canary/1", {"Host": made.client.host, "User-Agent": CANARY}, b"")
    for line in ASKED.strip().splitlines():
        made.ask(line)
    for line in TOLD.strip().splitlines():
        made.tell(line)
    for label, (method, url, headers, *more) in UNKNOWN.items():
        body, service = [*more, "", "frobnicator"][:2] if len(more) < 2 else more
        made.raw(f"unknown: {label}", method, url, headers, body, service=service if len(more) > 1 else "frobnicator")
    for label, (headers, answer) in UNKNOWN_TOLD.items():
        made.raw(f"unknown answer: {label}", "POST", "/", headers, "", answer=answer)
    foreign = sigv4.Credentials("ASIAFOREIGNKEYOFOTHR", "s", made.garden.secret("token of a foreign session"))
    made.client.with_creds(foreign).call("s3", "GET", "/bucket/key", {"Host": made.client.host}, b"")
    yield made
    assert made.server.process.poll() is None
    made.server.kill()
    made.upstream.close()
    assert "panicked" not in made.server.said()


def everything(sown):
    """All records of the account, by reading on from the beginning."""
    out, after = [], 0
    while True:
        page = sown.client.cairn("TailEvents", After=after, WaitSeconds=0, MaxResults=1000)
        if page["Cursor"] == after:
            return out
        after = page["Cursor"]
        out += [hit["Record"] for hit in page["Records"]]


def nothing_of(sown, text):
    data = text if isinstance(text, bytes) else text.encode()
    assert sown.garden.found_in(data) == []


def test_there_is_much_to_find(sown):
    assert len(sown.garden.labels) >= 200
    records = everything(sown)
    assert len([r for r in records if json.loads(r)["eventSource"] != "cairn.amazonaws.com"]) > sown.calls
    assert any(CANARY in record for record in records)


def test_no_secret_is_in_a_record(sown):
    leaks = {}
    for text in everything(sown):
        record = json.loads(text)
        for label in sown.garden.found_in(text.encode()):
            where = places(sown.garden, record, label) or ["somewhere"]
            leaks.setdefault(label, []).append(f"{record['eventName']} {', '.join(where)}")
    assert not leaks, listed(leaks)


def listed(leaks):
    return "\n" + "\n".join(f"{label}: {where}" for label, where in sorted(leaks.items()))


def places(garden, value, label, path=""):
    """Where in a record the secret stands."""
    if isinstance(value, dict):
        names = [f"{path}.(a name)"] if label in garden.found_in(" ".join(value).encode()) else []
        return names + [at for n, v in value.items() for at in places(garden, v, label, f"{path}.{n}")]
    if isinstance(value, list):
        return [at for each in value for at in places(garden, each, label, f"{path}[]")]
    return [path] if label in garden.found_in(str(value).encode()) else []


def test_no_secret_is_in_event_history(sown):
    token = {}
    while True:
        page = sown.client.lookup(MaxResults=50, **token)
        nothing_of(sown, json.dumps(page))
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}


def test_no_secret_is_in_quarantine(sown, cairn):
    listed = cairn(sown.client, "quarantine", "list", "-o", "json").stdout
    nothing_of(sown, listed)
    for seq in re.findall(rb'"Seq":\s*(\d+)', listed):
        nothing_of(sown, cairn(sown.client, "quarantine", "show", seq.decode()).stdout)


def test_no_secret_is_in_the_data_directory(sown):
    decompress = lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data)
    leaks, canary = {}, False
    for path in sown.server.data.rglob("*"):
        if path.is_file():
            data = unpacked(path.read_bytes(), decompress)
            canary = canary or CANARY.encode() in data
            for label in sown.garden.found_in(data):
                leaks.setdefault(label, []).append(path.name)
    assert canary, "the search does not see what is in the journal"
    assert not leaks, listed(leaks)


def test_no_secret_is_in_the_log(sown):
    said = sown.server.said()
    assert "TRACE" in said
    nothing_of(sown, said)


def test_no_secret_is_in_the_pages(sown):
    for page in ("/metrics", "/readyz", "/healthz"):
        status, body = servers.plain_get(sown.server.endpoint, page)
        assert status == 200
        nothing_of(sown, body)


def test_credentials_of_an_upstream_are_shown_nowhere(tmp_path):
    garden, upstream = Garden(), Upstream()
    env = {
        "CAIRN_UPSTREAM_ANY_URL": upstream.url, "CAIRN_UPSTREAM_ANY_ACCESS_KEY_ID": "AKIAUPSTREAM",
        "CAIRN_UPSTREAM_ANY_SECRET_ACCESS_KEY": garden.secret("secret of the upstream"),
        "CAIRN_UPSTREAM_ANY_SESSION_TOKEN": garden.secret("token of the upstream"),
        "CAIRN_LOG_LEVEL": "trace",
    }
    with servers.Server(tmp_path / "data", env=env) as server:
        client = server.client()
        assert client.call("s3", "PUT", "/b/k", {"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}, b"").status in (200, 403)
        client.call("dynamodb", "POST", "/", target("DynamoDB_20120810.PutItem"), b"{}")
        assert upstream.seen
        upstream.close()
        client.call("dynamodb", "POST", "/", target("DynamoDB_20120810.PutItem"), b"{ }")
        said = [server.said().encode(), servers.plain_get(server.endpoint, "/readyz")[1]]
        said.append(servers.plain_get(server.endpoint, "/metrics")[1])
        said += [hit["Record"].encode() for hit in client.search()]
        said += [path.read_bytes() for path in server.data.rglob("*") if path.is_file()]
        for form in ("json", "table"):
            done = run([servers.binary(), "config", "show", "-o", form], shell_env(client, **env))
            assert done.returncode == 0 and b"AKIAUPSTREAM" in done.stdout, done
            said += [done.stdout, done.stderr]
    assert garden.found_in(b"\n".join(said)) == []
