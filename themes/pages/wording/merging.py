"""The merge in plain words: what each item asks for, where they differ, what can be done about it and what was done."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forms_builder.documents import Column, FormField
from forms_builder.merge.certificate import CertifiedDecision, CertifiedFinding, CertifiedItem, MergeCertificate
from forms_builder.merge.formats import FORMATS_BY_KIND
from forms_builder.merge.intersection import Source, findings, intersect
from forms_builder.merge.matters import Matter, matters_of
from forms_builder.merge.wording import ASPECTS
from forms_builder.pages.item_form_wording import TYPES
from themes.documents import MergeRule
from themes.guidance.wording import Names
from themes.packages.masking import classes_of, masked_finding
from themes.packages.merge_wording import decision_record, decision_sentence, finding_sentence
from themes.packages.merging import Settlement
from themes.packages.structure import FrozenTheme

_SHOWN = 6
_FEW = 2

Named = Mapping[str, str]
"""Code of a registered crosswalk → its name."""


@dataclass(frozen=True)
class Choice:
    """One way to decide, with what it leads to."""

    rule: MergeRule
    title: str
    consequence: str
    items: tuple[str, ...] = ()
    crosswalk: str = ""

    @property
    def value(self) -> str:
        """The choice as a form sends it."""
        return "|".join((self.rule, ",".join(self.items), self.crosswalk))


@dataclass(frozen=True)
class Shown:
    """A matter for reading and deciding."""

    digest: str
    label: str
    aspect: str
    sentence: str
    is_conflict: bool
    terms: tuple[tuple[str, str], ...]
    choices: tuple[Choice, ...]
    decided: str = ""


@dataclass(frozen=True)
class ShownDecision:
    """A decision for reading; `counts` is false where what it was made about is no longer so."""

    code: str
    sentence: str
    record: str
    counts: bool
    about: str = ""


class MergeWords:
    """One theme's merge in words."""

    def __init__(self, frozen: FrozenTheme, settlement: Settlement, names: Names) -> None:
        self.frozen, self.settlement, self.names = frozen, settlement, names
        self.classes = classes_of(frozen)
        self.forms = {item: {field.code: field for field in fields} for item, fields in frozen.item_forms.items()}

    def matters(self, crosswalks: Mapping[tuple[str, str], Named]) -> list[Shown]:
        """Everything that may be decided, conflicts first; `crosswalks`: two dictionaries → what is registered."""
        return [self._matter(matter, crosswalks) for matter in matters_of(self.settlement.form)]

    def decisions(self) -> list[ShownDecision]:
        """Every decision as it stands, with what it was about where that is still known."""
        about = {decision.code: matter for matter, decision in self.settlement.settled}
        outdated = {decision.code for decision in self.settlement.outdated}
        return [
            ShownDecision(
                code=decision.code,
                sentence=decision_sentence(decision, self.names),
                record=decision_record(decision),
                counts=decision.code not in outdated,
                about=self.sentence(about[decision.code]) if decision.code in about else "",
            )
            for decision in self.frozen.document.merge_decisions
        ]

    def sentence(self, matter: Matter) -> str:
        """The finding as a sentence with its example, hidden where the field is sensitive."""
        return finding_sentence(masked_finding(matter.finding, self.classes), self.names)

    def _matter(self, matter: Matter, crosswalks: Mapping[tuple[str, str], Named]) -> Shown:
        finding = matter.finding
        accepted = self.settlement.accepted.get(matter.digest)
        return Shown(
            digest=matter.digest,
            label=self.names.fields.get(finding.key, finding.key),
            aspect=ASPECTS.get(finding.aspect, finding.aspect),
            sentence=self.sentence(matter),
            is_conflict=finding.severity == "conflict",
            terms=tuple(self._term(source, finding.column) for source in matter.field.sources),
            choices=() if accepted else tuple(self._choices(matter, crosswalks)),
            decided=decision_record(accepted) if accepted else "",
        )

    def _term(self, source: Source, column: str | None) -> tuple[str, str]:
        """An item and what it asks for."""
        field: FormField | Column = self.forms[source.item][source.field]
        told = self._terms(field)
        if column is not None and isinstance(field, FormField):
            told = "；".join(self._terms(one) for one in field.columns if one.code == column) or "没有这一列"
        return self.names.items.get(source.item, source.item), told

    def _terms(self, field: FormField | Column) -> str:
        """Type and every limit of a field or column."""
        dictionary = self.frozen.dictionaries.get(field.dictionary or "")
        told = [
            TYPES.get(field.data_type, field.data_type),
            "必填" if field.required else "选填",
            _between("长度", field.min_length, field.max_length),
            _between("取值", field.minimum, field.maximum),
            "" if field.scale is None else f"小数 {field.scale} 位",
            f"格式 {field.pattern}" if field.pattern else "",
            f"字典“{dictionary.name}”" if dictionary else "",
            "选项 " + "、".join(option.name for option in field.options[:_SHOWN]) if field.options else "",
            *(_terms_of_field(field) if isinstance(field, FormField) else ()),
        ]
        return "，".join(part for part in told if part)

    def _choices(self, matter: Matter, crosswalks: Mapping[tuple[str, str], Named]) -> Iterator[Choice]:
        finding = matter.finding
        sharing = tuple(dict.fromkeys(source.item for source in matter.field.sources))
        if len(sharing) > 1:
            for crosswalk, name, items in self._crosswalks(matter, crosswalks):
                yield Choice(
                    "use_crosswalk",
                    f"按代码对照“{name}”翻译",
                    f"填表人只填一次；交给{self._named(items)}时，代码按对照表换成那边的写法。对照表里没有的代码不能选。",
                    items,
                    crosswalk,
                )
            for items in _sides(matter, sharing):
                yield Choice("stand_alone", f"{self._named(items)}的字段单独填写", self._apart(matter, items), items)
        if finding.severity == "narrowing":
            yield Choice(
                "accept_narrowing",
                "保持合并，接受变严",
                "填表人只填一次；上面例子里的内容填不进去，需要这样填的人要另想办法。",
            )

    def _apart(self, matter: Matter, items: Sequence[str]) -> str:
        """What follows when the fields of these items stand alone."""
        left = tuple(dict.fromkeys(source.item for source in matter.field.sources if source.item not in items))
        together = f"其余 {len(left)} 个事项仍合为一项。" if len(left) > 1 else f"{self._named(left)}照旧填写。"
        agree = "" if _agree(matter, items) else "其余事项之间仍有冲突，还要再决定。"
        own = sum(source.item in items for source in matter.field.sources)
        return f"什么也不丢失：填表人多填 {own} 项，按本事项自己的要求检查，只交给本事项；{together}{agree}"

    def _crosswalks(
        self, matter: Matter, crosswalks: Mapping[tuple[str, str], Named]
    ) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        """Registered crosswalks between the dictionaries of the field, with the items they would be for."""
        merged = next((d for d in self._dictionaries(matter, None) if d is not None), None)
        content = self.frozen.public_fields.get(matter.field.key)
        if content is not None and content.dictionary is not None:
            merged = content.dictionary
        using: dict[str, dict[str, None]] = {}
        for source, dictionary in zip(
            matter.field.sources, self._dictionaries(matter, matter.finding.column), strict=True
        ):
            if dictionary is not None and merged is not None and dictionary != merged:
                for code in crosswalks.get((merged, dictionary), ()):
                    using.setdefault(code, {})[source.item] = None
        names = {code: name for named in crosswalks.values() for code, name in named.items()}
        held = {one for crosswalk in self.frozen.crosswalks for one in crosswalk.crosswalks}
        for code, items in using.items():
            if code not in held:
                yield code, names[code], tuple(items)

    def _dictionaries(self, matter: Matter, column: str | None) -> list[str | None]:
        found = []
        for source in matter.field.sources:
            field = self.forms[source.item][source.field]
            columns = {one.code: one.dictionary for one in field.columns}
            found.append(field.dictionary if column is None else columns.get(column))
        return found

    def _named(self, items: Sequence[str]) -> str:
        return "、".join(f"“{self.names.items.get(code, code)}”" for code in items)


