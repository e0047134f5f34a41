"""Where items do not agree about a field, somebody decides, on record; the version says who, why and what follows."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from forms_builder.merge.certificate import CertifiedDecision
from forms_builder.merge.crosswalks import CodePair, resolve, same_names
from forms_builder.merge.matters import Matter, matters_of
from forms_builder.models import CrosswalkMapping, ItemForm
from forms_builder.tests.factories import (
    CrosswalkFactory,
    DictionaryEntryFactory,
    DictionaryFactory,
    enable_past_services,
)
from opsplatform.audit.models import AuditEntry
from opsplatform.kernel import clock
from opsplatform.kernel.errors import DomainError, Forbidden, Invalid, StaleRevision, WrongState
from opsplatform.release.errors import GateClosed
from themes.documents import ThemeDocument
from themes.models import Theme
from themes.packages import merging
from themes.packages.compilation import read_frozen
from themes.packages.merging import certificate_of
from themes.packages.structure import FrozenTheme
from themes.services import certifying
from themes.services.certifying import confirms
from themes.services.deciding import Standing, Wanted, decide_on_merge, settlement_of, withdraw_merge_decision
from themes.services.inspecting import check_theme, open_draft_package
from themes.tests.browsing import logged_in, text_of, url
from themes.tests.demonstrated import RESTAURANT, account, bring_in, dossier, get, run, save, submit

pytestmark = pytest.mark.usefixtures("demo_db")

EDITOR = "sj_editor"
WHY = "消防部门的系统只收数字，另行收集。"


def change_form(item: str, change: Callable[[dict[str, Any]], None]) -> None:
    """The item's form is in force with this change, past the services that are tested elsewhere."""
    key = next(one["item"] for one in get(RESTAURANT).subject.draft["items"] if one["code"] == item)
    form = ItemForm.objects.select_related("subject__division", "item").get(item__key=key)
    change(form.subject.draft)
    enable_past_services(form)


def shared_field(kind: str = "string") -> tuple[str, list[tuple[str, str]]]:
    """A public field of that kind that several items ask for: its merged key, item and field code of each."""
    frozen = standing().frozen
    for use in frozen.document.field_uses:
        asking = [
            (item, field.code)
            for item, fields in frozen.item_forms.items()
            for field in fields
            if field.public_field == use.public_field and field.data_type == kind
        ]
        if len(asking) > 1:
            return use.code, asking
    raise LookupError(kind)


def standing() -> Standing:
    return settlement_of(msgspec.convert(get(RESTAURANT).subject.draft, ThemeDocument))


def matters(key: str, severity: str) -> list[Matter]:
    found = matters_of(standing().settlement.form, only=key)
    return [matter for matter in found if matter.finding.severity == severity]


def plant_conflict() -> tuple[str, str, str]:
    """One item asks for a number where others ask for a text: merged key, that item, its field."""
    key, asking = shared_field()
    item, field = asking[-1]

    def to_number(draft: dict[str, Any]) -> None:
        for one in draft["fields"]:
            if one["code"] == field:
                one.update(data_type="integer", max_length=5)

    change_form(item, to_number)
    return key, item, field


def decide(about: str, rule: Any, *, by: str = EDITOR, why: str = WHY, **more: Any) -> Theme:
    wanted = Wanted(about=about, rule=rule, reason=why, **more)
    revision = get(RESTAURANT).subject.draft_revision
    return decide_on_merge(actor=account(by), code=RESTAURANT, wanted=wanted, expected_revision=revision)


def gate() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for finding in check_theme(get(RESTAURANT)):
        found.setdefault(finding.code, []).append(finding.sentence)
    return found


def frozen_last() -> FrozenTheme:
    version = get(RESTAURANT).subject.current_version
    assert version is not None
    return read_frozen(bytes(version.content))


def without_cases() -> None:
    """The saved cases count fields, and a decision changes how many there are."""
    save(RESTAURANT, lambda tree: tree.pop("cases"))


# --- deciding ---------------------------------------------------------------------------------------------------------


