"""What stands in the flow: questions in the order asked, rules in the order judged, what the rules bring about."""

from collections.abc import Iterator
from typing import Literal

import msgspec

from opsplatform.kernel.conditions import Condition, names_in
from themes.documents import AddNotice, Effect, Guidance, Rule, SetField, Stop
from themes.guidance.visibility import sort_questions
from themes.guidance.wording import Names, condition_sentence, effect_sentence, rule_sentence

Kind = Literal["question", "rule", "item", "stop", "notice", "field"]
MOST_OPTIONS = 6  # named in a question's box; how many more there are is said


class Node(msgspec.Struct, frozen=True):
    """A box. `pointer`: its element in the theme document (RFC 6901), empty for an outcome; `whole` says all of it."""

    key: str
    kind: Kind
    text: str
    detail: str
    whole: str
    pointer: str = ""
    depth: int = 0


class Edge(msgspec.Struct, frozen=True):
    """From one box to another; `is_removal`: the rule takes away what the arrow points to."""

    source: str
    target: str
    is_removal: bool = False


class Flow(msgspec.Struct, frozen=True):
    questions: tuple[Node, ...]
    rules: tuple[Node, ...]
    outcomes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def flow_of(guidance: Guidance, names: Names) -> Flow:
    """The flow of the guidance, things called by their names."""
    asked = sort_questions(guidance.questions)
    places = {id(question): place for place, question in enumerate(guidance.questions)}
    known = {question.code for question in asked}
    depths = _depths(guidance)
    questions = tuple(
        Node(
            key=f"q {question.code}",
            kind="question",
            text=f"{number}. {question.text or question.code}",
            detail=_shown(question.options),
            whole=_whole(question.text, question.show_when, guidance, names),
            pointer=f"/guidance/questions/{places[id(question)]}",
            depth=depths[question.code],
        )
        for number, question in enumerate(asked, start=1)
    )
    edges = [
        Edge(f"q {name}", f"q {question.code}")
        for question in asked
        for name in _names(question.show_when, known - {question.code})
    ]
    rules: list[Node] = []
    outcomes: dict[str, Node] = {}
    for place, rule in sorted(enumerate(guidance.rules), key=lambda entry: (entry[1].priority, entry[1].code)):
        key = f"r {rule.code}"
        rules.append(
            Node(
                key=key,
                kind="rule",
                text=rule.name or rule.code,
                detail=f"当{condition_sentence(rule.when, guidance, names)}",
                whole=rule_sentence(rule, guidance, names),
                pointer=f"/guidance/rules/{place}",
            )
        )
        edges += [Edge(f"q {name}", key) for name in _names(rule.when, known)]
        for outcome, is_removal in _outcomes(rule, names):
            outcomes.setdefault(outcome.key, outcome)
            edges.append(Edge(key, outcome.key, is_removal))
    return Flow(questions, tuple(rules), tuple(outcomes.values()), tuple(dict.fromkeys(edges)))


def _shown(options: tuple[object, ...]) -> str:
    texts = [str(getattr(option, "text", "")) for option in options]
    more = f" 等 {len(texts)} 项" if len(texts) > MOST_OPTIONS else ""
    return " / ".join(texts[:MOST_OPTIONS]) + more


def _whole(text: str, when: Condition | None, guidance: Guidance, names: Names) -> str:
    return text if when is None else f"{text}（只在{condition_sentence(when, guidance, names)}时问）"


def _names(condition: Condition | None, known: set[str]) -> list[str]:
    return [name for name in dict.fromkeys(names_in(condition)) if name in known]


def _outcomes(rule: Rule, names: Names) -> Iterator[tuple[Node, bool]]:
    """What the rule points to; effects on one item, or on one field, share a box."""
    for effect in rule.effects:
        is_removal = effect.__struct_config__.tag in ("remove_item", "waive_material")
        yield _outcome(effect, names), is_removal


def _outcome(effect: Effect, names: Names) -> Node:
    sentence = effect_sentence(effect, names)
    match effect:
        case Stop(message=message):
            return Node(f"s {message}", "stop", "不能办理", message, sentence)
        case AddNotice(notice=notice):
            return Node(f"n {notice}", "notice", f"须知：{names.notices.get(notice, notice)}", "", sentence)
        case SetField(item=item, field=field):
            key = field if item is None else f"{item}.{field}"
            return Node(
                f"f {key}", "field", f"填写：{names.fields.get(key, field)}", "", f"填写{names.fields.get(key, field)}"
            )
        case _:
            name = names.items.get(effect.item, effect.item)
            return Node(f"i {effect.item}", "item", f"事项：{name}", "", name)


def _depths(guidance: Guidance) -> dict[str, int]:
    """How many questions stand above each: 0 where it is always asked; a circle counts no further."""
    by_code = {question.code: question for question in guidance.questions}
    depths: dict[str, int] = {}

    def depth(code: str, above: frozenset[str]) -> int:
        if code in depths:
            return depths[code]
        question = by_code[code]
        over = _names(question.show_when, by_code.keys() - above - {code})
        found = 1 + max((depth(name, above | {code}) for name in over), default=0) if over else 0
        if not above:
            depths[code] = found
        return found

    for code in by_code:
        depth(code, frozenset())
    return depths
