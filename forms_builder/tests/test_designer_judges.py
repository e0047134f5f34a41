"""The designer's preview judges in the browser as the server does: conditions, values, what is seen, the sentences.

Random cases, the server's own judgement beside the browser's; no site and no database is needed for it.
"""

import random
from collections.abc import Callable, Iterator
from typing import Any, get_args

import msgspec
import pytest
from playwright.sync_api import Page, Route

from forms_builder.documents import Column, FieldOption, FormField, FormSection, ItemFormDocument
from forms_builder.merge.constraints import check_value, constraint_of
from forms_builder.merge.sections import effective_fields
from forms_builder.merge.tests.generation import JUNK, PATTERNS, citizen_id, phone, uscc
from forms_builder.merge.visibility import Step, item_visibility
from forms_builder.pages.item_form_wording import FormNames
from forms_builder.tests.designing import MODULES
from opsplatform.console.tests.browsing import chromium
from opsplatform.console.tests.designing import source_of
from opsplatform.kernel.conditions import Condition, Op, compile_condition, is_answered
from opsplatform.kernel.documents import write

pytestmark = [pytest.mark.browser, pytest.mark.drill]

PLACE = "http://designer.test"
KINDS = (
    "string", "text", "address", "uscc", "id_card", "phone", "postcode", "integer", "decimal", "boolean", "date",
    "dict", "multi_dict", "division", "file", "table",
)  # fmt: skip
OPTIONS = (FieldOption(code="red", name="红"), FieldOption(code="green", name="绿"), FieldOption(code="7", name="七"))
COLUMNS = (Column(code="a", label="列", data_type="string", max_length=5, required=True),)
OPS = get_args(Op)
CODES = ("a", "b", "c", "d", "e")
PLAIN = ["red", "7", "张三", "2024-02-29", 7, 7.5, 300.0, 0, True, False, "", None]  # what people compare with
VALUES = [*JUNK, "a", "b", "2024-02-29", "2030-01-01", 7, 7.5, ["green"], ["green", "red"]]


@pytest.fixture(scope="module")
def ask() -> Iterator[Callable[..., Any]]:
    """A function that runs an expression on the modules of the page, which may be broken for saboteurs."""
    with chromium() as browser:

        def opened(broken: tuple[str, str, str] | None) -> Page:
            def serve(route: Route) -> None:
                name = route.request.url.rpartition("/")[2]
                if not name.endswith(".js"):
                    return route.fulfill(body="<!doctype html>", content_type="text/html; charset=utf-8")
                source = source_of(name, MODULES)
                if broken is not None and broken[0] == name:
                    assert broken[1] in source
                    source = source.replace(broken[1], broken[2])
                return route.fulfill(body=source, content_type="text/javascript; charset=utf-8")

            page = browser.new_page()
            page.route(f"{PLACE}/**", serve)
            page.goto(f"{PLACE}/")
            return page

        def run(module: str, expression: str, cases: Any, *, broken: tuple[str, str, str] | None = None) -> Any:
            call = (
                f"async cases => {{ const m = await import('{PLACE}/{module}'); return cases.map(c => {expression}); }}"
            )
            return opened(broken).evaluate(call, cases)

        yield run


def a_condition(chance: random.Random, names: tuple[str, ...], depth: int = 3, values: list[Any] = VALUES) -> Condition:
    shape = chance.choice(["q", "q", "all", "any", "not"]) if depth else "q"
    if shape == "not":
        return Condition(not_=a_condition(chance, names, depth - 1, values))
    if shape != "q":
        parts = tuple(a_condition(chance, names, depth - 1, values) for _ in range(chance.randrange(0, 4)))
        return Condition(all=parts) if shape == "all" else Condition(any=parts)
    op = chance.choice(OPS)
    plain = [one for one in values if not isinstance(one, list | dict)]
    value: Any = chance.choice(plain)
    if op in ("in", "not_in", "contains_any"):
        value = [chance.choice(plain) for _ in range(chance.randrange(0, 3))]
    return Condition(q=chance.choice(names), op=op, value=value)  # type: ignore[arg-type]


