"""The steps every write to a register row takes: load under lock, fill, judge, store with revision and audit entry.

Services of the rooms string them together, so that each reads top to bottom and none forgets one.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol, TypeVar

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, models, transaction

from opsplatform.kernel import clock, recording
from opsplatform.kernel.codes import CODE_RULE, is_code
from opsplatform.kernel.comparison import Change, compare
from opsplatform.kernel.errors import Invalid, NotFound, Problem, StaleRevision
from opsplatform.kernel.models import Revisioned
from opsplatform.kernel.shape import unfit_texts
from opsplatform.kernel.texts import is_visible

Row = TypeVar("Row", bound=Revisioned)

_NOT_CONTENT = {"id", "created_at", "updated_at", "revision"}


class Actor(Protocol):
    """Who acts, as rooms below accounts see an account."""

    def may(self, action: str, *, within: Any = None, department: Any = None, on: Any = None) -> bool: ...

    def require(self, action: str, *, within: Any = None, department: Any = None, on: Any = None) -> None: ...

    def divisions_where(self, action: str) -> models.QuerySet[Any]: ...


def lock_or_new(rows: models.QuerySet[Row], pk: int | None, expected_revision: int | None) -> Row:
    """The row locked until the transaction ends, at the revision the actor saw; without `pk` a new one.

    Raises NotFound outside the given rows, StaleRevision with what changed since.
    """
    if pk is None:
        return rows.model()
    row = rows.select_for_update(of=("self",), no_key=True).filter(pk=pk).first()
    if row is None:
        raise NotFound
    if row.revision != expected_revision:
        changes = list(recording.trail().changes_since(row, expected_revision or 0))
        raise StaleRevision(
            f"“{row}”已保存到修订 {row.revision}，您看到的是修订 {expected_revision or '（未知）'}。",
            current_revision=row.revision,
            changes=changes,
        )
    return row


def fill(row: models.Model, values: Mapping[str, Any], fields: Sequence[str]) -> None:
    """The row carries the values, unsaved; raises Invalid for names that are not among the fields."""
    unknown = sorted(set(values) - set(fields))
    if unknown:
        raise Invalid(problems=tuple(Problem(f"/{name}", "unknown_field", "没有这一栏。") for name in unknown))
    for name, value in values.items():
        setattr(row, name, value)


def refuse(problems: Iterable[Problem], sentence: str = "") -> None:
    """Passes without problems; raises Invalid with all of them otherwise."""
    found = tuple(problems)
    if found:
        raise Invalid(sentence, problems=found)


def column_problems(row: models.Model, place: str = "", exclude: Iterable[str] = ()) -> list[Problem]:
    """What the model's own field, uniqueness and constraint rules, and those of texts and codes say against the row."""
    left_out, found = set(exclude), {}
    try:
        row.full_clean(exclude=left_out)
    except ValidationError as error:
        found = error.message_dict
    problems = [
        Problem(place if name == NON_FIELD_ERRORS else f"{place}/{name}", "invalid", message)
        for name, messages in found.items()
        for message in messages
    ]
    for field in row._meta.concrete_fields:
        if field.name not in left_out and field.name not in found:
            problems += _text_problems(row, field, f"{place}/{field.name}")
    return problems


def _text_problems(row: models.Model, field: Any, place: str) -> list[Problem]:
    """What nobody sees in the field; a text that must be there is one line on which something is seen.

    A code is given once: one from before this rule stays.
    """
    value = field.value_from_object(row)
    problems = list(unfit_texts(value, place))
    if problems or not isinstance(field, models.CharField) or field.blank:
        return problems
    if field.name == "code":
        return [] if row.pk is not None or is_code(value) else [Problem(place, "malformed_code", CODE_RULE)]
    if not is_visible(value):
        return [Problem(place, "blank", "没有可以看见的文字。")]
    return [Problem(place, "line_break", "只能是一行。")] if len(value.splitlines()) > 1 else []


def content_of(row: models.Model, exclude: Iterable[str] = ()) -> dict[str, Any]:
    """The row as a JSON tree: references by their code or audit key, moments and decimals as text."""
    skipped = {*_NOT_CONTENT, *exclude}
    return {
        field.name: _spelled(getattr(row, field.name))
        for field in row._meta.concrete_fields
        if field.name not in skipped
    }


def _spelled(value: Any) -> Any:
    if isinstance(value, models.Model):
        return str(getattr(value, "audit_key", None) or getattr(value, "code", None) or value.pk)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def store(
    row: Revisioned,
    changes: Sequence[Change],
    *,
    actor: Any,
    event: str,
    division: str,
    reason: str = "",
) -> bool:
    """The row stands at its next revision with an entry `<event>.registered` or `.changed`; nothing for no change.

    Raises Invalid when another row took the same code meanwhile.
    """
    is_new = row.pk is None
    if not changes and not is_new:
        return False
    if not is_new:
        row.revision += 1
        row.updated_at = clock.now()
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise Invalid("与已有的登记重复，或引用的登记已不存在。") from error
    recording.trail().record(
        actor,
        f"{event}.registered" if is_new else f"{event}.changed",
        row,
        before=None if is_new else {change.pointer: change.before for change in changes},
        after={change.pointer: change.after for change in changes},
        reason=reason,
        division=division,
        revision=row.revision,
    )
    return True


def differences(before: Any, after: Any) -> list[Change]:
    """What changed between two contents; `before` is None for a new row."""
    return compare(before or {}, after)


# --- Elements: rows that belong to a row and are written with it ------------------------------------------------------


def elements_of(rows: Iterable[models.Model], owner: str) -> list[dict[str, Any]]:
    """The elements as JSON trees; `owner` is their reference to the row they belong to, which is left out."""
    return [content_of(row, (owner,)) for row in rows]


def new_elements(
    kind: type[models.Model], elements: Sequence[Mapping[str, Any]], fields: Sequence[str]
) -> list[models.Model]:
    """The elements as unsaved rows in the order given (`order` is their position); Invalid for unknown names."""
    rows = []
    for order, values in enumerate(elements):
        row = kind()
        fill(row, values, fields)
        row.order = order  # type: ignore[attr-defined]
        rows.append(row)
    return rows


def element_problems(rows: Iterable[models.Model], owner: str) -> list[Problem]:
    """What the columns of the elements say against them, each at the place of the element among the owner's."""
    return [
        problem
        for number, row in enumerate(rows)
        for problem in column_problems(row, element_place(row, owner, number), exclude=(owner,))
    ]


def element_place(row: models.Model, owner: str, number: int) -> str:
    """Where the element stands in what was given: the owner's name for its elements, and the position."""
    relation: Any = row._meta.get_field(owner).remote_field
    return f"/{relation.get_accessor_name()}/{number}"


def write_elements(owner: models.Model, relation: str, rows: Sequence[models.Model], key: str | None) -> None:
    """The owner's elements are these rows. With a key, those of the same key keep their identity and none goes."""
    related = getattr(owner, relation)
    standing = list(related.all())
    known = {number if key is None else getattr(old, key): old for number, old in enumerate(standing)}
    for number, row in enumerate(rows):
        old = known.get(number if key is None else getattr(row, key))
        row.pk = old.pk if old else None
        setattr(row, related.field.name, owner)
        if old is None or content_of(old) != content_of(row):
            row.save()
    if key is None:
        for surplus in standing[len(rows) :]:
            surplus.delete()
