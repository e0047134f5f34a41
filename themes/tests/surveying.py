"""schemathesis on every operation of openapi.yaml, in process: each request finds the same world, whatever came before.

The document is given one example for each parameter and body from that world, so that the good paths are walked too.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import schemathesis
import yaml
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.test import Client
from hypothesis import strategies
from schemathesis.engine import events, from_schema

from forms_builder.merge.matters import matters_of
from forms_builder.models import ItemForm
from forms_builder.services.item_forms import approve_item_form
from forms_builder.tests.factories import CrosswalkFactory, DictionaryEntryFactory, DictionaryFactory
from opsplatform.accounts.models import User
from opsplatform.accounts.tests.factories import MembershipFactory, UserFactory
from opsplatform.accounts.tests.machines import machine, token_of
from opsplatform.organizations.models import BodyKind
from opsplatform.release.models import Release, ReleasePlan, ReviewComment, Subject
from opsplatform.webhooks.models import Delivery, Endpoint
from opsplatform.webhooks.tests.factories import registered
from themes.documents import ThemeDocument
from themes.models import LocalisationException, SceneCategory
from themes.services.carrying_over import localisation_code
from themes.services.deciding import Wanted, decide_on_merge, settlement_of
from themes.services.excepting import decide_exception, request_exception
from themes.services.joining import join_release_plan
from themes.services.localising import publish_localisation, save_localisation
from themes.services.pausing import pause_theme
from themes.services.planning import ThemePlan, ThemeStage, plan_release, run_plan_stage
from themes.services.publishing import withdraw_theme
from themes.services.reviewing import ask_theme_emergency, comment_on_theme
from themes.services.reviewing_localisation import (
    approve_localisation,
    comment_on_localisation,
    submit_localisation,
)
from themes.tests.demonstrated import (
    DOG,
    RESTAURANT,
    account,
    add_sentence,
    bring_in,
    change_form,
    dossier,
    get,
    new_version,
    save,
    submit_form,
    submitted,
)

COMMITTED = Path(__file__).parents[2] / "openapi.yaml"
SCOPES = ("export:read", "registers:read", "themes:read", "themes:write", "webhooks:write")
CSRF = "a" * 32
WITHDRAWN, LIVE, PAUSED = "310101", "310104", "310105"
DRAFTED, PENDING = {"code": DOG, "division_code": "310112"}, {"code": DOG, "division_code": "310101"}
PASSED, AT_ODDS = {"code": RESTAURANT, "division_code": "310112"}, {"code": RESTAURANT, "division_code": "310101"}
SLOWER = {f"items/{item}/promised_days": 99 for item in ("FOOD", "SIGN", "FIRE")}
SOON = datetime.now(UTC).date() + timedelta(days=90)
NOTICE = {"title": "请预约", "content": "请先预约再来。"}
URGENT = "YJS-310000-L1-0009"
COLLEAGUE = "colleague.of.{}"
OWN = "surveyed"  # a dictionary that nothing uses

REFUSING = ["400", "401", "403", "404", "405", "406", "409", "412", "413", "415", "422", "428", "429"]
CONFIGURATION: dict[str, Any] = {
    "seed": 20260101,
    "continue-on-failure": True,
    "generation": {"deterministic": True, "database": "none"},
    "checks": {
        # Its probes crash on applications in process (4.32 passes them max_redirects). What it would ask is asserted of
        # the stranger's survey and, route by route, in opsplatform/api/tests/test_sweeps.py.
        "ignored_auth": {"enabled": False},
        # RFC 6585 has a status of its own for this, and integrators are told so; who may not is told that instead, and
        # whose body says nothing, which the document cannot always tell, is told of the body first.
        "missing_required_header": {"expected-statuses": [401, 403, 422, 428]},
        # A body that is too long only by the blanks around it is taken; what then refuses it may be its tag.
        "negative_data_rejection": {"expected-statuses": REFUSING},
        # Content that fits the document may still be stale, of another state, or refused by a theme's own rules.
        "positive_data_acceptance": {"expected-statuses": ["2xx", "304", "401", "403", "404", "409", "412", "422"]},
    },
}

# Why something may be refused although it fits the document, which cannot say that texts hold no NUL, JSON no number
# past 2**53, that a code names a row there is, that a moment is past, and that a cursor goes with the order of the list
# that gave it out.
BEYOND_SCHEMAS = {"nul", "bad_json", "invalid_choice", "bad_moment", "bad_cursor"}
# Nor which years there are: the ends of the calendar cannot be said in every zone.
MOMENTS = strategies.datetimes(datetime(1970, 1, 2), datetime(2999, 12, 30), timezones=strategies.just(UTC))  # noqa: DTZ001
schemathesis.openapi.format("date-time", MOMENTS.map(datetime.isoformat))

Document = dict[str, Any]
Application = Callable[[dict[str, Any], Any], Any]


@dataclass(frozen=True)
class Caller:
    """Cookies and headers of somebody; none of either for a stranger."""

    cookies: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


STRANGER = Caller()


@dataclass
class Survey:
    """What a run saw: by operation the statuses answered, and every check that failed, in words."""

    statuses: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    failures: list[str] = field(default_factory=list)

    def answered(self, hundred: int) -> set[str]:
        """The operations that were answered with a status of that hundred at least once."""
        return {name for name, counts in self.statuses.items() if any(status // 100 == hundred for status in counts)}


def committed() -> Document:
    """The document as it is in the repository."""
    document: Document = yaml.safe_load(COMMITTED.read_text())
    return document


def person(username: str) -> Caller:
    client = Client()
    client.force_login(account(username), backend="django.contrib.auth.backends.ModelBackend")
    session = client.cookies["sessionid"].value
    return Caller({"sessionid": session, "csrftoken": CSRF}, {"X-CSRFToken": CSRF})


def system() -> Caller:
    return Caller(headers={"Authorization": f"Bearer {token_of(_system_account(), SCOPES)}"})


def _system_account() -> User:
    return User.objects.filter(kind=User.Kind.MACHINE).first() or machine()


_ON_DRAFTED = ("save_item_form_draft", "submit_item_form", "match_item_form_fields")

_ON_SUBMITTED = (
    "approve_theme", "return_theme", "comment_on_theme", "resolve_theme_comment", "ask_theme_emergency",
    "delegate_theme_review",
)  # fmt: skip

# Who does what, by the operation's name or its tag; everything else is the operator's.
_DOERS = {
    "save_theme_draft": "sj_editor", "submit_theme": "sj_editor", "approve_theme": "ga_reviewer",
    "return_theme": "ga_reviewer", "decide_on_theme_merge": "sj_editor", "withdraw_theme_merge_decision": "sj_editor",
    "approve_item_form": "operator2", "return_item_form": "operator2",
    "save_localisation_draft": "mh_editor", "submit_localisation": "mh_editor", "publish_localisation": "mh_publisher",
    "approve_localisation": "hp_publisher", "return_localisation": "hp_publisher",
    "settle_localisation_conflict": "hp_editor", "request_localisation_exception": "hp_editor",
    "comment_on_localisation": "hp_publisher", "roll_back_localisation": "mh_publisher",
    "delegate_localisation_review": "hp_publisher", "delegate_theme_review": "ga_reviewer",
    "take_back_localisation_exception": "hp_editor", "resolve_localisation_comment": "hp_editor",
    "read_localisation_comments": "hp_editor",
    "join_release_plan": "mh_publisher", "leave_release_plan": "mh_publisher",
    "comment_on_theme": "ga_reviewer", "resolve_theme_comment": "ga_editor",
    "confirm_theme_emergency": "operator2",
    "users": "sysadmin", "roles": "sysadmin", "audit-entries": "auditor",
}  # fmt: skip


def whoever_may() -> Callable[[Document], Caller]:
    """For each operation a caller to whom it is open."""
    callers = {name: person(name) for name in {*_DOERS.values(), "operator"}}
    callers["export"] = callers["webhook-endpoints"] = system()

    def choose(operation: Document) -> Caller:
        name, tag = operation["operationId"], operation["tags"][0]
        return callers.get(tag) or callers[_DOERS.get(name) or _DOERS.get(tag) or "operator"]

    return choose


def prepare_world() -> None:
    """Every act on a theme is possible on one of the two, every act on a code on one of a dictionary of its own."""
    dictionary = DictionaryFactory(code=OWN)
    for number in range(2):
        registered(actor=_system_account())
        Delivery.objects.create(
            endpoint=_told(), message_id=f"message-{number}", type="test", body="{}", state="failed"
        )
    for code in ("1", "2"):
        DictionaryEntryFactory(dictionary=dictionary, code=code)
        CrosswalkFactory(from_dictionary=dictionary, to_dictionary=dictionary)
    operator = account("operator")
    withdraw_theme(actor=operator, code=RESTAURANT, division_codes=[WITHDRAWN], note="暂停")
    pause_theme(actor=operator, code=RESTAURANT, division_codes=[PAUSED], message="系统维护", note="维护")
    plan_release(actor=operator, wanted=_plan(RESTAURANT, WITHDRAWN))
    plan_release(actor=operator, wanted=_plan(PASSED["code"], PASSED["division_code"]))
    run_plan_stage(actor=operator, plan_id=plan_release(actor=operator, wanted=_plan(DOG, LIVE)).pk, position=1)
    save(RESTAURANT, add_sentence)
    decide_on_merge(actor=account("sj_editor"), code=RESTAURANT, wanted=_acceptance(), expected_revision=2)
    _ask_emergency()
    commented = new_version(DOG, approved=False)
    comment_on_theme(actor=account("ga_reviewer"), code=DOG, digest=commented.digest, pointer="/name", note="名称太长")
    _, pending, approved = (change_form(key) for key in _forms())
    submit_form(pending)
    version = submit_form(approved)
    approve_item_form(actor=account("operator2"), item_key=approved, digest=version.digest, note="同意")
    _localise()
    for name in ("ga_reviewer", "hp_publisher"):
        (held,) = account(name).held_memberships
        colleague = UserFactory(username=COLLEAGUE.format(name))
        MembershipFactory(user=colleague, role=held.role, division=held.division, department=held.department)


def _ask_emergency() -> None:
    """The restaurant's theme once more waits for its review, which somebody has said it cannot wait for."""
    tree = dossier(RESTAURANT)
    tree["theme"]["code"] = URGENT
    bring_in(tree)
    version = submitted(URGENT, by="sj_editor")
    ask_theme_emergency(actor=account("operator"), code=URGENT, digest=version.digest, note="台风登陆")


