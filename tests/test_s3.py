"""The embedded S3, as boto3 and the unmodified aws CLI see it."""

import concurrent.futures
import datetime
import hashlib
import io
import itertools
import json
import os
import pathlib
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

import boto3
import botocore.exceptions
import pytest
from boto3.s3.transfer import TransferConfig
from botocore.config import Config

from conftest import REGION, eventually, new_account, run, shell_env
from kit import server as servers

_names = itertools.count(1)
MIB = 1 << 20


def s3_of(client, **more):
    return boto3.client(
        "s3",
        endpoint_url=client.endpoint,
        region_name=client.region,
        aws_access_key_id=client.creds.access_key_id,
        aws_secret_access_key=client.creds.secret,
        aws_session_token=client.creds.token,
        config=Config(
            retries={"total_max_attempts": 1}, signature_version="s3v4",
            s3={"addressing_style": "path"}, **more,
        ),
    )


@pytest.fixture(scope="module")
def s3(module_account):
    return s3_of(module_account.client)


@pytest.fixture
def bucket(s3):
    return made(s3)


def made(s3, **more):
    """A new bucket's name."""
    name = f"shelf-{os.getpid()}-{next(_names)}"
    here = {"LocationConstraint": REGION}
    s3.create_bucket(Bucket=name, CreateBucketConfiguration=here, **more)
    return name


def code(call, **members):
    """The code of a refusal."""
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**members)
    return caught.value.response["Error"]["Code"]


def test_buckets(s3, bucket, operator):
    assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] == REGION
    assert bucket in [found["Name"] for found in s3.list_buckets()["Buckets"]]
    assert s3.head_bucket(Bucket=bucket)["BucketRegion"] == REGION
    assert code(s3.create_bucket, Bucket=bucket) == "BucketAlreadyOwnedByYou"
    other = s3_of(new_account(operator).client)
    assert code(other.create_bucket, Bucket=bucket) == "BucketAlreadyExists"
    assert code(other.list_objects_v2, Bucket=bucket) == "AccessDenied"
    assert other.list_buckets()["Buckets"] == []
    s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    assert code(s3.delete_bucket, Bucket=bucket) == "BucketNotEmpty"
    s3.delete_object(Bucket=bucket, Key="key")
    s3.delete_bucket(Bucket=bucket)
    assert code(s3.head_bucket, Bucket=bucket) == "404"
    assert code(s3.list_objects_v2, Bucket=bucket) == "NoSuchBucket"


def test_an_object_and_what_is_known_of_it(s3, bucket):
    put = s3.put_object(
        Bucket=bucket, Key="a b/ü+c.txt", Body=b"hello", ContentType="text/plain",
        Metadata={"team": "audit"}, Tagging="a=b", ACL="bucket-owner-full-control",
    )
    assert put["ETag"] == f'"{hashlib.md5(b"hello").hexdigest()}"'
    got = s3.get_object(Bucket=bucket, Key="a b/ü+c.txt", ChecksumMode="ENABLED")
    assert got["Body"].read() == b"hello"
    assert (got["ContentType"], got["Metadata"]) == ("text/plain", {"team": "audit"})
    assert (got["ServerSideEncryption"], got["TagCount"]) == ("AES256", 1)
    tags = s3.get_object_tagging(Bucket=bucket, Key="a b/ü+c.txt")["TagSet"]
    assert tags == [{"Key": "a", "Value": "b"}]
    part = s3.get_object(Bucket=bucket, Key="a b/ü+c.txt", Range="bytes=1-3")
    assert (part["Body"].read(), part["ContentRange"]) == (b"ell", "bytes 1-3/5")
    assert code(s3.get_object, Bucket=bucket, Key="a b/ü+c.txt", IfNoneMatch=put["ETag"]) == "304"
    copied = {"Bucket": bucket, "Key": "a b/ü+c.txt"}
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=copied)
    assert s3.head_object(Bucket=bucket, Key="copy")["Metadata"] == {"team": "audit"}
    known = s3.get_object_attributes(
        Bucket=bucket, Key="copy", ObjectAttributes=["ETag", "ObjectSize", "StorageClass"]
    )
    assert (known["ObjectSize"], known["StorageClass"]) == (5, "STANDARD")
    for absent in (s3.get_object, s3.get_object_tagging):
        assert code(absent, Bucket=bucket, Key="none") == "NoSuchKey"
    refused = code(s3.put_object, Bucket=bucket, Key="k", Body=b"x", ACL="public-read")
    assert refused == "AccessControlListNotSupported"


def test_of_many_conditional_puts_one_wins(module_account, s3, bucket):
    def put(number):
        try:
            mine = s3_of(module_account.client)
            mine.put_object(Bucket=bucket, Key="key", Body=b"%d" % number, IfNoneMatch="*")
        except botocore.exceptions.ClientError as error:
            assert error.response["Error"]["Code"] == "PreconditionFailed"
            return None
        return number

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        won = [number for number in pool.map(put, range(24)) if number is not None]
    assert len(won) == 1
    assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"%d" % won[0]


