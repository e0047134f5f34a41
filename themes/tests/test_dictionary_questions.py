"""A question that chooses from a dictionary: drafts always have the register's options, versions those of their day."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
import zen

from forms_builder.models import Dictionary, DictionaryEntry
from forms_builder.services import where_used
from forms_builder.services.ending_codes import Ending, Successor, end_code
from opsplatform.kernel import clock
from opsplatform.release.models import Version
from themes.guidance.interchange.program import write_program
from themes.guidance.interchange.zen import write_jdm
from themes.packages.compilation import read_frozen
from themes.packages.for_citizens import compare_for_citizens
from themes.services.inspecting import check_theme, evaluate_theme, open_draft_package
from themes.services.showing import show_draft
from themes.tests.browsing import logged_in, url
from themes.tests.demonstrated import RESTAURANT, account, dossier, get, new_version, save

pytestmark = pytest.mark.usefixtures("demo_db")
SCOPE, FAR = "alcohol_scope", date(2099, 12, 31)
QUESTION = {
    "code": "q_scope",
    "text": "酒怎么卖？",
    "type": "multi",
    "order": 99,
    "required": False,
    "dictionary": SCOPE,
}
RULE = {
    "code": "R_SCOPE",
    "name": "零售提示",
    "priority": 90,
    "when": {"q": "q_scope", "op": "contains", "value": "retail"},
    "effects": [{"type": "stop", "message": "先停一停"}],
}


@pytest.fixture(autouse=True)
def asked(demo_db: None) -> None:
    def ask(tree: dict[str, Any]) -> None:
        tree["guidance"]["questions"].append(dict(QUESTION))
        tree["guidance"]["rules"].append(dict(RULE))
        tree["cases"] = []

    save(RESTAURANT, ask)


def question(of: Any) -> Any:
    return next(one for one in of.guidance.questions if one.code == "q_scope")


def options() -> set[str]:
    return {one.code for one in question(show_draft(get(RESTAURANT)).document).options}


def in_force() -> set[str]:
    rows = DictionaryEntry.objects.filter(dictionary__code=SCOPE).in_force(clock.today())
    return set(rows.values_list("code", flat=True))


def test_its_options_are_the_entries_in_force_and_the_draft_holds_none() -> None:
    assert options() == in_force() != set()
    held = get(RESTAURANT).subject.draft["guidance"]["questions"][-1]
    assert held["dictionary"] == SCOPE and "options" not in held
    assert not [one for one in check_theme(get(RESTAURANT)) if one.is_blocking]
    answers = dossier(RESTAURANT)["worked_examples"][0]["answers"] | {"q_scope": ["retail"]}
    assert evaluate_theme(get(RESTAURANT), answers)["stopped"] == ["先停一停"]
    problems = open_draft_package(get(RESTAURANT)).problems_in(answers | {"q_scope": ["nothing"]})
    assert [one.code for one in problems] == ["not_an_option"]


def test_options_follow_the_dictionary_and_what_names_a_lost_one_is_told_where_it_stands() -> None:
    known = Dictionary.objects.get(code=SCOPE)
    DictionaryEntry.objects.create(dictionary=known, code="online", name="网上售卖", order=90)
    assert "online" in options()
    yesterday = clock.today() - timedelta(days=1)
    DictionaryEntry.objects.filter(dictionary=known, code="retail").update(valid_to=yesterday)
    assert "retail" not in options()
    rule = len(get(RESTAURANT).subject.draft["guidance"]["rules"]) - 1
    assert f"/guidance/rules/{rule}/when/value" in {
        one.place for one in check_theme(get(RESTAURANT)) if one.is_blocking
    }


def test_a_version_keeps_the_options_of_its_day_and_the_next_one_tells_citizens_what_is_new() -> None:
    frozen = read_frozen(bytes(new_version(RESTAURANT).content))
    DictionaryEntry.objects.create(
        dictionary=Dictionary.objects.get(code=SCOPE), code="online", name="网上售卖", order=90
    )
    kept = read_frozen(bytes(Version.objects.filter(subject__code=RESTAURANT).latest("number").content))
    assert {one.code for one in question(kept.document).options} == in_force() - {"online"}
    told = compare_for_citizens(frozen, show_draft(get(RESTAURANT)).frozen, clock.today(), libraries={})
    assert ("option_gained", "q_scope.online") in {(one.kind, one.subject) for one in told.changes}


def test_the_rules_of_others_engines_know_its_options() -> None:
    package = open_draft_package(get(RESTAURANT)).package
    program = write_program(package.guidance, package.items, package.meta.division.code, package.divisions)
    decision = zen.ZenEngine().create_decision(json.dumps(write_jdm(program, "开饭店")))
    answers = dossier(RESTAURANT)["worked_examples"][0]["answers"] | {"q_scope": ["retail"]}
    assert decision.evaluate({"answers": answers, "on": clock.today().isoformat()})["result"]["stopped"] == ["先停一停"]


def test_where_used_sees_the_question_and_its_conditions_and_a_merged_code_is_rewritten_there() -> None:
    offers = {use.label for use in where_used.list_offers(SCOPE)}
    assert "问题“酒怎么卖？”的选项" in offers
    named = [
        use for use in where_used.find_uses(SCOPE, "retail") if use.key == RESTAURANT and "R_SCOPE" not in use.place
    ]
    assert "规则“零售提示”的条件（看问题“酒怎么卖？”）" in {use.label for use in named}
    ending = Ending(SCOPE, "retail", FAR, (Successor("wholesale"),), {})
    revision = Dictionary.objects.get(code=SCOPE).revision
    end_code(actor=account("operator"), ending=ending, expected_revision=revision, note="标准修订")
    assert get(RESTAURANT).subject.draft["guidance"]["rules"][-1]["when"]["value"] == "wholesale"


def test_a_merged_code_is_rewritten_in_what_answers_lead_to_and_in_saved_cases() -> None:
    answers = dossier(RESTAURANT)["worked_examples"][0]["answers"]

    def name_it(tree: dict[str, Any]) -> None:
        (use,) = [one for one in tree["field_uses"] if one["code"] == "c_ent_type"]
        use.update(from_question="q_scope", values={"retail": "01", "wholesale": "02"})
        item = tree["items"][0]
        item["fields"] = [{"field": "ANY", "from_question": "q_scope", "values": {"retail": "1"}}]
        held = {"name": "零售", "answers": answers | {"q_scope": ["retail", "wholesale"]}, "expected": {}}
        tree["cases"] = [{"code": "C1", **held}]

    save(RESTAURANT, name_it)
    labels = {use.label for use in where_used.find_uses(SCOPE, "retail") if use.key == RESTAURANT}
    assert "保存的案例“零售”对问题“酒怎么卖？”的回答" in labels
    ending = Ending(SCOPE, "retail", FAR, (Successor("wholesale"),), {})
    revision = Dictionary.objects.get(code=SCOPE).revision
    end_code(actor=account("operator"), ending=ending, expected_revision=revision, note="标准修订")
    tree = get(RESTAURANT).subject.draft
    (use,) = [one for one in tree["field_uses"] if one["code"] == "c_ent_type"]
    assert use["values"] == {"wholesale": "02"}, "what the other code leads to stands"
    assert tree["items"][0]["fields"][0]["values"] == {"wholesale": "1"}
    assert tree["cases"][0]["answers"]["q_scope"] == ["wholesale"]
    assert [use for use in where_used.outliving(SCOPE, "retail", FAR) if use.key == RESTAURANT] == []


def test_a_dictionary_that_is_not_there_is_told_at_the_question() -> None:
    save(RESTAURANT, lambda tree: tree["guidance"]["questions"][-1].update(dictionary="no_such_list"))
    place = len(get(RESTAURANT).subject.draft["guidance"]["questions"]) - 1
    pointers = {one.place for one in check_theme(get(RESTAURANT)) if one.is_blocking}
    assert {f"/guidance/questions/{place}/dictionary", f"/guidance/questions/{place}/options"} <= pointers


def test_a_field_that_takes_its_codes_as_they_are_is_told_once_which_one_it_refuses() -> None:
    def take_over(tree: dict[str, Any]) -> None:
        tree["guidance"]["questions"][-1].update(type="single")
        tree["guidance"]["rules"].pop()
        (use,) = [one for one in tree["field_uses"] if one["code"] == "c_ent_type"]
        use.update(from_question="q_scope", values={})

    save(RESTAURANT, take_over)
    assert len(options()) > 1
    (told,) = [one for one in check_theme(get(RESTAURANT)) if one.place.endswith("/from_question")]
    assert told.is_blocking


def test_the_designer_is_told_the_entries() -> None:
    page = logged_in("sj_editor").get(url("guidance", RESTAURANT))
    assert set(dict(page.context["facts"]["dictionaries"][SCOPE]["entries"])) == in_force()
