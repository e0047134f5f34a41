"""Nobody approves what they wrote, also where it comes by another way: an earlier version's bytes, or the registers."""

import pytest

from opsplatform.accounts.models import Membership, Role
from opsplatform.accounts.policy import Role as RoleCode
from opsplatform.catalog.models import ServiceItem
from opsplatform.catalog.services.items import save_item
from opsplatform.release.errors import OwnWork
from opsplatform.release.models import Version
from themes.services.demonstration import approve_by_all
from themes.services.publishing import release_theme
from themes.services.reviewing import approve_theme, return_theme
from themes.tests.demonstrated import RESTAURANT, account, get, save, submit
from themes.tests.rights import another_reviewer, both_roles, grant

pytestmark = pytest.mark.usefixtures("demo_db")


def _bytes_that_come_back() -> tuple[Version, Version]:
    """sj_editor's version, sent back; and the same bytes submitted by lh_editor after another version went live."""
    both_roles("sj_editor", "sj_reviewer")
    grant("change_theme", "lh_editor", RESTAURANT)
    save(RESTAURANT, lambda tree: tree.update(summary="另一简介"))
    mine = get(RESTAURANT).subject.draft
    first = submit(RESTAURANT)
    return_theme(actor=account("sj_reviewer"), code=RESTAURANT, digest=first.digest, note="请修改")
    save(RESTAURANT, lambda tree: tree.update(summary="第三种简介"), by="lh_editor")
    between = submit(RESTAURANT, by="lh_editor")
    approve_by_all(between, "同意")
    release_theme(
        actor=account("operator"), code=RESTAURANT, version=between.number, division_codes=["310101"], note="发布"
    )
    save(RESTAURANT, lambda tree: (tree.clear(), tree.update(mine)), by="lh_editor")
    return first, submit(RESTAURANT, by="lh_editor")


def test_who_wrote_these_bytes_for_an_earlier_version_cannot_approve_them_now() -> None:
    first, again = _bytes_that_come_back()
    assert again.digest == first.digest
    assert account("sj_editor").pk in again.author_ids
    with pytest.raises(OwnWork):
        approve_theme(actor=account("sj_editor"), code=RESTAURANT, digest=again.digest, note="同意")


def test_somebody_who_never_wrote_them_can() -> None:
    _, again = _bytes_that_come_back()
    greening = account("lh_reviewer")
    lead = get(RESTAURANT).lead_department
    role = Role.objects.get(code=RoleCode.LEAD_REVIEWER)
    Membership.objects.create(user=greening, role=role, division=lead.division, department=lead)
    assert approve_theme(actor=greening, code=RESTAURANT, digest=again.digest, note="同意").pk == again.pk


def _item_renamed(by: str) -> None:
    """An item of the theme is called something else in the register, by an account that is made an operator too."""
    city, role = get(RESTAURANT).subject.division, Role.objects.get(code=RoleCode.OPERATOR)
    Membership.objects.get_or_create(user=account(by), role=role, division=city)
    item = ServiceItem.objects.get(key=get(RESTAURANT).subject.draft["items"][0]["item"])
    values = {"daily_name": f"{item.daily_name}（新）"}
    save_item(actor=account(by), pk=item.pk, values=values, expected_revision=item.revision)


def test_who_changed_an_item_in_the_register_is_an_author_of_the_version_that_takes_it_over() -> None:
    _item_renamed(by="sj_reviewer")
    another_reviewer("sj_reviewer")
    version = submit(RESTAURANT)
    assert set(version.author_ids) == {account("sj_editor").pk, account("sj_reviewer").pk}
    with pytest.raises(OwnWork):
        approve_theme(actor=account("sj_reviewer"), code=RESTAURANT, digest=version.digest, note="同意")


def test_what_was_changed_in_the_register_before_the_approved_version_was_judged_with_it() -> None:
    both_roles("sj_editor", "sj_reviewer")
    _item_renamed(by="sj_editor")
    first = submit(RESTAURANT)
    approve_by_all(first, "同意")
    release_theme(actor=account("operator"), code=RESTAURANT, version=first.number, division_codes=None, note="发布")
    save(RESTAURANT, lambda tree: tree.update(summary="另一简介"), by="sj_reviewer")
    second = submit(RESTAURANT, by="sj_reviewer")
    assert approve_theme(actor=account("sj_editor"), code=RESTAURANT, digest=second.digest, note="同意").pk == second.pk


def test_the_first_version_names_whoever_registered_what_it_takes_over() -> None:
    first = Version.objects.get(subject__code=RESTAURANT, number=1)
    assert set(first.author_ids) == {account("operator").pk, account("sj_editor").pk}
