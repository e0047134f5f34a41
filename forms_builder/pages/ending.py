"""A code is retired, merged or split: the day, what takes over, and a decision for every place that names it."""

import re
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse

from forms_builder import selectors
from forms_builder.pages.base import EntryPage, day_typed
from forms_builder.pages.dictionary import offering
from forms_builder.services.ending_codes import Decision, Ending, Successor
from forms_builder.services.endings_as_work import end_or_ask
from forms_builder.services.uses_told import ToldUse, tell_uses
from opsplatform.console.pages import whole_number
from opsplatform.jobs.models import Job
from opsplatform.kernel import clock
from opsplatform.kernel.errors import Invalid, NotFound, Problem

_SEPARATORS = re.compile(r"[\s,，、;；]+")
MOST_LINES = 200  # places decided about one by one; beyond, what is said for the rest holds
_DECIDE, _ENDS = "decide:", "ends:"


@dataclass(frozen=True)
class _Act:
    title: str
    told: str
    done: str


_ACTS = {
    "retire": _Act("停用", "代码在停用日期（含当日）之后不再使用，没有代码接替它。", "已停用。"),
    "merge": _Act("合并到", "代码在停用日期（含当日）之后由另一个代码接替。", "已合并。"),
    "split": _Act("拆分为", "代码在停用日期（含当日）之后由几个代码接替；新代码从今天起启用。", "已拆分。"),
}


class EndCode(EntryPage):
    """`act` in the address says which of the three. Everything typed stays when it is refused."""

    action = "registers.edit"
    template_name = "forms_builder/ending.html"
    is_wide = True

    @property
    def act(self) -> _Act:
        """The act; raises NotFound for any other word."""
        if self.kwargs["act"] not in _ACTS:
            raise NotFound
        return _ACTS[self.kwargs["act"]]

    @property
    def title(self) -> str:  # type: ignore[override]
        return {"retire": "停用", "merge": "合并", "split": "拆分"}[self.kwargs["act"]]

    def context(self) -> dict[str, Any]:
        """What the act will do, and every place it has to decide about."""
        self.actor.require("registers.edit")
        typed, today = self.request.POST, clock.today()
        told = tell_uses(self.actor, self.dictionary.code, self.entry.code)
        return {
            "dictionary": self.dictionary,
            "entry": self.entry,
            "act": self.act,
            "kind": self.kwargs["act"],
            "lines": [_line(one, typed) for one in told.open[:MOST_LINES]],
            "unlisted": max(len(told.open) - MOST_LINES, 0),
            "told": told,
            **offering(self.actor, self.dictionary),
            "choices": [
                one
                for one in selectors.entries_with_names(self.dictionary)
                if one.code != self.entry.code and one.is_in_force(today)
            ],
            "last_day": typed.get("last_day", today.isoformat()),
            "successors": typed.get("successors", ""),
            "rest": typed.get("rest", ""),
            "note": typed.get("note", ""),
        }

    def post(self, request: HttpRequest, code: str, entry: str, act: str) -> HttpResponse:
        """The code has its last day, and what named it names something else, or will once work is done; refused in
        place otherwise."""
        typed = request.POST
        successors = _successors(typed.get("successors", "")) if act != "retire" else ()
        _require_number(act, len(successors))
        ended = end_or_ask(
            actor=self.actor,
            ending=Ending(
                dictionary=code,
                code=entry,
                last_day=day_typed(typed.get("last_day", ""), "/last_day", "停用日期"),
                successors=successors,
                decisions={**self._rest(typed), **_decisions(typed)},
            ),
            expected_revision=whole_number(typed.get("revision", "")),
            note=typed.get("note", ""),
        )
        if isinstance(ended, Job):
            return self.done("要改写的地方很多，已交后台办理，完成之前各处不变。", self.entry_url)
        return self.done(self.act.done, self.entry_url)

    def _rest(self, typed: Any) -> dict[str, Decision]:
        """What was typed for all places that were left empty and that do not decide themselves."""
        codes = _codes(typed.get("rest", ""))
        if not codes:
            return {}
        told = tell_uses(self.actor, self.dictionary.code, self.entry.code)
        is_split = self.kwargs["act"] == "split"
        return {one.use.id: Decision(codes) for one in told.open if not (is_split and one.use.takes_several)}


@dataclass(frozen=True)
class Line:
    """One place with what was typed about it."""

    told: ToldUse
    name: str
    typed: str
    ends_name: str
    ends: bool


def _line(told: ToldUse, typed: Any) -> Line:
    name, ends = f"{_DECIDE}{told.use.id}", f"{_ENDS}{told.use.id}"
    return Line(told, name, typed.get(name, ""), ends, ends in typed)


def _codes(text: str) -> tuple[str, ...]:
    return tuple(code for code in _SEPARATORS.split(text) if code)


def _successors(text: str) -> tuple[Successor, ...]:
    """One a line: a code that stands, or a new one with its name after it."""
    lines = [line.strip().split(maxsplit=1) for line in text.splitlines() if line.strip()]
    return tuple(Successor(parts[0], parts[1].strip() if len(parts) > 1 else "") for parts in lines)


def _require_number(act: str, count: int) -> None:
    wrong = {"merge": count != 1, "split": count < 2}.get(act, False)
    if wrong:
        sentence = "请填写合并到的一个代码。" if act == "merge" else "请填写至少两个代码，每行一个。"
        raise Invalid(problems=(Problem("/successors", "wrong_number", sentence),))


def _decisions(typed: Any) -> dict[str, Decision]:
    decisions = {}
    for name in typed:
        if name.startswith(_ENDS):
            decisions[name.removeprefix(_ENDS)] = Decision(ends=True)
    for name in typed:
        place = name.removeprefix(_DECIDE)
        codes = _codes(typed.get(name, "")) if name.startswith(_DECIDE) else ()
        if codes and place not in decisions:
            decisions[place] = Decision(codes)
    return decisions
