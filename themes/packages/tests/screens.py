"""Records as they stand on the screen, as the guide's `fromRecord` puts them: in sections, nothing unanswered."""

from typing import Any


def on_screen(ui: dict[str, Any], record: dict[str, Any]) -> dict[str, Any]:
    """The record in the shape that the screen's schema judges."""
    shown = {name: part for name, part in record.items() if name not in ("answers", "data")}
    if "answers" in record:
        shown["answers"] = {code: given for code, given in record["answers"].items() if given not in (None, "", [])}
    shown["data"] = data = {}
    for key, value in record["data"].items():
        if key in ui["places"]:
            section, name = ui["places"][key]
            data.setdefault(section, {})[name] = value
        else:
            data[key] = value
    return shown
