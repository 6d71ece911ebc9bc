"""SNS and SQS inside Cairn, by boto3, by the aws command, and by hand where clients are kinder."""

import base64
import http.server
import json
import threading
import urllib.parse

import pytest
from botocore.exceptions import ClientError

from conftest import Account, boto, eventually, new_account
from kit import server as servers
from kit.client import FORM

MORE = {"MaxNumberOfMessages": 10, "AttributeNames": ["All"], "MessageAttributeNames": ["All"]}


@pytest.fixture
def sqs(account):
    return account.boto("sqs")


@pytest.fixture
def sns(account):
    return account.boto("sns")


def arn_of(sqs, url):
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]


def let_in(sqs, url, topic):
    """Lets a topic send to a queue, as every guide says to."""
    policy = {
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn_of(sqs, url),
            "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
        }],
    }
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})


def received(sqs, url, seconds=5):
    """The messages of one long poll; every one of them is deleted."""
    found = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=seconds, **MORE).get("Messages", [])
    for message in found:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found


def refused(call, code, **parameters):
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response["Error"]
    assert error["Code"] == code, error
    return error


class Subscriber:
    """A web server that notes what is posted to it, and answers what it is told to."""

    def __enter__(self):
        self.posts, self.statuses = [], []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.posts.append((dict(self.headers.items()), body))
                self.send_response(outer.statuses.pop(0) if outer.statuses else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/in"
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def next(self):
        headers, body = eventually(lambda: self.posts and self.posts.pop(0), seconds=10)
        return {name.lower(): value for name, value in headers.items()}, body


def test_a_queue_lives_by_boto3(sqs, account):
    url = sqs.create_queue(
        QueueName="trail", Attributes={"VisibilityTimeout": "1"}, tags={"team": "audit"}
    )["QueueUrl"]
    assert url == f"{account.client.endpoint}/{account.id}/trail"
    assert sqs.get_queue_url(QueueName="trail")["QueueUrl"] == url
    assert sqs.list_queues(QueueNamePrefix="tr")["QueueUrls"] == [url]
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"team": "audit"}
    # boto3 compares the digests of bodies and attributes with its own.
    sent = sqs.send_message(
        QueueUrl=url, MessageBody="größer <&> \U0001f980",
        MessageAttributes={
            "n": {"DataType": "Number", "StringValue": "42"},
            "raw": {"DataType": "Binary", "BinaryValue": b"\0\1\2"},
        },
    )
    [found] = sqs.receive_message(QueueUrl=url, **MORE)["Messages"]
    assert found["MessageId"] == sent["MessageId"]
    assert found["Body"] == "größer <&> \U0001f980"
    assert found["MessageAttributes"]["raw"]["BinaryValue"] == b"\0\1\2"
    assert found["Attributes"]["ApproximateReceiveCount"] == "1"
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    # After its timeout it comes again, to a reader that waited for it.
    [again] = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5, **MORE)["Messages"]
    assert again["MessageId"] == sent["MessageId"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=again["ReceiptHandle"])
    batch = [{"Id": str(n), "MessageBody": f"m{n}"} for n in range(10)]
    assert len(sqs.send_message_batch(QueueUrl=url, Entries=batch)["Successful"]) == 10
    found = sqs.receive_message(QueueUrl=url, VisibilityTimeout=600, **MORE)["Messages"]
    assert sorted(message["Body"] for message in found) == [f"m{n}" for n in range(10)]
    entries = [{"Id": str(n), "ReceiptHandle": m["ReceiptHandle"]} for n, m in enumerate(found)]
    assert len(sqs.delete_message_batch(QueueUrl=url, Entries=entries)["Successful"]) == 10
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert counts["ApproximateNumberOfMessages"] == "0"
    assert counts["ApproximateNumberOfMessagesNotVisible"] == "0"
    sqs.delete_queue(QueueUrl=url)
    error = refused(sqs.send_message, "AWS.SimpleQueueService.NonExistentQueue",
                    QueueUrl=url, MessageBody="x")
    assert error["Message"] == "The specified queue does not exist."


