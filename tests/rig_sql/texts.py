"""SQL texts by the thousand from one seed: well-formed, broken, hostile, expensive."""

import dataclasses
import pathlib
import random
import re

import costly
import hostile
from statements import Statements

SQL = pathlib.Path(__file__).resolve().parents[2] / "crates/cairn-lake/src"
# The ids that the cases of the crate's own tests are written with.
CASE_STORES = {"5e2676f8-9fce-46ef-8142-3e36a94e6691": "a", "$A": "a", "$B": "more"}
LONGEST = 10_000
KINDS = {"well-formed": 40, "known": 17, "broken": 20, "hostile": 20, "expensive": 3}
EXTREMES = ["0", "-1", "1", "NULL", "9223372036854775807", "-9223372036854775808", "10000", "10001",
            "1e308", "0.1", "2147483648", "16777216"]
TEXTS = ["''", "'x'", "'%'", "'('", "'[a-'", "eventName", "eventJson", "'\\'", "'\u0130\ud83d\ude00'",
         "'2026-02-30'", "'$.'", "'$[99999999999]'", "'UTC'", "'a\u0000b'", "userIdentity.arn"]
PIECES = ["(", ")", ",", "'", '"', "$", ";", "--", "/*", "*/", "->", "\0", "\ud800", "\u202e", "\ufeff",
          "\u00a0", "\u2028", "`", "[", "]", "{", "?", ":=", "::", "@", "\\", "0x", "1e", ".", "..", "=>",
          "\u0660", "FROM", "SELECT", "WITH", "ON", "OVER", "LATERAL", "UNNEST", "\U0001f600", "\r"]


@dataclasses.dataclass(frozen=True)
class Text:
    """`barred`: whatever is answered to it but a refusal is a fault. `more`: other members of the
    call."""

    kind: str
    sql: str
    barred: bool = False
    more: dict = dataclasses.field(default_factory=dict)


class Writer:
    """Writes texts as account A, whose stores are `names.a` and `names.more`."""

    def __init__(self, names, seed, kinds=tuple(KINDS)):
        self.names, self.chance, self.kinds = names, random.Random(seed), kinds
        self.statements = Statements(names, self.chance)
        self.cases = list(_cases(names))
        self.calls = list(_calls())

    def write(self):
        [kind] = self.chance.choices(self.kinds, [KINDS[kind] for kind in self.kinds])
        if kind == "well-formed":
            return Text(kind, self.statements.select(self.chance.randrange(4)))
        if kind == "known":
            return Text(kind, self._known())
        if kind == "broken":
            return Text(kind, self._broken())
        if kind == "expensive":
            return Text(kind, costly.write(self.names, self.chance))
        sql, barred, more = hostile.write(self.names, self.chance)
        return Text(kind, sql, barred, more)

    def _known(self):
        """A statement of the crate's own tests, or a call of theirs with other arguments."""
        if self.chance.random() < 0.4:
            return self.chance.choice(self.cases)
        call = self.chance.choice(self.calls)
        if self.chance.random() < 0.7:
            pieces = re.split(r"('(?:[^']|'')*'|(?<![\w.$])-?\d+(?:\.\d+)?(?![\w.]))", call)
            for at in range(1, len(pieces), 2):
                if self.chance.random() < 0.4:
                    others = TEXTS if pieces[at].startswith("'") else EXTREMES
                    pieces[at] = self.chance.choice(others)
            call = "".join(pieces)
        if " FROM " in call or self.chance.random() < 0.3:
            return f"SELECT q.* FROM (SELECT {call}) q, (SELECT * FROM {self.names.a} LIMIT 2) e"
        return f"SELECT {call} FROM {self.names.a} LIMIT {self.chance.choice([1, 3, 100])}"

    def _broken(self):
        if self.chance.random() < 0.12:
            return self._deep()
        if self.chance.random() < 0.5:
            text = self.chance.choice(self.cases)
        else:
            text = self.statements.select(self.chance.randrange(3))
        words = re.findall(r"\s*\S+", text)
        for _ in range(self.chance.randrange(1, 5)):
            at, other = (self.chance.randrange(len(words)) for _ in range(2))
            harm = self.chance.randrange(6)
            if harm == 0 and len(words) > 1:
                words.pop(at)
            elif harm == 1:
                words.insert(at, words[other])
            elif harm == 2:
                words[at], words[other] = words[other], words[at]
            elif harm == 3:
                words[at] = self.chance.choice(PIECES)
            elif harm == 4:
                cut = self.chance.randrange(len(words[at]) + 1)
                words[at] = words[at][:cut] + self.chance.choice(PIECES) + words[at][cut:]
            else:
                words[at] = words[at][: self.chance.randrange(len(words[at]) + 1)]
        return "".join(words)

    def _deep(self):
        """Nested or repeated to about a length: a few times, or as often as a statement may have."""
        before, after = self.chance.choice(DEEP)
        size = self.chance.choice([12, 23, 40, 200, 1000, LONGEST])
        if self.chance.random() < 0.5:
            size = min(size * len(before + after), LONGEST - 200)
        count = max(1, size // len(before + after))
        return f"SELECT {before * count}1{after * count} FROM {self.names.a} a"


DEEP = [
    ("(", ")"), ("-", ""), ("NOT ", ""), ("lower(", ")"), ("ARRAY[", "]"), ("(SELECT ", ")"),
    ("1 + ", ""), ("true AND ", ""), ("'a' || ", ""), ("CASE WHEN true THEN ", " END"), ("", ", 1"),
    ("coalesce(NULL, ", ")"), ("x -> ", ""), ("transform(ARRAY[1], x -> ", ")"), ("", "[1]"),
    ("", " IS NULL"), ("", " BETWEEN 1 AND 2"), ("CAST(", " AS varchar)"), ("a", ".a"), ("1 IN (", ")"),
    ("(SELECT max(x) FROM (SELECT ", " AS x) t)"), ("", " UNION SELECT 1"), ("if(true, ", ")"),
    ("", " FROM (SELECT 1)"), ("ROW(", ")"), ("try(", ")"), ("'", ""), ('"', '"'), ("/*", "*/"),
]


def _cases(names):
    """The statements of the crate's cases, asked of A's stores."""
    text = (SQL / "sql/tests/cases.txt").read_text()
    for block in re.findall(r"(?:^> .*\n)+", text, re.MULTILINE):
        sql = "\n".join(line[2:] for line in block.splitlines())
        for case_store, store in CASE_STORES.items():
            sql = re.sub(re.escape(case_store), getattr(names, store), sql, flags=re.IGNORECASE)
        yield sql


def _calls():
    """The calls of the crate's tests of functions."""
    for path in sorted((SQL / "function/tests").glob("*.txt")):
        for line in path.read_text().splitlines():
            call = re.split(r" !> | -> (?!.* -> )", line)[0].strip()
            if call and not call.startswith("#"):
                yield call