def _localise() -> None:
    """Of four localisations one is drafted, one waits, one is approved
    after another was published, and one is about what the city never had."""
    for username, place, values in (
        ("mh_editor", DRAFTED, {"notices/N9": NOTICE}),
        ("hp_editor", PENDING, {"notices/N9": NOTICE}),
        ("mh_editor", PASSED, {"notices/N9": NOTICE}),
        ("hp_editor", AT_ODDS, {"items/NEVER-WAS/promised_days": 1, **SLOWER}),
    ):
        save_localisation(actor=account(username), **place, values=values, expected_revision=0)
    waiting = submit_localisation(actor=account("hp_editor"), **PENDING, expected_revision=1, note="提交")
    comment_on_localisation(
        actor=account("hp_publisher"), **PENDING, digest=waiting.digest, pointer="/operations/notices~1N9", note="太短"
    )
    _approve_passed(revision=1)
    publish_localisation(actor=account("mh_publisher"), **PASSED, note="发布")
    changed = {"notices/N9": {**NOTICE, "title": "改期"}}
    save_localisation(actor=account("mh_editor"), **PASSED, values=changed, expected_revision=1)
    _approve_passed(revision=2)
    join_release_plan(actor=account("mh_publisher"), **PASSED, plan_id=_joined_plan())
    waiting_for_the_city, granted = (
        request_exception(actor=account("hp_editor"), **AT_ODDS, key=key, reason="搬迁", expires_on=SOON)
        for key in list(SLOWER)[1:]
    )
    assert waiting_for_the_city.pk < granted.pk
    decide_exception(actor=account("operator"), exception_id=granted.pk, is_granted=True, note="同意")


