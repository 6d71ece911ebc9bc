"""ClickHouse as a reader of the lake's catalog: in a process of its own, as it never quite leaves
the one that it was loaded into."""

import json
import pathlib
import subprocess
import sys

from . import iceberg

TESTS = pathlib.Path(__file__).resolve().parents[1]
CREATE = """
CREATE DATABASE lake ENGINE = DataLakeCatalog('{url}') SETTINGS catalog_type = 'rest',
warehouse = 'cairn', catalog_credential = '{credential}', oauth_server_uri = '{url}/oauth/tokens'
"""


def asked(client, statement):
    """Rows of a statement in which the catalog is the database `lake`."""
    url = f"{client.endpoint}{iceberg.PATH}"
    create = CREATE.format(url=url, credential=f"{client.creds.access_key_id}:{client.creds.secret}")
    done = subprocess.run(
        [sys.executable, "-m", "kit.clickhouse"], cwd=TESTS, timeout=120,
        input=json.dumps([create, statement]), text=True, capture_output=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [tuple(json.loads(line)) for line in done.stdout.splitlines()]


def main():
    from chdb.session import Session

    create, statement = json.load(sys.stdin)
    session = Session()
    session.query("SET allow_experimental_database_iceberg = 1")
    session.query(create)
    print(session.query(statement, "JSONCompactEachRow"), end="")


if __name__ == "__main__":
    main()