def test_a_conflict_blocks_until_it_is_decided_and_the_version_says_by_whom_and_why() -> None:
    without_cases()
    key, item, field = plant_conflict()
    assert "merge_conflict" in gate()
    with pytest.raises(GateClosed):
        submit(RESTAURANT)
    (conflict,) = matters(key, "conflict")
    decide(conflict.digest, "stand_alone", items=(item,))
    found = gate()
    assert "merge_conflict" not in found
    assert any(WHY in sentence and EDITOR in sentence for sentence in found["merge_settled"])
    form = open_draft_package(get(RESTAURANT)).package.form
    assert form.projections[item][field] == f"{item}.{field}"
    assert key in {merged for other, steps in form.projections.items() if other != item for merged in steps.values()}
    submit(RESTAURANT)
    certificate = frozen_last().certificate
    assert certificate is not None
    assert certificate.decisions == (
        CertifiedDecision(
            code="D1", key=key, rule="stand_alone", reason=WHY, decided_by=EDITOR,
            decided_on=clock.today().isoformat(), items=(item,), decided_by_name=str(account(EDITOR)),
        ),
    )  # fmt: skip
    assert [(one.key, one.decision, one.witness) for one in certificate.settled] == [
        (key, "D1", conflict.finding.witness)
    ]
    assert (certificate.gaps, certificate.conflicts, certificate.counts.separated) == ((), (), 1)
    assert AuditEntry.objects.get(action="theme.merge_decided").reason == WHY


def test_a_decision_about_what_has_changed_since_counts_no_more() -> None:
    key, item, field = plant_conflict()
    (conflict,) = matters(key, "conflict")
    decide(conflict.digest, "stand_alone", items=(item,))
    change_form(item, lambda draft: [one.update(max_length=4) for one in draft["fields"] if one["code"] == field])
    found = gate()
    assert "merge_conflict" in found
    assert len(found["decision_outdated"]) == 1
    assert "merge_settled" not in found
    assert open_draft_package(get(RESTAURANT)).package.form.projections[item][field] == key
    with pytest.raises(WrongState):  # whoever still has the old state before them decides nothing
        decide(conflict.digest, "stand_alone", items=(item,))


def test_a_narrowing_may_be_accepted_and_its_acceptance_withdrawn() -> None:
    before = gate()["merge_narrowing"]
    narrowing = next(one for one in matters_of(standing().settlement.form) if one.finding.severity == "narrowing")
    decide(narrowing.digest, "accept_narrowing")
    found = gate()
    assert len(found["merge_narrowing"]) == len(before) - 1
    assert len(found["merge_settled"]) == 1
    revision = get(RESTAURANT).subject.draft_revision
    withdraw_merge_decision(actor=account(EDITOR), code=RESTAURANT, decision="D1", expected_revision=revision)
    assert gate()["merge_narrowing"] == before
    assert AuditEntry.objects.filter(action="theme.merge_undecided").count() == 1


def test_unsound_decisions_are_refused_with_every_reason() -> None:
    key, item, _ = plant_conflict()
    (conflict,) = matters(key, "conflict")

    def problems(rule: Any, **more: Any) -> set[str]:
        with pytest.raises(Invalid) as refused:
            decide(conflict.digest, rule, **{"items": (item,), **more})
        return {problem.code for problem in refused.value.problems}

    assert problems("accept_narrowing") == {"not_for_conflicts"}
    assert problems("stand_alone", items=(), why=" ") == {"required"}
    assert problems("stand_alone", items=("NOWHERE",)) == {"unknown_item"}
    assert problems("stand_alone", why="长" * 501) == {"too_long"}
    assert problems("use_crosswalk", crosswalk="none") == {"no_effect"}
    with pytest.raises(Forbidden):
        decide(conflict.digest, "stand_alone", items=(item,), by="sj_reviewer")
    with pytest.raises(StaleRevision):
        decide_on_merge(
            actor=account(EDITOR), code=RESTAURANT, expected_revision=99,
            wanted=Wanted(conflict.digest, "stand_alone", WHY, (item,)),
        )  # fmt: skip
    assert "merge_decisions" not in get(RESTAURANT).subject.draft


