"""What a run must not show, and the planted faults that the judge has to notice."""

import base64
import dataclasses
import re

from kit.lake import ENDED

# What StartQuery's model has, and what every operation of the service may answer.
MODELLED = {
    "EventDataStoreARNInvalidException", "EventDataStoreNotFoundException",
    "InactiveEventDataStoreException", "InsufficientEncryptionPolicyException",
    "InsufficientS3BucketPolicyException", "InvalidParameterException",
    "InvalidQueryStatementException", "InvalidS3BucketNameException", "InvalidS3PrefixException",
    "MaxConcurrentQueriesException", "NoManagementAccountSLRExistsException",
    "OperationNotPermittedException", "S3BucketDoesNotExistException",
    "UnsupportedOperationException", "ValidationException", "SerializationException",
}
# What belongs to the operator or to the engine's authors, and never to a caller.
INTERNAL = re.compile(
    r"internal error|panick|bug in DataFusion|\.rs:\d+|Accumulator for|physical \w+Variable",
    re.IGNORECASE,
)


@dataclasses.dataclass(frozen=True)
class Bounds:
    """Seconds of a query with the time that its end needs, rows of a result, resident bytes."""

    seconds: float
    rows: int
    bytes: int


@dataclasses.dataclass
class Told:
    """What became of one text. `message` is the refusal's or that of the failed query; `seconds`
    are those of the query, `slowest` those of the slowest call about it."""

    sql: str
    kind: str = "plain"
    barred: bool = False
    status: int = 200
    error: str | None = None
    end: str | None = None
    message: str | None = None
    rows: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    own: bool = False
    foreign: bool = False
    dropped: str | None = None
    faults: list = dataclasses.field(default_factory=list)

    @property
    def accepted(self):
        return self.error is None and self.dropped is None and self.status == 200


@dataclasses.dataclass
class House:
    """The process over the whole run. `heavy` is what ran when it grew beyond its bound."""

    starts: int
    alive: bool
    log: str
    peak: int
    heavy: list
    controls: dict


def readings(core):
    """A marker as it is and as `to_hex` and `to_base64` would show it, in lower case."""
    data = core.encode()
    shifted = (base64.b64encode(b"\0" * at + data)[4 if at else 0:] for at in range(3))
    whole = {text[: len(text) // 4 * 4 - 4].decode().lower() for text in shifted}
    return {core, data.hex(), *whole}


def objections(told, house, bounds):
    """Violations by kind, empty where all is as it must be."""
    found = {kind: [one.sql for one in told if wrong(one, bounds)] for kind, wrong in RULES.items()}
    found["panics"] = [line for line in house.log.splitlines() if "panicked" in line]
    found["failures in the log"] = re.findall(r".*a query failed.*", house.log)
    found["ended processes"] = [] if house.alive and house.starts == 1 else [f"{house.starts} starts"]
    found["memory beyond its bound"] = house.heavy if house.peak > bounds.bytes else []
    if house.peak > bounds.bytes and not house.heavy:
        found["memory beyond its bound"] = [f"{house.peak >> 20} MiB"]
    found["controls"] = [name for name, held in house.controls.items() if not held]
    return {kind: texts for kind, texts in found.items() if texts}


RULES = {
    "foreign rows": lambda one, _: one.foreign,
    "barred texts accepted": lambda one, _: one.barred and one.accepted,
    "answers of 500 and more": lambda one, _: bool(one.faults) or one.status >= 500,
    "dropped connections": lambda one, _: one.dropped is not None,
    "unmodelled refusals": lambda one, _: one.error is not None
    and not (one.status == 400 and one.error in MODELLED),
    "refusals without a name": lambda one, _: one.status != 200 and one.error is None,
    "refusals without a message": lambda one, _: one.error is not None and not one.message,
    "queries that did not end": lambda one, _: one.accepted and one.end not in ENDED,
    "failures without a message": lambda one, _: one.end == "FAILED" and not one.message,
    "internal errors": lambda one, _: bool(INTERNAL.search(one.message or "")),
    "overlong queries": lambda one, bounds: one.seconds > bounds.seconds,
    "calls that took too long": lambda one, bounds: one.slowest > bounds.seconds,
    "results of too many rows": lambda one, bounds: one.rows > bounds.rows,
    "rows of what gives none": lambda one, _: one.rows > 0 and one.end in ("FAILED", "CANCELLED"),
}


def self_test(bounds):
    """Plants one fault after the other in a run without any. Returns those that went unnoticed."""
    clean = [
        Told("SELECT 1", end="FINISHED", rows=bounds.rows, seconds=bounds.seconds),
        Told("SELECT 2", end="FAILED", message="Query exhausted resources at this scale factor"),
        Told("SELECT 3", end="TIMED_OUT", seconds=bounds.seconds),
        Told("x", status=400, error="InvalidQueryStatementException", message="line 1:1", barred=True),
    ]
    house = House(1, True, "all is well\n", bounds.bytes, [], {"own rows": True})
    assert objections(clean, house, bounds) == {}
    texts = {
        "foreign rows": {"end": "FINISHED", "foreign": True},
        "barred texts accepted": {"end": "FINISHED", "barred": True},
        "answers of 500 and more": {"end": "FINISHED", "faults": ["StartQuery: 503"]},
        "dropped connections": {"dropped": "RemoteDisconnected"},
        "unmodelled refusals": {"status": 500, "error": "InternalFailure", "message": "x"},
        "refusals without a name": {"status": 503, "message": "x"},
        "refusals without a message": {"status": 400, "error": "InvalidParameterException"},
        "queries that did not end": {"end": "RUNNING"},
        "failures without a message": {"end": "FAILED"},
        "internal errors": {"end": "FAILED", "message": "The query failed: internal error."},
        "overlong queries": {"end": "TIMED_OUT", "seconds": bounds.seconds + 0.1},
        "calls that took too long": {"end": "FINISHED", "slowest": bounds.seconds + 0.1},
        "results of too many rows": {"end": "FINISHED", "rows": bounds.rows + 1},
        "rows of what gives none": {"end": "FAILED", "message": "x", "rows": 1},
    }
    houses = {
        "panics": {"log": "thread 'lake' panicked at src/x.rs:1:1\n"},
        "failures in the log": {"log": "ERROR a query failed error=schema\n"},
        "ended processes": {"alive": False},
        "memory beyond its bound": {"peak": bounds.bytes + 1},
        "controls": {"controls": {"own rows": False}},
    }
    assert set(texts) == set(RULES)
    missed = []
    for kind, fault in texts.items():
        if kind not in objections([*clean, Told("planted", **fault)], house, bounds):
            missed.append(kind)
    for kind, fault in houses.items():
        if kind not in objections(clean, dataclasses.replace(house, **fault), bounds):
            missed.append(kind)
    return missed, len(texts) + len(houses)
