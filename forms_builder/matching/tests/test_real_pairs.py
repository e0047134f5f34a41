"""The ranking on real pairs: both dossiers' item forms stripped of their public fields, one form at a time."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from forms_builder.matching import ranking
from forms_builder.matching.ranking import Candidate, KnownField, Ranker, WantedField
from forms_builder.matching.tests.pairs import forms, hits_and_misses, ranker_without, register

PAIRS = 195
# Judged by hand: what a person could not tell from the form alone either, or what two public fields say alike (单位名称
# and 经营主体名称, both dossiers' 领证方式), which is what merging them is for.
KNOWN_MISSES = {
    ("SEAL.unitName", "单位名称", "c_ent_name"),
    ("FOOD.GET_WAY", "领证方式", "c_delivery_way"),
    ("FIRE.csmc", "场所名称", "c_shop_name"),
    ("DRAIN.psh_mc", "排水户名称", "c_ent_name"),
    ("IMM.birth", "出生日期", "c_dog_birth"),
    ("REGU.LXR", "经办人", "c_owner_name"),
    ("REGU.CN", "承诺", "c_commit"),
    ("PAY.payer", "缴款人", "c_owner_name"),
}


def test_the_right_one_is_first_for_ninety_five_in_a_hundred() -> None:
    hits, misses = hits_and_misses()
    assert hits + len(misses) == PAIRS
    assert hits >= 0.95 * PAIRS
    assert set(misses) <= KNOWN_MISSES


def test_without_any_form_in_use_the_labels_alone_still_find_most() -> None:
    hits, _ = hits_and_misses(is_cold=True)
    assert hits >= 0.6 * PAIRS


class ByNameAlone(Ranker):
    """Saboteur: no company, nothing said around a field."""

    def _said_around(self, *_: Any) -> dict[str, float]:
        return {}

    def _judge(self, wanted: WantedField, number: int, options: Any, around: Any, *_: Any) -> list[Candidate]:
        return super()._judge(wanted, number, options, around, {}, {})


def test_names_alone_would_not_do() -> None:
    hits, _ = hits_and_misses(ByNameAlone)
    assert hits < 0.95 * PAIRS


def test_every_candidate_could_be_the_same_field_and_says_why() -> None:
    known = register()
    for form in forms():
        kinds = {field.code: field.data_type for field in form.fields}
        for code, candidates in ranker_without(form).rank(form.name, form.fields).items():
            assert [one.score for one in candidates] == sorted((one.score for one in candidates), reverse=True)
            for one in candidates:
                assert one.why and 0 < one.score <= 1
                assert ranking._family(kinds[code]) == ranking._family(known[one.code]["data_type"])


def ranked(known: Sequence[KnownField], *fields: WantedField, title: str = "") -> Mapping[str, list[Candidate]]:
    return Ranker(known).rank(title, fields)


def test_a_synonym_finds_the_field_and_is_named() -> None:
    known = [KnownField("c_vet", "免疫点名称", "string", names=("宠物医院",)), KnownField("c_x", "医院等级", "string")]
    (best, *_) = ranked(known, WantedField("a", "宠物医院", "string"))["a"]
    assert (best.code, best.why[0]) == ("c_vet", "与同义词相同")


def test_whose_number_it_is_is_told_by_the_fields_before() -> None:
    known = [
        KnownField(f"c_{who}", f"{label}联系电话", "phone") for who, label in (("a", "经办人"), ("l", "法定代表人"))
    ]
    found = ranked(known, WantedField("fr", "法定代表人", "string"), WantedField("dh", "联系电话", "phone"))
    assert [one.code for one in found["dh"]] == ["c_l", "c_a"]
    found = ranked(known, WantedField("jbr", "经办人姓名", "string"), WantedField("dh", "联系电话", "phone"))
    assert [one.code for one in found["dh"]] == ["c_a", "c_l"]


def test_a_public_field_is_first_for_one_field_of_a_form_only() -> None:
    known = [KnownField("c_one", "联系电话", "phone"), KnownField("c_two", "备用联系电话", "phone")]
    found = ranked(
        known, WantedField("a", "联系电话", "phone", public_field="c_one"), WantedField("b", "电话", "phone")
    )
    assert "a" not in found
    assert found["b"][0].code == "c_two" or found["b"][0].score < 0.9


@pytest.mark.parametrize("label", ["", "（）", "🙂", "ＡＢＣ", "<script>", "x" * 500])
def test_no_label_breaks_it(label: str) -> None:
    known = [KnownField("c", label or "名称", "string"), KnownField("d", "名称", "string", names=("",))]
    assert ranked(known, WantedField("a", label, "string"), title=label) is not None
    assert ranked([], WantedField("a", label, "string")) == {"a": []}
