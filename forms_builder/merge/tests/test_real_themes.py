"""The two real themes: field counts of the worked examples, and what merging costs in them."""

import msgspec
import pytest

from forms_builder.merge.constraints import check_value
from forms_builder.merge.projection import coverage
from forms_builder.merge.tests.dossiers import EXAMPLES, THEMES, dossier, example_form, merger

NAMES = [example["name"] for _, example in EXAMPLES]


@pytest.mark.parametrize(("name", "example"), EXAMPLES, ids=NAMES)
def test_the_field_counts_are_those_of_the_worked_example(name, example):
    form = example_form(name, example)
    assert sum(len(steps) for steps in form.projections.values()) == example["expected"]["field_count_before"]
    assert len(form.fields) == example["expected"]["field_count_merged"]


@pytest.mark.parametrize(("name", "example"), EXAMPLES, ids=NAMES)
def test_every_field_of_every_item_is_covered_exactly_once(name, example):
    assert coverage(example_form(name, example)) == []


def whole_theme(name):
    return merger(name).merge([(item["code"], None) for item in dossier(name)["items"]])


@pytest.mark.parametrize("name", THEMES)
def test_the_real_themes_merge_without_conflict(name):
    assert whole_theme(name).conflicts() == []


@pytest.mark.parametrize("name", THEMES)
def test_every_witness_is_really_accepted_and_really_refused(name):
    form = whole_theme(name)
    told = form.findings()
    assert told
    for finding in told:
        field = form.field(finding.key)
        assert check_value(field.constraint, finding.witness) != []
        for source in field.sources:
            assert (check_value(source.own, finding.witness) == []) == (source.item in finding.accepts)
            assert (source.item in finding.accepts) != (source.item in finding.refuses)


def told_of(name, key):
    return [
        (one.aspect, one.accepts, one.refuses, one.witness) for one in whole_theme(name).findings() if one.key == key
    ]


def test_an_identity_number_narrowed_to_the_id_card_loses_passports():
    assert told_of("theme_restaurant", "c_legal_cert_no") == [
        ("format", ("BL", "SEAL", "FOOD"), ("SIGN", "FIRE", "TOB"), "E12345678")
    ]


def test_a_credit_code_taken_as_plain_text_loses_old_registration_numbers():
    assert told_of("theme_restaurant", "c_uscc") == [
        ("format", ("SIGN", "FIRE"), ("SEAL", "FOOD", "DRAIN", "TOB", "WASTE"), "310104600123456")
    ]


def test_a_phone_limited_to_eleven_digits_loses_landlines():
    (told,) = told_of("theme_restaurant", "c_legal_phone")
    assert told == ("length", ("FOOD", "FIRE", "DRAIN"), ("BL", "TOB"), "021-63212810")


def test_the_narrowings_of_the_real_themes_are_exactly_the_known_ones():
    narrowed = {name: sorted({(one.key, one.aspect) for one in whole_theme(name).findings()}) for name in THEMES}
    assert narrowed == {
        "theme_restaurant": [
            ("c_address", "length"),
            ("c_agent_name", "length"),
            ("c_agent_phone", "length"),
            ("c_biz_area", "digits"),
            ("c_ent_name", "length"),
            ("c_floor", "length"),
            ("c_legal_cert_no", "format"),
            ("c_legal_name", "length"),
            ("c_legal_phone", "length"),
            ("c_residence", "length"),
            ("c_seats", "digits"),
            ("c_shop_name", "length"),
            ("c_staff", "digits"),
            ("c_uscc", "format"),
        ],
        "theme_dog_license": [
            ("c_dog_name", "length"),
            ("c_immune_no", "length"),
            ("c_owner_name", "length"),
            ("c_owner_phone", "length"),
        ],
    }


def test_the_same_input_gives_the_same_findings_in_the_same_order():
    first = msgspec.json.encode(whole_theme("theme_restaurant").findings())
    merger.cache_clear()
    assert msgspec.json.encode(whole_theme("theme_restaurant").findings()) == first
