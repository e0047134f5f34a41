"""What one field accepts and refuses, value by value."""

import random
import re
import string
from time import process_time

import jsonschema_rs
import pytest

from forms_builder.documents import Column, FormField
from forms_builder.merge.automata import UndecidedError, automaton, shortest
from forms_builder.merge.constraints import check_value, constraint_of
from forms_builder.merge.errors import PatternNotPortable
from forms_builder.merge.patterns import parse
from forms_builder.merge.tests.generation import DICTIONARIES


def problems(kind, value, **limits):
    field = FormField(code="f", label="甲", data_type=kind, order=0, **limits)
    return check_value(constraint_of(field, DICTIONARIES), value)


@pytest.mark.parametrize(
    ("kind", "limits", "fine", "wrong"),
    [
        (
            "string",
            {"max_length": 3},
            ["张三丰", "", "😀😀😀"],
            [("张三丰x", "too_long"), (1, "wrong_type"), (None, "wrong_type")],
        ),
        ("string", {"required": True}, ["x"], [("", "blank"), (" \u3000\ufeff\n", "blank")]),
        ("string", {"format": "cert_no"}, ["E12345678", "11010519491231002X"], []),
        ("string", {"pattern": "^[A-Z]\\d+$"}, ["A1"], [("a1", "pattern"), ("A1\n", "pattern"), ("A１", "pattern")]),
        (
            "integer",
            {"max_length": 3},
            [0, 999, -999, 5.0],
            [(1000, "too_many_digits"), (5.5, "wrong_type"), (True, "wrong_type"), ("5", "wrong_type")],
        ),
        ("integer", {}, [999_999_999_999_999], [(10**15, "too_many_digits"), (10**400, "too_many_digits")]),
        (
            "decimal",
            {"max_length": 8, "scale": 2},
            [19.99, 0.1, 999999.99, 5],
            [(1e6, "too_many_digits"), (0.001, "too_many_decimals"), (0.1 + 0.2, "too_many_decimals")],
        ),
        (
            "decimal",
            {"max_length": 16, "scale": 2},
            [99999999999999.99, 12345678901234.56],
            [(123456789012345.0, "too_many_digits")],
        ),
        ("decimal", {"minimum": 0.1, "maximum": 0.3}, [0.1, 0.3], [(0.1 + 0.2, "too_large"), (0.0999, "too_small")]),
        ("decimal", {}, [1.123456789], [(float("inf"), "wrong_type"), (float("nan"), "wrong_type")]),
        ("boolean", {"required": True}, [True, False], [(0, "wrong_type"), ("true", "wrong_type")]),
        (
            "date",
            {},
            ["2024-02-29"],
            [
                ("2023-02-29", "not_a_date"),
                ("20240229", "not_a_date"),
                ("2024-02-29\n", "not_a_date"),
                ("0000-01-01", "not_a_date"),
            ],
        ),
        ("dict", {"dictionary": "few"}, ["red"], [("green", "not_in_dictionary"), (["red"], "wrong_type")]),
        ("dict", {}, ["x"], [("", "blank")]),
        (
            "multi_dict",
            {"dictionary": "few"},
            [[], ["red", "blue"]],
            [(["red", "red"], "repeated"), (["green"], "not_in_dictionary"), ("red", "wrong_type")],
        ),
        ("multi_dict", {"dictionary": "few", "required": True}, [["red"]], [([], "empty")]),
        ("division", {"max_length": 6}, ["310101"], [("310101002", "not_a_division"), ("３10101", "not_a_division")]),
        ("division", {"max_length": 9}, ["310101002"], [("310101", "not_a_division")]),
        ("division", {}, ["310101", "310101002"], [("3101010", "not_a_division")]),
        ("uscc", {}, ["11310000002424034N"], [("11310000002424034M", "not_uscc"), ("", "not_uscc")]),
        (
            "id_card",
            {},
            ["11010519491231002X"],
            [("11010519491231002x", "not_id_card"), ("31010119900230123", "not_id_card")],
        ),
        (
            "phone",
            {},
            [
                "13800138000",
                "021-63212810",
                "02163212810",
                "0512-63212810-801",
                "12345",
                "110",
                "95566",
                "962222",
                "400-820-8820",
            ],
            [("1380013800", "not_phone"), ("63-21", "not_phone"), ("13800138000\n", "not_phone")],
        ),
        ("postcode", {}, ["200040"], [("20004", "not_postcode"), ("200040\n", "not_postcode")]),
        ("file", {}, ["att-1", "f" * 200], [("", "blank"), ("f" * 201, "too_long")]),
    ],
)
def test_a_kind_accepts_and_refuses(kind, limits, fine, wrong):
    for value in fine:
        assert problems(kind, value, **limits) == [], value
    for value, code in wrong:
        assert problems(kind, value, **limits) == [code], value


