"""The citizen's preview: answer the questions and see what a citizen would see, with the reasons beside it.

Everything that was answered and filled in travels in one form, so that the page works without scripts; with them, every
answer fetches the same page's inner part and puts the answers into the address. Filled-in fields never stand in an
address: they may be personal. Nothing is stored.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.dateparse import parse_date
from msgspec import convert

from forms_builder.merge.form import MergedForm
from forms_builder.merge.intersection import Finding
from opsplatform.console.pages import whole_number
from opsplatform.kernel import clock
from opsplatform.kernel.documents import write
from opsplatform.kernel.errors import DomainError, NotFound
from opsplatform.organizations.models import Division
from opsplatform.release.errors import GateClosed
from opsplatform.release.models import Version
from opsplatform.release.selectors import get_version
from themes import localisation_selectors, selectors
from themes.documents import SavedCase
from themes.packages.compilation import read_frozen
from themes.packages.evaluation import OpenPackage, open_package
from themes.packages.masking import classes_of_package, masked_finding, open_cases
from themes.packages.merge_wording import finding_sentence
from themes.packages.structure import ExampleCase
from themes.pages.base import ThemePage
from themes.pages.preview_alternatives import ShownAlternative, ShownAlternatives
from themes.pages.preview_form import FilledForm
from themes.pages.preview_given import DRAFT, FIELD, read_answers, read_data, read_rows, write_answers
from themes.pages.preview_outcome import ShownOutcome
from themes.services.hiding import SEE
from themes.services.inspecting import open_draft_package, open_version_package
from themes.services.localising import get_place
from themes.services.showing_localisation import open_localised_draft

LIVE, VERSION, DISTRICT = "live", "v", "district"
WHOLE_CITY = ""


class Preview(ThemePage):
    title = "市民预览"
    tab = "preview"
    template_name = "themes/preview.html"
    is_wide = True
    closed: GateClosed | None = None

    def context(self) -> dict[str, Any]:
        """The preview of what the address or the form says."""
        if self.closed is not None:
            return {"closed": self.closed, "is_live": selectors.list_live(self.theme).exists(), "live": LIVE}
        given = self.request.POST if self.request.method == "POST" else self.request.GET
        return _Preview(self, given).context()

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.page()

    def refused(self, refusal: DomainError) -> HttpResponse:
        """For a draft that cannot be compiled: what stands in its way, and where to mend it."""
        if not isinstance(refusal, GateClosed):
            return super().refused(refusal)
        self.closed = refusal
        page = self.page()
        if self.request.headers.get("HX-Request"):
            page["HX-Refresh"] = "true"
        return page

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page again; for htmx its inner part, with the answers as the address."""
        if not request.headers.get("HX-Request"):
            return self.page()
        context = self.context()
        response = render(request, "themes/preview_inner.html", {**context, "object": self.theme})
        # The same address twice would make "back" lead nowhere.
        is_same = request.headers.get("HX-Current-URL", "").endswith(context["address"])
        response["HX-Replace-Url" if is_same else "HX-Push-Url"] = context["address"]
        return response


