"""Many people at once: no update is lost, numbers are dense, one release is live per division, nobody meets a deadlock.

The server is a process of its own; what is true afterwards is asked of the database.
"""

import copy
import logging
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from random import Random
from threading import Barrier, Event, current_thread, main_thread
from time import monotonic, sleep
from typing import Any, Protocol

import pytest
from django.db import OperationalError, connection, connections, transaction

from opsplatform.accounts.errors import SeparationOfDuties
from opsplatform.accounts.models import Membership, Role, User
from opsplatform.accounts.policy import Role as RoleCode
from opsplatform.accounts.services import users
from opsplatform.accounts.services.memberships import grant_role, revoke_role
from opsplatform.accounts.tests.factories import UserFactory, person
from opsplatform.catalog.models import Material
from opsplatform.catalog.services.materials import save_material
from opsplatform.kernel.busy import Busy, busy_of
from opsplatform.kernel.errors import StaleRevision
from opsplatform.organizations.models import Division
from opsplatform.register_files.services.importing import _alone_with
from opsplatform.release.models import DraftRevision, PlanStage, Release, ReleasePlan, Subject
from opsplatform.release.services import drafting, reviewing
from opsplatform.release.services.planning import plan_reviews
from opsplatform.spreadsheets.sheets import find_sheet
from themes import selectors as theme_selectors
from themes.errors import RegisteredMeanwhile
from themes.models import Theme
from themes.services import importing
from themes.services.drafting import save_theme
from themes.services.importing import ImportReport
from themes.services.publishing import release_theme
from themes.tests import localised
from themes.tests.demonstrated import (
    CODES,
    DOG,
    EDITORS,
    RESTAURANT,
    REVIEWERS,
    account,
    bring_in,
    dossier,
    get,
    new_version,
)
from themes.tests.grounds import empty_ground
from themes.tests.web_process import Answer, Caller, at_once, web_process

_log = logging.getLogger(__name__)

PLACES = ("310101", "310104", "310105", "310106", "310112")
ACTIONS = {"release": "theme.released", "withdraw": "theme.withdrawn", "submit": "theme.submitted",
           "approve": "theme.approved", "return": "theme.returned", "edit": "theme.edited"}  # fmt: skip


@pytest.fixture
def site(demo_clone: str, process_environment: dict[str, str], tmp_path: Path) -> Iterator[str]:
    """The address of a web server on a demonstration of this test's own."""
    with web_process(process_environment, tmp_path) as address:
        yield address


def seeds(*, long_form: bool) -> list[int]:
    """One known course of events, or many that nobody has seen; a failure's log names them."""
    chosen = [secrets.randbits(32) for _ in range(12)] if long_form else [3]
    _log.warning("seeds %s", chosen)
    return chosen


# --- what must be true afterwards -----------------------------------------------------------------------------------

GAPS = """
    SELECT s.code, '{table}' FROM release_subject s JOIN {table} r ON r.subject_id = s.id
     GROUP BY s.code HAVING min(r.{number}) <> 1 OR max(r.{number}) <> count(*)
"""
OVERLAPS = """
    SELECT s.code, d.code, a.id, b.id FROM release_release a
      JOIN release_release b ON b.subject_id = a.subject_id AND b.division_id = a.division_id AND b.id > a.id
      JOIN release_subject s ON s.id = a.subject_id JOIN organizations_division d ON d.id = a.division_id
     WHERE tstzrange(a.released_at, a.ended_at) && tstzrange(b.released_at, b.ended_at)
"""
WRONG_BYTES = """
    SELECT digest FROM release_package WHERE encode(sha256(content), 'hex') <> digest
     UNION SELECT digest FROM release_version WHERE encode(sha256(content), 'hex') <> digest
"""
WAITING = """
    SELECT count(*) FROM pg_locks
     WHERE NOT granted AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())
"""
LATEST = """
    SELECT s.code FROM release_subject s LEFT JOIN release_draftrevision r
        ON r.subject_id = s.id AND r.revision = s.draft_revision
     WHERE r.document IS DISTINCT FROM s.draft
"""


