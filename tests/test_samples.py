"""The library of queries: every one of them runs; phrases and questions find the right one."""

import uuid

import pytest
from botocore.exceptions import ClientError
from conftest import eventually
from kit import records
from kit.lake import Lake
from test_lake_sql import made

PHRASES = ["console sign-in", "user", "error", "s3 bucket", "ec2 instance", "iam policy", "kms key",
           "network", "count", "change", "security", "resource tag", "lambda function", "lake query",
           "insights", "database", "rate percentile", "role session", "dashboard event day"]


@pytest.fixture(scope="module")
def lake(module_account):
    lake = Lake(module_account.client)
    lake.boto = module_account.boto("cloudtrail")
    lake.main = lake.create("main")
    lake.id = lake.main.rsplit("/", 1)[1]
    module_account.ingest(*recent())
    return lake


def recent():
    """Records of the last hours, so that there are rows to work on."""
    found = made()
    for number, record in enumerate(found):
        record["eventTime"] = records.at(60 + 30 * number)
    return found


def library(boto):
    """Every query of the library, by name."""
    found = {}
    for phrase in PHRASES:
        token = {}
        while True:
            page = boto.search_sample_queries(SearchPhrase=phrase, MaxResults=50, **token)
            found.update((entry["Name"], entry) for entry in page["SearchResults"])
            if "NextToken" not in page:
                break
            token = {"NextToken": page["NextToken"]}
    return found


def test_every_query_of_the_library_runs(lake):
    found = library(lake.boto)
    assert len(found) >= 105
    insights = lake.create("insights", [
        {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Insight"]}]},
    ]).rsplit("/", 1)[1]
    wrong = {}
    for name, entry in sorted(found.items()):
        store = insights if "Insights events." in entry["Description"] else lake.id
        try:
            lake.query(entry["SQL"].replace("$EDS_ID", store))
        except Exception as error:  # every one is told
            wrong[name] = str(error)
    assert wrong == {}


def test_results_are_in_order_and_come_in_pages(lake):
    ask = lambda **more: lake.boto.search_sample_queries(SearchPhrase="failed console logins", **more)
    first = ask()
    assert len(first["SearchResults"]) == 10
    assert first["SearchResults"][0]["Name"] == "Failed console sign-ins"
    assert "$EDS_ID" in first["SearchResults"][0]["SQL"]
    relevances = [entry["Relevance"] for entry in first["SearchResults"]]
    assert relevances == sorted(relevances, reverse=True) and 0 < min(relevances) <= max(relevances) <= 1
    second = ask(NextToken=first["NextToken"])
    names = [entry["Name"] for page in (first, second) for entry in page["SearchResults"]]
    assert len(set(names)) == len(names)
    with pytest.raises(ClientError) as caught:
        lake.boto.search_sample_queries(SearchPhrase="other", NextToken=first["NextToken"])
    assert caught.value.response["Error"]["Code"] == "InvalidParameterException"
    assert lake.boto.search_sample_queries(SearchPhrase="zebra")["SearchResults"] == []


QUESTIONS = [
    ("What are my top errors in the past month?", "errorCode IS NOT NULL"),
    ("Which users used S3 since 2026-01-01?", "eventSource = 's3.amazonaws.com'"),
    ("Show failed console logins from 203.0.113.9", "sourceIPAddress = '203.0.113.9'"),
    ("What did user alice do in the last 24 hours?", "userIdentity.username = 'alice'"),
    ("Who called DeleteTrail in eu-west-1?", "awsRegion = 'eu-west-1'"),
    ("top 5 operations of EC2 in account 111122223333", "recipientAccountId = '111122223333'"),
]


@pytest.mark.parametrize("question, part", QUESTIONS)
def test_a_question_becomes_a_query_that_runs(lake, question, part):
    made = lake.boto.generate_query(EventDataStores=[lake.main], Prompt=question)
    assert part in made["QueryStatement"]
    query = lake.call("StartQuery", QueryAlias=made["QueryAlias"])["QueryId"]
    said = lake.wait(query)
    assert (said["QueryStatus"], said["Prompt"]) == ("FINISHED", question)
    assert said["QueryString"] == made["QueryStatement"]
    assert lake.boto.describe_query(QueryAlias=made["QueryAlias"])["QueryId"] == query


def test_what_nothing_answers_is_refused(lake):
    with pytest.raises(ClientError) as caught:
        lake.boto.generate_query(EventDataStores=[lake.id], Prompt="what is the capital of Peru")
    assert caught.value.response["Error"]["Code"] == "GenerateResponseException"
    with pytest.raises(ClientError) as caught:
        lake.boto.generate_query(EventDataStores=[str(uuid.uuid4())], Prompt="top errors")
    assert caught.value.response["Error"]["Code"] == "EventDataStoreNotFoundException"
