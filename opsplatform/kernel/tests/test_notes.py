"""A note says something, and not more than fits where it is shown."""

import pytest

from opsplatform.kernel.errors import Invalid
from opsplatform.kernel.notes import LONGEST, NoteMissing, NoteTooLong, require_note


def test_a_note_is_kept_without_surrounding_blanks() -> None:
    assert require_note("  首次发布\n") == "首次发布"


@pytest.mark.parametrize("blank", ["", " ", "\n\t", "\u3000", "\u3164"])
def test_blanks_are_no_note(blank: str) -> None:
    with pytest.raises(NoteMissing):
        require_note(blank)


def test_a_note_of_the_longest_length_is_kept_and_a_longer_one_refused() -> None:
    assert require_note("长" * LONGEST) == "长" * LONGEST
    with pytest.raises(NoteTooLong):
        require_note("长" * (LONGEST + 1))


@pytest.mark.parametrize("unseen", ["\x00", "\u200b", "\u202e", "\ufeff"])
def test_a_note_holds_nothing_unseen(unseen: str) -> None:
    with pytest.raises(Invalid) as refusal:
        require_note(f"首次{unseen}发布", place="/reason")
    assert [(problem.pointer, problem.code) for problem in refusal.value.problems] == [("/reason", "unseen_character")]
