"""What the kill rigs share: their options, their directory, and how they end."""

import argparse
import pathlib
import random
import shutil
import sys
import tempfile

from kit import server as servers
from kit.client import Refused


class Violation(Exception):
    """What the oracle objects to."""

    def __init__(self, found):
        super().__init__(", ".join(f"{len(ids)} {kind} ({ids[:3]})" for kind, ids in found.items()))


def main(name, about, make, run, cycles, clients, more=None, counted="cycles"):
    """Runs `make(options, home)` through `run(rig, options)`; the exit status.

    `cycles` and `clients` are what the options default to; `more(parser)` adds options; `counted`
    is what the command line calls cycles. The directory is kept where something is wrong.
    """
    options = arguments(about, cycles, clients, more, counted)
    home = pathlib.Path(tempfile.mkdtemp(prefix="cairn-rig-", dir=options.dir))
    print(f"{name}: {options.cycles} {counted}, seed {options.seed}, {options.binary}", flush=True)
    rig = make(options, home)
    try:
        run(rig, options)
    except (Violation, servers.StartFailed, AssertionError, Refused) as wrong:
        rig.server.kill()
        print(f"VIOLATION after {rig.starts} starts: {wrong}\nkept: {home}", file=sys.stderr)
        return 1
    finally:
        rig.server.kill()
    shutil.rmtree(home)
    return 0


def arguments(about, cycles, clients, more=None, counted="cycles"):
    parser = argparse.ArgumentParser(description=about)
    if more:
        more(parser)
    parser.add_argument(f"--{counted}", dest="cycles", type=int, default=cycles)
    parser.add_argument("--binary", type=pathlib.Path, default=servers.binary())
    parser.add_argument("--clients", type=int, default=clients)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32))
    parser.add_argument("--dir", help="where to put the data; a real disk makes it slower and truer")
    return parser.parse_args()