def _approve_passed(*, revision: int) -> None:
    version = submit_localisation(actor=account("mh_editor"), **PASSED, expected_revision=revision, note="提交")
    for name in ("mh_publisher", "operator"):
        approve_localisation(actor=account(name), **PASSED, digest=version.digest, note="同意")


def _joined_plan() -> int:
    """The plan of the second that was made."""
    return ReleasePlan.objects.order_by("pk")[1].pk


def _acceptance() -> Wanted:
    """That the first narrowing of the restaurant's form which is still open be accepted."""
    settlement = settlement_of(msgspec.convert(get(RESTAURANT).subject.draft, ThemeDocument)).settlement
    found = (one for one in matters_of(settlement.form) if one.digest not in settlement.accepted)
    return Wanted(next(found).digest, "accept_narrowing", "可以接受")


def _told() -> Endpoint:
    """The first endpoint of the system that surveys."""
    return Endpoint.objects.earliest("pk")


def _plan(code: str, place: str) -> ThemePlan:
    return ThemePlan("计划", [(code, 1)], [ThemeStage(None, [place])], "发布")


def _forms() -> list[str]:
    """Three items: the form of the first is drafted anew, that of the second waits, that of the third is approved."""
    return list(ItemForm.objects.order_by("item__key").values_list("item__key", flat=True)[:3])


