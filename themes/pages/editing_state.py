"""What stands in the editing form: read from a document or from what was typed, moved about, and taken to a new base.

Everything typed travels in the form, so that every button works without scripts and nothing is lost by a refusal.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.http import QueryDict

from opsplatform.console.pages import whole_number
from themes.documents import Notice, ThemeDocument
from themes.services.composing import Wanted, WantedItem

CITY = "city"
CHOSEN = "chosen"
_SEPARATORS = str.maketrans(dict.fromkeys("、，,；;", "\n"))


@dataclass(frozen=True)
class EditState:
    """The editable parts of a theme as they stand in the form; `revision` is the draft's when the form was opened."""

    revision: int
    name: str
    summary: str
    keywords: str
    items: tuple[WantedItem, ...]
    notices: tuple[Notice, ...]
    divisions: tuple[str, ...]
    search: str = field(default="", compare=False)

    @classmethod
    def of(cls, document: ThemeDocument, revision: int) -> "EditState":
        """The form as it opens on this document."""
        return cls(
            revision=revision,
            name=document.name,
            summary=document.summary,
            keywords="、".join(document.keywords),
            items=tuple(WantedItem(item.item, item.code, item.mandatory) for item in document.items),
            notices=tuple(sorted(document.notices, key=lambda notice: notice.order)),
            divisions=document.handling_divisions,
        )

    @classmethod
    def typed(cls, post: QueryDict, city: str) -> "EditState":
        """The form as it was sent; what is missing is empty, what does not belong is left out."""
        mandatory, shown_always = set(post.getlist("mandatory")), set(post.getlist("notice_default"))
        notices = zip(
            post.getlist("notice_code"), post.getlist("notice_title"), post.getlist("notice_content"), strict=False
        )
        return cls(
            revision=whole_number(post.get("revision", "")) or 0,
            name=post.get("name", "").strip(),
            summary=plain(post.get("summary", "")),
            keywords=post.get("keywords", "").strip(),
            items=tuple(
                WantedItem(key, code, key in mandatory)
                for key, code in zip(post.getlist("item_key"), post.getlist("item_code"), strict=False)
            ),
            notices=tuple(
                Notice(
                    code=code, title=title.strip(), content=plain(content), order=number, default=code in shown_always
                )
                for number, (code, title, content) in enumerate(notices, start=1)
            ),
            divisions=(city,) if post.get("offer") == CITY else tuple(dict.fromkeys(post.getlist("division"))),
            search=post.get("search", "").strip(),
        )

    def wanted(self) -> Wanted:
        """What the service is asked for."""
        return Wanted(
            name=self.name,
            summary=self.summary,
            keywords=self.keyword_list,
            items=self.items,
            notices=self.notices,
            handling_divisions=self.divisions,
        )

    @property
    def keyword_list(self) -> tuple[str, ...]:
        """The keywords typed, whatever was put between them; each once."""
        words = (word.strip() for word in self.keywords.translate(_SEPARATORS).splitlines())
        return tuple(dict.fromkeys(word for word in words if word))

    # --- the buttons of the form -------------------------------------------------------------------------------------

    def after(self, do: str, target: str, document: ThemeDocument) -> "EditState":
        """The form after a button such as item_up was pressed for the element `target`."""
        match do:
            case "item_up" | "item_down":
                step = -1 if do == "item_up" else 1
                return replace(self, items=_moved(self.items, [item.key for item in self.items], target, step))
            case "item_remove":
                return replace(self, items=tuple(item for item in self.items if item.key != target))
            case "item_add":
                codes = {item.item: item for item in document.items}
                known = codes.get(target)
                added = WantedItem(target, known.code, known.mandatory) if known else WantedItem(target)
                return replace(self, items=self.items if target in self.keys else (*self.items, added))
            case "notice_up" | "notice_down":
                step = -1 if do == "notice_up" else 1
                codes_now = [notice.code for notice in self.notices]
                return replace(self, notices=_moved(self.notices, codes_now, target, step))
            case "notice_remove":
                return replace(self, notices=tuple(notice for notice in self.notices if notice.code != target))
            case "notice_add":
                taken = {notice.code for notice in (*document.notices, *self.notices)}
                return replace(self, notices=(*self.notices, _new_notice(taken, len(self.notices) + 1)))
            case _:
                return self

    @property
    def keys(self) -> set[str]:
        """Register keys of the items in the form."""
        return {item.key for item in self.items}

    def differs_from(self, other: "EditState") -> bool:
        """Whether a part reads differently."""
        return any(not _same(getattr(self, name), getattr(other, name)) for name in PARTS)

    def rebased(self, seen: "EditState", latest: "EditState") -> tuple["EditState", list[str]]:
        """The latest state with what this person changed since `seen`, and the parts that others changed as well."""
        changes: dict[str, Any] = {}
        contested = []
        for name, title in PARTS.items():
            mine, before, theirs = getattr(self, name), getattr(seen, name), getattr(latest, name)
            if _same(mine, before):
                continue
            changes[name] = mine
            if not _same(theirs, before) and not _same(theirs, mine):
                contested.append(title)
        return replace(latest, **changes), contested


PARTS: Mapping[str, str] = {
    "name": "主题名称",
    "summary": "简介",
    "keywords": "关键词",
    "items": "事项",
    "notices": "申报须知",
    "divisions": "办理区划",
}


def _same(one: Any, other: Any) -> bool:
    """Equal but for the numbers that only say in which order notices stand, which the sequence says already."""
    return bool(_unnumbered(one) == _unnumbered(other))


def _unnumbered(value: Any) -> Any:
    if isinstance(value, tuple) and value and isinstance(value[0], Notice):
        return [(notice.code, notice.title, notice.content, notice.default) for notice in value]
    return value


def _moved(elements: Sequence[Any], keys: Sequence[str], target: str, step: int) -> tuple[Any, ...]:
    """The elements with the target one place up or down; at the edge it stays."""
    moved = list(elements)
    if target in keys:
        place = keys.index(target)
        other = place + step
        if 0 <= other < len(moved):
            moved[place], moved[other] = moved[other], moved[place]
    return tuple(moved)


def _new_notice(taken: set[str], order: int) -> Notice:
    number = 1
    while f"N_{number}" in taken:
        number += 1
    return Notice(code=f"N_{number}", title="", content="", order=order)


def plain(text: str) -> str:
    """The text with the line ends that documents use, without blanks around it."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()