def broken_promises() -> list[Any]:
    """Whatever in the database contradicts the promises about versions, drafts and releases; and every deadlock."""
    found: list[Any] = []
    with connection.cursor() as cursor:
        for statement in (
            GAPS.format(table="release_version", number="number"),
            GAPS.format(table="release_draftrevision", number="revision"),
            *(OVERLAPS, WRONG_BYTES, LATEST),
        ):
            cursor.execute(statement)
            found += cursor.fetchall()
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database() AND deadlocks > 0")
        found += [("deadlocks", *row) for row in cursor.fetchall()]
    return found


def recorded() -> Counter[str]:
    """How often each act stands in the trail."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT action, count(*) FROM audit_auditentry GROUP BY action")
        return Counter(dict(cursor.fetchall()))


def unexpected(outcomes: Iterable[Any], *, refusals: set[str]) -> list[Any]:
    """Outcomes that are neither a success nor one of these refusals."""
    found = []
    for outcome in outcomes:
        if isinstance(outcome, Answer):
            if outcome.status != 200 and (outcome.status >= 500 or outcome.tree["code"] not in refusals):
                found.append(outcome)
        elif isinstance(outcome, BaseException) and getattr(outcome, "code", "") not in refusals:
            found.append(outcome)
    return found


# --- releases, withdrawals, submissions and decisions ---------------------------------------------------------------


class City:
    """64 people with something to do about two themes; each act is called by nobody else."""

    def __init__(self, site: str, chance: Random) -> None:
        self.chance = chance
        self.done: Counter[str] = Counter()
        self.operator = Caller(site, account("operator"))
        self.editors = {code: Caller(site, account(EDITORS[code])) for code in CODES}
        self.reviewers = {code: [Caller(site, account(REVIEWERS[code])), self._second(site, code)] for code in CODES}
        # One step, so that every decision is the last one.
        steps = [{"code": "lead", "position": 1, "days": 5}]
        plan_reviews(actor=account("operator"), kind="theme", code="", tree={"steps": steps}, expected_revision=0)
        self.numbers = {code: [1, new_version(code).number] for code in CODES}

    def _second(self, site: str, code: str) -> Caller:
        held = Membership.objects.get(user=account(REVIEWERS[code]))
        return Caller(site, person(RoleCode.LEAD_REVIEWER, held.division, held.department))

    def acts(self) -> list[Callable[[], list[Answer]]]:
        """The acts of one round in an order of chance."""
        wanted: list[Callable[[], list[Answer]]] = []
        for code, releases, withdrawals, reviews in ((RESTAURANT, 24, 12, 4), (DOG, 12, 8, 4)):
            for _ in range(releases):
                number, places = self.chance.choice(self.numbers[code]), self._places()
                wanted.append(partial(self._release, code, number, places))
            wanted += [partial(self._withdraw, code, self._places()) for _ in range(withdrawals)]
            wanted += [partial(self._submit, code, mark) for mark in range(reviews // 2)]
            wanted += [partial(self._decide, code, self.reviewers[code][who]) for who in range(reviews // 2)]
        self.chance.shuffle(wanted)
        return wanted

    def _places(self) -> list[str]:
        return self.chance.sample(PLACES, self.chance.randint(1, len(PLACES)))

    def _release(self, code: str, number: int, places: list[str]) -> list[Answer]:
        body = {"version": number, "divisions": places, "note": "按通知发布"}
        return [self._post(self.operator, code, "release", body, lambda tree: len(tree["results"]))]

    def _withdraw(self, code: str, places: list[str]) -> list[Answer]:
        body = {"divisions": places, "note": "停办"}
        return [self._post(self.operator, code, "withdraw", body, lambda tree: len(tree["results"]))]

    def _submit(self, code: str, mark: int) -> list[Answer]:
        editor, path = self.editors[code], f"/api/v1/themes/{code}/draft/"
        read = editor.ask("GET", path)
        tree = read.tree
        tree["notices"][mark]["content"] += "请携带原件。"
        saved = editor.ask("PUT", path, tree, If_Match=read.headers["ETag"])
        if saved.status != 200:
            return [saved]
        self.done["edit"] += 1
        body = {"note": "提交"}
        return [saved, self._post(editor, code, "submit", body, lambda _: 1, If_Match=saved.headers["ETag"])]

    def _decide(self, code: str, reviewer: Caller) -> list[Answer]:
        """The first thing that waits is approved, or returned; nothing after twenty looks."""
        verb = "approve" if self.chance.random() < 0.7 else "return"
        for _ in range(20):
            seen = reviewer.ask("GET", f"/api/v1/themes/{code}/").tree
            if seen["state"] == "submitted":
                body = {"digest": seen["current_version"]["digest"], "note": "已阅"}
                return [self._post(reviewer, code, verb, body, lambda _: 1)]
            sleep(0.1)
        return []

    def _post(
        self, caller: Caller, code: str, verb: str, body: Any, count: Callable[[Any], int], **headers: str
    ) -> Answer:
        answer = caller.ask("POST", f"/api/v1/themes/{code}/{verb}/", body, **headers)
        if answer.status == 200:
            self.done[verb] += count(answer.tree)
        return answer


@pytest.mark.drill
def test_sixty_four_at_once_leave_one_history(site: str, long_form: bool) -> None:
    for seed in seeds(long_form=long_form):
        city = City(site, Random(seed))
        before = recorded()
        acts = city.acts()
        assert len(acts) == 64
        outcomes = at_once(acts)
        answers = [answer for came in outcomes if isinstance(came, list) for answer in came]
        failed = [came for came in outcomes if isinstance(came, BaseException)]
        assert not failed
        refusals = {"wrong_state", "stale_revision", "not_approved", "own_work", "nothing_changed", "not_your_turn"}
        assert unexpected(answers, refusals=refusals) == []
        assert broken_promises() == []
        assert all(city.done[verb] for verb in ("release", "withdraw", "submit", "edit"))
        written = recorded() - before
        assert {verb: written[action] for verb, action in ACTIONS.items()} == {
            verb: city.done[verb] for verb in ACTIONS
        }


class Planners(City):
    """64 who release, withdraw, pause, plan, run, call off and roll back, and editors beside them."""

    def wanted(self, editors: int) -> list[Callable[[], list[Answer]]]:
        """The acts of one round in an order of chance; who acts on a plan finds one that somebody made."""
        planned: list[int] = []
        acts: list[Callable[[], list[Answer]]] = []
        for code in CODES:
            acts += [
                partial(self._release, code, self.chance.choice(self.numbers[code]), self._places()) for _ in range(8)
            ]
            acts += [partial(self._withdraw, code, self._places()[:2]) for _ in range(4)]
            acts += [partial(self._pause, code, self._places()[:1]) for _ in range(4)]
        acts += [partial(self._plan, planned, codes, self._places()) for codes in (CODES, [DOG]) for _ in range(6)]
        acts += [
            partial(self._on_plan, planned, path, body) for path, body in ON_PLANS for _ in range(20 // len(ON_PLANS))
        ]
        assert len(acts) == 64
        acts += [partial(self._edit, number) for number in range(editors)]
        self.chance.shuffle(acts)
        return acts

    def _pause(self, code: str, places: list[str]) -> list[Answer]:
        body = {"divisions": places, "message": "系统维护", "note": "维护"}
        return [self._post(self.operator, code, "pause", body, lambda tree: len(tree["results"]))]

    def _plan(self, planned: list[int], codes: Sequence[str], places: list[str]) -> list[Answer]:
        """A plan whose first stage runs: made anew as long as others change meanwhile what it was made for.

        One that holds the theme that is edited may never run: the first edit takes its version's approval away.
        """
        body = {
            "title": "计划",
            "versions": [{"code": code, "version": self.numbers[code][1]} for code in codes],
            "stages": [{"divisions": places[:1]}, {"divisions": places[1:]}] if places[1:] else [{"divisions": places}],
            "note": "按通知",
        }
        answers: list[Answer] = []
        for _ in range(10):
            made = self.operator.ask("POST", "/api/v1/release-plans/", body)
            answers.append(made)
            if made.status == 200:
                ran = self.operator.ask("POST", f"/api/v1/release-plans/{made.tree['id']}/stages/1/run/", {})
                planned.append(made.tree["id"])
                answers.append(ran)
                if ran.status == 200:
                    break
            sleep(self.chance.random())
        return answers

    def _on_plan(self, planned: list[int], path: str, body: Any) -> list[Answer]:
        """One of the plans that stand by then, nothing after some looks."""
        for _ in range(40):
            if planned:
                return [self.operator.ask("POST", f"/api/v1/release-plans/{self.chance.choice(planned)}/{path}/", body)]
            sleep(0.1)
        return []

    def _edit(self, place: int) -> list[Answer]:
        editor, path = self.editors[RESTAURANT], f"/api/v1/themes/{RESTAURANT}/draft/"
        for _ in range(60):
            read = editor.ask("GET", path)
            read.tree["field_uses"][place]["label"] = f"由第 {place} 位改过"
            saved = editor.ask("PUT", path, read.tree, If_Match=read.headers["ETag"])
            if saved.status != 412:
                return [saved]
            sleep(self.chance.random() * 0.3)
        raise AssertionError("never got through")


ON_PLANS = (("stages/1/run", {}), ("stages/2/run", {}), ("call-off", {"note": "取消"}), ("roll-back", {"note": "回退"}))


@pytest.mark.drill
def test_publishers_planners_and_editors_at_once_leave_one_history(site: str, long_form: bool) -> None:
    for seed in seeds(long_form=long_form):
        city = Planners(site, Random(seed))
        editors = 32 if long_form else 8
        since, before = get(RESTAURANT).subject.draft_revision, recorded()
        releases = Release.objects.count()
        outcomes = at_once(city.wanted(editors))
        answers = [answer for came in outcomes if isinstance(came, list) for answer in came]
        assert not [came for came in outcomes if isinstance(came, BaseException)]
        refusals = {"wrong_state", "not_approved", "stage_refused", "cannot_roll_back", "not_found"}
        assert unexpected(answers, refusals=refusals) == []
        assert broken_promises() == []
        subject = get(RESTAURANT).subject
        labels = [use["label"] for use in subject.draft["field_uses"][:editors]]
        assert labels == [f"由第 {place} 位改过" for place in range(editors)]
        assert subject.draft_revision == since + editors
        written = recorded() - before
        plans = ReleasePlan.objects.all()
        assert written["release_plan.made"] == plans.count() > 0
        stages = PlanStage.objects.filter(state__in=(PlanStage.State.DONE, PlanStage.State.ROLLED_BACK))
        assert written["release_plan.stage_run"] == stages.count() > 0
        assert written["theme.released"] == Release.objects.count() - releases


# --- a district beside the city -------------------------------------------------------------------------------------


def _published_while_the_city_releases() -> list[Any]:
    """What came of the city's release and the district's publication that waited for it."""
    localised.localise({localised.DAYS: 3})
    localised.approve(localised.submit())
    number, begun = new_version(DOG).number, Event()

    def city() -> Any:
        with transaction.atomic():
            theme_selectors.get_theme(account("operator"), DOG, lock=True)
            begun.set()
            _until_somebody_waits()
            return release_theme(
                actor=account("operator"), code=DOG, version=number, division_codes=None, note="法规修订"
            )

    def district() -> Any:
        assert begun.wait(60)
        return localised.publish()

    return at_once([city, district])


def test_a_district_that_publishes_while_the_city_releases_does_not_bring_the_former_version_back(
    demo_clone: str,
) -> None:
    outcomes = _published_while_the_city_releases()
    assert not [outcome for outcome in outcomes if isinstance(outcome, BaseException)], outcomes
    assert (localised.live().version.number, localised.days_in(localised.package())) == (2, 3)
    assert broken_promises() == []


# --- editors of one theme -------------------------------------------------------------------------------------------


class Desk(Protocol):
    """Where an editor reads a draft and saves it."""

    def read(self) -> tuple[Any, Any]:
        """The draft and the mark of what was read."""

    def save(self, tree: Any, mark: Any) -> bool:
        """Whether it was saved; False when it had changed meanwhile."""


class ApiDesk:
    """Over HTTP, with the entity tag as mark."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def read(self) -> tuple[Any, Any]:
        answer = self._caller.ask("GET", f"/api/v1/themes/{RESTAURANT}/draft/")
        return answer.tree, answer.headers["ETag"]

    def save(self, tree: Any, mark: Any) -> bool:
        answer = self._caller.ask("PUT", f"/api/v1/themes/{RESTAURANT}/draft/", tree, If_Match=mark)
        assert answer.status in (200, 412), answer
        return answer.status == 200


