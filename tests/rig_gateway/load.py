"""Sequential clients that call through the gateway until it is killed."""

import hashlib
import http.client
import json
import random
import socket
import threading
import time
import urllib.parse
import uuid

from kit import sigv4
from ledger import BROKEN, CUT, OK, REFUSED, UNANSWERED
from store import AGENT, TARGET

# What is called, and how often.
MIX = {
    "PutObject": 34,
    "PutItem": 22,
    "DeleteObject": 12,
    "PutLargeObject": 7,
    "GetObject": 7,
    "GetItem": 5,
    "GetLargeObject": 4,
    "Cut": 4,
    "Denied": 5,
}
# Beyond what the gateway holds of a body: these stream.
LARGE_BYTES = (300 * 1024, 700 * 1024)


class LoadClient(threading.Thread):
    """One identity, one connection, one call at a time. `reader` may only read."""

    def __init__(self, number, cycle, client, reader, ledger, seed):
        super().__init__(name=f"client-{number}")
        self.cycle, self.client, self.reader, self.ledger = cycle, client, reader, ledger
        self.chance = random.Random(seed)
        self.first_ack = None
        self.broken = None
        self.halt = threading.Event()

    def run(self):
        try:
            while not self.halt.is_set():
                self._call(self.chance.choices(list(MIX), MIX.values())[0])
        except Exception as error:  # Shown by the rig, which ends on it.
            self.broken = error
        finally:
            self.client.close()
            self.reader.close()

    def _call(self, what):
        call = str(uuid.UUID(int=self.chance.getrandbits(128)))
        denied = what == "Denied"
        self.ledger.attempt(call, "PutObject" if denied else what, self.cycle, denied)
        client = self.reader if denied else self.client
        service, method, url, headers, body = self._request(what, call)
        signed = _signed(client, service, method, url, headers, body)
        if what == "Cut":
            self._cut(call, method, url, signed, body)
            return
        self._send(client, call, method, url, signed, body)

    def _send(self, client, call, method, url, headers, body):
        status = 0
        try:
            connection = client.connection = client.connection or client._connect()
            connection.request(method, url, body=body, headers=headers)
            answer = connection.getresponse()
            status = answer.status
            answer.read()
        except (OSError, http.client.HTTPException):
            client.close()
            self.ledger.outcome(call, BROKEN if status else UNANSWERED, status)
            self.halt.set()
            return
        if answer.will_close:
            client.close()
        if status < 300 and self.first_ack is None:
            self.first_ack = time.monotonic()
        self.ledger.outcome(call, OK if status < 300 else REFUSED, status)

    def _cut(self, call, method, url, headers, body):
        """Hangs up in the middle of the body."""
        head = f"{method} {url} HTTP/1.1\r\nContent-Length: {len(body)}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        place = urllib.parse.urlsplit(self.client.endpoint)
        self.ledger.outcome(call, CUT)
        try:
            with socket.create_connection((place.hostname, place.port), timeout=5) as sock:
                sock.sendall(head.encode() + b"\r\n" + body[: len(body) // 2])
                time.sleep(self.chance.uniform(0, 0.005))
        except OSError:
            self.halt.set()

    def _request(self, what, call):
        """Service, method, target, headers and body."""
        headers = {"User-Agent": AGENT + call}
        if what in ("PutItem", "GetItem"):
            headers |= {"X-Amz-Target": TARGET + what, "Content-Type": "application/x-amz-json-1.0"}
            key = {"id": {"S": call}}
            item = {"Item": key} if what == "PutItem" else {"Key": key}
            return (
                "dynamodb",
                "POST",
                "/",
                headers,
                json.dumps({"TableName": "rig", **item}).encode(),
            )
        size = 0
        if what in ("PutObject", "Denied", "Cut"):
            size = self.chance.randrange(2, 2000)
        if what == "PutLargeObject" or what == "Cut" and self.chance.random() < 0.5:
            size = self.chance.randrange(*LARGE_BYTES)
        body = self.chance.randbytes(size)
        method = {"DeleteObject": "DELETE", "GetObject": "GET", "GetLargeObject": "GET"}.get(
            what, "PUT"
        )
        name = f"large-{call}" if what == "GetLargeObject" else call
        headers["x-amz-content-sha256"] = hashlib.sha256(body).hexdigest()
        return "s3", method, f"/rig/{name}", headers, body


def _signed(client, service, method, url, headers, body):
    scope = sigv4.Scope(client.region, service)
    headers = {"Host": client.host, "Amz-Sdk-Invocation-Id": str(uuid.uuid4()), **headers}
    return sigv4.sign_headers(client.creds, scope, method, url, headers, body)
