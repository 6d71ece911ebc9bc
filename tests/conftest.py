"""One shared server; every test that needs an empty history makes an account of its own."""

import itertools
import json
import os
import pathlib
import subprocess
import sys
import time
from dataclasses import dataclass

import boto3
import pytest
from botocore.config import Config

from kit import server as servers
from kit.client import Client
from kit.sigv4 import Credentials

REGION = "eu-central-1"
ONE_TRY = Config(retries={"total_max_attempts": 1}, parameter_validation=True)
_numbers = itertools.count(1)


@dataclass
class Account:
    """An account on a server, with its root key."""

    id: str
    client: Client
    opener: Client | None = None

    def boto(self, service, region=None):
        return boto(self.client, service, region)

    def user(self, name, admin=False):
        """A client for a new IAM user."""
        self.client.cairn("CreateUser", UserName=name, Admin=admin)
        key = self.client.cairn("CreateAccessKey", UserName=name)["AccessKey"]
        return self.client.with_creds(credentials(key))

    def role(self, name, admin=False, session="night-shift"):
        """A client for a session of a new role that this account may assume."""
        made = self.client.cairn(
            "CreateRole", RoleName=name, Admin=admin, TrustedAccounts=[self.id]
        )["Role"]
        return self.assume(made["Arn"], session)

    def assume(self, arn, session):
        """Roles may not be assumed by root, so an administrator of the account does it."""
        self.opener = self.opener or self.user("opener", admin=True)
        return self.opener.assume_role(arn, session)

    def ingest(self, *found):
        from kit import records

        counts = self.client.ingest(records.log_file(found))
        assert counts["Stored"] == len(found), counts
        return counts


def credentials(key):
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"])


def boto(client, service, region=None):
    return boto3.client(
        service,
        endpoint_url=client.endpoint,
        region_name=region or client.region,
        aws_access_key_id=client.creds.access_key_id,
        aws_secret_access_key=client.creds.secret,
        aws_session_token=client.creds.token,
        config=ONE_TRY,
    )


def new_account(operator):
    name = f"account-{next(_numbers)}"
    made = operator.cairn("CreateAccount", Name=name)
    client = operator.with_creds(credentials(made["AccessKey"]))
    return Account(made["Account"]["AccountId"], client)


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    data = tmp_path_factory.mktemp("shared") / "data"
    with servers.Server(data, args=["--region", REGION]) as running:
        yield running
        assert running.process.poll() is None, f"the server ended: {running.said()[-4000:]}"
        assert "panicked" not in running.said()


@pytest.fixture(scope="session")
def operator(server):
    """The bootstrap key: an admin of the first account."""
    return server.client()


@pytest.fixture
def account(operator):
    return new_account(operator)


@pytest.fixture(scope="module")
def module_account(operator):
    return new_account(operator)


@pytest.fixture
def private_server(tmp_path):
    """A server that the test may stop, kill and start again."""
    with servers.Server(tmp_path / "data", args=["--region", REGION]) as running:
        yield running


def shell_env(client, **more):
    """An environment for command lines: what `cairn env` would give for this client."""
    env = {
        **servers.clean_env(),
        "AWS_ENDPOINT_URL": client.endpoint,
        "AWS_ACCESS_KEY_ID": client.creds.access_key_id,
        "AWS_SECRET_ACCESS_KEY": client.creds.secret,
        "AWS_REGION": client.region,
        "AWS_DEFAULT_REGION": client.region,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_EC2_METADATA_DISABLED": "true",
        **more,
    }
    if client.creds.token:
        env["AWS_SESSION_TOKEN"] = client.creds.token
    return env


def run(command, env, stdin=None, timeout=60):
    return subprocess.run(
        [str(part) for part in command],
        env=env, input=stdin, stdin=None if stdin is not None else subprocess.DEVNULL,
        capture_output=True, timeout=timeout,
    )


@pytest.fixture(scope="session")
def aws():
    """The unmodified aws CLI: `aws(client, "sts", "get-caller-identity")` gives its JSON."""
    program = pathlib.Path(sys.executable).with_name("aws")

    def call(client, *args, fails=False, **env):
        done = run([program, *args, "--output", "json"], shell_env(client, **env))
        if fails:
            assert done.returncode != 0, done.stdout
            return done.stderr.decode()
        assert done.returncode == 0, done.stderr.decode()
        return json.loads(done.stdout)

    return call


@pytest.fixture(scope="session")
def cairn():
    """The cairn command: `cairn(client, "lookup", …)` gives the finished process."""

    def call(client, *args, code=0, stdin=None, **env):
        done = run([servers.binary(), *args], shell_env(client, **env), stdin)
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        return done

    return call


def eventually(check, seconds=5.0):
    """The first true answer of `check`."""
    deadline = time.monotonic() + seconds
    while True:
        found = check()
        if found or time.monotonic() > deadline:
            assert found, "it did not come true in time"
            return found
        time.sleep(0.02)
