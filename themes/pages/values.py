"""Values of sensitive fields in a draft, whole: for who may see them, on request, for a reason that the trail keeps."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse

from opsplatform.console.differences import text_of
from themes.guidance.wording import Names, answer_text
from themes.packages.masking import HeldValue
from themes.packages.merge_wording import finding_sentence
from themes.packages.names import names_of
from themes.packages.structure import FrozenTheme
from themes.pages.base import ThemePage
from themes.services.hiding import SEE, Revealed, reveal_values


@dataclass(frozen=True)
class Row:
    """A value: where it stands, of which field, and what it is."""

    place: str
    field: str
    value: str


class SensitiveValues(ThemePage):
    """Opened without any value; a POST with a reason answers with all of them, once."""

    action = SEE
    tab = "parts"
    title = "敏感字段的值"
    template_name = "themes/values.html"

    def context(self) -> dict[str, Any]:
        """The reason as it was typed; no value."""
        self.require(SEE)
        return {"note": self.request.POST.get("note", "")}

    def post(self, request: HttpRequest, code: str) -> HttpResponse:
        """The values, whole; the answer is kept nowhere on the way."""
        revealed = reveal_values(actor=self.actor, code=code, note=request.POST.get("note", ""))
        page = self.page(revealed=revealed, rows=list(_rows(revealed)))
        page["Cache-Control"] = "no-store"
        return page


def _rows(revealed: Revealed) -> Iterator[Row]:
    frozen = revealed.frozen
    names = names_of(frozen)
    for held in revealed.values:
        place, text = _in_words(held, frozen, names)
        yield Row(place, names.fields.get(held.key, held.key), text)
    for finding in revealed.findings:
        yield Row("一表合并的例子", names.fields.get(finding.key, finding.key), finding_sentence(finding, names))


def _in_words(held: HeldValue, frozen: FrozenTheme, names: Names) -> tuple[str, str]:
    """Where the value stands, and what it is."""
    document, texts = frozen.document, names.field_values.get(held.key, {})
    told = texts.get(str(held.value)) or text_of(held.value)
    match held.place:
        case ("cases", int(number), "answers", str(code)):
            question = next((one for one in document.guidance.questions if one.code == code), None)
            asked = question.text if question else code
            return f"用例“{document.cases[number].name}”对“{asked}”的回答", answer_text(question, held.value, names)
        case ("guidance", "rules", int(number), *_):
            return f"规则“{document.guidance.rules[number].name}”填写的值", told
        case (*_, option):
            return f"选项“{option}”对应的值", told
    raise ValueError(held.place)
