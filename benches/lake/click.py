"""ClickHouse (chDB) with typed columns: identities as named tuples, parameters as strings, bloom
filters on identifiers; sorted by event name or by time."""

import chdb.session

from figures import Timed

IDENTITY = (
    "Tuple(type LowCardinality(String), principalId String, arn String, "
    "accountId LowCardinality(String), accessKeyId String, userName LowCardinality(String), "
    "sessionContext Tuple(sessionIssuer Tuple(type LowCardinality(String), principalId "
    "LowCardinality(String), arn LowCardinality(String), accountId LowCardinality(String), "
    "userName LowCardinality(String)), attributes Tuple(creationDate String, "
    "mfaAuthenticated LowCardinality(String))))"
)
COLUMNS = {
    "eventVersion": "LowCardinality(String)", "userIdentity": IDENTITY,
    "eventTime": "DateTime('UTC')", "eventSource": "LowCardinality(String)",
    "eventName": "LowCardinality(String)", "awsRegion": "LowCardinality(String)",
    "sourceIPAddress": "String", "userAgent": "LowCardinality(String)",
    "errorCode": "LowCardinality(String)", "errorMessage": "String",
    "requestParameters": "String", "responseElements": "String", "additionalEventData": "String",
    "requestID": "String", "eventID": "String", "readOnly": "Bool",
    "resources": "Array(Tuple(accountId LowCardinality(String), type LowCardinality(String), "
    "ARN String))",
    "eventType": "LowCardinality(String)", "managementEvent": "Bool",
    "recipientAccountId": "LowCardinality(String)", "eventCategory": "LowCardinality(String)",
    "tlsDetails": "Tuple(tlsVersion LowCardinality(String), cipherSuite LowCardinality(String), "
    "clientProvidedHostHeader LowCardinality(String))",
}
FILTERED = ("eventID", "requestID", "sourceIPAddress", "userIdentity.accessKeyId")
LAYOUTS = {"by name": "(eventName, eventTime)", "by time": "(eventTime, eventName)"}
READING = (
    "input_format_skip_unknown_fields = 1, input_format_json_read_objects_as_strings = 1, "
    "input_format_null_as_default = 1, date_time_input_format = 'best_effort', max_threads = 2"
)
CACHES = ("MARK", "UNCOMPRESSED", "INDEX MARK", "QUERY CONDITION")


def columns():
    return ", ".join(f"`{name}` {kind}" for name, kind in COLUMNS.items())


def create(session, table, order, codec, filtered=True):
    filters = "".join(
        f", INDEX filter_{at} {name} TYPE bloom_filter GRANULARITY 1"
        for at, name in enumerate(FILTERED if filtered else ())
    )
    session.query(
        f"CREATE TABLE {table} ({columns()}{filters}) ENGINE = MergeTree ORDER BY {order} "
        f"SETTINGS default_compression_codec = '{codec}'"
    )


def insert(session, table, files):
    session.query(
        f"INSERT INTO {table} SELECT * FROM file('{files}', 'JSONEachRow', "
        f"$layout${columns()}$layout$) SETTINGS {READING}"
    )


class Click:
    """All layouts are in one session: chDB allows one in a process."""

    def __init__(self, data):
        self.session = chdb.session.Session(str(data))

    def load(self, corpus):
        """Writes both layouts; gives the bytes of each."""
        self.session.query("CREATE DATABASE IF NOT EXISTS peer")
        names = {layout: table(layout) for layout in LAYOUTS}
        for layout, name in names.items():
            create(self.session, name, LAYOUTS[layout], "ZSTD(3)")
        first, second = names.values()
        insert(self.session, first, f"{corpus}/lines/*.jsonl.gz")
        self.session.query(f"INSERT INTO {second} SELECT * FROM {first}")
        sizes = {}
        for layout, name in names.items():
            self.session.query(f"OPTIMIZE TABLE {name} FINAL")
            (found,) = self.ask(
                "SELECT sum(bytes_on_disk) FROM system.parts "
                f"WHERE active AND database || '.' || table = '{name}'"
            )
            sizes[layout] = int(found[0])
        return sizes

    def ask(self, statement):
        text = self.session.query(
            statement + " SETTINGS max_threads = 2", "TabSeparated"
        ).data()
        return [tuple(line.split("\t")) for line in text.splitlines()]

    def layout(self, layout):
        return Layout(self, layout)

    def close(self):
        self.session.close()


class Layout(Timed):
    dialect = "clickhouse"

    def __init__(self, click, layout):
        self.click, self.table = click, table(layout)
        self.name = f"ClickHouse {layout}"

    def ask(self, statement):
        return self.click.ask(statement)

    def forget(self):
        for cache in CACHES:
            self.click.session.query(f"SYSTEM DROP {cache} CACHE")

    def close(self):
        """The session closes with its process, after the other layout's."""


def table(layout):
    return f"peer.{layout.replace(' ', '_')}"
