"""Nothing that somebody may or may not do is left out: actions, roles, services, pages, registers, API."""

import ast
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from typing import Any

import pytest
from django.db import transaction
from django.urls import resolve

from opsplatform.accounts import pages as account_pages
from opsplatform.accounts import policy
from opsplatform.accounts.models import Role
from opsplatform.accounts.services import passwords, users
from opsplatform.api.checks import operations
from opsplatform.console.pages import routed_pages
from opsplatform.console.site import site
from opsplatform.release.services import (
    commenting,
    delegating,
    drafting,
    emergencies,
    handing_over,
    joining,
    localising,
    pausing,
    release_plans,
    releasing,
    reviewing,
    rolling_back,
    running_stages,
    withdrawing,
)
from opsplatform.settings.environment import PROJECT_ROOT
from opsplatform.tests.rights.acts import Ask, Door, localisations
from opsplatform.tests.rights.acts.releases import never_planned, paused, planned, ran
from opsplatform.tests.rights.acts.themes import (
    agreed,
    approved,
    asked,
    commented,
    drafts,
    live,
    partnered,
    submitted,
)
from opsplatform.tests.rights.judging import ACTS
from opsplatform.tests.rights.oracle import BadTable, Oracle, read_oracle
from opsplatform.tests.rights.world import ROLES
from themes.pages.guidance_designer import GuidanceDesigner, GuidanceFlow
from themes.pages.preview import Preview

ROOMS = ("opsplatform", "themes", "forms_builder", "content", "models_registry")

# Where only the address matters, a theme need not have come so far, and a plan not be there.
ON_THEIR_WAY = (partnered, submitted, agreed, commented, asked, approved, live, paused)
LOCALISED = (
    localisations.submitted, localisations.agreed, localisations.approved, localisations.conflicting,
    localisations.slower, localisations.asked, localisations.planned, localisations.joined,
    localisations.commented, localisations.shared, localisations.published,
)  # fmt: skip
CHEAPER = {
    **dict.fromkeys(ON_THEIR_WAY, drafts),
    **dict.fromkeys(LOCALISED, localisations.drafts),
    planned: never_planned,
    ran: never_planned,
}

# What needs no cell, and why.
ONES_OWN = {
    # one's own account: whoever is logged in, nobody else
    passwords.change_own_password, passwords.end_session, passwords.end_other_sessions, passwords.record_login,
    passwords.record_logout, users.correct_own_profile,
}  # fmt: skip
ENGINE = {
    # the engine below themes and item forms: judged through them
    drafting.open_draft, drafting.open_drafts, drafting.save_draft, reviewing.submit, reviewing.approve,
    reviewing.return_to_draft, commenting.comment, commenting.resolve_comment, delegating.delegate,
    emergencies.ask_emergency, emergencies.confirm_emergency, releasing.release, withdrawing.withdraw,
    pausing.pause, pausing.resume,
    handing_over.redirect, handing_over.replace, release_plans.make_plan, release_plans.change_plan,
    release_plans.call_off, running_stages.run_stage, rolling_back.roll_back, rolling_back.roll_back_localised,
    localising.release_localised, joining.join_plan, joining.leave_plan,
}  # fmt: skip
INNER = {
    # parts of acts that have cells: what they show or write is judged there
    "opsplatform.register_files.services.comparing.write_lines",
    "opsplatform.register_files.services.comparing.revisions_of",
    "opsplatform.release.services.on_show.begin", "opsplatform.release.services.on_show.end",
    "themes.services.showing.show_theme", "themes.services.showing.show_version",
    "themes.services.registering.register_dossier", "opsplatform.jobs.services.asking.ask",
    "forms_builder.services.dictionaries.change_entries",
    # now or as background work: what is done is merge_fields, split_field or undo_move, which have cells
    "forms_builder.services.moves_as_work.merge_or_ask", "forms_builder.services.moves_as_work.undo_or_ask",
    "forms_builder.services.moves_as_work.split_or_ask", "forms_builder.services.splitting_fields.register_like",
    "forms_builder.services.endings_as_work.end_or_ask",  # the same: what is done is end_code
    # a form's own waiting file, saved as any draft is: upload_form_file and save_item_form have cells
    "forms_builder.services.exchanging_forms.find_proposal", "forms_builder.services.exchanging_forms.take_form_file",
    "forms_builder.services.exchanging_forms.discard_form_file",
    "forms_builder.services.exchanging_forms.read_form_schema",
    # a theme's own waiting table: upload_rules and save_theme have cells
    "themes.services.tabulating.find_rules_proposal", "themes.services.tabulating.take_rules",
    "themes.services.tabulating.discard_rules", "themes.services.tabulating.rules_workbook",
}  # fmt: skip
PAGES_WITHOUT_CELLS = {
    account_pages.Profile, account_pages.Password, account_pages.Sessions,  # one's own account
    Preview,  # a POST carries answers; nothing is written
    GuidanceDesigner, GuidanceFlow,  # a POST carries a document to be judged or drawn; nothing is written
}  # fmt: skip


