#!/usr/bin/env python3
"""Delivers through an S3 that cannot be relied on, kills the server with SIGKILL at random points,
and looks for events that are missing, there twice, or written over.

Each cycle: start on the same directory, load it with sequential clients, kill. In the end the
rig waits until everything is delivered; then every write that the bucket ever accepted is judged,
`aws cloudtrail validate-logs` has its say, and the judge is tested with planted faults.
"""

import datetime
import json
import pathlib
import random
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "rig_kill")]

import oracle
from kit import server as servers
from kit.chaos import PASS, Plan, Proxy, Store
from kit.rig import Violation, main
from kit.sigv4 import Credentials
from ledger import OK, Ledger
from load import LoadClient

REGION, BUCKET, TRAIL = "eu-central-1", "rig-logs", "rig"
ACCOUNTS = 2
MAX_LOAD_SECONDS = 1.5
CALM_SECONDS, QUIET_SECONDS = 120, 5
SETTINGS = {
    "CAIRN_DESTINATION_S3_ACCESS_KEY_ID": "AKIARIG",
    "CAIRN_DESTINATION_S3_SECRET_ACCESS_KEY": "of-the-rig",
    "CAIRN_TRAIL_WINDOW_SECONDS": "1",
    "CAIRN_TRAIL_DIGEST_SECONDS": "10",
    "CAIRN_TRAIL_PAUSE_SECONDS": "1",
    # Small segments: kills also fall into rolling and sealing.
    "CAIRN_JOURNAL_SEGMENT_MIB": "1",
}


