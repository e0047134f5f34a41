"""What a gate finds: code, severity, place, sentence, witness, and where it is mended."""

from typing import Any, Literal

from opsplatform.kernel.documents import Document

Severity = Literal["blocking", "advisory"]


class Finding(Document, frozen=True):
    """`place` is a JSON pointer into the document; `division` names the only division whose release it blocks."""

    code: str
    severity: Severity
    place: str
    sentence: str
    witness: Any = None
    division: str | None = None

    @property
    def is_blocking(self) -> bool:
        """Whether it stops a submission, or the release in its division."""
        return self.severity == "blocking"