def test_parts(s3, bucket):
    whole = os.urandom(11 * MIB + 17)
    split = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB)
    s3.upload_fileobj(io.BytesIO(whole), bucket, "big", Config=split)
    back = io.BytesIO()
    s3.download_fileobj(bucket, "big", back, Config=split)
    assert back.getvalue() == whole
    assert s3.head_object(Bucket=bucket, Key="big")["ETag"].endswith('-3"')
    edge = s3.get_object(Bucket=bucket, Key="big", Range=f"bytes={5 * MIB - 3}-{5 * MIB + 2}")
    assert edge["Body"].read() == whole[5 * MIB - 3:5 * MIB + 3]

    upload = s3.create_multipart_upload(Bucket=bucket, Key="left")["UploadId"]
    s3.upload_part(Bucket=bucket, Key="left", UploadId=upload, PartNumber=1, Body=b"x")
    assert [one["Key"] for one in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]] == ["left"]
    assert len(s3.list_parts(Bucket=bucket, Key="left", UploadId=upload)["Parts"]) == 1
    s3.abort_multipart_upload(Bucket=bucket, Key="left", UploadId=upload)
    assert code(s3.list_parts, Bucket=bucket, Key="left", UploadId=upload) == "NoSuchUpload"


def test_listings(s3, bucket):
    keys = ["a", "dir/", "dir/1", "dir/2/3", "dir/2/4", "e f", "z"]
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    for operation in ("list_objects", "list_objects_v2"):
        pages = s3.get_paginator(operation)

        def walk(**more):
            for page in pages.paginate(Bucket=bucket, PaginationConfig={"PageSize": 2}, **more):
                yield from (found["Key"] for found in page.get("Contents", []))
                yield from (found["Prefix"] for found in page.get("CommonPrefixes", []))

        assert list(walk()) == keys
        assert sorted(walk(Delimiter="/")) == ["a", "dir/", "e f", "z"]
        assert sorted(walk(Delimiter="/", Prefix="dir/")) == ["dir/", "dir/1", "dir/2/"]
    after = s3.list_objects(Bucket=bucket, Marker="dir/2/3", Prefix="dir")["Contents"]
    assert [found["Key"] for found in after] == ["dir/2/4"]


def test_versions(s3, bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket=bucket, Key="key", Body=b"1")["VersionId"]
    s3.put_object(Bucket=bucket, Key="key", Body=b"2")
    marker = s3.delete_object(Bucket=bucket, Key="key")
    assert marker["DeleteMarker"] is True
    assert code(s3.get_object, Bucket=bucket, Key="key") == "NoSuchKey"
    assert s3.get_object(Bucket=bucket, Key="key", VersionId=first)["Body"].read() == b"1"
    listed = s3.list_object_versions(Bucket=bucket)
    assert (len(listed["Versions"]), len(listed["DeleteMarkers"])) == (2, 1)
    s3.delete_object(Bucket=bucket, Key="key", VersionId=marker["VersionId"])
    assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"2"
    refused = code(
        s3.put_bucket_versioning, Bucket=bucket,
        VersioningConfiguration={"Status": "Enabled", "MFADelete": "Enabled"},
    )
    assert refused == "AccessDenied"


def test_locks(s3):
    bucket = made(s3, ObjectLockEnabledForBucket=True)
    until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=2)
    locked = {}
    for mode in ("GOVERNANCE", "COMPLIANCE"):
        locked[mode] = s3.put_object(
            Bucket=bucket, Key=mode, Body=b"x", ObjectLockMode=mode,
            ObjectLockRetainUntilDate=until,
        )["VersionId"]
        named = {"Bucket": bucket, "Key": mode, "VersionId": locked[mode]}
        assert code(s3.delete_object, **named) == "AccessDenied"
        sooner = {"Mode": mode, "RetainUntilDate": until - datetime.timedelta(days=1)}
        assert code(s3.put_object_retention, Retention=sooner, **named) == "AccessDenied"
    kept = {"Bucket": bucket, "Key": "COMPLIANCE", "VersionId": locked["COMPLIANCE"]}
    refused = code(s3.delete_object, BypassGovernanceRetention=True, **kept)
    assert refused == "AccessDenied"
    gone = {"Bucket": bucket, "Key": "GOVERNANCE", "VersionId": locked["GOVERNANCE"]}
    s3.put_object_legal_hold(LegalHold={"Status": "ON"}, **gone)
    assert code(s3.delete_object, BypassGovernanceRetention=True, **gone) == "AccessDenied"
    s3.put_object_legal_hold(LegalHold={"Status": "OFF"}, **gone)
    s3.delete_object(BypassGovernanceRetention=True, **gone)
    named = [{"Key": kept["Key"], "VersionId": kept["VersionId"]}]
    many = s3.delete_objects(Bucket=bucket, Delete={"Objects": named})
    assert [error["Code"] for error in many["Errors"]] == ["AccessDenied"]
    assert s3.delete_object(Bucket=bucket, Key="COMPLIANCE")["DeleteMarker"] is True


