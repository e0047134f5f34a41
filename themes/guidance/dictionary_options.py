"""Questions whose options are the entries of a dictionary: what is drafted names it, what is frozen has the options."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from themes.documents import Guidance, Option, Question, ThemeDocument

CHOICES = ("single", "multi")


def dictionaries_asked(guidance: Guidance) -> list[tuple[int, str]]:
    """The dictionaries that questions choose from, each with the place of the question."""
    return [(place, one.dictionary) for place, one in enumerate(guidance.questions) if one.dictionary is not None]


def with_options(document: ThemeDocument, entries: Mapping[str, Sequence[tuple[str, str]]]) -> ThemeDocument:
    """The document whose questions have the entries of their dictionaries, code and name, as options."""

    def filled(question: Question) -> Question:
        if question.dictionary is None:
            return question
        found = entries.get(question.dictionary, ()) if question.type in CHOICES else ()
        return replace(question, options=tuple(Option(code=code, text=name) for code, name in found))

    guidance = replace(document.guidance, questions=tuple(map(filled, document.guidance.questions)))
    return replace(document, guidance=guidance)


def without_options(tree: Any) -> Any:
    """The tree of a theme document as drafts hold it: options of dictionaries are the register's to say."""
    for question in tree.get("guidance", {}).get("questions", ()):
        if "dictionary" in question:
            question.pop("options", None)
    return tree
