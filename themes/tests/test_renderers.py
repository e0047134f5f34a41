"""RJSF and JSON Forms show, check and submit both themes' forms as the guide says integrators should use them."""

import copy
import json
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from forms_builder.merge.form import MergedForm
from forms_builder.merge.projection import hidden_fields
from forms_builder.merge.samples import sample
from forms_builder.merge.tests import generation
from forms_builder.merge.validation import is_required, validate
from opsplatform.console.tests.browsing import chromium
from themes.packages.evaluation import OpenPackage
from themes.packages.tests import dossiers, records
from themes.packages.tests import test_dependent_lists as dependent
from themes.packages.ui_whole import whole_ui
from themes.tests.renderers.person import Person

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]
OURS = Path(__file__).parent / "renderers"
MODULES = ROOT / "var" / "renderers" / "node_modules"
GUIDE = ROOT / "docs" / "integrators-guide.md"
RENDERERS = ["rjsf", "json_forms"]
RECORDS = 500
TOO_FINE = str(0.1 + 0.2)  # Ajv divides doubles to tell multiples and rounds at the eighth digit


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The renderers and the guide's own code as one script."""
    assert MODULES.is_dir(), "渲染器没有安装：请运行 make var/renderers/.installed"
    out = tmp_path_factory.mktemp("renderers")
    subprocess.run(["node", OURS / "build.mjs", MODULES, GUIDE, OURS / "page.jsx", out], check=True, timeout=60)
    return out / "page.js"


@pytest.fixture(scope="module")
def opened_page(script: Path) -> Iterator[tuple[Page, list[str]]]:
    """A page with the renderers, and what its console says."""
    said: list[str] = []
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900}, locale="zh-CN")
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.set_content('<html lang="zh"><meta charset="utf-8"><body><div id="form"></div></body></html>')
        page.evaluate("console.timeStamp = undefined")  # else React's tracing copies the whole schema at every change
        page.add_script_tag(path=script)
        yield page, said


@pytest.fixture
def page(opened_page: tuple[Page, list[str]]) -> Iterator[Page]:
    """The page; whatever its console says during the test fails it."""
    page, said = opened_page
    said.clear()
    yield page
    assert said == []


def show(page: Page, renderer: str, ui: dict[str, Any]) -> None:
    page.evaluate("([renderer, ui]) => window.show(renderer, ui, ui.start)", [renderer, ui])
    page.locator("fieldset").first.wait_for()


def submit(page: Page) -> None:
    page.get_by_role("button", name="提交").click()


def submitted(page: Page) -> dict[str, Any]:
    """What arrives, once it does."""
    submit(page)
    page.wait_for_function("window.submitted !== null")
    return dict(page.evaluate("window.submitted"))


# --- filled in and submitted ------------------------------------------------------------------------------------------


def values_for(form: MergedForm, *, everything: bool) -> dict[str, Any]:
    """A value for what the form of a path requires, or for everything it asks."""
    asked = [field for field in form.fields if not form.provenance(field.key).fixed]
    values = {
        field.key: sample(field.constraint)
        for field in asked
        if everything or is_required(field, hidden_fields(form, {}))
    }
    assert validate(form, values) == []
    return values


def example_answers(name: str) -> dict[str, Any]:
    """The answers of the theme's first worked example."""
    return next(example["answers"] for theme, example in dossiers.examples() if theme == name)


def person_at(page: Page, opened: OpenPackage) -> Person:
    """Somebody who reads labels in place of codes."""
    package, words = opened.package, {}
    for question in package.guidance.questions:
        places = {code: place.name for code, place in package.divisions.items()}
        words[question.text] = places | {option.code: option.text for option in question.options}
    for key, texts in opened.names.field_values.items():
        words[opened.names.fields.get(key, key)] = texts
    return Person(page, words)


def fill_data(person: Person, opened: OpenPackage, form: MergedForm, values: dict[str, Any]) -> None:
    groups = {group.code: group.name for group in opened.package.form.groups}
    for field in form.fields:
        if field.key in values:
            title = groups.get(field.group or "") or opened.names.items[field.sources[0].item]
            columns = {column.code: column.label for column in field.constraint.columns}
            person.fill(person.section(title), field.label, values[field.key], columns=columns)


