"""A theme in one district: the city's beside the district's own, and what this person can do with it now."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from opsplatform.console.pages import whole_number
from opsplatform.kernel.errors import Invalid
from opsplatform.release.models import ReviewParty, Subject
from opsplatform.release.review_selectors import find_return, parties_of, turn_of, what_is_next
from opsplatform.release.selectors import find_last_approved, find_live, find_rolled_back, list_authors
from opsplatform.release.services.rolling_back import find_own_former
from opsplatform.release.wording import OWN_WORK, voided_told
from themes import localisation_selectors
from themes.localisation.compilation import read_localisation
from themes.localisation.documents import LocalisationDocument
from themes.localisation.effective import with_days_in
from themes.localisation.keys import key_of
from themes.localisation.limits import BEYOND
from themes.localisation.wording import asked_told, name_of, told
from themes.models import LocalisationException
from themes.packages.draft import open_draft
from themes.packages.structure import FrozenTheme
from themes.pages.comments import comments_by_element, comments_on
from themes.pages.figures import beside, figures_in_words
from themes.pages.localisation_base import LocalisedPage
from themes.pages.localisation_rows import board_of
from themes.pages.parties import open_parties_of
from themes.pages.wording.differences import compare_themes
from themes.services.excepting import take_exception_back
from themes.services.joining import join_release_plan, leave_release_plan, list_planned
from themes.services.localising import (
    publish_localisation,
    reset_element,
    roll_back_localisation,
    why_not_now,
)
from themes.services.reviewing_localisation import (
    approve_localisation,
    comment_on_localisation,
    delegate_localisation_review,
    resolve_localisation_comment,
    return_localisation,
    submit_localisation,
)

MOST_CHANGES = 5
WHOLE_LOCALISATION = "本区的全部改动"
_ASKABLE = frozenset(BEYOND.values())


class LocalisationPage(LocalisedPage):
    template_name = "themes/localisation.html"

    @property
    def title(self) -> str:  # type: ignore[override]
        return str(self.place.division)

    def context(self) -> dict[str, Any]:
        """Both sides line by line, what the gate says, and the acts that are open."""
        place, shown = self.place, self.localised
        exceptions = localisation_selectors.list_exceptions(self.actor, place.theme).filter(division=place.division)
        asked = {row.key for row in exceptions if row.state == LocalisationException.State.REQUESTED}
        beyond = {_key(one.place): one for one in shown.findings if one.code in _ASKABLE}
        return {
            "board": board_of(shown),
            "conflicts": shown.conflicts,
            "blocking": [one for one in shown.findings if one.is_blocking],
            "asked": [one for key, one in beyond.items() if key in asked],
            "advisory": [one for one in shown.findings if not one.is_blocking],
            "askable": [(key, self._wanted(key)) for key in beyond if key not in asked],
            "exceptions": [(row, asked_told(row)) for row in exceptions],
            "may_take_back": self.may_here("localisations.request_exception"),
            "live": find_live(place.theme.subject, place.division),
            **(self._difference() if place.localisation is not None else {}),
            "planned": list_planned(place),
            "city_changes": localisation_selectors.list_city_changes(place.theme, place.division)[:MOST_CHANGES],
            "may_join": self.may_here("localisations.release"),
            "may_leave": self.may_here("localisations.release") or self.may("themes.release"),
            "typed": self.request.POST,
            "note": self.request.POST.get("note", ""),
            **self._acts(),
            **self._comments(),
        }

    def _wanted(self, key: str) -> str:
        """What goes beyond the city's limits, in few words; conditions have no name but what they say."""
        values = {operation.code: operation.value for operation in self.place.document.operations}
        is_condition = "/conditions/" in key
        return told(values[key]) if is_condition else name_of(key, self.localised.here)

    def _comments(self) -> dict[str, Any]:
        """What reviewers said: about the version that waits, else about the draft what is still to be dealt with."""
        if self.place.localisation is None:
            return {}
        subject, frozen = self.place.localisation.subject, self.localised.here
        pending = subject.current_version if subject.state == Subject.State.SUBMITTED else None
        document = read_localisation(bytes(pending.content)).document if pending else self.place.document
        elements = _names(document, frozen)
        names = {"": WHOLE_LOCALISATION, **elements}
        by_element = comments_by_element(
            subject, names, lambda version: _names(read_localisation(bytes(version.content)).document, frozen)
        )
        comments = comments_on(pending, names) if pending else [one for group in by_element.values() for one in group]
        return {
            "comments": comments,
            "commented": {_key(pointer) for pointer in by_element},
            "elements": [("本区改动的内容", list(elements.items()))] if elements else [],
            "whole": WHOLE_LOCALISATION,
            "may_resolve": not pending and self.may_here("localisations.edit"),
        }

    def _difference(self) -> dict[str, Any]:
        """What citizens of the district will meet otherwise than now, and the figures of both."""
        shown, code = self.localised, self.place.division.code
        now, here = figures_in_words(open_draft(shown.here, code).package), with_days_in(shown.here, code)
        if shown.on_show is None:
            return {"sections": [], "figures": beside([], now)}
        before = figures_in_words(open_draft(shown.on_show, code).package)
        return {"sections": compare_themes(with_days_in(shown.on_show, code), here), "figures": beside(before, now)}

    def _acts(self) -> dict[str, Any]:
        """What the person can do with the draft or the version that waits."""
        localisation = self.place.localisation
        if localisation is None:
            return {"standing": "本区还没有改动，全部与市级相同。"}
        subject = localisation.subject
        approved = find_last_approved(subject)
        live = find_live(self.place.theme.subject, self.place.division)
        is_live = approved is not None and live is not None and live.localisation_id == approved.pk
        pending = subject.current_version if subject.state == Subject.State.SUBMITTED else None
        parties = parties_of(self.actor, pending) if pending else []
        may_decide = any(party.state == ReviewParty.State.OPEN for party in parties)
        waits = approved is not None and (not is_live or self._waits_for_publication())
        obstacle = why_not_now(self.place.theme, self.place.division, approved) if approved and waits else ""
        may_release = self.may_here("localisations.release")
        taken_back = find_rolled_back(self.place.theme.subject, self.place.division)
        return {
            "standing": _standing(subject, obstacle, is_live=is_live),
            "taken_back": taken_back,
            "former": find_own_former(live) if live is not None and may_release else None,
            "may_submit": subject.state == Subject.State.DRAFT and self.may_here("localisations.submit"),
            "pending": pending,
            "authors": list_authors(pending) if pending else (),
            "may_decide": may_decide,
            "open_parties": open_parties_of(self.actor, pending) if pending else (),
            "version": pending,
            "why_not": OWN_WORK if pending and may_decide and self.actor.pk in pending.author_ids else "",
            "approved": approved,
            "may_publish": waits and not obstacle and may_release,
        }

    def _waits_for_publication(self) -> bool:
        return (
            localisation_selectors.list_open_changes(self.actor, "localisations.release")
            .filter(localisation=self.place.localisation)
            .exists()
        )

    def post(self, request: HttpRequest, code: str, division: str) -> HttpResponse:
        """The element is the city's again, or the localisation has gone one step on its way."""
        typed = request.POST
        note, digest = typed.get("note", ""), typed.get("digest", "")
        match typed.get("do"):
            case "reset":
                reset_element(**self.where, key=typed.get("key", ""), expected_revision=self.number_sent())
                return self.done("已恢复为市级的内容。", self.here("localisation"))
            case "submit":
                version = submit_localisation(**self.where, expected_revision=self.number_sent(), note=note)
                return self.done(f"已提交为本地化版本 {version.number}，等待本区审核。", self.here("localisation"))
            case "approve":
                version = approve_localisation(**self.where, digest=digest, note=note)
                return self.done(what_is_next(version, "本地化版本"), self.here("localisation"))
            case "return":
                version = return_localisation(**self.where, digest=digest, note=note)
                return self.done(f"本地化版本 {version.number} 已退回修改。", self.here("localisation"))
            case "comment":
                comment_on_localisation(**self.where, digest=digest, pointer=typed.get("pointer", ""), note=note)
                return self.done("意见已记下，本区编辑人员会在草稿里看到。", self.here("localisation"))
            case "delegate":
                party = whole_number(typed.get("party", "")) or 0
                handed = delegate_localisation_review(
                    **self.where, digest=digest, party_id=party, to=typed.get("to", ""), note=note
                )
                return self.done(f"已转交给{handed.assignee}。", self.here("localisation"))
            case "resolve":
                comment = whole_number(typed.get("comment", "")) or 0
                resolve_localisation_comment(**self.where, comment_id=comment, note=note)
                return self.done("已记下这条意见怎样处理。", self.here("localisation"))
            case "publish":
                seen = (digest, typed.get("live", "")) if digest else None
                release = publish_localisation(**self.where, note=note, seen=seen)
                return self.done(f"本区已按主题版本 {release.version.number} 上线本地化。", self.here("localisation"))
            case "roll_back":
                public_note = typed.get("public_note", "")
                restored = roll_back_localisation(**self.where, digest=digest, note=note, public_note=public_note)
                told = f"已回退，本区在用的恢复为市 v{restored.version.number}"
                own = f"、本地化 v{restored.localisation.number}。" if restored.localisation else "，没有本地化。"
                return self.done(told + own, self.here("localisation"))
            case "take_back":
                number = whole_number(typed.get("exception", "")) or 0
                return self._take_exception_back(number, note)
            case "join" | "leave" as move:
                return self._join_or_leave(move, whole_number(typed.get("plan", "")) or 0)
            case _:
                raise Invalid("没有这项操作。")

    def _take_exception_back(self, number: int, note: str) -> HttpResponse:
        localisation_selectors.get_exception(self.actor, self.place.theme, self.place.division, number)
        take_exception_back(actor=self.actor, exception_id=number, note=note)
        return self.done("已收回例外的申请。", self.here("localisation"))

    def _join_or_leave(self, move: str, plan: int) -> HttpResponse:
        if move == "leave":
            leave_release_plan(**self.where, plan_id=plan)
            return self.done("本区的本地化不再随这个计划上线。", self.here("localisation"))
        joined = join_release_plan(**self.where, plan_id=plan)
        told = f"本地化版本 {joined.localisation.number} 将随计划“{joined.plan}”上线，也随它一起回退。"
        return self.done(told, self.here("localisation"))


def _standing(subject: Subject, obstacle: str, *, is_live: bool) -> str:
    if subject.state == Subject.State.SUBMITTED:
        return f"已提交，等待{turn_of(subject)}。"
    if subject.state == Subject.State.APPROVED:
        return "已批准并在本区上线。" if is_live else obstacle or "已批准，等待本区发布人员发布。"
    returned = find_return(subject)
    if returned is not None:
        return f"本地化版本 {returned.version.number} 已被退回：{returned.note}"
    return f"草稿有尚未提交的改动。{voided_told(subject)}"


def pointer_to(key: str) -> str:
    """The place of an element in a localisation, as findings and comments name it."""
    return f"/operations/{key_of(key)}"


def _names(document: LocalisationDocument, frozen: FrozenTheme) -> dict[str, str]:
    """What each changed element is called, by pointer."""
    return {pointer_to(one.code): name_of(one.code, frozen) for one in document.operations}


def _key(place: str) -> str:
    return place.removeprefix("/operations/").replace("~1", "/").replace("~0", "~")