class Rig:
    def __init__(self, options, home):
        self.options = options
        self.chance = random.Random(options.seed)
        self.store = Store(region=REGION)
        # Longer than the server waits for an answer.
        plan = Plan(options.seed, options.rate)
        self.proxy = Proxy(self.store, plan, hold_seconds=40, slow_seconds=0.3)
        args = ["--region", REGION, "--s3-endpoint", self.proxy.url]
        self.server = servers.Server(home / "data", options.binary, args=args, env=SETTINGS)
        self.ledger = Ledger(home / "ledger.jsonl")
        self.accounts = []
        self.unanswered = [[] for _ in range(options.clients)]
        self.starts = 0
        self.began = datetime.datetime.now(datetime.timezone.utc)

    def prepare(self):
        """Accounts with a trail each; all deliver to one bucket, which lets them."""
        self.proxy.on = False
        self._start()
        operator = self.server.client()
        for number in range(ACCOUNTS):
            made = operator.cairn("CreateAccount", Name=f"rig-{number}")
            key = made["AccessKey"]
            creds = Credentials(key["AccessKeyId"], key["SecretAccessKey"])
            self.accounts.append((made["Account"]["AccountId"], creds))
        self.store.create(BUCKET, policy=json.dumps(_policy([a for a, _ in self.accounts])))
        for _, creds in self.accounts:
            client = operator.with_creds(creds)
            for operation, members in (
                ("CreateTrail", {
                    "S3BucketName": BUCKET, "IsMultiRegionTrail": True,
                    "EnableLogFileValidation": True,
                }),
                ("StartLogging", {}),
            ):
                answer = client.cloudtrail(operation, Name=TRAIL, **members)
                assert answer.status == 200, answer.body
        self.server.kill()
        self.proxy.on = True

    def cycle(self, kill=True):
        """One start and load, and a kill; without the kill, the load comes to its end: what has no
        answer is sent again, and as many events as were wanted.
        """
        self._start()
        wanted = self.options.events or (float("inf") if kill else 0)
        left = lambda: wanted - len(self.ledger.entries)
        load = [
            LoadClient(
                number, self.accounts[number % ACCOUNTS][0], self._client(number), self.ledger,
                again, left, self.chance.getrandbits(64),
            )
            for number, again in enumerate(self.unanswered)
        ]
        for client in load:
            client.start()
        if kill:
            time.sleep(self.chance.uniform(0.05, MAX_LOAD_SECONDS))
            self.ledger.sync()
            self.server.kill()
        for number, client in enumerate(load):
            if kill:
                client.halt.set()
            client.join()
            if client.broken:
                raise client.broken
            self.unanswered[number] = client.unanswered

    def settle(self):
        """Waits until everything that was acknowledged is in the bucket, for a time with faults and
        for a time without; then until no more log files come, because what would be written twice
        would be written now.
        """
        self._wait(self.options.patience, lambda: not self.judge().get("missing"))
        self.proxy.calm()
        self._wait(CALM_SECONDS, lambda: not self.judge().get("missing"))
        self._wait(CALM_SECONDS, self._is_quiet)

    def _wait(self, seconds, done):
        deadline = time.monotonic() + seconds
        while not done() and time.monotonic() < deadline:
            time.sleep(1)

    def _is_quiet(self):
        before = self.files()
        time.sleep(QUIET_SECONDS)
        return before == self.files()

    def files(self):
        """How many log files were written."""
        return sum(bool(oracle.KEY.search(write.key)) for write in self.store.written())

    def judge(self):
        overwritten = [key for _, key in self.store.overwritten()]
        seen, unreadable = oracle.look(self.store.written())
        self.seen = seen
        return oracle.objections(self.ledger.entries, seen, overwritten, unreadable)

    def validate(self, account, creds):
        """What the aws command line says of an account's files: its exit status, and its lines."""
        program = pathlib.Path(sys.executable).with_name("aws")
        env = {
            **servers.clean_env(), "AWS_ENDPOINT_URL_S3": self.store.url,
            "AWS_ENDPOINT_URL_CLOUDTRAIL": self.server.endpoint, "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": creds.access_key_id, "AWS_SECRET_ACCESS_KEY": creds.secret,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        done = subprocess.run(
            [program, "cloudtrail", "validate-logs", "--start-time",
             self.began.strftime("%Y-%m-%dT%H:%M:%SZ"), "--trail-arn",
             f"arn:aws:cloudtrail:{REGION}:{account}:trail/{TRAIL}"],
            env=env, capture_output=True, text=True, timeout=300,
        )
        return done.returncode, (done.stdout + done.stderr).strip().splitlines()

    def _start(self):
        self.server.start()
        self.starts += 1

    def _client(self, number):
        creds = self.accounts[number % ACCOUNTS][1]
        return self.server.client(timeout=20).with_creds(creds)


def _policy(accounts):
    service = {"Service": "cloudtrail.amazonaws.com"}
    write = {
        "Effect": "Allow", "Principal": service, "Action": "s3:PutObject",
        "Resource": [f"arn:aws:s3:::{BUCKET}/AWSLogs/{account}/*" for account in accounts],
        "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}},
    }
    look = {
        "Effect": "Allow", "Principal": service, "Action": "s3:GetBucketAcl",
        "Resource": f"arn:aws:s3:::{BUCKET}",
    }
    return {"Version": "2012-10-17", "Statement": [look, write]}


def run(rig, options):
    began = time.monotonic()
    rig.prepare()
    for cycle in range(1, options.cycles + 1):
        rig.cycle()
        if cycle % 20 == 0:
            print(f"  {cycle} kills, {len(rig.store.writes):,} objects, "
                  f"{rig.proxy.faults():,} faults", flush=True)
    rig.cycle(kill=False)
    loaded = time.monotonic() - began
    rig.settle()
    found = rig.judge()
    if found:
        raise Violation(found)
    missed = oracle.self_test(rig.ledger.entries, rig.seen, options.seed)
    report(rig, missed, loaded, time.monotonic() - began)
    for account, creds in rig.accounts:
        status, said = rig.validate(account, creds)
        print(f"validate-logs      exit {status}: {'; '.join(said[-3:])}")
        if status:
            raise Violation({"not valid": said})
    if missed:
        raise Violation({"planted faults that the oracle did not notice: the run is void": missed})


def report(rig, missed, loaded, seconds):
    counts, faults = rig.ledger.counts, dict(rig.proxy.counts)
    passed = faults.pop(PASS, 0)
    print(f"kills              {rig.options.cycles:,} of kill -9; {rig.starts:,} starts, failed 0")
    print(f"events             {counts[OK]:,} acknowledged in {loaded:.0f} s, "
          f"all in the bucket after {seconds:.0f} s")
    print(f"requests           {passed + sum(faults.values()):,}, {sum(faults.values()):,} harmed: "
          + ", ".join(f"{name} {count}" for name, count in sorted(faults.items())))
    print(f"objects            {len(rig.store.writes):,}, log files {rig.files():,}")
    for kind in oracle.KINDS:
        print(f"{kind:<19}0 of {len(rig.seen):,} events in the bucket")
    planted = len(oracle.KINDS)
    print(f"oracle             {planted - len(missed)} of {planted} planted faults noticed")


def more(parser):
    parser.add_argument("--rate", type=float, default=0.3, help="share of requests that are harmed")
    parser.add_argument("--events", type=int, default=0, help="how many; 0: those of the cycles")
    parser.add_argument(
        "--patience", type=float, default=600, help="seconds that delivery has under faults"
    )


if __name__ == "__main__":
    sys.exit(main("delivery rig", __doc__, Rig, run, cycles=40, clients=4, more=more))
