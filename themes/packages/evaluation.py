"""A package opened for use: answers in, outcome, figures, explanation and the one form out.

Everything that evaluates a theme goes through here: the console's preview and the gate (on a package compiled from the
draft), the command line, and the REST interface (on the package that is live).
"""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any

import msgspec

from forms_builder.documents import Prefill
from forms_builder.merge.crosswalks import Crosswalks
from forms_builder.merge.form import Contribution, FormMerger, MergedForm, Presentation, Provenance
from opsplatform.kernel.conditions import Test, compile_condition
from opsplatform.kernel.documents import write
from themes.guidance.answers import AnswerProblem, check_answers, missing_answers
from themes.guidance.evaluation import CompiledGuidance, compile_guidance
from themes.guidance.explanation import explain
from themes.guidance.outcome import GuidanceOutcome
from themes.guidance.parameters import Values as ParameterValues
from themes.guidance.parameters import with_values
from themes.guidance.wording import Names
from themes.packages.figures import Figures, longest_path
from themes.packages.path_form import describe_form
from themes.packages.structure import Package, PackageItem, PackageItemField

MOST_OPEN_PACKAGES = 256


class PathOutcome(msgspec.Struct, frozen=True):
    """Everything that answers lead to. `materials`: distinct codes in order of appearance; `days` by item.

    `on`: the day; None where periods are left aside.
    """

    guidance: GuidanceOutcome
    form: MergedForm
    materials: tuple[str, ...]
    materials_to_submit: tuple[str, ...]
    days: dict[str, int]
    figures: Figures
    on: datetime.date | None = None


