"""Who may do what, and the keys and secrets they do it with."""

import json

from . import ACCOUNT, ALLOW, ROLE, TRUST, script


@script("iam")
def iam(call):
    user = {"UserName": "alice"}
    call("CreateUser", **user, Path="/staff/", Tags=[{"Key": "team", "Value": "aüdit"}])
    call("GetUser", **user)
    call("ListUsers", PathPrefix="/staff/", MaxItems=5)
    key = call("CreateAccessKey", **user)["AccessKey"]["AccessKeyId"]
    call("ListAccessKeys", **user)
    call("UpdateAccessKey", **user, AccessKeyId=key, Status="Inactive")
    call("DeleteAccessKey", **user, AccessKeyId=key)
    call("CreateLoginProfile", **user, Password="Tr0ub4dor&3", PasswordResetRequired=True)
    call("UpdateLoginProfile", **user, Password="An0ther&one")
    call("DeleteLoginProfile", **user)
    call("PutUserPolicy", **user, PolicyName="inline", PolicyDocument=ALLOW)
    call("GetUserPolicy", **user, PolicyName="inline")
    call("ListUserPolicies", **user)
    call("DeleteUserPolicy", **user, PolicyName="inline")
    policy = call("CreatePolicy", PolicyName="read", PolicyDocument=ALLOW, Description="reads",
                  Tags=[{"Key": "k", "Value": "v"}])["Policy"]["Arn"]
    call("GetPolicy", PolicyArn=policy)
    call("CreatePolicyVersion", PolicyArn=policy, PolicyDocument=ALLOW, SetAsDefault=True)
    call("ListPolicies", Scope="Local", OnlyAttached=False)
    call("AttachUserPolicy", **user, PolicyArn=policy)
    call("ListAttachedUserPolicies", **user)
    call("DetachUserPolicy", **user, PolicyArn=policy)
    call("CreateGroup", GroupName="staff")
    call("AddUserToGroup", GroupName="staff", **user)
    call("GetGroup", GroupName="staff")
    call("RemoveUserFromGroup", GroupName="staff", **user)
    call("DeleteGroup", GroupName="staff")
    call("GetUser", UserName="absent")
    iam_roles(call, policy)


def iam_roles(call, policy):
    call("CreateRole", RoleName="runner", AssumeRolePolicyDocument=TRUST, MaxSessionDuration=3600)
    call("GetRole", RoleName="runner")
    call("UpdateAssumeRolePolicy", RoleName="runner", PolicyDocument=TRUST)
    call("AttachRolePolicy", RoleName="runner", PolicyArn=policy)
    call("ListAttachedRolePolicies", RoleName="runner")
    call("PutRolePolicy", RoleName="runner", PolicyName="inline", PolicyDocument=ALLOW)
    call("TagRole", RoleName="runner", Tags=[{"Key": "k", "Value": "v"}])
    call("ListRoles", MaxItems=3)
    call("CreateInstanceProfile", InstanceProfileName="box")
    call("AddRoleToInstanceProfile", InstanceProfileName="box", RoleName="runner")
    call("ListInstanceProfilesForRole", RoleName="runner")
    call("CreateOpenIDConnectProvider", Url="https://oidc.example.com",
         ThumbprintList=["0" * 40], ClientIDList=["app"])
    call("ListMFADevices", UserName="alice")
    call("CreateVirtualMFADevice", VirtualMFADeviceName="phone")
    call("GetAccountSummary")
    call("GetAccountAuthorizationDetails", Filter=["User", "Role"])
    call("UpdateAccountPasswordPolicy", MinimumPasswordLength=14, RequireSymbols=True)
    call("GetAccountPasswordPolicy")
    call("GenerateCredentialReport")
    call("DeleteRole", RoleName="absent")