@pytest.mark.parametrize("renderer", RENDERERS)
@pytest.mark.parametrize("name", dossiers.THEMES)
def test_a_person_answers_fills_in_and_submits_and_the_server_accepts(page: Page, renderer: str, name: str) -> None:
    opened, answers = dossiers.opened(name), example_answers(name)
    form = opened.run(answers).form
    values, person = values_for(form, everything=False), person_at(page, opened)
    show(page, renderer, whole_ui(opened))
    for question in opened.package.guidance.questions:
        if question.code in answers:
            person.fill(person.section("请先回答几个问题"), question.text, answers[question.code])
    submit(page)
    assert page.evaluate("window.submitted") is None, "what is required is missing"
    told = {"rjsf": "应当有必需属性", "json_forms": "必须填写"}[renderer]
    expect(page.locator("#form")).to_contain_text(told)

    fill_data(person, opened, form, values)
    record = submitted(page)
    assert record["answers"] == answers
    assert {key: record["data"][key] for key in values} == values
    assert records.is_accepted(opened, record)


@pytest.mark.parametrize("renderer", RENDERERS)
def test_the_form_of_a_path_shows_what_is_fixed_and_is_filled_in_and_accepted(page: Page, renderer: str) -> None:
    name = "theme_dog_license"
    opened, answers = dossiers.opened(name), example_answers(name)
    form = opened.run(answers).form
    values, person = values_for(form, everything=True), person_at(page, opened)
    show(page, renderer, opened.form_for(answers)["ui"])
    place = person.section("居住(饲养)地")
    assert place.locator("select:disabled, input:disabled").count() > 0
    assert opened.package.divisions[answers["q_district"]].name in place.inner_html(), "in words, not in codes"
    fill_data(person, opened, form, values)
    record = submitted(page)
    assert {key: record["data"][key] for key in values} == values
    assert record["data"]["c_residence_right"] == answers["q_residence"], "what was fixed arrives as well"
    assert validate(form, record["data"]) == []


TYPE_QUICKLY = """async () => {
  const inputs = [...document.querySelectorAll('#form input[type=text]:not([disabled])')];
  const write = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set;
  for (let round = 0; round < 3; round += 1) {
    for (const [place, input] of inputs.entries()) {
      write.call(input, `第 ${round} 次 ${place}`);
      input.dispatchEvent(new Event('input', { bubbles: true }));
      await new Promise((goOn) => setTimeout(goOn, 6 + ((round + place) % 9)));  // about as long as JSON Forms waits
    }
  }
  await new Promise((goOn) => setTimeout(goOn, 500));
  return inputs.map((input, place) => [input.value, `第 2 次 ${place}`]);
}"""


@pytest.mark.parametrize("renderer", RENDERERS)
def test_what_is_typed_while_the_form_still_thinks_is_kept(page: Page, renderer: str) -> None:
    opened = dossiers.opened("theme_restaurant")
    show(page, renderer, opened.form_for(example_answers("theme_restaurant"))["ui"])
    typed = page.evaluate(TYPE_QUICKLY)
    assert len(typed) > 5
    assert [value for value, wanted in typed] == [wanted for value, wanted in typed]


# --- the same verdict -------------------------------------------------------------------------------------------------


def judgeable(opened: OpenPackage) -> list[dict[str, Any]]:
    """As many records as are asked for, valid and damaged, whose verdict a schema can give and Ajv can tell."""
    chance, found = random.Random(2026), []
    while len(found) < RECORDS:
        one = records.record(chance, opened)
        if not records.is_beyond_schema(opened, one) and TOO_FINE not in json.dumps(one):
            found.append(one)
    return found


def verdicts(page: Page, renderer: str, ui: dict[str, Any], given: list[dict[str, Any]]) -> list[bool]:
    return list(page.evaluate("([renderer, ui, given]) => window.verdicts(renderer, ui, given)", [renderer, ui, given]))


