"""Scripts of real client calls: one function a service, in the order in which things depend.

A script gets `call`, a function of one operation and its parameters that gives the parsed answer,
or the parsed error where the service refused. What is called is what an application would send: nested
structures, lists, maps, blobs, instants, text beyond ASCII, and names of things that are not there.
"""

import importlib
import json
from dataclasses import dataclass
from typing import Callable

GROUPS = ("compute", "data", "identity", "messaging", "network", "operations", "pipelines",
          "storage")
TRUST = json.dumps({
    "Version": "2012-10-17",
    "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }],
})
ALLOW = json.dumps({
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
})
# The upstream's own account: what ARNs in parameters name.
ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/runner"


@dataclass(frozen=True)
class Script:
    """`service` is botocore's name. `protocol` is set where the client would choose another one,
    `region` where the upstream has the service in no other. A `quick` script is part of the subset
    that every test run has."""

    service: str
    run: Callable
    protocol: str | None = None
    region: str | None = None
    quick: bool = False

    @property
    def title(self):
        return f"{self.service} ({self.protocol})" if self.protocol else self.service


_scripts = []


def script(service, protocol=None, region=None, quick=False):
    """Enters the function below into the corpus."""

    def enter(run):
        _scripts.append(Script(service, run, protocol, region, quick))
        return run

    return enter


def scripts():
    """Every script, in an order that does not change: S3 first, others write to its buckets."""
    for group in GROUPS:
        importlib.import_module(f"fidelity.corpus.{group}")
    return sorted(_scripts, key=lambda found: (found.service != "s3", found.title))
