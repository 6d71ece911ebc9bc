"""Log readers: what connectors of SIEMs do over SQS, written with plain boto3, and trailscraper."""

import gzip
import json
import pathlib
import subprocess
import sys
import time
import urllib.parse

import pytest

from conftest import REGION, new_account, run, shell_env
from kit import records
from kit import server as servers
from test_trails import Setup

WINDOW = {"CAIRN_TRAIL_WINDOW_SECONDS": "1"}
# It pins a boto3 of its own, so it lives apart from what the other tests use.
TRAILSCRAPER = "trailscraper==0.10.0"
TOOLS = servers.ROOT / "target" / "readers"
REGIONS = ("us-east-1", REGION)


@pytest.fixture(scope="module")
def quick_server(tmp_path_factory):
    """Delivers every second."""
    data = tmp_path_factory.mktemp("readers") / "data"
    with servers.Server(data, args=["--region", REGION], env=WINDOW) as running:
        yield running
        assert "panicked" not in running.said()


@pytest.fixture
def house(quick_server):
    return House(new_account(quick_server.client()))


class House(Setup):
    """An account with a bucket, and the ways from its trail to a queue."""

    def __init__(self, account):
        super().__init__(account)
        self.sqs, self.sns = account.boto("sqs"), account.boto("sns")
        self.url = self.sqs.create_queue(
            QueueName="reader", Attributes={"VisibilityTimeout": "5"}
        )["QueueUrl"]
        attributes = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])
        self.queue = attributes["Attributes"]["QueueArn"]

    def let_in(self, service, source):
        policy = {"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Service": service}, "Action": "sqs:SendMessage",
            "Resource": self.queue, "Condition": {"ArnLike": {"aws:SourceArn": source}},
        }]}
        self.sqs.set_queue_attributes(
            QueueUrl=self.url, Attributes={"Policy": json.dumps(policy)}
        )

    def subscribe(self, topic, **attributes):
        self.let_in("sns.amazonaws.com", topic)
        self.sns.subscribe(
            TopicArn=topic, Protocol="sqs", Endpoint=self.queue, Attributes=attributes
        )

    def notify(self, **configuration):
        """The bucket tells of new log files, and of no digests."""
        rules = [{"Name": "prefix", "Value": f"AWSLogs/{self.id}/CloudTrail/"}]
        [(kind, member, arn)] = [
            (kind, member, arn) for kind, (member, arn) in configuration.items()
        ]
        self.s3.put_bucket_notification_configuration(
            Bucket=self.bucket,
            NotificationConfiguration={kind: [{
                member: arn, "Events": ["s3:ObjectCreated:*"],
                "Filter": {"Key": {"FilterRules": rules}},
            }]},
        )

    def log(self, **members):
        self.create(IsMultiRegionTrail=True, **members)
        self.trails.start_logging(Name="main")

    def happen(self, count, batch=50):
        """That many events in both Regions; gives their ids."""
        made = [
            records.record(
                "RunInstances", account=self.id, awsRegion=REGIONS[n % 2],
                userIdentity=records.iam_user("alice", self.id),
            )
            for n in range(count)
        ]
        for start in range(0, count, batch):
            self.account.ingest(*made[start:start + batch])
        return [record["eventID"] for record in made]


class Reader:
    """What a connector does: receive, find the files, read them, and only then delete."""

    def __init__(self, house):
        self.s3, self.sqs, self.url = house.s3, house.sqs, house.url
        self.events, self.files = [], []

    def step(self, wait=1):
        found = self.sqs.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=wait, VisibilityTimeout=60
        ).get("Messages", [])
        for message in found:
            for bucket, key in places(message["Body"]):
                self.read(bucket, key)
            self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return len(found)

    def read(self, bucket, key):
        if "/CloudTrail-Digest/" in key or key.endswith("/"):
            return
        self.files.append(key)
        body = self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        self.events += [record["eventID"] for record in json.loads(gzip.decompress(body))["Records"]]

    def until(self, wanted, seconds=40):
        """Reads until all are there and the queue is empty."""
        deadline = time.monotonic() + seconds
        while (missing := set(wanted) - set(self.events)) and time.monotonic() < deadline:
            self.step()
        assert not missing, f"{len(missing)} of {len(wanted)} events did not come"
        while self.step():
            pass
        return self


def places(body):
    """Buckets and keys in a message: CloudTrail's words or S3's, in SNS's envelope or bare."""
    body = json.loads(body)
    if body.get("Type") == "Notification" and "TopicArn" in body:
        body = json.loads(body["Message"])
    if "s3ObjectKey" in body:
        return [(body["s3Bucket"], key) for key in body["s3ObjectKey"]]
    # A bucket says once that it could say something.
    if body.get("Event") == "s3:TestEvent":
        return []
    return [
        (one["s3"]["bucket"]["name"], urllib.parse.unquote_plus(one["s3"]["object"]["key"]))
        for one in body["Records"]
        if one["eventSource"] == "aws:s3" and one["eventName"].startswith("ObjectCreated:")
    ]


