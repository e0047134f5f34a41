"""The page of guarantees names tests that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_ROW = re.compile(r"^\| (?!Promise|---)", re.MULTILINE)
_NAMED = re.compile(r"`([\w/]+\.\w+)(?:::(\w+))?`")


def dangling(page: str) -> list[str]:
    """The tests and files that the page names and that are not there."""
    return [
        f"{path}::{name}"
        for path, name in _NAMED.findall(page)
        if not (ROOT / path).is_file() or (name and f"def {name}(" not in (ROOT / path).read_text())
    ]


def test_every_test_that_the_page_of_guarantees_names_is_there() -> None:
    page = (ROOT / "docs/guarantees.md").read_text()
    assert dangling(page) == []
    rows = [line for line in page.splitlines() if _ROW.match(line)]
    assert len(rows) >= 25
    for row in rows:
        _, _, _, shown, sabotaged, _ = row.split("|")
        assert _NAMED.search(shown) and _NAMED.search(sabotaged), row


@pytest.mark.parametrize("name", ["themes/tests/test_no_such.py", "themes/tests/test_gate.py::test_no_such"])
def test_a_test_that_is_gone_would_be_noticed(name: str) -> None:
    assert len(dangling(f"`{name}`")) == 1
