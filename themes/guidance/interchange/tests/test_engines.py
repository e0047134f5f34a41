"""Our evaluator, the exported JDM in zen, the exported DMN in KIE and the obvious evaluator say the same."""

import datetime
import random
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import xmlschema

from themes import documents as d
from themes.guidance.evaluation import compile_guidance
from themes.guidance.interchange import judging, program
from themes.guidance.interchange.dmn import write_dmn
from themes.guidance.interchange.program import write_program
from themes.guidance.interchange.tests import engines, generation
from themes.guidance.tests import oracle
from themes.guidance.tests.test_evaluation import as_plain
from themes.packages.structure import Package
from themes.packages.tests import dossiers

SEED = 20261129
RULE_SETS, ANSWER_SETS, DMN_ANSWER_SETS = 50, 10_000, 1_000  # in the long form
SHORT_RULE_SETS, SHORT_ANSWER_SETS, SHORT_DMN_ANSWER_SETS = 4, 25, 2

Case = tuple[dict[str, Any], datetime.date | None]


@pytest.fixture(scope="module")
def kie(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of the DMN runtime."""
    with engines.kie(tmp_path_factory.mktemp("kie")) as port:
        yield port


@cache
def package_of(name: str) -> Package:
    return generation.widened(dossiers.opened(name).package)


def rules_of(name: str, number: int) -> d.Guidance:
    """Rule set 0 is the theme's own, every other one made up."""
    package = package_of(name)
    return generation.random_guidance(random.Random(f"{SEED}/{name}/{number}"), package) if number else package.guidance


@cache
def cases(name: str, count: int) -> list[Case]:
    chance = random.Random(f"{SEED}/{name}")
    answers = islice(generation.fitting_answers(chance, package_of(name)), count)
    return [(one, generation.random_day(chance)) for one in answers]


def program_of(name: str, guidance: d.Guidance) -> program.Program:
    package = package_of(name)
    return write_program(guidance, package.items, package.meta.division.code, package.divisions)


def plain(outcome: Mapping[str, Any]) -> dict[str, Any]:
    """Our outcome or the oracle's, as `engines.told` has an engine's."""
    rest = {key: value for key, value in outcome.items() if key not in ("answers", "fields")}
    return rest | {"fields": {target: engines.typed(value) for target, value in outcome["fields"].items()}}


def disagreements(name: str, guidance: d.Guidance, run: engines.Run, given: list[Case]) -> list[Any]:
    """Cases in which the engine, our evaluator and the oracle are not of one mind."""
    package = package_of(name)
    items, division = package.items, package.meta.division.code
    compiled, found = compile_guidance(guidance, items, division), []
    for answers, on in given:
        ours = plain(as_plain(compiled.evaluate(answers, on)))
        expected = plain(oracle.evaluate(guidance, items, answers, on, division))  # type: ignore[arg-type]
        theirs = run(answers, on)
        if not ours == expected == theirs:
            found.append((answers, on, ours, expected, theirs))
    return found


@pytest.mark.drill
@pytest.mark.parametrize("name", dossiers.THEMES)
def test_zen_our_evaluator_and_the_obvious_one_agree(name: str, long_form: bool) -> None:
    given = cases(name, ANSWER_SETS if long_form else SHORT_ANSWER_SETS)
    for number in range(1 + (RULE_SETS if long_form else SHORT_RULE_SETS)):
        guidance = rules_of(name, number)
        run = engines.zen_run(program_of(name, guidance))
        assert disagreements(name, guidance, run, given) == [], f"rule set {number}"


@pytest.mark.drill
@pytest.mark.parametrize("name", dossiers.THEMES)
def test_kie_our_evaluator_and_the_obvious_one_agree(name: str, long_form: bool, kie: int) -> None:
    sets = 1 + (RULE_SETS if long_form else SHORT_RULE_SETS)
    given = cases(name, DMN_ANSWER_SETS if long_form else sets * SHORT_DMN_ANSWER_SETS)
    for number in range(sets):
        guidance = rules_of(name, number)
        run = engines.dmn_run(program_of(name, guidance), kie)
        assert disagreements(name, guidance, run, given[number::sets]) == [], f"rule set {number}"


def test_the_cases_make_rules_fire_and_not_fire() -> None:
    name = dossiers.THEMES[0]
    fired: list[int] = []
    for number in range(1, 1 + SHORT_RULE_SETS):
        guidance = rules_of(name, number)
        compiled = compile_guidance(guidance, package_of(name).items, "310101")
        outcomes = [compiled.evaluate(answers, on) for answers, on in cases(name, SHORT_ANSWER_SETS)]
        fired += [sum(rule.code in one.fired_rules for one in outcomes) for rule in guidance.rules]
    assert sum(0 < times < SHORT_ANSWER_SETS for times in fired) > len(fired) / 4


# --- engines that are told something else -----------------------------------------------------------------------------


def _first_effect_stands(decided: Any, otherwise: Any) -> Any:
    return last(list(reversed(decided)), otherwise)


last = program._last

BROKEN = {
    "the first effect stands": (program, "_last", _first_effect_stands),
    "periods are left aside": (program, "_on_a_day_of", lambda dated: program.ALWAYS),
    "a test of an unanswered question holds": (judging, "every", lambda parts: parts[-1]),
    "a text that is no day is compared with nothing": (judging, "_first_day_after", lambda text: None),
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_export_is_caught(monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    where, what, broken = BROKEN[how]
    monkeypatch.setattr(where, what, broken)
    name = "theme_dog_license"
    for number in range(1, 40):
        guidance = rules_of(name, number)
        run = engines.zen_run(program_of(name, guidance))
        if disagreements(name, guidance, run, cases(name, SHORT_ANSWER_SETS)):
            return
    raise AssertionError("the broken export was not noticed")


# --- the standard -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def standard() -> Any:
    """The XSD of DMN 1.5."""
    return xmlschema.XMLSchema(str(engines.XSD))


@pytest.mark.parametrize("name", dossiers.THEMES)
@pytest.mark.parametrize("number", range(3))
def test_the_model_fits_the_xsd_of_the_standard(standard: Any, name: str, number: int, tmp_path: Path) -> None:
    model = tmp_path / "model.dmn"
    model.write_bytes(write_dmn(program_of(name, rules_of(name, number)), "主题", "urn:x"))
    standard.validate(str(model))


def test_a_model_that_does_not_fit_is_refused(standard: Any, tmp_path: Path) -> None:
    content = write_dmn(program_of("theme_dog_license", rules_of("theme_dog_license", 0)), "主题", "urn:x")
    model = tmp_path / "model.dmn"
    model.write_bytes(content.replace(b"<contextEntry", b"<entry").replace(b"</contextEntry", b"</entry"))
    assert not standard.is_valid(str(model))
