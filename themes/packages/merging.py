"""Which field of which item becomes which field of the one form, once the theme's decisions about the merge are heard.

Decisions are heard in the order in which they stand. One counts only if what it was made about is there, to the last
term, after those before it; otherwise it is outdated and changes nothing. No decision can make a projection invalid:
standing alone merges less, and a crosswalk says codes as the register does.
"""

from collections.abc import Iterator, Mapping

import msgspec

from forms_builder.merge.certificate import CertifiedDecision, MergeCertificate, Origin, certify
from forms_builder.merge.crosswalks import Crosswalks
from forms_builder.merge.form import Contribution, FormMerger, MergedForm
from forms_builder.merge.matters import Matter, matters_of
from themes.documents import FieldBinding, FieldGroup, MergeDecision, SetField, ThemeItem
from themes.packages.structure import FrozenTheme, PackageItemField

ACCEPTANCE = "accept_narrowing"


class Settlement(msgspec.Struct, frozen=True):
    """The fields of the items under their merged keys, and what became of every decision.

    `settled`: what was decided away; `accepted`: digest of a narrowing → decision; `outdated`: decisions that change
    nothing. `separated`: (item, field) → the decision by which it stands alone.
    """

    item_forms: dict[str, tuple[PackageItemField, ...]]
    crosswalks: Crosswalks
    settled: tuple[tuple[Matter, MergeDecision], ...]
    accepted: dict[str, MergeDecision]
    outdated: tuple[MergeDecision, ...]
    separated: dict[tuple[str, str], str]
    form: MergedForm

    @property
    def counting(self) -> list[MergeDecision]:
        """The decisions that count: what was settled, then what was accepted."""
        return [decision for _, decision in self.settled] + list(self.accepted.values())


def settle(frozen: FrozenTheme) -> Settlement:
    """The merge of every field of every item, decisions heard; KeyError where the frozen theme lacks what it names."""
    hearing = _Hearing(frozen)
    settled: list[tuple[Matter, MergeDecision]] = []
    outdated: list[MergeDecision] = []
    decisions = frozen.document.merge_decisions
    for decision in decisions:
        if decision.rule == ACCEPTANCE:
            continue
        matter = hearing.matter(decision)
        if matter is None or not hearing.apply(decision):
            outdated.append(decision)
        else:
            settled.append((matter, decision))
    accepted: dict[str, MergeDecision] = {}
    for decision in decisions:
        if decision.rule == ACCEPTANCE:
            matter = hearing.matter(decision)
            if matter is None or matter.finding.severity != "narrowing":
                outdated.append(decision)
            else:
                accepted[matter.digest] = decision
    form = hearing.form()
    return Settlement(
        hearing.item_forms(), hearing.crosswalks(), tuple(settled), accepted, tuple(outdated), hearing.separated, form
    )


def item_crosswalks(frozen: FrozenTheme, chosen: frozenset[str] = frozenset()) -> Crosswalks:
    """The crosswalks that hold for each item; those of a chosen decision before the register's own choice."""
    counting = [one for one in frozen.crosswalks if not one.decision or one.decision in chosen]
    counting.sort(key=lambda one: bool(one.decision))
    return {(item, one.merged, one.own): one.codes for one in counting for item in one.items}


def certificate_of(frozen: FrozenTheme, settlement: Settlement | None = None) -> MergeCertificate:
    """The merge certificate of the frozen theme: a pure function of it, whatever certificate it carries."""
    settlement = settlement or settle(frozen)
    return certify(
        {item.code: frozen.item_forms[item.code] for item in frozen.document.items},
        settlement.form,
        origins=_origins(frozen, settlement),
        separated=settlement.separated,
        decisions=[_certified(decision) for decision in settlement.counting],
        settled=[(matter, decision.code) for matter, decision in settlement.settled],
        accepted={digest: decision.code for digest, decision in settlement.accepted.items()},
    )


def _certified(decision: MergeDecision) -> CertifiedDecision:
    facts = msgspec.to_builtins(decision)
    return CertifiedDecision(**{name: facts[name] for name in CertifiedDecision.__struct_fields__ if name in facts})


def certified(frozen: FrozenTheme) -> FrozenTheme:
    """The frozen theme with its certificate."""
    return msgspec.structs.replace(frozen, certificate=certificate_of(frozen))


def groups_of(frozen: FrozenTheme, settlement: Settlement) -> tuple[FieldGroup, ...]:
    """The theme's groups, then those sections of item forms that fields standing alone are in."""
    groups = frozen.document.field_groups
    last = max((group.order for group in groups), default=0)
    known = {group.code for group in groups}
    used = {part.field.group for parts in settlement.item_forms.values() for part in parts} - known
    own = [
        (_section_code(item.code, section.code), section.name)
        for item in frozen.document.items
        for section in frozen.sections.get(item.code, ())
    ]
    added = [(code, name) for code, name in own if code in used]
    return (
        *groups,
        *(FieldGroup(code=code, name=name, order=last + place) for place, (code, name) in enumerate(added, start=1)),
    )


def _section_code(item: str, section: str) -> str:
    return f"{item}.{section}"