def of_this_world(document: Document, choose: Callable[[Document], Caller]) -> Document:
    """The document with an example for each path, header and body, and queries narrowed to the codes there are.

    That a query names a row that exists, and a cursor one that was given out, is what a schema cannot say.
    """
    bodies, places, codes = _bodies(), _places(), _codes()
    for path, operations in document["paths"].items():
        for operation in operations.values():
            name, client = operation["operationId"], browser(choose(operation))
            for parameter in operation.get("parameters", ()):
                key = parameter["name"]
                match parameter["in"]:
                    case "path" | "header":
                        example = places.get((name, key)) or places.get(("", key))
                        if example is None and parameter["in"] == "path":
                            example = _first_row(client, path, key)
                        if example is not None:
                            parameter["example"] = example
                    case "query" if key == "cursor":
                        listed = (
                            path.replace("{code}", DOG).replace("{key}", _forms()[1]).replace("{id}", str(_told().pk))
                        )
                        parameter["schema"] = {"enum": [_cursor(client, listed)]}
                    case "query" if (known := codes.get((name, key)) or codes.get(("", key))) is not None:
                        if "minLength" in parameter["schema"]:  # else any text is taken
                            parameter["schema"] = {"enum": [known]}
            if "requestBody" in operation:
                operation["requestBody"]["content"]["application/json"]["example"] = bodies[name]
    return document


def address_of(path: str, operation: Document) -> str:
    """The path with the examples of its parameters."""
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", str(parameter["example"]))
    return path


def _bodies() -> dict[str, Any]:
    decision = {"digest": get(DOG).subject.current_version.digest, "note": "意见"}
    drafted, pending, _ = (Subject.objects.select_related("current_version").get(code=key) for key in _forms())
    plan = {
        "title": "计划",
        "versions": [{"code": RESTAURANT, "version": 1}],
        "stages": [{"divisions": [WITHDRAWN]}],
        "note": "恢复",
    }
    waiting = Subject.objects.select_related("current_version").get(
        code=localisation_code(DOG, PENDING["division_code"])
    )
    on_localisation = {"digest": waiting.current_version.digest, "note": "意见"}
    on_form = {"digest": pending.current_version.digest, "note": "意见"}
    return {
        "save_theme_draft": get(RESTAURANT).subject.draft,
        "submit_theme": {"note": "提交"},
        "approve_theme": decision,
        "return_theme": decision,
        "decide_on_theme_merge": {"about": _acceptance().about, "rule": "accept_narrowing", "reason": "可以接受"},
        "withdraw_theme_merge_decision": {},
        "release_theme": {"version": 1, "divisions": [WITHDRAWN], "note": "恢复"},
        "withdraw_theme": {"divisions": [LIVE], "note": "撤回"},
        "pause_theme": {"divisions": [LIVE], "message": "系统维护", "note": "维护"},
        "resume_theme": {"divisions": [PAUSED], "note": "恢复"},
        "redirect_theme": {"divisions": [LIVE], "successor": DOG, "note": "并入"},
        "replace_theme": {"divisions": [LIVE], "successor": DOG, "version": 1, "note": "并入"},
        "plan_release": plan,
        "change_release_plan": plan,
        "run_plan_stage": {},
        "call_off_plan": {"note": "取消"},
        "roll_back_plan": {"note": "回退"},
        "save_item_form_draft": drafted.draft,
        "match_item_form_fields": {"refused": {drafted.draft["fields"][0]["code"]: ["c_address"]}},
        "submit_item_form": {"note": "提交"},
        "approve_item_form": on_form,
        "return_item_form": on_form,
        "enable_item_form": {"version": 2, "note": "启用"},
        "disable_item_form": {"note": "停用"},
        "save_localisation_draft": {"theme": DOG, "division": DRAFTED["division_code"], "operations": []},
        "settle_localisation_conflict": {"key": "items/NEVER-WAS/promised_days", "choice": "take_city"},
        "submit_localisation": {"note": "提交"},
        "approve_localisation": on_localisation,
        "return_localisation": on_localisation,
        "publish_localisation": {"note": "发布"},
        "roll_back_localisation": {"digest": _live(**PASSED).package_id, "note": "有误"},
        "delegate_localisation_review": {**on_localisation, "to": COLLEAGUE.format("hp_publisher")},
        "delegate_theme_review": {**decision, "to": COLLEAGUE.format("ga_reviewer")},
        "take_back_localisation_exception": {"note": "不需要了"},
        "redeliver_webhook_message": {},
        "redeliver_webhook_period": {"since": "2020-01-01T00:00:00Z", "until": "2099-01-01T00:00:00Z"},
        "request_localisation_exception": {"key": next(iter(SLOWER)), "reason": "搬迁", "expires_on": SOON.isoformat()},
        "decide_localisation_exception": {"is_granted": True, "note": "同意"},
        "withdraw_localisation_exception": {"note": "已恢复"},
        "join_release_plan": {},
        "leave_release_plan": {},
        "comment_on_theme": {**decision, "pointer": "/name"},
        "ask_theme_emergency": decision,
        "confirm_theme_emergency": {**decision, "digest": get(URGENT).subject.current_version.digest},
        "resolve_theme_comment": {"note": "已改"},
        "comment_on_localisation": {**on_localisation, "pointer": "/operations/notices~1N9"},
        "resolve_localisation_comment": {"note": "已改"},
        "end_code": {"last_day": "2099-12-31", "note": "停用"},
        "rename_code": {"name": "新名", "since": "2020-01-01", "note": "更名"},
        "evaluate_package": {"answers": {}},
        "find_package_alternatives": {"answers": {}},
        "read_schema_as_item_form": {"type": "object", "properties": {"name": {"type": "string", "maxLength": 20}}},
        "read_path_form": {"answers": {}},
        "register_webhook_endpoint": {"name": "受理平台", "url": "https://peer.example/hook", "division": LIVE},
        "rotate_webhook_secret": {"note": "例行"},
    }


