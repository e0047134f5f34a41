"""Codes: the vectors of the standards, the codes of both dossiers, patterns as configuration."""

import json
from pathlib import Path

import pytest

from opsplatform.kernel import codes

SAMPLES = Path(__file__).resolve().parents[3] / "sample_data"
CHECKS = json.loads((SAMPLES / "dictionaries.json").read_text())["_meta"]["checks"]
THEMES = [json.loads((SAMPLES / f"theme_{name}.json").read_text()) for name in ("restaurant", "dog_license")]
JUDGES = {"citizen_id": codes.is_citizen_id, "uscc": codes.is_uscc}


@pytest.mark.parametrize("name", JUDGES)
def test_every_vector_of_the_standard_is_judged_as_written(name):
    assert CHECKS[name]["valid"] and CHECKS[name]["invalid"]
    assert all(JUDGES[name](code) for code in CHECKS[name]["valid"])
    assert not any(JUDGES[name](code) for code in CHECKS[name]["invalid"])


@pytest.mark.parametrize("name", JUDGES)
def test_every_single_wrong_digit_of_a_valid_code_is_noticed(name):
    for code in CHECKS[name]["valid"]:
        for place in range(len(code)):
            for other in set("0123456789") - {code[place]}:
                assert not JUDGES[name](code[:place] + other + code[place + 1 :])


@pytest.mark.parametrize("name", JUDGES)
def test_only_the_printed_form_is_accepted(name):
    for code in CHECKS[name]["valid"]:
        for spelling in (f" {code}", f"{code} ", f"{code}\n", f"{code[:6]} {code[6:]}", f"{code[:6]}-{code[6:]}", ""):
            assert not JUDGES[name](spelling)
        if code != code.lower():
            assert not JUDGES[name](code.lower())


def test_full_width_digits_are_no_digits():
    assert not codes.is_citizen_id("１1010519491231002X")
    assert not codes.is_uscc("１1310000002424034N")


def test_a_uscc_may_begin_with_letters_as_those_of_rural_collectives_do():
    body = "N2310115MF0001234"
    assert sum(codes.is_uscc(body + check) for check in "0123456789ABCDEFGHJKLMNPQRTUWXY") == 1


def test_an_organisation_code_carries_its_own_check_digit_also_inside_a_uscc():
    inside = [code[8:17] for code in CHECKS["uscc"]["valid"]]
    for code in (*inside, *CHECKS["org_code"]["valid"]):
        assert codes.org_code_check_digit(code[:8]) == code[8]
    for code in CHECKS["org_code"]["invalid"]:
        assert codes.org_code_check_digit(code[:8]) != code[8]


def test_the_composed_codes_are_those_of_the_dossiers():
    items = [item for theme in THEMES for item in theme["items"]]
    assert len(items) == 12
    for item in items:
        body, level, basic = item["implement_code"][:18], item["exercise_level_code"], item["basic_code"]
        assert codes.implementing_code(body, level, basic) == item["implement_code"]
        assert codes.handling_code(body, level, basic, item["handle_code"][-2:]) == item["handle_code"]


@pytest.mark.parametrize(
    ("body", "level", "basic", "sequence"),
    [
        ("11310000002424034M", "4", "000131001000", "01"),
        ("11310000002424034N", "44", "000131001000", "01"),
        ("11310000002424034N", "4", "0001310010", "01"),
        ("11310000002424034N", "4", "000131001000", "1"),
    ],
)
def test_a_part_of_the_wrong_shape_is_refused_not_glued(body, level, basic, sequence):
    with pytest.raises(codes.MalformedCode, match="不是"):
        codes.handling_code(body, level, basic, sequence)


def test_the_default_patterns_take_both_families_of_item_codes():
    patterns = codes.CodePatterns()
    assert patterns.accepts("basic_code", "0001310010") and patterns.accepts("basic_code", "000131001000")
    assert not patterns.accepts("basic_code", "00013100100")
    for item in (item for theme in THEMES for item in theme["items"]):
        assert patterns.accepts("basic_code", item["basic_code"])
        assert patterns.accepts("implementing_code", item["implement_code"])
        assert patterns.accepts("handling_code", item["handle_code"])
    assert patterns.accepts("division", "310101") and patterns.accepts("division", "310101002")
    assert not patterns.accepts("division", "3101010") and not patterns.accepts("division", "310101\n")


def test_dictionary_codes_of_the_sample_match_their_patterns():
    patterns = codes.CodePatterns()
    for dictionary in json.loads((SAMPLES / "dictionaries.json").read_text())["dictionaries"]:
        assert patterns.accepts("dictionary", dictionary["code"])
        assert all(patterns.accepts("dictionary_entry", entry["code"]) for entry in dictionary["items"])


def test_settings_replace_a_pattern_and_only_that_one():
    patterns = codes.CodePatterns({"division": r"[0-9]{12}"})
    assert patterns.accepts("division", "310101002001") and not patterns.accepts("division", "310101")
    assert patterns.accepts("basic_code", "000131001000")


def test_a_setting_for_an_unknown_code_or_with_a_broken_pattern_is_refused():
    with pytest.raises(ValueError, match="no such code pattern: divison"):
        codes.CodePatterns({"divison": r"[0-9]{6}"})
    with pytest.raises(ValueError, match="code pattern division"):
        codes.CodePatterns({"division": r"[0-9"})
