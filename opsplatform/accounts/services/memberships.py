"""Roles are granted to accounts and taken back, under the separation of the three administrations."""

from django.db import transaction

from opsplatform.accounts import selectors
from opsplatform.accounts.errors import OwnAccount, SeparationOfDuties
from opsplatform.accounts.models import Membership, Role, User
from opsplatform.kernel import recording
from opsplatform.kernel.errors import Invalid, NotFound, Problem
from opsplatform.kernel.notes import NoteMissing, require_note
from opsplatform.organizations.models import Department, Division


@transaction.atomic
def grant_role(
    *, actor: User, user_id: int, role: Role, division: Division, department: Department | None = None, note: str
) -> Membership:
    """The account holds the role there. Nobody grants to themselves; no account comes to hold two administrations."""
    user = _locked(actor, user_id)
    actor.require("accounts.assign_roles", within=division)
    problems = _problems(user, role, division, department, note)
    if problems:
        raise Invalid(problems=tuple(problems))
    held = {membership.role.code for membership in user.memberships.select_related("role")}
    if selectors.breaks_separation(held | {role.code}):
        raise SeparationOfDuties
    membership, is_new = Membership.objects.get_or_create(
        user=user, role=role, division=division, department=department
    )
    if is_new:
        if user.division_id is None:
            user.division = division
            user.save(update_fields=["division"])
        _record(actor, "user.role_granted", user, membership, note)
    return membership


@transaction.atomic
def revoke_role(*, actor: User, user_id: int, membership_id: int, note: str) -> None:
    """The account no longer holds that role there."""
    user = _locked(actor, user_id)
    membership = (
        Membership.objects.select_related("role", "division", "department").filter(pk=membership_id, user=user).first()
    )
    if membership is None:
        raise NotFound
    actor.require("accounts.assign_roles", within=membership.division)
    note = require_note(note)
    if user.division_id is None:  # an account without a place could be seen by nobody
        user.division = membership.division
        user.save(update_fields=["division"])
    _record(actor, "user.role_revoked", user, membership, note)
    membership.delete()


def _locked(actor: User, user_id: int) -> User:
    user = selectors.get_user(actor, user_id)
    if user.pk == actor.pk:
        raise OwnAccount("不能给自己授予或收回角色。")
    # The lock makes two grants at the same time see each other.
    return User.objects.select_for_update(no_key=True).get(pk=user.pk)


def _problems(user: User, role: Role, division: Division, department: Department | None, note: str) -> list[Problem]:
    problems = []
    if not note.strip():
        problems.append(Problem("/note", "required", NoteMissing.sentence))
    if role.is_for_machines != (user.kind == User.Kind.MACHINE):
        problems.append(Problem("/role", "wrong_kind", "供系统使用的角色只能授予系统账号，其他角色只能授予人员。"))
    if selectors.is_department_role(role.code) and department is None:
        problems.append(Problem("/department", "required", f"“{role.name}”须在某个部门授予。"))
    if department is not None and department.division_id != division.pk:
        problems.append(Problem("/department", "elsewhere", "所选部门不属于所选区划。"))
    return problems


def _record(actor: User, action: str, user: User, membership: Membership, note: str) -> None:
    recording.trail().record(
        actor,
        action,
        user,
        reason=note,
        division=membership.division.code,
        role=membership.role.code,
        place=str(membership),
    )
