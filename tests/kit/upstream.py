"""An upstream made of sockets. It keeps every byte that it is sent, reads them leniently, and
answers what it is told to: whatever a gateway lets through, this one takes.
"""

import io
import re
import socket
import threading
from dataclasses import dataclass

# Two ways to read a request that says its length twice.
LENGTH, CHUNKED = "Content-Length", "Transfer-Encoding"
READ_BYTES = 1 << 16


class Ended(Exception):
    """The stream ends before what is read does."""


@dataclass
class Request:
    method: str
    target: str
    version: str
    # In their order and spelling; values are stripped.
    headers: list
    body: bytes = b""
    # False where the connection ended within the body.
    whole: bool = False
    connection: int = 0

    def header(self, name):
        """The first of that name in any case, or an empty text."""
        return next((v for n, v in self.headers if n.lower() == name.lower()), "")

    @property
    def path(self):
        return self.target.partition("?")[0]

    @property
    def key(self):
        """What two readings of one stream have to agree on."""
        return self.method, self.target, self.body


class Reader:
    """Requests out of a stream; `recv(n)` gives at most n bytes, none at the end."""

    def __init__(self, recv, prefer=CHUNKED):
        self.recv, self.prefer, self.rest = recv, prefer, bytearray()

    def head(self):
        """The head of the next request; `None` where the stream ends before one begins."""
        while self.rest.lstrip(b"\r\n") == b"":
            del self.rest[:]
            if not self._more():
                return None
        lines = []
        while line := self._line():
            lines.append(line)
        method, _, rest = lines[0].partition(" ")
        target, _, version = rest.rpartition(" ") if " " in rest else (rest, "", "")
        pairs = [line.partition(":") for line in lines[1:]]
        return Request(method, target, version, [(n.strip(), v.strip()) for n, _, v in pairs])

    def body(self, request):
        """Fills in the body, as far as it comes; raises `Ended`."""
        length = re.search(r"\d+", request.header(LENGTH))
        chunked = "chunked" in request.header(CHUNKED).lower()
        taken = bytearray()
        try:
            if length and (self.prefer == LENGTH or not chunked):
                self._take(int(length[0]), taken)
            elif chunked:
                self._chunks(taken)
            request.whole = True
        finally:
            request.body = bytes(taken)

    def _chunks(self, taken):
        while True:
            size = int(re.match(r"[0-9a-fA-F]*", self._line().strip())[0] or "0", 16)
            if size == 0:
                break
            self._take(size, taken)
            self._line()
        while self._line():
            pass

    def _line(self):
        while (end := self.rest.find(b"\n")) < 0:
            if not self._more():
                raise Ended
        line = bytes(self.rest[:end]).rstrip(b"\r").decode("latin-1")
        del self.rest[: end + 1]
        return line

    def _take(self, count, taken):
        while True:
            some = min(count, len(self.rest))
            taken += self.rest[:some]
            del self.rest[:some]
            count -= some
            if count == 0:
                return
            if not self._more():
                raise Ended

    def _more(self):
        got = self.recv(READ_BYTES)
        self.rest += got
        return bool(got)


def requests_in(stream, prefer):
    """Every request of a stream's bytes; one that is cut off is not whole."""
    reader, found = Reader(io.BytesIO(stream).read, prefer), []
    try:
        while request := reader.head():
            found.append(request)
            reader.body(request)
    except Ended:
        pass
    return found


def response(status=200, body=b"", headers=(), reason="Told"):
    """A response of known length."""
    head = f"HTTP/1.1 {status} {reason}\r\nContent-Length: {len(body)}\r\n"
    return (head + "".join(f"{n}: {v}\r\n" for n, v in headers) + "\r\n").encode() + body


class Upstream:
    """Listens on the loopback; use as a context manager, or call `close`.

    `answer(request, sock)` gives the bytes to send, or `None` to hang up. `begun(request, sock)` is
    asked when a head is there; where it gives false, the connection is closed at once.
    """

    def __init__(self, answer=None, begun=None, prefer=CHUNKED, port=0):
        self.answer = answer or (lambda request, sock: response())
        self.begun = begun or (lambda request, sock: True)
        self.prefer = prefer
        # Whole requests in the order of their ends; and the heads of all that began.
        self.seen, self.heads = [], []
        self.streams = []
        self._lock = threading.Lock()
        self._sockets = set()
        self._listener = socket.create_server(("127.0.0.1", port), backlog=256)
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Nobody is listening afterwards, and open connections are cut."""
        with self._lock:
            open_ones, self._sockets = list(self._sockets), set()
        # A thread that waits in `accept` is woken by the shutdown, not by the close.
        _cut(self._listener)
        for sock in open_ones:
            _cut(sock)

    def requests(self, prefer):
        """Every request in the bytes that came, connection by connection."""
        with self._lock:
            streams = [bytes(stream) for stream in self.streams]
        return [request for stream in streams for request in requests_in(stream, prefer)]

    def of(self, mark):
        """Whole requests with the mark in their target, a header or the body."""
        return [r for r in list(self.seen) if _has(r, mark)]

    def begun_of(self, mark):
        """Requests with the mark of which at least the head came."""
        return [r for r in list(self.heads) if _has(r, mark)]

    def _accept(self):
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._sockets.add(sock)
                number = len(self.streams)
                self.streams.append(bytearray())
            threading.Thread(target=self._serve, args=(sock, number), daemon=True).start()

    def _serve(self, sock, number):
        def recv(count):
            got = sock.recv(count)
            with self._lock:
                self.streams[number] += got
            return got

        reader = Reader(recv, self.prefer)
        try:
            while (request := reader.head()) and self._one(reader, request, sock, number):
                pass
        except (OSError, Ended):
            pass
        finally:
            with self._lock:
                self._sockets.discard(sock)
            _cut(sock)

    def _one(self, reader, request, sock, number):
        request.connection = number
        with self._lock:
            self.heads.append(request)
        if not self.begun(request, sock):
            return False
        reader.body(request)
        with self._lock:
            self.seen.append(request)
        said = self.answer(request, sock)
        if said is None:
            return False
        sock.sendall(said)
        return True


def _has(request, mark):
    texts = [request.target, *(value for _, value in request.headers)]
    return any(mark in text for text in texts) or mark.encode() in request.body


def _cut(sock):
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    sock.close()