@pytest.mark.parametrize("name", dossiers.THEMES)
def test_both_renderers_judge_as_the_server_does_and_not_without_a_rule(page: Page, name: str) -> None:
    opened = dossiers.opened(name)
    given, ui = judgeable(opened), whole_ui(opened)
    expected = [records.is_accepted(opened, one) for one in given]
    assert RECORDS / 10 < sum(expected) < RECORDS * 9 / 10
    less = copy.deepcopy(ui)
    less["schema"]["allOf"] = [rule for rule in ui["schema"]["allOf"] if '"maxLength"' not in json.dumps(rule)]
    for renderer in RENDERERS:
        assert verdicts(page, renderer, ui, given) == expected
        assert verdicts(page, renderer, less, given[:120]) != expected[:120], "a schema without lengths is caught"


@pytest.mark.parametrize("name", dossiers.THEMES)
def test_both_renderers_judge_the_form_of_a_path_as_the_server_does(page: Page, name: str) -> None:
    opened, chance = dossiers.opened(name), random.Random(3)
    for answers in (example["answers"] for theme, example in dossiers.examples() if theme == name):
        form, ui = opened.run(answers).form, opened.form_for(answers)["ui"]
        good = generation.valid_data(chance, form) or {}
        given = [good, *(generation.damaged(chance, form, good) for _ in range(60))]
        given = [data for data in given if TOO_FINE not in json.dumps(data)]
        expected = [not validate(form, data) for data in given]
        for renderer in RENDERERS:
            assert verdicts(page, renderer, ui, [{"data": data} for data in given]) == expected


@pytest.mark.parametrize("name", dossiers.THEMES)
def test_a_strict_validator_complains_about_none_of_the_schemas(page: Page, name: str) -> None:
    opened = dossiers.opened(name)
    path = opened.form_for(example_answers(name))
    schemas = [opened.package.form.schema, whole_ui(opened)["schema"], path["schema"], path["ui"]["schema"]]
    for schema in schemas:
        assert page.evaluate("schema => window.complaints(schema)", schema) == []
    assert page.evaluate("schema => window.complaints(schema)", {"type": "object", "widget": "date"}) != []


# --- a list that depends on another field -----------------------------------------------------------------------------


@pytest.mark.parametrize("renderer", RENDERERS)
def test_a_person_is_offered_the_streets_of_the_district_that_was_chosen(page: Page, renderer: str) -> None:
    opened = dossiers.opened_with_streets()
    show(page, renderer, opened.form_for(dependent.PERSON)["ui"])
    person = person_at(page, opened)
    section = person.section(opened.names.items["REGP"])
    label = section.locator("xpath=.//label[contains(., '饲养地所在街镇')]/..").filter(visible=True)
    expect(label.locator("option")).to_have_count(1 + 37)
    for district, first, count in (("310104", "天平路街道", 13), ("310101", "南京东路街道", 10)):
        person.fill(section, "饲养地所在区", district)
        expect(label.locator("option")).to_have_count(1 + count)
        assert label.locator("option").nth(1).evaluate("one => one.label") == first


def test_both_renderers_judge_lists_that_depend_on_another_field_as_the_server_does(page: Page) -> None:
    opened = dossiers.opened_with_streets()
    given, ui = [one for one in dependent.sample() if not records.is_beyond_schema(opened, one)], whole_ui(opened)
    given = [one for one in given if TOO_FINE not in json.dumps(one)]
    expected = [records.is_accepted(opened, one) for one in given]
    less = copy.deepcopy(ui)
    less["schema"]["allOf"] = [rule for rule in ui["schema"]["allOf"] if not dependent.is_about_streets(rule)]
    for renderer in RENDERERS:
        assert verdicts(page, renderer, ui, given) == expected
        assert verdicts(page, renderer, less, given[:200]) != expected[:200], "a schema without the rule is caught"
    path = opened.form_for(dependent.PERSON)
    for schema in (opened.package.form.schema, ui["schema"], path["schema"], path["ui"]["schema"]):
        assert page.evaluate("schema => window.complaints(schema)", schema) == []