@script("sts", quick=True)
def sts(call):
    call("GetCallerIdentity")
    call("AssumeRole", RoleArn=ROLE, RoleSessionName="night-shift", DurationSeconds=900,
         Policy=ALLOW, Tags=[{"Key": "project", "Value": "x"}], TransitiveTagKeys=["project"])
    call("GetSessionToken", DurationSeconds=1800)
    call("GetFederationToken", Name="guest", Policy=ALLOW)
    call("GetAccessKeyInfo", AccessKeyId="AKIAIOSFODNN7EXAMPLE")
    call("AssumeRoleWithWebIdentity", RoleArn=ROLE, RoleSessionName="web",
         WebIdentityToken="header.payload.signature")


@script("kms")
def kms(call):
    key = call("CreateKey", Description="for tests", Tags=[{"TagKey": "k", "TagValue": "v"}])
    key = {"KeyId": key["KeyMetadata"]["KeyId"]}
    call("DescribeKey", **key)
    call("ListKeys", Limit=5)
    call("CreateAlias", AliasName="alias/fid", TargetKeyId=key["KeyId"])
    call("ListAliases")
    sealed = call("Encrypt", **key, Plaintext=b"attack at dawn",
                  EncryptionContext={"purpose": "test", "Ort": "Köln"})["CiphertextBlob"]
    call("Decrypt", CiphertextBlob=sealed,
         EncryptionContext={"purpose": "test", "Ort": "Köln"})
    call("GenerateDataKey", **key, KeySpec="AES_256")
    call("GenerateDataKeyWithoutPlaintext", **key, NumberOfBytes=32)
    call("ReEncrypt", CiphertextBlob=sealed, DestinationKeyId=key["KeyId"],
         SourceEncryptionContext={"purpose": "test", "Ort": "Köln"})
    call("GenerateRandom", NumberOfBytes=16)
    call("GetKeyPolicy", **key, PolicyName="default")
    call("PutKeyPolicy", **key, PolicyName="default", Policy=ALLOW)
    call("EnableKeyRotation", **key)
    call("GetKeyRotationStatus", **key)
    call("TagResource", **key, Tags=[{"TagKey": "a", "TagValue": "b"}])
    call("ListResourceTags", **key)
    call("CreateGrant", **key, GranteePrincipal=ROLE, Operations=["Decrypt"], Constraints={
        "EncryptionContextSubset": {"a": "b"}})
    call("ListGrants", **key)
    call("DisableKey", **key)
    call("EnableKey", **key)
    pair = call("CreateKey", KeyUsage="SIGN_VERIFY", KeySpec="RSA_2048")["KeyMetadata"]["KeyId"]
    made = call("Sign", KeyId=pair, Message=b"text", SigningAlgorithm="RSASSA_PSS_SHA_256")
    call("Verify", KeyId=pair, Message=b"text", Signature=made["Signature"],
         SigningAlgorithm="RSASSA_PSS_SHA_256")
    call("ScheduleKeyDeletion", **key, PendingWindowInDays=7)
    call("CancelKeyDeletion", **key)
    call("DescribeKey", KeyId="00000000-0000-0000-0000-000000000000")


@script("secretsmanager")
def secretsmanager(call):
    secret = {"SecretId": "db/password"}
    call("CreateSecret", Name="db/password", SecretString="hunter2", Description="d",
         Tags=[{"Key": "k", "Value": "v"}])
    call("GetSecretValue", **secret, VersionStage="AWSCURRENT")
    call("PutSecretValue", **secret, SecretBinary=b"\x00\x01\x02")
    call("DescribeSecret", **secret)
    call("UpdateSecret", **secret, SecretString='{"a":1}')
    call("ListSecrets", MaxResults=5, Filters=[{"Key": "name", "Values": ["db"]}])
    call("ListSecretVersionIds", **secret)
    call("TagResource", **secret, Tags=[{"Key": "a", "Value": "b"}])
    call("PutResourcePolicy", **secret, ResourcePolicy=ALLOW)
    call("GetRandomPassword", PasswordLength=20, ExcludeNumbers=True)
    call("DeleteSecret", **secret, RecoveryWindowInDays=7)
    call("RestoreSecret", **secret)
    call("GetSecretValue", SecretId="absent")


