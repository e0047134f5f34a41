"""Which state of an item's form a theme takes, what it says about that, and whose work it is then."""

import msgspec
import pytest
from django.db import connection, transaction

from forms_builder.merge.validation import validate
from forms_builder.models import Dictionary, ItemForm
from forms_builder.services.dictionaries import save_dictionary
from forms_builder.services.item_forms import (
    approve_and_enable,
    approve_item_form,
    disable_item_form,
    save_item_form,
)
from forms_builder.tests.factories import ItemFormFactory
from opsplatform.accounts.policy import Role as RoleCode
from opsplatform.accounts.tests.factories import person
from opsplatform.accounts.tests.machines import logged_in
from opsplatform.catalog.models import ServiceItem
from opsplatform.catalog.services.items import save_item
from opsplatform.kernel import clock
from opsplatform.kernel.documents import write
from opsplatform.release.errors import OwnWork
from opsplatform.release.models import Version
from themes.documents import ThemeDocument
from themes.packages.compilation import compile_package, read_frozen
from themes.packages.evaluation import OpenPackage
from themes.packages.names import entry_name
from themes.services.composing import bind_item
from themes.services.inspecting import check_theme
from themes.services.reviewing import approve_theme
from themes.services.showing import newer_entries, show_draft
from themes.services.watching import check_live_version
from themes.tests.demonstrated import RESTAURANT, account, change_form, dossier, get, run, save, submit, submit_form
from themes.tests.rights import another_reviewer

pytestmark = [pytest.mark.usefixtures("demo_db"), pytest.mark.every_server]
FIELD = {"code": "a", "label": "补充说明", "data_type": "string", "order": 900, "max_length": 50}


def first_item() -> ServiceItem:
    return ServiceItem.objects.get(key=get(RESTAURANT).subject.draft["items"][0]["item"])


def form_of(item: ServiceItem) -> ItemForm:
    return ItemForm.objects.select_related("subject", "item").get(item=item)


def put_in_force(item: ServiceItem, by: str, reviewer: str) -> None:
    version = submit_form(item.key, by=by)
    approve_and_enable(actor=account(reviewer), item_key=item.key, digest=version.digest, note="同意")


def codes() -> set[str]:
    return {finding.code for finding in check_theme(get(RESTAURANT))}


def with_streets(item: ServiceItem, *, required: bool = False) -> None:
    """The form in force asks for a street of a chosen district, and for one of the division that guidance asks for."""
    operator = account("operator")
    nearby = {"code": "nearby", "name": "就近街道", "is_below_divisions": True}
    entries = [{"code": code, "name": code, "parent_code": code[:6]} for code in ("310101002", "310104003")]
    save_dictionary(actor=operator, values={**nearby, "entries": entries})
    subject = form_of(item).subject
    coded = {"order": 900, "data_type": "dict"}
    added = [
        {"code": "qx", "label": "送达区", "dictionary": "sh_district", "required": required, **coded},
        {"code": "jz", "label": "送达街镇", "dictionary": "sh_street", "within": "qx", "required": required, **coded},
        {"code": "jj", "label": "就近街道", "dictionary": "nearby", "within": "domDistrict", **coded},
    ]
    tree = {**subject.draft, "fields": [*subject.draft["fields"], *added]}
    save_item_form(actor=operator, item_key=item.key, tree=tree, expected_revision=subject.draft_revision)
    put_in_force(item, "operator", "operator2")


# --- what is taken ----------------------------------------------------------------------------------------------------


def test_a_theme_takes_what_is_in_force_whatever_the_draft_of_the_form_says() -> None:
    item = first_item()
    change_form(item.key)
    frozen = show_draft(get(RESTAURANT)).frozen
    assert "补充说明" not in {field.label for fields in frozen.item_forms.values() for field in fields}
    assert newer_entries(read_frozen(bytes(Version.objects.get(subject__code=RESTAURANT).content)), frozen) == []
    put_in_force(item, "operator", "operator2")
    frozen = show_draft(get(RESTAURANT)).frozen
    assert "补充说明" in {field.label for fields in frozen.item_forms.values() for field in fields}


