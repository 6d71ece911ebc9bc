"""The emulator that stands behind Cairn: one moto server on a free port of the loopback."""

import json
import os
import pathlib
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

START_SECONDS = 60
EMULATOR = pathlib.Path(__file__).with_name("emulator.py")
# Functions are answered without a container; batch jobs likewise.
SETTINGS = {"lambda": {"use_docker": False}, "batch": {"use_docker": False}}


class Upstream:
    """Use as a context manager. Everything it holds is in memory."""

    def __init__(self, log=os.devnull):
        self.port = _free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.log = log
        self.process = None

    def __enter__(self):
        command = [sys.executable, EMULATOR, str(self.port)]
        env = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        env["MOTO_PORT"] = str(self.port)
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env
            )
        try:
            self._wait()
            self.reset()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def reset(self):
        """Forgets every resource."""
        self._post("/moto-api/reset", {})
        self._post("/moto-api/config", SETTINGS)

    def _wait(self):
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                with urllib.request.urlopen(f"{self.endpoint}/moto-api/config", timeout=5):
                    return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("the upstream did not start") from None
                time.sleep(0.1)

    def _post(self, path, body):
        data = json.dumps(body).encode()
        request = urllib.request.Request(self.endpoint + path, data, method="POST")
        with urllib.request.urlopen(request, timeout=30) as answer:
            answer.read()


def _free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]
