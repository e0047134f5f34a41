"""What reviewers said about single elements: of a version, and of a draft what nobody has dealt with yet."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from opsplatform.release.models import ReviewComment, Subject, Version
from opsplatform.release.review_selectors import list_open_comments
from themes.pages.wording.elements import WHOLE


@dataclass(frozen=True)
class ShownComment:
    """A comment with what its element is called."""

    comment: ReviewComment
    about: str


def comments_by_element(
    subject: Subject, names: Mapping[str, str], names_in: Callable[[Version], Mapping[str, str]]
) -> dict[str, Sequence[ShownComment]]:
    """The open comments by the pointer of their element, oldest first.

    `names` are those of the draft's elements; what the draft has no more is called as in the version commented on.
    """
    found: dict[str, list[ShownComment]] = defaultdict(list)
    former_names: dict[int, Mapping[str, str]] = {}
    for one in list_open_comments(subject):
        if not one.pointer or one.pointer in names:
            found[one.pointer].append(_shown(one, names))
        else:
            if one.version_id not in former_names:
                former_names[one.version_id] = names_in(one.version)
            former = _shown(one, former_names[one.version_id])
            found[one.pointer].append(replace(former, about=f"{former.about}（草稿里已没有）"))
    return dict(found)


def comments_on(version: Version, names: Mapping[str, str]) -> list[ShownComment]:
    """Everything that reviewers said about the version, oldest first, with what was done about it."""
    found = ReviewComment.objects.filter(version=version).select_related("written_by", "resolution__resolved_by")
    return [_shown(one, names) for one in found.order_by("pk")]


def _shown(comment: ReviewComment, names: Mapping[str, str]) -> ShownComment:
    return ShownComment(comment, names.get(comment.pointer, comment.pointer or WHOLE))
