#!/usr/bin/env python3
"""Drives the corpus through Cairn at an emulator and scores the records: exit 1 below 100%."""

import argparse
import json
import os
import pathlib
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent)]

from fidelity import corpus
from fidelity.drive import Driver, Target
from fidelity.expect import expected
from fidelity.score import Score, shown
from fidelity.upstream import Upstream
from kit import server as servers

REGION = "eu-central-1"
# Records of data events are what S3, queues and tables are about.
ENV = {"CAIRN_GATEWAY_DATA_EVENTS": "all"}
INDEX_SECONDS = 30
PAGE = 1000


def gateway_args(upstream):
    """STS would be answered by Cairn itself; it is forwarded where it is named."""
    return ["--region", REGION, "--upstream", f"*={upstream}", "--upstream", f"sts={upstream}"]


def chosen(only, quick):
    found = [each for each in corpus.scripts() if not only or each.service in only]
    return [each for each in found if each.quick or not quick]


def drive(scripts, target):
    driver = Driver(target)
    for script in scripts:
        driver.run(script)
    return driver


def records(client, calls):
    """Every record of the account, as soon as there is one for each call or time is up."""
    deadline = time.monotonic() + INDEX_SECONDS
    while True:
        hits = client.search(MaxResults=PAGE)
        found = [json.loads(hit["Record"]) for hit in hits]
        agents = {record.get("userAgent") for record in found}
        if all(f"fidelity/{call.number}" in agents for call in calls):
            return found
        if time.monotonic() > deadline:
            return found
        time.sleep(0.5)


def through_cairn(scripts, data):
    """The driver, the score and the records of the scripts, with a new server on `data`."""
    with Upstream(data.with_name("upstream.log")) as upstream:
        args = gateway_args(upstream.endpoint)
        with servers.Server(data, args=args, env=ENV) as running:
            key = running.bootstrap()
            target = Target(running.endpoint, REGION, key["access_key_id"],
                            key["secret_access_key"])
            driver = drive(scripts, target)
            found = records(running.client(), driver.calls)
            return driver, Score(driver.calls, found), found


def direct(scripts, show):
    """The corpus without Cairn: what the emulator makes of it, and what records would hold."""
    with Upstream() as upstream:
        driver = drive(scripts, Target(upstream.endpoint, REGION, "AKIAEXAMPLE111111111", "secret"))
    for call in driver.calls:
        want = expected(call)
        if show:
            print(f"{call.title} {call.status} {call.error or ''}")
            print(f"    {want.source} {want.name} readOnly={want.read_only} {shown(want.params)}")
    report(driver)
    return 0 if not driver.broken and all(call.answered for call in driver.calls) else 1


def report(driver):
    for title, reason in driver.broken:
        print(f"the script of {title} ended early: {reason}")
    answered = [call for call in driver.calls if call.answered]
    good = [call for call in answered if call.status < 300]
    services = {call.service for call in answered}
    operations = {(call.service, call.model.name) for call in answered}
    print(f"{len(driver.calls)} calls, {len(answered)} answered, {len(good)} with success: "
          f"{len(operations)} operations of {len(services)} services")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("services", nargs="*", help="only these, by the client's names")
    parser.add_argument("--quick", action="store_true", help="the subset of every test run")
    parser.add_argument("--direct", action="store_true", help="without Cairn")
    parser.add_argument("--show", action="store_true", help="print what each record must hold")
    parser.add_argument("--keep", type=pathlib.Path, help="write the records there, one a line")
    parser.add_argument("--binary", type=pathlib.Path, help="the server; else CAIRN_BIN")
    args = parser.parse_args()
    if args.binary:
        os.environ["CAIRN_BIN"] = str(args.binary.resolve())
    scripts = chosen(args.services, args.quick)
    if args.direct:
        return direct(scripts, args.show)
    with tempfile.TemporaryDirectory() as place:
        driver, score, found = through_cairn(scripts, pathlib.Path(place) / "data")
    if args.keep:
        args.keep.write_text("".join(json.dumps(record) + "\n" for record in found))
    for difference in score.differences:
        print(difference)
    print(score.table())
    report(driver)
    unanswered = [call.title for call in driver.calls if not call.answered]
    if unanswered:
        print(f"not answered: {', '.join(unanswered)}")
    return 0 if score.full and not driver.broken and not unanswered else 1


if __name__ == "__main__":
    sys.exit(main())
