"""What there is to decide about a merged field: one finding, and under a digest the very terms from which it arose."""

from typing import Any

import msgspec

from forms_builder.merge.form import MergedField, MergedForm
from forms_builder.merge.intersection import Finding
from forms_builder.merge.presence import presence_findings
from opsplatform.kernel.canonical import canonical_bytes, digest_of


class Matter(msgspec.Struct, frozen=True):
    """A finding with the merged field it is about. A decision names the digest of what it was made about."""

    finding: Finding
    field: MergedField

    @property
    def digest(self) -> str:
        """SHA-256 over the finding and what every item asks for by itself: another one as soon as either differs."""
        terms: list[Any] = [
            {
                "item": source.item,
                "field": source.field,
                "own": msgspec.to_builtins(source.own),
                "translation": msgspec.to_builtins(source.translation),
                "columns": msgspec.to_builtins(source.columns),
                **({} if source.within is None else {"within": msgspec.to_builtins(source.within)}),
            }
            for source in self.field.sources
        ]
        tree = {"finding": msgspec.to_builtins(self.finding), "terms": terms}
        return digest_of(canonical_bytes(msgspec.json.decode(msgspec.json.encode(tree))))


def matters_of(form: MergedForm, only: str | None = None) -> list[Matter]:
    """Everything there is to decide in the form, or about one merged key: conflicts first, then in field order.

    Values fixed by guidance are not among them: they belong to a path, and are mended where they are set.
    """
    forms = form.merger.item_forms if form.visibilities else {}
    found = [
        Matter(finding, field)
        for field, costs in form.costs()
        if only is None or field.key == only
        for finding in (*costs, *presence_findings(field, forms, form.merger))
    ]
    return sorted(found, key=lambda matter: matter.finding.severity != "conflict")
