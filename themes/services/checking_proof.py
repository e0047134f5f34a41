"""The gate on what can be proved: dead ends and vain waits block, the rest is advice, what is not proved is told."""

from datetime import date

from opsplatform.kernel.documents import write
from opsplatform.release.findings import Finding
from themes.guidance.proof.wording import PROPERTIES_IN_WORDS
from themes.packages.structure import FrozenTheme
from themes.services.proving import find_report

BEING_PROVED = "being_proved"
_WAIT = "正在验证：引导较大，证明在后台进行，完成以前不能提交；稍后再看，结果会在这里。"


def check_proof(frozen: FrozenTheme, today: date) -> list[Finding]:
    """Everything the proof finds in the theme, and what it could not settle; that it is not finished blocks."""
    report = find_report(frozen, today)
    if report is None:
        return [Finding(code=BEING_PROVED, severity="blocking", place="/guidance", sentence=_WAIT)]
    findings = [
        Finding(
            code=one.kind,
            severity="blocking" if one.is_blocking else "advisory",
            place=one.pointer,
            sentence=one.sentence,
            witness=write(one.example) if one.example is not None else None,
        )
        for one in report.findings
    ]
    findings += [
        Finding(
            code="not_proved",
            severity="advisory",
            place=one.pointer,
            sentence=f"没有证明“{PROPERTIES_IN_WORDS[one.property]}”：{one.reason}",
        )
        for one in report.not_proved
    ]
    return findings
