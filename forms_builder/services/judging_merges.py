"""What merging two public fields would meet: what forbids it, and what becomes narrower, shown by example."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from forms_builder.documents import FormField, ItemFormDocument
from forms_builder.merge.errors import PatternNotPortable, UnknownDictionary
from forms_builder.merge.form import Contribution, merge_form
from forms_builder.merge.intersection import Finding
from forms_builder.merge.wording import merge_sentence
from forms_builder.models import Crosswalk, DictionaryEntry, PublicField
from forms_builder.sensitivity import CLASSES, strictest
from forms_builder.services import where_used
from forms_builder.services.item_forms import KIND
from opsplatform.kernel import clock
from opsplatform.kernel.masking import shown
from opsplatform.release.models import Subject

_KEY = "both"


@dataclass(frozen=True)
class Judged:
    """`refusals` forbid the merge; `narrowings` say what items would no longer accept where they meet in a theme."""

    refusals: tuple[str, ...] = ()
    narrowings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass
class _Parties:
    """Everything that takes values of a public field: the register's own rules, and fields of item forms."""

    contributions: list[Contribution] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)


def judge_merge(source: PublicField, target: PublicField) -> Judged:
    """Whether the source can be merged into the target, by what the register and the drafts of item forms say."""
    refusals = list(_standing(source, target))
    if refusals:
        return Judged(tuple(refusals))
    notes = tuple(_dictionary_notes(source, target))
    apart = [_parties(one) for one in (source, target)]
    together = _Parties([*apart[0].contributions, *apart[1].contributions], {**apart[0].names, **apart[1].names})
    found = _findings(together)
    known = {_loss(one) for party in apart for one in _findings(party)}
    fresh = [one for one in found if _loss(one) not in known]
    own = strictest((source.effective_sensitivity, target.effective_sensitivity))
    told = [msgspec.structs.replace(one, witness=shown(one.witness, own)) for one in fresh]
    sentences = {
        severity: tuple(
            dict.fromkeys(merge_sentence(one, target.label, together.names) for one in told if one.severity == severity)
        )
        for severity in ("conflict", "narrowing")
    }
    return Judged(sentences["conflict"], sentences["narrowing"], notes)


def _loss(one: Finding) -> tuple[str, str, tuple[str, ...]]:
    """What is lost, and who loses it: what one of the two loses already is no news."""
    return one.aspect, repr(one.witness), one.accepts


def _standing(source: PublicField, target: PublicField) -> Iterator[str]:
    if source.pk == target.pk:
        yield "不能并入自己。"
    for one in (source, target):
        if one.merged_into is not None:
            yield f"“{one}”（{one.code}）已并入“{one.merged_into}”。"
    if _own_dictionary(source) and _own_dictionary(target) and source.dictionary_id != target.dictionary_id:
        between = [source.dictionary_id, target.dictionary_id]
        if not Crosswalk.objects.filter(from_dictionary__in=between, to_dictionary__in=between).exists():
            yield (
                f"两项的字典不同（“{source.dictionary}”和“{target.dictionary}”），又没有代码对照，"
                "一方的代码另一方不认识。请先登记两个字典之间的代码对照。"
            )


def _own_dictionary(one: PublicField) -> bool:
    return one.dictionary_id is not None


def _dictionary_notes(source: PublicField, target: PublicField) -> Iterator[str]:
    if source.dictionary_id != target.dictionary_id and source.dictionary_id and target.dictionary_id:
        yield f"两项的字典不同，今后使用“{target.dictionary}”，“{source.dictionary}”的代码按代码对照换算。"
    own = strictest((source.effective_sensitivity, target.effective_sensitivity))
    if own != target.effective_sensitivity:
        yield f"敏感程度取较严的：“{target}”今后为“{dict(CLASSES)[own]}”。"
    if source.prefill_element and not target.prefill_element:
        yield f"“{target}”没有预填来源，“{source}”的预填（{source.prefill_element}）不再使用。"


def _parties(public: PublicField) -> _Parties:
    parties = _Parties()
    own = f"public:{public.code}"
    parties.contributions.append(Contribution(own, _as_form_field(public), _KEY))
    parties.names[own] = f"公共字段 {public.code}"
    uses = where_used.find_references("public_field", public.code)
    keys = {use.key for use in uses if use.source == "item_form"}
    for subject in Subject.objects.filter(kind=KIND, code__in=keys).order_by("code"):
        for one in msgspec.convert(subject.draft, ItemFormDocument).fields:
            if one.public_field == public.code:
                item = f"{subject.code}/{one.code}"
                parties.contributions.append(
                    Contribution(item, msgspec.structs.replace(one, visible_when=None, within=None), _KEY)
                )
                parties.names[item] = f"{subject.title}·{one.label}"
    return parties


def _as_form_field(public: PublicField) -> FormField:
    return FormField(
        code=public.code,
        label=public.label,
        data_type=public.data_type,  # type: ignore[arg-type]
        order=0,
        max_length=public.max_length,
        scale=public.scale,
        minimum=None if public.minimum is None else float(public.minimum),
        maximum=None if public.maximum is None else float(public.maximum),
        pattern=public.pattern or None,
        dictionary=public.dictionary.code if public.dictionary else None,
        format=public.format or None,
    )


def _findings(parties: _Parties) -> Sequence[Finding]:
    dictionaries = {one.field.dictionary for one in parties.contributions if one.field.dictionary}
    dictionaries |= {
        column.dictionary for one in parties.contributions for column in one.field.columns if column.dictionary
    }
    codes: dict[str, list[str]] = {code: [] for code in dictionaries}
    rows = DictionaryEntry.objects.filter(dictionary__code__in=dictionaries).in_force(clock.today())
    for dictionary, code in rows.order_by("order", "code").values_list("dictionary__code", "code"):
        codes[dictionary].append(code)
    try:
        return merge_form(parties.contributions, dictionaries=codes).findings()
    except (PatternNotPortable, UnknownDictionary):
        return ()  # the form's own gate says it