def test_a_table_judges_rows_cells_and_columns():
    columns = (
        Column(code="name", label="姓名", data_type="string", max_length=3, required=True),
        Column(code="no", label="证件", data_type="id_card"),
    )
    assert problems("table", [{"name": "张三"}], columns=columns) == []
    assert problems("table", [], columns=columns, required=True) == ["empty"]
    assert problems("table", [{"no": "1", "zz": 1}, "行"], columns=columns) == [
        "unknown", "missing", "not_id_card", "wrong_type",
    ]  # fmt: skip


PIECES = ["a", "1", "-", "[a-c]", "[^b1]", r"\d", r"\W", r"\s", ".", "(?:a|1)", "(b|cc)?", "a{2,3}", "[0-9]*", "张+"]
PIECES += [
    r"\.",
    r"[\]-]",
    r"\u5f20",
    "(?:a*1?){0,3}",
    "(?:(?:ab?)*|c){1,2}",
    "(?:(?:1*|a)+b?)*",
    "(?:a{2}|a{3}){2,}",
    "()",
]


def test_a_pattern_means_the_same_to_the_automaton_to_python_and_to_rust():
    chance = random.Random(5)
    seen = set()
    for _ in range(300):
        body = "".join(chance.choice(PIECES) for _ in range(chance.randrange(1, 5)))
        pattern = chance.choice(["", "^"]) + body + chance.choice(["", "$", "|^zz$"])
        parsed = parse(pattern)
        rust = jsonschema_rs.validator_for({"pattern": parsed.portable})
        for _ in range(25):
            text = "".join(chance.choice("aabc11-.张 \n]z") for _ in range(chance.randrange(0, 7)))
            verdict = automaton(parsed.whole).matches(text)
            assert verdict == bool(re.search(parsed.portable, text)) == rust.is_valid(text), (pattern, text)
            seen.add(verdict)
        found = shortest([parsed.whole], at_most=20)
        assert found is not None
        assert re.search(parsed.portable, found)
    assert seen == {True, False}


@pytest.mark.parametrize(
    "pattern",
    [
        "(?=a)",
        r"(a)\1",
        r"\bword",
        "(?i)a",
        "a**",
        "[",
        "(",
        "a)",
        "a{3,1}",
        "a{1001}",
        "[b-a]",
        r"\p{L}",
        "a$b",
        "(^a)",
        "{",
        "[[:alpha:]]",
        "^(x{0,200}){1,50}$",
        "^(((x{1,100}){1,100}){1,100}){1,100}$",
        "a" * 701,
        "(" * 51 + "a" + ")" * 51,
        r"^\ud83d$",
        r"[\ud800-\udfff]",
        r"(a(?![\s\S]))",
    ],
)
def test_what_engines_read_differently_is_refused(pattern):
    with pytest.raises(PatternNotPortable):
        parse(pattern)


def test_no_pattern_can_make_matching_explode():
    machine = automaton(parse("^(?:(?:a|a)*)*(?:a+)+$").whole)
    started = process_time()
    assert not machine.matches("a" * 5_000 + "b")
    assert process_time() - started < 1


def test_what_would_take_too_long_is_undecided_and_what_it_looks_like_is_not():
    many = [parse(one).whole for one in ("^(a{1,50}b{1,50}){1,20}$", "^(b|a){1,999}c$")]
    with pytest.raises(UndecidedError):
        shortest(many)
    assert shortest([parse("^(?:[ab]{1,30}){1,30}$").whole, parse("^[a-c]{500}$").whole]) == "a" * 500


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("^((((){1000}){1000}){1000}){1000}$", ""),
        ("^((a{0}){1000}){1000}b$", "b"),
        ("a" * 700, "a" * 700),
        ("(" * 50 + "a" + ")" * 50, "a"),
        (r"^\ud83d\ude00$", "😀"),
        (r"^[\ud83d\ude00-\ud83d\ude4f]+$", "😁😀"),
    ],
)
def test_what_looks_hostile_is_read(pattern, text):
    parsed = parse(pattern)
    assert automaton(parsed.whole).matches(text)
    assert jsonschema_rs.validator_for({"pattern": parsed.portable}).is_valid(text)


def test_what_is_spelled_for_others_is_read_again():
    for pattern in ("^a+$", "^a$|b$", "x", "^[^a]{2,}$"):
        assert parse(parse(pattern).portable) == parse(pattern)


def test_every_printable_character_can_be_meant_literally():
    for character in string.printable:
        escaped = re.escape(character) if not character.isspace() else f"\\u{ord(character):04x}"
        assert automaton(parse(f"^{escaped}$").whole).matches(character)
