"""What districts may change of a theme: by kind of element, for single ones, in single districts; and on conflict."""

from dataclasses import dataclass
from typing import Any, cast, get_args

import msgspec
from django.http import HttpRequest, HttpResponse

from opsplatform.console.pages import Crumb
from opsplatform.kernel.errors import Invalid
from opsplatform.release.review_selectors import what_saving_voids
from themes import selectors
from themes.documents import DistrictPolicy, ElementRule, LocalisationPolicy, OnConflict, ThemeDocument
from themes.localisation.elements import kind_of
from themes.localisation.keys import ANY
from themes.localisation.policy import MODES, modes_for
from themes.localisation.policy_wording import ON_CONFLICT, kind_name, open_kinds, rule_name, single_elements
from themes.pages.base import ThemePage
from themes.services.opening_elements import save_policy

ALL, SEPARATOR = "", "|"
_KINDS = {kind.pattern for kind in open_kinds()}


@dataclass(frozen=True)
class ShownRule:
    """A rule that is not about a whole kind in all districts."""

    value: str
    where: str
    about: str
    mode: str


class LocalisationPolicyPage(ThemePage):
    """Everybody who sees the draft reads it; whoever may edit the draft changes it."""

    action = "themes.view_draft"
    title = "各区可以改什么"
    template_name = "themes/localisation_policy.html"

    @property
    def tab(self) -> str:  # type: ignore[override]
        return "localisations" if self.actor.may_somewhere("localisations.view") else "overview"

    def breadcrumbs(self) -> list[Crumb]:
        """List, theme, the districts for who sees them, page."""
        districts = [Crumb("各区本地化", self.url("localisations"))] if self.tab == "localisations" else []
        return [Crumb("主题", self.nav_url), Crumb(self.name, self.url("overview")), *districts, Crumb(self.title)]

    def context(self) -> dict[str, Any]:
        """What the draft says, and what it could say."""
        if not self.may_view_draft:
            self.require("themes.view_draft")
        frozen, policy = self.shown.frozen, self._policy()
        modes = {rule.code: rule.mode for rule in policy.rules}
        own = {district.code: district for district in policy.districts}
        districts = selectors.list_offered_divisions(frozen.document.handling_divisions)
        return {
            "revision": self.theme.subject.draft_revision,
            "back": self.url(self.tab),
            "may_edit": self.may("themes.edit"),
            "voids": what_saving_voids(self.theme.subject),
            "on_conflict": policy.on_conflict,
            "choices": ON_CONFLICT,
            "modes": MODES,
            "kinds": [
                {
                    "pattern": kind.pattern,
                    "name": kind_name(kind),
                    "usual": MODES[kind.mode],
                    "why": kind.why,
                    "mode": modes.get(kind.pattern, ""),
                    "modes": modes_for(kind),
                }
                for kind in open_kinds()
            ],
            "rules": self._single_rules(policy),
            "groups": list(single_elements(frozen)),
            "districts": [
                {"division": one, "on_conflict": own[one.code].on_conflict if one.code in own else None}
                for one in districts
            ],
        }

    def _policy(self) -> LocalisationPolicy:
        return msgspec.convert(self.theme.subject.draft, ThemeDocument).localisation

    def _single_rules(self, policy: LocalisationPolicy) -> list[ShownRule]:
        frozen = self.shown.frozen
        rules = [(ALL, "全市各区", rule) for rule in policy.rules if rule.code not in _KINDS]
        for district in policy.districts:
            place = frozen.divisions.get(district.code)
            name = place.name if place else district.code
            rules += [(district.code, name, rule) for rule in district.rules]
        return [
            ShownRule(
                SEPARATOR.join((where, rule.mode, rule.code)), name, rule_name(rule.code, frozen), MODES[rule.mode]
            )
            for where, name, rule in rules
        ]

    def post(self, request: HttpRequest, code: str) -> HttpResponse:
        """The draft says what the form says, with the rule that was added or without the one that was taken out."""
        self.require("themes.edit")
        revision = self.number_sent()
        do, _, target = request.POST.get("do", "save").partition(":")
        rules = [_rule(text) for text in request.POST.getlist("rule") if not (do == "remove" and text == target)]
        if do == "add":
            added = _rule(SEPARATOR.join(request.POST.get(name, "") for name in ("where", "mode", "about")))
            rules = [one for one in rules if (one[0], one[1].code) != (added[0], added[1].code)]
            rules.append(added)
        save_policy(actor=self.actor, code=code, policy=self._typed(rules), expected_revision=revision)
        return self.done("已存入草稿；随这一版提交、审核、发布后生效。", self.url("localisation_policy"))

    def _typed(self, single: list[tuple[str, ElementRule]]) -> LocalisationPolicy:
        given = self.request.POST
        kinds = [
            _element_rule(kind.pattern, chosen)
            for kind in open_kinds()
            if (chosen := given.get(f"kind-{kind.pattern}", ""))
        ]
        codes = dict.fromkeys([*given.getlist("district"), *(where for where, _ in single if where != ALL)])
        districts = [
            DistrictPolicy(
                code=code,
                rules=tuple(rule for where, rule in single if where == code),
                on_conflict=_way(chosen) if (chosen := given.get(f"conflict-{code}", "")) else None,
            )
            for code in sorted(codes)
        ]
        return LocalisationPolicy(
            rules=(*kinds, *(rule for where, rule in single if where == ALL)),
            on_conflict=_way(given.get("on_conflict", "")),
            districts=tuple(one for one in districts if one.rules or one.on_conflict),
        )


def _rule(text: str) -> tuple[str, ElementRule]:
    where, _, rest = text.partition(SEPARATOR)
    mode, _, about = rest.partition(SEPARATOR)
    if not about or (where == ALL and about.count(ANY) and about in _KINDS):
        raise Invalid("请选择要单独规定的内容。")
    return where, _element_rule(about, mode)


def _element_rule(about: str, mode: str) -> ElementRule:
    if mode not in MODES:
        raise Invalid("请选择区里可以怎样改。")
    kind = kind_of(about)
    if kind is not None and mode not in modes_for(kind):
        raise Invalid(f"{kind.label}不能规定为“{MODES[mode]}”：{kind.why}。请选择别的规定。")
    return ElementRule(code=about, mode=mode)


def _way(text: str) -> OnConflict:
    if text not in get_args(OnConflict):
        raise Invalid("请选择市级与区里改了同一处时怎么办。")
    return cast(OnConflict, text)
