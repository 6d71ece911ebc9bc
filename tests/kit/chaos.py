"""An S3 that cannot be relied on: a proxy before a real one (or before `Store`), which at a given
rate does to a request what networks and services do.

Which fate a request has depends on the seed, on its method and target, and on how often the same
request came before; so the same load has the same fates, whatever the order of its requests. Only
which requests fall into the time that a bucket is gone depends on their order.

Alone: `python tests/kit/chaos.py --upstream http://127.0.0.1:9000 --seed 1 --rate 0.3`; without an
upstream it stands before a store of its own.
"""

import argparse
import collections
import hashlib
import http.client
import json
import pathlib
import sys
import threading
import time
import urllib.parse
from dataclasses import dataclass

if __package__:
    from .bucket_store import Store, error_body, render
    from .wire import Hangup, Reset, Server
else:
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
    from kit.bucket_store import Store, error_body, render
    from kit.wire import Hangup, Reset, Server

PASS = "pass"
# The upstream does not hear of these.
BEFORE = (
    "error-500", "slow-down", "reset-before", "timeout-before", "denied", "gone", "error-in-200",
    "conflict",
)
# The upstream does what was asked, and the client is not told, or told something else.
AFTER = ("reset-after", "timeout-after", "slow", "wrong-etag", "half-body", "error-after")
FAULTS = BEFORE + AFTER
# What to do instead where a fault cannot be done to a request.
INSTEAD = {"error-in-200": "error-500", "conflict": "slow-down", "wrong-etag": "reset-after"}
# Requests that find a bucket gone, at most.
GONE_REQUESTS = 8
# Headers that belong to one connection.
HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "expect"}


@dataclass(frozen=True)
class Plan:
    """Which requests are harmed, and how. `weights` makes some faults likelier: 1 where one is not
    named, 0 for never.
    """

    seed: int = 0
    rate: float = 0.3
    faults: tuple = FAULTS
    weights: tuple = ()

    def fate(self, method, target, tries):
        """`(fault, dice)`: what becomes of the `tries`-th request of this method and target, and a
        number from 0 to 1 for the details.
        """
        text = json.dumps([self.seed, method, target, tries]).encode()
        digest = hashlib.sha256(text).digest()
        harmed, which, dice = (
            int.from_bytes(digest[at : at + 8], "big") / 2**64 for at in (0, 8, 16)
        )
        if harmed >= self.rate:
            return PASS, dice
        weights = dict(self.weights)
        shares = [(fault, weights.get(fault, 1)) for fault in self.faults]
        left = which * sum(share for _, share in shares)
        for fault, share in shares:
            left -= share
            if left < 0:
                return fault, dice
        return PASS, dice


class Proxy:
    """Stands before `upstream`, an address or a `Store`; use as a context manager, or call `close`.

    `hold_seconds` is how long a request that times out is held before its connection is closed:
    more than the client's patience. `slow_seconds` is how late a slow answer comes, at most.
    """

    def __init__(self, upstream, plan, hold_seconds=60.0, slow_seconds=0.5, port=0):
        self.plan = plan
        self.hold_seconds, self.slow_seconds = hold_seconds, slow_seconds
        self.counts = collections.Counter()
        # `(method, target, tries, fault)` of every request, in the order of arrival.
        self.log = []
        # Turned off, everything passes: to let a load come to its end.
        self.on = True
        self._send = upstream.answer if isinstance(upstream, Store) else Forward(upstream)
        self._tries = collections.Counter()
        self._gone = collections.Counter()
        self._lock = threading.Lock()
        self._server = Server(self._answer, port)
        self.url, self.port = self._server.url, self._server.port

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._server.close()

    def calm(self):
        """No more faults."""
        with self._lock:
            self.on = False
            self._gone.clear()

    def faults(self):
        """How many requests were harmed."""
        with self._lock:
            return sum(count for fault, count in self.counts.items() if fault != PASS)

    def _answer(self, request):
        fault, dice = self._decide(request)
        if fault in BEFORE:
            return self._before(request, fault)
        said = self._send(request)
        return said if fault == PASS else self._after(request, fault, dice, said)

    def _decide(self, request):
        same = (request.method, request.target)
        bucket = request.path.lstrip("/").partition("/")[0]
        with self._lock:
            self._tries[same] += 1
            tries = self._tries[same]
            fault, dice = self.plan.fate(*same, tries) if self.on else (PASS, 0.0)
            if self._gone[bucket] > 0:
                self._gone[bucket] -= 1
                fault = "gone"
            elif fault == "gone":
                self._gone[bucket] = int(dice * GONE_REQUESTS)
            fault = possible(request, fault)
            self.counts[fault] += 1
            self.log.append((*same, tries, fault))
        return fault, dice

    def _before(self, request, fault):
        if fault == "reset-before":
            raise Reset
        if fault == "timeout-before":
            self._hold()
        status, code, message = {
            "error-500": (500, "InternalError", "We encountered an internal error."),
            "slow-down": (503, "SlowDown", "Please reduce your request rate."),
            "denied": (403, "AccessDenied", "Access Denied"),
            "gone": (404, "NoSuchBucket", "The specified bucket does not exist"),
            "error-in-200": (200, "InternalError", "We encountered an internal error."),
            "conflict": (409, "ConditionalRequestConflict", "A conflicting operation is on."),
        }[fault]
        return render(status, {}, error_body(code, message), request.method == "HEAD")

    def _after(self, request, fault, dice, said):
        if fault == "reset-after":
            raise Reset
        if fault == "timeout-after":
            self._hold()
        if fault == "error-after":
            body = error_body("InternalError", "We encountered an internal error.")
            return render(500, {}, body, request.method == "HEAD")
        if fault == "half-body":
            raise Hangup(half(said))
        if fault == "wrong-etag":
            harmed = with_wrong_etag(said)
            if harmed is None:
                raise Reset
            return harmed
        # Slow.
        self._server.closed.wait(self.slow_seconds * dice)
        return said

    def _hold(self):
        self._server.closed.wait(self.hold_seconds)
        raise Hangup