def _sides(matter: Matter, sharing: Sequence[str]) -> list[tuple[str, ...]]:
    """Items that might stand alone, fewest fields first: where any would end a conflict, only such."""
    finding = matter.finding
    sides = [side for side in (finding.refuses, finding.accepts) if side and set(side) != set(sharing)]
    if finding.severity == "conflict" and len(sharing) > _FEW:
        sides += [(item,) for item in sharing]
    sides = sorted(dict.fromkeys(sides), key=len)
    return [side for side in sides if _agree(matter, side)] or sides


def _agree(matter: Matter, apart: Sequence[str]) -> bool:
    """Whether the items besides these have no conflict among them."""
    left = [source for source in matter.field.sources if source.item not in apart]
    merged = intersect([source.spoken for source in left])
    return not any(one.severity == "conflict" for one in findings(matter.field.key, left, merged))


def _terms_of_field(field: FormField) -> Iterator[str]:
    """What no column has."""
    if field.format in FORMATS_BY_KIND:
        yield FORMATS_BY_KIND[str(field.format)].title
    yield _between("个数", field.min_items, field.max_items)
    if field.columns:
        yield "列：" + "、".join(column.label for column in field.columns)
    if field.within is not None:
        yield f"选项取决于字段 {field.within}"
    if field.visible_when is not None:
        yield "有显示条件"


