"""The share of this room in the work that runs by itself."""

from collections.abc import Collection

from celery import shared_task
from django.urls import reverse

from forms_builder import selectors
from forms_builder.models import PublicField
from forms_builder.services import endings_as_work, moves_as_work, where_used
from forms_builder.services.merging_fields import merge_fields
from forms_builder.services.moving_entries import undo_move
from forms_builder.services.splitting_fields import split_field
from opsplatform.accounts.models import User
from opsplatform.jobs.registry import Named, Payload, Thing, register_thing, work


@work(moves_as_work.MERGE, "合并公共字段")
def merge(payload: Payload, element: str) -> None:
    """Every use of the one public field is a use of the other, in the name of who asked for it."""
    first, second = payload["seen"]
    merge_fields(
        actor=User.objects.get(pk=payload["actor"]),
        source=payload["source"],
        target=payload["target"],
        note=payload["note"],
        seen=(first, second),
    )


@work(moves_as_work.SPLIT, "拆分公共字段")
def split(payload: Payload, element: str) -> None:
    """The chosen uses of the public field are uses of a new one, in the name of who asked for it."""
    what = {name: payload[name] for name in ("source", "code", "label", "uses", "note", "seen")}
    split_field(actor=User.objects.get(pk=payload["actor"]), **what)


@work(moves_as_work.UNDO, "撤销公共字段的合并或拆分")
def undo(payload: Payload, element: str) -> None:
    """The uses that were moved are uses of the former field again."""
    undo_move(actor=User.objects.get(pk=payload["actor"]), pk=payload["move"], note=payload["note"])


@work(endings_as_work.END, "停用、合并或拆分代码")
def end(payload: Payload, element: str) -> None:
    """The code has its last day, and what named it names what takes over, in the name of who asked for it."""
    endings_as_work.end_as_asked(payload)


def _named_fields(actor: User, keys: Collection[str]) -> dict[str, Named]:
    """Everybody sees public fields."""
    rows = PublicField.objects.filter(code__in=keys)
    return {row.code: Named(str(row), reverse("public_fields:field", args=[row.code])) for row in rows}


register_thing(moves_as_work.FIELD, Thing("公共字段", _named_fields))


def _named_entries(actor: User, keys: Collection[str]) -> dict[str, Named]:
    """Everybody sees dictionaries."""
    return {
        key: Named(f"{entry.dictionary} {entry}", reverse("dictionaries:entry", args=key.split("/")))
        for key, entry in selectors.find_entries(keys).items()
    }


register_thing(endings_as_work.ENTRY, Thing("字典项", _named_entries))


@shared_task(name="forms_builder.follow_documents", ignore_result=True)
def follow_documents() -> None:
    """The index of codes knows what the documents say now, so that no person waits for it to read what others wrote."""
    where_used.bring_up_to_date()
