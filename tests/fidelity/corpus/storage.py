"""Object stores, file systems, archives and backups."""

import base64
import json

from . import ACCOUNT, ROLE, script

POLICY = {
    "Version": "2012-10-17",
    "Statement": [{
        "Sid": "Read", "Effect": "Allow", "Principal": "*",
        "Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::fid-bucket/*",
    }],
}


@script("s3", quick=True)
def s3_objects(call):
    call("CreateBucket", Bucket="fid-bucket", ACL="private",
         CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    call("ListBuckets")
    call("HeadBucket", Bucket="fid-bucket")
    call("PutObject", Bucket="fid-bucket", Key="reports/2026/üml äut+plus.csv", Body=b"a,b\n1,2\n",
         ContentType="text/csv", Metadata={"owner": "finance", "Run-Id": "7"},
         ServerSideEncryption="AES256", Tagging="team=audit&stage=prod")
    call("PutObject", Bucket="fid-bucket", Key="plain", Body=b"0123456789" * 20)
    call("GetObject", Bucket="fid-bucket", Key="plain", Range="bytes=0-9")
    call("GetObject", Bucket="fid-bucket", Key="absent")
    call("HeadObject", Bucket="fid-bucket", Key="plain")
    call("HeadObject", Bucket="fid-bucket", Key="absent")
    call("CopyObject", Bucket="fid-bucket", Key="copy",
         CopySource={"Bucket": "fid-bucket", "Key": "plain"}, MetadataDirective="COPY")
    call("ListObjects", Bucket="fid-bucket", Prefix="re", Delimiter="/")
    call("ListObjectsV2", Bucket="fid-bucket", Prefix="reports/", MaxKeys=10, FetchOwner=True)
    call("PutObjectTagging", Bucket="fid-bucket", Key="plain",
         Tagging={"TagSet": [{"Key": "tier", "Value": "cold + dry"}]})
    call("GetObjectTagging", Bucket="fid-bucket", Key="plain")
    call("DeleteObjectTagging", Bucket="fid-bucket", Key="plain")
    call("PutObjectAcl", Bucket="fid-bucket", Key="plain", ACL="public-read")
    call("GetObjectAcl", Bucket="fid-bucket", Key="plain")
    call("GetObjectAttributes", Bucket="fid-bucket", Key="plain",
         ObjectAttributes=["ETag", "ObjectSize"])
    call("DeleteObject", Bucket="fid-bucket", Key="copy")
    call("DeleteObjects", Bucket="fid-bucket",
         Delete={"Objects": [{"Key": "plain"}, {"Key": "<odd>&"}], "Quiet": True})
    call("ListObjectsV2", Bucket="no-such-bucket-fid")


@script("s3")
def s3_uploads(call):
    call("CreateBucket", Bucket="fid-parts",
         CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    made = call("CreateMultipartUpload", Bucket="fid-parts", Key="big/file.bin",
                ContentType="application/octet-stream", StorageClass="STANDARD_IA")
    upload = {"Bucket": "fid-parts", "Key": "big/file.bin", "UploadId": made["UploadId"]}
    part = call("UploadPart", **upload, PartNumber=1, Body=b"x" * (5 << 20))
    call("PutObject", Bucket="fid-parts", Key="tail", Body=b"tail")
    call("UploadPartCopy", **upload, PartNumber=2, CopySource="fid-parts/tail")
    call("ListParts", **upload, MaxParts=5)
    call("ListMultipartUploads", Bucket="fid-parts", Prefix="big/")
    call("CompleteMultipartUpload", **upload,
         MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})
    made = call("CreateMultipartUpload", Bucket="fid-parts", Key="given-up")
    call("AbortMultipartUpload", Bucket="fid-parts", Key="given-up", UploadId=made["UploadId"])
    call("PutBucketVersioning", Bucket="fid-parts",
         VersioningConfiguration={"Status": "Enabled"})
    call("ListObjectVersions", Bucket="fid-parts", KeyMarker="a", MaxKeys=3)
    call("RestoreObject", Bucket="fid-parts", Key="tail",
         RestoreRequest={"Days": 2, "GlacierJobParameters": {"Tier": "Standard"}})
    key = base64.b64encode(b"k" * 32).decode()
    call("PutObject", Bucket="fid-parts", Key="own-key", Body=b"secret", SSECustomerKey=key,
         SSECustomerAlgorithm="AES256")
    call("GetObject", Bucket="fid-parts", Key="own-key", SSECustomerKey=key,
         SSECustomerAlgorithm="AES256")


@script("s3")
def s3_buckets(call):
    bucket = {"Bucket": "fid-config"}
    call("CreateBucket", **bucket, ObjectLockEnabledForBucket=True,
         CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    call("GetBucketLocation", **bucket)
    call("PutBucketVersioning", **bucket, VersioningConfiguration={"Status": "Enabled"})
    call("GetBucketVersioning", **bucket)
    call("PutBucketPolicy", **bucket, Policy=json.dumps(POLICY).replace("fid-bucket", "fid-config"))
    call("GetBucketPolicy", **bucket)
    call("DeleteBucketPolicy", **bucket)
    call("PutBucketTagging", **bucket,
         Tagging={"TagSet": [{"Key": "team", "Value": "audit"}, {"Key": "größe", "Value": "1"}]})
    call("GetBucketTagging", **bucket)
    call("DeleteBucketTagging", **bucket)
    call("PutBucketAcl", **bucket, ACL="log-delivery-write")
    call("PutBucketAcl", **bucket, AccessControlPolicy={
        "Owner": {"ID": "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a"},
        "Grants": [{"Grantee": {"Type": "Group",
                                "URI": "http://acs.amazonaws.com/groups/global/AllUsers"},
                    "Permission": "READ"}],
    })
    call("GetBucketAcl", **bucket)
    call("PutBucketCors", **bucket, CORSConfiguration={"CORSRules": [{
        "AllowedMethods": ["GET", "PUT"], "AllowedOrigins": ["https://example.com"],
        "AllowedHeaders": ["*"], "MaxAgeSeconds": 300}]})
    call("GetBucketCors", **bucket)
    call("DeleteBucketCors", **bucket)
    call("PutBucketEncryption", **bucket, ServerSideEncryptionConfiguration={"Rules": [
        {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]})
    call("GetBucketEncryption", **bucket)
    call("DeleteBucketEncryption", **bucket)
    call("PutBucketLifecycleConfiguration", **bucket, LifecycleConfiguration={"Rules": [{
        "ID": "expire", "Status": "Enabled", "Filter": {"Prefix": "logs/"},
        "Expiration": {"Days": 30}}]})
    call("GetBucketLifecycleConfiguration", **bucket)
    call("DeleteBucketLifecycle", **bucket)
    call("PutPublicAccessBlock", **bucket, PublicAccessBlockConfiguration={
        "BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": False,
        "RestrictPublicBuckets": False})
    call("GetPublicAccessBlock", **bucket)
    call("DeletePublicAccessBlock", **bucket)
    s3_bucket_more(call, bucket)


def s3_bucket_more(call, bucket):
    call("PutBucketWebsite", **bucket, WebsiteConfiguration={
        "IndexDocument": {"Suffix": "index.html"}, "ErrorDocument": {"Key": "error.html"}})
    call("GetBucketWebsite", **bucket)
    call("DeleteBucketWebsite", **bucket)
    call("PutBucketNotificationConfiguration", **bucket, NotificationConfiguration={
        "EventBridgeConfiguration": {}})
    call("GetBucketNotificationConfiguration", **bucket)
    call("PutBucketAccelerateConfiguration", **bucket,
         AccelerateConfiguration={"Status": "Enabled"})
    call("GetBucketAccelerateConfiguration", **bucket)
    call("PutBucketOwnershipControls", **bucket,
         OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]})
    call("GetBucketOwnershipControls", **bucket)
    call("DeleteBucketOwnershipControls", **bucket)
    call("GetBucketLogging", **bucket)
    call("GetBucketReplication", **bucket)
    call("GetObjectLockConfiguration", **bucket)
    call("PutObjectLockConfiguration", **bucket, ObjectLockConfiguration={
        "ObjectLockEnabled": "Enabled",
        "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}})
    call("GetBucketRequestPayment", **bucket)
    call("PutBucketInventoryConfiguration", **bucket, Id="weekly", InventoryConfiguration={
        "Destination": {"S3BucketDestination": {"Bucket": "arn:aws:s3:::fid-config",
                                                "Format": "CSV"}},
        "IsEnabled": True, "Id": "weekly", "IncludedObjectVersions": "All",
        "Schedule": {"Frequency": "Weekly"}})
    call("ListBucketInventoryConfigurations", **bucket)
    call("DeleteBucket", **bucket)
    call("DeleteBucket", Bucket="no-such-bucket-fid")


@script("s3control")
def s3control(call):
    account = {"AccountId": ACCOUNT}
    call("PutPublicAccessBlock", **account, PublicAccessBlockConfiguration={
        "BlockPublicAcls": True, "IgnorePublicAcls": False})
    call("GetPublicAccessBlock", **account)
    call("DeletePublicAccessBlock", **account)
    call("CreateAccessPoint", **account, Name="door", Bucket="fid-bucket",
         VpcConfiguration={"VpcId": "vpc-0123456789abcdef0"})
    call("GetAccessPoint", **account, Name="door")
    call("ListAccessPoints", **account, Bucket="fid-bucket", MaxResults=5)
    call("GetAccessPointPolicy", **account, Name="door")
    call("DeleteAccessPoint", **account, Name="door")


@script("efs")
def efs(call):
    made = call("CreateFileSystem", CreationToken="token-1", PerformanceMode="generalPurpose",
                Encrypted=True, Tags=[{"Key": "Name", "Value": "home"}])
    there = {"FileSystemId": made["FileSystemId"]}
    call("DescribeFileSystems", MaxItems=5)
    call("PutLifecycleConfiguration", **there,
         LifecyclePolicies=[{"TransitionToIA": "AFTER_30_DAYS"}])
    call("DescribeLifecycleConfiguration", **there)
    point = call("CreateAccessPoint", ClientToken="ct-1", **there,
                 PosixUser={"Uid": 1000, "Gid": 1000, "SecondaryGids": [1, 2]},
                 RootDirectory={"Path": "/data"})
    call("DescribeAccessPoints", **there)
    call("DescribeMountTargets", **there)
    call("TagResource", ResourceId=there["FileSystemId"], Tags=[{"Key": "a", "Value": "b"}])
    call("DeleteAccessPoint", AccessPointId=point["AccessPointId"])
    call("DeleteFileSystem", **there)
    call("DescribeFileSystems", FileSystemId="fs-00000000000000000")


@script("glacier")
def glacier(call):
    call("CreateVault", accountId="-", vaultName="attic")
    call("DescribeVault", accountId="-", vaultName="attic")
    call("ListVaults", accountId="-", limit="5")
    made = call("UploadArchive", accountId="-", vaultName="attic", archiveDescription="old papers",
                body=b"papers" * 100)
    job = call("InitiateJob", accountId="-", vaultName="attic", jobParameters={
        "Type": "archive-retrieval", "ArchiveId": made["archiveId"], "Description": "back"})
    call("DescribeJob", accountId="-", vaultName="attic", jobId=job["jobId"])
    call("ListJobs", accountId="-", vaultName="attic")
    call("DeleteArchive", accountId="-", vaultName="attic", archiveId=made["archiveId"])
    call("DeleteVault", accountId="-", vaultName="attic")


@script("backup")
def backup(call):
    call("CreateBackupVault", BackupVaultName="safe", BackupVaultTags={"team": "audit"},
         CreatorRequestId="r-1")
    call("DescribeBackupVault", BackupVaultName="safe")
    call("ListBackupVaults", MaxResults=10)
    made = call("CreateBackupPlan", BackupPlan={"BackupPlanName": "nightly", "Rules": [{
        "RuleName": "n", "TargetBackupVaultName": "safe", "StartWindowMinutes": 60,
        "ScheduleExpression": "cron(0 5 * * ? *)", "Lifecycle": {"DeleteAfterDays": 30}}]})
    call("GetBackupPlan", BackupPlanId=made["BackupPlanId"])
    call("ListBackupPlans", IncludeDeleted=True)
    call("DeleteBackupPlan", BackupPlanId=made["BackupPlanId"])
    call("DeleteBackupVault", BackupVaultName="safe")


@script("fsx")
def fsx(call):
    made = call("CreateFileSystem", FileSystemType="LUSTRE", StorageCapacity=1200,
                SubnetIds=["subnet-12345678"], Tags=[{"Key": "Name", "Value": "scratch"}],
                LustreConfiguration={"DeploymentType": "SCRATCH_2"})
    there = made["FileSystem"]["FileSystemId"]
    call("DescribeFileSystems", FileSystemIds=[there])
    call("DeleteFileSystem", FileSystemId=there)
    call("DescribeBackups")


@script("datasync")
def datasync(call):
    made = call("CreateLocationS3", S3BucketArn="arn:aws:s3:::fid-bucket", Subdirectory="in",
                S3Config={"BucketAccessRoleArn": ROLE})
    other = call("CreateLocationSmb", ServerHostname="files.example.com", Subdirectory="/out",
                 User="alice", Password="p4ssw0rd", AgentArns=["arn:aws:datasync:eu-central-1:"
                 f"{ACCOUNT}:agent/agent-0123456789abcdef0"])
    call("ListLocations", MaxResults=3)
    task = call("CreateTask", SourceLocationArn=other["LocationArn"], Name="copy",
                DestinationLocationArn=made["LocationArn"])
    call("DescribeTask", TaskArn=task["TaskArn"])
    call("ListTasks")
    call("DeleteTask", TaskArn=task["TaskArn"])
