"""Keys of elements: steps joined by "/", spelled as in a JSON pointer (RFC 6901); in patterns `*` is any one step."""

from collections.abc import Iterator

ANY = "*"


def key_of(*steps: str) -> str:
    """The key of these steps; whatever a step holds, `steps_of` gives it back."""
    return "/".join(step.replace("~", "~0").replace("/", "~1") for step in steps)


def steps_of(key: str) -> tuple[str, ...]:
    """The steps of a key."""
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in key.split("/"))


def fits(pattern: str, key: str) -> bool:
    """Whether the key is one that the pattern means."""
    wanted, given = pattern.split("/"), key.split("/")
    return len(wanted) == len(given) and all(step in (ANY, other) for step, other in zip(wanted, given, strict=True))


def ancestors_of(key: str) -> Iterator[str]:
    """The keys above it, nearest first."""
    above = key.rpartition("/")[0]
    while above:
        yield above
        above = above.rpartition("/")[0]
