"""Merge certificates: the draft's as it would be, a version's as it was and whether its content still yields it."""

from dataclasses import dataclass

import msgspec

from forms_builder.merge.certificate import RULES, MergeCertificate
from opsplatform.kernel import clock
from opsplatform.kernel.documents import write
from opsplatform.release.models import Version
from opsplatform.release.selectors import get_version
from themes.guidance.proof.record import ProofRecord, record_of
from themes.models import Theme, VersionProof
from themes.packages.compilation import read_frozen
from themes.packages.merging import certificate_of
from themes.packages.structure import FrozenTheme
from themes.services.proving import find_report
from themes.services.showing import show_draft


@dataclass(frozen=True)
class Certified:
    """A certificate with what it certifies. `number` 0: the draft.

    None where the draft has gaps, or the version was submitted before there were certificates. `is_confirmed`: the
    content yields this very certificate; None where it was made under other rules, which only the content can judge.
    `proof`: what is proved of the guidance; None where that is not finished, or was not kept when it was submitted.
    """

    frozen: FrozenTheme
    number: int
    certificate: MergeCertificate | None
    is_confirmed: bool | None = None
    proof: ProofRecord | None = None


def certificate_of_draft(theme: Theme) -> Certified:
    """The certificate that the draft would be submitted with now; who may see the draft has been asked before."""
    shown = show_draft(theme)
    if shown.has_gaps:
        return Certified(shown.frozen, 0, None)
    today = clock.today()
    report = find_report(shown.frozen, today)
    proof = None if report is None else record_of(report, today)
    return Certified(shown.frozen, 0, certificate_of(shown.frozen), proof=proof)


def certificate_of_version(theme: Theme, number: int) -> Certified:
    """The certificate stored with the version; raises NotFound without such a version."""
    version = get_version(theme.subject, number)
    frozen = read_frozen(bytes(version.content))
    kept = VersionProof.objects.filter(version=version).first()
    proof = None if kept is None else msgspec.convert(kept.record, ProofRecord)
    return Certified(frozen, number, frozen.certificate, confirms(frozen), proof)


def keep_proof(version: Version) -> None:
    """What is proved of the version, which the gate has just let pass, stands on record beside it."""
    today = clock.today()
    report = find_report(read_frozen(bytes(version.content)), today)
    if report is not None:  # else a day has begun since the gate looked: nothing is on record rather than a guess
        VersionProof.objects.create(version=version, record=write(record_of(report, today)))


def confirms(frozen: FrozenTheme) -> bool | None:
    """Whether the content yields the certificate it carries; None where it carries none or one made by other rules."""
    if frozen.certificate is None or frozen.certificate.rules != RULES:
        return None
    return frozen.certificate == certificate_of(frozen)