def test_what_is_not_configured_says_so(s3, bucket):
    for setting, expected in {
        "bucket_cors": "NoSuchCORSConfiguration",
        "bucket_lifecycle_configuration": "NoSuchLifecycleConfiguration",
        "bucket_policy": "NoSuchBucketPolicy",
        "bucket_replication": "ReplicationConfigurationNotFoundError",
        "bucket_tagging": "NoSuchTagSet",
        "bucket_website": "NoSuchWebsiteConfiguration",
        "object_lock_configuration": "ObjectLockConfigurationNotFoundError",
    }.items():
        assert code(getattr(s3, f"get_{setting}"), Bucket=bucket) == expected
    assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=bucket)
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "BucketOwner"
    assert len(s3.get_bucket_acl(Bucket=bucket)["Grants"]) == 1
    block = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert set(block.values()) == {True}
    rule = {"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [rule]})
    assert s3.get_bucket_cors(Bucket=bucket)["CORSRules"] == [rule]


def test_a_policy_lets_another_account_read(s3, bucket, operator):
    other = new_account(operator)
    s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    statement = {
        "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{other.id}:root"},
        "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    theirs = s3_of(other.client)
    assert code(theirs.get_object, Bucket=bucket, Key="key") == "AccessDenied"
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    assert theirs.get_object(Bucket=bucket, Key="key")["Body"].read() == b"x"
    assert code(theirs.put_object, Bucket=bucket, Key="key", Body=b"y") == "AccessDenied"
    statement["Principal"] = "*"
    public = code(s3.put_bucket_policy, Bucket=bucket, Policy=json.dumps(policy))
    assert public == "AccessDenied"
    statement["Resource"] = "arn:aws:s3:::elsewhere/*"
    wrong = code(s3.put_bucket_policy, Bucket=bucket, Policy=json.dumps(policy))
    assert wrong == "MalformedPolicy"


def test_a_key_that_is_disabled_closes_its_objects(s3, bucket, module_account):
    kms = module_account.boto("kms")
    key = kms.create_key()["KeyMetadata"]
    s3.put_object(
        Bucket=bucket, Key="key", Body=b"secret", ServerSideEncryption="aws:kms",
        SSEKMSKeyId=key["KeyId"],
    )
    got = s3.get_object(Bucket=bucket, Key="key")
    assert (got["Body"].read(), got["SSEKMSKeyId"]) == (b"secret", key["Arn"])
    kms.disable_key(KeyId=key["KeyId"])
    assert code(s3.get_object, Bucket=bucket, Key="key") == "KMS.DisabledException"
    kms.enable_key(KeyId=key["KeyId"])
    assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"secret"


def test_a_queue_is_told_what_happens(s3, bucket, module_account):
    sqs = module_account.boto("sqs")
    url = sqs.create_queue(QueueName=bucket)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    arn = arn["Attributes"]["QueueArn"]
    statement = {
        "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "sqs:SendMessage", "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": f"arn:aws:s3:::{bucket}"}},
    }
    wanted = {"QueueArn": arn, "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]}
    configuration = {"QueueConfigurations": [wanted]}
    put = s3.put_bucket_notification_configuration
    refused = code(put, Bucket=bucket, NotificationConfiguration=configuration)
    assert refused == "InvalidArgument", "the queue's policy does not let S3 in yet"
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    put(Bucket=bucket, NotificationConfiguration=configuration)
    s3.put_object(Bucket=bucket, Key="a b", Body=b"xyz")
    s3.delete_object(Bucket=bucket, Key="a b")
    bodies = []

    def three():
        got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        bodies.extend(json.loads(message["Body"]) for message in got)
        return len(bodies) >= 3

    eventually(three)
    assert sum(body.get("Event") == "s3:TestEvent" for body in bodies) == 1
    events = {body["Records"][0]["eventName"]: body["Records"][0] for body in bodies if "Records" in body}
    assert set(events) == {"ObjectCreated:Put", "ObjectRemoved:Delete"}
    told = events["ObjectCreated:Put"]["s3"]
    assert (told["bucket"]["name"], told["object"]["key"]) == (bucket, "a+b")
    assert told["object"]["size"] == 3


def test_presigned(s3, bucket):
    put = s3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "key"})
    request = urllib.request.Request(put, data=b"signed", method="PUT")
    assert urllib.request.urlopen(request).status == 200
    shown = {"Bucket": bucket, "Key": "key", "ResponseContentType": "text/x-shown"}
    got = urllib.request.urlopen(s3.generate_presigned_url("get_object", Params=shown))
    assert (got.read(), got.headers["content-type"]) == (b"signed", "text/x-shown")
    bare = got.url.partition("?")[0]
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(bare)
    assert refused.value.code == 403


