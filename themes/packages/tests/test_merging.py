"""Decisions heard one after another, sections as groups, and the certificates of both real themes."""

import random
from typing import Any

import msgspec
import pytest

from forms_builder.documents import FormField, FormSection
from forms_builder.merge.matters import Matter, matters_of
from forms_builder.merge.projection import project
from forms_builder.merge.tests import generation
from forms_builder.merge.tests.records import validate_item_record
from themes.documents import MergeDecision
from themes.packages.compilation import compile_package
from themes.packages.evaluation import OpenPackage
from themes.packages.merging import certificate_of, settle
from themes.packages.structure import FrozenTheme
from themes.packages.tests.dossiers import DISTRICT, THEMES, frozen

RESTAURANT = THEMES[0]


def decision(number: int, matter: Matter, rule: Any, *items: str) -> MergeDecision:
    return MergeDecision(
        code=f"D{number}", key=matter.field.key, rule=rule, about=matter.digest, reason="理由", decided_by="li",
        decided_on="2026-11-22", items=items,
    )  # fmt: skip


def decided(theme: FrozenTheme, *decisions: MergeDecision) -> FrozenTheme:
    document = msgspec.structs.replace(theme.document, merge_decisions=decisions)
    return msgspec.structs.replace(theme, document=document)


def with_form(theme: FrozenTheme, item: str, fields: list[FormField]) -> FrozenTheme:
    return msgspec.structs.replace(theme, item_forms={**theme.item_forms, item: tuple(fields)})


def as_kind(theme: FrozenTheme, key: str, item: str, kind: Any) -> FrozenTheme:
    """The theme in which one item asks for another kind of value in this shared field."""
    fields = [
        FormField(code=one.code, label=one.label, data_type=kind, order=one.order, public_field=key)
        if one.public_field == key
        else one
        for one in theme.item_forms[item]
    ]
    return with_form(theme, item, fields)


@pytest.mark.parametrize(("name", "before", "after"), [(THEMES[0], 176, 93), (THEMES[1], 83, 43)])
def test_the_certificate_of_a_real_theme_is_complete_and_comes_out_again(name: str, before: int, after: int) -> None:
    theme = frozen(name)
    certificate = certificate_of(theme)
    counts = certificate.counts
    assert (certificate.gaps, certificate.conflicts, certificate.settled) == ((), (), ())
    assert (counts.fields_in, counts.fields_out, counts.merged_away) == (before, after, before - after)
    assert (counts.merged + counts.alone, counts.asked + counts.prefilled + counts.from_guidance) == (after, after)
    for item in certificate.items:
        assert [one.field for one in item.fields] == [field.code for field in theme.item_forms[item.item]]
        assert item.required == item.required_covered
    assert certificate == certificate_of(msgspec.json.decode(msgspec.json.encode(theme), type=FrozenTheme))
    assert certificate == certificate_of(msgspec.structs.replace(theme, certificate=certificate))


def test_decisions_are_heard_one_after_another_and_only_about_what_is_there() -> None:
    theme = as_kind(frozen(RESTAURANT), "c_ent_name", "FIRE", "integer")
    theme = as_kind(theme, "c_ent_name", "SIGN", "date")
    (first,) = matters_of(settle(theme).form, only="c_ent_name")
    one = decision(1, first, "stand_alone", "FIRE")
    half = settle(decided(theme, one))
    (second,) = [one for one in matters_of(half.form, only="c_ent_name") if one.finding.severity == "conflict"]
    assert second.digest != first.digest
    two = decision(2, second, "stand_alone", "SIGN")
    whole = settle(decided(theme, one, two))
    assert [made.code for made in whole.counting] == ["D1", "D2"]
    assert not [one for one in matters_of(whole.form) if one.finding.severity == "conflict"]
    assert {item: made for (item, _), made in whole.separated.items()} == {"FIRE": "D1", "SIGN": "D2"}
    turned = settle(decided(theme, two, one))
    assert [made.code for made in turned.outdated] == ["D2"]
    assert [made.code for made in turned.counting] == ["D1"]


def test_an_acceptance_ends_with_what_was_accepted() -> None:
    theme = frozen(RESTAURANT)
    narrowing = matters_of(settle(theme).form)[0]
    accepted = decided(theme, decision(1, narrowing, "accept_narrowing"))
    assert [made.code for made in settle(accepted).counting] == ["D1"]
    item = narrowing.finding.refuses[0]
    looser = [
        msgspec.structs.replace(field, max_length=(field.max_length or 10) + 1)
        if field.public_field == narrowing.field.key
        else field
        for field in theme.item_forms[item]
    ]
    assert [made.code for made in settle(with_form(accepted, item, looser)).outdated] == ["D1"]


@pytest.mark.parametrize("name", THEMES)
def test_no_decision_makes_a_record_invalid(name: str) -> None:
    """Whatever is decided about whatever merging costs: every item gets a valid record of its own form."""
    theme, chance = frozen(name), random.Random(31)
    dictionaries = {code: [one.code for one in content.entries] for code, content in theme.dictionaries.items()}
    made: list[MergeDecision] = []
    for number, matter in enumerate(matters_of(settle(theme).form), start=1):
        side = chance.choice([matter.finding.accepts, matter.finding.refuses])
        rule = chance.choice(["stand_alone", "accept_narrowing"])
        made.append(decision(number, matter, rule, *side))
    settlement = settle(decided(theme, *made))
    assert settlement.separated
    assert certificate_of(decided(theme, *made)).gaps == ()
    for _ in range(20):
        data = generation.valid_data(chance, settlement.form)
        assert data is not None
        for item, record in project(settlement.form, data).items():
            assert validate_item_record(theme.item_forms[item], record, dictionaries) == []


def test_fields_that_stand_alone_stand_in_their_own_sections_below_the_themes_groups() -> None:
    theme = frozen(RESTAURANT)
    fields = [
        msgspec.structs.replace(field, group="fire" if place % 2 else "yard")
        for place, field in enumerate(theme.item_forms["FIRE"])
    ]
    names = {group.code: group.name for group in theme.document.field_groups}
    sections = (FormSection(code="fire", name=names["fire"]), FormSection(code="yard", name="院落"))
    theme = msgspec.structs.replace(with_form(theme, "FIRE", fields), sections={"FIRE": sections})
    opened = OpenPackage(compile_package(theme, DISTRICT, 1))
    assert [group.name for group in opened.package.form.groups] == [*names.values(), "院落"]
    form = opened.merger.merge([("FIRE", None)])
    alone = {field.group for field in form.fields if field.key.startswith("FIRE.")}
    assert alone == {"fire", "FIRE.yard"}
    shared = [field.group for field in form.fields if not field.key.startswith("FIRE.")]
    assert "FIRE.yard" not in shared
