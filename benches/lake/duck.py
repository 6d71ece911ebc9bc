"""DuckDB over Parquet, in two layouts: by day and event name with small row groups, and by time.
Identities are flat columns, which it reads faster than structs; parameters are JSON text."""

import duckdb

from figures import Timed

IDENTITY = (
    "STRUCT(type VARCHAR, principalId VARCHAR, arn VARCHAR, accountId VARCHAR, "
    "accessKeyId VARCHAR, userName VARCHAR, sessionContext STRUCT(sessionIssuer STRUCT("
    "type VARCHAR, principalId VARCHAR, arn VARCHAR, accountId VARCHAR, userName VARCHAR), "
    "attributes STRUCT(creationDate VARCHAR, mfaAuthenticated VARCHAR)))"
)
COLUMNS = {
    "eventVersion": "VARCHAR", "userIdentity": IDENTITY, "eventTime": "TIMESTAMP",
    "eventSource": "VARCHAR", "eventName": "VARCHAR", "awsRegion": "VARCHAR",
    "sourceIPAddress": "VARCHAR", "userAgent": "VARCHAR", "errorCode": "VARCHAR",
    "errorMessage": "VARCHAR", "requestParameters": "JSON", "responseElements": "JSON",
    "additionalEventData": "JSON", "requestID": "VARCHAR", "eventID": "VARCHAR",
    "readOnly": "BOOLEAN",
    "resources": "STRUCT(accountId VARCHAR, type VARCHAR, ARN VARCHAR)[]",
    "eventType": "VARCHAR", "managementEvent": "BOOLEAN", "recipientAccountId": "VARCHAR",
    "eventCategory": "VARCHAR",
    "tlsDetails": "STRUCT(tlsVersion VARCHAR, cipherSuite VARCHAR, "
    "clientProvidedHostHeader VARCHAR)",
}
FLAT = """
    userIdentity.type AS useridentity_type, userIdentity.principalId AS useridentity_principalid,
    userIdentity.arn AS useridentity_arn, userIdentity.accountId AS useridentity_accountid,
    userIdentity.accessKeyId AS useridentity_accesskeyid,
    userIdentity.userName AS useridentity_username,
    userIdentity.sessionContext.sessionIssuer.principalId AS useridentity_issuer_principalid,
    userIdentity.sessionContext.sessionIssuer.arn AS useridentity_issuer_arn,
    userIdentity.sessionContext.sessionIssuer.userName AS useridentity_issuer_username,
    userIdentity.sessionContext.attributes.creationDate AS useridentity_creationdate,
    userIdentity.sessionContext.attributes.mfaAuthenticated AS useridentity_mfaauthenticated
"""
LAYOUTS = {"by day and name": "by_name", "by time": "by_time"}


class Duck(Timed):
    """One layout, open."""

    dialect = "duckdb"

    def __init__(self, work, layout):
        self.name = f"DuckDB {layout}"
        self.files = f"{work}/duckdb/{LAYOUTS[layout]}/*.parquet"
        self.table = f"read_parquet('{self.files}')"
        self.open()

    def open(self):
        self.base = duckdb.connect()
        self.base.execute("SET threads = 2; SET parquet_metadata_cache = true")

    def ask(self, statement):
        return self.base.execute(statement).fetchall()

    def forget(self):
        """Drops what the process itself keeps in memory."""
        self.base.close()
        self.open()

    def close(self):
        self.base.close()


def load(work, corpus):
    """Writes both layouts; gives the bytes of each. The lines are in the order of their time."""
    columns = ", ".join(f"{name}: '{kind}'" for name, kind in COLUMNS.items())
    others = ", ".join(name for name in COLUMNS if name != "userIdentity")
    base = duckdb.connect(f"{work}/duckdb.loading")
    base.execute("SET threads = 2; SET preserve_insertion_order = true")
    root = work / "duckdb"
    for layout in LAYOUTS.values():
        (root / layout).mkdir(parents=True)
    by_time = root / "by_time" / "all.parquet"
    base.execute(
        f"COPY (SELECT {others.lower()}, {FLAT} FROM read_json('{corpus}/lines/*.jsonl.gz', "
        f"format = 'newline_delimited', columns = {{{columns}}})) "
        f"TO '{by_time}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)"
    )
    days = base.execute(f"SELECT DISTINCT eventtime::DATE FROM '{by_time}' ORDER BY 1").fetchall()
    for (day,) in days:
        base.execute(
            f"COPY (SELECT * FROM '{by_time}' WHERE eventtime >= DATE '{day}' "
            f"AND eventtime < DATE '{day}' + INTERVAL 1 DAY ORDER BY eventname, eventtime) "
            f"TO '{root}/by_name/{day}.parquet' "
            "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 20480)"
        )
    base.close()
    (work / "duckdb.loading").unlink()
    return {
        layout: sum(path.stat().st_size for path in (root / name).iterdir())
        for layout, name in LAYOUTS.items()
    }


class Raw(Timed):
    """DuckDB over gzipped JSON lines as they are; each question reads the members that it needs.
    Log files as CloudTrail writes them, one object with all records, take it longer."""

    name = "DuckDB, gzipped JSON"
    MEMBERS = {
        "event id": ("eventID", "eventTime", "eventName", "userIdentity", "sourceIPAddress"),
        "errors by service": ("eventSource", "errorCode"),
        "per day, service": ("eventTime", "eventSource"),
    }

    def __init__(self, corpus):
        self.corpus = corpus
        self.base = duckdb.connect()
        self.base.execute("SET threads = 2")

    def of(self, question):
        """The table for a question."""
        kinds = {**COLUMNS, "userIdentity": "STRUCT(arn VARCHAR)"}
        members = ", ".join(f"{name}: '{kinds[name]}'" for name in self.MEMBERS[question])
        flat = ", userIdentity.arn AS useridentity_arn" if "userIdentity" in members else ""
        return (
            f"(SELECT *{flat} FROM read_json('{self.corpus}/lines/*.jsonl.gz', "
            f"format = 'newline_delimited', columns = {{{members}}}))"
        )

    def ask(self, statement):
        return self.base.execute(statement).fetchall()
