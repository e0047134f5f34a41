"""The citizen's preview on the demonstration installation: what it shows, what it keeps, who may see which package."""

import re
from html import unescape
from typing import Any

import pytest
from django.db import transaction
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from forms_builder.merge.tests import generation
from opsplatform.accounts.models import User
from opsplatform.kernel import clock
from opsplatform.release.services import drafting
from themes import selectors
from themes.models import Theme
from themes.packages.tests import dossiers
from themes.packages.tests import test_dependent_lists as dependent
from themes.pages.preview_form import FilledForm, Input
from themes.pages.preview_given import read_answers, read_data, write_answers
from themes.services.inspecting import open_draft_package

pytestmark = pytest.mark.usefixtures("demo_db")
RESTAURANT, DOG = "YJS-310000-L1-0001", "YJS-310000-P4-0002"
CASES = [(code, f"case-{number}") for code in (RESTAURANT, DOG) for number in (1, 2, 3)]


def logged_in(username: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=username))
    return client


def page(client: Client, code: str, **query: Any) -> str:
    answer = client.get(reverse("themes:preview", args=[code]), query)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def fields(html: str) -> dict[str, list[str]]:
    """What a browser would send: hidden inputs, chosen options, ticked boxes and typed texts, in order."""
    sent: dict[str, list[str]] = {}
    form = html[html.index('id="preview-inner"') :]
    for tag in re.finditer(
        r'<input ([^>]*)>|<select name="([^"]+)".*?</select>|<textarea name="([^"]+)".*?</textarea>', form, re.S
    ):
        if tag[2]:
            chosen = re.findall(r'<option value="([^"]*)" selected', tag[0])
            sent.setdefault(tag[2], []).append(chosen[0] if chosen else re.findall(r'value="([^"]*)"', tag[0])[0])
        elif tag[3]:
            sent.setdefault(tag[3], []).append(re.sub(r"<[^>]+>", "", tag[0]))
        else:
            name, value = re.search(r'name="([^"]+)"', tag[1]), re.search(r'value="([^"]*)"', tag[1])
            is_choice = re.search(r'type="(radio|checkbox)"', tag[1])
            if name and (not is_choice or " checked" in tag[1]):
                sent.setdefault(name[1], []).append(value[1] if value else "")
    return sent


def send(client: Client, code: str, sent: dict[str, Any], *, is_htmx: bool = False) -> Any:
    headers = {"HX-Request": "true"} if is_htmx else {}
    return client.post(reverse("themes:preview", args=[code]), sent, headers=headers)


# --- what it shows ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "case"), CASES)
def test_a_saved_case_shows_its_items_and_agrees_with_what_is_computed(code: str, case: str) -> None:
    html = page(logged_in("operator"), code, case=case, source="draft")
    opened = open_draft_package(Theme.objects.get(subject__code=code))
    saved = next(one.case for one in opened.package.cases if one.case.code == case)
    assert "与预期一致" in html
    assert "还有" not in text_of(html) or saved.expected["visible_questions"] != list(saved.answers)
    for item in saved.expected["items"]:
        assert f"<code>{item}</code>" in html
    for rule in saved.expected["fired_rules"]:
        assert f"<code>{rule}</code>" in html


def test_a_case_that_differs_from_what_is_computed_says_where() -> None:
    theme = Theme.objects.select_related("subject").get(subject__code=DOG)
    draft = dict(theme.subject.draft)
    draft["cases"] = [{**case, "expected": {**case["expected"], "visits_after": 7}} for case in draft["cases"]]
    with transaction.atomic():
        drafting.save_draft(
            actor=User.objects.get(username="ga_editor"),
            subject_id=theme.subject_id,
            tree=draft,
            expected_revision=theme.subject.draft_revision,
        )
    html = page(logged_in("ga_editor"), DOG, case="case-1")
    assert "与预期不同" in html and "改革后跑动" in html


def test_questions_appear_as_answers_make_them_visible() -> None:
    client = logged_in("sj_editor")
    asked = r"<legend>[^<]*准备用哪种主体开店"
    assert not re.search(asked, page(client, RESTAURANT, **{"a:q_licensed": "yes"}))
    assert re.search(asked, page(client, RESTAURANT, **{"a:q_licensed": "no"}))


