"""One insert of JSON lines into ClickHouse's typed columns: prints its processor seconds, and those
of joining its parts into one, as compaction does."""

import json
import resource
import sys

from click import LAYOUTS, Click, create, insert


def spent():
    found = resource.getrusage(resource.RUSAGE_SELF)
    return found.ru_utime + found.ru_stime


def main():
    _, data, lines, codec, filtered = sys.argv
    click = Click(data)
    click.session.query("CREATE DATABASE peer")
    create(click.session, "peer.inserted", LAYOUTS["by time"], codec, filtered == "filters")
    click.ask(f"SELECT count() FROM file('{lines}', 'LineAsString') WHERE NOT ignore(line)")
    before = spent()
    insert(click.session, "peer.inserted", lines)
    cpu = spent() - before
    before = spent()
    click.session.query("OPTIMIZE TABLE peer.inserted FINAL")
    joining = spent() - before
    rows = int(click.ask("SELECT count() FROM peer.inserted")[0][0])
    click.close()
    print(json.dumps({"cpu": cpu, "joining": joining, "rows": rows}))


if __name__ == "__main__":
    main()
