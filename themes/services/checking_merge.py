"""The gate on the merge: what is open, what was settled and by whom, and whether every item gets what it asks for."""

from collections.abc import Iterator, Mapping

from forms_builder.merge.certificate import CertifiedGap
from forms_builder.merge.errors import FormTooEntangled
from forms_builder.merge.matters import matters_of
from opsplatform.release.findings import Finding
from themes.guidance.wording import Names
from themes.packages.masking import classes_of, masked_finding
from themes.packages.merge_wording import decision_record, decision_sentence, finding_sentence
from themes.packages.merging import Settlement, certificate_of, settle
from themes.packages.structure import FrozenTheme

_SHOWN = 5


def check_merge(frozen: FrozenTheme, names: Names) -> Iterator[Finding]:
    """Every finding about the one form: conflicts block until they are decided on, and so does any gap."""
    settlement = settle(frozen)
    places, classes = _places(frozen), classes_of(frozen)
    yield from _gaps(frozen, settlement, names)
    yield from _nothing_below(frozen, settlement, names)
    for matter in matters_of(settlement.form):
        finding = masked_finding(matter.finding, classes)
        is_conflict = finding.severity == "conflict"
        if matter.digest not in settlement.accepted:
            yield Finding(
                code="merge_conflict" if is_conflict else "merge_narrowing",
                severity="blocking" if is_conflict else "advisory",
                place=places[finding.key],
                sentence=finding_sentence(finding, names),
                witness=finding.witness,
            )
    for decision in settlement.counting:
        yield Finding(
            code="merge_settled",
            severity="advisory",
            place=places.get(decision.key, ""),
            sentence=f"{decision_sentence(decision, names)}（{decision_record(decision)}）",
        )
    for decision in settlement.outdated:
        yield Finding(
            code="decision_outdated",
            severity="advisory",
            place=places.get(decision.key, ""),
            sentence=f"这个决定作出之后情况变了，不再起作用：{decision_sentence(decision, names)}"
            f"（{decision_record(decision)}）",
        )
    yield from _unclear(frozen)


def entangled(frozen: FrozenTheme, refusal: FormTooEntangled) -> Finding:
    """That the form of all paths cannot be written, at the part to blame most."""
    document = frozen.document
    parts = {
        "visible": [("/guidance/questions", one.code) for one in document.guidance.questions],
        "fired": [("/guidance/rules", one.code) for one in document.guidance.rules],
        "selected": [("/items", one.code) for one in document.items],
    }
    places = {
        (kind, code): f"{above}/{number}" for kind, codes in parts.items() for number, (above, code) in enumerate(codes)
    }
    place = places.get((refusal.kind, refusal.key)) or _places(frozen)[refusal.key]
    return Finding(code=refusal.code, severity="blocking", place=place, sentence=refusal.sentence)


def _places(frozen: FrozenTheme) -> Mapping[str, str]:
    """Merged key → the place in the document where it stands."""
    places = {use.code: f"/field_uses/{number}" for number, use in enumerate(frozen.document.field_uses)}
    for number, item in enumerate(frozen.document.items):
        places |= {f"{item.code}.{field.code}": f"/items/{number}" for field in frozen.item_forms[item.code]}
    return places


def _gaps(frozen: FrozenTheme, settlement: Settlement, names: Names) -> Iterator[Finding]:
    numbers = {item.code: number for number, item in enumerate(frozen.document.items)}
    for gap in certificate_of(frozen, settlement).gaps:
        yield Finding(
            code="coverage_gap",
            severity="blocking",
            place=f"/items/{numbers[gap.item]}" if gap.item in numbers else "/items",
            sentence=_gap_sentence(gap, names.items.get(gap.item, gap.item)),
            witness=gap.reason,
        )


def _gap_sentence(gap: CertifiedGap, item: str) -> str:
    if gap.reason == "parent":
        return f"“{item}”的字段 {gap.field} 的选项取决于另一字段，合并后的表单里没有保留这种关系。"
    return f"合并后的表单没有恰好一次地对应“{item}”的字段 {gap.field}。"


def _nothing_below(frozen: FrozenTheme, settlement: Settlement, names: Names) -> Iterator[Finding]:
    """Answers that leave nothing in a list of the same item: dictionaries change after a form was put in force. Where
    no answer leaves anything the merge tells."""
    merger = settlement.form.merger
    for number, item in enumerate(frozen.document.items):
        choices = merger.merge([(item.code, None)]).choices()
        for (key, above), lost in choices.partly_empty():
            called = names.field_values.get(above, {})
            some = "、".join(f"“{called.get(code, code)}”" for code in lost[:_SHOWN])
            more = f"等 {len(lost)} 项" if len(lost) > _SHOWN else ""
            field, parent = names.fields.get(key, key), names.fields.get(above, above)
            yield Finding(
                code="nothing_below",
                severity="blocking" if choices.is_required(key) else "advisory",
                place=f"/items/{number}",
                sentence=f"“{names.items.get(item.code, item.code)}”的“{parent}”选{some}{more}时，"
                f"“{field}”没有可选的内容，请核对字典的上级代码。",
                witness=lost,
            )


def _unclear(frozen: FrozenTheme) -> Iterator[Finding]:
    """Codes whose meaning would change if they were translated, so that they are not."""
    told: set[tuple[str, str]] = set()
    for crosswalk in frozen.crosswalks:
        if not crosswalk.unclear or (crosswalk.merged, crosswalk.own) in told:
            continue
        told.add((crosswalk.merged, crosswalk.own))
        names = {entry.code: entry.name for entry in frozen.dictionaries[crosswalk.merged].entries}
        codes = "、".join(f"{code} {names.get(code, '')}".strip() for code in crosswalk.unclear[:_SHOWN])
        more = f" 等 {len(crosswalk.unclear)} 个" if len(crosswalk.unclear) > _SHOWN else ""
        target = frozen.dictionaries[crosswalk.own].name
        why = f"按代码对照“{crosswalk.name}”" if crosswalk.crosswalks else "没有代码对照，名称又不相同，"
        yield Finding(
            code="crosswalk_unclear",
            severity="advisory",
            place="",
            sentence=f"字典“{frozen.dictionaries[crosswalk.merged].name}”的代码 {codes}{more}"
            f"{why}不能确定地翻译成字典“{target}”的代码，填表人在这里不能选它。",
            witness=list(crosswalk.unclear),
        )
