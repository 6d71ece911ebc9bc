"""A plain HTTP/1.1 server of sockets, for what has to misbehave on purpose: the answer may be
bytes, half of them, silence, or a connection that is reset.
"""

import socket
import struct
import threading

from .upstream import Ended, Reader

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Reset(Exception):
    """Cut the connection so that the other side sees a reset."""


class Hangup(Exception):
    """Close the connection, after these bytes."""

    def __init__(self, said=b""):
        super().__init__()
        self.said = said


class Server:
    """Listens on the loopback; use as a context manager, or call `close`.

    `answer(request)` gives the bytes to send; it may raise `Reset` or `Hangup`. It is called from
    one thread for each connection.
    """

    def __init__(self, answer, port=0):
        self.answer = answer
        self._lock = threading.Lock()
        self._sockets = set()
        self.closed = threading.Event()
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
        self.closed.set()
        with self._lock:
            open_ones, self._sockets = list(self._sockets), set()
        # A thread that waits in `accept` is woken by the shutdown, not by the close.
        for sock in [self._listener, *open_ones]:
            _cut(sock)

    def _accept(self):
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._sockets.add(sock)
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock):
        reader = Reader(sock.recv)
        try:
            while request := reader.head():
                if request.header("Expect").lower() == "100-continue":
                    sock.sendall(CONTINUE)
                reader.body(request)
                sock.sendall(self.answer(request))
                if request.header("Connection").lower() == "close":
                    break
        except Reset:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sock.close()
        except Hangup as last:
            _send(sock, last.said)
        except (OSError, Ended):
            pass
        finally:
            with self._lock:
                self._sockets.discard(sock)
            _cut(sock)


def _send(sock, said):
    try:
        sock.sendall(said)
    except OSError:
        pass


def _cut(sock):
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    sock.close()
