"""What reviewers say about single elements of a version, and what is done about it in the draft."""

from typing import Any

import msgspec
from django.db import transaction

from opsplatform.accounts.models import User
from opsplatform.kernel.errors import Invalid, NotFound, Problem, WrongState
from opsplatform.kernel.notes import require_note
from opsplatform.release import review_selectors, selectors
from opsplatform.release.models import CommentResolution, ReviewComment
from opsplatform.release.services.reviewing import get_pending, record_act, require_reviewer
from opsplatform.release.subjects import kind_of

LONGEST_POINTER = 300


@transaction.atomic
def comment(*, actor: User, subject_id: int, digest: str, pointer: str, note: str) -> ReviewComment:
    """The draft's editors see, beside the element that the pointer names, what the reviewer says about it."""
    note = require_note(note)
    if len(pointer) > LONGEST_POINTER or (pointer and not pointer.startswith("/")):
        raise Invalid(problems=(Problem("/pointer", "not_a_pointer", "所指应为 JSON 指针。"),))
    subject, version = get_pending(subject_id, digest)
    require_reviewer(actor, version)
    if not _names_something(msgspec.json.decode(bytes(version.content))["document"], pointer):
        raise Invalid(problems=(Problem("/pointer", "names_nothing", "这一版里没有所指的内容，请重新选择。"),))
    written = ReviewComment.objects.create(version=version, pointer=pointer, text=note, written_by=actor)
    record_act(actor, "commented", subject, version, note, place=pointer)
    return written


def _names_something(part: Any, pointer: str) -> bool:
    """Whether the pointer names a part of the document; elements of lists go by their codes, what says nothing yet by
    its name.
    """
    steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    for left, step in enumerate(steps, start=1 - len(steps)):
        if isinstance(part, list):
            part = next((one for one in part if isinstance(one, dict) and one.get("code") == step), None)
            if part is None:
                return False
        elif isinstance(part, dict):
            if step not in part:
                return left == 0
            part = part[step]
        else:
            return False
    return True


@transaction.atomic
def resolve_comment(*, actor: User, subject_id: int, comment_id: int, note: str) -> CommentResolution:
    """The comment is dealt with, as the editor says; it stays in the history of its version."""
    note = require_note(note)
    subject = selectors.lock_subject(subject_id)
    kind = kind_of(subject)
    division, department, thing = kind.authority(subject)
    actor.require(f"{kind.room}.edit", within=division, department=department, on=thing)
    found = ReviewComment.objects.select_related("version").filter(version__subject=subject, pk=comment_id).first()
    if found is None:
        raise NotFound
    if found not in review_selectors.list_open_comments(subject):
        raise WrongState("这条意见已经处理过了。")
    resolution = CommentResolution.objects.create(comment=found, note=note, resolved_by=actor)
    record_act(actor, "comment_resolved", subject, found.version, note, place=found.pointer)
    return resolution
