"""What the record of a call must hold, worked out from the model and the parameters alone.

This is a second reading of the rules that Cairn follows, in another language and from another side:
it starts from what the client was asked to send, not from what arrived.

* Members have the model's names with the first letter in lower case; the keys of maps are data.
* Instants are written as CloudTrail writes them: `Nov 14, 2023, 10:13:20 PM`, in UTC.
* Blobs are Base64, and left out above `BLOB_TEXT_BYTES`. Bytes that are the whole body are not shown.
* What is secret is either hidden or left out; `SECRET` equals both.
"""

import base64
import datetime
from dataclasses import dataclass

from . import machines, objects, tables
from .secret import SECRET, known_secret

# The service's part of eventSource where it is not the name that requests are signed with.
SOURCES = {
    "application-autoscaling": "autoscaling",
    "meteringmarketplace": "metering-marketplace",
    "mq": "amazonmq",
    "rds-data": "rdsdata",
    "servicecatalog-appregistry": "servicecatalog-appregistry",
}
READS = (
    "Get", "List", "Describe", "Head", "Lookup", "BatchGet", "Query", "Scan", "Search", "Select",
    "Check", "Test", "Simulate", "Discover", "View", "Validate", "Verify", "Preview", "Estimate",
)
# Reads whose names do not say so, and writes whose names say read.
READ_ONLY = {
    ("dynamodb", "TransactGetItems"): True,
    ("kms", "Decrypt"): True,
    ("kms", "Encrypt"): True,
    ("kms", "GenerateDataKey"): True,
    ("kms", "GenerateDataKeyPair"): True,
    ("kms", "GenerateDataKeyWithoutPlaintext"): True,
    ("kms", "GenerateMac"): True,
    ("kms", "GenerateRandom"): True,
    ("kms", "ReEncrypt"): True,
    ("kms", "Sign"): True,
    ("logs", "FilterLogEvents"): True,
    ("logs", "StartQuery"): True,
    ("ses", "VerifyEmailIdentity"): False,
    ("sqs", "ReceiveMessage"): True,
    ("sts", "AssumeRole"): True,
    ("sts", "AssumeRoleWithSAML"): True,
    ("sts", "AssumeRoleWithWebIdentity"): True,
    ("sts", "GetFederationToken"): False,
    ("sts", "GetSessionToken"): False,
}
# Operations of functions carry the date of the API that they came with, until 2019.
DATED = {
    "AddPermission": "AddPermission20150331v2",
    "CreateAlias": "CreateAlias20150331",
    "CreateEventSourceMapping": "CreateEventSourceMapping20150331",
    "CreateFunction": "CreateFunction20150331",
    "DeleteAlias": "DeleteAlias20150331",
    "DeleteEventSourceMapping": "DeleteEventSourceMapping20150331",
    "DeleteFunction": "DeleteFunction20150331",
    "GetAccountSettings": "GetAccountSettings20160819",
    "GetAlias": "GetAlias20150331",
    "GetEventSourceMapping": "GetEventSourceMapping20150331",
    "GetFunction": "GetFunction20150331v2",
    "GetFunctionConfiguration": "GetFunctionConfiguration20150331v2",
    "GetPolicy": "GetPolicy20150331v2",
    "ListAliases": "ListAliases20150331",
    "ListEventSourceMappings": "ListEventSourceMappings20150331",
    "ListFunctions": "ListFunctions20150331",
    "ListLayers": "ListLayers20181031",
    "ListVersionsByFunction": "ListVersionsByFunction20150331",
    "PublishLayerVersion": "PublishLayerVersion20181031",
    "PublishVersion": "PublishVersion20150331",
    "PutFunctionConcurrency": "PutFunctionConcurrency20171031",
    "RemovePermission": "RemovePermission20150331v2",
    "TagResource": "TagResource20170331v2",
    "UpdateAlias": "UpdateAlias20150331",
    "UpdateFunctionCode": "UpdateFunctionCode20150331v2",
    "UpdateFunctionConfiguration": "UpdateFunctionConfiguration20150331v2",
}
# Services whose records name members as the wire does: real records of all of them show it.
WIRE_NAMES = {
    "account", "ce", "devops-guru", "internetmonitor", "resource-explorer-2", "securityhub",
    "synthetics",
}
# Base64 that is longer is data, not a parameter.
BLOB_TEXT_BYTES = 1024
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun",
          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Expected:
    """`params` is `None` where requestParameters must be null."""

    source: str
    name: str
    read_only: bool
    params: dict | None