def test_a_newer_form_in_force_is_told_of_versions_that_froze_the_older() -> None:
    item = first_item()
    change_form(item.key)
    put_in_force(item, "operator", "operator2")
    live = read_frozen(bytes(Version.objects.get(subject__code=RESTAURANT).content))
    now = show_draft(get(RESTAURANT)).frozen
    assert newer_entries(live, now) == [f"item_form:{item.key}"]
    assert "事项表单" in entry_name(live, f"item_form:{item.key}")
    found = {finding.code: finding for finding in check_live_version(live, {}, clock.today(), {})}
    assert "事项表单 1 项" in found["newer_register"].sentence
    page = logged_in(account("sj_editor")).get(f"/themes/{RESTAURANT}/")
    assert "登记信息有更新" in page.content.decode()


def _added(is_in_force: bool) -> ItemForm:
    """An item of the lead department whose form sj_reviewer drafted, taken into the theme."""
    department = get(RESTAURANT).lead_department
    item = save_item(
        actor=account("operator"),
        values={"name": "新事项", "department": department, "basic_code": "990001001000", "level_code": "3"},
    )
    another_reviewer("sj_reviewer")
    document = {"fields": [dict(FIELD)]}
    form = ItemFormFactory(item=item, document=document, author=account("sj_reviewer"), is_in_force=is_in_force)
    theme = get(RESTAURANT).subject
    tree = write(bind_item(msgspec.convert(theme.draft, ThemeDocument), item))
    save(RESTAURANT, lambda draft: (draft.clear(), draft.update(tree)))
    return form


def test_a_form_that_was_never_in_force_is_taken_as_its_draft_and_said_to_be() -> None:
    assert "form_not_in_force" not in codes()
    _added(is_in_force=False)
    found = [finding for finding in check_theme(get(RESTAURANT)) if finding.code == "form_not_in_force"]
    place = f"/items/{len(get(RESTAURANT).subject.draft['items']) - 1}/item"
    assert [(finding.severity, finding.place) for finding in found] == [("advisory", place)]


def test_a_draft_that_does_not_pass_its_own_gate_is_not_taken() -> None:
    form = _added(is_in_force=False)
    form.subject.draft["fields"][0].update(data_type="dict", dictionary="nowhere")
    form.subject.save()
    assert [finding.sentence for finding in check_theme(get(RESTAURANT)) if finding.is_blocking] == [
        "事项表单“新事项”从未启用，草稿里还有必须先解决的问题。"
    ]


def test_a_form_that_is_disabled_stops_the_next_submission() -> None:
    item = first_item()
    disable_item_form(actor=account("operator2"), item_key=item.key, note="依据废止")
    blocking = [finding for finding in check_theme(get(RESTAURANT)) if finding.is_blocking]
    assert any("已停用" in finding.sentence for finding in blocking)
    assert {finding.code for finding in blocking} == {"unresolved_reference"}


# --- whose work it is -------------------------------------------------------------------------------------------------


def test_who_wrote_a_draft_that_is_taken_is_an_author_of_the_theme_at_every_door() -> None:
    _added(is_in_force=False)
    version = submit(RESTAURANT)
    reviewer = account("sj_reviewer")
    assert reviewer.pk in version.author_ids
    with pytest.raises(OwnWork):
        approve_theme(actor=reviewer, code=RESTAURANT, digest=version.digest, note="同意")
    client = logged_in(reviewer)
    decision = {"digest": version.digest, "note": "同意"}
    by_api = client.post(f"/api/v1/themes/{RESTAURANT}/approve/", decision, content_type="application/json")
    by_page = client.post(f"/themes/{RESTAURANT}/review/", {**decision, "do": "approve"})
    assert (by_api.status_code, by_page.status_code) == (403, 403)
    assert run("approve_theme", RESTAURANT, "--note", "同意", "--actor", "sj_reviewer").status == 1
    with pytest.raises(Exception, match="cannot approve their own"), transaction.atomic(), connection.cursor() as sql:
        sql.execute(
            "INSERT INTO release_decision (version_id, kind, digest, decided_by_id, note)"
            " VALUES (%s, 'approved', %s, %s, 'x')",
            [version.pk, version.digest, reviewer.pk],
        )
    assert not version.decisions.exists()


