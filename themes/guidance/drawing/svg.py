"""The flow as SVG 1.1: one file that any browser, word processor or printer shows alike."""

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from themes.documents import Guidance
from themes.guidance.drawing.flow import Edge, flow_of
from themes.guidance.drawing.layout import HEAD, LEADING, MARGIN, PAD, SIZE, SMALL, Box, Layout, lay_out
from themes.guidance.wording import Names

FONT = "'Noto Sans CJK SC','Source Han Sans SC','Microsoft YaHei','PingFang SC',sans-serif"
COLOURS = {  # fill, line, text
    "question": ("#eff6ff", "#1a5fc4", "#0f172a"),
    "rule": ("#ffffff", "#64748b", "#0f172a"),
    "item": ("#dcfce7", "#15803d", "#052e16"),
    "stop": ("#fee2e2", "#b91c1c", "#450a0a"),
    "notice": ("#fef3c7", "#92400e", "#451a03"),
    "field": ("#f1f5f9", "#475569", "#0f172a"),
}
HEADINGS = ("问题（按次序问）", "规则", "结果")
LINES = ("#2563eb", "#0f766e", "#7c3aed", "#b45309", "#be185d", "#4d7c0f", "#0369a1", "#475569")  # one per source


def draw_guidance(guidance: Guidance, names: Names, title: str) -> str:
    """The SVG document of the guidance. `data-pointer` of a box is the place of its element in the theme document."""
    layout = lay_out(flow_of(guidance, names))
    return "".join(_written(layout, title))


def _written(layout: Layout, title: str) -> Iterator[str]:
    width, height = _px(layout.width), _px(layout.height)
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'font-family="{FONT}" role="img"><title>{_text(title)}</title>'
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>'
    )
    for start, heading in zip(layout.columns, HEADINGS, strict=True):
        yield _words(heading, start, MARGIN + SIZE, 15, "#334155", "600")
    if not layout.boxes:
        yield _words("还没有问题和规则。", MARGIN, HEAD + MARGIN + SIZE, SIZE, "#64748b")
    boxes = {box.node.key: box for box in layout.boxes}
    lanes = {key: number for number, key in enumerate(boxes)}
    for edge in layout.edges:
        yield _line(edge, boxes[edge.source], boxes[edge.target], lanes[edge.source])
    for box in layout.boxes:
        yield _box(box)
    yield "</svg>"


def _line(edge: Edge, source: Box, target: Box, lane: int) -> str:
    colour = LINES[lane % len(LINES)]
    if target.node.kind == "question":
        path = _hook(source, target, lane)
    else:
        x1, y1 = source.x + source.width, source.y + source.height / 2
        x2, y2 = target.x, target.y + target.height / 2
        middle = (x1 + x2) / 2
        path = f"M{_px(x1)} {_px(y1)}C{_px(middle)} {_px(y1)} {_px(middle)} {_px(y2)} {_px(x2 - 7)} {_px(y2)}"
    dash = ' stroke-dasharray="5 4"' if edge.is_removal else ""
    ends = f"data-source={_attribute(edge.source)} data-target={_attribute(edge.target)}"
    line = f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="1.4" stroke-opacity="0.6"{dash}/>'
    return f'<g class="edge" {ends}>{line}{_head(target, colour)}</g>'


def _hook(source: Box, target: Box, lane: int) -> str:
    """From below a question's left edge to a question under it; questions beside each other take different lanes."""
    x1 = source.x + 6 + 4 * (lane % 4)
    y1 = source.y + (source.height if target.y > source.y else 0)
    y2 = target.y + target.height / 2
    return f"M{_px(x1)} {_px(y1)}V{_px(y2)}H{_px(max(x1, target.x - 7))}"


def _head(target: Box, colour: str) -> str:
    x, y = target.x, target.y + target.height / 2
    path = f"M{_px(x - 7)} {_px(y - 4)}L{_px(x)} {_px(y)}L{_px(x - 7)} {_px(y + 4)}Z"
    return f'<path d="{path}" fill="{colour}" fill-opacity="0.8"/>'


def _box(box: Box) -> str:
    fill, line, ink = COLOURS[box.node.kind]
    pointer = f" data-pointer={_attribute(box.node.pointer)}" if box.node.pointer else ""
    radius = 18 if box.node.kind == "stop" else 6
    lines = "".join(_lines(box, ink))
    return (
        f'<g class="node" data-key={_attribute(box.node.key)}{pointer}><title>{_text(box.node.whole)}</title>'
        f'<rect x="{_px(box.x)}" y="{_px(box.y)}" width="{_px(box.width)}" height="{_px(box.height)}" rx="{radius}" '
        f'fill="{fill}" stroke="{line}" stroke-width="1.4"/>{lines}</g>'
    )


def _lines(box: Box, ink: str) -> Iterator[str]:
    y = box.y + PAD
    for size, weight, texts in ((SIZE, "600", box.lines), (SMALL, "400", box.details)):
        for text in texts:
            y += size * LEADING
            yield _words(text, box.x + PAD, y - size * 0.35, size, ink, weight)


def _words(text: str, x: float, y: float, size: int, ink: str, weight: str = "400") -> str:
    place = f'x="{_px(x)}" y="{_px(y)}"'
    return f'<text {place} font-size="{size}" font-weight="{weight}" fill="{ink}">{_text(text)}</text>'


def _text(text: str) -> str:
    return escape(_allowed(text))


def _attribute(text: str) -> str:
    return quoteattr(_allowed(text))


def _allowed(text: str) -> str:
    """The text without what XML 1.0 does not allow."""
    return "".join(
        one
        for one in text
        if one in "\t\n\r" or (one >= " " and one not in "\ufffe\uffff" and not "\ud800" <= one <= "\udfff")
    )


def _px(measure: float) -> str:
    return f"{measure:.1f}".removesuffix(".0")