@script("ssm")
def ssm(call):
    call("PutParameter", Name="/app/plain", Value="blue", Type="String", Overwrite=True)
    call("PutParameter", Name="/app/secret", Value="hunter2", Type="SecureString")
    call("GetParameter", Name="/app/secret", WithDecryption=True)
    call("GetParameters", Names=["/app/plain", "/app/absent"])
    call("GetParametersByPath", Path="/app", Recursive=True, MaxResults=5)
    call("DescribeParameters", ParameterFilters=[
        {"Key": "Name", "Option": "BeginsWith", "Values": ["/app"]}])
    call("GetParameterHistory", Name="/app/plain")
    call("LabelParameterVersion", Name="/app/plain", ParameterVersion=1, Labels=["good"])
    call("AddTagsToResource", ResourceType="Parameter", ResourceId="/app/plain",
         Tags=[{"Key": "k", "Value": "v"}])
    call("ListTagsForResource", ResourceType="Parameter", ResourceId="/app/plain")
    run = call("SendCommand", DocumentName="AWS-RunShellScript", TimeoutSeconds=60,
               InstanceIds=["i-0123456789abcdef0"], Parameters={"commands": ["echo secret"]})
    call("ListCommands", CommandId=run["Command"]["CommandId"])
    content = json.dumps({"schemaVersion": "2.2", "description": "d", "mainSteps": []})
    call("CreateDocument", Name="fid-doc", Content=content, DocumentType="Command",
         DocumentFormat="JSON")
    call("GetDocument", Name="fid-doc")
    call("ListDocuments", Filters=[{"Key": "Owner", "Values": ["Self"]}])
    call("CreateMaintenanceWindow", Name="window", Schedule="cron(0 2 ? * SUN *)", Duration=2,
         Cutoff=1, AllowUnassociatedTargets=True)
    call("DeleteParameter", Name="/app/plain")
    call("GetParameter", Name="/app/absent")


@script("organizations")
def organizations(call):
    call("CreateOrganization", FeatureSet="ALL")
    call("DescribeOrganization")
    roots = call("ListRoots")
    root = roots["Roots"][0]["Id"] if "Roots" in roots else "r-abcd"
    call("CreateAccount", Email="dev@example.com", AccountName="dev",
         Tags=[{"Key": "k", "Value": "v"}])
    call("ListAccounts", MaxResults=5)
    unit = call("CreateOrganizationalUnit", ParentId=root, Name="prod")
    call("ListOrganizationalUnitsForParent", ParentId=root)
    call("DescribeOrganizationalUnit",
         OrganizationalUnitId=unit["OrganizationalUnit"]["Id"])
    made = call("CreatePolicy", Name="deny", Description="d", Type="SERVICE_CONTROL_POLICY",
                Content=ALLOW)
    call("AttachPolicy", PolicyId=made["Policy"]["PolicySummary"]["Id"], TargetId=root)
    call("ListPolicies", Filter="SERVICE_CONTROL_POLICY")
    call("DescribeAccount", AccountId="999999999999")


