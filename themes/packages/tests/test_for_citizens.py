"""Frozen versions compared in citizens' terms: documents and registers."""

import datetime

from msgspec.structs import replace

from themes.documents import PrefillCondition
from themes.packages.for_citizens import compare_for_citizens
from themes.packages.tests.dossiers import frozen

TODAY = datetime.date(2025, 6, 1)
DOG = "theme_dog_license"


def test_a_version_and_itself_are_without_effect() -> None:
    assert compare_for_citizens(frozen(DOG), frozen(DOG), TODAY, libraries={}).is_without_effect


def test_a_rule_a_field_and_days_of_the_registers_are_told_together_in_words() -> None:
    before = frozen(DOG)
    document = before.document
    rules = tuple(rule for rule in document.guidance.rules if rule.code != "D05")
    after = replace(
        before,
        document=replace(document, guidance=replace(document.guidance, rules=rules)),
        items={**before.items, "IMM": replace(before.items["IMM"], promised_days=7, division_days=())},
        item_forms={**before.item_forms, "PAY": before.item_forms["PAY"][1:]},
    )
    found = compare_for_citizens(before, after, TODAY, libraries={})
    gone = before.item_forms["PAY"][0].code
    assert {(one.kind, one.subject) for one in found.changes} == {
        ("item_lost", "REGU"),
        ("notice_lost", "N_UNIT"),
        ("days_changed", "IMM"),
        ("field_lost", f"PAY.{gone}"),
    }
    lost = next(one for one in found.changes if one.kind == "item_lost")
    assert lost.who == {"q_kind": "unit"}
    name = before.items["REGU"].daily_name or before.items["REGU"].name
    assert lost.sentence == f"“是个人养犬还是单位养犬?”答“单位”的申请人不再办事项“{name}”。"


def test_a_base_library_is_called_by_its_name_in_the_register() -> None:
    after = replace(frozen(DOG), document=replace(frozen(DOG).document, prefill_conditions=()))
    (only, *_) = frozen(DOG).document.guidance.rules
    narrow = PrefillCondition(library="legal_entity", when=only.when)
    before = replace(after, document=replace(after.document, prefill_conditions=(narrow,)))
    told = compare_for_citizens(before, after, TODAY, libraries={"legal_entity": "法人库"})
    assert {one.kind for one in told.changes} == {"prefill_gained"}
    assert all("可以由基础库“法人库”预填表单" in one.sentence for one in told.changes)