class Forward:
    """Sends requests on as they are: the signature is over the Host that the client meant. Each has
    a connection of its own, so none is lost to one that the upstream has just closed.
    """

    def __init__(self, url, timeout=60):
        self.place, self.timeout = urllib.parse.urlsplit(url).netloc, timeout

    def __call__(self, request):
        connection = http.client.HTTPConnection(self.place, timeout=self.timeout)
        try:
            return self._ask(connection, request)
        except (OSError, http.client.HTTPException):
            raise Reset from None
        finally:
            connection.close()

    def _ask(self, connection, request):
        connection.putrequest(
            request.method, request.target, skip_host=True, skip_accept_encoding=True
        )
        for name, value in request.headers:
            if name.lower() not in HOP:
                connection.putheader(name, value)
        if request.body or request.method in ("PUT", "POST"):
            connection.putheader("Content-Length", str(len(request.body)))
        connection.endheaders(request.body or None)
        answer = connection.getresponse()
        body = answer.read()
        length = len(body)
        if request.method == "HEAD":
            length = answer.headers.get("Content-Length", "0")
        lines = [f"HTTP/1.1 {answer.status} {answer.reason}"]
        if answer.status not in (204, 304):
            lines.append(f"Content-Length: {length}")
        lines += [f"{n}: {v}" for n, v in answer.headers.items() if n.lower() not in HOP]
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def possible(request, fault):
    """The fault, or what stands for it where the request cannot have it."""
    is_put = request.method == "PUT"
    impossible = {
        # An answer to HEAD has no body that could say what is wrong.
        "error-in-200": request.method not in ("PUT", "POST", "DELETE"),
        "conflict": not (is_put and request.header("If-None-Match")),
        "wrong-etag": not (is_put or request.method in ("GET", "HEAD")),
    }
    return INSTEAD[fault] if impossible.get(fault) else fault


def half(said):
    """Half of an answer's body; of one without a body, less than its first line, because clients
    take a head that ends early for a whole one.
    """
    head, _, body = said.partition(b"\r\n\r\n")
    if body:
        return head + b"\r\n\r\n" + body[: len(body) // 2]
    return said[: len(b"HTTP/1.1 2")]


def with_wrong_etag(said):
    """The answer with another ETag; `None` where it has none."""
    head, _, body = said.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    for index, line in enumerate(lines):
        name, _, value = line.partition(b":")
        if name.lower() == b"etag":
            wrong = hashlib.md5(value, usedforsecurity=False).hexdigest()
            lines[index] = name + b': "' + wrong.encode() + b'"'
            return b"\r\n".join(lines) + b"\r\n\r\n" + body
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--upstream", help="the address of an S3; a store of its own without it")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rate", type=float, default=0.3)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--hold-seconds", type=float, default=60.0)
    options = parser.parse_args()
    upstream = options.upstream or Store()
    plan = Plan(options.seed, options.rate)
    with Proxy(upstream, plan, options.hold_seconds, port=options.port) as proxy:
        print(f"{proxy.url} seed {options.seed} rate {options.rate}", flush=True)
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            print(json.dumps(dict(proxy.counts), sort_keys=True))


if __name__ == "__main__":
    main()
