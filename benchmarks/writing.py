"""Writing: the long transactions, each rolled back, so that every round finds what the first one found."""

from collections.abc import Callable, Iterator
from functools import partial
from time import perf_counter
from typing import Any

from django.db import transaction

from benchmarks.published import NAMES
from benchmarks.table import Row, below
from benchmarks.timing import Spread, measured, spread_of
from opsplatform.register_files.services.comparing import write_lines
from opsplatform.spreadsheets.reading import Line
from opsplatform.spreadsheets.sheets import find_sheet
from themes.services.demonstration import approve_by_all
from themes.services.publishing import release_theme
from themes.tests.demonstrated import account, bring_in, districts, dossier, save, submit

ROUNDS = 7
RELEASE_GOAL = 2.0
FILE_ROWS = 500


def rows() -> Iterator[Row]:
    """Dossiers brought in, new and once more; a new version released to one district and to all."""
    for code, name in NAMES.items():
        tree = dossier(code)
        again = measured(undone(partial(bring_in, tree)), rounds=ROUNDS)
        tree = dossier(code)
        tree["theme"]["code"] = f"{code[:-4]}9999"
        yield Row(f"{name}: dossier imported as a new theme", measured(undone(partial(bring_in, tree)), rounds=ROUNDS))
        yield Row(f"{name}: dossier imported again, nothing new", again)
        one, *_ = everywhere = districts()
        yield Row(f"{name}: a new version released to 1 division", _released_anew(code, [one]))
        taken = _released_anew(code, everywhere)
        yield Row(
            f"{name}: a new version released to {len(everywhere)} divisions",
            taken,
            pace=(len(everywhere), "packages"),
            goal=below(RELEASE_GOAL, taken),
        )
    yield Row(
        f"a file of {FILE_ROWS} new materials written into the register",
        measured(undone(_file_of_materials), rounds=ROUNDS),
        pace=(FILE_ROWS, "rows"),
    )


def _file_of_materials() -> None:
    """As the background work writes it: every row through the register's own service."""
    sheet = find_sheet("material")
    assert sheet is not None
    rows = [Line(2 + number, (f"bench-{number}", f"材料{number}", "某单位")) for number in range(FILE_ROWS)]
    found = write_lines(
        actor=account("operator"), sheet=sheet, lines=[Line(1, ("材料代码", "名称", "出具单位")), *rows]
    )
    assert (len(found.rows), found.problems) == (FILE_ROWS, [])


def _released_anew(code: str, places: list[str]) -> Spread:
    """Seconds of releasing a version no package of which exists yet, and no two of which are alike."""
    durations = []
    for number in range(ROUNDS + 1):
        with transaction.atomic():
            save(code, partial(_rewrite, f"基准 {number}"))
            version = submit(code)
            approve_by_all(version, "基准")
            start = perf_counter()
            release_theme(
                actor=account("operator"), code=code, version=version.number, division_codes=places, note="基准"
            )
            durations.append(perf_counter() - start)
            transaction.set_rollback(True)
    return spread_of(durations[1:])


def _rewrite(summary: str, tree: dict[str, Any]) -> None:
    tree["summary"] = summary


def undone(act: Callable[[], object]) -> Callable[[], None]:
    """The act in a transaction that is rolled back."""

    def once() -> None:
        with transaction.atomic():
            act()
            transaction.set_rollback(True)

    return once
