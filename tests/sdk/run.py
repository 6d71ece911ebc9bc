#!/usr/bin/env python3
"""Builds the AWS SDK for Rust's test and runs it against a server on an empty directory."""

import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from kit import server as servers

TARGET = HERE / "target"
PROGRAM = TARGET / "debug" / "cairn-sdk-test"
RUN_SECONDS = 120


def build():
    """In a target directory of its own, whatever the environment says: nothing else shares it."""
    manifest = HERE / "Cargo.toml"
    subprocess.run(
        ["cargo", "build", "--quiet", "--locked", "--manifest-path", manifest,
         "--target-dir", TARGET],
        check=True,
    )


def identities(server):
    """The access key of a new user, and two roles that the account may assume."""
    operator, account = server.client(), server.bootstrap()["account_id"]
    operator.cairn("CreateUser", UserName="sdk")
    key = operator.cairn("CreateAccessKey", UserName="sdk")["AccessKey"]
    roles = [
        operator.cairn("CreateRole", RoleName=name, TrustedAccounts=[account])["Role"]["Arn"]
        for name in ("deploy", "audit")
    ]
    return key, roles


def environment(server, key):
    return {
        **servers.clean_env(),
        "AWS_ENDPOINT_URL": server.endpoint,
        "AWS_REGION": server.region,
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def main():
    build()
    with tempfile.TemporaryDirectory(prefix="cairn-sdk-") as home:
        with servers.Server(pathlib.Path(home) / "data") as server:
            key, roles = identities(server)
            done = subprocess.run(
                [PROGRAM, *roles], env=environment(server, key), timeout=RUN_SECONDS
            )
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
