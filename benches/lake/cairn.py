"""A server with one event data store, asked as any client of CloudTrail Lake asks."""

import json
import pathlib
import re
import subprocess
import time

from figures import cpu_seconds
from kit.client import Refused
from kit.server import Server

# Quiet for this long, and below this share of a core: nothing is written any more. Rows are in
# memory for a minute at the most, and the server looks for files to be joined twice a minute.
QUIET_SECONDS, QUIET_SHARE = 65, 0.05
LOOK_SECONDS = 5
SETTLE_SECONDS = 900


class Failed(Exception):
    """A query that did not finish; the text is the server's."""


class Cairn:
    name, dialect = "Cairn", "lake"
    last = ()

    def __init__(self, binary, data, store=True):
        self.binary, self.data = binary, pathlib.Path(data)
        self.server = Server(self.data, binary=pathlib.Path(binary))
        self.server.start()
        self.client = self.server.client(timeout=600)
        self.table = self.store() if store else None

    def call(self, operation, **members):
        answer = self.client.cloudtrail(operation, **members)
        if answer.status != 200:
            raise Refused(answer)
        return answer.json()

    def store(self):
        """The id of a new event data store that takes events."""
        made = self.call("CreateEventDataStore", Name="bench", TerminationProtectionEnabled=False)
        self.arn = made["EventDataStoreArn"]
        until = time.monotonic() + 30
        while self.call("GetEventDataStore", EventDataStore=self.arn)["Status"] != "ENABLED":
            if time.monotonic() > until:
                raise Failed("the event data store was not enabled within 30 s")
            time.sleep(0.05)
        return self.arn.rpartition("/")[2]

    def stop_taking(self):
        """What is asked from now on is not in the table."""
        self.call("StopEventDataStoreIngestion", EventDataStore=self.arn)

    def ingest(self, *paths):
        """Stores log files or lines; gives the seconds until the last acknowledgement."""
        began = time.perf_counter()
        subprocess.run(
            [self.binary, "ingest", "--quiet", "--data", self.data, *paths], check=True,
            stdout=subprocess.DEVNULL,
        )
        return time.perf_counter() - began

    def ask(self, statement):
        return self.rows(self.start(statement))

    def start(self, statement):
        return self.call("StartQuery", QueryStatement=statement)["QueryId"]

    def rows(self, query):
        """The rows of a query, once it has finished. The pauses grow with the time that it takes:
        who asks without any takes the engine's cores from it."""
        pause, rows, token = 0.001, [], {}
        while True:
            page = self.call("GetQueryResults", QueryId=query, MaxQueryResults=1000, **token)
            if page["QueryStatus"] in ("QUEUED", "RUNNING"):
                time.sleep(pause)
                pause = min(pause * 1.25, 0.05)
                continue
            if page["QueryStatus"] != "FINISHED":
                raise Failed(f"{page['QueryStatus']}: {page.get('ErrorMessage')}")
            rows += [
                tuple(next(iter(cell.values()), None) for cell in row)
                for row in page["QueryResultRows"]
            ]
            if "NextToken" not in page:
                return rows
            token = {"NextToken": page["NextToken"]}

    def timed(self, statement):
        """Milliseconds of the engine, and of the client from call to last row."""
        began = time.perf_counter()
        query = self.start(statement)
        self.last = self.rows(query)
        whole = (time.perf_counter() - began) * 1000
        statistics = self.call("DescribeQuery", QueryId=query)["QueryStatistics"]
        return {
            "Cairn engine": float(statistics["ExecutionTimeInMillis"]),
            "Cairn client": whole,
        }

    def forget(self):
        """A server goes on; what it has in memory it has, as the peers' servers would."""

    def await_rows(self, count, until):
        """Waits for as many rows from before `until` to be visible."""
        deadline = time.monotonic() + SETTLE_SECONDS
        statement = f"SELECT count(*) AS n FROM {self.table} WHERE eventTime < '{until}'"
        while (found := int(self.ask(statement)[0][0])) != count:
            if found > count or time.monotonic() > deadline:
                raise Failed(f"the table has {found} rows, not {count}")
            time.sleep(0.5)

    def settle(self):
        """Waits until the server does nothing and its table does not change any more."""
        deadline = time.monotonic() + SETTLE_SECONDS
        since, before, spent = time.monotonic(), self.table_files(), self.cpu()
        while time.monotonic() < deadline:
            time.sleep(LOOK_SECONDS)
            at, files, now = time.monotonic(), self.table_files(), self.cpu()
            if files == before and at - since < QUIET_SECONDS:
                continue
            if files == before and now - spent < (at - since) * QUIET_SHARE:
                return
            since, before, spent = at, files, now
        raise Failed(f"the server was not quiet after {SETTLE_SECONDS} s: {len(before)} files")

    def directory(self):
        return self.data / "lake" / "tables" / (self.table or "none")

    def table_files(self):
        return {path.name for path in self.directory().rglob("*.parquet")}

    def snapshot(self):
        """What the newest metadata says of the table. The folder has more: files that were joined
        stay for as long as readers of older snapshots may want them."""
        newest = max(self.directory().glob("metadata/*.metadata.json"))
        return json.loads(newest.read_text())["snapshots"][-1]["summary"]

    def cpu(self):
        return cpu_seconds(self.server.process.pid)

    def metric(self, name):
        """A value of the page of metrics, or nothing."""
        status, page = plain(self.server.endpoint)
        found = re.search(rf"^{name}(?:\{{[^}}]*\}})? (\S+)$", page.decode(), re.MULTILINE)
        return float(found[1]) if status == 200 and found else None

    def close(self):
        self.server.stop(60)


def plain(endpoint):
    from kit.server import plain_get

    return plain_get(endpoint, "/metrics")