def test_decisions_outlive_a_dossier_that_is_imported_anew() -> None:
    narrowing = matters_of(standing().settlement.form)[0]
    decide(narrowing.digest, "accept_narrowing")
    tree = dossier(RESTAURANT)
    tree["theme"]["summary"] = "新的简介"
    bring_in(tree)
    assert [one["code"] for one in get(RESTAURANT).subject.draft["merge_decisions"]] == ["D1"]


# --- nobody writes one in another's name ------------------------------------------------------------------------------

FORGERIES: dict[str, Callable[[list[dict[str, Any]]], None]] = {
    "another name": lambda decisions: decisions[0].update(decided_by="sj_reviewer"),
    "another day": lambda decisions: decisions[0].update(decided_on="2020-01-01"),
    "another reason": lambda decisions: decisions[0].update(reason="部门同意"),
    "another matter": lambda decisions: decisions[0].update(about="0" * 64),
    "one more": lambda decisions: decisions.append({**decisions[0], "code": "D2"}),
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
def test_a_draft_saved_whole_can_neither_forge_nor_alter_a_decision(forge: Any) -> None:
    decide(matters_of(standing().settlement.form)[0].digest, "accept_narrowing")
    subject = get(RESTAURANT).subject
    with pytest.raises(Invalid) as refused:
        save(RESTAURANT, lambda tree: forge(tree["merge_decisions"]))
    assert {problem.code for problem in refused.value.problems} == {"decided_elsewhere"}
    assert get(RESTAURANT).subject.draft == subject.draft
    answer = logged_in(EDITOR).put(
        f"/api/v1/themes/{RESTAURANT}/draft/",
        data=json.dumps(forged(subject.draft, forge)), content_type="application/json",
        headers={"If-Match": f'"draft-{subject.draft_revision}"'},
    )  # fmt: skip
    assert answer.status_code == 422


def forged(tree: Any, forge: Callable[[list[dict[str, Any]]], None]) -> Any:
    copied = json.loads(json.dumps(tree))
    forge(copied["merge_decisions"])
    return copied


def test_a_draft_saved_whole_keeps_decisions_or_leaves_them_out() -> None:
    decide(matters_of(standing().settlement.form)[0].digest, "accept_narrowing")
    save(RESTAURANT, lambda tree: tree.update(summary="新"))
    assert len(get(RESTAURANT).subject.draft["merge_decisions"]) == 1
    save(RESTAURANT, lambda tree: tree.pop("merge_decisions"))
    assert "merge_settled" not in gate()


# --- crosswalks -------------------------------------------------------------------------------------------------------


def plant_two_dictionaries(partner: str = "") -> tuple[str, str]:
    """One item speaks a dictionary of its own in a shared field; a crosswalk joins the two. Merged key and item."""
    key, asking = shared_field("dict")
    frozen = standing().frozen
    merged = frozen.public_fields[key].dictionary
    assert merged is not None
    item, field = asking[-1]
    own = DictionaryFactory(code="own_codes")
    entries = frozen.dictionaries[merged].entries
    crosswalk = CrosswalkFactory(
        code="to_own", name="本部门口径", partner=partner,
        from_dictionary__code="gone", to_dictionary=own,
    )  # fmt: skip
    crosswalk.from_dictionary = type(own).objects.get(code=merged)
    crosswalk.save()
    for place, entry in enumerate(entries):
        DictionaryEntryFactory(dictionary=own, code=f"x{place}", name=f"本部门{entry.name}")
        CrosswalkMapping.objects.create(crosswalk=crosswalk, order=place, from_code=entry.code, to_code=f"x{place}")

    def speak_own(draft: dict[str, Any]) -> None:
        for one in draft["fields"]:
            if one["code"] == field:
                one.update(dictionary="own_codes")
                one.pop("max_length", None)

    change_form(item, speak_own)
    return key, item


def test_a_registered_crosswalk_translates_for_the_item_and_travels_in_the_package() -> None:
    key, item = plant_two_dictionaries()
    assert matters(key, "conflict") == []
    form = open_draft_package(get(RESTAURANT)).package.form
    ((field, codes),) = form.translations[item].items()
    assert form.projections[item][field] == key
    assert set(codes.values()) == {f"x{place}" for place in range(len(codes))}
    opened = open_draft_package(get(RESTAURANT))
    step = opened.merger.merge([(item, None)]).projections[item][field]
    assert step.take(next(iter(codes))) == codes[next(iter(codes))]
    assert standing().frozen.revisions["crosswalk:to_own"]


def test_a_mapping_counts_on_its_days_only_and_what_it_cannot_say_is_told() -> None:
    key, item = plant_two_dictionaries()
    over = CrosswalkMapping.objects.filter(crosswalk__code="to_own").earliest("order")
    CrosswalkMapping.objects.filter(pk=over.pk).update(valid_to=clock.today() - timedelta(days=1))
    vague = CrosswalkMapping.objects.filter(crosswalk__code="to_own").latest("order")
    CrosswalkMapping.objects.filter(pk=vague.pk).update(relation="close")
    (codes,) = open_draft_package(get(RESTAURANT)).package.form.translations[item].values()
    assert {over.from_code, vague.from_code} & codes.keys() == set()
    found = gate()
    assert vague.from_code in found["crosswalk_unclear"][0]
    assert over.from_code not in found["crosswalk_unclear"][0].split("代码")[1].split("按")[0].split()
    lost = {matter.finding.witness for matter in matters(key, "narrowing") if matter.finding.aspect == "crosswalk"}
    assert lost <= {over.to_code, vague.to_code}
    assert lost


def test_another_partners_crosswalk_counts_only_where_somebody_decides_so() -> None:
    key, item = plant_two_dictionaries(partner="国家政务服务平台")
    (conflict,) = matters(key, "conflict")
    decide(conflict.digest, "use_crosswalk", items=(item,), crosswalk="to_own")
    assert matters(key, "conflict") == []
    assert open_draft_package(get(RESTAURANT)).package.form.translations[item]
    found = gate()
    assert "merge_conflict" not in found
    assert "to_own" in found["merge_settled"][0]


def test_only_what_keeps_its_meaning_is_translated() -> None:
    pairs = [
        CodePair("same", "1"), CodePair("part", "2", "narrower"), CodePair("whole", "3", "broader"),
        CodePair("like", "4", "close"), CodePair("twice", "5"), CodePair("twice", "6"),
        CodePair("both", "7", "narrower"), CodePair("both", "8"),
    ]  # fmt: skip
    resolved = resolve(pairs)
    assert resolved.codes == {"same": "1", "part": "2", "both": "8"}
    assert resolved.unclear == ("whole", "like", "twice")
    back = resolve(pair.reversed() for pair in pairs)
    assert back.codes == {"1": "same", "3": "whole", "5": "twice", "6": "twice", "8": "both"}
    named = same_names({"1": "企业", "5": "非法人企业", "6": "其他"}, {"1": "企 业", "5": "社团", "9": "其他"})
    assert (named.codes, named.unclear) == ({"1": "1"}, ("5",))


# --- the certificate --------------------------------------------------------------------------------------------------


def test_every_version_carries_a_certificate_that_its_content_yields_again() -> None:
    save(RESTAURANT, lambda tree: tree.update(summary="新"))
    submit(RESTAURANT)
    frozen = frozen_last()
    assert frozen.certificate is not None
    assert confirms(frozen)
    assert (frozen.certificate.counts.fields_in, frozen.certificate.counts.fields_out) == (176, 93)
    assert [one.required for one in frozen.certificate.items] == [
        one.required_covered for one in frozen.certificate.items
    ]
    answer = logged_in("sj_reviewer").get(f"/api/v1/themes/{RESTAURANT}/versions/2/certificate/")
    assert answer.json()["counts"]["fields_in"] == 176
    page = text_of(logged_in("sj_reviewer").get(url("certificate", RESTAURANT), {"version": "2"}))
    assert "与证书完全一致" in page


def test_the_command_recomputes_the_certificate_of_every_version(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = run("check_certificate", RESTAURANT, "--json")
    assert (asked.status, asked.report) == (0, [{"version": 1, "is_confirmed": True}])

    def tampered(content: bytes) -> FrozenTheme:
        frozen = read_frozen(content)
        return msgspec.structs.replace(frozen, item_forms={**frozen.item_forms, "BL": frozen.item_forms["BL"][1:]})

    monkeypatch.setattr(certifying, "read_frozen", tampered)
    assert (run("check_certificate", RESTAURANT).status, run("check_certificate", RESTAURANT).out.strip()) == (
        1,
        "版本 1：不一致",
    )


TAMPERINGS: dict[str, Callable[[Any], Any]] = {
    "a field sent elsewhere": lambda one: msgspec.structs.replace(
        one, items=(msgspec.structs.replace(one.items[0], fields=one.items[0].fields[1:]), *one.items[1:])
    ),
    "a narrowing hidden": lambda one: msgspec.structs.replace(one, narrowings=one.narrowings[1:]),
    "a count made better": lambda one: msgspec.structs.replace(
        one, counts=msgspec.structs.replace(one.counts, fields_out=1)
    ),
}


@pytest.mark.parametrize("tamper", TAMPERINGS.values(), ids=TAMPERINGS)
def test_a_certificate_that_was_tampered_with_is_found_out(tamper: Any) -> None:
    frozen = standing().frozen
    certificate = certificate_of(frozen)
    assert confirms(msgspec.structs.replace(frozen, certificate=certificate))
    assert confirms(msgspec.structs.replace(frozen, certificate=tamper(certificate))) is False


def test_a_merge_that_loses_a_field_is_stopped_by_the_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    """Saboteur: one field of one item never reaches the form."""
    original = merging._Hearing.form

    def losing(hearing: Any) -> Any:
        form = original(hearing)
        item, steps = next(iter(form.projections.items()))
        less = {**form.projections, item: dict(list(steps.items())[1:])}
        return msgspec.structs.replace(form, shape=msgspec.structs.replace(form.shape, projections=less))

    monkeypatch.setattr(merging._Hearing, "form", losing)
    found = gate()
    assert len(found["coverage_gap"]) == 1
    with pytest.raises(GateClosed):
        submit(RESTAURANT)


# --- the page ---------------------------------------------------------------------------------------------------------


def test_a_conflict_is_read_and_decided_on_the_page() -> None:
    key, item, _ = plant_conflict()
    (conflict,) = matters(key, "conflict")
    browser = logged_in(EDITOR)
    shown = browser.get(url("merging", RESTAURANT))
    assert "没有取值能同时满足" in text_of(shown)
    choice = f"stand_alone|{item}|"
    assert choice in shown.content.decode()
    form = {"do": "decide", "about": conflict.digest, "choice": choice, "reason": ""}
    revision = {"revision": str(get(RESTAURANT).subject.draft_revision)}
    refused = browser.post(url("merging", RESTAURANT), {**form, **revision})
    assert refused.status_code == 422
    assert "请写明这样决定的理由" in text_of(refused)
    assert browser.post(url("merging", RESTAURANT), {**form, **revision, "reason": WHY}).status_code == 302
    late = browser.post(url("merging", RESTAURANT), {**form, **revision, "reason": "另一个窗口"})
    told = text_of(late)
    assert late.status_code == 412 and "本页已换成最新的草稿" in told and "merge_decisions" not in told
    after = text_of(browser.get(url("merging", RESTAURANT)))
    assert WHY in after
    assert "撤回这个决定" in after
    assert "撤回这个决定" not in text_of(logged_in("sj_reviewer").get(url("merging", RESTAURANT)))


def test_a_draft_with_gaps_says_so_instead_of_a_merge() -> None:
    save(RESTAURANT, lambda tree: tree["items"][0].update(item="nowhere"))
    for page in ("merging", "certificate"):
        answer = logged_in(EDITOR).get(url(page, RESTAURANT))
        assert answer.status_code == 200
    assert logged_in(EDITOR).get(f"/api/v1/themes/{RESTAURANT}/draft/certificate/").status_code == 404
    with pytest.raises(DomainError):
        decide("0" * 64, "accept_narrowing")


# --- through the API --------------------------------------------------------------------------------------------------

MERGE = f"/api/v1/themes/{RESTAURANT}/draft/merge/"


def send(by: str, body: Any = None, *, decision: str = "", tag: str | None = None) -> Any:
    """Decides, or takes the decision back, at the tag given, the draft's own without one."""
    match = f'"draft-{get(RESTAURANT).subject.draft_revision}"' if tag is None else tag
    headers = {"If-Match": match} if match else {}
    address = f"{MERGE}decisions/{decision}/withdraw/" if decision else f"{MERGE}decisions/"
    return logged_in(by).post(address, json.dumps(body or {}), content_type="application/json", headers=headers)


def test_a_program_reads_what_there_is_to_decide_decides_and_takes_it_back() -> None:
    key, item, field = plant_conflict()
    shown = logged_in(EDITOR).get(MERGE).json()
    assert [one["digest"] for one in shown["matters"]] == [one.digest for one in matters_of(standing().settlement.form)]
    conflict = shown["matters"][0]
    assert (conflict["key"], conflict["severity"], conflict["decision"]) == (key, "conflict", None)
    assert {"item": item, "field": field} in conflict["shared_by"]
    assert "没有取值能同时满足" in conflict["sentence"]
    body = {"about": conflict["digest"], "rule": "stand_alone", "items": [item], "reason": WHY}
    answer = send(EDITOR, body)
    assert answer.status_code == 200
    assert answer["ETag"] == f'"draft-{get(RESTAURANT).subject.draft_revision}"'
    assert "merge_conflict" not in gate()
    (decision,) = logged_in("sj_reviewer").get(MERGE).json()["decisions"]
    assert (decision["code"], decision["decided_by"], decision["reason"], decision["counts"]) == (
        "D1", EDITOR, WHY, True,
    )  # fmt: skip
    assert send(EDITOR, body).status_code == 409  # it is settled, there is nothing like it any more
    assert send(EDITOR, decision="D1").status_code == 200
    assert "merge_conflict" in gate()
    assert send(EDITOR, decision="D1").status_code == 404


def test_an_accepted_narrowing_names_its_decision() -> None:
    narrowing = next(one for one in logged_in(EDITOR).get(MERGE).json()["matters"] if one["severity"] == "narrowing")
    send(EDITOR, {"about": narrowing["digest"], "rule": "accept_narrowing", "reason": WHY})
    shown = logged_in(EDITOR).get(MERGE).json()["matters"]
    assert [one["decision"] for one in shown if one["digest"] == narrowing["digest"]] == ["D1"]


@pytest.mark.parametrize(
    ("by", "changed", "tag", "status"),
    [
        (EDITOR, {}, "", 428),
        (EDITOR, {}, '"draft-999"', 412),
        (EDITOR, {"about": "0" * 64}, None, 409),
        (EDITOR, {"reason": ""}, None, 422),
        (EDITOR, {"rule": "take_it_anyway"}, None, 422),
        (EDITOR, {"rule": "use_crosswalk", "items": ["nothing"]}, None, 422),
        (EDITOR, {"decided_by": "sj_reviewer"}, None, 422),
        ("sj_reviewer", {}, None, 403),
        ("operator", {}, None, 403),
        ("hp_editor", {}, None, 403),
    ],
)
def test_a_decision_that_a_program_may_not_make_changes_nothing(
    by: str, changed: dict[str, Any], tag: str | None, status: int
) -> None:
    narrowing = next(one for one in matters_of(standing().settlement.form) if one.finding.severity == "narrowing")
    body = {"about": narrowing.digest, "rule": "accept_narrowing", "reason": WHY, **changed}
    before = get(RESTAURANT).subject.draft_revision
    answer = send(by, body, tag=tag)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert get(RESTAURANT).subject.draft_revision == before


def test_the_merge_of_a_draft_out_of_sight_or_with_gaps_is_not_there() -> None:
    assert logged_in(EDITOR).get("/api/v1/themes/NOWHERE/draft/merge/").status_code == 404
    assert logged_in("content").get(MERGE).status_code == 403  # on show to everybody, the draft is not
    save(RESTAURANT, lambda tree: tree["items"][0].update(item="nowhere"))
    answer = logged_in(EDITOR).get(MERGE)
    assert answer.status_code == 404 and "合并不出" in answer.json()["detail"]
