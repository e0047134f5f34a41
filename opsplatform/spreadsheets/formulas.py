"""The guard against formulas in CSV: an apostrophe before what a spreadsheet program would take for one.

Source of the rule: OWASP "CSV Injection" (= + - @ TAB CR), with LF, NUL, leading space and the full-width forms that
East Asian versions of Excel evaluate as well.
"""

import re

_LIVE = re.compile(r"'*[=+\-@\t\r\n\x00 ＝＋－＠]")


def neutralised(text: str) -> str:
    """The text as it stands in a CSV file: never the beginning of a formula."""
    return f"'{text}" if _LIVE.match(text) else text


def restored(text: str) -> str:
    """What `neutralised` was given; a text of other origin loses an apostrophe only before a formula."""
    return text[1:] if text.startswith("'") and _LIVE.match(text) else text
