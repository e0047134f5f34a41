"""Where the boxes stand: three columns, the second and third ordered so that lines cross little (barycentres).

Measures are in px. A line of text is broken where it no longer fits its box; what is longer than a box may be is cut
with an ellipsis and stands in full in the box's title.
"""

from collections.abc import Sequence
from unicodedata import east_asian_width

import msgspec

from themes.guidance.drawing.flow import Edge, Flow, Node

SIZE, SMALL = 14, 12  # px, of texts and of details
PAD, LEADING = 10, 1.4
INDENT, DEEPEST = 26, 5  # px a question stands in under another, and how often at most
WIDTHS = {"question": 320, "rule": 330, "item": 240, "stop": 240, "notice": 240, "field": 240}
GAP, COLUMN_GAP, MARGIN, HEAD = 14, 130, 24, 48
MOST_LINES = 3


class Box(msgspec.Struct, frozen=True):
    """A node in its place, its text in lines."""

    node: Node
    x: float
    y: float
    width: float
    height: float
    lines: tuple[str, ...]
    details: tuple[str, ...]


class Layout(msgspec.Struct, frozen=True):
    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...]
    columns: tuple[float, ...]  # where each of the three begins
    width: float
    height: float


def lay_out(flow: Flow) -> Layout:
    """The flow with a place for every box; rules keep close to their questions, outcomes to their rules."""
    starts = [MARGIN]
    starts.append(starts[0] + WIDTHS["question"] + INDENT * min(DEEPEST, _deepest(flow.questions)) + COLUMN_GAP)
    starts.append(starts[1] + WIDTHS["rule"] + COLUMN_GAP)
    questions = _stacked(flow.questions, starts[0])
    middles = {box.node.key: box.y + box.height / 2 for box in questions}
    rules = _stacked(
        _by_pull(flow.rules, flow.edges, middles), starts[1], middles=_pulls(flow.rules, flow.edges, middles)
    )
    middles |= {box.node.key: box.y + box.height / 2 for box in rules}
    outcomes = _stacked(
        _by_pull(flow.outcomes, flow.edges, middles), starts[2], middles=_pulls(flow.outcomes, flow.edges, middles)
    )
    boxes = (*questions, *rules, *outcomes)
    bottom = max((box.y + box.height for box in boxes), default=HEAD)
    return Layout(boxes, flow.edges, tuple(starts), starts[2] + WIDTHS["item"] + MARGIN, bottom + MARGIN)


def _deepest(nodes: Sequence[Node]) -> int:
    return max((node.depth for node in nodes), default=0)


def _pulls(nodes: Sequence[Node], edges: Sequence[Edge], middles: dict[str, float]) -> dict[str, float]:
    """The mean height of what leads to each node."""
    sources: dict[str, list[float]] = {node.key: [] for node in nodes}
    for edge in edges:
        if edge.target in sources and edge.source in middles:
            sources[edge.target].append(middles[edge.source])
    return {key: sum(found) / len(found) for key, found in sources.items() if found}


def _by_pull(nodes: Sequence[Node], edges: Sequence[Edge], middles: dict[str, float]) -> list[Node]:
    pulls = _pulls(nodes, edges, middles)
    return sorted(nodes, key=lambda node: pulls.get(node.key, 0.0))


def _stacked(nodes: Sequence[Node], start: float, *, middles: dict[str, float] | None = None) -> list[Box]:
    """The nodes below each other, none over another, each as near as may be to the height that pulls it."""
    sized = [_sized(node, start) for node in nodes]
    wanted = [(middles or {}).get(box.node.key, 0.0) - box.height / 2 for box in sized]
    tops = _apart(wanted if middles else [0.0] * len(sized), [box.height for box in sized])
    return [msgspec.structs.replace(box, y=top) for box, top in zip(sized, tops, strict=True)]


def _apart(wanted: Sequence[float], heights: Sequence[float]) -> list[float]:
    """Tops in the given order, not over each other and not above the head, with the least squared way from the wanted.

    Pool adjacent violators: neighbours that would overlap move together to the mean of what they want.
    """
    offsets = [0.0]
    for height in heights[:-1]:
        offsets.append(offsets[-1] + height + GAP)
    groups: list[tuple[float, int]] = []  # mean of the wanted tops less the offsets, how many
    for want, offset in zip(wanted, offsets, strict=False):
        mean, count = want - offset, 1
        while groups and groups[-1][0] >= mean:
            other, many = groups.pop()
            mean, count = (mean * count + other * many) / (count + many), count + many
        groups.append((mean, count))
    shifts = [max(mean, float(HEAD)) for mean, count in groups for _ in range(count)]
    return [round(shift + offset, 1) for shift, offset in zip(shifts, offsets, strict=False)]


def _sized(node: Node, start: float) -> Box:
    width, indent = WIDTHS[node.kind], INDENT * min(DEEPEST, node.depth)
    lines = broken(node.text, SIZE, width - 2 * PAD)
    details = broken(node.detail, SMALL, width - 2 * PAD) if node.detail else ()
    height = 2 * PAD + LEADING * (SIZE * len(lines) + SMALL * len(details))
    return Box(node, start + indent, 0, width, round(height, 1), lines, details)


# --- texts ------------------------------------------------------------------------------------------------------------


def broken(text: str, size: float, width: float) -> tuple[str, ...]:
    """The text in at most MOST_LINES lines that fit the width; an ellipsis ends one that does not fit whole."""
    lines, line = [], ""
    for character in " ".join(text.split()):
        if line and (width_of(line) + width_of(character)) * size > width:
            lines.append(line)
            line = "" if character == " " else character
        else:
            line += character
    lines.append(line)
    if len(lines) <= MOST_LINES:
        return tuple(lines)
    return (*lines[: MOST_LINES - 1], f"{lines[MOST_LINES - 1][:-1]}…")


def width_of(text: str) -> float:
    """The width of the text in em: one for an ideograph, a little over half of that for a Latin letter."""
    return sum(1.0 if east_asian_width(character) in "WFA" else 0.58 for character in text)