def test_errors_have_their_classes(sqs, account):
    url = sqs.create_queue(QueueName="trail")["QueueUrl"]
    with pytest.raises(sqs.exceptions.QueueDoesNotExist):
        sqs.get_queue_url(QueueName="none")
    with pytest.raises(sqs.exceptions.QueueNameExists):
        sqs.create_queue(QueueName="trail", Attributes={"DelaySeconds": "3"})
    with pytest.raises(sqs.exceptions.ReceiptHandleIsInvalid):
        sqs.delete_message(QueueUrl=url, ReceiptHandle="x")
    with pytest.raises(sqs.exceptions.UnsupportedOperation):
        sqs.create_queue(QueueName="trail.fifo", Attributes={"FifoQueue": "true"})
    refused(sqs.receive_message, "InvalidParameterValue", QueueUrl=url, MaxNumberOfMessages=11)
    other = f"{account.client.endpoint}/111122223333/trail"
    refused(sqs.send_message, "AccessDenied", QueueUrl=other, MessageBody="x")


def test_a_poll_ends_when_a_message_comes(sqs, account):
    url = sqs.create_queue(QueueName="trail")["QueueUrl"]
    found = []
    reader = threading.Thread(target=lambda: found.extend(received(account.boto("sqs"), url, 20)))
    reader.start()
    sqs.send_message(QueueUrl=url, MessageBody="now")
    reader.join(10)
    assert [message["Body"] for message in found] == ["now"]


def test_the_older_protocol_is_served(sqs, account):
    url = sqs.create_queue(QueueName="trail")["QueueUrl"]
    form = b"Action=SendMessage&Version=2012-11-05&MessageBody=old"
    path = urllib.parse.urlsplit(url).path
    answer = account.client.call("sqs", "POST", path, {"Content-Type": FORM}, form)
    assert answer.status == 200 and b"<SendMessageResponse" in answer.body, answer.body
    assert [message["Body"] for message in received(sqs, url)] == ["old"]


def test_a_topic_brings_messages_to_its_queue(sns, sqs):
    topic = sns.create_topic(Name="trail", Tags=[{"Key": "k", "Value": "v"}])["TopicArn"]
    url = sqs.create_queue(QueueName="reader")["QueueUrl"]
    let_in(sqs, url, topic)
    made = sns.subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=arn_of(sqs, url), ReturnSubscriptionArn=True
    )["SubscriptionArn"]
    assert sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn_of(sqs, url))[
        "SubscriptionArn"
    ] == made
    notice = json.dumps({"s3Bucket": "b", "s3ObjectKey": ["k1", "k2"]})
    published = sns.publish(TopicArn=topic, Message=notice)["MessageId"]
    [message] = received(sqs, url)
    envelope = json.loads(message["Body"])
    assert envelope["Type"] == "Notification"
    assert envelope["MessageId"] == published
    assert envelope["TopicArn"] == topic
    assert envelope["Message"] == notice
    assert "Subject" not in envelope
    sns.set_subscription_attributes(
        SubscriptionArn=made, AttributeName="RawMessageDelivery", AttributeValue="true"
    )
    sns.set_subscription_attributes(
        SubscriptionArn=made, AttributeName="FilterPolicy", AttributeValue='{"kind": ["log"]}'
    )
    kind = lambda text: {"kind": {"DataType": "String", "StringValue": text}}
    sns.publish(TopicArn=topic, Message="digest", MessageAttributes=kind("digest"))
    sns.publish(TopicArn=topic, Message="log", MessageAttributes=kind("log"))
    [message] = received(sqs, url)
    assert message["Body"] == "log"
    assert message["MessageAttributes"]["kind"]["StringValue"] == "log"
    attributes = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert attributes["SubscriptionsConfirmed"] == "1"
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"][0][
        "SubscriptionArn"
    ] == made
    assert sns.list_tags_for_resource(ResourceArn=topic)["Tags"] == [{"Key": "k", "Value": "v"}]
    sns.unsubscribe(SubscriptionArn=made)
    sns.delete_topic(TopicArn=topic)
    with pytest.raises(sns.exceptions.NotFoundException):
        sns.get_topic_attributes(TopicArn=topic)


