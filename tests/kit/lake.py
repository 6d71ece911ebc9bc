"""The lake from outside: event data stores and queries, as JSON calls."""

import time

from .client import Refused

ENDED = ("FINISHED", "FAILED", "CANCELLED", "TIMED_OUT")


class QueryFailed(Exception):
    """A query that did not finish; the text is what it says."""


class Lake:
    """What one identity asks of the lake."""

    def __init__(self, client, patience=120):
        self.client, self.patience = client, patience

    def call(self, operation, **members):
        answer = self.client.cloudtrail(operation, **members)
        if answer.status != 200:
            raise Refused(answer)
        return answer.json()

    def create(self, name, selectors=None, **members):
        """The ARN of a new store, once it is enabled."""
        if selectors:
            members["AdvancedEventSelectors"] = selectors
        members.setdefault("TerminationProtectionEnabled", False)
        arn = self.call("CreateEventDataStore", Name=name, **members)["EventDataStoreArn"]
        self.until(arn, "ENABLED")
        return arn

    def until(self, arn, status, within=20):
        deadline = time.monotonic() + within
        while (now := self.call("GetEventDataStore", EventDataStore=arn)["Status"]) != status:
            if time.monotonic() > deadline:
                raise AssertionError(f"{arn} is {now} and not {status} after {within} s")
            time.sleep(0.02)

    def start(self, statement, **members):
        return self.call("StartQuery", QueryStatement=statement, **members)["QueryId"]

    def wait(self, query, within=None):
        """What DescribeQuery says of a query that has ended."""
        within = within or self.patience
        deadline, pause = time.monotonic() + within, 0.005
        while (said := self.call("DescribeQuery", QueryId=query))["QueryStatus"] not in ENDED:
            if time.monotonic() > deadline:
                raise AssertionError(f"query {query} is {said['QueryStatus']} after {within} s")
            time.sleep(pause)
            pause = min(0.2, pause * 1.5)
        return said

    def results(self, query):
        """Every row, as lists of (label, text)."""
        rows, token = [], {}
        while True:
            page = self.call("GetQueryResults", QueryId=query, MaxQueryResults=1000, **token)
            rows += [[next(iter(cell.items())) for cell in row] for row in page["QueryResultRows"]]
            if "NextToken" not in page:
                return rows
            token = {"NextToken": page["NextToken"]}

    def query(self, statement, **members):
        """The rows' values; raises `QueryFailed`."""
        query = self.start(statement, **members)
        said = self.wait(query)
        if said["QueryStatus"] != "FINISHED":
            raise QueryFailed(f"{said['QueryStatus']}: {said.get('ErrorMessage')}")
        return [[value for _, value in row] for row in self.results(query)]
