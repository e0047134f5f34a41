"""The way to a property and the code of its field: steps joined by dots, dots inside a step escaped."""


def code_of(way: tuple[str, ...]) -> str:
    """The code of the field at the end of the way through nested objects."""
    return ".".join(name.replace("~", "~0").replace("/", "~1").replace(".", "~2") for name in way)


def way_of(code: str) -> tuple[str, ...]:
    """The way through nested objects that the code spells."""
    return tuple(part.replace("~2", ".").replace("~1", "/").replace("~0", "~") for part in code.split("."))
