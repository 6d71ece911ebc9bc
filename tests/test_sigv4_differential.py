"""Requests signed by botocore against Cairn's verifier: honest ones pass, tampered ones do not.

CAIRN_DIFFERENTIAL sets how many requests of each kind (default 300), CAIRN_SEED which.
"""

import copy
import json
import os
import pathlib
import random
import subprocess
import urllib.parse

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

ROOT = pathlib.Path(__file__).parent.parent
COUNT = int(os.environ.get("CAIRN_DIFFERENTIAL", "300"))
SEED = os.environ.get("CAIRN_SEED", "1")
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
LETTERS = "abcXYZ019-._~ !$&'()*+,;=:@/%?#é木\t"
SIGNERS = {
    "header": lambda creds, service: SigV4Auth(creds, service, "eu-central-1"),
    "presigned": lambda creds, service: SigV4QueryAuth(creds, service, "eu-central-1", 900),
    "s3-header": lambda creds, _: S3SigV4Auth(creds, "s3", "eu-central-1"),
    "s3-presigned": lambda creds, _: S3SigV4QueryAuth(creds, "s3", "eu-central-1", 900),
}


@pytest.fixture(scope="module")
def judge():
    """Runs Cairn's verifier over requests: `accepted` or an error for each."""
    example = ["cargo", "run", "--quiet", "-p", "cairn-wire", "--example", "sigv4_check"]

    def run(requests):
        lines = "".join(json.dumps(request) + "\n" for request in requests)
        done = subprocess.run(
            example, cwd=ROOT, input=lines.encode(), stdout=subprocess.PIPE, check=True
        )
        answers = done.stdout.decode().splitlines()
        assert len(answers) == len(requests)
        return answers

    return run


def word(rng, longest=12):
    return "".join(rng.choice(LETTERS) for _ in range(rng.randint(1, longest)))


def signed(rng, kind):
    """A random request as botocore signs and sends it."""
    segments = [word(rng) for _ in range(rng.randint(0, 4))]
    path = "/" + "/".join(urllib.parse.quote(segment, safe="") for segment in segments)
    if not kind.startswith("s3"):
        path += rng.choice(["", "/", "//", "/./x", "/../y", "/%7Ez"])
    params = {word(rng): rng.choice([word(rng), "", "1"]) for _ in range(rng.randint(0, 4))}
    headers = {"Content-Type": "application/x-amz-json-1.1"}
    if rng.random() < 0.5:
        headers["X-Amz-Target"] = "CloudTrail_20131101.LookupEvents"
    if rng.random() < 0.5:
        headers["My-Header"] = f"  a  {rng.randint(0, 9)}   \"b   c\" "
    host = rng.choice(["127.0.0.1:4586", "cairn.example", "cairn.example:8443"])
    request = AWSRequest(
        method=rng.choice(["GET", "POST", "PUT", "DELETE", "HEAD"]),
        url=f"http://{host}{path}",
        headers=headers,
        params=params,
        # Presigning moves a body into the query, so there it has to be none.
        data=b"" if "presigned" in kind else rng.randbytes(rng.choice([0, 2, 4000])),
    )
    token = rng.choice([None, "FwoGZXIvYXdzE//+token=="])
    service = rng.choice(["cloudtrail", "sts", "cairn"])
    SIGNERS[kind](Credentials("AKIDEXAMPLE", SECRET, token), service).add_auth(request)
    return as_sent(request, host)


def as_sent(request, host):
    body = request.data or b""
    sent = request.prepare()
    url = urllib.parse.urlsplit(sent.url)
    headers = [["Host", host]]
    for name, value in request.headers.items():
        if name.lower() != "host":
            headers.append([name, value if isinstance(value, str) else value.decode()])
    parameters = dict(urllib.parse.parse_qsl(url.query))
    date = request.headers.get("X-Amz-Date") or parameters["X-Amz-Date"]
    return {
        "method": sent.method,
        "path": url.path or "/",
        "query": url.query or None,
        "headers": headers,
        "body": body.hex(),
        "secret": SECRET,
        "now": date,
    }


def tamper(rng, request):
    """The request with one signed thing changed, and the name of that thing."""
    changed = copy.deepcopy(request)
    edits = [
        ("method", lambda: changed.update(method="PATCH")),
        ("path", lambda: changed.update(path=request["path"] + "x")),
        ("query", lambda: changed.update(query=(request["query"] or "a=b") + "&injected=1")),
        ("secret", lambda: changed.update(secret=SECRET[::-1])),
        ("host", lambda: changed["headers"][0].__setitem__(1, "evil.example")),
        ("target", lambda: changed["headers"].append(["X-Amz-Target", "A.B"])),
        ("acl", lambda: changed["headers"].append(["X-Amz-Acl", "public-read"])),
        ("signature", lambda: flip_signature(rng, changed)),
    ]
    unsigned = "X-Amz-Signature" in (request["query"] or "") and "%2Fs3%2F" in request["query"]
    unsigned = unsigned or ["X-Amz-Content-SHA256", "UNSIGNED-PAYLOAD"] in request["headers"]
    if not unsigned:
        edits.append(("body", lambda: changed.update(body=request["body"] + "00")))
    name, edit = rng.choice(edits)
    edit()
    return name, changed


def flip_signature(rng, request):
    def flip(text):
        start = text.index("Signature=") + len("Signature=") + rng.randrange(64)
        return text[:start] + ("0" if text[start] != "0" else "1") + text[start + 1 :]

    for header in request["headers"]:
        if header[0].lower() == "authorization":
            header[1] = flip(header[1])
            return
    request["query"] = flip(request["query"])


@pytest.mark.parametrize("kind", SIGNERS)
def test_what_botocore_signs_is_accepted(judge, kind):
    rng = random.Random(f"{SEED} {kind}")
    requests = [signed(rng, kind) for _ in range(COUNT)]
    for request, answer in zip(requests, judge(requests)):
        assert answer == "accepted", request


@pytest.mark.parametrize("kind", SIGNERS)
def test_what_was_tampered_with_is_refused(judge, kind):
    rng = random.Random(f"{SEED} tampered {kind}")
    tampered = [tamper(rng, signed(rng, kind)) for _ in range(COUNT)]
    answers = judge([request for _, request in tampered])
    for (name, request), answer in zip(tampered, answers):
        assert answer != "accepted", (name, request)
    assert len({name for name, _ in tampered}) >= 8
