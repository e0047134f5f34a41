"""Where themes name codes of dictionaries: drafts, which can be rewritten, and versions, which keep what they froze."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from django.db.models import CharField, F, Value
from django.db.models.functions import Cast
from django.urls import reverse

from forms_builder.registry import MERGED_BEFORE, Naming, Owner, Replacement, summed
from forms_builder.selectors import REGISTER
from forms_builder.services.item_form_codes import codes_of, tests_in
from forms_builder.services.recoding import OPS_OF_SEVERAL, recode
from opsplatform.accounts.models import User
from opsplatform.catalog.services import items, materials
from opsplatform.kernel.conditions import Condition
from opsplatform.kernel.days import parse_day
from opsplatform.kernel.errors import WrongState
from opsplatform.release.models import Release, Subject, Version
from opsplatform.release.selectors import lock_subject
from opsplatform.release.services.drafting import save_draft
from themes import selectors
from themes.documents import AddMaterial, FieldBinding, FieldUse, Question, Rule, SetField, ThemeDocument
from themes.guidance import necessity
from themes.models import Theme
from themes.packages.compilation import read_frozen
from themes.packages.standard_codes import LISTS, standard_codes_named
from themes.packages.structure import FrozenTheme

_PUBLIC_FIELD, _MATERIAL = f"{REGISTER}:public_field", f"{REGISTER}:material"


class DraftCodes:
    """Theme drafts as documents that name codes (forms_builder.registry.Documents)."""

    kind = "theme_draft"
    title = "主题草稿"
    is_open = True

    def stamps(self) -> Any:
        """Every theme by its code, at the revision of its draft."""
        return Subject.objects.filter(kind="theme").annotate(index_key=F("code"), index_stamp=F("draft_revision"))

    def sums(self) -> tuple[int, int]:
        """How many themes there are, and the sum of the revisions of their drafts."""
        return summed(Subject.objects.filter(kind="theme"), "draft_revision")

    def namings(self, keys: Collection[str]) -> Iterator[tuple[str, int, Iterable[Naming]]]:
        """What the drafts name."""
        for subject in Subject.objects.filter(kind="theme", code__in=keys):
            document = msgspec.convert(subject.draft, ThemeDocument)
            yield subject.code, subject.draft_revision, list(_namings(document))

    def owners(self, actor: User, keys: Collection[str]) -> Mapping[str, Owner]:
        """The themes whose drafts the actor sees."""
        themes = Theme.objects.drafts_visible_to(actor).filter(subject__code__in=keys).select_related("subject")
        return {theme.code: self._owner(theme) for theme in themes.defer("subject__draft")}

    def _owner(self, theme: Theme) -> Owner:
        subject = theme.subject
        note = "" if subject.state == Subject.State.DRAFT else f"{subject.get_state_display()}：改写后须重新提交"
        return Owner(subject.title, reverse("themes:parts", args=[subject.code]), note)

    def on_show(self, keys: Collection[str]) -> set[str]:
        """None: a draft is nobody's but its authors'."""
        return set()

    def rewrite(self, *, actor: User, key: str, replacements: Sequence[Replacement], note: str) -> None:
        """The draft names what the replacements say, at its next revision; an approval of the old one is void."""
        theme = selectors.get_theme(actor, key)
        subject = lock_subject(theme.subject_id)
        actor.require("themes.recode", within=subject.division, department=theme.lead_department, on=theme)
        tree = msgspec.json.decode(msgspec.json.encode(subject.draft))
        for one in replacements:
            if one.codes:
                recode(tree, one.place, one.code, one.codes)
            else:
                _end_rule(tree, one)
        save_draft(
            actor=actor,
            subject_id=subject.pk,
            tree=tree,
            expected_revision=subject.draft_revision,
            right="recode",
        )


def _end_rule(tree: Any, one: Replacement) -> None:
    rule = tree["guidance"]["rules"][int(one.place.split("/")[3])]
    last_day = one.last_day.isoformat()
    if rule.get("effective_from", "") > last_day:
        raise WrongState(
            f"规则“{rule['name']}”{rule['effective_from']} 才开始，不能在 {last_day} 到期，请改用其他代码。"
        )
    rule["effective_to"] = last_day


class VersionCodes:
    """Versions of themes: the dictionaries frozen into them, and every code they name beside."""

    kind = "theme_version"
    title = "主题版本"
    is_open = False

    def stamps(self) -> Any:
        """Every version; none ever changes."""
        versions = Version.objects.filter(subject__kind="theme")
        return versions.annotate(index_key=Cast("pk", CharField()), index_stamp=Value(1))

    def sums(self) -> tuple[int, int]:
        """How many versions there are; each has the stamp 1."""
        count = Version.objects.filter(subject__kind="theme").count()
        return count, count

    def namings(self, keys: Collection[str]) -> Iterator[tuple[str, int, Iterable[Naming]]]:
        """What the versions hold."""
        for version in Version.objects.filter(pk__in=keys).iterator(chunk_size=10):
            yield str(version.pk), 1, list(_frozen_namings(read_frozen(bytes(version.content))))

    def owners(self, actor: User, keys: Collection[str]) -> Mapping[str, Owner]:
        """The versions on show anywhere, and those of the themes whose drafts the actor sees."""
        drafts = set(Theme.objects.drafts_visible_to(actor).values_list("pk", flat=True))
        places: dict[int, list[str]] = defaultdict(list)
        live = Release.objects.live().filter(version__in=map(int, keys)).order_by("division__code")
        for version_id, division in live.values_list("version_id", "division__name"):
            places[version_id].append(division)
        versions = Version.objects.filter(pk__in=keys).select_related("subject").defer("content", "subject__draft")
        return {
            str(version.pk): Owner(
                f"{version.subject.title} 版本 {version.number}",
                reverse("themes:history", args=[version.subject.code]),
                _standing(version, places[version.pk]),
            )
            for version in versions
            if places[version.pk] or version.subject_id in drafts
        }

    def on_show(self, keys: Collection[str]) -> set[str]:
        """The versions that are live in some division."""
        live = Release.objects.live().filter(version__in=map(int, keys))
        return {str(version) for version in live.values_list("version_id", flat=True)}

    def rewrite(self, *, actor: User, key: str, replacements: Sequence[Replacement], note: str) -> None:
        """Never: what is approved is not changed."""
        raise TypeError("versions are immutable")


def _standing(version: Version, places: Sequence[str]) -> str:
    if places:
        return f"在用：{'、'.join(places)}的发布包"
    is_pending = version.subject.current_version_id == version.pk and version.subject.state != Subject.State.DRAFT
    return f"{version.subject.get_state_display()}，尚未发布" if is_pending else "历史版本"


# --- what a draft names -----------------------------------------------------------------------------------------------


def _namings(document: ThemeDocument) -> Iterator[Naming]:
    for name, (label, dictionary) in LISTS.items():
        codes = getattr(document, name)
        if codes:
            yield Naming(f"/{name}", label, f"dictionary:{dictionary}", codes, takes_several=True)
    yield from _fields(document)
    for number, binding in enumerate(document.materials):
        yield Naming(f"/materials/{number}/material", f"材料 {binding.code}", _MATERIAL, (binding.material,))
    yield from _items(document)
    for number, rule in enumerate(document.guidance.rules):
        yield from _rule(document, rule, f"/guidance/rules/{number}")
    yield from _questions(document)


def _questions(document: ThemeDocument) -> Iterator[Naming]:
    """Questions that choose from a dictionary, what is asked of their answers, given as one and led to by them."""
    asked = {one.code: one for one in document.guidance.questions if one.dictionary is not None}
    for number, question in enumerate(document.guidance.questions):
        if question.dictionary is not None:
            label = f"问题“{question.text}”的选项"
            yield Naming(f"/guidance/questions/{number}", label, f"dictionary:{question.dictionary}")
    if asked:
        yield from _tested(document, asked)
        yield from _answered(document, asked)
        yield from _led_to(document, asked)


def _tested(document: ThemeDocument, asked: Mapping[str, Question]) -> Iterator[Naming]:
    for place, name, condition in _conditions(document):
        for pointer, test in tests_in(condition, place):
            codes, question = codes_of(test.value), asked.get(test.q or "")
            if question is not None and codes:
                label = f"{name}（看问题“{question.text}”）"
                carrier = f"dictionary:{question.dictionary}"
                yield Naming(pointer, label, carrier, codes, takes_several=test.op in OPS_OF_SEVERAL)


def _answered(document: ThemeDocument, asked: Mapping[str, Question]) -> Iterator[Naming]:
    for number, case in enumerate(document.cases):
        for code in sorted(case.answers.keys() & asked.keys()):
            label = f"保存的案例“{case.name}”对问题“{asked[code].text}”的回答"
            place, carrier = f"/cases/{number}/answers/{_step(code)}", f"dictionary:{asked[code].dictionary}"
            yield from _value(place, label, carrier, case.answers[code])


def _led_to(document: ThemeDocument, asked: Mapping[str, Question]) -> Iterator[Naming]:
    for place, name, supplied in _supplied(document):
        question = asked.get(supplied.from_question or "")
        if supplied.values and question is not None:
            label, codes = f"{name}由问题“{question.text}”填入时的选项", tuple(supplied.values)
            yield Naming(f"{place}/values", label, f"dictionary:{question.dictionary}", codes, takes_several=True)


def _supplied(document: ThemeDocument) -> Iterator[tuple[str, str, FieldUse | FieldBinding]]:
    for number, use in enumerate(document.field_uses):
        yield f"/field_uses/{number}", f"公共字段“{use.label}”", use
    for number, item in enumerate(document.items):
        for index, binding in enumerate(item.fields):
            yield f"/items/{number}/fields/{index}", f"事项 {item.code} 的字段 {binding.field} ", binding


def _conditions(document: ThemeDocument) -> Iterator[tuple[str, str, Condition | None]]:
    for number, question in enumerate(document.guidance.questions):
        yield f"/guidance/questions/{number}/show_when", f"问题“{question.text}”的显示条件", question.show_when
    for number, rule in enumerate(document.guidance.rules):
        yield f"/guidance/rules/{number}/when", f"规则“{rule.name}”的条件", rule.when
    for number, item in enumerate(document.items):
        for index, use in enumerate(item.materials):
            place = f"/items/{number}/materials/{index}/when"
            yield place, f"事项 {item.code} 的材料 {use.material} 的条件", use.when
        for index, binding in enumerate(item.fields):
            place = f"/items/{number}/fields/{index}/visible_when"
            yield place, f"事项 {item.code} 的字段 {binding.field} 的显示条件", binding.visible_when
    for number, prefill in enumerate(document.prefill_conditions):
        yield f"/prefill_conditions/{number}/when", f"基础库 {prefill.library} 的预填条件", prefill.when


def _fields(document: ThemeDocument) -> Iterator[Naming]:
    questions = {question.code: question for question in document.guidance.questions}
    for number, use in enumerate(document.field_uses):
        carrier = f"public_field:{use.public_field}"
        yield Naming(f"/field_uses/{number}", f"公共字段“{use.label}”的选项", carrier)
        named = (use.public_field,)
        yield Naming(f"/field_uses/{number}/public_field", f"公共字段“{use.label}”", _PUBLIC_FIELD, named)
        question = questions.get(use.from_question or "")
        supplied = f"由问题“{question.text}”" if question else ""
        for option, value in use.values.items():
            label = f"公共字段“{use.label}”{supplied}的选项 {option} 填入的值"
            yield from _value(f"/field_uses/{number}/values/{_step(option)}", label, carrier, value)


def _items(document: ThemeDocument) -> Iterator[Naming]:
    for number, item in enumerate(document.items):
        yield Naming(f"/items/{number}/item", f"事项 {item.code} 的表单", f"item:{item.item}")
        for index, material in enumerate(item.materials):
            if material.necessity_code:
                place = f"/items/{number}/materials/{index}/necessity_code"
                label = f"事项 {item.code} 的材料 {material.material} 的必要性"
                yield Naming(place, label, f"dictionary:{necessity.DICTIONARY}", (material.necessity_code,))
        for index, binding in enumerate(item.fields):
            for option, value in binding.values.items():
                place = f"/items/{number}/fields/{index}/values/{_step(option)}"
                label = f"事项 {item.code} 的字段 {binding.field} 在选项 {option} 时填入的值"
                yield from _value(place, label, f"item_field:{item.item}/{binding.field}", value)


def _rule(document: ThemeDocument, rule: Rule, place: str) -> Iterator[Naming]:
    fields = {use.code: use for use in document.field_uses}
    keys = {item.code: item.item for item in document.items}
    for number, effect in enumerate(rule.effects):
        pointer = f"{place}/effects/{number}"
        if isinstance(effect, AddMaterial) and effect.necessity_code:
            label = f"规则“{rule.name}”增加的材料 {effect.material} 的必要性"
            carrier = f"dictionary:{necessity.DICTIONARY}"
            yield from _value(f"{pointer}/necessity_code", label, carrier, effect.necessity_code, rule)
        elif isinstance(effect, SetField) and effect.item is None and effect.field in fields:
            use = fields[effect.field]
            label = f"规则“{rule.name}”给“{use.label}”填入的值"
            yield from _value(f"{pointer}/value", label, f"public_field:{use.public_field}", effect.value, rule)
        elif isinstance(effect, SetField) and effect.item in keys:
            label = f"规则“{rule.name}”给事项 {effect.item} 的字段 {effect.field} 填入的值"
            carrier = f"item_field:{keys[effect.item or '']}/{effect.field}"
            yield from _value(f"{pointer}/value", label, carrier, effect.value, rule)


def _value(place: str, label: str, carrier: str, value: Any, rule: Rule | None = None) -> Iterator[Naming]:
    """The value, where it names codes; what a rule says can be given a last day with it."""
    codes = codes_of(value)
    if codes:
        yield Naming(
            place,
            label,
            carrier,
            codes,
            takes_several=not isinstance(value, str),
            may_end=rule is not None,
            ends_on=parse_day(rule.effective_to or "") if rule else None,
        )


def _step(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


# --- what a version holds ---------------------------------------------------------------------------------------------


def _frozen_namings(frozen: FrozenTheme) -> Iterator[Naming]:
    """One naming per dictionary: the entries frozen with it, and codes named by the theme, its items and materials."""
    codes: dict[str, set[str]] = defaultdict(set)
    for dictionary, content in frozen.dictionaries.items():
        codes[dictionary] |= {entry.code for entry in content.entries}
    for one in standard_codes_named(frozen.document):
        codes[one.dictionary].add(one.code)
    held: list[tuple[Any, Mapping[str, str]]] = [(item, items.CODES) for item in frozen.items.values()]
    held += [(material, materials.CODES) for material in frozen.materials.values()]
    for row, columns in held:
        for column, dictionary in columns.items():
            codes[dictionary] |= set(codes_of(getattr(row, column)))
    fields = tuple(dict.fromkeys(use.public_field for use in frozen.document.field_uses))
    if fields:
        yield Naming("/public_fields", "冻结的公共字段", _PUBLIC_FIELD, fields)
    prefix = "public_field:"
    taken = [key.removeprefix(prefix) for key in frozen.revisions if key.startswith(prefix)]
    merged = tuple(code for code in taken if code not in fields)
    if merged:
        yield Naming(MERGED_BEFORE, "冻结时已经合并的公共字段", _PUBLIC_FIELD, merged)
    bound = tuple(dict.fromkeys(binding.material for binding in frozen.document.materials))
    if bound:
        yield Naming("/materials", "冻结的材料", _MATERIAL, bound)
    for dictionary, named in sorted(codes.items()):
        if named:
            yield Naming(
                f"/dictionaries/{dictionary}", "冻结的字典项", f"dictionary:{dictionary}", tuple(sorted(named))
            )
