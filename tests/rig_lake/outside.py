"""Another engine that reads the table through the catalog while it is written, joined and expired."""

from kit.client import Client
from kit.iceberg import NAMESPACE, attached
from load import SOURCE


class Outside:
    """DuckDB. Whatever it reads is a state that the table had: no row twice, none that nobody sent,
    and never fewer than it read before."""

    def __init__(self, server, creds, store, known):
        self.server, self.creds, self.store, self.known = server, creds, store, known
        self.rows = self.reads = 0

    def read(self):
        client = Client(self.server.endpoint, self.server.region, self.creds)
        connection = attached(client)
        counts = (
            f'SELECT count(*), count(DISTINCT eventid) FROM lake."{NAMESPACE}"."{self.store}" '
            f"WHERE eventsource = '{SOURCE}'"
        )
        rows, distinct = connection.execute(counts).fetchone()
        connection.close()
        self.reads += 1
        if rows != distinct:
            raise AssertionError(f"another engine reads {rows} rows of {distinct} events")
        if rows < self.rows:
            raise AssertionError(f"another engine reads {rows} rows after {self.rows}")
        if rows > len(self.known()):
            raise AssertionError(f"another engine reads {rows} rows of {len(self.known())} sent")
        self.rows = rows

    def finish(self, rows):
        if self.rows > rows:
            raise AssertionError(f"another engine read {self.rows} rows where there are {rows}")

    def report(self):
        return f"another engine     {self.reads:,} reads, {self.rows:,} rows at last, none wrong"
