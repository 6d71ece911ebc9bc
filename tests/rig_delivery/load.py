"""Clients that send events of many Regions until they are told to stop."""

import hashlib
import http.client
import random
import threading
import uuid

from kit import records
from kit.client import Refused
from ledger import OK, UNKNOWN

REGIONS = ("eu-central-1", "eu-west-1", "us-east-1", "us-west-2", "ap-south-1", "sa-east-1")
SOURCE = "rig.amazonaws.com"
BATCHES = (1, 4, 16, 64)


def render(event_id, account, region, text):
    return records.encode(
        records.record(
            "PutRecord", SOURCE, eventID=event_id, account=account, awsRegion=region,
            requestParameters={"text": text}, readOnly=False,
        )
    )


class LoadClient(threading.Thread):
    """One account, one connection, one batch at a time; `left` says how many events are wanted."""

    def __init__(self, number, account, client, ledger, unanswered, left, seed):
        super().__init__(name=f"client-{number}")
        self.number, self.account, self.client, self.ledger = number, account, client, ledger
        self.again, self.left = unanswered, left
        self.chance = random.Random(seed)
        self.unanswered, self.broken = [], None
        self.halt = threading.Event()

    def run(self):
        try:
            while self.again and not self.halt.is_set():
                self._send(self.again.pop(), again=True)
            while not self.halt.is_set() and self.left() > 0:
                self._send(self._batch())
        except Exception as error:  # Shown by the rig, which ends on it.
            self.broken = error
        finally:
            # What was not sent again yet has no answer either.
            self.unanswered += self.again
            self.client.close()

    def _batch(self):
        ids = [str(uuid.UUID(int=self.chance.getrandbits(128)))
               for _ in range(self.chance.choice(BATCHES))]
        text = "x" * self.chance.randrange(20, 600)
        return [
            (event_id, render(event_id, self.account, self.chance.choice(REGIONS), text))
            for event_id in ids
        ]

    def _send(self, batch, again=False):
        ids = [event_id for event_id, _ in batch]
        if again:
            self.ledger.again(ids)
        else:
            hashed = [(event_id, hashlib.sha256(body).hexdigest()) for event_id, body in batch]
            self.ledger.attempt(self.account, self.number, hashed)
        try:
            counts = self.client.ingest(records.log_file([body for _, body in batch]))
        except (OSError, http.client.HTTPException):
            self._gone(batch)
            return
        except Refused as refused:
            if refused.answer.status < 500:
                raise
            self._gone(batch)
            return
        if counts["Stored"] + counts["Duplicates"] != len(batch):
            raise AssertionError(f"{len(batch)} events sent, answered {counts}")
        self.ledger.outcome(OK, ids)

    def _gone(self, batch):
        self.unanswered.append(batch)
        self.ledger.outcome(UNKNOWN, [event_id for event_id, _ in batch])
        self.halt.set()
