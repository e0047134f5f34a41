"""Typed documents of this room: the steps that a review plan keeps."""

from typing import Annotated

import msgspec

from opsplatform.kernel.documents import Document

MOST_DAYS = 90


class PlannedStep(Document, frozen=True):
    """One step: where it stands, how many of its parties must approve (None: all), and how long they have."""

    code: str
    position: Annotated[int, msgspec.Meta(ge=1, le=9)]
    days: Annotated[int, msgspec.Meta(ge=1, le=MOST_DAYS)]
    needed: Annotated[int, msgspec.Meta(ge=1, le=99)] | None = None


class ReviewPlanDocument(Document, frozen=True):
    """The steps that a review has; as many as are needed, none twice."""

    steps: Annotated[tuple[PlannedStep, ...], msgspec.Meta(min_length=1)]
