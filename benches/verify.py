#!/usr/bin/env python3
"""How fast `cairn verify` is: beside `aws cloudtrail validate-logs` on the same bucket of usual
files, and beside bare inflating and hashing of large ones. Each figure is a whole process's, with
its start and end; peers take turns, and the best round of each counts.

The bucket's server is one process of Python for both tools, which answers objects from memory.
"""

import argparse
import base64
import contextlib
import gzip
import json
import multiprocessing
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests")]

from attacks.run import AWS, environment
from kit import server as servers
from kit.judged import Judged

HOURS = 24
# Aims of the figures.
TIMES_STOCK, OF_BARE = 20, 0.7


class Ready(Judged):
    """Answers an object again as it did before, so that it is no bottleneck for the faster tool."""

    def answer(self, request):
        if request.method != "GET" or "/AWSLogs/" not in request.target:
            return super().answer(request)
        target = request.target
        if target not in self.answers:
            self.answers[target] = super().answer(request)
        return self.answers[target]


def serve(path, told):
    """In a process of its own: serves the bucket until it is ended."""
    world = json.loads(path.read_text())
    Ready.answers = {}
    with Ready.of(world) as server:
        told.send(server.url)
        time.sleep(24 * 3600)


@contextlib.contextmanager
def served(path):
    here, there = multiprocessing.Pipe()
    process = multiprocessing.Process(target=serve, args=(path, there), daemon=True)
    process.start()
    try:
        yield here.recv()
    finally:
        process.terminate()
        process.join()


class Bucket:
    """One bucket: its document, and a copy on the disk."""

    def __init__(self, tools, scratch, name, hours, files, fewest, most):
        self.tools, self.path, self.copy = tools, scratch / f"{name}.json", scratch / name
        numbers = [str(number) for number in (hours, files, fewest, most)]
        command = [tools / "examples" / "judged_buckets", "hours", *numbers, self.path]
        subprocess.run(command, check=True)
        world = json.loads(self.path.read_text())
        self.trail, self.pinned = world["trail"], world["pinned"]
        self.start, self.end = world["start"], world["end"]
        self.logs, self.text, self.stored, self.digests = [], 0, 0, 0
        for entry in world["objects"]:
            self._keep(entry["key"], base64.b64decode(entry["body"]))

    def _keep(self, key, body):
        path = self.copy / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        self.digests += "/CloudTrail-Digest/" in key
        if "/CloudTrail/" in key:
            self.logs.append(path)
            self.stored += len(body)
            self.text += int.from_bytes(body[-4:], "little")

    def described(self):
        records = sum(len(json.loads(gzip.decompress(p.read_bytes()))["Records"]) for p in self.logs)
        return (
            f"{len(self.logs)} log files, {self.digests} digests, {records} records, "
            f"{self.text / 1e6:.1f} MB of text, {self.stored / 1e6:.1f} MB stored"
        )

    def verify(self, *more):
        return [
            self.tools / "cairn", "verify", "--trail", self.trail, "--key", self.pinned,
            "--end", self.end, *more,
        ]

    def validate(self):
        return [
            AWS, "cloudtrail", "validate-logs", "--region", "us-east-1", "--trail-arn", self.trail,
            "--start-time", self.start, "--end-time", self.end,
        ]


def took(*commands, env=None):
    """Seconds from the start of the first to the end of the last of processes side by side."""
    start = time.perf_counter()
    running = [
        subprocess.Popen(
            [str(part) for part in command], env=env, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )
        for command in commands
    ]
    said = [process.communicate()[0] for process in running]
    seconds = time.perf_counter() - start
    if any(process.returncode for process in running):
        raise SystemExit(f"{commands}: {said}")
    return seconds


def rounds(count, peers):
    """Seconds of each peer in each round; they take turns."""
    seconds = {name: [] for name in peers}
    for _ in range(count):
        for name, measure in peers.items():
            seconds[name].append(measure())
    return seconds


def show(seconds, bucket):
    for name, taken in seconds.items():
        best = min(taken)
        raw = " ".join(f"{one:.3f}" for one in taken)
        print(
            f"  {name:34} best {best:7.3f} s, median {statistics.median(taken):7.3f} s, "
            f"{bucket.text / best / 1e6:7.1f} MB of text/s, {len(bucket.logs) / best:7.1f} files/s"
            f"   [{raw}]"
        )


def ratio(what, of, to, aim):
    best, middle = min(of) / min(to), statistics.median(of) / statistics.median(to)
    said = "reached" if best >= aim else "MISSED"
    print(f"  {what}: {best:.2f} (of medians {middle:.2f}); aim {aim}: {said}")


def usual(bucket, count):
    print(f"usual files: {bucket.described()}")
    with served(bucket.path) as url:
        env = environment(url, "us-east-1")
        peers = {
            "aws cloudtrail validate-logs": lambda: took(bucket.validate(), env=env),
            "cairn verify, through the server": lambda: took(bucket.verify(), env=env),
            "cairn verify --files": lambda: took(
                bucket.verify("--files", bucket.copy), env=servers.clean_env()
            ),
        }
        seconds = rounds(count, peers)
    show(seconds, bucket)
    stock, online, local = seconds.values()
    ratio("online over validate-logs", stock, online, TIMES_STOCK)
    ratio("local over validate-logs", stock, local, TIMES_STOCK)


def large(bucket, count):
    print(f"large files: {bucket.described()}")
    cores = os.cpu_count() or 1
    bare = [
        [bucket.tools / "examples" / "bare_inflate", part, cores, *bucket.logs]
        for part in range(cores)
    ]
    peers = {
        f"inflate and SHA-256, {cores} processes": lambda: took(*bare),
        "cairn verify --files": lambda: took(
            bucket.verify("--files", bucket.copy), env=servers.clean_env()
        ),
    }
    seconds = rounds(count, peers)
    show(seconds, bucket)
    ratio("verify over bare", *seconds.values(), OF_BARE)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "target" / "release")
    parser.add_argument("--files", type=int, default=480, help="usual ones, over a day")
    parser.add_argument("--fewest", type=int, default=8)
    parser.add_argument("--most", type=int, default=600)
    parser.add_argument("--large-files", type=int, default=16)
    parser.add_argument("--large-records", type=int, default=16000, help="in each large file")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        per_hour = options.files // HOURS
        usual(
            Bucket(
                options.bin, scratch, "usual", HOURS, per_hour, options.fewest, options.most
            ),
            options.rounds,
        )
        records = options.large_records
        large(
            Bucket(options.bin, scratch, "large", 1, options.large_files, records, records),
            options.rounds,
        )


if __name__ == "__main__":
    main()