def test_the_command_line(module_account, s3, bucket, tmp_path):
    program = pathlib.Path(sys.executable).with_name("aws")

    def aws(*args):
        done = run([program, *args], shell_env(module_account.client), timeout=120)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    there, back = tmp_path / "there", tmp_path / "back"
    (there / "sub").mkdir(parents=True)
    (there / "big.bin").write_bytes(os.urandom(9 * MIB))
    (there / "sub" / "small.txt").write_text("small")
    # Listings tell whole seconds, as AWS's: a file of the same second would look newer.
    for path in (there / "big.bin", there / "sub" / "small.txt"):
        os.utime(path, (time.time() - 60,) * 2)
    shelf = f"s3://{bucket}-cli"
    aws("s3", "mb", shelf)
    aws("s3", "sync", there, f"{shelf}/w", "--no-progress")
    assert "PRE sub/" in aws("s3", "ls", f"{shelf}/w/")
    aws("s3", "cp", f"{shelf}/w", back, "--recursive", "--no-progress")
    for name in ("big.bin", "sub/small.txt"):
        assert (back / name).read_bytes() == (there / name).read_bytes()
    assert aws("s3", "sync", there, f"{shelf}/w", "--no-progress") == "", "nothing has changed"
    (there / "sub" / "small.txt").unlink()
    assert "delete:" in aws("s3", "sync", there, f"{shelf}/w", "--delete", "--no-progress")
    aws("s3", "mv", f"{shelf}/w/big.bin", f"{shelf}/moved.bin", "--no-progress")
    aws("s3", "rb", shelf, "--force")
    assert f"{bucket}-cli" not in aws("s3", "ls")


def test_calls_are_recorded(s3, bucket, module_account):
    def names():
        found = module_account.boto("cloudtrail").lookup_events(
            LookupAttributes=[{"AttributeKey": "ResourceName", "AttributeValue": bucket}]
        )["Events"]
        return {event["EventName"] for event in found}

    eventually(lambda: "CreateBucket" in names())


def test_what_was_acknowledged_is_there_after_a_kill(tmp_path):
    """Kills while several clients write; what was told to be stored is, whole, and only that."""
    with servers.Server(tmp_path / "data", args=["--region", REGION]) as running:
        client = running.client()
        bucket = made(s3_of(client))
        acknowledged, enough = {}, threading.Event()

        def write(number):
            mine = s3_of(client)
            for count in itertools.count():
                key, body = f"{number}/{count:04}", os.urandom(500 + 7000 * (count % 20))
                try:
                    mine.put_object(Bucket=bucket, Key=key, Body=body)
                except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError):
                    return
                acknowledged[key] = hashlib.sha256(body).digest()
                if len(acknowledged) >= 60:
                    enough.set()

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            writers = [pool.submit(write, number) for number in range(4)]
            assert enough.wait(30)
            running.kill()
            concurrent.futures.wait(writers, 30)
        running.start()
        s3 = s3_of(running.client())
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        listed = [found["Key"] for page in pages for found in page["Contents"]]
        assert set(acknowledged) <= set(listed)
        for key in listed:
            body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
            if key in acknowledged:
                assert hashlib.sha256(body).digest() == acknowledged[key]
        objects = running.data / "objects"
        files = [file for file in (objects / "data").rglob("*") if file.is_file()]
        assert (len(files), list((objects / "tmp").iterdir())) == (len(listed), [])


def test_lifecycle_rules_run(tmp_path):
    with servers.Server(tmp_path / "data", args=["--region", REGION, "--dev"]) as running:
        client = running.client()
        s3 = s3_of(client)
        bucket = made(s3)
        rule = {"Status": "Enabled", "Filter": {"Prefix": "old/"}, "Expiration": {"Days": 2}}
        s3.put_bucket_lifecycle_configuration(
            Bucket=bucket, LifecycleConfiguration={"Rules": [rule]}
        )
        for key in ("old/1", "kept/1"):
            s3.put_object(Bucket=bucket, Key=key, Body=b"x")
        moved = subprocess.run(
            [servers.binary(), "dev", "advance", "4d"], env=shell_env(client), capture_output=True
        )
        assert moved.returncode == 0, moved.stderr

        def keys():
            return [found["Key"] for found in s3.list_objects_v2(Bucket=bucket)["Contents"]]

        eventually(lambda: keys() == ["kept/1"], seconds=20)