@script("cognito-idp")
def cognito_idp(call):
    pool = call("CreateUserPool", PoolName="people", AutoVerifiedAttributes=["email"],
                Policies={"PasswordPolicy": {"MinimumLength": 8}})["UserPool"]["Id"]
    pool = {"UserPoolId": pool}
    call("DescribeUserPool", **pool)
    call("ListUserPools", MaxResults=5)
    app = call("CreateUserPoolClient", **pool, ClientName="web", GenerateSecret=False,
               ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"])
    app = app["UserPoolClient"]["ClientId"]
    call("AdminCreateUser", **pool, Username="bob", TemporaryPassword="T3mp!pass",
         UserAttributes=[{"Name": "email", "Value": "bob@example.com"}])
    call("AdminSetUserPassword", **pool, Username="bob", Password="N3w!passw", Permanent=True)
    call("AdminGetUser", **pool, Username="bob")
    call("ListUsers", **pool, Filter='email ^= "bob"')
    call("InitiateAuth", ClientId=app, AuthFlow="USER_PASSWORD_AUTH",
         AuthParameters={"USERNAME": "bob", "PASSWORD": "N3w!passw"})
    call("SignUp", ClientId=app, Username="carol", Password="S1gn!upup",
         UserAttributes=[{"Name": "email", "Value": "c@example.com"}])
    call("CreateGroup", **pool, GroupName="admins", Precedence=1)
    call("AdminAddUserToGroup", **pool, Username="bob", GroupName="admins")
    call("AdminDisableUser", **pool, Username="bob")
    call("AdminDeleteUser", **pool, Username="bob")
    call("DeleteUserPool", **pool)


@script("cognito-identity")
def cognito_identity(call):
    pool = call("CreateIdentityPool", IdentityPoolName="apps", AllowUnauthenticatedIdentities=True,
                SupportedLoginProviders={"graph.facebook.com": "123"})
    pool = {"IdentityPoolId": pool["IdentityPoolId"]}
    call("DescribeIdentityPool", **pool)
    call("ListIdentityPools", MaxResults=5)
    call("DeleteIdentityPool", **pool)


@script("acm")
def acm(call):
    made = call("RequestCertificate", DomainName="example.com", ValidationMethod="DNS",
                SubjectAlternativeNames=["www.example.com"], IdempotencyToken="t1")
    arn = {"CertificateArn": made["CertificateArn"]}
    call("DescribeCertificate", **arn)
    call("ListCertificates", CertificateStatuses=["ISSUED"], MaxItems=5)
    call("AddTagsToCertificate", **arn, Tags=[{"Key": "k", "Value": "v"}])
    call("ListTagsForCertificate", **arn)
    call("ImportCertificate", Certificate=b"-----BEGIN CERTIFICATE-----\nAA==\n",
         PrivateKey=b"-----BEGIN PRIVATE KEY-----\nAA==\n")
    call("DeleteCertificate", **arn)


@script("acm-pca")
def acm_pca(call):
    made = call("CreateCertificateAuthority", CertificateAuthorityType="ROOT",
                CertificateAuthorityConfiguration={
                    "KeyAlgorithm": "RSA_2048", "SigningAlgorithm": "SHA256WITHRSA",
                    "Subject": {"Country": "DE", "CommonName": "Test"}})
    arn = {"CertificateAuthorityArn": made["CertificateAuthorityArn"]}
    call("DescribeCertificateAuthority", **arn)
    call("ListCertificateAuthorities", MaxResults=3)
    call("GetCertificateAuthorityCsr", **arn)
    call("DeleteCertificateAuthority", **arn, PermanentDeletionTimeInDays=7)


@script("guardduty")
def guardduty(call):
    made = call("CreateDetector", Enable=True, FindingPublishingFrequency="ONE_HOUR",
                DataSources={"S3Logs": {"Enable": True}}, Tags={"k": "v"})
    there = {"DetectorId": made["DetectorId"]}
    call("GetDetector", **there)
    call("ListDetectors", MaxResults=5)
    call("CreateFilter", **there, Name="noise", Action="ARCHIVE", FindingCriteria={
        "Criterion": {"severity": {"Lt": 4}}})
    call("GetFilter", **there, FilterName="noise")
    call("DeleteFilter", **there, FilterName="noise")
    call("UpdateDetector", **there, Enable=False)
    call("DeleteDetector", **there)


@script("wafv2")
def wafv2(call):
    visible = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": False,
               "MetricName": "m"}
    call("CreateWebACL", Name="acl", Scope="REGIONAL", DefaultAction={"Allow": {}},
         VisibilityConfig=visible, Tags=[{"Key": "k", "Value": "v"}])
    call("ListWebACLs", Scope="REGIONAL", Limit=5)
    call("CreateIPSet", Name="ips", Scope="REGIONAL", IPAddressVersion="IPV4",
         Addresses=["192.0.2.0/24"])
    call("ListIPSets", Scope="REGIONAL")
    call("GetWebACL", Name="absent", Scope="REGIONAL", Id="00000000-0000-0000-0000-000000000000")


@script("ram")
def ram(call):
    made = call("CreateResourceShare", name="share", allowExternalPrincipals=False,
                principals=[ACCOUNT], tags=[{"key": "k", "value": "v"}])
    call("GetResourceShares", resourceOwner="SELF", name="share")
    call("DeleteResourceShare", resourceShareArn=made["resourceShare"]["resourceShareArn"])