_LOCALISED = {
    "save_localisation_draft": DRAFTED, "submit_localisation": DRAFTED, "approve_localisation": PENDING,
    "return_localisation": PENDING, "publish_localisation": PASSED, "settle_localisation_conflict": AT_ODDS,
    "request_localisation_exception": AT_ODDS, "decide_localisation_exception": AT_ODDS,
    "withdraw_localisation_exception": AT_ODDS, "take_back_localisation_exception": AT_ODDS,
    "roll_back_localisation": PASSED, "delegate_localisation_review": PENDING,
    "join_release_plan": PASSED, "leave_release_plan": PASSED, "read_localisation_comments": PENDING,
    "comment_on_localisation": PENDING, "resolve_localisation_comment": PENDING,
}  # fmt: skip


def _live(code: str, division_code: str) -> Release:
    return Release.objects.live().get(subject__code=code, division__code=division_code)


def _places() -> dict[tuple[str, str], str | int]:
    live = _live(RESTAURANT, LIVE)
    drafted, pending, approved = _forms()
    return {
        **{(name, "key"): drafted for name in _ON_DRAFTED},
        ("disable_item_form", "key"): drafted,
        **{(name, "key"): pending for name in ("approve_item_form", "return_item_form", "list_item_form_versions")},
        **{(name, "If-Match"): '"draft-2"' for name in _ON_DRAFTED},
        ("enable_item_form", "key"): approved,
        **{
            (name, key): place[{"code": "code", "division": "division_code"}[key]]
            for name, place in _LOCALISED.items()
            for key in ("code", "division")
        },
        **{(name, "If-Match"): '"draft-1"' for name in _LOCALISED},
        **{(name, "code"): DOG for name in _ON_SUBMITTED},
        **{(name, "code"): URGENT for name in ("read_theme_emergency", "confirm_theme_emergency")},
        ("", "comment"): ReviewComment.objects.earliest("pk").pk,
        ("resolve_localisation_comment", "comment"): ReviewComment.objects.latest("pk").pk,
        ("", "exception"): LocalisationException.objects.earliest("pk").pk,
        ("withdraw_localisation_exception", "exception"): LocalisationException.objects.latest("pk").pk,
        **{(name, "plan"): _joined_plan() for name in ("join_release_plan", "leave_release_plan")},
        ("read_dictionary_in_force", "code"): "sex",
        ("read_live_package", "code"): RESTAURANT,
        **{(name, "code"): OWN for name in ("end_code", "rename_code", "list_code_uses")},
        **{(name, "If-Match"): '"dictionary-1"' for name in ("end_code", "rename_code")},
        ("", "plan"): ReleasePlan.objects.earliest("pk").pk,
        ("roll_back_plan", "plan"): ReleasePlan.objects.latest("pk").pk,
        ("change_release_plan", "If-Match"): '"plan-1"',
        ("", "position"): 1,
        ("", "message"): "message-0",
        ("", "entry"): "1",
        ("", "decision"): "D1",
        ("", "number"): 1,
        ("", "division"): LIVE,
        ("", "digest"): live.package_id,
        ("", "If-Match"): f'"draft-{get(RESTAURANT).subject.draft_revision}"',
    }


