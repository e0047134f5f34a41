from typing import Any

import msgspec
import pytest

from themes import documents as d
from themes.guidance.tests.dossiers import DOSSIERS, load_dossier, read_guidance
from themes.guidance.wording import Names, condition_sentence, effect_sentence, rule_sentence

GUIDANCE = d.Guidance(
    questions=(
        d.Question(
            code="q",
            text="已办执照?",
            type="single",
            order=1,
            options=(d.Option(code="no", text="还没有"), d.Option(code="yes", text="已有")),
        ),
        d.Question(code="area", text="多大?", type="number", order=2, unit="平方米"),
        d.Question(code="day", text="哪天?", type="date", order=3),
        d.Question(code="own", text="自有?", type="boolean", order=4),
        d.Question(code="district", text="哪个区?", type="division6", order=5),
    )
)
NAMES = Names(
    items={"A": "办执照"},
    materials={"M": "身份证"},
    notices={"N": "先照后证"},
    fields={"A.f": "类型", "c": "费用"},
    field_values={"A.f": {"1": "甲类"}},
    divisions={"310101": "黄浦区"},
)
LICENSED = {"q": "q", "op": "eq", "value": "no"}
LARGE = {"q": "area", "op": "gt", "value": 300.0}


@pytest.mark.parametrize(
    ("tree", "sentence"),
    [
        (LICENSED, "“已办执照?” 为 “还没有”"),
        ({"q": "q", "op": "ne", "value": "no"}, "“已办执照?” 已回答且不为 “还没有”"),
        ({"q": "q", "op": "in", "value": ["no", "yes"]}, "“已办执照?” 为 “还没有”、“已有” 之一"),
        ({"q": "q", "op": "not_in", "value": ["no"]}, "“已办执照?” 已回答且不为 “还没有” 中的任何一个"),
        ({"q": "q", "op": "contains", "value": "no"}, "“已办执照?” 选了 “还没有”"),
        ({"q": "q", "op": "contains_any", "value": ["no", "?"]}, "“已办执照?” 选了 “还没有”、“?” 中的至少一个"),
        ({"q": "q", "op": "answered"}, "“已办执照?” 已回答"),
        (LARGE, "“多大?” 大于 300 平方米"),
        ({"q": "area", "op": "le", "value": 1.5}, "“多大?” 小于或等于 1.5 平方米"),
        ({"q": "day", "op": "ge", "value": "2025-01-01"}, "“哪天?” 不早于 2025-01-01"),
        ({"q": "own", "op": "eq", "value": True}, "“自有?” 为 “是”"),
        ({"q": "district", "op": "eq", "value": "310101"}, "“哪个区?” 为 “黄浦区”"),
        ({"q": "gone", "op": "eq", "value": "x"}, "“gone” 为 “x”"),
        ({"all": [LICENSED]}, "“已办执照?” 为 “还没有”"),
        ({"all": [LICENSED, LARGE]}, "“已办执照?” 为 “还没有”，并且“多大?” 大于 300 平方米"),
        (
            {"any": [LICENSED, {"all": [LARGE, LICENSED]}]},
            "“已办执照?” 为 “还没有”，或者（“多大?” 大于 300 平方米，并且“已办执照?” 为 “还没有”）",
        ),
        ({"not": LICENSED}, "并非（“已办执照?” 为 “还没有”）"),
        ({"all": []}, "任何情况下"),
        ({"any": []}, "从不"),
    ],
)
def test_a_condition_reads_as_a_sentence(tree: Any, sentence: str) -> None:
    assert condition_sentence(msgspec.convert(tree, d.Condition), GUIDANCE, NAMES) == sentence


@pytest.mark.parametrize(
    ("effect", "sentence"),
    [
        (d.AddItem(item="A"), "增加事项“办执照”"),
        (d.RemoveItem(item="B"), "去掉事项“B”"),
        (d.AddMaterial(item="A", material="M"), "事项“办执照”增加材料“身份证”"),
        (d.AddMaterial(item="A", material="M", necessity_code="2"), "事项“办执照”增加材料“身份证”（必要性 2）"),
        (d.WaiveMaterial(item="A", material="M"), "事项“办执照”免交材料“身份证”"),
        (d.SetField(item="A", field="f", value=["1", "2"]), "事项“办执照”的字段“类型”填为“甲类”、“2”"),
        (d.SetField(item=None, field="c", value=True), "共用字段“费用”填为“是”"),
        (d.SetField(item=None, field="c", value=None), "共用字段“费用”填为空"),
        (d.SetField(item=None, field="c", value=[{"a": 1, "b": [True, None]}]), "共用字段“费用”填为“a：1；b：是、空”"),
        (d.SetField(item=None, field="c", value=[]), "共用字段“费用”填为空"),
        (d.SetPromisedDays(item="A", value=1), "事项“办执照”承诺 1 个工作日办结"),
        (d.AddNotice(notice="N"), "提示“先照后证”"),
        (d.Stop(message="请重新选址。"), "不能继续办理，原因：“请重新选址。”"),
    ],
)
def test_an_effect_reads_as_a_sentence(effect: d.Effect, sentence: str) -> None:
    assert effect_sentence(effect, NAMES) == sentence


def test_a_rule_says_since_when_when_and_what() -> None:
    rule = d.Rule(
        code="R",
        name="先照后证",
        priority=1,
        when=msgspec.convert(LICENSED, d.Condition),
        effects=(d.AddItem(item="A"), d.AddNotice(notice="N")),
        effective_from="2025-01-01",
    )
    assert rule_sentence(rule, GUIDANCE, NAMES) == (
        "自 2025-01-01 起，当“已办执照?” 为 “还没有”时：增加事项“办执照”；提示“先照后证”。"
    )


@pytest.mark.parametrize("name", DOSSIERS)
def test_no_code_shows_in_the_conditions_of_a_dossier(name: str) -> None:
    guidance = read_guidance(load_dossier(name))
    for rule in guidance.rules:
        sentence = condition_sentence(rule.when, guidance)
        assert "q_" not in sentence
        assert not any(f"“{code}”" in sentence for code in ("yes", "no", "retail", "commit", "person"))