class ServiceDesk:
    """Straight at the service, with the revision as mark."""

    def read(self) -> tuple[Any, Any]:
        subject = get(RESTAURANT).subject
        return copy.deepcopy(subject.draft), subject.draft_revision

    def save(self, tree: Any, mark: Any) -> bool:
        try:
            save_theme(actor=account("sj_editor"), code=RESTAURANT, tree=tree, expected_revision=mark)
        except StaleRevision:
            return False
        return True


def edit(desk: Desk, place: int, chance: Random) -> int:
    """The label of one field has the editor's mark; how often it was tried."""
    for turn in range(1, 400):
        tree, mark = desk.read()
        tree["field_uses"][place]["label"] = f"由第 {place} 位改过"
        if desk.save(tree, mark):
            return turn
        sleep(chance.random() * 0.3)  # people do not press the button in step
    raise AssertionError("never got through")


def lost_edits(count: int, outcomes: list[Any], since: int) -> list[Any]:
    """Every edit that is not in the draft, every revision that changed more than one editor's element, every error."""
    found: list[Any] = [outcome for outcome in outcomes if not isinstance(outcome, int)]
    subject = get(RESTAURANT).subject
    labels = [use["label"] for use in subject.draft["field_uses"][:count]]
    found += [place for place, label in enumerate(labels) if label != f"由第 {place} 位改过"]
    history = DraftRevision.objects.filter(subject=subject, revision__gte=since).order_by("revision")
    documents = [row.document["field_uses"] for row in history]
    for earlier, later in pairwise(documents):
        changed = [place for place, pair in enumerate(zip(earlier, later, strict=True)) if pair[0] != pair[1]]
        found += [("changed together", changed)] if len(changed) != 1 else []
    found += [("revisions", len(documents))] if len(documents) != count + 1 else []
    return found + broken_promises()


