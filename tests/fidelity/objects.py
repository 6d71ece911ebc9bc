"""The parameters of S3 calls, whose records show the request rather than the model.

`bucketName`, `key` and `Host`; the query's parameters under their own names; the x-amz headers that
are parameters; the body's XML as a tree, with one child of a name as a value, several as a list.
"""

import json
import urllib.parse
import xml.etree.ElementTree as xml

from .secret import SECRET

NAMES = {
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "GetBucketLifecycleConfiguration": "GetBucketLifecycle",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "DeletePublicAccessBlock": "DeleteBucketPublicAccessBlock",
    "ListObjectsV2": "ListObjects",
    "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
    "PutBucketLifecycleConfiguration": "PutBucketLifecycle",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
}
ACCOUNT_NAMES = {
    "DeletePublicAccessBlock": "DeleteAccountPublicAccessBlock",
    "GetPublicAccessBlock": "GetAccountPublicAccessBlock",
    "PutPublicAccessBlock": "PutAccountPublicAccessBlock",
}
# Headers that carry the call or check its body, the caller's own, and credentials.
UNSEEN = (
    "x-amz-account-id", "x-amz-checksum-", "x-amz-content-sha256", "x-amz-date",
    "x-amz-decoded-content-length", "x-amz-meta-", "x-amz-mfa", "x-amz-sdk-",
    "x-amz-security-token", "x-amz-server-side-encryption-context", "x-amz-trailer",
    "x-amz-user-agent",
)
CUSTOMER_KEYS = ("customer-key", "customer-key-md5")


def event_name(service, plain):
    return (NAMES if service == "s3" else ACCOUNT_NAMES).get(plain, plain)


def params(call):
    found = {"Host": call.headers["host"]}
    if call.service == "s3":
        names = (("Bucket", "bucketName"), ("Key", "key"))
        found.update((name, call.params[member]) for member, name in names
                     if member in call.params)
    else:
        found.update(path_members(call))
    query = urllib.parse.urlsplit(call.url).query
    found.update(urllib.parse.parse_qsl(query, keep_blank_values=True))
    found.update(headers(call))
    found.update(body(call))
    return found


def path_members(call):
    """What an account's call names in its path, under the model's names."""
    shape = call.model.input_shape
    return {
        name[:1].lower() + name[1:]: value for name, value in call.params.items()
        if shape.members[name].serialization.get("location") == "uri"
    }


def headers(call):
    found = {}
    for name, value in call.headers.items():
        if not name.startswith("x-amz-") or name.startswith(UNSEEN):
            continue
        found[name] = SECRET if name.endswith(CUSTOMER_KEYS) else value
    return found


def body(call):
    shape = call.model.input_shape
    payload = shape.serialization.get("payload") if shape else None
    if payload and shape.members[payload].type_name == "blob":
        return {}
    if call.model.name == "CompleteMultipartUpload":
        # Its parts say nothing that their own records do not.
        return {}
    if call.model.name == "PutBucketPolicy":
        return {"bucketPolicy": json.loads(call.params["Policy"])}
    if not call.body.lstrip().startswith(b"<"):
        return {}
    root = xml.fromstring(call.body.decode())
    name, space = split(root.tag)
    inside = tree(root)
    if space:
        inside = {"xmlns": space, **(inside if isinstance(inside, dict) else {})}
    return {name: inside}


def tree(node):
    found = {}
    for name, value in node.attrib.items():
        plain, space = split(name)
        found[f"xsi:{plain}" if space.endswith("XMLSchema-instance") else plain] = value
        if space.endswith("XMLSchema-instance"):
            found["xmlns:xsi"] = space
    for child in node:
        name = split(child.tag)[0]
        value = tree(child)
        if name in found:
            before = found[name]
            found[name] = [*before, value] if isinstance(before, list) else [before, value]
        else:
            found[name] = value
    return found or text(node.text or "")


def text(value):
    """Words that are numbers or truths are written as such."""
    if value in ("true", "false"):
        return value == "true"
    if value.isascii() and value.isdigit() and str(int(value)) == value:
        return int(value)
    return value


def split(tag):
    space, _, name = tag.rpartition("}")
    return name, space[1:]
