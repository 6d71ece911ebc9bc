#!/usr/bin/env python3
"""How fast `cairn verify` is: beside `aws cloudtrail validate-logs` on the same bucket of usual
files, and beside bare inflating and hashing of large ones. Each figure is a whole process's, with
its start and end; peers take turns, and the best round of each counts. Where others use the machine
too, the work that a process did says more than the time that passed: both are shown.

The bucket's server is one process of Python for both tools, which answers objects from memory: at
once, and then again after some milliseconds, as stores do that are not on the same machine.
"""

import argparse
import asyncio
import base64
import contextlib
import functools
import gzip
import io
import json
import multiprocessing
import os
import pathlib
import re
import resource
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
from kit.upstream import Reader

HOURS = 24
HEAD_END = b"\r\n\r\n"
# Aims of the figures.
TIMES_STOCK, OF_BARE = 20, 0.7


class Connection(asyncio.Protocol):
    """Answers an object again as it did before. One thread for all connections: what the server
    needs of the machine's cores, both tools lack.
    """

    def __init__(self, store, answers, late_seconds):
        self.store, self.answers, self.late_seconds = store, answers, late_seconds
        self.held, self.transport = b"", None

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.held += data
        while (head := self.held.find(HEAD_END)) >= 0:
            length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", self.held[:head])
            end = head + len(HEAD_END) + (int(length[1]) if length else 0)
            if len(self.held) < end:
                return
            request, self.held = self.held[:end], self.held[end:]
            self.reply(request)

    def reply(self, request):
        line = request[: request.index(b"\r\n")]
        answer = self.answers.get(line)
        if answer is None:
            reader = Reader(io.BytesIO(request).read)
            read = reader.head()
            reader.body(read)
            answer = self.store.answer(read)
            if b"/AWSLogs/" in line:
                self.answers[line] = answer
        if self.late_seconds:
            loop = asyncio.get_running_loop()
            loop.call_later(self.late_seconds, self.transport.write, answer)
        else:
            self.transport.write(answer)


async def listen(path, late_seconds, told):
    with Judged.of(json.loads(path.read_text())) as store:
        answers = {}
        loop = asyncio.get_running_loop()
        make = functools.partial(Connection, store, answers, late_seconds)
        server = await loop.create_server(make, "127.0.0.1", 0)
        told.send(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        await server.serve_forever()


def serve(path, late_seconds, told):
    """In a process of its own: serves the bucket until it is ended."""
    asyncio.run(listen(path, late_seconds, told))


@contextlib.contextmanager
def served(path, late_seconds=0.0):
    here, there = multiprocessing.Pipe()
    process = multiprocessing.Process(
        target=serve, args=(path, late_seconds, there), daemon=True
    )
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
        texts = (gzip.decompress(path.read_bytes()) for path in self.logs)
        records = sum(len(json.loads(text)["Records"]) for text in texts)
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
    """Seconds from the start of the first to the end of the last of processes side by side, and
    seconds of all their work.
    """
    start, worked = time.perf_counter(), work()
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
    return seconds, work() - worked


def work():
    """Seconds that ended children had of the cores."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def rounds(count, peers):
    """What each peer took in each round; they take turns."""
    taken = {name: [] for name in peers}
    for _ in range(count):
        for name, measure in peers.items():
            taken[name].append(measure())
    return taken


def show(taken, bucket):
    for name, each in taken.items():
        walls, works = zip(*each)
        best = min(walls)
        raw = " ".join(f"{wall:.3f}/{cpu:.3f}" for wall, cpu in each)
        print(
            f"  {name:34} best {best:7.3f} s, median {statistics.median(walls):7.3f} s, "
            f"{min(works):6.3f} s of work, {bucket.text / best / 1e6:6.1f} MB of text/s, "
            f"{len(bucket.logs) / best:6.1f} files/s   [{raw}]"
        )


def ratio(what, of, to, aim=None):
    (walls, works), (to_walls, to_works) = zip(*of), zip(*to)
    best = min(walls) / min(to_walls)
    middle = statistics.median(walls) / statistics.median(to_walls)
    said = "" if aim is None else f"; aim {aim}: {'reached' if best >= aim else 'MISSED'}"
    cores = min(works) / min(to_works)
    print(f"  {what}: {best:.2f} (of medians {middle:.2f}, of work {cores:.2f}){said}")


def online(bucket, url):
    """Both tools at the server."""
    env = environment(url, "us-east-1")
    return {
        "aws cloudtrail validate-logs": lambda: took(bucket.validate(), env=env),
        "cairn verify, through the server": lambda: took(bucket.verify(), env=env),
    }


def local(bucket):
    """Bare work on the copy, and the verifier."""
    cores = os.cpu_count() or 1
    bare = [
        [bucket.tools / "examples" / "bare_inflate", part, cores, *bucket.logs]
        for part in range(cores)
    ]
    files = bucket.verify("--files", bucket.copy)
    return {
        f"inflate and SHA-256, {cores} processes": lambda: took(*bare),
        "cairn verify --files": lambda: took(files, env=servers.clean_env()),
    }


def usual(bucket, count):
    print(f"usual files: {bucket.described()}")
    with served(bucket.path) as url:
        seconds = rounds(count, {**online(bucket, url), **local(bucket)})
    show(seconds, bucket)
    stock, through, bare, files = seconds.values()
    ratio("online over validate-logs", stock, through, TIMES_STOCK)
    ratio("local over validate-logs", stock, files, TIMES_STOCK)
    ratio("bare work over validate-logs, which no verifier passes", stock, bare)
    ratio("local over bare work", bare, files, OF_BARE)


def far(bucket, count, late):
    print(f"the same, each answer {late} ms later")
    with served(bucket.path, late / 1000) as url:
        seconds = rounds(count, online(bucket, url))
    show(seconds, bucket)
    ratio("online over validate-logs", *seconds.values(), TIMES_STOCK)


def large(bucket, count):
    print(f"large files: {bucket.described()}")
    seconds = rounds(count, local(bucket))
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
    parser.add_argument("--late", type=int, default=20, help="ms, of a server that is not near")
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        per_hour = options.files // HOURS
        few_to_many = (options.fewest, options.most)
        bucket = Bucket(options.bin, scratch, "usual", HOURS, per_hour, *few_to_many)
        usual(bucket, options.rounds)
        far(bucket, max(1, options.rounds // 2), options.late)
        records = options.large_records
        large(
            Bucket(options.bin, scratch, "large", 1, options.large_files, records, records),
            options.rounds,
        )


if __name__ == "__main__":
    main()
