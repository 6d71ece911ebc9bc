"""A real server process on a directory of its own."""

import http.client
import json
import os
import pathlib
import signal
import ssl
import subprocess
import time
import urllib.parse

from . import sigv4
from .client import Client

ROOT = pathlib.Path(__file__).resolve().parents[2]
START_SECONDS = 20


def binary():
    """The binary under test: CAIRN_BIN, or the debug build."""
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return pathlib.Path(os.environ.get("CAIRN_BIN", target / "debug" / "cairn"))


class StartFailed(Exception):
    """The server ended, or did not become ready in time; the text is what it said."""


class Server:
    """`cairn serve` on a free port of the loopback; use as a context manager or call `stop`."""

    def __init__(self, data, binary=None, args=(), env=None, listen="127.0.0.1:0"):
        self.data = pathlib.Path(data)
        self.binary = binary or globals()["binary"]()
        self.args, self.listen = list(args), listen
        self.env = {**clean_env(), **(env or {})}
        self.log = self.data.with_name(self.data.name + ".log")
        self.process = None
        self.endpoint = self.region = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.kill()

    def start(self, cafile=None, outlives=False, until="/readyz"):
        """Returns when `until` answers 200. `outlives`: a closed terminal or Ctrl-C does not reach the server."""
        said = self.data / "server.json"
        said.unlink(missing_ok=True)
        command = [self.binary, "serve", "--data", self.data, "--listen", self.listen, *self.args]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.env,
                start_new_session=outlives,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers(said, until, cafile):
            if self.process.poll() is not None:
                raise StartFailed(f"exit {self.process.returncode}: {self.said()[-2000:]}")
            if time.monotonic() > deadline:
                self.kill()
                raise StartFailed(f"not ready after {START_SECONDS} s: {self.said()[-2000:]}")
            time.sleep(0.002)
        return self

    def stop(self, within=15):
        """SIGTERM, and the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(within)

    def kill(self):
        """SIGKILL; nothing where it has ended already."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def said(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def bootstrap(self):
        return json.loads((self.data / "bootstrap.json").read_text())

    def client(self, **options):
        """A client with the key of the first start."""
        key = self.bootstrap()
        creds = sigv4.Credentials(key["access_key_id"], key["secret_access_key"])
        return Client(self.endpoint, self.region, creds, **options)

    def rss(self):
        """Resident bytes of the process."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) * 1024

    def _answers(self, said, page, cafile):
        try:
            found = json.loads(said.read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return False
        self.endpoint, self.region = found["endpoint"], found["region"]
        try:
            return plain_get(self.endpoint, page, cafile)[0] == 200
        except OSError:
            return False


def clean_env():
    """The environment without anything that would configure Cairn or an AWS client."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "CAIRN_")) or name == "AWS_CA_BUNDLE"
    }


def plain_get(endpoint, path, cafile=None, timeout=10):
    """Status and body of an unsigned GET."""
    parts = urllib.parse.urlsplit(endpoint)
    if parts.scheme == "https":
        context = ssl.create_default_context(cafile=cafile)
        connection = http.client.HTTPSConnection(parts.netloc, timeout=timeout, context=context)
    else:
        connection = http.client.HTTPConnection(parts.netloc, timeout=timeout)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()
