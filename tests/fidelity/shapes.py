#!/usr/bin/env python3
"""Compares the shape of Cairn's records with records of the service: run by hand.

`--records DIR` holds JSON lines of CloudTrail records, `--ours FILE` the records of a run (`run.py
--keep FILE`). For every operation that is in both: the paths with their types in requestParameters,
in responseElements and at the top, on either side alone. Calls with other parameters differ too;
`--clashes` leaves what cannot come from that: one path with two types, one name in two spellings.
"""

import argparse
import json
import pathlib
import sys
from collections import defaultdict

PARTS = ("requestParameters", "responseElements")


def paths(value, path=""):
    """Every path of a value with the type that stands there; elements of a list are `[]`."""
    if isinstance(value, dict):
        found = {(path, "object")} if path else set()
        for name, each in value.items():
            found |= paths(each, f"{path}.{name}" if path else name)
        return found
    if isinstance(value, list):
        found = {(path, "list")}
        for each in value:
            found |= paths(each, f"{path}[]")
        return found
    return {(path, kind(value))}


def kind(value):
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, (int, float)) else "text"


def shapes(records):
    """By operation: how often it was seen, and the paths of each part."""
    found = defaultdict(lambda: {"count": 0, "top": set(), **{part: set() for part in PARTS}})
    for record in records:
        if not isinstance(record, dict) or "eventSource" not in record:
            continue
        shape = found[record["eventSource"], record.get("eventName")]
        shape["count"] += 1
        shape["top"] |= {(name, kind(value) if name not in PARTS else "any")
                         for name, value in record.items() if not isinstance(value, (dict, list))}
        for part in PARTS:
            shape[part] |= paths(record.get(part)) if record.get(part) else set()
    return found


def lines(folder):
    for file in sorted(folder.glob("*.jsonl")):
        for line in file.read_text(errors="replace").splitlines():
            try:
                yield json.loads(line)
            except json.JSONDecodeError:
                continue


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=pathlib.Path, required=True)
    parser.add_argument("--ours", type=pathlib.Path, required=True)
    parser.add_argument("--clashes", action="store_true")
    args = parser.parse_args()
    theirs = shapes(lines(args.records))
    ours = shapes(json.loads(line) for line in args.ours.read_text().splitlines())
    both = sorted(set(theirs) & set(ours), key=str)
    different = 0
    for key in both:
        find = clashes if args.clashes else differences
        rows = list(find(ours[key], theirs[key]))
        different += bool(rows)
        if rows:
            print(f"{key[0].partition('.')[0]} {key[1]} "
                  f"(ours {ours[key]['count']}, theirs {theirs[key]['count']})")
        for part, side, path, what in rows:
            print(f"    {part:18} {side:12} {path} ({what})")
    print(f"{len(both)} operations in both, {different} with differences")
    return 0


def differences(ours, theirs):
    for part in ("top", *PARTS):
        for path, what in sorted(ours[part] - theirs[part]):
            yield part, "only ours", path, what
        for path, what in sorted(theirs[part] - ours[part]):
            yield part, "only theirs", path, what


def clashes(ours, theirs):
    for part in ("top", *PARTS):
        known, plain = defaultdict(set), defaultdict(set)
        for path, what in theirs[part]:
            known[path].add(what)
            plain[path.casefold()].add(path)
        for path, what in sorted(ours[part]):
            if path in known and what not in known[path]:
                yield part, "type", path, f"{what}, theirs {' or '.join(sorted(known[path]))}"
            elif path not in known and plain[path.casefold()]:
                yield part, "spelling", path, f"theirs {' or '.join(plain[path.casefold()])}"


if __name__ == "__main__":
    sys.exit(main())
