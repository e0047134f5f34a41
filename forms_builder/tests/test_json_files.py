"""Dictionaries and crosswalks enter as JSON through the console: compared first, written whole or not at all."""

import json
from datetime import date
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from forms_builder.models import Crosswalk, Dictionary, DictionaryEntry
from opsplatform.accounts.tests.factories import person
from opsplatform.register_files.tests.world import confirmed, uploaded

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser() -> Client:
    client = Client()
    client.force_login(person("platform_operator"))
    return client


def sent(browser: Client, register: str, tree: Any, name: str = "list.json") -> Any:
    content = tree if isinstance(tree, bytes) else json.dumps(tree, ensure_ascii=False).encode()
    return uploaded(browser, register, content, name)


def sample(name: str) -> Any:
    return json.loads((settings.SAMPLE_DATA_DIRECTORY / f"{name}.json").read_bytes())


def test_the_sample_lists_enter_with_every_entry_and_the_same_file_again_changes_nothing(browser: Client) -> None:
    tree = sample("dictionaries")
    tree = {"_meta": tree["_meta"], "dictionaries": tree["dictionaries"]}
    page = sent(browser, "dictionary", tree)
    result = page.context["result"]
    assert (result.new_count, result.problem_count) == (60, 0)
    assert Dictionary.objects.count() == 0
    confirmed(browser, page)
    assert Dictionary.objects.count() == 60
    assert DictionaryEntry.objects.count() == sum(len(one["items"]) for one in tree["dictionaries"])
    assert DictionaryEntry.objects.get(dictionary__code="theme_category", code="L1").parent_code == "L"
    again = sent(browser, "dictionary", b"\xef\xbb\xbf" + json.dumps(tree).encode()).context["result"]
    assert (again.rows, again.unchanged_count) == ((), 60)
    walks = sample("crosswalks")
    confirmed(browser, sent(browser, "crosswalk", walks))
    assert [row.relation for row in Crosswalk.objects.get().mappings.all()].count("narrower") == 1
    assert sent(browser, "crosswalk", walks).context["result"].rows == ()


def test_periods_trees_and_what_lies_above_enter_and_differences_are_told_cell_by_cell(browser: Client) -> None:
    districts = {"code": "qx", "name": "区", "items": [{"code": "1", "name": "甲区"}, {"code": "2", "name": "乙区"}]}
    streets = {
        "code": "jd", "name": "街道", "parent_dictionary": "qx",
        "items": [{"code": "11", "name": "子街道", "parent": "1", "valid_from": "2024-01-01", "valid_to": None}],
    }  # fmt: skip
    confirmed(browser, sent(browser, "dictionary", {"dictionaries": [districts, streets]}))
    entry = DictionaryEntry.objects.get(dictionary__code="jd")
    assert (entry.valid_from, entry.dictionary.parent_dictionary.code) == (date(2024, 1, 1), "qx")
    streets["items"][0] |= {"parent": "2", "valid_to": "2099-12-31"}  # type: ignore[index,operator]
    result = sent(browser, "dictionary", {"dictionaries": [streets]}).context["result"]
    (row,) = result.rows
    assert [(cell.heading, cell.before, cell.after) for cell in row.cells] == [
        ("上级代码", "1", "2"),
        ("停用日期", "", "2099-12-31"),
    ]


def test_what_the_register_refuses_is_refused_from_json_as_well(browser: Client) -> None:
    items = [{"code": "1", "name": "甲"}, {"code": "2", "name": "乙"}]
    confirmed(browser, sent(browser, "dictionary", {"dictionaries": [{"code": "a", "name": "表", "items": items}]}))
    wrong = [
        {"code": "a", "name": "表", "items": items[:1]},
        {"code": "b", "name": "表", "items": [{"code": "²", "name": "甲"}, {"code": "2", "name": "乙", "parent": "9"}]},
        {"code": "c", "name": "表", "items": [{"code": "1", "name": "甲", "valid_from": "明天"}]},
        {"code": "d", "name": "表", "parent_dictionary": "nowhere", "items": []},
    ]
    result = sent(browser, "dictionary", {"dictionaries": wrong}).context["result"]
    told = " ".join(problem.sentence for problem in result.problems)
    for part in ("不能删除", "² 不符合规定的格式", "上级代码 9 不存在", "应为日期", "没有找到字典"):
        assert part in told, part
    assert list(Dictionary.objects.values_list("code", flat=True)) == ["a"]


DAMAGES: dict[str, tuple[Any, str]] = {
    "not JSON": (b"{dictionaries: []}", "不是 JSON"),
    "nothing": (b"", "不是 JSON"),
    "a list": ([], "dictionaries 是列表"),
    "another root": ({"crosswalks": []}, "dictionaries 是列表"),
    "something beside the root": ({"dictionaries": [], "more": 1}, "/more"),
    "a row that is none": ({"dictionaries": [1]}, "/dictionaries/0"),
    "an entry that is none": ({"dictionaries": [{"code": "a", "items": ["b"]}]}, "/dictionaries/0/items/0"),
    "entries that are no list": ({"dictionaries": [{"code": "a", "items": {}}]}, "/dictionaries/0/items"),
    "an unknown key": ({"dictionaries": [{"code": "a", "colour": 1}]}, "/dictionaries/0/colour"),
    "a tree where a text belongs": ({"dictionaries": [{"code": "a", "name": {"x": 1}}]}, "/dictionaries/0/name"),
    "NaN": (b'{"dictionaries": [{"code": NaN}]}', "NaN"),
    "NUL": (b'{"dictionaries": [{"code": "\\u0000"}]}', "NUL"),
    "a lone surrogate": (b'{"dictionaries": [{"code": "\\ud800"}]}', ""),
    "a key twice": (b'{"dictionaries": [], "dictionaries": []}', "dictionaries"),
    "too deep": (b'{"dictionaries": ' + b"[" * 5000 + b"]" * 5000 + b"}", ""),
    "too many lines": ({"dictionaries": [{"code": "a", "items": [{"code": "b"}] * 20_001}]}, "20000 行"),
    "a workbook by another name": (b"PK\x03\x04" + b"\x00" * 100, ""),
    "too large": (b'{"dictionaries": "' + b"x" * 5_300_000 + b'"}', "5 MB"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_file_that_is_no_such_list_is_refused_with_its_places(browser: Client, damage: str) -> None:
    content, told = DAMAGES[damage]
    answer = browser.post("/registers/dictionary/import/", {"file": _file(content)})
    assert 400 <= answer.status_code < 500
    assert told in answer.content.decode()


def test_registers_without_a_shape_take_no_json(browser: Client) -> None:
    answer = browser.post("/registers/material/import/", {"file": _file({"materials": []})})
    assert answer.status_code == 422 and "只接受 .xlsx 和 .csv 文件" in answer.content.decode()
    assert ".json" in browser.get("/registers/dictionary/import/").content.decode()


def _file(content: Any) -> Any:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return SimpleUploadedFile("list.json", body)
