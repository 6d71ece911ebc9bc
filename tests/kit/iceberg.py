"""Other engines that read the lake's tables: DuckDB and pyiceberg, and a bare client of the catalog."""

import importlib.util
import json
import pathlib
import urllib.parse

from .client import FORM, Client
from .sigv4 import Credentials

NAMESPACE = "aws:cloudtrail"
PATH = "/iceberg/v1"


class Catalog:
    """The REST catalog as one identity asks it, with a bearer token."""

    def __init__(self, client):
        self.client = client
        self.token = token(client)["access_token"]

    def ask(self, method, path, body=None, headers=()):
        """The answer to a request, whatever it is."""
        headers = {"Host": self.client.host, "Authorization": f"Bearer {self.token}", **dict(headers)}
        return self.client.send(method, f"{PATH}/{path}", headers, body)

    def tables(self):
        answer = self.ask("GET", f"namespaces/{quoted(NAMESPACE)}/tables")
        assert answer.status == 200, answer.body
        return [found["name"] for found in answer.json()["identifiers"]]

    def load(self, table):
        return self.ask("GET", f"namespaces/{quoted(NAMESPACE)}/tables/{table}")

    def reader(self, table):
        """A client with the credentials that come with a table."""
        config = self.load(table).json()["config"]
        creds = Credentials(
            config["s3.access-key-id"], config["s3.secret-access-key"], config["s3.session-token"]
        )
        return Client(config["s3.endpoint"], config["s3.region"], creds)


def quoted(text):
    return urllib.parse.quote(text, safe="")


def token(client, **changes):
    form = {
        "grant_type": "client_credentials",
        "client_id": client.creds.access_key_id,
        "client_secret": client.creds.secret,
        "scope": "catalog",
        **changes,
    }
    body = urllib.parse.urlencode(form).encode()
    headers = {"Host": client.host, "Content-Type": FORM}
    answer = client.send("POST", f"{PATH}/oauth/tokens", headers, body)
    return answer.json()


def total(answer):
    """Rows of a loaded table."""
    metadata = answer.json()["metadata"]
    current = metadata.get("current-snapshot-id")
    for snapshot in metadata["snapshots"]:
        if snapshot["snapshot-id"] == current:
            return int(snapshot["summary"]["total-records"])
    return 0


def duckdb():
    """A connection with the extensions that came as wheels: nothing is fetched."""
    import duckdb

    connection = duckdb.connect()
    for name in ("avro", "httpfs", "iceberg"):
        spec = importlib.util.find_spec(f"duckdb_extension_{name}")
        folder = pathlib.Path(spec.submodule_search_locations[0])
        file = next(folder.rglob(f"{name}.duckdb_extension"))
        connection.execute(f"LOAD '{file}'")
    return connection


def attached(client):
    """DuckDB with the catalog attached as `lake`."""
    connection = duckdb()
    url = f"{client.endpoint}/iceberg"
    connection.execute(
        f"CREATE SECRET cairn (TYPE iceberg, CLIENT_ID '{client.creds.access_key_id}', "
        f"CLIENT_SECRET '{client.creds.secret}', "
        f"OAUTH2_SERVER_URI '{url}/v1/oauth/tokens')"
    )
    connection.execute(f"ATTACH 'cairn' AS lake (TYPE iceberg, ENDPOINT '{url}', SECRET cairn)")
    return connection


def rest(client, **properties):
    """pyiceberg's client of the catalog."""
    from pyiceberg.catalog import load_catalog

    url = f"{client.endpoint}/iceberg"
    who = {
        "credential": f"{client.creds.access_key_id}:{client.creds.secret}",
        "oauth2-server-uri": f"{url}/v1/oauth/tokens",
    }
    properties = {**(properties or who), "type": "rest", "uri": url}
    return load_catalog("cairn", **properties)


def sql(data, client):
    """pyiceberg's catalog over the server's own state file."""
    from pyiceberg.catalog.sql import SqlCatalog

    return SqlCatalog(
        "cairn",
        **{
            "uri": f"sqlite:///{data / 'state.sqlite'}",
            "s3.endpoint": client.endpoint,
            "s3.region": client.region,
            "s3.access-key-id": client.creds.access_key_id,
            "s3.secret-access-key": client.creds.secret,
        },
    )


def refusal(answer):
    """Status, type and message of a refusal by the catalog."""
    found = json.loads(answer.body)["error"]
    assert found["code"] == answer.status
    return answer.status, found["type"], found["message"]
