"""A code keeps its meaning and gets another name; what it was called before is kept with its period."""

from datetime import date, timedelta

from django.db import transaction

from forms_builder import selectors
from forms_builder.models import Dictionary, DictionaryEntry, FormerName
from forms_builder.services.dictionaries import change_entries, keep_former_names
from opsplatform.accounts.models import User
from opsplatform.audit import trail
from opsplatform.kernel import clock, registers
from opsplatform.kernel.errors import Problem
from opsplatform.kernel.notes import require_note
from opsplatform.organizations.selectors import city_code


@transaction.atomic
def rename_entry(
    *, actor: User, dictionary: str, code: str, name: str, since: date, expected_revision: int | None, note: str
) -> DictionaryEntry:
    """The entry is called `name` since that day, which is no later than today; before, what it was called then."""
    note = require_note(note)
    pk = selectors.get_dictionary(dictionary).pk
    actor.require("registers.edit")
    found = registers.lock_or_new(Dictionary.objects.all(), pk, expected_revision)
    entry = selectors.get_entry(found, code)
    registers.refuse(_problems(entry, name.strip(), since))
    former = entry.name
    renamed = selectors.get_entry(found, code)
    renamed.name = name.strip()
    keep_former_names([entry], [renamed], since)
    change_entries(actor=actor, dictionary=found, entries=[renamed], reason=note)
    trail.record(
        actor,
        "dictionary_entry.renamed",
        renamed,
        before={"name": former},
        after={"name": renamed.name, "since": since.isoformat()},
        reason=note,
        division=city_code(),
    )
    return renamed


def _problems(entry: DictionaryEntry, name: str, since: date) -> list[Problem]:
    problems = []
    if not name or len(name) > 200:
        problems.append(Problem("/name", "invalid", "请填写名称，不超过 200 字。"))
    elif name == entry.name:
        problems.append(Problem("/name", "unchanged", "名称没有变。"))
    if since > clock.today():
        problems.append(Problem("/since", "too_late", "新名称的启用日期不能晚于今天。"))
    last = FormerName.objects.filter(entry=entry).order_by("-until").first()
    earliest = entry.valid_from or date.min + timedelta(days=1)  # the former name holds until the day before
    if (last is not None and since <= last.until) or since < earliest:
        problems.append(Problem("/since", "too_early", "新名称的启用日期须晚于现在这个名称的启用日期。"))
    return problems
