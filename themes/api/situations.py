"""What comes of a theme for citizens: its situations, its saved cases run, what another version means for them."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from opsplatform.api.errors import BadQuery
from opsplatform.api.operations import Operation, QueryParameter
from opsplatform.api.views import ApiView
from opsplatform.kernel import clock
from opsplatform.kernel.documents import write
from opsplatform.kernel.errors import NotFound, Problem
from opsplatform.release.selectors import get_version
from themes import selectors
from themes.api.situation_serializers import CaseResultsSerializer, MeaningSerializer, SituationsSerializer
from themes.packages.case_wording import result_in_words
from themes.packages.compilation import read_frozen
from themes.packages.masking import masked_theme
from themes.packages.names import names_of
from themes.services.comparing import tell_citizens_difference
from themes.services.hiding import sees_values
from themes.services.inspecting import require_whole_draft
from themes.services.keeping_cases import runs_of
from themes.services.situations import situations_of

SEE_DRAFT = ("themes.view_draft",)
READ = "themes:read"
MOST_DIGITS = 9
_NUMBER = {"type": "integer", "minimum": 1, "maximum": 10**MOST_DIGITS - 1}


class ThemeSituations(ApiView):
    operations = {
        "get": Operation(
            "read_theme_situations", "草稿的全部情形，各附最小的例子", SEE_DRAFT, READ, may_refuse_query=True
        )
    }

    @extend_schema(responses=SituationsSerializer)
    def get(self, request: Request, code: str) -> Response:
        """The situations, those with the most answer classes first."""
        frozen = require_whole_draft(selectors.get_draft(self.actor, code))
        return Response(SituationsSerializer(situations_of(frozen, clock.today())).data)


class ThemeCases(ApiView):
    operations = {
        "get": Operation("run_theme_cases", "草稿的用例，逐一运行后与预期比较", SEE_DRAFT, READ, may_refuse_query=True)
    }

    @extend_schema(responses=CaseResultsSerializer)
    def get(self, request: Request, code: str) -> Response:
        """Every case in the draft's order, with everything in which it does not hold."""
        theme = selectors.get_draft(self.actor, code)
        frozen = require_whole_draft(theme)
        shown = frozen if sees_values(self.actor, theme) else masked_theme(frozen)
        names, guidance = names_of(frozen), frozen.document.guidance
        results = runs_of(theme, frozen).run_all()
        rows = [
            {
                "case": write(case),
                "holds": result.holds,
                "problems": list(result.problems),
                "differences": [
                    {"key": key, "expected": expected, "computed": computed}
                    for key, (expected, computed) in result.differences.items()
                ],
                "sentences": result_in_words(result, names, guidance),
            }
            for case, result in zip(shown.document.cases, results, strict=True)
        ]
        failing = sum(not result.holds for result in results)
        return Response(CaseResultsSerializer({"results": rows, "failing": failing}).data)


class ThemeMeaning(ApiView):
    operations = {
        "get": Operation(
            "compare_theme_versions",
            "两个版本对市民意味着什么：谁多办、少办什么，各附一例",
            SEE_DRAFT,
            READ,
            may_refuse_query=True,
            query=(
                QueryParameter("before", "较早的版本号；缺省为最近的版本。", _NUMBER),
                QueryParameter("after", "较晚的版本号；缺省为草稿。", _NUMBER),
            ),
        )
    }

    @extend_schema(responses=MeaningSerializer)
    def get(self, request: Request, code: str) -> Response:
        """Every change that some applicant notices; none where the versions mean the same."""
        theme = selectors.get_draft(self.actor, code)
        before, after = (self._number(name) for name in ("before", "after"))
        latest = theme.subject.current_version
        version = get_version(theme.subject, before) if before is not None else latest
        if version is None:
            raise NotFound("主题还没有版本。")
        old = read_frozen(bytes(version.content))
        if after is None:
            new = require_whole_draft(theme)
        else:
            new = read_frozen(bytes(get_version(theme.subject, after).content))
        found = tell_citizens_difference(old, new)
        shown: dict[str, Any] = {
            "changes": found.changes,
            "unsettled": found.unsettled,
            "is_without_effect": found.is_without_effect,
        }
        return Response(MeaningSerializer(shown).data)

    def _number(self, name: str) -> int | None:
        text = self.request.query_params.get(name)
        if text is None:
            return None
        if not (text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS and int(text) > 0):
            raise BadQuery(problems=(Problem(name, "not_a_number", "应为版本号。"),))
        return int(text)
