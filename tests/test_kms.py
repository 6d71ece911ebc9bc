"""The embedded KMS, through boto3 and the aws CLI."""

import base64
import json

import botocore.exceptions
import pytest

from conftest import REGION, boto, new_account
from test_identity import newest

CONTEXT = {"team": "audit", "stage": "test"}


@pytest.fixture(scope="module")
def kms(module_account):
    return module_account.boto("kms")


@pytest.fixture
def key(kms):
    """A new key's id."""
    return kms.create_key(Description="made by a test")["KeyMetadata"]["KeyId"]


def refused(call, **members):
    """Code and message of a refusal."""
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**members)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def arn_of(account, key, region=REGION):
    return f"arn:aws:kms:{region}:{account.id}:key/{key}"


def test_a_key_from_beginning_to_end(kms, module_account):
    made = kms.create_key(
        Description="logs", Tags=[{"TagKey": "team", "TagValue": "audit"}]
    )["KeyMetadata"]
    key = made["KeyId"]
    assert made["Arn"] == arn_of(module_account, key)
    assert (made["KeyState"], made["Enabled"], made["KeyManager"]) == ("Enabled", True, "CUSTOMER")
    assert kms.describe_key(KeyId=key)["KeyMetadata"] == made
    pages = kms.get_paginator("list_keys").paginate()
    assert key in [one["KeyId"] for page in pages for one in page["Keys"]]
    assert kms.list_resource_tags(KeyId=key)["Tags"] == [{"TagKey": "team", "TagValue": "audit"}]
    policy = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    assert policy["Statement"][0]["Principal"] == {"AWS": f"arn:aws:iam::{module_account.id}:root"}

    kms.disable_key(KeyId=key)
    assert refused(kms.encrypt, KeyId=key, Plaintext=b"x") == (
        "DisabledException", f"{made['Arn']} is disabled.",
    )
    kms.enable_key(KeyId=key)
    gone = kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert (gone["KeyState"], gone["PendingWindowInDays"]) == ("PendingDeletion", 7)
    assert refused(kms.encrypt, KeyId=key, Plaintext=b"x") == (
        "KMSInvalidStateException", f"{made['Arn']} is pending deletion.",
    )
    kms.cancel_key_deletion(KeyId=key)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Disabled"


def test_texts_and_data_keys(kms, key):
    made = kms.encrypt(KeyId=key, Plaintext=b"a text", EncryptionContext=CONTEXT)
    sealed = made["CiphertextBlob"]
    opened = kms.decrypt(CiphertextBlob=sealed, EncryptionContext=CONTEXT)
    assert opened["Plaintext"] == b"a text"
    assert refused(kms.decrypt, CiphertextBlob=sealed)[0] == "InvalidCiphertextException"
    assert refused(kms.decrypt, CiphertextBlob=b"nonsense")[0] == "InvalidCiphertextException"
    made = kms.generate_data_key(KeyId=key, KeySpec="AES_256", EncryptionContext=CONTEXT)
    assert len(made["Plaintext"]) == 32
    opened = kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext=CONTEXT)
    assert opened["Plaintext"] == made["Plaintext"]
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    moved = kms.re_encrypt(
        CiphertextBlob=sealed, SourceEncryptionContext=CONTEXT, DestinationKeyId=other,
    )
    opened = kms.decrypt(CiphertextBlob=moved["CiphertextBlob"], KeyId=other)
    assert opened["Plaintext"] == b"a text"
    assert len(kms.generate_random(NumberOfBytes=20)["Plaintext"]) == 20


def test_rotation(kms, key, module_account):
    sealed = kms.encrypt(KeyId=key, Plaintext=b"old")["CiphertextBlob"]
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    status = kms.get_key_rotation_status(KeyId=key)
    assert (status["KeyRotationEnabled"], status["RotationPeriodInDays"]) == (True, 90)
    assert kms.rotate_key_on_demand(KeyId=key)["KeyId"] == arn_of(module_account, key)
    rotations = kms.list_key_rotations(KeyId=key)["Rotations"]
    assert [one["RotationType"] for one in rotations] == ["ON_DEMAND"]
    assert kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"old"
    kms.disable_key_rotation(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is False
    kms.disable_key(KeyId=key)
    assert refused(kms.enable_key_rotation, KeyId=key)[0] == "DisabledException"


def test_aliases(kms, key, module_account):
    name = f"alias/{key}"
    kms.create_alias(AliasName=name, TargetKeyId=key)
    assert kms.describe_key(KeyId=name)["KeyMetadata"]["KeyId"] == key
    arn = f"arn:aws:kms:{REGION}:{module_account.id}:{name}"
    assert refused(kms.create_alias, AliasName=name, TargetKeyId=key) == (
        "AlreadyExistsException", f"An alias with the name {arn} already exists",
    )
    listed = kms.list_aliases(KeyId=key)["Aliases"]
    assert [(one["AliasArn"], one["TargetKeyId"]) for one in listed] == [(arn, key)]
    kms.delete_alias(AliasName=name)
    assert refused(kms.describe_key, KeyId=name) == (
        "NotFoundException", f"Alias {arn} is not found.",
    )


def test_keys_stay_in_their_account_and_region(kms, key, module_account, operator):
    there = module_account.boto("kms", "us-east-1")
    assert refused(there.describe_key, KeyId=key) == (
        "NotFoundException", f"Key '{arn_of(module_account, key, 'us-east-1')}' does not exist",
    )
    assert there.list_keys()["Keys"] == []
    stranger = new_account(operator).boto("kms")
    assert refused(stranger.describe_key, KeyId=key)[0] == "NotFoundException"
    arn = arn_of(module_account, key)
    assert refused(stranger.describe_key, KeyId=arn)[0] == "AccessDeniedException"
    sealed = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert refused(stranger.decrypt, CiphertextBlob=sealed)[0] == "AccessDeniedException"


def test_the_key_policy_decides(kms, key, module_account):
    account = module_account.id
    user = boto(module_account.user(f"reader-{key[:8]}"), "kms")
    assert refused(user.encrypt, KeyId=key, Plaintext=b"x") == (
        "AccessDeniedException",
        f"User: arn:aws:iam::{account}:user/reader-{key[:8]} is not authorized to perform: "
        f"kms:Encrypt on resource: {arn_of(module_account, key)} because no resource-based policy "
        "allows the kms:Encrypt action",
    )
    policy = json.loads(kms.get_key_policy(KeyId=key)["Policy"])
    policy["Statement"].append({
        "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:user/reader-{key[:8]}"},
        "Action": "kms:Encrypt", "Resource": "*",
    })
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(policy))
    user.encrypt(KeyId=key, Plaintext=b"x")
    assert refused(user.describe_key, KeyId=key)[0] == "AccessDeniedException"
    policy["Statement"] = policy["Statement"][1:]
    put = dict(KeyId=key, PolicyName="default", Policy=json.dumps(policy))
    assert refused(kms.put_key_policy, **put) == (
        "MalformedPolicyDocumentException",
        "The new key policy will not allow you to update the key policy in the future.",
    )