def test_every_item_says_what_would_have_to_be_answered_otherwise_and_leads_there() -> None:
    client = logged_in("sj_editor")
    html = page(client, RESTAURANT, case="case-1")
    panel = html[html.index('id="pv-alternatives"') :]
    panel = panel[: panel.index("</section>")]
    told = re.findall(r"<strong>([^<]+)</strong>.*?(现在要办|现在不办).*?(?:href=\"([^\"]+)\"|都一样)", panel, re.S)
    assert {state for _, state, _ in told} == {"现在要办", "现在不办"}
    name, _, address = next(one for one in told if one[1] == "现在不办" and one[2])
    tried = unescape(client.get(reverse("themes:preview", args=[RESTAURANT]) + address).content.decode())
    turned = tried[tried.index('id="pv-alternatives"') :]
    assert re.search(rf"<strong>{re.escape(name)}</strong>[^<]*<[^>]*>[^<]*现在要办", turned)


def test_a_material_that_is_not_asked_for_says_why_and_what_would_bring_it_up() -> None:
    client = logged_in("sj_editor")
    html = page(client, RESTAURANT, case="case-1")
    panel = html[html.index('id="pv-material-alternatives"') :].split("</details>")[0]
    told = re.findall(
        r"<strong>([^<]+)</strong>[^<]*<[^>]*>[^<]*(现在要|现在不要)(.*?)(?=<div class=\"pv-entry\"|$)", panel, re.S
    )
    away = [(name, rest) for name, state, rest in told if state == "现在不要"]
    assert away and all("只在这种情况下要" in rest or "不办“" in rest or "免交" in rest for _, rest in away)
    name, address = next((name, found[1]) for name, rest in away if (found := re.search(r'href="([^"]+)"', rest)))
    tried = unescape(client.get(reverse("themes:preview", args=[RESTAURANT]) + address).content.decode())
    turned = tried[tried.index('id="pv-material-alternatives"') :]
    assert re.search(rf"<strong>{re.escape(name)}</strong>[^<]*<[^>]*>[^<]*现在要<", turned)


def test_streets_are_those_of_the_answered_district_without_statistical_units() -> None:
    html = page(logged_in("sj_editor"), RESTAURANT, **{"a:q_district": "310115"})
    select = re.search(r'<select name="a:q_street".*?</select>', html, re.S)
    assert select is not None
    offered = re.findall(r'<option value="(\d{9})"', select[0])
    known = open_draft_package(Theme.objects.get(subject__code=RESTAURANT)).package.divisions
    expected = [code for code, one in known.items() if one.parent == "310115" and not one.is_statistical]
    assert offered == expected
    assert any(one.parent == "310115" and one.is_statistical for one in known.values()), "or nothing was shown"


def test_another_district_drops_the_street_without_calling_it_a_mistake() -> None:
    html = page(logged_in("sj_editor"), RESTAURANT, **{"a:q_district": "310101", "a:q_street": "310112101"})
    question = re.search(r'<select name="a:q_street".*?</fieldset>', html, re.S)
    assert question is not None
    assert "310112101" not in question[0]
    assert "op-error" not in question[0]


@pytest.mark.parametrize(
    ("typed", "sentence"), [("0", "不能小于 1"), ("99999", "不能大于 20000"), ("大约三十", "应填写数字")]
)
def test_a_wrong_answer_is_told_at_its_question_and_not_evaluated(typed: str, sentence: str) -> None:
    html = page(logged_in("sj_editor"), RESTAURANT, **{"a:q_biz_area": typed})
    question = next(one for one in html.split("<fieldset") if "使用面积" in one)
    assert sentence in question and typed in question


def test_a_declared_exit_stands_out() -> None:
    html = page(logged_in("ga_editor"), DOG, **{"a:q_kind": "person", "a:q_banned": "yes"})
    assert 'class="pv-stop"' in html and "目前不能办理" in html


def test_rules_of_another_day_are_those_of_that_day() -> None:
    client = logged_in("sj_editor")
    assert f'value="{clock.today()}"' in page(client, RESTAURANT)
    assert 'value="2031-05-01"' in page(client, RESTAURANT, on="2031-05-01")
    assert "日期无效" in page(client, RESTAURANT, on="2031-02-30")


# --- the form ---------------------------------------------------------------------------------------------------------


