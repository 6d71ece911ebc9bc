"""A small signed client for everything that a Cairn listener serves."""

import http.client
import json
import ssl
import time
import urllib.parse
import uuid
import xml.etree.ElementTree as xml
from dataclasses import dataclass

from . import sigv4

JSON = "application/x-amz-json-1.1"
FORM = "application/x-www-form-urlencoded; charset=utf-8"
CLOUDTRAIL_TARGET = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101"
CLOUDTRAIL_SHORT_TARGET = "CloudTrail_20131101"
CAIRN_TARGET = "Cairn_20261121"
# Servers close idle connections; a connection this old is not used again.
IDLE_SECONDS = 5


@dataclass(frozen=True)
class Answer:
    """`headers` by lower-case name."""

    status: int
    headers: dict
    body: bytes

    def json(self):
        return json.loads(self.body)

    @property
    def error(self):
        """The error's bare name, whatever protocol it came in; `None` for a success."""
        if self.status < 400:
            return None
        if self.body.lstrip().startswith(b"<"):
            codes = [node.text for node in xml.fromstring(self.body).iter() if _tag(node) == "Code"]
            return codes[0] if codes else None
        return self.json().get("__type", "").rpartition("#")[2]

    @property
    def message(self):
        if self.body.lstrip().startswith(b"<"):
            texts = [n.text for n in xml.fromstring(self.body).iter() if _tag(n) == "Message"]
            return texts[0] if texts else None
        found = self.json()
        return found.get("message", found.get("Message"))


class Refused(Exception):
    """An answer that is not a success."""

    def __init__(self, answer):
        super().__init__(f"{answer.status} {answer.body[:400]!r}")
        self.answer = answer


class Client:
    """One identity in one Region; keeps one connection, so one thread at a time may use it."""

    def __init__(self, endpoint, region, creds, timeout=30, cafile=None):
        self.endpoint, self.region, self.creds = endpoint, region, creds
        self.timeout, self.cafile = timeout, cafile
        self.host = urllib.parse.urlsplit(endpoint).netloc
        self.connection = None
        self.used = 0.0

    def with_creds(self, creds):
        return Client(self.endpoint, self.region, creds, self.timeout, self.cafile)

    def in_region(self, region):
        return Client(self.endpoint, region, self.creds, self.timeout, self.cafile)

    def move(self, endpoint):
        """The server listens at another address since it was started again."""
        self.close()
        self.endpoint = endpoint
        self.host = urllib.parse.urlsplit(endpoint).netloc

    def close(self):
        if self.connection:
            self.connection.close()
            self.connection = None

    def send(self, method, url, headers, body):
        """One request exactly as given: nothing is signed or added, except by `http.client`."""
        if time.monotonic() - self.used > IDLE_SECONDS:
            self.close()
        if self.connection is None:
            self.connection = self._connect()
        try:
            self.connection.request(method, url, body=body, headers=headers)
            answer = self.connection.getresponse()
            found = Answer(answer.status, {n.lower(): v for n, v in answer.headers.items()}, answer.read())
        except Exception:
            self.close()
            raise
        self.used = time.monotonic()
        if answer.will_close:
            self.close()
        return found

    def call(self, service, method, url, headers, body, at=None):
        scope = sigv4.Scope(self.region, service)
        # As the SDKs do: two equal calls within one second are two calls, not a replay.
        headers = {"Host": self.host, "Amz-Sdk-Invocation-Id": str(uuid.uuid4()), **headers}
        signed = sigv4.sign_headers(self.creds, scope, method, url, headers, body, at)
        return self.send(method, url, signed, body)

    def cloudtrail(self, operation, _target=CLOUDTRAIL_TARGET, **members):
        return self._json("cloudtrail", f"{_target}.{operation}", members)

    def cairn(self, operation, **members):
        """The answer's members; raises `Refused`."""
        return _members(self.cairn_answer(operation, **members))

    def cairn_answer(self, operation, **members):
        return self._json("cairn", f"{CAIRN_TARGET}.{operation}", members)

    def lookup(self, **members):
        return _members(self.cloudtrail("LookupEvents", **members))

    def sts(self, action, **params):
        form = {"Action": action, "Version": "2011-06-15", **params}
        body = urllib.parse.urlencode(form).encode()
        return self.call("sts", "POST", "/", {"Content-Type": FORM}, body)

    def assume_role(self, arn, session):
        """A client with the session's credentials."""
        answer = self.sts("AssumeRole", RoleArn=arn, RoleSessionName=session)
        if answer.status != 200:
            raise Refused(answer)
        found = {_tag(node): node.text for node in xml.fromstring(answer.body).iter()}
        return self.with_creds(
            sigv4.Credentials(
                found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"]
            )
        )

    def ingest(self, body, encoding=None, from_record=False):
        """The counts; raises `Refused`."""
        return _members(self.ingest_answer(body, encoding, from_record))

    def ingest_answer(self, body, encoding=None, from_record=False):
        url = "/ingest?account=record" if from_record else "/ingest"
        headers = {"Content-Type": "application/json"}
        if encoding:
            headers["Content-Encoding"] = encoding
        return self.call("cairn", "POST", url, headers, body)

    def search(self, **members):
        """Every record that matches, newest first, over all pages."""
        found, token = [], {}
        while True:
            page = self.cairn("SearchEvents", **members, **token)
            found += page["Records"]
            if "NextToken" not in page:
                return found
            token = {"NextToken": page["NextToken"]}

    def _json(self, service, target, members):
        headers = {"Content-Type": JSON, "X-Amz-Target": target}
        return self.call(service, "POST", "/", headers, json.dumps(members).encode())

    def _connect(self):
        parts = urllib.parse.urlsplit(self.endpoint)
        if parts.scheme == "https":
            context = ssl.create_default_context(cafile=self.cafile)
            return http.client.HTTPSConnection(parts.netloc, timeout=self.timeout, context=context)
        return http.client.HTTPConnection(parts.netloc, timeout=self.timeout)


def _members(answer):
    if answer.status != 200:
        raise Refused(answer)
    return answer.json()


def _tag(node):
    return node.tag.rpartition("}")[2]