class OpenPackage:
    """A package compiled for evaluation; safe to share between threads."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.items = {item.code: item for item in package.items}
        self.materials = {material.code: material for material in package.materials}
        self.guidance = compile_guidance(package.guidance, package.items, package.meta.division.code)
        self.merger = _merger(package)
        self._suppliers = suppliers_of(package)
        self._prefills = prefills_of(package)
        self._bindings: dict[CompiledGuidance, _Bindings] = {}  # by the guidance as of a day, compiled on first use

    def problems_in(self, answers: Mapping[str, Any]) -> list[AnswerProblem]:
        """Everything in which the answers do not fit the questions."""
        return check_answers(self.package.guidance, answers, self.package.divisions)

    def unanswered(self, outcome: GuidanceOutcome) -> tuple[str, ...]:
        """The texts of the visible required questions that are still open, in question order."""
        texts = {question.code: question.text for question in self.package.guidance.questions}
        return tuple(texts[problem.question] for problem in missing_answers(self.package.guidance, outcome))

    def run(self, answers: Mapping[str, Any], on: datetime.date | None = None) -> PathOutcome:
        """The path of these answers on that day."""
        outcome = self.guidance.evaluate(answers, on)
        form = self._merge(outcome, on)
        asked_for = [use.material for item in outcome.items for use in outcome.materials[item]]
        materials = tuple(dict.fromkeys(asked_for))
        selected = [self.items[code] for code in outcome.items]
        days = {item.code: self._promised_days(item, outcome) for item in selected}
        to_submit = tuple(code for code in materials if self._is_uploaded(code, outcome))
        figures = Figures(
            fields_before=sum(len(form.projections[item]) for item in outcome.items),
            fields_after=len(form.fields) - len(form.provenances),
            materials_before=len(asked_for),
            materials_after=len(to_submit),
            days_before=sum(item.content.statutory_days for item in selected),
            days_after=longest_path(selected, days),
            visits_before=sum(item.content.baseline_visits for item in selected),
            visits_after=max((item.content.onsite_times for item in selected), default=0),
            windows_before=len({item.content.department for item in selected}),
            windows_after=1 if selected else 0,
        )
        return PathOutcome(outcome, form, materials, to_submit, days, figures, on)

    def evaluate(self, answers: Mapping[str, Any], on: datetime.date | None = None) -> dict[str, Any]:
        """The outcome under the keys of the dossiers' worked examples, and the explanation."""
        path = self.run(answers, on)
        guidance, figures = path.guidance, path.figures
        kinds = [provenance.kind for provenance in path.form.provenances.values()]
        return {
            "visible_questions": list(guidance.visible_questions),
            "fired_rules": list(guidance.fired_rules),
            "items": list(guidance.items),
            "stopped": list(guidance.stopped),
            "notices": list(guidance.notices),
            "field_count_before": figures.fields_before,
            "field_count_merged": len(path.form.fields),
            "fields_prefilled": kinds.count("prefilled"),
            "fields_from_guide": kinds.count("from_guidance"),
            "fields_left_to_fill": figures.fields_after,
            "materials_before": figures.materials_before,
            "materials_merged": len(path.materials),
            "materials_to_submit": list(path.materials_to_submit),
            "days_before_serial_statutory": figures.days_before,
            "days_after_parallel_promised": figures.days_after,
            "visits_before": figures.visits_before,
            "visits_after": figures.visits_after,
            "windows_before": figures.windows_before,
            "windows_after": figures.windows_after,
            "explanation": write(explain(self.guidance.as_of(on), guidance, self.names)),
        }

    def form_for(self, answers: Mapping[str, Any], on: datetime.date | None = None) -> dict[str, Any]:
        """The one form of the path of these answers on that day, written out (themes.packages.path_form)."""
        return describe_form(self.package, self.run(answers, on).form, self.names)

    @cached_property
    def names(self) -> Names:
        """What people call the items, notices, materials, fields, codes and divisions of the package."""
        package = self.package
        fields = {use.code: use.label for use in package.form.field_uses}
        codes = {key: content.dictionary for key, content in package.form.public_fields.items()}
        for item, parts in package.form.item_forms.items():
            fields |= {f"{item}.{part.field.code}": part.field.label for part in parts}
            codes |= {f"{item}.{part.field.code}": part.field.dictionary for part in parts}
        entries = {
            code: {entry.code: entry.name for entry in dictionary.entries}
            for code, dictionary in package.dictionaries.items()
        }
        return Names(
            items={item.code: item.content.name for item in package.items},
            notices={notice.code: notice.title for notice in package.notices},
            materials={material.code: material.content.name for material in package.materials},
            fields=fields,
            field_values={key: entries[code] for key, code in codes.items() if code in entries},
            divisions={code: division.name for code, division in package.divisions.items()},
            parameters={parameter.code: parameter.name for parameter in package.guidance.parameters},
        )

    # --- the parts ---------------------------------------------------------------------------------------------------

    def _bindings_on(self, on: datetime.date | None) -> "_Bindings":
        resolved = self.guidance.as_of(on)
        bindings = self._bindings.get(resolved)
        if bindings is None:
            bindings = self._bindings[resolved] = _Bindings(self.package, self._prefills, resolved.values)
        return bindings

    def _merge(self, outcome: GuidanceOutcome, on: datetime.date | None) -> MergedForm:
        answers, bindings = outcome.answers, self._bindings_on(on)
        active = [(item, bindings.fields[item].visible(answers)) for item in outcome.items]
        provenances: dict[str, Provenance] = {}
        form = self.merger.merge(active)
        set_values = {
            field if item is None else bindings.fields[item].keys[field]: value
            for (item, field), value in outcome.fields.items()
        }
        usable = {library for library, holds in bindings.libraries.items() if holds(answers)}
        for field in form.fields:
            key = field.key
            prefill = self._prefills.get(key)
            if prefill is not None and prefill.library in usable:
                provenances[key] = Provenance("prefilled", prefill=prefill)
            elif key in set_values:
                provenances[key] = Provenance("from_guidance", fixed=True, value=set_values[key])
            else:
                supplier = self._suppliers.get(key)
                if supplier is not None and supplier[0] in answers:
                    question, values = supplier
                    value = _supplied(values, answers[question])
                    provenances[key] = Provenance("from_guidance", fixed=True, value=value, question=question)
        return msgspec.structs.replace(form, provenances=provenances)

    def _promised_days(self, item: PackageItem, outcome: GuidanceOutcome) -> int:
        if item.code in outcome.promised_days:
            return outcome.promised_days[item.code]
        division = outcome.answers.get(self.package.guidance.division_question or "")
        return item.promised_days_here if division is None else promised_days_in(item, division)

    def _is_uploaded(self, code: str, outcome: GuidanceOutcome) -> bool:
        material = self.materials[code]
        return material.content.exempt is None and material.result_of_item not in outcome.items


class _Bindings:
    """What guidance means for fields and base libraries, with these values of its parameters."""

    def __init__(self, package: Package, prefills: Mapping[str, Prefill], values: ParameterValues) -> None:
        form = package.form
        conditions = {part.library: with_values(part.when, values) for part in form.prefill_conditions}
        self.fields = {item: _Fields(fields, values) for item, fields in form.item_forms.items()}
        self.libraries: dict[str, Test] = {
            prefill.library: compile_condition(conditions.get(prefill.library)) for prefill in prefills.values()
        }


