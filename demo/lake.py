"""The demo's end: an event data store, and a question to it in SQL."""

import time

from kit import records
from kit.lake import Lake as Client

FAILURES = (
    ("alice", "203.0.113.7", "Failure"), ("alice", "203.0.113.7", "Failure"),
    ("bob", "198.51.100.9", "Success"), ("mallory", "203.0.113.7", "Failure"),
)
QUESTION = """SELECT eventTime, userIdentity.arn, sourceIPAddress, eventName
FROM {store}
WHERE eventName = 'ConsoleLogin' AND responseElements.ConsoleLogin = 'Failure'
  AND eventTime > '2026-04-18T00:00:00Z'
ORDER BY eventTime DESC LIMIT 100;"""


class Lake:
    """Sign-ins come in, and are rows at once."""

    def __init__(self, demo):
        self.demo = demo

    def run(self):
        demo = self.demo
        demo.title("CloudTrail Lake: an event data store, and SQL")
        lake = Client(demo.me)
        arn = lake.create("sign-ins")
        demo.show(f"$ aws cloudtrail create-event-data-store --name sign-ins\n{arn}\n")
        demo.me.ingest(records.log_file([sign_in(demo.account, *who) for who in FAILURES]))
        acknowledged = time.monotonic()
        question = QUESTION.format(store=arn.rpartition("/")[2])
        query = lake.start(question)
        said = lake.wait(query)
        after = time.monotonic() - acknowledged
        rows = lake.results(query)
        demo.show(f"$ aws cloudtrail start-query --query-statement \"{question}\"")
        for row in rows:
            demo.show("  ".join(value for _, value in row))
        demo.show(f"{said['QueryStatus']}, {said['QueryStatistics']['EventsScanned']} events scanned; "
                  f"{after:.2f} s after the last event was acknowledged")
        wanted = sorted(f"arn:aws:iam::{demo.account}:user/{user}"
                        for user, _, result in FAILURES if result == "Failure")
        demo.check(f"the {len(wanted)} failed sign-ins are the rows",
                   sorted(row[1][1] for row in rows) == wanted)


def sign_in(account, user, address, result):
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return records.encode(records.record(
        "ConsoleLogin", "signin.amazonaws.com", eventTime=now, sourceIPAddress=address,
        userIdentity={"type": "IAMUser", "arn": f"arn:aws:iam::{account}:user/{user}",
                      "accountId": account, "userName": user},
        eventType="AwsConsoleSignIn", responseElements={"ConsoleLogin": result},
        requestParameters=None, readOnly=False, recipientAccountId=account,
    ))
