"""What can be seen of a text."""

import re
import unicodedata

# The inside of a character class: control characters other than tab and line ends, signs of no width, and those that
# turn the direction of what is read.
UNSEEN = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff"

_UNSEEN = re.compile(f"[{UNSEEN}]")
_BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters and signs by their category, drawn as nothing


def find_unseen(text: str) -> str:
    """The first character that nobody sees, empty without one."""
    found = _UNSEEN.search(text)
    return found[0] if found else ""


def is_visible(text: str) -> bool:
    """Whether the text holds a letter, digit or sign that people see."""
    return any(unicodedata.category(sign)[0] in "LNPS" and sign not in _BLANK_LETTERS for sign in text)