def filled(code: str, case: str) -> tuple[dict[str, Any], Any]:
    """A form of the case filled in validly, as a browser would send it, and the form."""
    opened = open_draft_package(Theme.objects.get(subject__code=code))
    answers = next(one.case.answers for one in opened.package.cases if one.case.code == case)
    form = opened.run(answers).form
    data = generation.valid_data(generation.random.Random(5), form)
    assert data is not None
    sent: dict[str, Any] = {"source": "draft"}
    for name, value in write_answers(answers):
        sent.setdefault(name, []).append(value)
    for key, value in data.items():
        if form.provenance(key).kind != "asked":
            continue
        if isinstance(value, list) and value and isinstance(value[0], dict):
            for number, row in enumerate(value):
                sent |= {f"d:{key}:{number}:{column}": _typed(cell) for column, cell in row.items()}
        else:
            sent[f"d:{key}"] = _typed(value)
    return sent, form


def _typed(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


@pytest.mark.parametrize(("code", "case"), [(RESTAURANT, "case-1"), (DOG, "case-1")])
def test_a_form_filled_in_validly_passes_and_shows_what_each_department_receives(code: str, case: str) -> None:
    sent, form = filled(code, case)
    answer = send(logged_in("operator"), code, {**sent, "checked": "1"})
    html = unescape(answer.content.decode())
    assert "校验通过" in html
    records = html[html.index('id="pv-records"') :]
    assert records.count("<details") == len(form.items)


def test_an_empty_form_names_every_required_field_where_it_stands() -> None:
    sent, form = filled(RESTAURANT, "case-1")
    answers = {name: value for name, value in sent.items() if not name.startswith("d:")}
    html = unescape(send(logged_in("operator"), RESTAURANT, {**answers, "checked": "1"}).content.decode())
    assert "校验通过" not in html
    asked = [one for one in form.fields if form.provenance(one.key).kind == "asked" and one.constraint.required]
    for field in asked:
        assert f"“{field.label}”必须填写" in html
    assert "各部门收到的内容" in html and "处需要改正" in html


def test_without_a_press_of_the_button_nothing_is_called_wrong() -> None:
    assert "必须填写" not in page(logged_in("operator"), RESTAURANT, case="case-1", source="draft")


def test_prefilled_fields_say_where_from_and_are_not_asked() -> None:
    html = page(logged_in("operator"), RESTAURANT, case="case-1", source="draft")
    locked = [one for one in html.split('<div class="pv-field') if one.startswith(" pv-locked")]
    assert any("预填自 法人库 · 企业名称" in one for one in locked)
    assert all("<input" not in one.split("</div>")[0] for one in locked)


# --- nothing is lost --------------------------------------------------------------------------------------------------


def test_the_answers_of_an_address_come_back_in_the_page_and_in_the_next_address() -> None:
    client = logged_in("operator")
    sent = fields(page(client, RESTAURANT, case="case-1", source="draft"))
    answer = send(client, RESTAURANT, sent, is_htmx=True)
    pushed = QueryDict(answer["HX-Push-Url"].partition("?")[2])
    opened = open_draft_package(Theme.objects.get(subject__code=RESTAURANT))
    saved = next(one.case.answers for one in opened.package.cases if one.case.code == "case-1")
    assert read_answers(opened.package.guidance.questions, pushed) == saved
    assert "<html" not in answer.content.decode()
    again = client.get(f"{reverse('themes:preview', args=[RESTAURANT])}?{pushed.urlencode()}")
    assert fields(unescape(again.content.decode())) == sent


def test_filled_in_fields_survive_answers_that_hide_them_and_never_reach_the_address() -> None:
    client = logged_in("operator")
    sent, _ = filled(RESTAURANT, "case-1")
    key = next(name for name in sent if name.startswith("d:SIGN."))
    hidden = send(client, RESTAURANT, {**sent, "a:q_sign": "no"}, is_htmx=True)
    assert "d%3A" not in hidden["HX-Push-Url"] and "d:" not in hidden["HX-Push-Url"]
    kept = fields('id="preview-inner"' + unescape(hidden.content.decode()))
    assert kept[key] == [str(sent[key])]
    shown = send(client, RESTAURANT, {**kept, "a:q_sign": "yes"}, is_htmx=True)
    assert fields('id="preview-inner"' + unescape(shown.content.decode()))[key] == [str(sent[key])]


def test_a_table_grows_by_a_row_and_keeps_the_rows_it_has() -> None:
    client = logged_in("operator")
    sent, form = filled(RESTAURANT, "case-1")
    table = next(one for one in form.fields if one.constraint.kind == "table")
    first = f"d:{table.key}:0:{table.constraint.columns[0].code}"
    sent = {name: value for name, value in sent.items() if not name.startswith(f"d:{table.key}:")} | {first: "李四"}
    html = unescape(send(client, RESTAURANT, {**sent, "more": table.key}).content.decode())
    assert f'name="{first}" id="{first}" value="李四"' in html
    assert f'name="d:{table.key}:1:{table.constraint.columns[0].code}"' in html


def test_what_was_typed_is_read_as_json_of_its_kind() -> None:
    opened = dossiers.opened("theme_restaurant")
    form = opened.run(dossiers.examples()[0][1]["answers"]).form
    kinds = {one.constraint.kind: one.key for one in form.fields}
    given = QueryDict(mutable=True)
    given.update({f"d:{kinds['integer']}": "12", f"d:{kinds['decimal']}": "1.50", f"d:{kinds['string']}": "  "})
    given.setlist(f"d:{kinds['multi_dict']}", ["1", "2"])
    data = read_data(form, given)
    assert (data[kinds["integer"]], data[kinds["decimal"]]) == (12, 1.5)
    assert kinds["string"] not in data
    assert data[kinds["multi_dict"]] == ["1", "2"]
    given[f"d:{kinds['integer']}"] = "十二"
    assert read_data(form, given)[kinds["integer"]] == "十二", "the check, not the reader, says what is wrong"


# --- who sees which package -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("username", ["operator", "sj_editor", "sj_reviewer", "lh_editor"])
def test_the_draft_is_offered_to_those_who_may_see_it(username: str) -> None:
    assert 'value="draft" selected' in page(logged_in(username), RESTAURANT)


@pytest.mark.parametrize("username", ["hp_editor", "ga_editor", "content"])
def test_others_see_what_is_live_and_asking_for_the_draft_changes_nothing(username: str) -> None:
    theme = Theme.objects.select_related("subject").get(subject__code=RESTAURANT)
    with transaction.atomic():
        drafting.save_draft(
            actor=User.objects.get(username="sj_editor"),
            subject_id=theme.subject_id,
            tree={**theme.subject.draft, "summary": "只在草稿里的话"},
            expected_revision=theme.subject.draft_revision,
        )
    client = logged_in(username)
    for query in ({}, {"source": "draft"}, {"source": "draft", "division": "310112"}):
        html = page(client, RESTAURANT, **query)
        assert "只在草稿里的话" not in html and 'value="draft"' not in html
    assert "只在草稿里的话" in page(logged_in("sj_editor"), RESTAURANT)


def test_a_district_previews_its_own_package_first() -> None:
    assert 'value="310112" selected' in page(logged_in("mh_editor"), RESTAURANT)
    assert "黄浦区的发布包" in page(logged_in("hp_editor"), RESTAURANT, **{"a:q_district": "310112"})


def test_a_theme_that_does_not_exist_has_no_preview() -> None:
    assert logged_in("operator").get(reverse("themes:preview", args=["NOTHING"])).status_code == 404


def test_what_is_live_costs_few_queries(django_assert_max_num_queries: Any) -> None:
    client = logged_in("hp_editor")
    page(client, RESTAURANT, case="case-1")
    with django_assert_max_num_queries(22):
        page(client, RESTAURANT, case="case-1")


def test_selectors_name_the_libraries() -> None:
    assert selectors.code_names("prefill_library")["prefill_library"]["population"] == "人口库"


def test_streets_of_the_chosen_district_are_offered_and_one_elsewhere_is_told_to_be_wrong() -> None:
    opened = dossiers.opened_with_streets()
    form = opened.run(dependent.PERSON).form

    def shown(data: dict[str, Any]) -> dict[str, Input]:
        filled = FilledForm(opened, form, data, rows={}, libraries={}, is_checked=False)
        return {field.key: field.input for group in filled.groups for field in group.fields}

    chosen = {"REGP.KEEP_DIST": dependent.DISTRICT}
    everywhere, below = (shown(data)["REGP.KEEP_STREET"] for data in ({}, chosen))
    assert (len(everywhere.choices), len(below.choices)) == (37, 10)
    assert below.problems == []
    stale = shown(chosen | {"REGP.KEEP_STREET": dependent.ELSEWHERE})
    assert len(stale["REGP.KEEP_STREET"].choices) == 11
    assert "请改选“饲养地所在街镇”" in stale["REGP.KEEP_STREET"].problems[0]
    assert {key for key, one in stale.items() if one.is_followed} >= {"REGP.KEEP_DIST", "REGP.WALK_DIST"}
