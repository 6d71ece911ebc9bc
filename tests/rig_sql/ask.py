"""Workers that send texts as account A, one at a time each, and note what becomes of them."""

import http.client
import threading
import time

from judge import Told
from kit.lake import ENDED

# Pages of a result that are read; the bound on rows is far below.
PAGES = 20
PATIENCE_SECONDS = 30
CANCELLED_SHARE = 0.01
AGAIN = 10


class Asker(threading.Thread):
    """Takes texts from `queue` until there are none, or the server is gone."""

    def __init__(self, client, queue, sent, told, marks, chance, gone):
        super().__init__(daemon=True)
        self.client, self.queue, self.told = client, queue, told
        self.sent, self.chance, self.gone = sent, chance, gone
        self.own, self.foreign = marks
        self.broken = None

    def run(self):
        try:
            while not self.gone() and (text := self.queue()) is not None:
                self.sent[self] = text.sql
                self.told.append(self.ask(text))
                del self.sent[self]
        except Exception as error:  # Shown by the rig, which ends on it.
            self.broken = error
        finally:
            self.client.close()

    def ask(self, text):
        told = Told(text.sql, text.kind, text.barred)
        try:
            self._ask(text, told)
        except (OSError, http.client.HTTPException) as error:
            told.dropped = f"{type(error).__name__}: {error}"
        return told

    def _ask(self, text, told):
        answer = self._call(told, "StartQuery", QueryStatement=text.sql, **text.more)
        if answer.status != 200:
            _refused(told, answer)
            return
        began, query = time.monotonic(), answer.json()["QueryId"]
        if self.chance.random() < CANCELLED_SHARE:
            self._call(told, "CancelQuery", QueryId=query)
        pause = 0.01
        while True:
            answer = self._call(told, "DescribeQuery", QueryId=query)
            if answer.status != 200:
                _refused(told, answer)
                return
            said = answer.json()
            told.end, told.message = said.get("QueryStatus"), said.get("ErrorMessage")
            told.seconds = time.monotonic() - began
            if told.end in ENDED or told.seconds > PATIENCE_SECONDS or self.gone():
                break
            time.sleep(pause)
            pause = min(0.2, pause * 1.5)
        if told.end in ENDED:
            self._read(told, query)

    def _read(self, told, query):
        token = {}
        for _ in range(PAGES):
            answer = self._call(told, "GetQueryResults", QueryId=query, **token)
            if answer.status != 200:
                _refused(told, answer)
                return
            page = answer.json()
            told.rows += len(page["QueryResultRows"])
            if "NextToken" not in page:
                return
            token = {"NextToken": page["NextToken"]}

    def _call(self, told, operation, **members):
        """The answer, which is searched for both markers whatever it is. One of 500 and more is
        noted, and asked for again as a client would."""
        for again in range(AGAIN):
            began = time.monotonic()
            answer = self.client.cloudtrail(operation, **members)
            told.slowest = max(told.slowest, time.monotonic() - began)
            body = answer.body.decode(errors="replace").lower()
            told.own = told.own or any(mark in body for mark in self.own)
            told.foreign = told.foreign or any(mark in body for mark in self.foreign)
            if answer.status < 500:
                break
            told.faults.append(f"{operation}: {answer.status} {answer.error}: {answer.message}")
            time.sleep(0.1 * again)
        return answer


def _refused(told, answer):
    told.status, told.error, told.message = answer.status, answer.error, answer.message
