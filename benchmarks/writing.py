"""Import of a dossier and release to sixteen divisions, in transactions that are rolled back."""

import json
from collections.abc import Callable, Iterator
from statistics import median
from time import perf_counter

from django.conf import settings
from django.db import transaction

from benchmarks.timing import Row, seconds, spelled
from opsplatform.accounts.models import User
from themes.models import Theme
from themes.services.drafting import save_theme
from themes.services.importing import import_dossier
from themes.services.publishing import release_theme
from themes.services.reviewing import approve_theme, submit_theme

ROUNDS = 3
RELEASE_GOAL = 2.0


def rows(theme: Theme) -> Iterator[Row]:
    """What the two long writes cost."""
    operator = User.objects.get(username="operator")
    tree = json.loads((settings.SAMPLE_DATA_DIRECTORY / "theme_restaurant.json").read_bytes())
    tree["theme"]["code"] = "YJS-310000-L1-9999"

    def bring() -> None:
        import_dossier(actor=operator, tree=tree)

    brought = seconds(_undone(bring), rounds=ROUNDS)
    yield Row("import of a dossier as a new theme", spelled(brought), "", "")
    released, places = _released_anew(theme, operator)
    yield Row(f"release of a new version to {places} divisions", spelled(released), "goal 2 s", _share(released))


def _released_anew(theme: Theme, operator: User) -> tuple[float, int]:
    """The median seconds of releasing a version no package of which exists yet, and to how many divisions."""
    prefix = "sj" if "市场监督" in theme.lead_department.name else "ga"
    editor, reviewer = (User.objects.get(username=f"{prefix}_{part}") for part in ("editor", "reviewer"))
    measured, places = [], 0
    for number in range(ROUNDS):
        with transaction.atomic():
            subject = Theme.objects.get(pk=theme.pk).subject
            tree = {**subject.draft, "summary": f"基准 {number}"}
            saved = save_theme(actor=editor, code=theme.code, tree=tree, expected_revision=subject.draft_revision)
            revision = saved.subject.draft_revision
            version = submit_theme(actor=editor, code=theme.code, expected_revision=revision, note="基准")
            approve_theme(actor=reviewer, code=theme.code, digest=version.digest, note="基准")
            start = perf_counter()
            rows = release_theme(
                actor=operator, code=theme.code, version=version.number, division_codes=None, note="基准"
            )
            measured.append(perf_counter() - start)
            places = len(rows)
            transaction.set_rollback(True)
    return median(measured), places


def _share(duration: float) -> str:
    return f"{duration / RELEASE_GOAL:.2f} × goal"


def _undone(act: Callable[[], None]) -> Callable[[], None]:
    def once() -> None:
        with transaction.atomic():
            act()
            transaction.set_rollback(True)

    return once
