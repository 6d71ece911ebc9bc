"""The upstream of the rig: objects and items. It lives in the rig's process, which is never killed,
so it knows what was done, whoever lived to be told.
"""

import hashlib
import random
import threading
import time
from dataclasses import dataclass

from kit.upstream import Upstream, response

AGENT = "rig-gateway/"
# Kills fall between a request and its effect, and between the effect and the answer.
MAX_DELAY_SECONDS = 0.010
PIECES, PIECE_BYTES = 12, 48 * 1024
TARGET = "DynamoDB_20120810."


@dataclass(slots=True)
class Effect:
    """One write that was done."""

    what: str
    bytes: int
    # The body was what the client's signature names.
    intact: bool
    answered: bool = False


class Store:
    def __init__(self, seed):
        # By the id of the call; more than one where a call was done more than once.
        self.effects = {}
        # Everything that was asked, reads too.
        self.asked = {}
        # Requests of which only a part came.
        self.partial = 0
        self._chance = random.Random(seed)
        self._lock = threading.Lock()
        self.upstream = Upstream(self._answer)
        self.url = self.upstream.url

    def settle(self, seconds=5.0):
        """Waits until nothing is under way, and gives how many requests never came to their end."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            before = len(self.upstream.seen), len(self.effects)
            time.sleep(0.1)
            done = sum(self.asked.values()) == len(self.upstream.seen)
            if done and before == (len(self.upstream.seen), len(self.effects)):
                break
        return len(self.upstream.heads) - len(self.upstream.seen)

    def done(self):
        """How many effects there are."""
        return sum(len(found) for found in list(self.effects.values()))

    def _answer(self, request, sock):
        call = request.header("User-Agent").removeprefix(AGENT)
        with self._lock:
            first, second = (self._chance.uniform(0, MAX_DELAY_SECONDS) for _ in range(2))
        time.sleep(first)
        what = _what(request)
        effect = self._effect(call, what, request) if what else None
        with self._lock:
            self.asked[call] = self.asked.get(call, 0) + 1
        time.sleep(second)
        if request.method == "GET" and request.path.startswith("/rig/large-"):
            self._drip(sock)
        else:
            sock.sendall(response(204 if request.method == "DELETE" else 200, _said(request)))
        if effect:
            effect.answered = True
        # It is sent already.
        return b""

    def _effect(self, call, what, request):
        claimed = request.header("x-amz-content-sha256")
        intact = not claimed or claimed == hashlib.sha256(request.body).hexdigest()
        effect = Effect(what, len(request.body), intact)
        with self._lock:
            self.effects.setdefault(call, []).append(effect)
        return effect

    def _drip(self, sock):
        size = PIECES * PIECE_BYTES
        sock.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n".encode())
        for _ in range(PIECES):
            sock.sendall(b"x" * PIECE_BYTES)
            time.sleep(MAX_DELAY_SECONDS / PIECES)


def _what(request):
    """What a request changes; `None` for what only reads."""
    if request.header("X-Amz-Target").startswith(TARGET):
        operation = request.header("X-Amz-Target").removeprefix(TARGET)
        return operation if operation == "PutItem" else None
    return {"PUT": "PutObject", "DELETE": "DeleteObject"}.get(request.method)


def _said(request):
    if request.header("X-Amz-Target"):
        return b"{}"
    return b"small" if request.method == "GET" else b""