class _Fields:
    """The fields of one item form: always there, or under a condition over questions."""

    def __init__(self, fields: Sequence[PackageItemField], values: ParameterValues) -> None:
        self.keys = {part.field.code: part.key for part in fields}
        self._always = frozenset(part.field.code for part in fields if part.visible_when is None)
        self._conditional = [
            (part.field.code, compile_condition(with_values(part.visible_when, values)))
            for part in fields
            if part.visible_when is not None
        ]

    def visible(self, answers: Mapping[str, Any]) -> frozenset[str]:
        """The codes of the fields that exist on these answers."""
        if not self._conditional:
            return self._always
        return self._always.union(code for code, test in self._conditional if test(answers))


def promised_days_in(item: PackageItem, division: str) -> int:
    """The item's promised days in a division."""
    return item.content.promised_days_in(division)


def _supplied(values: Mapping[str, Any], answer: Any) -> Any:
    if not values:
        return answer
    if isinstance(answer, list):
        return [values[option] for option in answer if option in values]
    return values.get(str(answer).lower() if isinstance(answer, bool) else answer)


def _merger(package: Package) -> FormMerger:
    form = package.form
    place = {key: number for number, key in enumerate(form.order)}
    uses = {use.code: use for use in form.field_uses}
    presentation: dict[str, Presentation] = {}
    contributions = []
    for item, fields in form.item_forms.items():
        for part in fields:
            contributions.append(Contribution(item, part.field, part.key))
            use = uses.get(part.key)
            presentation.setdefault(
                part.key,
                Presentation(
                    label=use.label if use else part.field.label,
                    group=use.group if use else part.field.group,
                    order=place[part.key],
                ),
            )
    return FormMerger(
        contributions,
        dictionaries={
            code: [entry.code for entry in dictionary.entries] for code, dictionary in package.dictionaries.items()
        },
        parents={code: dictionary.parents for code, dictionary in package.dictionaries.items()},
        crosswalks=crosswalks_of(package),
        presentation=presentation,
        speaks={key: content.dictionary for key, content in form.public_fields.items()},
        names={
            code: {entry.code: entry.name for entry in dictionary.entries}
            for code, dictionary in package.dictionaries.items()
        },
    )


def crosswalks_of(package: Package) -> Crosswalks:
    """(item, merged dictionary, the item's dictionary) → merged code → the item's code, as the package translates."""
    form = package.form
    merged: dict[str, str] = {
        key: content.dictionary for key, content in form.public_fields.items() if content.dictionary
    }
    for parts in form.item_forms.values():
        for part in parts:
            for place, dictionary in _coded(part):
                merged.setdefault(part.key + place, dictionary)
    return {
        (item, merged[part.key + place], dictionary): form.translations[item][part.field.code + place]
        for item, parts in form.item_forms.items()
        for part in parts
        for place, dictionary in _coded(part)
        if part.field.code + place in form.translations.get(item, {})
    }


def _coded(part: PackageItemField) -> Iterator[tuple[str, str]]:
    """The dictionaries of a field, and of the columns of a table under "/column"."""
    if part.field.dictionary is not None:
        yield "", part.field.dictionary
    for column in part.field.columns:
        if column.dictionary is not None:
            yield f"/{column.code}", column.dictionary


def suppliers_of(package: Package) -> dict[str, tuple[str, dict[str, Any]]]:
    """Merged key → the question that supplies it, and option code → value (empty: the answer as it is)."""
    suppliers = {
        use.code: (use.from_question, use.values) for use in package.form.field_uses if use.from_question is not None
    }
    for fields in package.form.item_forms.values():
        for part in fields:
            if part.from_question is not None:
                suppliers.setdefault(part.key, (part.from_question, part.values))
    return suppliers


def prefills_of(package: Package) -> dict[str, Prefill]:
    """Merged key → the library and element that can fill it."""
    prefills = {
        key: content.prefill for key, content in package.form.public_fields.items() if content.prefill is not None
    }
    for fields in package.form.item_forms.values():
        for part in fields:
            if part.field.public_field is None and part.field.prefill is not None:
                prefills[part.key] = part.field.prefill
    return prefills


@lru_cache(maxsize=MOST_OPEN_PACKAGES)
def open_package(content: bytes) -> OpenPackage:
    """The package of these bytes, compiled; kept for the next request."""
    return OpenPackage(msgspec.json.decode(content, type=Package))