@pytest.mark.drill
def test_thirty_two_editors_of_one_theme_lose_nothing(site: str, long_form: bool) -> None:
    for seed in seeds(long_form=False):
        count = 32 if long_form else 12
        chance = Random(seed)
        held = Membership.objects.get(user=account("sj_editor"))
        people = [person(RoleCode.LEAD_EDITOR, held.division, held.department) for _ in range(count)]
        desks = [ApiDesk(Caller(site, user)) for user in people]
        before, since = recorded(), get(RESTAURANT).subject.draft_revision
        outcomes = at_once([partial(edit, desk, place, chance) for place, desk in enumerate(desks)])
        assert lost_edits(count, outcomes, since) == []
        assert (recorded() - before)["theme.edited"] == count


def _four_at_the_service() -> list[Any]:
    since = get(RESTAURANT).subject.draft_revision
    outcomes = at_once([partial(edit, ServiceDesk(), place, Random(place)) for place in range(4)])
    return lost_edits(4, outcomes, since)


def _together(service: Callable[..., Any], count: int) -> Callable[..., Any]:
    """The same, but the first calls of so many threads beside the test's own come back at the same moment."""
    barrier, first = Barrier(count), iter(range(count))

    def slowed(*args: Any, **kwargs: Any) -> Any:
        result = service(*args, **kwargs)
        if current_thread() is not main_thread() and next(first, None) is not None:
            barrier.wait(timeout=60)
        return result

    return slowed


