"""What was proved, in short: kept with a version, so that years later it is known what its approval stood on."""

import datetime
from collections.abc import Mapping
from typing import Literal

from opsplatform.kernel.documents import Document
from themes.guidance.proof.proving import PROPERTIES
from themes.guidance.proof.report import Kind, ProofReport, Property

KINDS: Mapping[Property, frozenset[Kind]] = {
    "dead_end": frozenset({"dead_end"}),
    "waits_in_vain": frozenset({"waits_in_vain"}),
    "contradiction": frozenset({"contradiction"}),
    "never_matters": frozenset(
        {
            "question_never_shown",
            "question_never_matters",
            "option_never_matters",
            "options_alike",
            "rule_never_fires",
            "rule_always_overridden",
            "rule_never_matters",
            "effect_never_matters",
            "item_never_selected",
            "material_never_required",
            "field_never_shown",
            "notice_never_shown",
        }
    ),
}

State = Literal["proved", "refuted", "not_proved"]


class ProvedProperty(Document, frozen=True):
    """One property: proved for all; refuted by so many `findings`; or, wholly or partly, not proved for `reasons`."""

    property: Property
    state: State
    findings: int = 0
    reasons: tuple[str, ...] = ()


class ProofRecord(Document, frozen=True):
    """What a proof said. `on`: the day (ISO) from which it holds; `classes`: of answers, null beyond counting."""

    on: str
    properties: tuple[ProvedProperty, ...]
    classes: int | None = None


def record_of(report: ProofReport, on: datetime.date) -> ProofRecord:
    """The record of a report that holds from that day on."""
    return ProofRecord(on.isoformat(), tuple(_property(report, one) for one in PROPERTIES), report.classes)


def _property(report: ProofReport, one: Property) -> ProvedProperty:
    findings = sum(found.kind in KINDS[one] for found in report.findings)
    reasons = tuple(dict.fromkeys(told.reason for told in report.not_proved if told.property == one))
    state: State = "refuted" if findings else "not_proved" if reasons else "proved"
    return ProvedProperty(one, state, findings, reasons)
