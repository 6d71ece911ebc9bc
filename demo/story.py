"""The log files under `logs/`, moved so that their last event was a few minutes ago.

The files tell of one day in a company that does not exist. LookupEvents shows 90 days, so the demo
shifts every time by the same whole number of seconds, puts its own account id in place of the
written one, and packs the files as the service delivers them.
"""

import datetime
import gzip
import json
import pathlib
import re

from kit import zstd

LOGS = pathlib.Path(__file__).resolve().parent / "logs"
ACCOUNT = "111122223333"
OTHER_ACCOUNT = "444455556666"
LAST_EVENT = datetime.datetime(2026, 1, 14, 10, 15, 40)
QUIET = datetime.timedelta(minutes=3)

_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_CONSOLE = re.compile(r"[A-Z][a-z]{2} \d{1,2}, \d{4}, \d{1,2}:\d\d:\d\d [AP]M")
_FILE_TIME = re.compile(r"_(\d{8}T\d{4}Z)_")


def write(into, account):
    """Writes the moved files below `into`, and gives their records by log file."""
    now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None, microsecond=0)
    shift = now - QUIET - LAST_EVENT
    written = {}
    for source in sorted(LOGS.rglob("*.json*")):
        text = _moved(source.read_text(), shift).replace(ACCOUNT, account)
        target = into / _target(source, shift, account)
        target.parent.mkdir(parents=True, exist_ok=True)
        packed = zstd.compress if target.suffix == ".zst" else gzip.compress
        target.write_bytes(packed(text.encode()))
        written[target] = _records(text)
    return written


def _moved(text, shift):
    def iso(match):
        return _iso(_parse(match[0], "%Y-%m-%dT%H:%M:%SZ") + shift)

    def console(match):
        at = _parse(match[0], "%b %d, %Y, %I:%M:%S %p") + shift
        return f"{at:%b} {at.day}, {at.year}, {at.hour % 12 or 12}:{at:%M:%S %p}"

    return _CONSOLE.sub(console, _ISO.sub(iso, text))


def _target(source, shift, account):
    """The key that the service would give the file: day folders and name say its time."""
    relative = source.relative_to(LOGS)
    if source.suffix == ".jsonl":
        return relative.with_suffix(".jsonl.zst")
    written = _FILE_TIME.search(source.name)[1]
    at = _parse(written, "%Y%m%dT%H%MZ") + shift
    name = source.name.replace(written, f"{at:%Y%m%dT%H%MZ}").replace(ACCOUNT, account) + ".gz"
    region = pathlib.Path(str(relative.parents[3]).replace(ACCOUNT, account))
    return region / f"{at:%Y/%m/%d}" / name


def _records(text):
    if text.startswith('{"Records"'):
        return json.loads(text)["Records"]
    return [json.loads(line) for line in text.splitlines()]


def _parse(text, form):
    return datetime.datetime.strptime(text, form)


def _iso(at):
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