def test_a_list_within_another_field_goes_with_the_form_into_versions_and_packages() -> None:
    item = first_item()
    with_streets(item)
    save(RESTAURANT, lambda draft: draft.update(cases=[], typical_case=""))  # they count the fields of before
    assert not [one for one in check_theme(get(RESTAURANT)) if one.is_blocking]
    frozen = read_frozen(bytes(submit(RESTAURANT).content))
    assert frozen.certificate is not None and frozen.certificate.gaps == ()
    opened = OpenPackage(compile_package(frozen, "310101", 1))
    kept = {part.field.code: part.field.within for part in opened.package.form.item_forms["BL"] if part.field.within}
    assert kept == {"jz": "qx", "jj": "domDistrict"}
    answers = next(one["answers"] for one in dossier(RESTAURANT)["worked_examples"] if "BL" in one["expected"]["items"])
    form = opened.run({**answers, "q_district": "310104"}).form
    data = {"BL.qx": "310101", "BL.jz": "310104003", "BL.jj": "310101002"}
    assert {one.pointer for one in validate(form, data) if one.code == "outside_parent"} == {"/BL.jz", "/BL.jj"}
    data |= {"BL.jz": "310101002", "BL.jj": "310104003"}
    assert not [one for one in validate(form, data) if one.code == "outside_parent"]


def test_a_list_that_is_left_without_entries_after_its_form_was_put_in_force_stops_the_next_submission() -> None:
    with_streets(first_item(), required=True)

    def told() -> set[tuple[str, str]]:
        return {(one.code, one.severity) for one in check_theme(get(RESTAURANT)) if "送达街镇" in one.sentence}

    def put(*lost: str) -> None:
        """The streets, those of these districts without the district."""
        streets = Dictionary.objects.get(code="sh_street")
        entries = [
            {"code": row.code, "name": row.name, "parent_code": "" if row.code.startswith(lost) else row.code[:6]}
            for row in streets.entries.all()
        ]
        values = {"entries": entries}
        save_dictionary(actor=account("operator"), pk=streets.pk, values=values, expected_revision=streets.revision)

    assert told() == set()
    put("310101")
    assert told() == {("nothing_below", "blocking")}
    put("31")
    assert told() == {("merge_conflict", "blocking")}
    put("nowhere")
    assert told() == set()
    for street, found in (("310101002", set()), ("310104003", {("refused_value", "blocking")})):
        both = [
            {"type": "set_field", "item": "BL", "field": field, "value": value}
            for field, value in (("qx", "310101"), ("jz", street))
        ]
        save(RESTAURANT, lambda draft, both=both: draft["guidance"]["rules"][0].update(effects=both))
        assert {one for one in told() if one[0] == "refused_value"} == found


def test_who_wrote_a_form_that_a_second_person_approved_may_judge_the_theme_that_takes_it() -> None:
    _added(is_in_force=True)
    version = submit(RESTAURANT)
    assert account("sj_reviewer").pk not in version.author_ids
    approve_theme(actor=account("sj_reviewer"), code=RESTAURANT, digest=version.digest, note="同意")


def test_of_a_draft_only_what_was_written_after_its_approval_counts() -> None:
    """The draft is approved and not enabled; what the theme takes of it later was written by another."""
    form = _added(is_in_force=False)
    person(RoleCode.OPERATOR, get(RESTAURANT).subject.division)  # a third, for the two others write what is taken
    version = submit_form(form.item.key, by="sj_editor")
    approve_item_form(actor=account("operator2"), item_key=form.item.key, digest=version.digest, note="同意")
    assert account("sj_reviewer").pk not in submit(RESTAURANT).author_ids
    tree = {**form_of(form.item).subject.draft, "fields": [{**FIELD, "label": "另一说明"}]}
    save_item_form(actor=account("operator2"), item_key=form.item.key, tree=tree, expected_revision=1)
    save(RESTAURANT, lambda draft: draft.update(summary="另一简介"))
    authors = set(submit(RESTAURANT).author_ids)
    assert account("operator2").pk in authors
    assert account("sj_reviewer").pk in authors  # the approval of the first draft is void: nobody judged it any more
