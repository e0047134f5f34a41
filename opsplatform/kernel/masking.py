"""What of a value is shown to who may not see it whole, by its class (分级分类): the one place that hides values."""

from typing import Any

SENSITIVE, HIGHLY_SENSITIVE = "sensitive", "highly_sensitive"
MASKED = frozenset({SENSITIVE, HIGHLY_SENSITIVE})

_SHORTEST_WITH_ENDS = 5  # of a shorter text its ends would be most of it


def shown(value: Any, sensitivity: str) -> Any:
    """The value where its class is not masked; of a sensitive text or number its ends, of a highly sensitive one
    nothing, wherever in the value it stands. Truth values and what is empty give nothing away and stay.
    """
    if sensitivity not in MASKED or value is None or value == "" or isinstance(value, bool):
        return value
    if isinstance(value, dict):
        return {key: shown(part, sensitivity) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [shown(part, sensitivity) for part in value]
    text = str(value)
    if sensitivity == HIGHLY_SENSITIVE or len(text) < _SHORTEST_WITH_ENDS:
        return "***"
    return f"{text[0]}***{text[-2:]}"