def test_a_web_server_confirms_and_checks_the_signature(sns, account):
    """With a library's own reading of the certificate, and none of Cairn's code."""
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    topic = sns.create_topic(Name="trail")["TopicArn"]
    with Subscriber() as web:
        sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=web.url)
        headers, body = web.next()
        asked = json.loads(body)
        assert headers["x-amz-sns-message-type"] == asked["Type"] == "SubscriptionConfirmation"
        link = urllib.parse.urlsplit(asked["SubscribeURL"])
        status, document = servers.plain_get(
            account.client.endpoint, f"{link.path}?{link.query}"
        )
        assert status == 200 and b"<ConfirmSubscriptionResult>" in document
        sns.publish(TopicArn=topic, Message="hello", Subject="greeting")
        headers, body = web.next()
        said = json.loads(body)
        assert headers["x-amz-sns-message-type"] == said["Type"] == "Notification"
        assert headers["x-amz-sns-topic-arn"] == topic
        status, pem = servers.plain_get(
            account.client.endpoint, urllib.parse.urlsplit(said["SigningCertURL"]).path
        )
        assert status == 200
        names = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
        text = "".join(f"{name}\n{said[name]}\n" for name in names)
        key = x509.load_pem_x509_certificate(pem).public_key()
        key.verify(
            base64.b64decode(said["Signature"]), text.encode(), padding.PKCS1v15(), hashes.SHA256()
        )
        link = urllib.parse.urlsplit(said["UnsubscribeURL"])
        assert servers.plain_get(
            account.client.endpoint, f"{link.path}?{link.query}"
        )[0] == 200
        assert sns.list_subscriptions()["Subscriptions"] == []


def test_the_command_line_drives_both(aws, account):
    client = account.client
    # The command has an address of its own for SQS, which only this keeps it from.
    queues = lambda *args, **more: aws(
        client, "sqs", *args, "--endpoint-url", client.endpoint, **more
    )
    topic = aws(client, "sns", "create-topic", "--name", "trail")["TopicArn"]
    url = queues("create-queue", "--queue-name", "reader")["QueueUrl"]
    sqs = account.boto("sqs")
    let_in(sqs, url, topic)
    aws(client, "sns", "subscribe", "--topic-arn", topic, "--protocol", "sqs",
        "--notification-endpoint", arn_of(sqs, url))
    aws(client, "sns", "publish", "--topic-arn", topic, "--message", "by hand")
    found = queues("receive-message", "--queue-url", url, "--wait-time-seconds", "5")
    assert json.loads(found["Messages"][0]["Body"])["Message"] == "by hand"
    said = queues("get-queue-url", "--queue-name", "none", fails=True)
    assert "(AWS.SimpleQueueService.NonExistentQueue)" in said
    said = aws(client, "sns", "subscribe", "--topic-arn", topic, "--protocol", "email",
               "--notification-endpoint", "a@example.com", fails=True)
    assert "Amazon SNS does not support this protocol string: email" in said


def test_other_accounts_stay_out(operator, account):
    theirs = new_account(operator)
    sqs, sns = theirs.boto("sqs"), theirs.boto("sns")
    url = sqs.create_queue(QueueName="trail")["QueueUrl"]
    topic = sns.create_topic(Name="trail")["TopicArn"]
    refused(account.boto("sqs").receive_message, "AccessDenied", QueueUrl=url)
    refused(account.boto("sns").publish, "AuthorizationError", TopicArn=topic, Message="x")
    sns.add_permission(
        TopicArn=topic, Label="let", AWSAccountId=[account.id], ActionName=["Publish"]
    )
    assert account.boto("sns").publish(TopicArn=topic, Message="x")["MessageId"]
    looker = Account(theirs.id, theirs.user("reader"))
    assert looker.boto("sqs").list_queues()["QueueUrls"] == [url]
    refused(looker.boto("sqs").send_message, "AccessDenied", QueueUrl=url, MessageBody="x")


def test_what_was_accepted_outlives_a_kill(private_server):
    account = new_account(private_server.client())
    sqs, sns = account.boto("sqs"), account.boto("sns")
    url = sqs.create_queue(QueueName="trail")["QueueUrl"]
    topic = sns.create_topic(Name="trail")["TopicArn"]
    let_in(sqs, url, topic)
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn_of(sqs, url),
                  Attributes={"RawMessageDelivery": "true"})
    for n in range(20):
        sqs.send_message(QueueUrl=url, MessageBody=f"sent {n}")
        sns.publish(TopicArn=topic, Message=f"published {n}")
    private_server.kill()
    private_server.start()
    sqs = boto(private_server.client().with_creds(account.client.creds), "sqs")
    url = sqs.get_queue_url(QueueName="trail")["QueueUrl"]
    bodies = []
    while found := received(sqs, url, 2):
        bodies += [message["Body"] for message in found]
    expected = [f"{how} {n}" for how in ("sent", "published") for n in range(20)]
    assert sorted(bodies) == sorted(expected)