def test_grants(kms, key, module_account):
    name = f"grantee-{key[:8]}"
    user = boto(module_account.user(name), "kms")
    arn = f"arn:aws:iam::{module_account.id}:user/{name}"
    made = kms.create_grant(KeyId=key, GranteePrincipal=arn, Operations=["GenerateDataKey"])
    user.generate_data_key(KeyId=key, KeySpec="AES_256")
    assert [one["GranteePrincipal"] for one in kms.list_grants(KeyId=key)["Grants"]] == [arn]
    kms.revoke_grant(KeyId=key, GrantId=made["GrantId"])
    code, _ = refused(user.generate_data_key, KeyId=key, KeySpec="AES_256")
    assert code == "AccessDeniedException"


def test_s3_has_a_key_of_its_own(kms, module_account):
    bucket = f"sse-{module_account.id}"
    s3 = module_account.boto("s3")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms")
    key = kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]
    assert (put["SSEKMSKeyId"], key["KeyManager"]) == (key["Arn"], "AWS")
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    assert refused(kms.schedule_key_deletion, KeyId=key["Arn"])[0] == "AccessDeniedException"
    own = kms.create_key()["KeyMetadata"]["KeyId"]
    s3.put_object(
        Bucket=bucket, Key="k", Body=b"y", ServerSideEncryption="aws:kms", SSEKMSKeyId=own
    )
    kms.disable_key(KeyId=own)
    code, message = refused(s3.get_object, Bucket=bucket, Key="k")
    assert (code, message) == (
        "KMS.DisabledException", f"{arn_of(module_account, own)} is disabled.",
    )
    kms.enable_key(KeyId=own)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"y"


def test_the_command_line(aws, module_account, tmp_path):
    client = module_account.client
    key = aws(client, "kms", "create-key", "--description", "by hand")["KeyMetadata"]["KeyId"]
    plain = tmp_path / "plain"
    plain.write_bytes(b"a secret")
    made = aws(
        client, "kms", "encrypt", "--key-id", key, "--plaintext", f"fileb://{plain}",
        "--encryption-context", "a=b",
    )
    sealed = tmp_path / "sealed"
    sealed.write_bytes(base64.b64decode(made["CiphertextBlob"]))
    decrypt = ("kms", "decrypt", "--ciphertext-blob", f"fileb://{sealed}")
    opened = aws(client, *decrypt, "--encryption-context", "a=b")
    assert opened["Plaintext"] == "YSBzZWNyZXQ="
    said = aws(client, *decrypt, fails=True)
    assert "(InvalidCiphertextException) when calling the Decrypt operation" in said
    said = aws(client, "kms", "describe-key", "--key-id", "alias/none", fails=True)
    assert f"Alias arn:aws:kms:{REGION}:{module_account.id}:alias/none is not found." in said


def test_calls_are_recorded_without_what_must_stay_secret(kms, key, module_account):
    sealed = kms.encrypt(KeyId=key, Plaintext=b"not for the record", EncryptionContext=CONTEXT)
    record = newest(module_account.client, "Encrypt")
    assert (record["eventSource"], record["readOnly"]) == ("kms.amazonaws.com", True)
    assert record["requestParameters"]["encryptionContext"] == CONTEXT
    secret = base64.b64encode(b"not for the record").decode()
    assert secret not in json.dumps(record)
    kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"], EncryptionContext=CONTEXT)
    assert secret not in json.dumps(newest(module_account.client, "Decrypt"))
    made = kms.generate_data_key(KeyId=key, KeySpec="AES_256")
    text = json.dumps(newest(module_account.client, "GenerateDataKey"))
    assert base64.b64encode(made["Plaintext"]).decode() not in text
    kms.disable_key(KeyId=key)
    record = newest(module_account.client, "DisableKey")
    assert record["readOnly"] is False and record["requestParameters"] == {"keyId": key}
