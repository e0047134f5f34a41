"""Prints one table. Works on the database named by DATABASE_NAME, which `make bench` seeds when it is empty."""

import argparse
import logging
import os
import platform
from importlib import import_module

import django
from django.conf import settings
from django.db import connection

from benchmarks.table import heading, line
from opsplatform.runtime.database_roles import session

GROUPS = (
    "evaluating",
    "engines",
    "merging",
    "proving",
    "localising",
    "matching",
    "codes",
    "drafting",
    "writing",
    "reading",
    "refusing",
    "comparing",
    "pages",
)


def main() -> None:
    """The table is printed, each row as it is measured; a goal that is missed is marked, and is no failure."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"only these of {', '.join(GROUPS)}")
    wanted = parser.parse_args().groups or GROUPS
    if unknown := set(wanted) - set(GROUPS):
        parser.error(f"no such group: {', '.join(sorted(unknown))}")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.settings")
    django.setup()
    logging.disable(logging.WARNING)  # this process prints the table; the servers log to their file
    _analyze()
    print(_machine(), heading(), sep="\n")
    for name in wanted:
        group = import_module(f"benchmarks.{name}")
        print(str(group.__doc__).splitlines()[0])
        for row in group.rows():
            print(f"  {line(row)}", flush=True)


def _analyze() -> None:
    """The planner knows how large the tables are, as in an installation that has been in use for a while."""
    with session(settings.DATABASE_PLAN.owner) as owner, owner.cursor() as cursor:
        cursor.execute("ANALYZE")


def _machine() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        server = cursor.fetchone()[0]
    return (
        f"{os.cpu_count()} cores, {platform.machine()} · Python {platform.python_version()} · "
        f"Django {django.get_version()} · PostgreSQL {server} · load {os.getloadavg()[0]:.1f}\n"
        "data of the demonstration, nothing left to chance · ratio: how many times faster than the other side\n"
    )


if __name__ == "__main__":
    main()
