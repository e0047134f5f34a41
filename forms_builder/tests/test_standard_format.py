"""The notation of GB/T 39046: read, written, offered, and held against what a field takes."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms_builder.documents import FormField
from forms_builder.merge.constraints import check_value, constraint_of
from forms_builder.standard_format import NotAFormat, judge, offer, read_format, spell

SAMPLES = Path(__file__).resolve().parents[2] / "sample_data"
LENGTHS = st.none() | st.integers(1, 300)
KINDS = ["string", "text", "address", "phone", "dict", "multi_dict", "uscc", "id_card", "postcode", "division"]
KINDS += ["integer", "decimal", "boolean", "date", "table", "file"]


def fields_of_the_dossiers() -> Iterator[dict[str, Any]]:
    for name in ("theme_restaurant", "theme_dog_license"):
        tree = json.loads((SAMPLES / f"{name}.json").read_text())
        yield from tree["public_fields"]
        yield from (field for item in tree["items"] for field in item["fields"])


def judged(field: dict[str, Any]) -> list[Any]:
    return judge(field["std_format"], field["data_type"], field["max_length"], field.get("scale"))


def test_every_notation_of_the_dossiers_is_read_and_written_alike() -> None:
    notations = {field["std_format"] for field in fields_of_the_dossiers()}
    assert len(notations) > 20
    assert {spell(read_format(notation)) for notation in notations} == notations


def test_the_dossiers_hold_no_contradiction_but_these_differences() -> None:
    found = [(field["code"], one.code) for field in fields_of_the_dossiers() for one in judged(field)]
    assert not [field for field in fields_of_the_dossiers() for one in judged(field) if one.is_contradiction]
    assert ("c_dog_height", "scale_not_said") in found
    assert {code for _, code in found} == {"scale_not_said", "format_is_wider"}


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("an..18", "字符型 an..18"), ("A3", "字符型 a3"), ("n6", "字符型 n6"), ("a3..10", "字符型 a3..10"),
        ("an", "字符型..ul"), ("..ul", "字符型..ul"), ("数值型n..5", "数字型 n..5"),
        ("数值型 n..10,2", "数字型 n..10,2"), ("N..9,2", "数字型 n..9,2"),
        ("D8", "日期型 YYYYMMDD"), ("yyyymmdd", "日期型 YYYYMMDD"), ("日期型", "日期型 YYYYMMDD"), ("BY", "二进制"),
    ],
)  # fmt: skip
def test_spellings_in_use_mean_one_notation(text: str, means: str) -> None:
    assert spell(read_format(text)) == means


@pytest.mark.parametrize(
    "text", ["", "x9", "an..0", "n3,5", "字符型 n..10,2", "数字型 an5", "an18..3", "an-5", "日期型 an8", "n..9999999"]
)
def test_what_is_no_notation_is_said_so(text: str) -> None:
    with pytest.raises(NotAFormat):
        read_format(text)
    assert not text or judge(text, "string", 5, None)[0].is_contradiction


@pytest.mark.parametrize(
    ("text", "kind", "length", "scale", "code"),
    [
        ("an..18", "string", 20, None, "longer_than_format"), ("an18", "string", 10, None, "shorter_than_format"),
        ("an..20", "date", None, None, "format_other_type"), ("YYYYMMDD", "string", 8, None, "format_other_type"),
        ("数字型 n..5", "string", 5, None, "format_other_type"), ("an..5", "integer", 5, None, "format_other_type"),
        ("YYYYMM", "date", None, None, "format_not_a_day"), ("n18", "id_card", 18, None, "format_characters"),
        ("n18", "uscc", 18, None, "format_characters"), ("an..17", "uscc", 18, None, "format_length"),
        ("a6", "postcode", 6, None, "format_characters"), ("n5", "postcode", 6, None, "format_length"),
        ("n..5,1", "integer", 5, None, "format_decimals"), ("n..10,2", "decimal", 10, 3, "more_decimals"),
        ("数字型 n..6", "decimal", 6, 1, "more_decimals"), ("n..6", "integer", 9, None, "longer_than_format"),
        ("布尔型", "string", 2, None, "format_other_type"),
    ],
)  # fmt: skip
def test_contradictions(text: str, kind: str, length: int | None, scale: int | None, code: str) -> None:
    found = judge(text, kind, length, scale)
    assert [one.code for one in found if one.is_contradiction] == [code]


@given(st.sampled_from(KINDS), LENGTHS, st.none() | st.integers(0, 4))
def test_what_is_offered_is_read_and_never_contradicts(kind: str, length: int | None, scale: int | None) -> None:
    scale = scale if kind == "decimal" and (length or 0) > (scale or 0) else None
    offered = offer(kind, length, scale)
    assert spell(read_format(offered)) == offered
    assert not [one for one in judge(offered, kind, length, scale) if one.is_contradiction]


@given(st.integers(1, 60), st.integers(1, 60), st.booleans(), st.data())
def test_a_text_that_the_notation_cannot_hold_is_what_makes_a_contradiction(
    length: int, most: int, is_exact: bool, data: st.DataObject
) -> None:
    """Against the plain meaning: a field's texts are those of at most `length` characters."""
    text = f"an{most}" if is_exact else f"an..{most}"
    field = FormField(code="a", label="甲", data_type="string", order=1, max_length=length)
    sample = "字" * data.draw(st.integers(1, length))
    fits = len(sample) == most if is_exact else len(sample) <= most
    assert check_value(constraint_of(field, {}), sample) == []
    contradicts = any(one.is_contradiction for one in judge(text, "string", length, None))
    if not contradicts and not is_exact:
        assert fits
    if contradicts and not is_exact:
        assert length > most