def _between(what: str, least: float | None, most: float | None) -> str:
    if least is None and most is None:
        return ""
    if least is None or most is None:
        return f"{what}不超过 {most}" if least is None else f"{what}不少于 {least}"
    return f"{what} {least}—{most}"


def certificate_in_words(certificate: MergeCertificate, names: Names) -> dict[str, Any]:
    """What templates/themes/certificate.html shows."""
    known = {decision.code: decision for decision in certificate.decisions}
    lists = {
        name: [_finding(one, known, names) for one in getattr(certificate, name)]
        for name in ("conflicts", "settled", "narrowings")
    }
    return {
        "rules": certificate.rules,
        "counts": certificate.counts,
        "certified_items": [_item(item, known, names) for item in certificate.items],
        "gaps": [
            f"“{names.items.get(gap.item, gap.item)}”的字段 {gap.field}：{GAPS.get(gap.reason, gap.reason)}"
            for gap in certificate.gaps
        ],
        **lists,
        "finding_lists": [
            ("没有决定的冲突", lists["conflicts"]),
            ("按决定处理的", lists["settled"]),
            ("合并后变严的", lists["narrowings"]),
        ],
    }


GAPS: Mapping[str, str] = {
    "missing": "没有来处",
    "twice": "有不止一个来处",
    "foreign": "得到了不属于它的内容",
    "unknown_key": "指向不存在的合并字段",
    "parent": "选项不再取决于原来的字段",
}


def _item(item: CertifiedItem, decisions: Mapping[str, CertifiedDecision], names: Names) -> dict[str, Any]:
    return {
        "name": names.items.get(item.item, item.item),
        "required": item.required,
        "required_covered": item.required_covered,
        "shared_count": sum(bool(one.shared_with) for one in item.fields),
        "fields": [
            {
                "label": one.label,
                "code": one.field,
                "is_required": one.required,
                "merged": names.fields.get(one.key, one.key),
                "key": one.key,
                "shared_with": [names.items.get(code, code) for code in one.shared_with],
                "translated": one.translated,
                "within": names.fields.get(one.within, one.within),
                "decided": decision_record(decisions[one.decision]) if one.decision in decisions else "",
            }
            for one in item.fields
        ],
    }


def _finding(finding: CertifiedFinding, decisions: Mapping[str, CertifiedDecision], names: Names) -> dict[str, str]:
    decision = decisions.get(finding.decision)
    return {
        "sentence": finding_sentence(finding, names),
        "aspect": ASPECTS.get(finding.aspect, finding.aspect),
        "decided": f"{decision_sentence(decision, names)}{decision_record(decision)}" if decision else "",
    }