def _unlocked(subject_id: int) -> Subject:
    return Subject.objects.select_related("division", "current_version").get(pk=subject_id)


def test_the_editors_check_passes_at_the_service(demo_clone: str) -> None:
    assert _four_at_the_service() == []


def test_the_saboteur_that_does_not_look_at_the_revision_is_caught(
    demo_clone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafting, "require_revision", lambda subject, expected_revision: None)
    monkeypatch.setattr(ServiceDesk, "read", _together(ServiceDesk.read, 4))
    assert _four_at_the_service()


def test_the_saboteur_that_does_not_lock_is_caught(demo_clone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(theme_selectors, "lock_subject", _unlocked)
    monkeypatch.setattr(drafting.selectors, "lock_subject", _together(_unlocked, 4))
    assert _four_at_the_service()


# --- numbers of versions --------------------------------------------------------------------------------------------


def _submitted_at_once(count: int) -> list[Any]:
    """What was neither done nor refused when so many submit the same draft, and what the database says then."""
    tree = copy.deepcopy(get(DOG).subject.draft)
    tree["notices"][0]["content"] += "请携带原件。"
    save_theme(actor=account("ga_editor"), code=DOG, tree=tree, expected_revision=get(DOG).subject.draft_revision)
    subject = get(DOG).subject

    def submit() -> Any:
        editor = account("ga_editor")
        return reviewing.submit(
            actor=editor, subject_id=subject.pk, expected_revision=subject.draft_revision, note="提交"
        )

    outcomes = at_once([submit] * count)
    done = [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]
    found = unexpected(outcomes, refusals={"wrong_state"}) + broken_promises()
    return found + ([("done", len(done))] if len(done) != 1 else [])


def test_many_who_submit_at_once_make_one_version_with_the_next_number(demo_clone: str) -> None:
    assert _submitted_at_once(6) == []
    assert get(DOG).subject.current_version.number == 2


def test_the_saboteur_that_numbers_versions_without_a_lock_is_caught(
    demo_clone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reviewing.selectors, "lock_subject", _together(_unlocked, 3))
    assert _submitted_at_once(3)


# --- imports --------------------------------------------------------------------------------------------------------


def _until_served(act: Callable[[], Any]) -> Any:
    """What came of it, come back as often as somebody else was first."""
    for _ in range(30):
        try:
            return act()
        except Exception as error:
            if not isinstance(error, Busy) and busy_of(error) is None:
                raise
            connections.close_all()
            sleep(0.2)
    raise AssertionError("never served")


def _variant(code: str, number: int) -> Any:
    tree = dossier(code)
    tree["theme"]["summary"] = f"第 {number} 次报送。"
    return tree


def test_many_imports_on_new_ground_make_each_theme_once(database_clone: str, long_form: bool) -> None:
    empty_ground()
    trees = [dossier(code) for code in CODES for _ in range(8 if long_form else 4)]
    outcomes = at_once([partial(_until_served, partial(bring_in, tree)) for tree in trees])
    reports = [outcome for outcome in outcomes if isinstance(outcome, ImportReport)]
    assert len(reports) == len(trees), outcomes
    assert sorted(report.theme_code for report in reports if report.has_changes) == sorted(CODES)
    themes = Subject.objects.filter(kind="theme")
    assert set(themes.values_list("code", "draft_revision")) == {(code, 1) for code in CODES}
    assert recorded()["theme.drafted"] == len(CODES)
    assert broken_promises() == []


def _dossier_against_file() -> list[Any]:
    """What came of a file and a dossier that register the same two new materials in opposite order."""
    empty_ground()
    first, second = (material["code"] for material in dossier(RESTAURANT)["materials"][:2])
    begun = Event()

    def bring_file() -> str:
        sheet = find_sheet("material")
        with transaction.atomic():
            _alone_with(sheet)
            _register(second)
            begun.set()
            _until_somebody_waits()
            _register(first)
        return "written"

    def bring_dossier() -> Any:
        assert begun.wait(60)
        return bring_in(dossier(RESTAURANT))

    return at_once([bring_file, bring_dossier])


def test_a_file_and_a_dossier_with_the_same_codes_do_not_lock_each_other_out(database_clone: str) -> None:
    written, report = _dossier_against_file()
    assert (written, isinstance(report, ImportReport)) == ("written", True), (written, report)
    assert len([found for found in report.collisions if found.kind == "material"]) == 2
    assert broken_promises() == []


def test_the_saboteur_that_does_not_wait_for_files_ends_in_a_deadlock(
    database_clone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "_turns_at_registers", list)
    assert any(isinstance(outcome, OperationalError) for outcome in _dossier_against_file())


def test_an_import_that_meets_an_entry_just_registered_by_hand_is_refused_whole_and_works_again(
    database_clone: str,
) -> None:
    empty_ground()
    code = dossier(RESTAURANT)["materials"][0]["code"]
    registered = Event()

    def register() -> None:
        with transaction.atomic():
            _register(code)
            registered.set()
            _until_somebody_waits()

    def bring() -> Any:
        assert registered.wait(60)
        return bring_in(dossier(RESTAURANT))

    _, met = at_once([register, bring])
    assert isinstance(met, RegisteredMeanwhile) and "再导入一次" in met.sentence
    assert not Theme.objects.exists() and list(Material.objects.values_list("name", flat=True)) == ["手工登记的材料"]
    report = bring_in(dossier(RESTAURANT))
    assert [found.local_code for found in report.collisions if found.kind == "material"] == [code]


def _register(code: str) -> None:
    save_material(actor=account("operator"), values={"code": code, "name": "手工登记的材料"})


def _until_somebody_waits() -> None:
    deadline = monotonic() + 60
    with connection.cursor() as cursor:
        while monotonic() < deadline:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(WAITING)
            if cursor.fetchone()[0]:
                return
            sleep(0.02)
    raise AssertionError("nobody waited")


@pytest.mark.drill
def test_imports_and_edits_and_register_entries_at_once_lose_nothing(demo_clone: str, long_form: bool) -> None:
    rounds = 6 if long_form else 1
    for turn in range(rounds):
        before, revisions = recorded(), dict(Subject.objects.values_list("code", "draft_revision"))
        materials = list(Material.objects.order_by("pk")[:4])
        acts: list[Callable[[], Any]] = [
            *(partial(bring_in, _variant(code, turn * 10 + number)) for code in CODES for number in range(3)),
            *(partial(_rename, row.pk, f"改名 {turn}") for row in materials),
            *(partial(edit, ServiceDesk(), place, Random(place)) for place in range(4)),
        ]
        outcomes = at_once([partial(_until_served, act) for act in acts])
        assert unexpected(outcomes, refusals={"stale_revision"}) == []
        assert broken_promises() == []
        written = recorded() - before
        changed = [outcome for outcome in outcomes if isinstance(outcome, ImportReport) and outcome.changes]
        assert written["theme.imported"] == len(changed) > 0
        after = dict(Subject.objects.values_list("code", "draft_revision"))
        saved = sum(after[code] - revisions[code] for code in CODES)
        assert saved == written["theme.imported"] + written["theme.edited"]
        assert written["material.changed"] == len(materials)


def _rename(pk: int, name: str) -> Material:
    row = Material.objects.get(pk=pk)
    return save_material(actor=account("operator"), pk=pk, values={"name": name}, expected_revision=row.revision)


# --- roles ----------------------------------------------------------------------------------------------------------


def test_rights_taken_away_and_given_back_meanwhile_leave_no_act_without_right(demo_clone: str) -> None:
    """Releases by somebody whose role comes and goes: each is done whole or refused, and the roles' trail is whole."""
    city = Division.objects.get(code="310000")
    role = Role.objects.get(code=RoleCode.OPERATOR)
    second = person(RoleCode.OPERATOR, city)
    number = new_version(DOG).number
    before = recorded()

    def release(place: str) -> Any:
        return release_theme(
            actor=User.objects.get(pk=second.pk), code=DOG, version=number, division_codes=[place], note="发布"
        )

    def come_and_go() -> Any:
        for _ in range(4):
            held = Membership.objects.get(user=second, role=role)
            revoke_role(actor=account("secadmin"), user_id=second.pk, membership_id=held.pk, note="轮岗")
            grant_role(actor=account("secadmin"), user_id=second.pk, role=role, division=city, note="轮岗")

    outcomes = at_once([come_and_go, *(partial(_until_served, partial(release, place)) for place in PLACES)])
    assert unexpected(outcomes, refusals={"forbidden", "not_found"}) == []
    written = recorded() - before
    done = sum(len(outcome) for outcome in outcomes if isinstance(outcome, list))
    assert (written["theme.released"], written["user.role_granted"], written["user.role_revoked"]) == (done, 4, 4)
    assert broken_promises() == []


def test_two_administrations_given_at_once_to_one_account_stay_apart(demo_clone: str) -> None:
    city = Division.objects.get(code="310000")
    newcomer = UserFactory(division=city)
    roles = Role.objects.filter(code__in=[RoleCode.SYSTEM_ADMIN, RoleCode.AUDIT_ADMIN])

    def give(role: Role) -> Any:
        return grant_role(actor=account("secadmin"), user_id=newcomer.pk, role=role, division=city, note="任命")

    outcomes = at_once([partial(give, role) for role in roles] * 3)
    assert Membership.objects.filter(user=newcomer).count() == 1
    assert all(isinstance(outcome, Membership | SeparationOfDuties) for outcome in outcomes), outcomes


def _correct_each_other() -> list[Any]:
    """What came of two administrators who each hold the other's account and then write down what they did."""
    first, second = (person(RoleCode.SYSTEM_ADMIN, Division.objects.get(code="310000")) for _ in range(2))

    def correct(actor: User, other: User) -> User:
        values = {"name": f"由{actor}更正", "division": other.division}
        return users.correct_account(actor=actor, user_id=other.pk, values=values, expected_revision=other.revision)

    return at_once([partial(correct, first, second), partial(correct, second, first)])


def test_two_administrators_who_correct_each_other_at_once_both_succeed(
    demo_clone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(users.registers, "lock_or_new", _together(users.registers.lock_or_new, 2))
    outcomes = _correct_each_other()
    assert all(isinstance(outcome, User) for outcome in outcomes), outcomes


def test_the_saboteur_whose_lock_also_bars_references_ends_in_a_deadlock(
    demo_clone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lock(rows: Any, pk: int, expected_revision: int) -> Any:
        return rows.model.objects.select_for_update().get(pk=pk)

    monkeypatch.setattr(users.registers, "lock_or_new", _together(lock, 2))
    assert any(isinstance(outcome, OperationalError) for outcome in _correct_each_other())


def _give_each_other() -> list[Any]:
    """What came of two security administrators who gave each other a role and write that down at the same moment."""
    city, district = (Division.objects.get(code=code) for code in ("310000", "310101"))
    role = Role.objects.get(code=RoleCode.SECURITY_ADMIN)
    both_gave = Barrier(2)

    def give(actor: User, other: User) -> Membership:
        with transaction.atomic():
            given = grant_role(actor=actor, user_id=other.pk, role=role, division=district, note="兼任")
            both_gave.wait(timeout=30)
        return given

    first, second = (person(RoleCode.SECURITY_ADMIN, city) for _ in range(2))
    return at_once([partial(give, first, second), partial(give, second, first)])


def test_two_administrators_who_give_each_other_a_role_at_once_both_succeed(demo_clone: str) -> None:
    outcomes = _give_each_other()
    assert all(isinstance(outcome, Membership) for outcome in outcomes), outcomes