class _Preview:
    """One rendering: which package, which day, which answers, what was filled in."""

    def __init__(self, page: Preview, given: QueryDict) -> None:
        self.page, self.given = page, given
        self.theme = page.theme
        self.today = clock.today()
        self.version = self._version()
        self.sources = self._sources()
        self.source = self._one_of([code for code, _ in self.sources], given.get("source"))
        self.divisions = self._divisions()
        drafted = convert(self._draft().get("cases", ()), tuple[SavedCase, ...]) if self.source == DRAFT else ()
        self.picked = next((one for one in drafted if one.code == self._picked_code()), None)
        asked = self.picked.division if self.picked and self.picked.division else given.get("division")
        self.division = self._one_of([code for code, _ in self.divisions], asked, self._own_division())
        self.on, self.on_problem = self._day()
        self.opened = self._open()
        package = self.opened.package
        # A case is answered with its values as they stand: who may not see these does not get it to pick.
        cases = list(drafted) or [_as_saved(one.case) for one in package.cases]
        self.cases = cases if page.may(SEE) else open_cases(package, cases)
        self.answers = self._answers()

    # --- which package, which day ----------------------------------------------------------------------------------

    def _version(self) -> Version | None:
        """The numbered version asked for ("v3"), for those who see the draft."""
        source = self.given.get("source", "")
        number = whole_number(source.removeprefix(VERSION)) if source.startswith(VERSION) else None
        return get_version(self.theme.subject, number) if number is not None and self.page.may_view_draft else None

    def _sources(self) -> list[tuple[str, str]]:
        sources = [(DRAFT, "草稿")] if self.page.may_view_draft else []
        if self.version is not None:
            sources.append((f"{VERSION}{self.version.number}", f"版本 {self.version.number}"))
        self.live = {release.division.code: release for release in selectors.list_live(self.theme)}
        if self.live:
            sources.append((LIVE, "在用版本"))
        localised = localisation_selectors.list_localisations(self.page.actor, self.theme)
        self.own = [row.subject.division for row in localised]
        if self.own:
            sources.append((DISTRICT, "区级草稿"))
        if not sources:
            raise NotFound
        return sources

    def _divisions(self) -> list[tuple[str, str]]:
        if self.source == LIVE:
            return [
                (code, f"{release.division}（版本 {release.version.number}）") for code, release in self.live.items()
            ]
        if self.source == DISTRICT:
            return [(one.code, one.name) for one in self.own]
        codes = tuple(self._draft().get("handling_divisions", ()))
        offered = selectors.list_offered_divisions(codes)
        return [(WHOLE_CITY, f"{self.theme.subject.division}（全部）"), *((one.code, one.name) for one in offered)]

    def _draft(self) -> Mapping[str, Any]:
        """The document that is previewed: the draft, or what it was when the version was submitted."""
        if self.version is None or self.source == DRAFT:
            return self.theme.subject.draft
        return write(read_frozen(bytes(self.version.content)).document)

    def _own_division(self) -> str:
        held = {membership.division.code for membership in self.page.actor.held_memberships}
        return next((code for code, _ in self.divisions if code in held), self.divisions[0][0])

    @staticmethod
    def _one_of(known: list[str], wanted: str | None, otherwise: str | None = None) -> str:
        if wanted is not None and wanted in known:
            return wanted
        return known[0] if otherwise is None else otherwise

    def _day(self) -> tuple[date, str]:
        typed = self.picked.on if self.picked and self.picked.on else self.given.get("on", "")
        if not typed:
            return self.today, ""
        try:
            day = parse_date(typed)
        except ValueError:
            day = None
        return (day, "") if day else (self.today, "日期无效，已按今天预览。")

    def _open(self) -> OpenPackage:
        if self.source == DISTRICT:
            return open_localised_draft(get_place(self.page.actor, self.theme.code, self.division))
        if self.source != LIVE:
            division = Division.objects.filter(code=self.division).first() if self.division else None
            if self.version is not None and self.source != DRAFT:
                return open_version_package(self.version, division or self.theme.subject.division)
            return open_draft_package(self.theme, division)
        live = selectors.get_live(self.theme, self.live[self.division].division)
        return open_package(bytes(live.package.content))

    # --- what was answered and filled in ---------------------------------------------------------------------------

    def _answers(self) -> dict[str, Any]:
        """The answers given, or those of the case that was picked just now."""
        picked = self._case(self._picked_code())
        if picked is not None:
            return dict(picked.answers)
        answers = read_answers(self.opened.package.guidance.questions, self.given)
        # Another district was chosen: its streets are offered anew, and the old one is no mistake of anybody's.
        for problem in self.opened.problems_in(answers):
            if problem.code == "outside_district":
                answers.pop(problem.question, None)
        return answers

    def _picked_code(self) -> str:
        """The case picked just now; empty where none is, or the one that is shown already."""
        picked = self.given.get("case", "")
        return picked if picked != self.given.get("case_shown") else ""

    def _case(self, code: str) -> SavedCase | None:
        return next((one for one in self.cases if one.code == code), None)

    def _is_of(self, case: SavedCase) -> bool:
        """Whether what is shown is what the case is about."""
        is_here = case.division in (None, self.division) and case.on in (None, self.on.isoformat())
        return is_here and case.answers == self.answers

    def context(self) -> dict[str, Any]:
        """Everything the template shows."""
        problems = self.opened.problems_in(self.answers)
        wrong = {problem.question for problem in problems}
        good = {code: answer for code, answer in self.answers.items() if code not in wrong}
        path = self.opened.run(good, self.on)
        outcome = ShownOutcome(self.opened, self.answers, path, problems)
        alternatives = ShownAlternatives(self.opened, good, path.guidance, self.on)
        form = self._form(path.form)
        case = next((one for one in self.cases if self._is_of(one)), None)
        comparisons = outcome.comparisons(case) if case else []
        return {
            "sources": self.sources,
            "source": self.source,
            "divisions": self.divisions,
            "division": self.division,
            "on": self.on,
            "is_today": self.on == self.today,
            "on_problem": self.on_problem,
            "cases": self.cases,
            "save_address": self._save_address(path.guidance.answers) if good == self.answers else "",
            "case": case,
            "comparisons": comparisons,
            "differences": [one for one in comparisons if not one.is_equal],
            "outcome": outcome,
            "alternatives": self._tried(alternatives.items()),
            "material_alternatives": self._tried(alternatives.materials()),
            "path": path,
            "meta": self.opened.package.meta,
            "points": self.opened.package.service_points,
            "form": form,
            "is_checked": form.is_checked,
            "records": form.records() if form.is_checked and not form.problems else [],
            "findings": self._findings(path.form.findings()),
            "kept": self._kept(outcome, form),
            "elsewhere": self._elsewhere(good),
            "address": self._address(),
            "start_again": f"?{urlencode(self._choice())}",
        }

    def _tried(self, alternatives: list[ShownAlternative]) -> list[tuple[ShownAlternative, str]]:
        """Each with the address at which it is tried; empty where no other answer is known to change anything."""
        return [(one, f"?{urlencode([*self._choice(), *one.answers])}" if one.answers else "") for one in alternatives]

    def _form(self, form: MergedForm) -> FilledForm:
        tables = [field for field in form.fields if field.constraint.kind == "table"]
        rows = {field.key: read_rows(field.key, field.constraint, self.given) or [{}] for field in tables}
        wanted = self.given.get("more")
        if wanted in rows:
            rows[wanted].append({})
        return FilledForm(
            self.opened,
            form,
            read_data(form, self.given),
            rows=rows,
            libraries=selectors.library_names(),
            is_checked=self.given.get("checked") == "1",
        )

    def _findings(self, found: list[Finding]) -> list[str]:
        names, classes = self.opened.names, classes_of_package(self.opened.package)
        hidden = [masked_finding(one, classes) for one in found]
        return [finding_sentence(one, names) for one in hidden]

    def _kept(self, outcome: ShownOutcome, form: FilledForm) -> list[tuple[str, str]]:
        """What has no input on the page now and must not be lost: it may have one again after the next answer."""
        shown = {f"{FIELD}{entry.key}" for group in form.groups for entry in group.fields if entry.kind == "asked"}
        fields = [
            (name, value)
            for name in self.given
            if name.startswith(FIELD) and not any(name == one or name.startswith(f"{one}:") for one in shown)
            for value in self.given.getlist(name)
            if value
        ]
        return [*write_answers(outcome.kept()), *fields]

    def _elsewhere(self, answers: dict[str, Any]) -> str:
        """The district that was answered, where it is not the one whose package is shown."""
        district = answers.get(self.opened.package.guidance.division_question or "")
        shown = self.opened.package.meta.division.code
        place = self.opened.package.divisions.get(district) if isinstance(district, str) else None
        return place.name if place and self.source == LIVE and not str(district).startswith(shown) else ""

    def _save_address(self, answers: dict[str, Any]) -> str:
        """Where this run of the draft is saved as a case; empty for who may not, and of what is no draft."""
        if self.source != DRAFT or not answers or not self.page.may("themes.edit"):
            return ""
        return f"{self.page.url('case_new')}?{urlencode([*self._choice(), *write_answers(answers)])}"

    def _choice(self) -> list[tuple[str, str]]:
        chosen = [("source", self.source), ("division", self.division)]
        return chosen if self.on == self.today else [*chosen, ("on", self.on.isoformat())]

    def _address(self) -> str:
        return f"{self.page.request.path}?{urlencode([*self._choice(), *write_answers(self.answers)])}"


def _as_saved(case: ExampleCase) -> SavedCase:
    return SavedCase(code=case.code, name=case.name, answers=case.answers, expected=case.expected)
