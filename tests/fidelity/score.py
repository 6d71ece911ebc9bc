"""Compares records with what they must hold, and counts per service."""

import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass

from .drive import AGENT
from .expect import expected
from .secret import SECRET, hides

ASPECTS = ("recorded", "eventSource", "eventName", "readOnly", "requestParameters")
# Protocols in which an empty list or structure leaves nothing on the wire.
FLAT = ("query", "ec2")
_ABSENT = object()


@dataclass(frozen=True)
class Difference:
    """One place where a record is not what it must be; values as JSON would show them."""

    call: str
    aspect: str
    path: str
    wanted: str
    found: str

    def __str__(self):
        place = f" {self.path}" if self.path else ""
        sides = f"    wanted {self.wanted}\n    found  {self.found}"
        return f"{self.call}: {self.aspect}{place}\n{sides}"


class Score:
    """`differences` in the order of the calls; `full` says whether everything is right."""

    def __init__(self, calls, records):
        self.calls = calls
        self.differences = []
        self.right = defaultdict(Counter)
        by_number = numbered(records)
        for call in calls:
            self._judge(call, by_number.get(call.number, []))

    @property
    def full(self):
        return bool(self.calls) and not self.differences

    def _judge(self, call, found):
        if len(found) != 1:
            self._differ(call, "recorded", "", "1 record", f"{len(found)} records")
            if not found:
                return
        else:
            self.right[call.service]["recorded"] += 1
        record, want = found[0], expected(call)
        wanted = {"eventSource": want.source, "eventName": want.name, "readOnly": want.read_only,
                  "requestParameters": want.params}
        for aspect, value in wanted.items():
            flat = call.model.service_model.protocol in FLAT
            places = list(compare(value, record.get(aspect, _ABSENT), flat))
            for path, left, right in places:
                self._differ(call, aspect, path, shown(left), shown(right))
            self.right[call.service][aspect] += not places

    def _differ(self, call, aspect, path, wanted, found):
        self.differences.append(Difference(call.title, aspect, path, wanted, found))

    def table(self):
        """One line per service, and the sum."""
        calls, operations = Counter(), defaultdict(set)
        for call in self.calls:
            calls[call.service] += 1
            operations[call.service].add(call.model.name)
        lines = [("service", "operations", "calls", *ASPECTS)]
        lines += [
            (service, len(operations[service]), calls[service],
             *(self.right[service][aspect] for aspect in ASPECTS))
            for service in sorted(calls)
        ]
        sums = (sum(line[column] for line in lines[1:]) for column in range(1, len(lines[0])))
        lines.append((f"{len(calls)} services", *sums))
        widths = [max(len(str(line[column])) for line in lines) for column in range(len(lines[0]))]
        return "\n".join(
            "  ".join(str(cell).rjust(width) if column else str(cell).ljust(width)
                      for column, (cell, width) in enumerate(zip(line, widths)))
            for line in lines
        )


def numbered(records):
    """The records of the corpus's calls, by the number that their user agent carries."""
    found = defaultdict(list)
    for record in records:
        # What a call did beyond itself has records of its own.
        if record.get("eventType") == "AwsServiceEvent":
            continue
        hit = re.fullmatch(rf"\[?{AGENT}(\d+)\]?", record.get("userAgent") or "")
        if hit:
            found[int(hit[1])].append(record)
    return found


def compare(wanted, found, flat=False, path=""):
    """Every place where the two differ: path, wanted, found.

    `flat`: emptiness does not travel, so an empty thing equals one that is not there.
    """
    if wanted is SECRET:
        if found is not _ABSENT and not hides(found):
            yield path, wanted, found
        return
    if flat and empty(wanted) and (found is _ABSENT or empty(found)):
        return
    if isinstance(wanted, dict) and isinstance(found, dict):
        for name in [*wanted, *(name for name in found if name not in wanted)]:
            below = f"{path}.{name}" if path else name
            yield from compare(wanted.get(name, _ABSENT), found.get(name, _ABSENT), flat, below)
        return
    if isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        for place, (left, right) in enumerate(zip(wanted, found)):
            yield from compare(left, right, flat, f"{path}[{place}]")
        return
    if not same(wanted, found):
        yield path, wanted, found


def empty(value):
    if isinstance(value, dict):
        return all(empty(each) for each in value.values())
    return value is _ABSENT or value is None or value == []


def same(wanted, found):
    """Numbers are equal by value, but never a number and a truth."""
    if isinstance(wanted, bool) or isinstance(found, bool):
        return wanted is found
    return wanted == found


def shown(value):
    if value is _ABSENT:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= 400 else text[:400] + "..."
