"""What tests of the main chain take from the demonstration: accounts, themes, dossiers, counts of rows."""

import copy
import io
import json
from functools import cache
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from forms_builder.services.item_forms import save_item_form, submit_item_form
from opsplatform.accounts.models import User
from opsplatform.organizations.models import Division
from opsplatform.release.models import Subject, Version
from themes.models import Theme
from themes.services.demonstration import approve_by_all
from themes.services.drafting import save_theme
from themes.services.importing import ImportReport, import_dossier
from themes.services.reviewing import submit_theme

RESTAURANT, DOG = "YJS-310000-L1-0001", "YJS-310000-P4-0002"
FILES = {RESTAURANT: "theme_restaurant.json", DOG: "theme_dog_license.json"}
CODES = (RESTAURANT, DOG)
EDITORS = {RESTAURANT: "sj_editor", DOG: "ga_editor"}
REVIEWERS = {RESTAURANT: "sj_reviewer", DOG: "ga_reviewer"}


def account(username: str) -> User:
    return User.objects.get(username=username)


def get(code: str) -> Theme:
    return Theme.objects.select_related("subject__current_version", "lead_department").get(subject__code=code)


def dossier(code: str) -> dict[str, Any]:
    """A copy that the test may damage."""
    return copy.deepcopy(_dossier(code))


@cache
def _dossier(code: str) -> dict[str, Any]:
    return json.loads((settings.SAMPLE_DATA_DIRECTORY / FILES[code]).read_bytes())


def bring_in(tree: Any, **options: Any) -> ImportReport:
    return import_dossier(actor=account("operator"), tree=tree, **options)


def districts() -> list[str]:
    return list(Division.objects.filter(level=Division.Level.DISTRICT).order_by("code").values_list("code", flat=True))


def save(code: str, change: Any, *, by: str | None = None) -> Theme:
    """The draft changed in place by `change`, saved by the theme's editor or by the named account."""
    subject = get(code).subject
    tree = copy.deepcopy(subject.draft)
    change(tree)
    return save_theme(
        actor=account(by or EDITORS[code]), code=code, tree=tree, expected_revision=subject.draft_revision
    )


def add_sentence(tree: dict[str, Any]) -> None:
    """A harmless change of the draft."""
    tree["notices"][0]["content"] += "请携带原件。"


def submit(code: str, *, by: str | None = None) -> Version:
    """The draft submitted and confirmed by the partner departments: the lead department's reviewer is next."""
    return approve_by_all(submitted(code, by=by), "同意", before="lead")


def submitted(code: str, *, by: str | None = None) -> Version:
    """The draft submitted; nobody has decided anything."""
    return submit_theme(
        actor=account(by or EDITORS[code]), code=code, expected_revision=get(code).subject.draft_revision, note="提交"
    )


def new_version(code: str, *, approved: bool = True) -> Version:
    """A changed draft submitted, and approved by every party of its review."""
    save(code, add_sentence)
    version = submit(code)
    if approved:
        approve_by_all(version, "同意")
    return version


def change_form(item: str, *, by: str = "operator") -> str:
    """The draft of the item's form asks for something more; returns the item's key."""
    subject = Subject.objects.get(kind="item_form", code=item)
    more = {"code": "more", "label": "补充说明", "data_type": "string", "order": 900, "max_length": 50}
    tree = {**subject.draft, "fields": [*subject.draft["fields"], more]}
    save_item_form(actor=account(by), item_key=item, tree=tree, expected_revision=subject.draft_revision)
    return item


def submit_form(item: str, *, by: str = "operator") -> Version:
    revision = Subject.objects.get(kind="item_form", code=item).draft_revision
    return submit_item_form(actor=account(by), item_key=item, expected_revision=revision, note="提交")


def row_counts() -> dict[str, int]:
    """Rows of every table."""
    counts = (f"SELECT '{table}', count(*) FROM \"{table}\"" for table in _tables())
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(counts))
        return dict(cursor.fetchall())


def _tables() -> list[str]:
    return sorted(connection.introspection.table_names(include_views=True))


# Rows of these cannot change (opsplatform/release/tests/test_guards.py), and they are large: their number says it all.
_ONLY_ADDED = {"release_package", "release_version", "release_draftrevision", "release_decision", "audit_auditentry"}


def contents() -> dict[str, str]:
    """A digest of everything in every table: equal exactly when nothing was written."""
    whole = "md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), ''))"
    digests = (
        f"SELECT '{table}', {'count(*)::text' if table in _ONLY_ADDED else whole} FROM \"{table}\" t"
        for table in _tables()
    )
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(digests))
        return dict(cursor.fetchall())


class Ran:
    """What a command printed and how it ended."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err

    @property
    def report(self) -> Any:
        return json.loads(self.out)


def run(command: str, *arguments: str) -> Ran:
    """The command as a shell would see it."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command(command, *arguments, stdout=out, stderr=err)
    except SystemExit as ending:
        return Ran(int(ending.code or 0), out.getvalue(), err.getvalue())
    return Ran(0, out.getvalue(), err.getvalue())