def some_conditions(count: int) -> tuple[list[dict[str, Any]], list[bool]]:
    chance = random.Random(20260101)
    cases, judged = [], []
    for _ in range(count):
        condition = a_condition(chance, CODES)
        values = {name: chance.choice(VALUES) for name in CODES if chance.random() < 0.8}
        cases.append({"condition": write(condition), "values": values})
        judged.append(bool(compile_condition(condition)(values)))
    return cases, judged


def test_a_condition_holds_in_the_browser_where_it_holds_on_the_server(
    ask: Callable[..., Any], long_form: bool
) -> None:
    cases, judged = some_conditions(20_000 if long_form else 1_500)
    assert True in judged and False in judged
    holds = "m.holds(c.condition, c.values)"
    assert ask("conditions.js", holds, cases) == judged
    unanswered = ("conditions.js", "return isAnswered(given) && TESTS", "return TESTS")  # saboteur: ne on no answer
    assert ask("conditions.js", holds, cases, broken=unanswered) != judged


def a_field(chance: random.Random, kind: str, code: str = "f") -> FormField:
    def maybe(make: Callable[[], Any]) -> Any:
        return make() if chance.random() < 0.5 else None

    coded = kind in ("dict", "multi_dict")
    return FormField(
        code=code, label="字段", data_type=kind, order=10, required=chance.random() < 0.5,  # type: ignore[arg-type]
        min_length=maybe(lambda: chance.randrange(4)) if kind in ("string", "text", "address") else None,
        max_length=maybe(lambda: chance.choice([1, 3, 6, 9, 18, 40])),
        scale=maybe(lambda: chance.randrange(3)) if kind == "decimal" else None,
        minimum=maybe(lambda: chance.choice([-1, 0, 5.5])) if kind in ("integer", "decimal") else None,
        maximum=maybe(lambda: chance.choice([1, 19.99, 1000])) if kind in ("integer", "decimal") else None,
        pattern=maybe(lambda: chance.choice(PATTERNS)) if kind in ("string", "text", "address", "phone") else None,
        format=maybe(lambda: chance.choice(["uscc", "id_card", "cert_no"])) if kind == "string" else None,
        min_items=maybe(lambda: chance.randrange(3)) if kind in ("table", "multi_dict") else None,
        max_items=maybe(lambda: chance.randrange(1, 4)) if kind in ("table", "multi_dict") else None,
        options=OPTIONS if coded and chance.random() < 0.8 else (),
        columns=COLUMNS if kind == "table" else (),
    )  # fmt: skip


def a_value(chance: random.Random, kind: str) -> Any:
    """Something that a control of the page could give for a field of the kind."""
    if kind in ("integer", "decimal"):
        return chance.choice([one for one in VALUES if isinstance(one, int | float) and not isinstance(one, bool)])
    if kind == "boolean":
        return chance.random() < 0.5
    if kind == "table":
        cells = ["", "王五", "很长很长很长"]
        return [{"a": cell} if (cell := chance.choice(cells)) else {} for _ in range(chance.randrange(1, 4))]
    if kind == "multi_dict":
        return chance.choice([["red"], ["green", "red"], ["red", "red"], ["blue"], ["red", "green", "7"]])
    likely = {"uscc": uscc, "id_card": citizen_id, "phone": phone}
    if kind in likely and chance.random() < 0.4:
        made = likely[kind](chance)
        return made if chance.random() < 0.6 else made[:-1] + chance.choice("0123456789X")
    texts = [one for one in VALUES if isinstance(one, str) and one]
    return chance.choice([*texts, "red", "green", "310101", "张三", "Ab-9", uscc(chance), citizen_id(chance)])


def some_values(count: int) -> tuple[list[dict[str, Any]], list[bool]]:
    chance = random.Random(20260102)
    cases, judged = [], []
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        field, value = a_field(chance, kind), a_value(chance, kind)
        cases.append({"field": write(field), "value": value})
        judged.append(not check_value(constraint_of(field, {}), value))
    return cases, judged


