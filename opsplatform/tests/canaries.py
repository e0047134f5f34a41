"""Canaries: marked strings in the demonstration that few may read, and ears at every response of the whole test run.

A canary names its district and its kind: `CANARY-310112-reason-`. They sit only where what is secret sits; what is
published is everybody's. A response that carries one to somebody who may not read it is a leak, and fails its test.
"""

import io
import os
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.handlers.base import BaseHandler
from django.db import transaction
from django.http import HttpRequest

from opsplatform.accounts.models import User
from opsplatform.accounts.policy import Role as RoleCode
from opsplatform.accounts.services.users import correct_account, disable_account, enable_account
from opsplatform.catalog.services.service_points import save_service_point
from opsplatform.jobs.models import Job
from opsplatform.jobs.services.asking import ask
from opsplatform.kernel import clock
from opsplatform.organizations.models import Division
from opsplatform.register_files.models import UploadedSheet

CITY = "310000"
# Every district has a marked window. District → whose things are marked as well: an editor's and a publisher's account.
OWNERS = {"310101": ("hp_editor", "hp_publisher"), "310112": ("mh_editor", "mh_publisher")}
# Kind of canary → the roles that may read it in the district's line; None is everybody there. Its owner always may.
READERS: dict[str, frozenset[str] | None] = {
    "window": None,
    "mail": RoleCode.ADMINISTRATIONS,
    "reason": frozenset({RoleCode.AUDIT_ADMIN}),
    "work": frozenset({RoleCode.OPERATOR, RoleCode.SYSTEM_ADMIN}),
    "upload": frozenset(),
}
_SONG = re.compile(rb"CANARY-(\d{6})-(\w+)-")
_ZIP = b"PK\x03\x04"


@dataclass(frozen=True)
class Leak:
    """A canary in a response to somebody who may not read it."""

    canary: str
    reader: str
    address: str
    test: str


_leaks: list[Leak] = []


def canary(district: str, kind: str) -> str:
    """The marked string."""
    return f"CANARY-{district}-{kind}-"


# --- placing ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def place_canaries() -> None:
    """Each district has its own, those with accounts of every kind; put there by the services where they can."""
    for division in Division.objects.filter(parent__code=CITY):
        _window(division, _demo(OWNERS.get(division.code, ["operator"])[0]))
    for district, (editor, publisher) in OWNERS.items():
        owner = _demo(editor)
        correct_account(
            actor=_demo("sysadmin"),
            user_id=owner.pk,
            values={"email": f"{canary(district, 'mail')}@example.cn"},
            expected_revision=owner.revision,
        )
        _reason(district, _demo(publisher))
        ask("canary", actor=owner, object_key=canary(district, "work"), due_at=clock.now())
        Job.objects.filter(kind="canary").update(state=Job.State.DONE)
        UploadedSheet.objects.create(
            register="servicepoint",
            file_name=canary(district, "upload"),
            lines=[],
            seen={},
            digest="0" * 64,
            created_by=owner,
            expires_at=clock.now() + timedelta(days=1),
        )


def _window(district: Division, editor: User) -> None:
    """A window that closed long ago: in the register, in no package."""
    values = {
        "division": district,
        "name": f"{canary(district.code, 'window')}已撤窗口",
        "address": canary(district.code, "window"),
        "valid_to": date(2000, 1, 1),
    }
    save_service_point(actor=editor, values=values)


def _reason(district: str, account: User) -> None:
    for act in (disable_account, enable_account):
        act(actor=_demo("sysadmin"), user_id=account.pk, note=canary(district, "reason"))


def _demo(username: str) -> User:
    return User.objects.get(username=username)


# --- listening --------------------------------------------------------------------------------------------------------


def listen() -> None:
    """From now on every response of this process is heard: of test clients and of servers in threads alike."""
    answer = BaseHandler.get_response

    def heard(self: BaseHandler, request: HttpRequest) -> Any:
        response = answer(self, request)
        if response.streaming:
            response.streaming_content = _heard_chunks(request, response.streaming_content)
        else:
            _hear(request, response.content)
        _hear(request, str(response.headers).encode())
        return response

    BaseHandler.get_response = heard  # type: ignore[method-assign]


def take_leaks() -> list[Leak]:
    """What leaked since this was last asked."""
    leaks = list(_leaks)
    _leaks.clear()
    return leaks


def _heard_chunks(request: HttpRequest, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The chunks as they are; once the last is out, all of them are heard."""
    whole = []
    for chunk in chunks:
        whole.append(chunk)
        yield chunk
    _hear(request, b"".join(whole))


def _hear(request: HttpRequest, body: bytes) -> None:
    for part in _parts(body):
        for district, kind in {(found[1].decode(), found[2].decode()) for found in _SONG.finditer(part)}:
            reader = getattr(request, "user", None)
            if not _may_read(reader, district, kind):
                test = os.environ.get("PYTEST_CURRENT_TEST", "")
                _leaks.append(Leak(canary(district, kind), str(reader), request.path, test))


def _parts(body: bytes) -> Iterator[bytes]:
    yield body
    if body.startswith(_ZIP):
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            for name in archive.namelist():
                yield archive.read(name)


def _may_read(reader: Any, district: str, kind: str) -> bool:
    if not isinstance(reader, User):
        return False
    if reader.username in OWNERS.get(district, ()):
        return True
    roles = READERS[kind]
    # The answer has asked for its reader's memberships already, so that hearing costs no statement that a test counts.
    return any(
        (roles is None or membership.role.code in roles) and _is_in_line(membership.division.path, district)
        for membership in reader.held_memberships
    )


def _is_in_line(path: str, district: str) -> bool:
    """Whether the division of that path lies above or below the district, or is it."""
    own = f"/{CITY}/{district}/"
    return own.startswith(path) or path.startswith(own)