def expected(call):
    return Expected(source(call), name(call), read_only(call), params(call) or None)


def source(call):
    signing = call.model.service_model.signing_name
    return f"{SOURCES.get(call.service, signing)}.amazonaws.com"


def name(call):
    plain = call.model.name
    if call.service == "lambda":
        return DATED.get(plain, plain)
    if call.service in ("s3", "s3control"):
        return objects.event_name(call.service, plain)
    return plain


def read_only(call):
    plain = call.model.name
    return READ_ONLY.get((call.service, plain), plain.startswith(READS))


def params(call):
    if call.service in ("s3", "s3control"):
        return objects.params(call)
    shape = call.model.input_shape
    if shape is None:
        return None
    if call.service == "ec2":
        return machines.params(call.model, call.params)
    given = {**in_headers(shape, call.headers), **call.params}
    found = _Tree(call.service, call.model.name).structure(shape, given, top=True)
    return tables.shown(found) if call.service == "dynamodb" else found


class _Tree:
    """One call's parameters, member by member."""

    def __init__(self, service, operation):
        self.service, self.operation = service, operation

    def structure(self, shape, given, top=False):
        if shape.is_document_type:
            return given
        found = {}
        for member, value in given.items():
            of = shape.members[member]
            if value is None or top and streams(shape, member):
                continue
            name = self.name(of, member)
            if secret(of) or known_secret(self.service, self.operation, member):
                found[name] = SECRET
            elif not long_blob(of, value):
                found[name] = self.value(of, value)
        return found

    def name(self, shape, member):
        if self.service in WIRE_NAMES:
            return shape.serialization.get("name", member)
        return lower(member)

    def value(self, shape, value):
        if shape.type_name == "structure":
            return self.structure(shape, value)
        if shape.type_name == "list":
            return SECRET if secret(shape.member) else [
                self.value(shape.member, each) for each in value
            ]
        if shape.type_name == "map":
            if secret(shape.value):
                return SECRET
            return {
                key: SECRET if known_secret(self.service, self.operation, key)
                else self.value(shape.value, each)
                for key, each in value.items()
            }
        if shape.type_name == "blob":
            return blob(value)
        if shape.type_name == "timestamp":
            return instant(value)
        return value


def streams(shape, member):
    """Whether the member is the whole body, as bytes."""
    of = shape.members[member]
    return shape.serialization.get("payload") == member and of.type_name == "blob"


def in_headers(shape, headers):
    """Members that the client itself computes while it sends: they travel in headers only."""
    found = {}
    for member, of in shape.members.items():
        if of.serialization.get("location") == "header" and of.type_name == "string":
            value = headers.get(of.serialization["name"].lower())
            if value is not None:
                found[member] = value
    return found


def long_blob(shape, value):
    return shape.type_name == "blob" and len(blob(value)) > BLOB_TEXT_BYTES


def secret(shape):
    """Whether the model says so."""
    return bool(shape.metadata.get("sensitive"))


def lower(member):
    return member[:1].lower() + member[1:]


def blob(value):
    if isinstance(value, str):
        value = value.encode()
    return base64.b64encode(bytes(value)).decode()


def instant(value):
    if isinstance(value, (int, float)):
        value = datetime.datetime.fromtimestamp(value, datetime.timezone.utc)
    if value.tzinfo:
        value = value.astimezone(datetime.timezone.utc)
    half = "AM" if value.hour < 12 else "PM"
    clock = f"{value.hour % 12 or 12}:{value:%M:%S} {half}"
    return f"{MONTHS[value.month - 1]} {value.day}, {value.year}, {clock}"
