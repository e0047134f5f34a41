"""One statement answers: is this token good, may it read, and what is (or was) live there.

Everything is checked on every request; only bytes are remembered between two of them (kept.py).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from opsplatform.accounts.api.authentication import TokenRefused, bearer_token, checksum
from opsplatform.accounts.api.permissions import InsufficientScope
from opsplatform.accounts.policy import Relation, row_for
from opsplatform.kernel.errors import DomainError, Forbidden, NotFound
from opsplatform.kernel.prepared import PreparedStatement
from opsplatform.release.models import Release
from themes.api.export.kept import KeptPackage, KeptPackages
from themes.api.export.moments import MomentToCome
from themes.errors import Ended, GivenWay

ACTION = "export.read"
SCOPE = "export:read"

_CALLER = """
SELECT token.expires > now() AND account.is_active AND account.kind = 'machine',
       token.scope,
       EXISTS (SELECT 1 FROM accounts_membership held JOIN accounts_role role ON role.id = held.role_id
               WHERE held.user_id = account.id AND role.code = ANY(%(roles)s)),
       coalesce(%(at)s > now(), false),
       shown.version_number, shown.released_at, person.username, shown.note, shown.effective_until,
       pause.message, pause.paused_at,
       package.digest, package.signature, package.key_id,
       CASE WHEN package.digest = ANY(%(held)s) THEN NULL ELSE package.content END
FROM oauth2_provider_accesstoken token
JOIN oauth2_provider_application application ON application.id = token.application_id
JOIN accounts_user account ON account.id = application.user_id
LEFT JOIN LATERAL (
    SELECT release.package_id, release.released_at, release.released_by_id, release.subject_id, release.division_id,
           release.effective_until, coalesce(nullif(release.public_note, ''), release.note) AS note,
           version.number AS version_number
    FROM release_release release
    JOIN release_subject subject ON subject.id = release.subject_id
    JOIN organizations_division division ON division.id = release.division_id
    JOIN release_version version ON version.id = release.version_id
    WHERE subject.kind = 'theme' AND subject.code = %(code)s AND division.code = %(division)s AND {period}
    ORDER BY release.released_at DESC, release.id DESC
    LIMIT 1
) shown ON true
LEFT JOIN release_package package ON package.digest = shown.package_id
LEFT JOIN release_pause pause
       ON pause.subject_id = shown.subject_id AND pause.division_id = shown.division_id AND {pause}
LEFT JOIN accounts_user person ON person.id = shown.released_by_id
WHERE token.token_checksum = %(checksum)s
"""
_TYPES = {
    "roles": "text[]",
    "code": "text",
    "division": "text",
    "checksum": "text",
    "at": "timestamptz",
    "held": "text[]",
}
# Past the end of its period nothing is shown, whether or not the work that ends it has run.
_NOW = PreparedStatement(
    _CALLER.format(
        period="release.ended_at IS NULL AND (release.effective_until IS NULL OR release.effective_until > now())",
        pause="pause.resumed_at IS NULL",
    ),
    _TYPES,
)
_THEN = PreparedStatement(
    _CALLER.format(
        period="release.released_at <= %(at)s AND (release.ended_at IS NULL OR release.ended_at > %(at)s)"
        " AND (release.effective_until IS NULL OR release.effective_until > %(at)s)",
        pause="pause.paused_at <= %(at)s AND (pause.resumed_at IS NULL OR pause.resumed_at > %(at)s)",
    ),
    _TYPES,
)
_KEPT = KeptPackages()


@dataclass(frozen=True)
class LivePackage:
    """What is on show: the package and its release. `content` is None where the caller holds these bytes.

    `note` is the public one; `paused` is what applicants are told while nobody may apply.
    """

    version: int
    released_at: datetime
    released_by: str
    note: str
    effective_until: datetime | None
    paused: str | None
    paused_since: datetime | None
    digest: str
    signature: str
    key_id: str
    content: bytes | None


def read_live(authorization: str, code: str, division: str, *, at: datetime | None, seen: list[str]) -> LivePackage:
    """The package on show in the division now, or at the moment; `seen` are digests whose bytes need not be sent.

    Raises TokenRefused, InsufficientScope or Forbidden for the caller, MomentToCome for one, GivenWay where
    another theme took its place, NotFound where nothing is on show.
    """
    token = bearer_token(authorization)
    if token is None:
        raise TokenRefused(was_given=False)
    kept = _KEPT.find((code, division)) if at is None else None
    parameters: dict[str, Any] = {
        "roles": _roles(),
        "code": code,
        "division": division,
        "checksum": checksum(token),
        "at": at,
        "held": [*seen, kept.digest] if kept else seen,
    }
    row = (_NOW if at is None else _THEN).find(parameters)
    if row is None:
        raise TokenRefused(was_given=True)
    (
        is_good,
        scope,
        may_read,
        is_to_come,
        version,
        released_at,
        released_by,
        note,
        effective_until,
        paused,
        paused_since,
        digest,
        signature,
        key_id,
        content,
    ) = row
    if not is_good:
        raise TokenRefused(was_given=True)
    if SCOPE not in scope.split():
        raise InsufficientScope(SCOPE)
    if not may_read:
        raise Forbidden(f"您没有“{row_for(ACTION).sentence}”的权限。", action=ACTION)
    if is_to_come:
        raise MomentToCome
    if digest is None:
        raise _why_nothing(code, division, at)
    sent: bytes | None
    if content is not None:
        sent = bytes(content)
        if at is None:
            _KEPT.keep((code, division), KeptPackage(digest, sent))
    else:
        sent = None if kept is None or digest in seen else kept.content
    return LivePackage(
        version, released_at, released_by, note, effective_until, paused, paused_since, digest, signature, key_id, sent
    )


def _why_nothing(code: str, division: str, at: datetime | None) -> DomainError:
    """What to answer where nothing is on show: how the last release there ended, and what came in its place."""
    rows = Release.objects.filter(subject__kind="theme", subject__code=code, division__code=division)
    if at is not None:
        rows = rows.filter(released_at__lte=at)
    last = rows.select_related("subject", "division", "successor").order_by("-released_at", "-pk").first()
    if last is None:
        return NotFound()
    if last.ended_at is None or (at is not None and last.ended_at > at):  # its period was over, whatever came later
        last.ending, last.ended_at = Release.Ending.EXPIRED, last.effective_until
        last.end_public_note, last.successor = "", None
    ending = Release.Ending(last.ending)
    sentence = f"“{last.subject}”在{last.division.name}{ending.label}。{last.end_public_note}"
    facts: dict[str, Any] = {"ending": ending, "ended_at": last.ended_at, "note": last.end_public_note}
    if last.successor is None:
        return Ended(sentence, **facts)
    return GivenWay(sentence, **facts, successor=last.successor.code)


def _roles() -> list[str]:
    return [code for code, relation in row_for(ACTION).roles.items() if relation is Relation.ANYWHERE]
