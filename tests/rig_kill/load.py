"""Sequential clients that send batches and calls until they are told to stop."""

import hashlib
import http.client
import random
import threading
import time
import uuid

from kit import records
from kit.client import Client, Refused
from ledger import OK, REFUSED, UNKNOWN

BATCHES = (1, 1, 2, 8, 16)
CALL_SHARE = 0.3
CALL_AGENT = "rig-call/"
SOURCE = "rig.amazonaws.com"

_TEMPLATE = records.encode(
    records.record(
        "PutRecord", SOURCE, eventID="@id@", requestParameters={"text": "@text@"}, readOnly=False
    )
).decode()


def render(event_id, text):
    return _TEMPLATE.replace("@id@", event_id).replace("@text@", text).encode()


class LoadClient(threading.Thread):
    """One identity, one connection, one request at a time."""

    def __init__(self, number, account, client, ledger, retries, seed):
        super().__init__(name=f"client-{number}")
        self.number, self.account, self.client, self.ledger = number, account, client, ledger
        self.retries = retries
        self.chance = random.Random(seed)
        self.unanswered = []
        self.first_ack = None
        self.broken = None
        self.halt = threading.Event()

    def run(self):
        try:
            for batch in self.retries:
                self._send(batch, again=True)
            while not self.halt.is_set():
                if self.chance.random() < CALL_SHARE:
                    self._call()
                else:
                    self._send(self._batch())
        except Exception as error:  # Shown by the rig, which ends on it.
            self.broken = error
        finally:
            self.client.close()

    def _batch(self):
        text = "x" * self.chance.randrange(20, 1500)
        ids = [str(uuid.UUID(int=self.chance.getrandbits(128)))
               for _ in range(self.chance.choice(BATCHES))]
        return [(event_id, render(event_id, text)) for event_id in ids]

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
            self.unanswered.append(batch)
            self._gone(ids)
            return
        except Refused as refused:
            self._refused(refused, ids)
            return
        told = counts["Stored"] + counts["Duplicates"]
        if told != len(batch) or (not again and counts["Duplicates"]):
            raise AssertionError(f"{len(batch)} events sent, answered {counts}")
        self._acknowledged(ids, counts.get("LastSeq"))

    def _call(self):
        call_id = str(uuid.UUID(int=self.chance.getrandbits(128)))
        self.ledger.attempt(self.account, self.number, [(call_id, None)])
        try:
            answer = self.client.sts_as(CALL_AGENT + call_id)
        except (OSError, http.client.HTTPException):
            self._gone([call_id])
            return
        if answer.status != 200:
            self._refused(Refused(answer), [call_id])
            return
        self._acknowledged([call_id], None)

    def _acknowledged(self, ids, last_seq):
        if self.first_ack is None:
            self.first_ack = time.monotonic()
        self.ledger.outcome(OK, ids, last_seq)

    def _gone(self, ids):
        self.ledger.outcome(UNKNOWN, ids)
        self.halt.set()

    def _refused(self, refused, ids):
        if refused.answer.status >= 500:
            # The server could not say; the event may or may not be stored.
            self._gone(ids)
            return
        self.ledger.outcome(REFUSED, ids)
        raise refused


class RigClient(Client):
    """A client whose calls can be told apart by their User-Agent."""

    def sts_as(self, agent):
        body = b"Action=GetCallerIdentity&Version=2011-06-15"
        headers = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": agent}
        return self.call("sts", "POST", "/", headers, body)