def _codes() -> dict[tuple[str, str], str]:
    kind, category = BodyKind.objects.earliest("code").code, SceneCategory.objects.earliest("code").code
    return {
        ("", "division"): LIVE,
        ("", "live_in"): LIVE,
        ("", "body_kind"): kind,
        ("list_departments", "kind"): kind,
        ("", "category"): category,
        ("list_scene_categories", "parent"): category,
        ("", "dictionary"): "sex",
        ("", "from_dictionary"): "sex",
        ("", "to_dictionary"): "sex",
        ("", "role"): "platform_operator",
    }


def browser(caller: Caller) -> Client:
    """A client that sends what the caller is known by."""
    client = Client(headers=dict(caller.headers))
    client.cookies.load(dict(caller.cookies))
    return client


def _first_row(client: Client, path: str, name: str) -> Any:
    """The code of the first row in the list above the path."""
    row = client.get(path.partition("{")[0]).json()["results"][0]
    return row[name] if name in row else row["item"]


def _cursor(client: Client, path: str) -> str:
    return str(client.get(path, {"limit": "1"}).json()["next_cursor"])


def undone(application: Application) -> Application:
    """The same application on a database to which nothing is ever written."""

    def answer(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        with transaction.atomic():
            response = application(environ, start_response)
            content = b"".join(response)
            if hasattr(response, "close"):
                response.close()
            transaction.set_rollback(True)
        return [content]

    return answer


def survey(
    document: Document,
    choose: Callable[[Document], Caller],
    *,
    phases: Mapping[str, int],
    application: Application | None = None,
) -> Survey:
    """Everything that schemathesis finds; `phases` says how many examples per operation each phase may draw."""
    unwanted = {"examples", "coverage", "fuzzing", "stateful"} - phases.keys()
    configuration = {
        **CONFIGURATION,
        "phases": {
            **{name: {"generation": {"max-examples": most}} for name, most in phases.items() if most},
            **{name: {"enabled": False} for name in unwanted},
        },
    }
    schema = schemathesis.openapi.from_dict(document, config=schemathesis.Config.from_dict(configuration))
    schema.app = undone(application or WSGIHandler())

    @schema.auth(refresh_interval=None)  # callers differ from operation to operation
    class Authentication:
        def get(self, case: schemathesis.Case, context: schemathesis.AuthContext) -> Caller:
            return choose(context.operation.definition.raw)

        def set(self, case: schemathesis.Case, caller: Caller, context: schemathesis.AuthContext) -> None:
            case.cookies.update(caller.cookies)
            case.headers.update(caller.headers)

    found = Survey()
    with _connection_kept():
        for event in from_schema(schema).execute():
            match event:
                case events.ScenarioFinished():
                    _note(event.recorder, found)
                case events.NonFatalError():
                    found.failures.append(f"{event.label}: {event.info.format()}")
                case events.FatalError():
                    raise event.exception
    return found


@contextmanager
def _connection_kept() -> Iterator[None]:
    """The web server's requests leave alone the connection whose transaction is around them."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    try:
        yield
    finally:
        request_started.connect(close_old_connections)
        request_finished.connect(close_old_connections)


def _note(recorder: Any, found: Survey) -> None:
    for case in recorder.cases.values():
        answered = recorder.interactions.get(case.value.id)
        if answered is not None:
            found.statuses[recorder.label][answered.response.status_code] += 1
    for number, checks in recorder.checks.items():
        for check in checks:
            if check.failure_info is not None:
                failure, answer = check.failure_info.failure, recorder.interactions[number].response
                if check.name == "positive_data_acceptance" and _codes_of(answer) & BEYOND_SCHEMAS:
                    continue
                call = recorder.cases[number].value.as_curl_command()
                found.failures.append(
                    f"{check.name}: {failure.title}: {failure.message}\n{call}"
                    f"\n{answer.status_code} {answer.content.decode(errors='replace')[:300]}\n"
                )


def _codes_of(answer: Any) -> set[str]:
    """The codes of a refusal and of what it lists."""
    if "application/problem+json" not in answer.headers.get("content-type", ()):
        return set()
    problem = answer.json()
    return {problem["code"], *(error["code"] for error in problem["errors"])}
