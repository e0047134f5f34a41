"""A small world in which every kind of place names codes, an oracle that walks it plainly, and random acts on it."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from forms_builder.models import Crosswalk, Dictionary, DictionaryEntry, FormerParent, ItemForm
from forms_builder.services.crosswalks import save_crosswalk
from forms_builder.services.dictionaries import save_dictionary
from forms_builder.services.ending_codes import Decision, Ending, Successor, end_code
from forms_builder.tests.factories import ItemFormFactory, PublicFieldFactory
from opsplatform.accounts.models import User
from opsplatform.accounts.tests.factories import person
from opsplatform.catalog.models import Material
from opsplatform.catalog.tests.factories import MaterialFactory
from opsplatform.kernel import clock
from opsplatform.release.models import DraftRevision, Subject
from themes.tests.factories import SubjectFactory, ThemeFactory

COLOUR, STREET, NECESSITY = "colour", "street", "material_necessity"
DICTIONARIES = (COLOUR, STREET, NECESSITY)


@dataclass(frozen=True)
class Reference:
    """A place that names a code, found by walking everything; `id` as decisions name it."""

    id: str
    dictionary: str
    code: str
    ends_on: date | None
    takes_several: bool = False
    may_end: bool = False


class CodeWorld:
    """`chance` decides everything that is left to chance, so that a run can be repeated; nobody decides about places
    of the kind that is `overlooked`."""

    def __init__(self, chance: random.Random, overlooked: str = "-") -> None:
        self.chance, self.overlooked, self.today = chance, overlooked, clock.today()
        self.operator: User = person("platform_operator")
        self.added = 0x100  # codes stay short: columns of registers hold four characters
        self._build()

    def _build(self) -> None:
        tree = [{"code": f"c{n}", "name": f"色{n}", "parent_code": f"c{n % 4}" if n > 5 else ""} for n in range(14)]
        colour = self._dictionary(COLOUR, tree)
        streets = [{"code": f"s{n}", "name": f"街{n}", "parent_code": f"c{n % 5}"} for n in range(8)]
        self._dictionary(STREET, streets, parent_dictionary=colour)
        necessity = self._dictionary(NECESSITY, [{"code": f"n{n}", "name": f"要{n}"} for n in range(8)])
        mappings = [{"from_code": f"c{n}", "to_code": f"n{n % 8}"} for n in range(10)]
        values = {"code": "walk", "name": "对照", "from_dictionary": colour, "to_dictionary": necessity}
        save_crosswalk(actor=self.operator, values={**values, "mappings": mappings})
        PublicFieldFactory(code="c_colour", data_type="dict", dictionary=colour)
        self.forms = [ItemFormFactory(document=self._form()) for _ in range(3)]
        self.materials = [MaterialFactory(necessity_code=f"n{n}") for n in range(4)]
        for _ in range(2):
            ThemeFactory(subject=SubjectFactory())
        for subject in Subject.objects.filter(kind="theme"):
            self._draft(subject)

    def _dictionary(self, code: str, entries: list[dict[str, Any]], **more: Any) -> Dictionary:
        return save_dictionary(actor=self.operator, values={"code": code, "name": code, "entries": entries, **more})

    # --- documents with random codes in force -----------------------------------------------------------------------

    def open_codes(self, dictionary: str) -> list[str]:
        """The codes that are in force and have no end."""
        rows = DictionaryEntry.objects.filter(dictionary__code=dictionary, valid_to=None)
        return sorted(rows.values_list("code", flat=True))

    def _some(self, dictionary: str) -> str:
        return self.chance.choice(self.open_codes(dictionary))

    def _test(self) -> dict[str, Any]:
        if self.chance.random() < 0.5:
            return {"q": "a", "op": self.chance.choice(["eq", "ne"]), "value": self._some(COLOUR)}
        return {"q": "a", "op": "in", "value": sorted({self._some(COLOUR), self._some(COLOUR)})}

    def _form(self) -> dict[str, Any]:
        asked = {"code": "a", "label": "颜色", "data_type": "dict", "dictionary": COLOUR, "order": 1}
        condition = {"any": [self._test(), {"not": self._test()}]}
        shown = {"code": "b", "label": "说明", "data_type": "string", "order": 2, "visible_when": condition}
        return {"fields": [asked, shown]}

    def _draft(self, subject: Subject) -> None:
        item, key = "I1", self.forms[0].item.key
        effects = [
            {"type": "set_field", "item": None, "field": "colour", "value": self._some(COLOUR)},
            {"type": "set_field", "item": item, "field": "a", "value": [self._some(COLOUR)]},
            {"type": "add_material", "item": item, "material": "M", "necessity_code": self._some(NECESSITY)},
        ]
        rule = {"code": "R", "name": "规则", "priority": 1, "when": {"q": "Q", "op": "answered"}, "effects": effects}
        tree = {
            "code": subject.code,
            "name": subject.title,
            "items": [
                {
                    "code": item,
                    "item": key,
                    "materials": [{"material": "M", "necessity_code": self._some(NECESSITY)}],
                    "fields": [{"field": "a", "from_question": "Q", "values": {"1/2": self._some(COLOUR)}}],
                }
            ],
            "field_uses": [
                {
                    "code": "colour",
                    "public_field": "c_colour",
                    "label": "颜色",
                    "from_question": "Q",
                    "values": {"x": self._some(COLOUR)},
                }
            ],
            "guidance": {"rules": [rule]},
        }
        self._save(subject, tree)

    def _save(self, subject: Subject, tree: dict[str, Any]) -> None:
        """The draft is the tree at its next revision, saved past every service."""
        subject.refresh_from_db()
        subject.draft, subject.draft_revision = tree, subject.draft_revision + 1
        subject.save()
        DraftRevision.objects.create(
            subject=subject, revision=subject.draft_revision, document=tree, saved_by=self.operator
        )

    def go_on(self) -> None:
        """Time passes: a form, a draft or a material is written anew, past every service; a code is added."""
        match self.chance.randrange(4):
            case 0:
                form = self.chance.choice(self.forms)
                self._save(form.subject, {"item": form.item.key, **self._form()})
            case 1:
                self._draft(self.chance.choice(list(Subject.objects.filter(kind="theme").order_by("pk"))))
            case 2:
                material = Material.objects.get(pk=self.chance.choice(self.materials).pk)
                material.necessity_code, material.revision = self._some(NECESSITY), material.revision + 1
                material.save()
            case 3:
                self._add_code(self.chance.choice(DICTIONARIES))

    def _add_code(self, dictionary: str) -> None:
        self.added += 1
        found = Dictionary.objects.get(code=dictionary)
        DictionaryEntry.objects.create(dictionary=found, code=f"{dictionary[0]}{self.added:x}", name="新", order=999)

    # --- the oracle: a plain walk ------------------------------------------------------------------------------------

    def references(self) -> list[Reference]:
        """Everything that names a code."""
        return [*self._in_forms(), *self._in_drafts(), *self._in_rows()]

    def _in_forms(self) -> Iterator[Reference]:
        for form in ItemForm.objects.select_related("item", "subject"):
            for number, field in enumerate(form.subject.draft["fields"]):
                start = f"item_form:{form.item.key}#/fields/{number}/visible_when"
                yield from _tests(field.get("visible_when", {}), start)

    def _in_drafts(self) -> Iterator[Reference]:
        for subject in Subject.objects.filter(kind="theme"):
            at = f"theme_draft:{subject.code}#"
            item = subject.draft["items"][0]
            yield Reference(f"{at}/field_uses/0/values/x", COLOUR, subject.draft["field_uses"][0]["values"]["x"], None)
            yield Reference(f"{at}/items/0/fields/0/values/1~12", COLOUR, item["fields"][0]["values"]["1/2"], None)
            necessity = item["materials"][0]["necessity_code"]
            yield Reference(f"{at}/items/0/materials/0/necessity_code", NECESSITY, necessity, None)
            rule = subject.draft["guidance"]["rules"][0]
            ends = date.fromisoformat(rule["effective_to"]) if "effective_to" in rule else None
            first, second, third = rule["effects"]
            start = f"{at}/guidance/rules/0/effects"
            yield Reference(f"{start}/0/value", COLOUR, first["value"], ends, may_end=True)
            for code in second["value"]:
                yield Reference(f"{start}/1/value", COLOUR, code, ends, takes_several=True, may_end=True)
            yield Reference(f"{start}/2/necessity_code", NECESSITY, third["necessity_code"], ends, may_end=True)

    def _in_rows(self) -> Iterator[Reference]:
        for material in Material.objects.all():
            yield Reference(f"material:{material.pk}#/necessity_code", NECESSITY, material.necessity_code, None)
        for entry in DictionaryEntry.objects.exclude(parent_code="").select_related("dictionary"):
            place = f"entry:{entry.dictionary.code}/{entry.code}#/parent_code"
            yield Reference(place, COLOUR, entry.parent_code, entry.valid_to)
        for former in FormerParent.objects.filter(until__gte=self.today).select_related("entry__dictionary"):
            place = f"entry:{former.entry.dictionary.code}/{former.entry.code}#/former_parents/{former.until}"
            yield Reference(place, COLOUR, former.parent_code, former.until)
        for one in DictionaryEntry.objects.exclude(valid_to=None).select_related("dictionary"):
            for code in one.successors.values_list("code", flat=True):
                place, after = f"ended_entry:{one.audit_key}#/successors/{code}", one.valid_to + timedelta(days=1)
                yield Reference(place, one.dictionary.code, code, after, takes_several=True, may_end=True)
        for one in Crosswalk.objects.get(code="walk").mappings.all():
            for column, dictionary in (("from_code", COLOUR), ("to_code", NECESSITY)):
                place = f"crosswalk:walk#/{one.pk}/{column}"
                yield Reference(place, dictionary, getattr(one, column), one.valid_to, takes_several=True, may_end=True)

    def dangling(self) -> list[Reference]:
        """References to codes that are not there, or that end before the reference does."""
        ends = {
            (dictionary, code): last or date.max
            for dictionary, code, last in DictionaryEntry.objects.values_list("dictionary__code", "code", "valid_to")
        }
        return [
            one
            for one in self.references()
            if (one.ends_on or date.max) > ends.get((one.dictionary, one.code), date.min)
        ]

    def loops(self) -> list[str]:
        """Codes that lie below themselves."""
        above = dict(DictionaryEntry.objects.filter(dictionary__code=COLOUR).values_list("code", "parent_code"))
        found = []
        for code in above:
            steps, at = 0, code
            while at and steps <= len(above):
                steps, at = steps + 1, above.get(at, "")
            if at:
                found.append(code)
        return found

    # --- random acts -------------------------------------------------------------------------------------------------

    def random_act(self) -> tuple[Ending, bool]:
        """A retirement, a merge or a split, and whether everything about it is in order."""
        dictionary = self.chance.choice(DICTIONARIES)
        while len(self.open_codes(dictionary)) < 4:
            self._add_code(dictionary)
        open_codes = self.open_codes(dictionary)
        code = self.chance.choice(open_codes)
        others = [one for one in open_codes if one != code]
        last_day = self.today + timedelta(days=self.chance.randint(0, 40))
        successors = tuple(Successor(one) for one in self.chance.sample(others, self.chance.randrange(3)))
        decisions: dict[str, Decision] = {}
        is_sound = True
        roots = self._roots(but=code)
        for one in self.references():
            if (one.dictionary, one.code) != (dictionary, code) or (one.ends_on or date.max) <= last_day:
                continue
            if one.id.startswith(f"{self.overlooked}:"):
                continue
            decision = self._decision(one, roots if one.id.startswith("entry:") else others)
            if decision is None or self.chance.random() < 0.05:
                decision, is_sound = Decision((code,)), False
            decisions[one.id] = decision
        return Ending(dictionary, code, last_day, successors, decisions), is_sound

    def _decision(self, one: Reference, codes: list[str]) -> Decision | None:
        if one.may_end and self.chance.random() < 0.3:
            return Decision(ends=True)
        if not codes:
            return None
        several = one.takes_several and len(codes) > 1 and self.chance.random() < 0.4
        return Decision(tuple(self.chance.sample(codes, 2 if several else 1)))

    def _roots(self, but: str) -> list[str]:
        rows = DictionaryEntry.objects.filter(dictionary__code=COLOUR, valid_to=None, parent_code="")
        return sorted(rows.exclude(code=but).values_list("code", flat=True))

    def carry_out(self, ending: Ending) -> None:
        """The act, by the operator, at the revision that stands."""
        revision = Dictionary.objects.get(code=ending.dictionary).revision
        end_code(actor=self.operator, ending=ending, expected_revision=revision, note="调整")


def _tests(condition: dict[str, Any], place: str) -> Iterator[Reference]:
    if "q" in condition:
        held = condition["value"]
        for code in held if isinstance(held, list) else [held]:
            yield Reference(place, COLOUR, code, None, takes_several=True)
    for word in ("all", "any"):
        for number, part in enumerate(condition.get(word, ())):
            yield from _tests(part, f"{place}/{word}/{number}")
    if "not" in condition:
        yield from _tests(condition["not"], f"{place}/not")
