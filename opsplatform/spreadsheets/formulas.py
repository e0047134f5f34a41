"""The guard against formulas in CSV: an apostrophe before what a spreadsheet program would take for one.

Source of the rule: OWASP "CSV Injection" (= + - @ TAB CR), with LF, NUL, leading space, the full-width and small forms
that East Asian versions of Excel evaluate as well, and the other blanks that some program takes away before it looks.
"""

import re

_LIVE = re.compile(r"'*[=+\-@＝＋－＠﹦﹢﹣﹫−\s\x00\x1c-\x1f\u180e\u200b-\u200f\u2060\ufeff]")


def neutralised(text: str) -> str:
    """The text as it stands in a CSV file: never the beginning of a formula."""
    return f"'{text}" if _LIVE.match(text) else text


def restored(text: str) -> str:
    """What `neutralised` was given; a text of other origin loses an apostrophe only before a formula."""
    return text[1:] if text.startswith("'") and _LIVE.match(text) else text
