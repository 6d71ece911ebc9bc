#!/usr/bin/env python3
"""Attacks a trail's bucket in every way of the list, and asks `cairn verify` and the unmodified
`aws cloudtrail validate-logs` about the same bytes. Exit 1 if Cairn misses or misnames one, or if
either tool complains of the bucket as it was written.

`--write` puts the table into docs/verify.md.
"""

import argparse
import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE.parent)]

from kit import server as servers
from kit.judged import Judged

AWS = pathlib.Path(sys.executable).with_name("aws")
PAGE = ROOT / "docs" / "verify.md"
BEGIN, END = "<!-- attacks: written by tests/attacks/run.py -->", "<!-- attacks: end -->"
CODES = {"ok": 0, "tampered": 1, "incomplete": 2, "stale": 3}
SECONDS = 120
# Who asks for a trail lists where it writes to, and nothing is there.
ELSEWHERE = {"verdict": "incomplete", "code": "no-trail", "key": ""}
BY_TRAIL = {
    "everything deleted": ELSEWHERE,
    "everything moved to another prefix": ELSEWHERE,
}


@dataclass
class Outcome:
    attack: str
    expected: dict
    verdict: str
    code: int
    # Whether the finding that has to be there is there: its code and its key.
    named: bool
    said: str
    # Of the stock tool, the worst of all Regions.
    stock: int
    stock_said: list

    def right(self):
        wanted = self.expected["verdict"]
        return self.verdict == wanted and self.code == CODES[wanted] and self.named


def environment(url, region):
    return {
        **servers.clean_env(),
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def run(command, env):
    return subprocess.run(
        [str(part) for part in command], env=env, stdin=subprocess.DEVNULL, capture_output=True,
        text=True, timeout=SECONDS, check=False,
    )


def verify(server, world):
    """Exit code and report of `cairn verify`, with the pinned key."""
    done = run(
        [
            servers.binary(), "verify", "--trail", world["trail"], "--key", world["pinned"],
            "--end", world["end"], "--output", "json",
        ],
        environment(server.url, "us-east-1"),
    )
    try:
        return done.returncode, json.loads(done.stdout)
    except ValueError:
        return done.returncode, {"verdict": "none", "findings": [], "said": done.stderr}


def validate(server, world, region):
    """Exit code and words of the stock tool, which looks at one Region."""
    done = run(
        [
            AWS, "cloudtrail", "validate-logs", "--region", region, "--trail-arn", world["trail"],
            "--start-time", world["start"], "--end-time", world["end"],
        ],
        environment(server.url, region),
    )
    return done.returncode, done.stdout + done.stderr


def ask(path):
    """Both tools about one bucket."""
    world = json.loads(path.read_text())
    with Judged.of(world) as server:
        code, report = verify(server, world)
        stock = [validate(server, world, region) for region in world["publicKeys"]]
    expected = BY_TRAIL.get(world["attack"], world["expected"])
    found = [(finding["code"], finding["key"]) for finding in report["findings"]]
    named = not expected["code"] or (expected["code"], expected["key"]) in found
    return Outcome(
        world["attack"], expected, report["verdict"], code, named,
        report.get("said") or str(found), max(code for code, _ in stock),
        complaints("\n".join(said for _, said in stock)),
    )


def complaints(said):
    """What the stock tool complained of, each kind once with how often."""
    kinds = collections.Counter()
    for line in said.splitlines():
        if "\tINVALID: " in line:
            reason = line.partition("INVALID: ")[2]
            kinds["INVALID: " + " ".join(part for part in reason.split() if "/" not in part)] += 1
        elif line.startswith("No log files were delivered"):
            kinds["No log files were delivered between ..."] += 1
        elif line == "No digests found":
            kinds[line] += 1
        elif "rror" in line or "No public keys" in line:
            kinds[line.strip()] += 1
    return [kind if count == 1 else f"{kind} ({count}x)" for kind, count in kinds.items()]


def table(outcomes):
    lines = [
        "| attack | `cairn verify` | exit | finding | `validate-logs` | exit | it says |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in outcomes:
        stock = "ok" if one.stock == 0 else "complains"
        what = one.expected["code"] if one.named else "MISNAMED"
        lines.append(
            f"| {one.attack} | {one.verdict} | {one.code} | {what or '-'} | {stock} | {one.stock} "
            f"| {'; '.join(one.stock_said) or 'all valid'} |"
        )
    return lines


def summary(attacks):
    seen = sum(one.code not in (0, 4) for one in attacks)
    named = sum(one.right() for one in attacks)
    stock = sum(one.stock != 0 for one in attacks)
    return (
        f"Of {len(attacks)} attacks `cairn verify` detects {seen} and names {named}; "
        f"`validate-logs`, asked about every Region, exits otherwise than 0 on {stock}."
    )


def write(lines):
    text = PAGE.read_text()
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    if not rest or not tail:
        raise SystemExit(f"{PAGE} has no place for the table: {BEGIN} ... {END}")
    PAGE.write_text("\n".join([head + BEGIN, *lines, END + tail]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--buckets", type=pathlib.Path, help="already written ones")
    parser.add_argument("--write", action="store_true", help="put the table into docs/verify.md")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        buckets = options.buckets or pathlib.Path(scratch)
        if not options.buckets:
            example = ["-p", "cairn-proof", "--example", "judged_buckets"]
            command = ["cargo", "run", "-q", *example, "--", "attacked", buckets]
            subprocess.run(command, cwd=ROOT, check=True)
        with ThreadPoolExecutor(options.jobs) as pool:
            outcomes = list(pool.map(ask, sorted(buckets.glob("*.json"))))
    honest, attacks = outcomes[0], outcomes[1:]
    lines = ["", summary(attacks), "", *table(outcomes), ""]
    print("\n".join(lines))
    if options.write:
        write(lines)
    wrong = [one for one in outcomes if not one.right()]
    for one in wrong:
        print(f"WRONG: {one.attack}: wanted {one.expected}, got {one.verdict}, {one.said}")
    if honest.stock != 0:
        print(f"WRONG: the stock tool on the honest bucket: {honest.stock_said}")
    if len(attacks) < 20:
        print(f"WRONG: only {len(attacks)} attacks")
    return 1 if wrong or honest.stock != 0 or len(attacks) < 20 else 0


if __name__ == "__main__":
    sys.exit(main())