def each_once(reader, wanted):
    times = {event: 0 for event in wanted}
    for event in reader.events:
        if event in times:
            times[event] += 1
    assert set(times.values()) == {1}
    assert len(reader.files) == len(set(reader.files)), "a file was told of twice"


def trail_to_topic(house, **attributes):
    topic = house.topic()
    house.subscribe(topic, **attributes)
    house.log(SnsTopicName=topic)


def from_the_trail(house):
    trail_to_topic(house)


def from_the_trail_without_envelope(house):
    trail_to_topic(house, RawMessageDelivery="true")


def from_the_bucket(house):
    house.let_in("s3.amazonaws.com", f"arn:aws:s3:::{house.bucket}")
    house.notify(QueueConfigurations=("QueueArn", house.queue))
    house.log()


def from_the_bucket_by_a_topic(house):
    topic = house.sns.create_topic(Name="files")["TopicArn"]
    policy = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "SNS:Publish",
        "Resource": topic,
        "Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:s3:::{house.bucket}"}},
    }]}
    house.sns.set_topic_attributes(
        TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(policy)
    )
    house.subscribe(topic)
    house.notify(TopicConfigurations=("TopicArn", topic))
    house.log()


WAYS = [
    from_the_trail,
    from_the_trail_without_envelope,
    from_the_bucket,
    from_the_bucket_by_a_topic,
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_reader_of_a_queue_gets_every_event_once(house, way):
    way(house)
    reader = Reader(house)
    first = house.happen(120)
    reader.until(first)
    second = house.happen(80)
    each_once(reader.until(second), first + second)


def test_what_a_reader_gave_up_comes_to_the_next(house):
    """A connector that dies between reading and deleting: its message comes again."""
    from_the_trail(house)
    wanted = house.happen(40)
    deadline = time.monotonic() + 30
    found = []
    while not found and time.monotonic() < deadline:
        found = house.sqs.receive_message(
            QueueUrl=house.url, WaitTimeSeconds=2, VisibilityTimeout=2
        ).get("Messages", [])
    assert found
    each_once(Reader(house).until(wanted), wanted)


def test_a_kill_loses_nothing_and_repeats_nothing(tmp_path):
    """The server is killed while events, files and messages are under way."""
    with servers.Server(tmp_path / "data", args=["--region", REGION], env=WINDOW) as server:
        house = House(new_account(server.client()))
        from_the_trail(house)
        wanted = []
        for _ in range(3):
            wanted += house.happen(60)
            time.sleep(0.7)
            server.kill()
            server.listen = urllib.parse.urlsplit(server.endpoint).netloc
            server.start()
            house.account.client.close()
        reader = Reader(house)
        reader.until(wanted)
        # A notice may come twice, a file does not: its events are counted once for each file.
        seen = Reader(house)
        for key in dict.fromkeys(reader.files):
            seen.read(house.bucket, key)
        each_once(seen, wanted)


@pytest.fixture(scope="session")
def trailscraper():
    """The unmodified tool, installed once."""
    home = TOOLS / TRAILSCRAPER.replace("==", "-")
    program = home / "bin" / "trailscraper"
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", home], check=True)
        pip = [home / "bin" / "python", "-m", "pip", "install", "--quiet", TRAILSCRAPER]
        subprocess.run(pip, check=True, timeout=300)

    def call(client, *args):
        done = run([program, *args], shell_env(client), timeout=120)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    return call


def test_trailscraper_downloads_and_selects(house, trailscraper, tmp_path):
    house.log()
    wanted = house.happen(60)
    logs = tmp_path / "logs"
    deadline = time.monotonic() + 40
    while True:
        trailscraper(
            house.account.client, "download", "--bucket", house.bucket,
            "--account-id", house.id, "--region", REGIONS[0], "--region", REGIONS[1],
            "--log-dir", logs, "--from", "2 hours ago", "--to", "now",
        )
        said = json.loads(trailscraper(house.account.client, "select", "--log-dir", logs))
        found = [record["eventID"] for record in said["Records"]]
        if set(wanted) <= set(found) or time.monotonic() > deadline:
            break
        time.sleep(1)
    assert sorted(event for event in found if event in set(wanted)) == sorted(wanted)
    files = [path for path in pathlib.Path(logs).rglob("*") if path.is_file()]
    assert files and all(path.name.endswith(".json.gz") for path in files)
    # And through the API, which needs no bucket.
    said = json.loads(
        trailscraper(house.account.client, "select", "--use-cloudtrail-api", "--from", "1 hour ago")
    )
    assert said["Records"]