def _origins(frozen: FrozenTheme, settlement: Settlement) -> dict[str, Origin]:
    """Merged key → who can answer it on some path; a base library goes before guidance, as on every path."""
    origins: dict[str, Origin] = dict.fromkeys(_guided(frozen, settlement), "from_guidance")
    return origins | dict.fromkeys(_prefilled(frozen, settlement), "prefilled")


def _guided(frozen: FrozenTheme, settlement: Settlement) -> Iterator[str]:
    """The merged keys that a question or a rule supplies."""
    keys = {(item, part.field.code): part.key for item, parts in settlement.item_forms.items() for part in parts}
    for rule in frozen.document.guidance.rules:
        for effect in rule.effects:
            if isinstance(effect, SetField):
                yield effect.field if effect.item is None else keys.get((effect.item, effect.field), "")
    yield from (use.code for use in frozen.document.field_uses if use.from_question is not None)
    yield from (part.key for part in _all(settlement) if part.from_question is not None)


def _prefilled(frozen: FrozenTheme, settlement: Settlement) -> Iterator[str]:
    """The merged keys that a base library can fill."""
    yield from (code for code, content in frozen.public_fields.items() if content.prefill is not None)
    yield from (part.key for part in _all(settlement) if part.field.public_field is None and part.field.prefill)


def _all(settlement: Settlement) -> Iterator[PackageItemField]:
    for parts in settlement.item_forms.values():
        yield from parts


class _Hearing:
    """The state of the merge between two decisions."""

    def __init__(self, frozen: FrozenTheme) -> None:
        self.frozen = frozen
        self.local = {use.public_field: use.code for use in frozen.document.field_uses}
        self.separated: dict[tuple[str, str], str] = {}
        self.chosen: set[str] = set()
        self.dictionaries = {
            code: [entry.code for entry in content.entries] for code, content in frozen.dictionaries.items()
        }
        self.parents = {code: content.parents for code, content in frozen.dictionaries.items()}
        self.speaks = {key: content.dictionary for key, content in frozen.public_fields.items()}
        self.names = {
            code: {entry.code: entry.name for entry in content.entries} for code, content in frozen.dictionaries.items()
        }
        self._form: MergedForm | None = None

    def key(self, item: str, field: str, public_field: str | None) -> str:
        """The merged key of an item's field as things stand."""
        if public_field is None or (item, field) in self.separated:
            return f"{item}.{field}"
        return self.local[public_field]

    def matter(self, decision: MergeDecision) -> Matter | None:
        """What the decision was made about, if it is there."""
        matters = matters_of(self.form(), only=decision.key)
        return next((matter for matter in matters if matter.digest == decision.about), None)

    def apply(self, decision: MergeDecision) -> bool:
        """Whether the decision does anything; then it is done."""
        self._form = None
        if decision.rule == "use_crosswalk":
            known = any(one.decision == decision.code for one in self.frozen.crosswalks)
            if known:
                self.chosen.add(decision.code)
            return known
        taken = {
            (item, field.code): decision.code
            for item in decision.items
            for field in self.frozen.item_forms.get(item, ())
            if self.key(item, field.code, field.public_field) == decision.key
        }
        self.separated |= taken
        return bool(taken)

    def form(self) -> MergedForm:
        """Every field of every item merged as things stand."""
        if self._form is None:
            contributions = [
                Contribution(item.code, field, self.key(item.code, field.code, field.public_field))
                for item in self.frozen.document.items
                for field in sorted(self.frozen.item_forms[item.code], key=lambda field: field.order)
            ]
            merger = FormMerger(
                contributions,
                dictionaries=self.dictionaries,
                parents=self.parents,
                crosswalks=self.crosswalks(),
                speaks=self.speaks,
                names=self.names,
            )
            self._form = merger.merge([(item.code, None) for item in self.frozen.document.items])
        return self._form

    def crosswalks(self) -> Crosswalks:
        """The crosswalks that hold as things stand."""
        return item_crosswalks(self.frozen, frozenset(self.chosen))

    def item_forms(self) -> dict[str, tuple[PackageItemField, ...]]:
        """The fields of every item with what the theme binds to them, in the order of their forms."""
        return {item.code: tuple(self._parts(item.code, _bindings(item))) for item in self.frozen.document.items}

    def _parts(self, item: str, bindings: Mapping[str, FieldBinding]) -> Iterator[PackageItemField]:
        names = {section.code: section.name for section in self.frozen.sections.get(item, ())}
        theme_groups = {group.code: group.name for group in self.frozen.document.field_groups}
        for field in sorted(self.frozen.item_forms[item], key=lambda field: field.order):
            binding = bindings.get(field.code)
            key = self.key(item, field.code, field.public_field)
            group = field.group
            if group in names and theme_groups.get(group) != names[group]:
                group = _section_code(item, group)
            # Register codes stay behind: which one a field got depends on what was imported before it.
            stands_alone = field.public_field is None or (item, field.code) in self.separated
            yield PackageItemField(
                key=key,
                field=msgspec.structs.replace(field, public_field=None if stands_alone else key, group=group),
                visible_when=binding.visible_when if binding else None,
                from_question=binding.from_question if binding else None,
                values=binding.values if binding else {},
            )


def _bindings(item: ThemeItem) -> Mapping[str, FieldBinding]:
    return {binding.field: binding for binding in item.fields}
