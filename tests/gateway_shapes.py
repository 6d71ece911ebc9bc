"""Where secrets stand: in operations that AWS describes, and in requests that nobody does."""

JSON, FORM = "application/x-amz-json-1.1", "application/x-www-form-urlencoded"

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
    "JSON Authorization": (
        "POST",
        "/",
        target("Frob_1.Put"),
        '{"headers":{"Authorization":"Bearer @"}}',
    ),
    "JSON private key": (
        "POST",
        "/",
        target("Frob_1.Put"),
        '{"x":"-----BEGIN RSA PRIVATE KEY-----\\n@\\n-----END RSA PRIVATE KEY-----"}',
    ),
    "JSON with an escaped name": ("POST", "/", target("Frob_1.Put"), '{"pass\\u0077ord":"@"}'),
    "JSON with a name twice": (
        "POST",
        "/",
        target("Frob_1.Put"),
        '{"password":"x","password":"@"}',
    ),
    "JSON that is cut": ("POST", "/", target("Frob_1.Put"), '{"a":"b","password":"@'),
    "JSON with garbage behind": ("POST", "/", target("Frob_1.Put"), '{"a":"b"} @'),
    "JSON that nests deep": ("POST", "/", target("Frob_1.Put"), nested(5000)),
    "JSON that is a text": ("POST", "/", target("Frob_1.Put"), '"@"'),
    "JSON in gzip": (
        "POST",
        "/",
        {**target("Frob_1.Put"), "Content-Encoding": "gzip"},
        '{"password":"@"}',
    ),
    "JSON in an unknown coding": (
        "POST",
        "/",
        {**target("Frob_1.Put"), "Content-Encoding": "br"},
        "@",
    ),
    "JSON of an unknown operation": (
        "POST",
        "/",
        target("DynamoDB_20120810.PutSecret"),
        '{"password":"@"}',
        "dynamodb",
    ),
    "JSON for a query service": (
        "POST",
        "/",
        {"Content-Type": JSON},
        '{"MasterUserPassword":"@"}',
        "rds",
    ),
    "a target that is a secret": ("POST", "/", target("Frob_1.Put password=@"), "{}"),
    "a query service's unknown operation": (
        "POST",
        "/",
        FORMS,
        "Action=PutFancy&Version=2014-10-31&FancyPassword=@&Secret.member.1=@",
        "rds",
    ),
    "a query of an unknown service": (
        "POST",
        "/",
        FORMS,
        "Action=Put&Version=1&Password=@",
        "frob",
    ),
    "a form with an encoded name": (
        "POST",
        "/",
        FORMS,
        "Action=CreateDBInstance&Version=2014-10-31&Master%55serPassword=@",
        "rds",
    ),
    "a form in another case": (
        "POST",
        "/",
        FORMS,
        "Action=CreateDBInstance&Version=2014-10-31&masteruserpassword=@",
        "rds",
    ),
    "a form without an action": ("POST", "/", FORMS, "Password=@", "iam"),
    "a form with a name twice": (
        "POST",
        "/",
        FORMS,
        "Action=CreateLoginProfile&Version=2010-05-08&Password=x&Password=@",
        "iam",
    ),
    "a form in the query": (
        "GET",
        "/?Action=CreateLoginProfile&Version=2010-05-08&UserName=bob&Password=@",
        {},
        "",
        "iam",
    ),
    "a form in two places": (
        "POST",
        "/?Action=CreateLoginProfile&Version=2010-05-08",
        FORMS,
        "Password=@",
        "iam",
    ),
    "XML": (
        "POST",
        "/2020-01-01/thing",
        {"Content-Type": "application/xml"},
        "<T><Password>@</Password></T>",
    ),
    "XML with an attribute": ("PUT", "/thing", {"Content-Type": "text/xml"}, '<T password="@"/>'),
    "XML that is no object of S3": (
        "PUT",
        "/bucket?frob",
        {"Content-Type": "application/xml"},
        "<T><SecretKey>@</SecretKey></T>",
        "s3",
    ),
    "CBOR": (
        "POST",
        "/service/Frob/operation/Put",
        {"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"},
        CBOR,
    ),
    "plain bytes": (
        "PUT",
        "/blob/1",
        {"Content-Type": "application/octet-stream"},
        b"\x00\xff@\x00",
    ),
    "plain text": ("POST", "/v1/text", {"Content-Type": "text/plain"}, "@"),
    "no content type": ("POST", "/v1/text", {}, "@"),
    "multipart": (
        "POST",
        "/v1/form",
        {"Content-Type": "multipart/form-data; boundary=b"},
        MULTIPART,
    ),
    "multipart to S3": (
        "POST",
        "/bucket",
        {"Content-Type": "multipart/form-data; boundary=b"},
        MULTIPART,
        "s3",
    ),
    "x-api-key": ("POST", "/v1/run", {"x-api-key": "@"}, "{}"),
    "cookie": ("POST", "/v1/run", {"Cookie": "session=@"}, "{}"),
    "vault token": ("POST", "/v1/run", {"X-Vault-Token": "@"}, "{}"),
    "proxy authorization": ("POST", "/v1/run", {"Proxy-Authorization": "Basic @"}, "{}"),
    "any header": ("POST", "/v1/run", {"X-Whatever": "@"}, "{}"),
    "customer key": (
        "PUT",
        "/bucket/key",
        {"x-amz-server-side-encryption-customer-key": "@"},
        "x",
        "s3",
    ),
    "query parameter access_token": ("GET", "/v1/run?access_token=@", {}),
    "query parameter api_key": ("GET", "/v1/run?api_key=@&x=y", {}),
    "query parameter password": ("GET", "/bucket?password=@", {}, "", "s3"),
    # Not signed by the method of AWS.
    "basic auth": ("POST", "/v1/run", {"Authorization": "Basic @"}, "{}", None),
    "bearer": ("POST", "/v1/run", {"Authorization": "Bearer @"}, "{}", None),
    "broken signature": (
        "POST",
        "/v1/run",
        {"Authorization": "AWS4-HMAC-SHA256 Credential=@"},
        "{}",
        None,
    ),
    "version 2 signature": ("GET", "/bucket/key", {"Authorization": "AWS AKIAFOREIGN:@"}, "", None),
    "version 2 presigned": (
        "GET",
        "/bucket/key?AWSAccessKeyId=AKIAFOREIGN&Expires=1&Signature=@",
        {},
        "",
        None,
    ),
    "presigned signature": (
        "GET",
        "/bucket/key?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAFOREIGN%2F20261121%2F"
        "us-east-1%2Fs3%2Faws4_request&X-Amz-Date=20261121T000000Z&X-Amz-Expires=60"
        "&X-Amz-SignedHeaders=host"
        "&X-Amz-Signature=@",
        {},
        "",
        None,
    ),
    "presigned token": (
        "GET",
        "/bucket/key?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=ASIAFOREIGN%2F20261121%2F"
        "us-east-1%2Fs3%2Faws4_request&X-Amz-Date=20261121T000000Z&X-Amz-Expires=60"
        "&X-Amz-SignedHeaders=host"
        "&X-Amz-Security-Token=@&X-Amz-Signature=00",
        {},
        "",
        None,
    ),
    "user info": ("GET", "http://user:@@host/bucket/key".replace("@@", "@%40"), {}, "", None),
}

# What no model describes, in answers.
UNKNOWN_TOLD = {
    "JSON": (target("Frob_1.Get"), b'{"clientSecret":"@","x":{"accessToken":"@"}}'),
    "XML": (FORMS, b"<R><Password>@</Password></R>"),
    "plain": ({"Content-Type": "text/plain"}, b"@"),
}