def test_the_table_speaks_of_every_act_and_of_nothing_else(oracle: Oracle) -> None:
    assert set(oracle.sections) == set(ACTS)


def test_the_table_speaks_of_every_action_of_the_policy_table(oracle: Oracle) -> None:
    assert {section.action for section in oracle.sections.values()} == {row.action for row in policy.rows()}


def test_every_section_speaks_of_every_role(oracle: Oracle) -> None:
    assert oracle.silent_about(ROLES) == []


@pytest.mark.django_db
def test_the_tables_role_names_are_those_that_people_know(oracle: Oracle) -> None:
    called = dict(Role.objects.values_list("name", "code"))
    assert called == {name: codes[0] for name, codes in oracle.names.items() if name in called}
    assert set(called.values()) == set(ROLES)


def test_a_role_or_an_action_that_is_new_would_be_missed(oracle: Oracle) -> None:
    """Saboteur."""
    assert "theme.save: new_role" in oracle.silent_about([*ROLES, "new_role"])
    with pytest.raises(BadTable, match="line 3"):
        read_oracle("编辑 = lead_editor\n| own\n[theme.save\n编辑 | 也许")


def test_every_action_that_code_asks_for_is_declared_and_every_declared_one_is_asked_for() -> None:
    declared = {row.action for row in policy.rows()}
    named = {text for text in _texts() if text.partition(".")[0] in _prefixes(declared) and text in declared}
    verbs = ("edit", "import", "recode", "submit", "approve", "release", "withdraw", "pause")
    by_engine = {f"{room}.{verb}" for room in ("themes", "item_forms", "localisations") for verb in verbs}
    assert declared - named - by_engine == set()


def _prefixes(actions: set[str]) -> set[str]:
    return {action.partition(".")[0] for action in actions}


@cache
def _texts() -> frozenset[str]:
    """Every text constant of the product's code but the declarations themselves."""
    found = set()
    for room in ROOMS:
        for file in PROJECT_ROOT.glob(f"{room}/**/*.py"):
            if "tests" not in file.parts and file.name != "policies.py":
                tree = ast.parse(file.read_text())
                found |= {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    return frozenset(text for text in found if isinstance(text, str))


def test_every_service_that_somebody_calls_in_their_name_is_an_act() -> None:
    judged = {act.service for act in ACTS.values()}
    unjudged = set(_services()) - judged - ONES_OWN - ENGINE
    assert {f"{each.__module__}.{each.__name__}" for each in unjudged} - INNER == set()


def _services() -> Iterator[Callable[..., Any]]:
    """Public functions of services that take the actor by keyword."""
    for room in ROOMS:
        package = import_module(room)
        for module in pkgutil.walk_packages(package.__path__, f"{room}."):
            if ".services." not in module.name or ".tests" in module.name:
                continue
            for name, function in inspect.getmembers(import_module(module.name), inspect.isfunction):
                is_own = function.__module__ == module.name and not name.startswith("_")
                actor = inspect.signature(function).parameters.get("actor")
                if is_own and actor is not None and actor.kind is inspect.Parameter.KEYWORD_ONLY:
                    yield function


@pytest.mark.usefixtures("rights_db")
def test_every_door_is_tried_where_it_leads_to_something_that_writes() -> None:
    reached = {(door, _view_of(ask.path), ask.method if ask.form is None else "post") for door, ask in _asks()}
    pages = {page for _, page in routed_pages() if hasattr(page, "post")} - PAGES_WITHOUT_CELLS
    posted = {view for door, view, method in reached if door is Door.PAGE and method == "post"}
    assert {page.__name__ for page in pages - posted} == set()
    changing = {operation.id for _, _, operation in operations() if operation.is_change}
    assert changing == {
        view.operations[method].id for door, view, method in reached if door is Door.API and method != "get"
    }
    registers = {model._meta.label_lower for model, register in site._registry.items() if register.edit_action}
    tried = {_register_of(ask.path) for door, ask in _asks() if door is Door.ADMIN and ask.form is not None}
    assert registers == tried


@cache
def _asks() -> tuple[tuple[Door, Ask], ...]:
    """One request of every act at every door that is not a service; no scene finds what another left."""
    asked = []
    for act in ACTS.values():
        with transaction.atomic():
            thing = next(iter(CHEAPER.get(act.scene, act.scene)().values()))
            asked += [(door, ask(thing)) for door, ask in act.asks.items()]
            transaction.set_rollback(True)
    return tuple(asked)


def _view_of(path: str) -> Any:
    view = resolve(path.partition("?")[0]).func
    return getattr(view, "view_class", None) or getattr(view, "cls", None) or view


def _register_of(path: str) -> str:
    _, app, name, *_ = path.strip("/").split("/")
    return f"{app}.{name}"
