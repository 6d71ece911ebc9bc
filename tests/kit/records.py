"""CloudTrail records written for tests: invented accounts, addresses from documentation ranges."""

import datetime
import json
import uuid

ACCOUNT = "111122223333"


def at(seconds_ago=0.0):
    """`eventTime` of some seconds ago."""
    then = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=seconds_ago)
    return then.strftime("%Y-%m-%dT%H:%M:%SZ")


def iam_user(name, account=ACCOUNT, key="AKIAEXAMPLE111111111"):
    return {
        "type": "IAMUser",
        "principalId": "AIDAEXAMPLE111111111",
        "arn": f"arn:aws:iam::{account}:user/{name}",
        "accountId": account,
        "accessKeyId": key,
        "userName": name,
    }


def record(name="DescribeInstances", source="ec2.amazonaws.com", **changes):
    """A management event with the key order of delivered files; a change to `None` drops a key."""
    account = changes.pop("account", ACCOUNT)
    found = {
        "eventVersion": "1.11",
        "userIdentity": iam_user("alice", account),
        "eventTime": at(60),
        "eventSource": source,
        "eventName": name,
        "awsRegion": "us-east-1",
        "sourceIPAddress": "198.51.100.7",
        "userAgent": "aws-cli/2.27.0",
        "requestParameters": None,
        "responseElements": None,
        "requestID": str(uuid.uuid4()),
        "eventID": str(uuid.uuid4()),
        "readOnly": name.startswith(("Describe", "Get", "List")),
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": account,
        "eventCategory": "Management",
    }
    found.update(changes)
    kept_null = ("requestParameters", "responseElements")
    return {k: v for k, v in found.items() if v is not None or k in kept_null}


def encode(found):
    """The bytes of one record, as the service writes them: no white space."""
    return json.dumps(found, separators=(",", ":"), ensure_ascii=False).encode()


def log_file(found):
    """`{"Records":[…]}` of records or of ready bytes."""
    parts = [part if isinstance(part, bytes) else encode(part) for part in found]
    return b'{"Records":[' + b",".join(parts) + b"]}"


def json_lines(found):
    parts = [part if isinstance(part, bytes) else encode(part) for part in found]
    return b"".join(part + b"\n" for part in parts)


def of_size(size, **changes):
    """A record of exactly `size` bytes."""
    empty = record(requestParameters={"filler": ""}, **changes)
    short = size - len(encode(empty))
    empty["requestParameters"]["filler"] = "x" * short
    assert short >= 0 and len(encode(empty)) == size
    return empty
