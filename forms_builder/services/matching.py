"""Fields of item forms are matched with public fields: offered, taken or refused in bulk; refusals are remembered."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
from django.db import transaction
from django.db.models import BooleanField, F, Func, Q, QuerySet

from forms_builder import selectors
from forms_builder.documents import ItemFormDocument
from forms_builder.exchange.normal_form import step
from forms_builder.matching.ranking import Candidate, KnownField, Ranker, WantedField
from forms_builder.models import ItemForm, PublicField, RefusedCandidate
from forms_builder.services import where_used
from forms_builder.services.item_form_codes import IN_FORCE
from forms_builder.services.item_forms import save_item_form
from opsplatform.accounts.models import User
from opsplatform.audit import trail
from opsplatform.catalog.models import ServiceItem
from opsplatform.kernel import registers
from opsplatform.kernel.errors import Problem
from opsplatform.release.services import drafting

MOST_OFFERED = 3
MOST_ALIKE = 8
_LOOKED_AT = 12  # some of them may have been refused


@dataclass(frozen=True)
class Offer:
    """A field without a public field, and what it may mean."""

    code: str
    label: str
    data_type: str
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True)
class FormOffers:
    """The offers of one form, at the revision of its draft."""

    form: ItemForm
    revision: int
    offers: tuple[Offer, ...]


@dataclass(frozen=True)
class FormMatching:
    """What somebody decided about fields of one form: which public field they mean, which they do not."""

    item_key: str
    revision: int
    taken: Mapping[str, str] = field(default_factory=dict)
    refused: Mapping[str, Collection[str]] = field(default_factory=dict)


def list_unmatched(actor: User, *, is_complete: bool = False) -> QuerySet[ItemForm]:
    """The forms the actor may edit in which some field points to no public field; or none, where `is_complete`."""
    own = ServiceItem.objects.answered_for_by(actor.departments_where("item_forms.edit"))
    editable = Q(subject__division__in=actor.divisions_where("item_forms.edit")) | Q(item__in=own)
    has_free_field = Func(
        F("subject__draft"),
        function="jsonb_path_exists",
        template="%(function)s(%(expressions)s, '$.fields[*] ? (!exists(@.public_field))')",
        output_field=BooleanField(),
    )
    rows = ItemForm.objects.filter(editable).alias(is_open=has_free_field).filter(is_open=not is_complete)
    return rows.select_related("subject", "item__department__division", "item__body_kind").order_by("item__name", "pk")


def offer_candidates(actor: User, forms: Sequence[ItemForm]) -> list[FormOffers]:
    """What the free fields of these forms may mean, the likeliest first, without what was refused before."""
    if not forms:
        return []
    ranker = _ranker(actor)
    refused: dict[tuple[int, str], set[str]] = defaultdict(set)
    rows = RefusedCandidate.objects.filter(item__in=[form.item_id for form in forms])
    for item, code, public in rows.values_list("item", "field", "public_field__code"):
        refused[item, code].add(public)
    return [_offers(ranker, form, refused) for form in forms]


def _offers(ranker: Ranker, form: ItemForm, refused: Mapping[tuple[int, str], Collection[str]]) -> FormOffers:
    fields = msgspec.convert(form.subject.draft, ItemFormDocument).fields
    wanted = [
        WantedField(one.code, one.label, one.data_type, one.max_length, one.dictionary, one.public_field)
        for one in fields
    ]
    ranked = ranker.rank(form.item.name, wanted, most=_LOOKED_AT)
    offers = []
    for one in fields:
        if one.public_field is None:
            left_out = refused.get((form.item_id, one.code), ())
            left = tuple(candidate for candidate in ranked[one.code] if candidate.code not in left_out)
            offers.append(Offer(one.code, one.label, one.data_type, left[:MOST_OFFERED]))
    return FormOffers(form, form.subject.draft_revision, tuple(offers))


def find_alike(actor: User, public: PublicField) -> list[Candidate]:
    """Public fields that may mean the same as this one."""
    dictionary = public.dictionary.code if public.dictionary else None
    wanted = WantedField(public.code, public.label, public.data_type, public.max_length, dictionary)
    found = _ranker(actor).rank("", [wanted], MOST_ALIKE + 1)[public.code]
    return [one for one in found if one.code != public.code][:MOST_ALIKE]


def _ranker(actor: User) -> Ranker:
    where_used.bring_up_to_date()
    aliases, together = _usage(actor)
    rows = PublicField.objects.filter(merged_into=None).select_related("dictionary").order_by("code")
    known = [
        KnownField(
            row.code, row.label, row.data_type, row.max_length, row.dictionary.code if row.dictionary else None,
            tuple(row.synonyms), tuple(aliases.get(row.code, ())),
        )
        for row in rows
    ]  # fmt: skip
    return Ranker(known, together)


def _usage(actor: User) -> tuple[dict[str, dict[str, None]], list[set[str]]]:
    """What forms call each public field, and which are used together: of what is in force, and of drafts in sight."""
    drafts = ItemForm.objects.drafts_visible_to(actor).values("item__key")
    told = Q(document__source="item_form", document__key__in=drafts)
    told |= Q(document__source="item_form_version", turn=IN_FORCE) | Q(document__source="theme_version")
    aliases: dict[str, dict[str, None]] = defaultdict(dict)
    together: dict[int, set[str]] = defaultdict(set)
    uses = selectors.list_references("public_field").alias(turn=F("document__stamp") % 2).filter(told).order_by("pk")
    for document, label, source, codes in uses.values_list("document", "label", "document__source", "codes"):
        together[document].update(codes)
        if source != "theme_version":
            aliases[codes[0]][label.removeprefix("字段“").removesuffix("”")] = None
    return aliases, list(together.values())


@transaction.atomic
def match_fields(*, actor: User, matchings: Sequence[FormMatching]) -> int:
    """The fields point to the public fields that were taken, in the drafts of their forms; what was refused is not
    offered again. Returns how many were taken. All of it or, with every problem, nothing.
    """
    for one in sorted(matchings, key=lambda matching: matching.item_key):
        form = selectors.get_drafted_form(actor, one.item_key)
        selectors.require_on_form(actor, form, "item_forms.edit")
        drafting.require_revision(form.subject, one.revision)
        registers.refuse(_problems(form, one))
        if one.taken:
            _take(actor, form, one)
        if one.refused:
            _refuse(actor, form, one)
    return sum(len(one.taken) for one in matchings)


def _problems(form: ItemForm, matching: FormMatching) -> Iterator[Problem]:
    fields = {one["code"] for one in form.subject.draft.get("fields", ())}
    decided: list[tuple[str, str, Collection[str]]] = [("taken", code, (one,)) for code, one in matching.taken.items()]
    decided += [("refused", code, refused) for code, refused in matching.refused.items()]
    named = {public for _, _, codes in decided for public in codes}
    known = set(PublicField.objects.filter(code__in=named, merged_into=None).values_list("code", flat=True))
    for what, code, codes in decided:
        place = f"/{what}/{step(code)}"
        if code not in fields:
            yield Problem(place, "unknown_field", f"“{form}”里没有字段 {code}，请重新核对。")
        for public in sorted(set(codes) - known):
            yield Problem(place, "unknown_public_field", f"没有公共字段 {public}，或它已并入其他字段。")


def _take(actor: User, form: ItemForm, matching: FormMatching) -> None:
    tree = msgspec.json.decode(msgspec.json.encode(form.subject.draft))
    for one in tree["fields"]:
        if one["code"] in matching.taken:
            one["public_field"] = matching.taken[one["code"]]
    save_item_form(actor=actor, item_key=matching.item_key, tree=tree, expected_revision=matching.revision)


def _refuse(actor: User, form: ItemForm, matching: FormMatching) -> None:
    codes = {code for refused in matching.refused.values() for code in refused}
    public = {row.code: row for row in PublicField.objects.filter(code__in=codes)}
    RefusedCandidate.objects.bulk_create(
        [
            RefusedCandidate(item=form.item, field=code, public_field=public[one], refused_by=actor)
            for code, refused in matching.refused.items()
            for one in refused
        ],
        ignore_conflicts=True,
    )
    trail.record(
        actor,
        "item_form.candidates_refused",
        form,
        after={code: sorted(refused) for code, refused in matching.refused.items()},
        division=form.subject.division.code,
    )