ACCEPTS = (
    "(fits => fits(c.field, c.value) && (c.field.data_type !== 'table' || "
    "c.value.every(row => c.field.columns.every(column => fits(column, row[column.code])))))"
    "((field, value) => m.problems(field, value, () => null).length === 0)"
)


def test_a_value_is_accepted_in_the_browser_where_the_server_accepts_it(
    ask: Callable[..., Any], long_form: bool
) -> None:
    cases, judged = some_values(20_000 if long_form else 3_200)
    by_kind = {
        kind: {ok for case, ok in zip(cases, judged, strict=True) if case["field"]["data_type"] == kind}
        for kind in KINDS
    }
    assert {kind for kind, verdicts in by_kind.items() if verdicts != {True, False}} <= {"boolean"}
    heard = ask("judging.js", ACCEPTS, cases)
    differing = [(case, ok) for case, ok, told in zip(cases, judged, heard, strict=True) if ok != told]
    assert differing[:5] == []
    weightless = ("judging.js", "weight = (weight * 3) % 31", "weight = 1")  # saboteur: a check digit without weights
    assert ask("judging.js", ACCEPTS, cases, broken=weightless) != judged


def some_forms(
    count: int, *, values: list[Any] = VALUES
) -> tuple[list[dict[str, Any]], list[list[str]], list[list[str]]]:
    """Forms with sections and conditions that do not go in circles, answers, and which fields exist on them."""
    chance = random.Random(20260103)
    cases, seen, told = [], [], []
    for _ in range(count):
        sections = tuple(FormSection(code=f"s{number}", name="组") for number in range(2))
        fields = []
        for place, code in enumerate(CODES):
            before = CODES[:place]
            condition = a_condition(chance, before, 2, values) if before and chance.random() < 0.6 else None
            kind = chance.choice(["string", "dict", "date", "integer"])
            options = OPTIONS if kind == "dict" else ()
            field = FormField(
                code=code, label=f"字段{code}", data_type=kind, order=place, options=options, visible_when=condition
            )  # type: ignore[arg-type]
            group = "s0" if place < 2 else "s1" if place > 2 else None
            fields.append(msgspec.structs.replace(field, group=group))
        last = msgspec.structs.replace(sections[1], visible_when=a_condition(chance, ("a", "b", "c"), 1, values))
        document = ItemFormDocument(item="i", sections=(sections[0], last), fields=tuple(fields))
        answers = {code: chance.choice(VALUES) for code in CODES if chance.random() < 0.8}
        flat = effective_fields(document)
        rules = item_visibility("i", flat, {code: Step(code) for code in CODES})
        hidden = rules.hidden({code: one for code, one in answers.items() if is_answered(one)}) if rules else set()
        cases.append({"tree": write(document), "answers": answers})
        seen.append([code for code in CODES if code not in hidden])
        names = FormNames(document, {})
        told.append([names.condition(one.visible_when) for one in (*fields, last) if one.visible_when is not None])
    return cases, seen, told


SEEN = (
    "(() => { const ids = list => (list ?? []).map(one => ({ ...one, id: one.code }));"
    " const form = { sections: ids(c.tree.sections), fields: ids(c.tree.fields) };"
    " const seen = m.visible(form, c.answers);"
    " return form.fields.filter(field => seen.field(field)).map(field => field.code); })()"
)


def test_the_fields_that_exist_are_those_the_server_says_exist(ask: Callable[..., Any], long_form: bool) -> None:
    cases, seen, _ = some_forms(4_000 if long_form else 300)
    assert ask("judging.js", SEEN, cases) == seen
    without_sections = ("judging.js", "holds(sections.get(field.group)?.visible_when, values) && ", "")
    assert ask("judging.js", SEEN, cases, broken=without_sections) != seen


def test_a_condition_reads_in_the_designer_as_everywhere_else(ask: Callable[..., Any]) -> None:
    cases, _, told = some_forms(200, values=PLAIN)
    sentences = (
        "[...c.tree.fields, c.tree.sections[1]].filter(one => one.visible_when)"
        ".map(one => m.saidOf(one.visible_when, { fields: c.tree.fields, sections: [] }))"
    )
    assert ask("vocabulary.js", sentences, cases) == told
