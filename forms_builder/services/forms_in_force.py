"""Which state of an item's form others work with: the version in force, or a draft where none ever was in force."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import msgspec
from django.db.models import Exists, OuterRef, Prefetch, Subquery

from forms_builder.documents import ItemFormDocument
from forms_builder.models import ItemForm
from forms_builder.selectors import ways_of_merged
from forms_builder.services.freezing_forms import read_frozen_form
from opsplatform.release.models import Release, Subject, Version

Standing = Literal["in_force", "draft", "disabled"]


@dataclass(frozen=True)
class UsableForm:
    """A form as others take it, at the revision of its draft that says so. A disabled one shows what was in force last.

    `version` is its number where it was ever in force. `merged`: the public fields it named that were merged since.
    """

    document: ItemFormDocument
    revision: int
    standing: Standing
    version: int | None = None
    merged: frozenset[str] = frozenset()


def find_usable_forms(keys: Collection[str]) -> Mapping[str, UsableForm]:
    """The forms of these items, by the items' keys; an item nobody has begun a form for is left out.

    They name public fields as these stand today: of one that was merged, the one it was merged into.
    """
    releases = Release.objects.filter(subject=OuterRef("subject"))
    rows = ItemForm.objects.filter(item__key__in=keys).annotate(
        last=Subquery(releases.order_by("-id").values("version")[:1]), is_live=Exists(releases.filter(ended_at=None))
    )
    forms = list(rows.values_list("item__key", "subject_id", "last", "is_live"))
    versions = Version.objects.in_bulk([last for _, _, last, _ in forms if last is not None])
    drafts = Subject.objects.in_bulk([subject for _, subject, last, _ in forms if last is None])
    usable = {
        key: _draft(drafts[subject]) if last is None else _version(versions[last], is_live=is_live)
        for key, subject, last, is_live in forms
        if subject is not None
    }
    return _with_survivors(usable)


def _with_survivors(forms: Mapping[str, UsableForm]) -> Mapping[str, UsableForm]:
    """The forms, a public field that was merged since they were approved being what it was merged into."""
    named = {code for form in forms.values() for code in _shared(form)}
    ways = ways_of_merged(named)
    return {key: _with_merged(form, ways) for key, form in forms.items()} if ways else forms


def _with_merged(form: UsableForm, ways: Mapping[str, Sequence[str]]) -> UsableForm:
    fields = tuple(
        msgspec.structs.replace(field, public_field=ways[code][-1])
        if (code := field.public_field or "") in ways
        else field
        for field in form.document.fields
    )
    return replace(
        form,
        document=msgspec.structs.replace(form.document, fields=fields),
        merged=frozenset(code for one in _shared(form) for code in ways.get(one, ())[:-1]),
    )


def _shared(form: UsableForm) -> set[str]:
    return {field.public_field for field in form.document.fields if field.public_field}


def live_releases(*, content: bool = False) -> "Prefetch[Any]":
    """To be read with forms: `subject.live_releases`, the release in force in a list, with its bytes or without."""
    rows = Release.objects.live().select_related("division", "version", "released_by")
    return Prefetch("subject__releases", rows if content else rows.defer("version__content"), to_attr="live_releases")


def live_release(form: ItemForm) -> Release | None:
    """What is in force of a form that was read with `live_releases`."""
    releases: list[Release] = form.subject.live_releases  # type: ignore[attr-defined]
    return releases[0] if releases else None


def document_in_force(form: ItemForm) -> ItemFormDocument | None:
    """The document in force of a form that was read with the bytes of `live_releases`."""
    live = live_release(form)
    return read_frozen_form(bytes(live.version.content)).document if live else None


def _draft(subject: Subject) -> UsableForm:
    return UsableForm(msgspec.convert(subject.draft, ItemFormDocument), subject.draft_revision, "draft")


def _version(version: Version, *, is_live: bool) -> UsableForm:
    document = read_frozen_form(bytes(version.content)).document
    return UsableForm(document, version.draft_revision, "in_force" if is_live else "disabled", version.number)
