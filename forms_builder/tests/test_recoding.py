"""Codes are replaced where they stand, whatever stands around them."""

from typing import Any

import pytest

from forms_builder.services.recoding import recode
from opsplatform.kernel.errors import WrongState


@pytest.mark.parametrize(
    ("held", "codes", "after"),
    [
        ("a", ["b"], "b"),
        (["a", "c"], ["b", "c"], ["b", "c"]),
        ({"q": "scope", "op": "eq", "value": "a"}, ["b"], {"q": "scope", "op": "eq", "value": "b"}),
        ({"q": "scope", "op": "eq", "value": "a"}, ["b", "c"], {"q": "scope", "op": "in", "value": ["b", "c"]}),
        ({"q": "scope", "op": "in", "value": ["a"]}, ["b", "c"], {"q": "scope", "op": "in", "value": ["b", "c"]}),
        ({"a": 1, "x": 2}, ["b", "x"], {"b": 1, "x": 2}),
        ({"a": 1, "op": 2}, ["b"], {"b": 1, "op": 2}),  # a map of answers, one of which is called "op"
    ],
)
def test_every_code_of_it_is_replaced(held: Any, codes: list[str], after: Any) -> None:
    tree = {"rules": [{"here": held}]}
    recode(tree, "/rules/0/here", "a", codes)
    assert tree == {"rules": [{"here": after}]}


@pytest.mark.parametrize("held", ["x", ["x"], {"x": 1}, {"q": "scope", "op": "eq", "value": "x"}])
def test_what_is_no_longer_there_is_not_replaced(held: Any) -> None:
    with pytest.raises(WrongState):
        recode({"here": held}, "/here", "a", ["b"])


def test_a_test_of_greater_than_takes_one_code_only() -> None:
    with pytest.raises(WrongState):
        recode({"here": {"q": "size", "op": "gt", "value": "a"}}, "/here", "a", ["b", "c"])