@script("sso-admin")
def sso_admin(call):
    instance = {"InstanceArn": "arn:aws:sso:::instance/ssoins-0123456789abcdef"}
    made = call("CreatePermissionSet", **instance, Name="ReadOnly", SessionDuration="PT2H",
                Tags=[{"Key": "k", "Value": "v"}])
    arn = made["PermissionSet"]["PermissionSetArn"]
    call("DescribePermissionSet", **instance, PermissionSetArn=arn)
    call("ListPermissionSets", **instance, MaxResults=5)
    call("PutInlinePolicyToPermissionSet", **instance, PermissionSetArn=arn, InlinePolicy=ALLOW)
    call("DeletePermissionSet", **instance, PermissionSetArn=arn)


@script("identitystore")
def identitystore(call):
    store = {"IdentityStoreId": "d-1234567890"}
    made = call("CreateUser", **store, UserName="dana", DisplayName="Dana",
                Name={"GivenName": "Dana", "FamilyName": "Ö"},
                Emails=[{"Value": "d@example.com", "Primary": True}])
    call("DescribeUser", **store, UserId=made["UserId"])
    call("ListUsers", **store, MaxResults=5)
    call("CreateGroup", **store, DisplayName="team")
    call("DeleteUser", **store, UserId=made["UserId"])


@script("macie2")
def macie2(call):
    call("EnableMacie", status="ENABLED", findingPublishingFrequency="ONE_HOUR")
    call("GetMacieSession")
    call("ListMembers", onlyAssociated="true")


@script("inspector2")
def inspector2(call):
    call("Enable", resourceTypes=["EC2", "ECR"], accountIds=[ACCOUNT])
    call("ListFindings", maxResults=3, filterCriteria={
        "severity": [{"comparison": "EQUALS", "value": "HIGH"}]})
    call("BatchGetAccountStatus", accountIds=[ACCOUNT])


@script("securityhub")
def securityhub(call):
    call("EnableSecurityHub", EnableDefaultStandards=False, Tags={"k": "v"})
    call("DescribeHub")
    call("GetFindings", MaxResults=3, Filters={
        "SeverityLabel": [{"Value": "HIGH", "Comparison": "EQUALS"}]})


@script("shield")
def shield(call):
    call("CreateSubscription")
    call("ListProtections", MaxResults=5)
    call("CreateProtection", Name="p", ResourceArn=(
        f"arn:aws:ec2:eu-central-1:{ACCOUNT}:eip-allocation/eipalloc-0123456789abcdef0"))


@script("ds")
def ds(call):
    call("CreateDirectory", Name="corp.example.com", Password="P4ssword!", Size="Small",
         VpcSettings={"VpcId": "vpc-0123456789abcdef0", "SubnetIds": ["subnet-a1", "subnet-b2"]})
    call("DescribeDirectories", Limit=5)
    call("GetDirectoryLimits")


@script("payment-cryptography")
def payment_cryptography(call):
    call("ListKeys", MaxResults=3)


@script("signer")
def signer(call):
    call("PutSigningProfile", profileName="prof", platformId="AWSLambda-SHA384-ECDSA",
         tags={"k": "v"})
    call("GetSigningProfile", profileName="prof")
    call("ListSigningPlatforms")
    call("CancelSigningProfile", profileName="prof")


@script("account")
def account(call):
    call("PutAlternateContact", AlternateContactType="SECURITY", EmailAddress="s@example.com",
         Name="Sam", PhoneNumber="+49 30 1", Title="CISO")
    call("GetAlternateContact", AlternateContactType="SECURITY")
    call("DeleteAlternateContact", AlternateContactType="SECURITY")


@script("cloudhsmv2")
def cloudhsm(call):
    call("CreateCluster", HsmType="hsm1.medium", SubnetIds=["subnet-12345678"])
    call("DescribeClusters", MaxResults=3)
    call("DescribeBackups", Filters={"states": ["READY"]})
