"""Compares what is in the buckets with what was sent, and proves that it would object."""

import collections
import dataclasses
import gzip
import hashlib
import json
import random
import re
from dataclasses import dataclass

from kit import records
from ledger import OK
from load import SOURCE

KINDS = ("missing", "duplicate", "overwritten", "altered", "invented", "misplaced", "unreadable")
# AWSLogs/ACCOUNT/CloudTrail/REGION/…
KEY = re.compile(r"AWSLogs/(\d{12})/CloudTrail/([a-z0-9-]+)/\d{4}/\d\d/\d\d/[^/]+\.json\.gz$")


@dataclass(frozen=True, slots=True)
class Seen:
    """One event of the load in a file, as often as it is there."""

    id: str
    sha256: str
    key: str
    # Account and Region, as the key and the event have them.
    of_key: tuple
    of_event: tuple


def look(writes):
    """`(seen, unreadable)` of every log file among the writes of a store."""
    seen, unreadable = [], []
    for write in writes:
        match = KEY.search(write.key)
        if not match:
            continue
        try:
            found = json.loads(gzip.decompress(write.body))["Records"]
        except (OSError, EOFError, ValueError, KeyError):
            unreadable.append(write.key)
            continue
        for record in found:
            if record["eventSource"] == SOURCE:
                sha256 = hashlib.sha256(records.encode(record)).hexdigest()
                place = (record["recipientAccountId"], record["awsRegion"])
                seen.append(Seen(record["eventID"], sha256, write.key, match.groups(), place))
    return seen, unreadable


def objections(entries, seen, overwritten=(), unreadable=()):
    """Violations by kind: `{"missing": [id, …], …}`, empty where all is as it must be."""
    times = collections.Counter(one.id for one in seen)
    found = collections.defaultdict(list)
    found["missing"] = [i for i, entry in entries.items() if entry.state == OK and i not in times]
    found["duplicate"] = [i for i, count in times.items() if count > 1]
    found["overwritten"], found["unreadable"] = list(overwritten), list(unreadable)
    for one in seen:
        entry = entries.get(one.id)
        if entry is None:
            found["invented"].append(one.id)
            continue
        if entry.sha256 != one.sha256:
            found["altered"].append(one.id)
        if one.of_key != one.of_event or one.of_key[0] != entry.account:
            found["misplaced"].append(one.id)
    return {kind: ids for kind, ids in found.items() if ids}


def self_test(entries, seen, seed):
    """Plants a fault of each kind in copies of what was seen. Gives those that went unnoticed."""
    chance = random.Random(seed)
    place = chance.randrange(len(seen))
    one = seen[place]
    others = seen[:place] + seen[place + 1 :]
    plants = {
        "missing": (others, (), ()),
        "duplicate": ([*seen, dataclasses.replace(one, key="another")], (), ()),
        "overwritten": (seen, (one.key,), ()),
        "altered": ([*others, dataclasses.replace(one, sha256="0" * 64)], (), ()),
        "invented": ([*seen, dataclasses.replace(one, id="nobody-sent-this")], (), ()),
        "misplaced": ([*others, dataclasses.replace(one, of_key=("0" * 12, "elsewhere"))], (), ()),
        "unreadable": (seen, (), (one.key,)),
    }
    return [kind for kind, planted in plants.items() if not objections(entries, *planted).get(kind)]
