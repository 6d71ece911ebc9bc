"""Dashboards as boto3 and the aws CLI see them."""

import json

import pytest
from botocore.exceptions import ClientError
from conftest import eventually
from kit import records
from kit.lake import Lake
from test_queries import found, refused

HIGHLIGHTS = "AWSCloudTrail-Highlights"
SIX_HOURS = {"Frequency": {"Unit": "HOURS", "Value": 6}, "Status": "ENABLED"}


@pytest.fixture(scope="module")
def lake(module_account):
    lake = Lake(module_account.client)
    lake.account, lake.boto = module_account, module_account.boto("cloudtrail")
    lake.arn = lake.create("main")
    lake.id = lake.arn.rsplit("/", 1)[1]
    module_account.ingest(*[found(number, eventTime=records.at(60 * number)) for number in range(9)])
    return lake


def widgets(lake):
    return [
        {
            "QueryStatement": f"SELECT eventName, count(*) AS calls FROM {lake.id} WHERE eventTime "
                              "> '?' AND eventTime <= '?' AND eventName = 'CreateThing' GROUP BY eventName",
            "QueryParameters": ["$StartTime$", "$EndTime$"],
            "ViewProperties": {"Title": "Calls", "View": "BarChart", "LabelColumn": "eventName",
                               "ValueColumn": "calls", "Orientation": "Vertical"},
        },
        {
            "QueryStatement": f"SELECT date_trunc('?', eventTime) AS period, count(*) AS n FROM {lake.id} "
                              "WHERE eventName = 'CreateThing' GROUP BY 1",
            "QueryParameters": ["$Period$"],
            "ViewProperties": {"Title": "Over time", "View": "LineChart", "XAxisColumn": "period",
                               "YAxisColumn": "n"},
        },
    ]


def refreshed(lake, dashboard, **values):
    """The id of a refresh all of whose queries have finished, and the rows of each widget."""
    members = {"QueryParameterValues": values} if values else {}
    refresh = lake.boto.start_dashboard_refresh(DashboardId=dashboard, **members)["RefreshId"]
    return refresh, rows_of(lake, dashboard, refresh)


def rows_of(lake, dashboard, refresh):
    shown = lake.boto.get_dashboard(DashboardId=dashboard)
    assert shown["LastRefreshId"] == refresh
    assert "LastRefreshFailureReason" not in shown, shown["LastRefreshFailureReason"]
    rows = []
    for widget in shown["Widgets"]:
        ask = {"QueryAlias": widget["QueryAlias"], "RefreshId": refresh}
        ended = lambda: lake.boto.describe_query(**ask)["QueryStatus"] not in ("QUEUED", "RUNNING")
        eventually(ended, 60)
        said = lake.boto.describe_query(**ask)
        assert said["QueryStatus"] == "FINISHED", (said["QueryString"], said.get("ErrorMessage"))
        rows.append(lake.boto.get_query_results(QueryId=said["QueryId"])["QueryResultRows"])
    return rows


def test_a_dashboard_from_making_to_deletion(lake):
    made = lake.boto.create_dashboard(
        Name="main", Widgets=widgets(lake), TagsList=[{"Key": "team", "Value": "audit"}],
        TerminationProtectionEnabled=True,
    )
    arn = made["DashboardArn"]
    assert (made["Type"], made["Name"]) == ("CUSTOM", "main")
    refresh, rows = refreshed(lake, "main")
    assert refresh.isdigit() and 10 <= len(refresh) <= 20
    assert rows[0] == [[{"eventName": "CreateThing"}, {"calls": "9"}]]
    assert sum(int(row[1]["n"]) for row in rows[1]) == 9
    values = {"$StartTime$": "2024-11-05T10:45:24.00Z", "$EndTime$": "2024-11-06T10:45:24.00Z",
              "$Period$": "hour"}
    again, rows = refreshed(lake, arn, **values)
    assert again != refresh and rows[0] == []
    tags = lake.boto.list_tags(ResourceIdList=[arn])["ResourceTagList"][0]["TagsList"]
    assert tags == [{"Key": "team", "Value": "audit"}]
    assert refused(lake.boto.delete_dashboard, DashboardId="main") == "ConflictException"
    lake.boto.update_dashboard(DashboardId="main", TerminationProtectionEnabled=False,
                               Widgets=widgets(lake)[:1])
    shown = lake.boto.get_dashboard(DashboardId=arn)
    assert (len(shown["Widgets"]), shown["TerminationProtectionEnabled"]) == (1, False)
    lake.boto.delete_dashboard(DashboardId=arn)
    assert refused(lake.boto.get_dashboard, DashboardId="main") == "ResourceNotFoundException"


def test_every_built_in_dashboard_is_refreshed(lake):
    listed = lake.boto.list_dashboards(Type="MANAGED")["Dashboards"]
    assert len(listed) >= 14
    insights = lake.create("insights", [
        {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Insight"]}]},
    ])
    for entry in listed:
        arn = entry["DashboardArn"]
        about = insights if "Insights" in arn else lake.arn
        refreshed(lake, arn, **{"$EventDataStoreId$": about.rsplit("/", 1)[1]})
    overview = lake.boto.get_dashboard(DashboardId="AWSCloudTrail-Overview")
    assert (overview["Type"], overview["Status"]) == ("MANAGED", "CREATED")


def test_the_aws_cli_makes_and_lists_dashboards(lake, aws):
    client = lake.account.client
    given = json.dumps(widgets(lake)[1:])
    made = aws(client, "cloudtrail", "create-dashboard", "--name", "cli", "--widgets", given)
    listed = aws(client, "cloudtrail", "list-dashboards", "--type", "CUSTOM")["Dashboards"]
    assert {"DashboardArn": made["DashboardArn"], "Type": "CUSTOM"} in listed
    text = aws(client, "cloudtrail", "create-dashboard", "--name", "cli", fails=True)
    assert "(ConflictException)" in text
    aws(client, "cloudtrail", "get-dashboard", "--dashboard-id", "cli")


def test_highlights_are_refreshed_without_being_asked(lake):
    with pytest.raises(ClientError) as caught:
        lake.boto.create_dashboard(Name=HIGHLIGHTS)
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    lake.create("second")
    lake.boto.create_dashboard(Name=HIGHLIGHTS, RefreshSchedule=SIX_HOURS)
    shown = lambda: lake.boto.get_dashboard(DashboardId=HIGHLIGHTS)
    eventually(lambda: "LastRefreshId" in shown(), 30)
    rows = rows_of(lake, HIGHLIGHTS, shown()["LastRefreshId"])
    assert len(rows) == len(shown()["Widgets"]) >= 5 and rows[0]


def test_what_a_widget_may_not_ask_is_told(lake):
    def widget(statement, **more):
        return [{"QueryStatement": statement, "ViewProperties": {"View": "Table"}, **more}]

    plain = f"SELECT eventName FROM {lake.id}"
    cases = [
        (widget("DROP TABLE x"), "InvalidQueryStatementException"),
        (widget(f"SELECT nothing FROM {lake.id}"), "InvalidQueryStatementException"),
        (widget(plain, QueryParameters=["$StartTime$"]), "InvalidQueryStatementException"),
        (widget(plain + " WHERE eventName = '?'", QueryParameters=["$Any$"]),
         "InvalidQueryStatementException"),
        (widget(plain) * 11, "ServiceQuotaExceededException"),
        (widget("SELECT 1 FROM 00000000-0000-4000-8000-000000000000"),
         "EventDataStoreNotFoundException"),
    ]
    for given, expected in cases:
        assert refused(lake.boto.create_dashboard, Name="bad", Widgets=given) == expected
