"""Times and how they are compared and printed; rows and when they are equal."""

import math
import os
import pathlib
import statistics
import time

CACHES = pathlib.Path("/proc/sys/vm/drop_caches")
# Percentiles are approximated by one engine and exact in the others.
NEAR = 0.03


class Timed:
    """What an engine that gives its rows directly takes; `last` are the rows of the last time."""

    last = ()

    def timed(self, statement):
        """Milliseconds by the name of the column they belong to."""
        began = time.perf_counter()
        self.last = self.ask(statement)
        return {self.name: (time.perf_counter() - began) * 1000}


def geometric(values):
    return math.exp(statistics.fmean(math.log(max(value, 0.5)) for value in values))


def at(times, share):
    ordered = sorted(times)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def cold(directories):
    """Drops the page cache: all of it where that is allowed, else that of the files."""
    os.sync()
    try:
        CACHES.write_text("3\n")
        return "all of it"
    except OSError:
        for directory in directories:
            for path in pathlib.Path(directory).rglob("*"):
                if path.is_file():
                    with open(path, "rb") as file:
                        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return "that of the files"


def same(question, left, right):
    """Why two engines' rows differ, or nothing."""
    left, right = plain(left), plain(right)
    if len(left) != len(right):
        return f"{len(left)} and {len(right)} rows"
    for number, (ours, theirs) in enumerate(zip(left, right, strict=True)):
        if len(ours) != len(theirs):
            return f"row {number} has {len(ours)} and {len(theirs)} columns"
        for column, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            if one != other and not (column in question.near and near(one, other)):
                return f"row {number}: {ours} and {theirs}"
    return None


def near(one, other):
    return abs(float(one) - float(other)) <= NEAR * max(abs(float(other)), 1.0) + 1


def plain(rows):
    return [tuple(text(value) for value in row) for row in rows]


def text(value):
    """Null and the empty string are one: typed columns of ClickHouse do not tell them apart."""
    if value is None or value == "\\N":
        return ""
    found = str(value).replace("T00:00:00Z", " 00:00:00")
    if len(found) == 10 and found[4] == found[7] == "-":
        found += " 00:00:00"
    return found[:-4] if found.endswith(".000") and found[4:5] == "-" else found


def table(heads, rows):
    widths = [max(len(str(row[at])) for row in [heads, *rows]) for at in range(len(heads))]
    for row in [heads, *rows]:
        cells = [f"{row[0]:<{widths[0]}}"]
        cells += [f"{cell:>{width}}" for cell, width in zip(row[1:], widths[1:], strict=True)]
        print("  ".join(cells), flush=True)


def verdict(met, text):
    print(f"{'met ' if met else 'MISSED'}  {text}", flush=True)
    return met


def cpu_seconds(pid):
    """User and system time of a process; the kernel counts in hundredths of a second."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
