"""What was proved of a theme, in words."""

from typing import NamedTuple

from themes.guidance.proof.record import KINDS, ProofRecord, ProvedProperty
from themes.guidance.proof.report import BLOCKING
from themes.guidance.proof.wording import PROPERTIES_IN_WORDS


class Proved(NamedTuple):
    """One property with how it stands: proved (good), refuted (warn, bad where it blocks), not settled (neutral)."""

    sentence: str
    state: str
    tone: str
    reasons: tuple[str, ...]


def classes_in_words(record: ProofRecord) -> str:
    """Over how much the proof goes."""
    return "回答的类数太多，没有数" if record.classes is None else f"共 {record.classes:,} 类回答"


def proof_in_words(record: ProofRecord) -> list[Proved]:
    """Every property that was looked at."""
    return [_proved(one) for one in record.properties]


def _proved(one: ProvedProperty) -> Proved:
    sentence = PROPERTIES_IN_WORDS[one.property]
    if one.state == "refuted":
        more = "，其余没有证明" if one.reasons else ""
        tone = "bad" if KINDS[one.property] & BLOCKING else "warn"
        return Proved(sentence, f"不成立：{one.findings} 处{more}", tone, one.reasons)
    if one.state == "not_proved":
        return Proved(sentence, "没有证明", "neutral", one.reasons)
    return Proved(sentence, "已证明", "good", ())
