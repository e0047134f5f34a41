"""The flow of guidance as a picture: everything is in it, nothing lies over anything, words stay words."""

import itertools
from xml.etree import ElementTree

import msgspec
import pytest

from opsplatform.kernel.conditions import Condition
from themes.documents import AddItem, Guidance, Option, Question, RemoveItem, Rule, Stop
from themes.guidance.drawing import layout as laying_out
from themes.guidance.drawing.flow import Flow, flow_of
from themes.guidance.drawing.layout import MOST_LINES, PAD, SIZE, Box, broken, lay_out, width_of
from themes.guidance.drawing.svg import draw_guidance
from themes.guidance.tests.dossiers import DOSSIERS, load_dossier, read_guidance
from themes.guidance.wording import NO_NAMES, Names

SVG = "{http://www.w3.org/2000/svg}"
LONG = "请问您打算在哪里办理这件事，是否已经和房东签好租赁合同并且取得了消防部门的意见书？（Please answer yes or no.）"


def forty() -> Guidance:
    """Forty questions, every third under the one before it, and as many rules."""
    questions = tuple(
        Question(
            code=f"q{number}",
            text=f"第 {number} 个问题：{LONG}" if number % 4 == 0 else f"第 {number} 个问题？",
            type="single",
            order=number,
            options=tuple(Option(code=str(place), text=f"选项{place}") for place in range(8)),
            show_when=Condition(q=f"q{number - 1}", op="eq", value="1") if number % 3 == 2 else None,
        )
        for number in range(1, 41)
    )
    rules = tuple(
        Rule(
            code=f"R{number:02}",
            name=f"规则 {number}",
            priority=number,
            when=Condition(all=tuple(Condition(q=f"q{place}", op="eq", value="1") for place in {number, 41 - number})),
            effects=(AddItem(item=f"I{number % 9}"), RemoveItem(item="I0"), Stop(message=f"原因 {number % 3}")),
        )
        for number in range(1, 41)
    )
    return Guidance(questions=questions, rules=rules)


CASES = {**{name: read_guidance(load_dossier(name)) for name in DOSSIERS}, "forty": forty(), "empty": Guidance()}


@pytest.mark.parametrize("name", CASES)
def test_the_picture_shows_every_question_rule_and_outcome_and_leads_to_them(name: str) -> None:
    guidance = CASES[name]
    picture = ElementTree.fromstring(draw_guidance(guidance, NO_NAMES, "流程"))
    nodes = [one for one in picture.iter(f"{SVG}g") if one.get("class") == "node"]
    pointers = {one.get("data-pointer") for one in nodes} - {None}
    assert pointers == {f"/guidance/questions/{place}" for place in range(len(guidance.questions))} | {
        f"/guidance/rules/{place}" for place in range(len(guidance.rules))
    }
    for place, question in enumerate(guidance.questions):
        (box,) = [one for one in nodes if one.get("data-pointer") == f"/guidance/questions/{place}"]
        assert (box.findtext(f"{SVG}title") or "").startswith(question.text), "a box leads to what it says"
    keys = {one.get("data-key") for one in nodes}
    edges = [one for one in picture.iter(f"{SVG}g") if one.get("class") == "edge"]
    assert len(edges) == len(flow_of(guidance, NO_NAMES).edges)
    assert {one.get(end) for one in edges for end in ("data-source", "data-target")} <= keys
    assert draw_guidance(guidance, NO_NAMES, "流程") == draw_guidance(guidance, NO_NAMES, "流程")


def overlapping(boxes: tuple[Box, ...]) -> list[tuple[str, str]]:
    return [
        (one.node.key, other.node.key)
        for one, other in itertools.combinations(boxes, 2)
        if one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    ]


@pytest.mark.parametrize("name", CASES)
def test_no_box_lies_over_another_or_outside_and_no_line_of_text_is_wider_than_its_box(name: str) -> None:
    laid_out = lay_out(flow_of(CASES[name], NO_NAMES))
    assert overlapping(laid_out.boxes) == []
    for box in laid_out.boxes:
        assert box.x >= 0 and box.x + box.width <= laid_out.width and box.y + box.height <= laid_out.height
        assert all(width_of(line) * SIZE <= box.width - 2 * PAD + SIZE for line in box.lines)
        assert len(box.lines) <= MOST_LINES


def test_boxes_that_keep_to_their_sources_alone_would_lie_over_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Saboteur: every box where it is pulled to."""
    monkeypatch.setattr(laying_out, "_apart", lambda wanted, heights: list(wanted))
    assert overlapping(lay_out(flow_of(CASES["forty"], NO_NAMES)).boxes) != []


@pytest.mark.parametrize("name", DOSSIERS)
def test_lines_cross_less_than_in_the_order_of_the_document(name: str) -> None:
    flow = flow_of(CASES[name], NO_NAMES)
    drawn = {box.node.key: box.y + box.height / 2 for box in lay_out(flow).boxes}
    columns = (flow.questions, flow.rules, flow.outcomes)
    as_written = {node.key: float(place) for nodes in columns for place, node in enumerate(nodes)}
    assert crossings(flow, drawn) < crossings(flow, as_written)


def crossings(flow: Flow, places: dict[str, float]) -> int:
    """Pairs of lines between the same two columns that cross."""
    found = 0
    for kind in "qr":
        edges = [one for one in flow.edges if one.source[0] == kind and one.target[0] != "q"]
        found += sum(
            (places[one.source] - places[other.source]) * (places[one.target] - places[other.target]) < 0
            for one, other in itertools.combinations(edges, 2)
        )
    return found


def test_words_stay_words() -> None:
    hostile = "<script>alert(1)</script>&\"'\x00\x1b]]>"
    question = Question(code='q"><x', text=hostile, type="boolean", order=1)
    rule = Rule(
        code="R",
        name=hostile,
        priority=1,
        when=Condition(q='q"><x', op="eq", value=True),
        effects=(Stop(message=hostile),),
    )
    written = draw_guidance(Guidance(questions=(question,), rules=(rule,)), Names(), hostile)
    picture = ElementTree.fromstring(written)
    assert {one.tag.removeprefix(SVG) for one in picture.iter()} == {"svg", "title", "rect", "text", "g", "path"}
    assert "<script>alert(1)" in (picture.findtext(f"{SVG}title") or "")


def test_a_circle_of_questions_is_drawn_and_ends() -> None:
    one = Question(code="a", text="甲", type="boolean", order=1, show_when=Condition(q="b", op="answered"))
    other = msgspec.structs.replace(one, code="b", text="乙", show_when=Condition(q="a", op="answered"))
    assert "甲" in draw_guidance(Guidance(questions=(one, other)), NO_NAMES, "")


@pytest.mark.parametrize(("text", "lines"), [("", 1), ("短", 1), ("字" * 20, 2), ("字" * 100, MOST_LINES)])
def test_text_is_broken_where_its_box_ends(text: str, lines: int) -> None:
    found = broken(text, 10, 100)
    assert len(found) == lines
    assert found[-1].endswith("…") == (len(text) > 10 * MOST_LINES)
